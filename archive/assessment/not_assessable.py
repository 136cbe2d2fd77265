"""不能评定: cases that no indicator can count because a date is missing or cannot be right, each with the reason.

They are in no denominator, so they are listed instead of being left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.assessment.year_record import Lack, YearRecord
from ssj_docs.model.case import CaseEvent


def not_assessable(record: YearRecord) -> tuple[Lack, ...]:
    """Every such case, in order, with the department to ask."""
    return tuple(lack for case in record.cases for lack in _of_case(record, case.id))


def _of_case(record: YearRecord, case: str) -> Iterator[Lack]:
    fact = record.facts[case]
    days = {(event.event, event.department): event.date for event in _events(record, case)}
    for department in fact.departments:
        inspected = days.get(("inspected", department)) or days.get(("inspected", ""))
        if inspected is None:
            what = f"不能评定：{department}没有检查日期，按期公示、按期移送、按期归档无法计算"
            yield Lack(case, what, department)
            continue
        disclosed = days.get(("disclosed", department))
        if disclosed and disclosed < inspected:
            yield Lack(case, f"不能评定：{department} {disclosed} 公示，早于检查日期 {inspected}，请核对", department)
    for event in fact.events.get("handled", ()):
        handling = record.office.handling(event.handling)
        filed = any(one.department in ("", event.department) for one in fact.events.get("filed", ()))
        if handling and "立案" in handling.label and "不予" not in handling.label and not filed:
            ask = event.department or record.leader(case)
            yield Lack(case, f"不能评定：处理结果是{handling.label}，没有立案日期，立案办结率无法计算", ask)


def _events(record: YearRecord, case: str) -> Iterator[CaseEvent]:
    for events in record.facts[case].events.values():
        yield from events
