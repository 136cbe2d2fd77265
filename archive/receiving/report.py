"""The report on received files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from archive.receiving.file_examination import Notice
from archive.receiving.stack import page_ranges
from ssj_docs.ground.remedies import Remedy, Say, actions_json, do, packed, unpacked

Outcome = Literal["filed", "partly", "unfiled", "known", "failed", "waiting", "left"]

_OUTCOMES: Mapping[str, str] = {
    "filed": "已归档",
    "partly": "部分归档",
    "unfiled": "已保存，待人工归档",
    "known": "以前收过",
    "failed": "未能收",
    "waiting": "这次没有收，下次再看",
    "left": "不收，留在原处",
}


@dataclass(frozen=True)
class FiledForm:
    """A filed paper: case, item number, kind, title; its pages in the file, missing pages; verdict."""

    case: str
    item: str
    kind: str
    title: str
    pages: tuple[int, ...]
    missing: tuple[int, ...] = ()
    verdict: str = "undetermined"
    turned: tuple[int, ...] = ()


@dataclass(frozen=True)
class LeftPage:
    """A page that waits to be filed by hand: reason code, Chinese message, suggestions ``{"case", "why"}``."""

    page: int
    reason: str
    message: str
    guesses: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class FileReport:
    """The report on one file.

    Attributes:
        name: the original file name.
        outcome: ``filed``, ``partly`` (some pages wait), ``unfiled`` (all pages wait), ``known`` (the same bytes were received
            before), ``failed`` (not received; the original is untouched), ``waiting`` (still incomplete) or ``left`` (not a
            paper; it stays where it is).
        sha256, pages: of the file.
        items: papers filed.
        blanks: blank backs.
        left: pages for a person.
        notices: faults.
        kept: the archive object that keeps the file unchanged; empty if the file is an item itself.
    """

    name: str
    outcome: Outcome
    sha256: str = ""
    pages: int = 0
    items: tuple[FiledForm, ...] = ()
    blanks: tuple[int, ...] = ()
    left: tuple[LeftPage, ...] = ()
    notices: tuple[Notice, ...] = ()
    kept: str = ""

    def as_json(self) -> dict[str, Any]:
        """The report for programs."""
        return asdict(self) | {
            "notices": [
                asdict(one) | {"remedy": one.remedy, "actions": actions_json(one.remedy)} for one in self.notices
            ]
        }

    def packed(self) -> dict[str, Any]:
        """The report as stored in the register of receipts; see `report_from_json`."""
        return asdict(self) | {"notices": [asdict(one) | {"remedy": packed(one.remedy)} for one in self.notices]}

    def lines(self, say: Say = str) -> list[str]:
        """The report for people; remedies are in the words of the caller."""
        pages = f"，共 {self.pages} 页" if self.pages else ""
        receipt = f"，收件号 {self.sha256[:12]}" if self.left or self.outcome == "unfiled" else ""
        found = [f"{self.name}：{_OUTCOMES[self.outcome]}{pages}{receipt}"]
        for form in self.items:
            where = f"（第 {page_ranges(form.pages)} 页）" if len(form.pages) < self.pages else ""
            found.append(f"  ✓ 案卷 {form.case} 第 {form.item} 件 {form.title}{where}")
        if self.blanks:
            found.append(f"  · 空白页 {len(self.blanks)} 页：第 {page_ranges(self.blanks)} 页")
        for page in self.left:
            guess = (
                "；可能属于 " + "、".join(f"{g['case']}（{g['why']}）" for g in page.guesses) if page.guesses else ""
            )
            if page.page:  # page 0 is the whole file, whose notice says the same
                found.append(f"  ✗ 第 {page.page} 页：{page.message}{guess}")
            elif guess:
                found.append(f"  ✗ 整份文件{guess}")
        for notice in self.notices:
            place = f"第 {page_ranges(notice.pages)} 页：" if notice.pages else ""
            remedy = f"（{say(notice.remedy)}）" if notice.remedy else ""
            found.append(f"  {'✗' if notice.severity == 'error' else '!'} {place}{notice.message}{remedy}")
        if self.left:
            numbered = any(page.page for page in self.left)
            by_hand = do(
                "file_by_hand", receipt=self.sha256[:12], pages=None if numbered else False, case=None, kind=None
            )
            found.append(f"    {say(Remedy(by_hand))}")
        return found


@dataclass(frozen=True)
class ReceiveReport:
    """The report on all files of one run."""

    files: tuple[FileReport, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """0 if everything is in order, 5 if a signature failed, 4 if a program is missing, 1 after a defect of ours, 3 if
        something was not received or waits for a person."""
        notices = [notice for report in self.files for notice in report.notices if notice.severity == "error"]
        codes = {notice.code for notice in notices}
        for code, exit_code in (("signature", 5), ("missing_program", 4), ("defect", 1)):
            if code in codes:
                return exit_code
        waiting = any(report.left or report.outcome in ("failed", "unfiled") for report in self.files)
        return 3 if waiting or notices else 0

    def totals(self) -> dict[str, int]:
        """Counts over all files."""
        return {
            "files": len(self.files),
            "pages": sum(report.pages for report in self.files),
            "items": sum(len(report.items) for report in self.files),
            "blanks": sum(len(report.blanks) for report in self.files),
            "left": sum(len(report.left) for report in self.files),
            "known": sum(report.outcome == "known" for report in self.files),
            "failed": sum(report.outcome == "failed" for report in self.files),
            "waiting": sum(report.outcome == "waiting" for report in self.files),
            "not_taken": sum(report.outcome == "left" for report in self.files),
        }

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON value."""
        return {**self.totals(), "reports": [report.as_json() for report in self.files]}

    def lines(self, say: Say = str) -> list[str]:
        """The report for people: each file, then the totals."""
        found = [line for report in self.files for line in report.lines(say)]
        t = self.totals()
        found.append(
            f"合计：{t['files']} 个文件、{t['pages']} 页，归档 {t['items']} 件，空白 {t['blanks']} 页，"
            f"待人工 {t['left']} 页，重复文件 {t['known']} 个，未能收 {t['failed']} 个"
        )
        return found


def notices_from_json(values: Sequence[Mapping[str, Any]]) -> tuple[Notice, ...]:
    """Load notices from the register."""
    return tuple(
        Notice(**{**value, "remedy": unpacked(value.get("remedy", "")), "pages": tuple(value.get("pages", ()))})
        for value in values
    )


def report_from_json(value: Mapping[str, Any]) -> FileReport:
    """Load a report from the register."""
    forms = tuple(
        FiledForm(**{**form, **{name: tuple(form[name]) for name in ("pages", "missing", "turned")}})
        for form in value.get("items", ())
    )
    left = tuple(LeftPage(**{**page, "guesses": tuple(page["guesses"])}) for page in value.get("left", ()))
    return FileReport(
        name=value["name"],
        outcome=value["outcome"],
        sha256=value.get("sha256", ""),
        pages=value.get("pages", 0),
        items=forms,
        blanks=tuple(value.get("blanks", ())),
        left=left,
        notices=notices_from_json(value.get("notices", ())),
        kept=value.get("kept", ""),
    )
