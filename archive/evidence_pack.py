"""The evidence pack: a folder that opens in any browser offline, with numbered evidence, cited pages, digests, as a bag.

BagIt (RFC 8493): checked years later by the standard tool, and against the archive by `verify_pack`. The same assessment
gives the same bytes. Renditions: ``restricted`` holds whole papers; ``internal`` the cited pages only; ``public`` no paper
and no words of one, only figures and facts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import bagit
import pikepdf
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from archive import case_file, catalogue
from archive.assessment import Assessment, IndicatorResult, assess, met_word
from archive.assessment_papers import indicator_rows, report_docx, shown, workbook
from archive.digests import digest_of
from archive.durable_files import full_disk_explained, sync_tree
from archive.evidence_pages import cited_page
from archive.proofs import Proof
from archive.search_marks import page_marks
from ssj_docs import registers
from ssj_docs.canonical import plain_json
from ssj_docs.documents.issued_files import safe_name
from ssj_docs.documents.sheets import Column, TableSheet, write_table_workbook
from ssj_docs.errors import NotFoundError, SsjError, UsageError
from ssj_docs.workspace import Workspace

Rendition = Literal["restricted", "internal", "public"]
RENDITIONS: Mapping[str, str] = {"restricted": "原件版", "internal": "内部版", "public": "公开版"}
#: years before that the report compares with
_YEARS_BEFORE = 3
Progress = Callable[[Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class PackReport:
    """Where the pack is and what it holds."""

    path: Path
    evidence: int
    pages: int
    files: int


@dataclass(frozen=True)
class PackFault:
    """Something in a pack that is not as it was: ``path`` in the pack, ``fault`` in words."""

    path: str
    fault: str


def years_before(workspace: Workspace, year: int) -> dict[int, dict[str, float | None]]:
    """Values by indicator of the years before that have a plan, the oldest first."""
    found: dict[int, dict[str, float | None]] = {}
    for past in range(year - _YEARS_BEFORE, year):
        with workspace.read() as connection:
            planned = bool(registers.load_tasks(connection, past))
        if planned:
            found[past] = {r.indicator.id: r.value for r in assess(workspace, past).indicators}
    return found


def make_pack(workspace: Workspace, assessment: Assessment, target: Path, *, rendition: Rendition = "restricted",
              progress: Progress = iter) -> PackReport:
    """Write the pack beside ``target`` and move it there whole; a pack of the same name is replaced.

    Raises: UsageError if ``target`` exists and is no pack; OSError.
    """
    if target.exists() and not (target / "bagit.txt").is_file():
        raise UsageError(f"{target} 已经存在，又不是佐证资料包", "换一个文件夹名")
    building = target.with_name(f".{target.name}.part")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    with full_disk_explained(target):
        pages = _write(workspace, assessment, building, rendition, progress)
        bagit.make_bag(str(building), {
            "Source-Organization": workspace.office.name, "Bagging-Date": assessment.cutoff.isoformat(),
            "External-Description": f"{assessment.year}年度考核佐证资料包（{RENDITIONS[rendition]}）",
            "Bag-Software-Agent": "ssj-docs"}, checksums=["sha256", "sha512"])
        sync_tree(building)
        if target.exists():
            shutil.rmtree(target)
        building.rename(target)
    files = sum(1 for path in (target / "data").rglob("*") if path.is_file())
    return PackReport(target, len({(p.case, p.item) for r in assessment.indicators for p in r.proofs}), pages, files)


def _write(workspace: Workspace, assessment: Assessment, folder: Path, rendition: Rendition, progress: Progress) -> int:
    before = years_before(workspace, assessment.year)
    proofs = list(dict.fromkeys(proof for result in assessment.indicators for proof in result.proofs))
    with_papers = rendition != "public"
    cited = _write_pages(workspace, proofs, folder, progress) if with_papers else {}
    entries = _write_evidence(workspace, proofs, folder, whole=rendition == "restricted") if with_papers else []
    (folder / "style.css").write_bytes((resources.files("templates") / "pack" / "style.css").read_bytes())
    (folder / "考核报告.docx").write_bytes(report_docx(assessment, workspace.office, workspace.templates, before))
    (folder / "assessment.json").write_text(plain_json(_published(assessment, rendition)) + "\n", encoding="utf-8")
    if with_papers:
        (folder / "考核数据.xlsx").write_bytes(workbook(assessment, before))
        (folder / "证据目录.xlsx").write_bytes(_catalogue(assessment.year, entries))
    else:
        sheet = TableSheet("指标", f"{assessment.year}年度考核指标", tuple(Column(c, 16.0) for c in _COLUMNS),
                           [row[:7] for row in indicator_rows(assessment.indicators)])
        (folder / "考核数据.xlsx").write_bytes(write_table_workbook([sheet]))
    _write_html(workspace, assessment, folder, _Shown(rendition, before, cited, entries))
    return len(cited)


_COLUMNS = ("指标", "单位", "分子", "分母", "结果", "目标", "评定")


def _published(assessment: Assessment, rendition: Rendition) -> dict[str, Any]:
    value = assessment.as_json()
    if rendition == "public":
        for one in value["indicators"]:
            for key in ("evidence", "missing", "units"):
                one[key] = len(one[key])
    return value


def _write_pages(workspace: Workspace, proofs: list[Proof], folder: Path, progress: Progress) -> dict[Proof, str]:
    """Each cited page as a PDF with its words marked; pages of other formats, or unreadable, are cited by name only."""
    store = case_file.store_of(workspace)
    (folder / "pages").mkdir()
    cited: dict[Proof, str] = {}
    by_place: dict[tuple[str, str, int, str], str] = {}
    for proof in progress(proofs):
        key = (proof.case, proof.item, proof.page, proof.words)
        if key not in by_place:
            name = f"pages/{len(by_place) + 1:04d}-{safe_name(f'{proof.case}-{proof.item}-第{proof.page}页')}.pdf"
            try:
                marks = page_marks(workspace, proof.case, proof.item, proof.page, f'"{proof.words}"' if proof.words
                                   else '"检查"')
                source = store.path(proof.case, proof.path)
                data = cited_page(source, proof.page, marks.rectangles if proof.words else (), marks.width,
                                  marks.height)
            except (SsjError, ValueError, OSError, pikepdf.PdfError):
                continue
            (folder / name).write_bytes(data)
            by_place[key] = name
        cited[proof] = by_place[key]
    return cited


def _write_evidence(workspace: Workspace, proofs: list[Proof], folder: Path, *, whole: bool) -> list[dict[str, Any]]:
    """Numbered copies of the papers, byte for byte; without ``whole`` only their entries."""
    store = case_file.store_of(workspace)
    entries: list[dict[str, Any]] = []
    for proof in dict.fromkeys((p.case, p.item, p.title, p.path, p.sha256) for p in proofs):
        case, item, title, path, sha256 = proof
        number = f"{len(entries) + 1:04d}"
        name = f"evidence/{number}-{safe_name(f'{case}-{item}-{title}', 50)}{Path(path).suffix}"
        if whole:
            (folder / "evidence").mkdir(exist_ok=True)
            (folder / name).write_bytes(store.read(case, path))
        entries.append({"number": number, "case": case, "item": item, "title": title, "sha256": sha256,
                        "href": name if whole else ""})
    return entries


def _catalogue(year: int, entries: list[dict[str, Any]]) -> bytes:
    columns = ("编号", "案件", "件号", "材料", "文件", "SHA-256")
    rows = [(e["number"], e["case"], e["item"], e["title"], e["href"], e["sha256"]) for e in entries]
    widths = (8.0, 18.0, 8.0, 40.0, 50.0, 66.0)
    return write_table_workbook([TableSheet("证据目录", f"{year}年度考核证据目录", tuple(
        Column(c, w) for c, w in zip(columns, widths, strict=True)), rows)])


@dataclass(frozen=True)
class _Shown:
    """What the pages show besides the assessment."""

    rendition: Rendition
    before: Mapping[int, Mapping[str, float | None]]
    cited: Mapping[Proof, str]
    entries: list[dict[str, Any]]


def _write_html(workspace: Workspace, assessment: Assessment, folder: Path, more: _Shown) -> None:
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    source = resources.files("templates") / "pack"
    indicators = [_indicator(n, r, more) for n, r in enumerate(assessment.indicators, 1)]
    values = {
        "title": f"{assessment.year}年度考核佐证资料包", "office": workspace.office.name, "cutoff": assessment.cutoff.isoformat(),
        "rendition": more.rendition, "years": list(more.before), "indicators": indicators, "evidence": more.entries,
        "files": [{"name": path.stem, "href": path.name} for path in sorted(folder.glob("*.*"))
                  if path.suffix in (".docx", ".xlsx")]}
    page = environment.from_string((source / "index.html").read_text("utf-8"))
    (folder / "index.html").write_text(page.render(values), encoding="utf-8")
    if more.rendition == "public":
        return
    page = environment.from_string((source / "indicator.html").read_text("utf-8"))
    for one in indicators:
        (folder / one["page"]).write_text(page.render(one=one), encoding="utf-8")


def _indicator(number: int, result: IndicatorResult, more: _Shown) -> dict[str, Any]:
    one = result.indicator
    return {
        "page": f"indicator-{number:02d}.html" if more.rendition != "public" else "#", "name": one.name,
        "question": one.question, "numerator_text": one.numerator, "denominator_text": one.denominator,
        "clause": one.clause, "numerator": result.numerator, "denominator": result.denominator, "unit": one.unit,
        "shown": shown(result.value), "width": f"{result.value or 0:g}", "target": one.target,
        "goal": shown(one.target) if one.target is not None else "未设", "met": result.met, "word": met_word(result.met),
        "before": [shown(values.get(one.id)) for values in more.before.values()],
        "units": [{"label": u.label, "met": u.met, "why": u.why, "proofs": [
            {"href": more.cited.get(p, ""), "title": p.title, "page": p.page, "snippet": p.snippet}
            for p in u.proofs]} for u in result.units],
        "proofs": result.proofs, "lacks": [{"case": k.case, "what": k.what, "ask": k.ask} for k in result.lacks]}


def verify_pack(pack: Path, workspace: Workspace | None = None) -> list[PackFault]:
    """Check a pack: as a bag by the standard tool, and each evidence against the archive if a workspace is given.

    Raises: NotFoundError if ``pack`` is no bag.
    """
    if not (pack / "bagit.txt").is_file():
        raise NotFoundError(f"{pack} 不是佐证资料包", "给出含有 bagit.txt 的文件夹")
    try:
        bagit.Bag(str(pack)).validate(processes=1)
    except bagit.BagValidationError as error:
        return [PackFault(getattr(detail, "path", ""), str(detail)) for detail in error.details] or [
            PackFault("", str(error))]
    except bagit.BagError as error:
        return [PackFault("", str(error))]
    return _against_archive(pack, workspace) if workspace else []


def _against_archive(pack: Path, workspace: Workspace) -> list[PackFault]:
    store, faults = case_file.store_of(workspace), []
    told = json.loads((pack / "data" / "assessment.json").read_text("utf-8"))
    for one in told["indicators"]:
        for proof in one["evidence"] if isinstance(one["evidence"], list) else []:
            place = f"{proof['case']}/{proof['item']}"
            try:
                with workspace.read() as connection:
                    item = next(i for i in catalogue.load_items(connection, proof["case"]) if i.item == proof["item"])
                now = digest_of(store.path(proof["case"], item.main.path)).sha256
            except (StopIteration, SsjError, OSError):
                faults.append(PackFault(place, "档案中没有这一件"))
                continue
            if now != proof["sha256"]:
                faults.append(PackFault(place, "档案中的内容与资料包所引的不同"))
    return list(dict.fromkeys(faults))
