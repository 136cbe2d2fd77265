"""A case is one subject in one task: what was drawn, found, done and disclosed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Case:
    """One subject in one task (案件; its archive object is the 案卷).

    Attributes:
        id: ``<task id>-<serial>``, e.g. ``2026-003-0012``; ASCII, used in codes and paths.
        task: task id. serial: 抽取序号, from 1. subject: subject id. round: draw round in the year, from 1.
        inspectors: inspector ids (执法证号), the leader first.
        drawn: date of the draw.
    """

    id: str
    task: str
    serial: int
    subject: str
    inspectors: tuple[str, ...] = ()
    drawn: date | None = None
    round: int = 1


@dataclass(frozen=True)
class Finding:
    """检查结果 of one item by one department in a case.

    Attributes:
        case: case id. department: canonical name. item: 抽查事项.
        results: result codes (``R01`` …; several only where the vocabulary allows).
        note: remark as written.
        inspectors: names as signed.
        found: date on which the result was formed (形成检查结果之日).
    """

    case: str
    department: str
    item: str
    results: tuple[str, ...]
    note: str = ""
    inspectors: tuple[str, ...] = ()
    found: date | None = None


@dataclass(frozen=True)
class CaseEvent:
    """A dated fact about a case from which deadlines start or by which they are met.

    Attributes:
        case: case id.
        event: one of `EVENTS`.
        date: the day.
        department: who did it, empty if the office as a whole.
        handling: handling code (``H1`` …) where the event is ``handled``.
        note: number of the letter, remark.
    """

    case: str
    event: str
    date: date
    department: str = ""
    handling: str = ""
    note: str = ""


#: event → Chinese name. Results, disclosure and handling imports write these; deadlines refer to them.
EVENTS = {
    "drawn": "抽取",
    "notified": "告知",
    "inspected": "检查结束",
    "found": "形成检查结果",
    "records_submitted": "报送记录表",
    "recorded": "录入平台",
    "disclosed": "公示",
    "transferred": "移送（转办）",
    "transfer_letter": "发出移交函",
    "confirmed": "审核认定",
    "filed": "立案",
    "replied": "书面回复",
    "handled": "处理",
    "rectified": "整改复查",
    "closed": "结案",
    "closure_notified": "案件结果告知",
    "penalty_disclosed": "处罚信息公示",
}
