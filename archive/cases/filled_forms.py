"""What was filled in by hand on archived copies: whether they are signed, and whether results agree with the register.

The boxes were found and judged when the pages were read (`archive.comparing.page_boxes`); what they mean is decided here each
time, because the register may be corrected later. What cannot be told is never taken for signed; a person may decide it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rapidfuzz import fuzz
from sqlalchemy import Connection, select

from archive.cases.catalogue import ArchiveItem
from ssj_docs.database.schema import page_texts
from ssj_docs.model.case import Finding
from ssj_docs.model.office import Office
from ssj_docs.model.paper_kind import DocumentKind

Signed = Literal["present", "unsigned", "undetermined"]
Agreement = Literal["agrees", "contradicts", "empty", "undetermined"]

AGREEMENTS: Mapping[str, str] = {
    "agrees": "与登记一致",
    "contradicts": "与登记不符",
    "empty": "未填",
    "undetermined": "不能判定",
}
#: words in the comparison's places that mean a signature, for kinds whose catalogue names no boxes
_SIGNATURE_PLACES = ("印章", "签字", "签名", "签收", "盖章", "检查人员（")
#: how alike handwritten words and a result's name must be, in percent
_ALIKE = 85


@dataclass(frozen=True)
class FilledCopy:
    """The pages of a copy as they were looked at.

    Attributes:
        boxes: each box found by the reading, with its ``page``.
        added: places of ink that was not printed, from the comparison with the issued pages; None if it was not compared.
        waiting: pages that nobody has read yet.
    """

    boxes: tuple[Mapping[str, Any], ...] = ()
    added: tuple[str, ...] | None = None
    waiting: int = 0


@dataclass(frozen=True)
class ResultSeen:
    """The result of one item as the copy shows it, held against the register.

    Attributes:
        row: the item as printed.
        verdict: see `AGREEMENTS`.
        read: what was read; empty if nothing was read with certainty.
        registered: what the register says.
        page, place: where, to show it.
        why: why it cannot be told.
    """

    row: str
    verdict: Agreement
    read: str = ""
    registered: str = ""
    page: int = 1
    place: Sequence[float] | None = None
    why: str = ""

    @property
    def told(self) -> str:
        """For people."""
        seen = f"写的是“{self.read}”，登记为{self.registered}" if self.verdict == "contradicts" else self.why
        return f"{self.row}：检查结果{AGREEMENTS[self.verdict]}" + (f"（{seen}）" if seen else "")


def load_filled(connection: Connection, case: str | None = None) -> dict[tuple[str, str], FilledCopy]:
    """What was seen on the copies of a case, or of all cases, by (case, item)."""
    t = page_texts.c
    query = select(t.case, t.item, t.page, t.state, t.comparison).order_by(t.case, t.item, t.page)
    rows: dict[tuple[str, str], list[Any]] = {}
    for row in connection.execute(query if case is None else query.where(t.case == case)):
        rows.setdefault((row.case, row.item), []).append(row)
    return {key: _copy(pages) for key, pages in rows.items()}


def _copy(pages: Sequence[Any]) -> FilledCopy:
    boxes = [{**box, "page": row.page} for row in pages for box in (row.comparison or {}).get("boxes", ())]
    compared = all(row.comparison and row.comparison["confirmed"] is not None for row in pages)
    added = [f"{mark[0]} {mark[5]}" for row in pages if compared for mark in row.comparison["added"]]
    return FilledCopy(tuple(boxes), tuple(added) if compared else None, sum(row.state == "queued" for row in pages))


def signed(item: ArchiveItem, kind: DocumentKind | None, copy: FilledCopy | None) -> tuple[Signed, str]:
    """Whether a scanned copy is signed, and why not.

    A person's decision comes first, then the boxes to sign in. For a kind without them, and for pages read before boxes were
    looked at, what counts is ink beside words that mention a signature.
    """
    decision = item.verdict_detail.get("decision")
    if decision:
        told = f"{decision['when'][:10]} 由 {decision['who']} 认定{'已' if decision['signed'] else '未'}签署：{decision['why']}"
        return ("present", "") if decision["signed"] else ("unsigned", told)
    if kind is not None and not kind.signs:
        return "present", ""
    if copy is None or copy.waiting:
        return "undetermined", "还没有识别，签字盖章处没有看过"
    required = [box for box in copy.boxes if box["required"]]
    if required:
        return _by_boxes(required, copy)
    if copy.added is None:
        return "undetermined", "没有印发的页面可对照，找不到签字盖章处；请查看原件后认定"
    if any(word in mark for mark in copy.added for word in _SIGNATURE_PLACES):
        return "present", ""
    return "unsigned", "与原发页面比对，签字盖章处没有书写和印章，请核对原件"


def _by_boxes(required: Sequence[Mapping[str, Any]], copy: FilledCopy) -> tuple[Signed, str]:
    stands_in = {box["instead"] for box in copy.boxes if box["instead"] and box["state"] == "written"}
    open_ = [box for box in required if box["state"] not in ("written", "stamped") and box["id"] not in stands_in]
    empty = [box["name"] for box in open_ if box["state"] == "empty"]
    if empty:
        return "unsigned", f"{'、'.join(f'“{name}”' for name in dict.fromkeys(empty))}是空的，请核对原件"
    if open_:
        told = "；".join(dict.fromkeys(f"“{box['name']}”{box['why'] or '看不清'}" for box in open_))
        return "undetermined", f"不能判定是否签署：{told}；请查看原件后认定"
    return "present", ""


def results_seen(copy: FilledCopy | None, findings: Iterable[Finding], office: Office) -> list[ResultSeen]:
    """Hold the results on a copy against those of the register; empty if the form has no boxes for results."""
    registered: dict[str, set[str]] = {}
    for finding in findings:
        registered.setdefault(_plain(finding.item), set()).update(finding.results)
    boxes = [box for box in copy.boxes if box["what"] == "result"] if copy else []
    return [_result(box, registered.get(_plain(box["row"]), set()), office) for box in boxes]


def _result(box: Mapping[str, Any], codes: set[str], office: Office) -> ResultSeen:
    order = {result.code: (str(number), result.label) for number, result in enumerate(office.results, 1)}
    told = "、".join(f"{order[code][0]}.{order[code][1]}" for code in sorted(codes) if code in order)
    seen = {"row": box["row"], "registered": told, "page": box["page"], "place": box["place"], "read": box["read"]}
    if box["state"] == "empty":
        return ResultSeen(verdict="empty", **seen)
    if box["state"] != "written" or not box["read"]:
        return ResultSeen(verdict="undetermined", why=box["why"] or "字迹没有把握读出", **seen)
    if not codes:
        return ResultSeen(verdict="undetermined", why="登记中没有这一项的结果", **seen)
    meant = _meant(box["read"], order)
    if meant is None:
        return ResultSeen(verdict="undetermined", why=f"“{box['read']}”不是结果的序号或者名称", **seen)
    return ResultSeen(verdict="agrees" if meant in codes else "contradicts", **seen)


def _meant(read: str, order: Mapping[str, tuple[str, str]]) -> str | None:
    """The result that a number or words mean; None if it is none of them."""
    for code, (number, label) in order.items():
        if read == number or fuzz.ratio(_plain(read), _plain(label)) >= _ALIKE:
            return code
    return None


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@dataclass(frozen=True)
class ResultFault:
    """Why a signed copy does not show the registered results: `state` of the paper and the reason."""

    state: Literal["contradicted", "unfilled"]
    why: str
    seen: tuple[ResultSeen, ...] = field(default=())


def result_fault(seen: Sequence[ResultSeen]) -> ResultFault | None:
    """The worst that results on a copy show: a contradiction, then results registered but not filled in."""
    wrong = tuple(one for one in seen if one.verdict == "contradicts")
    if wrong:
        return ResultFault("contradicted", "；".join(one.told for one in wrong), wrong)
    blank = tuple(one for one in seen if one.verdict == "empty" and one.registered)
    if blank:
        return ResultFault("unfilled", f"检查结果栏是空的：{'、'.join(one.row for one in blank)}", blank)
    return None
