"""A part of a year: one department, township, task, quarter or half-year, with every measure counted on it as on the whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from archive.assessment.assessment import IndicatorResult, read_year
from archive.assessment.measure_register import counted
from archive.assessment.year_record import YearRecord
from ssj_docs.database import registers
from ssj_docs.facts.case_facts import CaseFacts
from ssj_docs.model.case import Case
from ssj_docs.office.workspace import Workspace

By = Literal["department", "township", "task", "quarter", "half"]
BYS: Mapping[str, str] = {"department": "部门", "township": "乡镇", "task": "任务", "quarter": "季度", "half": "半年"}


@dataclass(frozen=True)
class Part:
    """A part of a year: its key, the name by which people know it, and its data."""

    key: str
    name: str
    record: YearRecord


def parts(record: YearRecord, by: By) -> tuple[Part, ...]:
    """The parts of a year, in the order of plan or calendar."""
    if by == "department":
        names = dict.fromkeys(d for task in record.tasks.values() for d in task.departments)
        names |= dict.fromkeys(d for fact in record.facts.values() for d in fact.departments)
        return tuple(Part(name, name, of_department(record, name)) for name in names)
    if by == "task":
        return tuple(
            Part(task.id, f"{task.id} {task.name}", _with(record, {task.id}, _cases(record, task=task.id)))
            for task in record.tasks.values()
        )
    if by == "township":
        places: dict[str, set[str]] = {}
        for case in record.cases:
            subject = record.subjects.get(case.subject)
            places.setdefault((subject.district if subject else "") or "未注明", set()).add(case.id)
        return tuple(Part(name, name, _with(record, None, mine)) for name, mine in sorted(places.items()))
    months = 3 if by == "quarter" else 6
    names_ = [f"第{'一二三四'[n]}季度" for n in range(4)] if by == "quarter" else ["上半年", "下半年"]
    return tuple(
        Part(str(n + 1), name, _with(record, None, _inspected_in(record, n * months + 1, n * months + months)))
        for n, name in enumerate(names_)
    )


def of_department(record: YearRecord, name: str) -> YearRecord:
    """The tasks and cases in which a department takes part, with its own findings, events and deadlines."""
    tasks = {task.id for task in record.tasks.values() if name in task.departments}
    cases = {case.id for case in record.cases if case.task in tasks or name in record.facts[case.id].departments}
    whole = _with(record, tasks, cases)
    facts = {key: _only(fact, name) for key, fact in whole.facts.items()}
    own = {
        key: replace(
            task,
            initiators=tuple(d for d in task.initiators if d == name),
            partners=tuple(d for d in task.partners if d == name),
            items=task.items if name in task.initiators else (),
            partner_items=task.partner_items if name in task.partners else (),
        )
        for key, task in whole.tasks.items()
    }
    dues = {
        case: [one for one in rows if not one.departments or name in one.departments]
        for case, rows in whole.dues.items()
    }
    return replace(whole, facts=facts, tasks=own, dues=dues)


def _only(fact: CaseFacts, department: str) -> CaseFacts:
    events = {event: [e for e in rows if e.department in ("", department)] for event, rows in fact.events.items()}
    return replace(fact, events=events, findings=[f for f in fact.findings if f.department == department])


def _cases(record: YearRecord, task: str) -> set[str]:
    return {case.id for case in record.cases if case.task == task}


def _inspected_in(record: YearRecord, first: int, last: int) -> set[str]:
    """Cases whose last inspection lies in these months; those not inspected belong to no part."""

    def day(case: Case) -> date | None:
        fact = record.facts[case.id]
        days = [e.date for e in fact.events.get("inspected", ())] or [f.found for f in fact.findings if f.found]
        return max(days, default=None)

    return {case.id for case in record.cases if (d := day(case)) and d.year == record.year and first <= d.month <= last}


def _with(record: YearRecord, tasks: Collection[str] | None, cases: Collection[str]) -> YearRecord:
    """The record of these cases; of these tasks, or those of the cases."""
    kept = [case for case in record.cases if case.id in cases]
    shown = {case.task for case in kept} if tasks is None else tasks
    drawn = {case.subject for case in kept}
    return replace(
        record,
        tasks={key: task for key, task in record.tasks.items() if key in shown},
        cases=kept,
        facts={case.id: record.facts[case.id] for case in kept},
        subjects={key: subject for key, subject in record.subjects.items() if key in drawn},
        dues={case: rows for case, rows in record.dues.items() if case in cases},
        papers={case: rows for case, rows in record.papers.items() if case in cases or case in shown},
    )


@dataclass(frozen=True)
class PartRow:
    """An indicator on a part of a year; ``before``: the same on the same part of the year before, if it had one."""

    part: str
    id: str
    name: str
    numerator: int
    denominator: int
    value: float | None
    before: float | None


def part_rows(workspace: Workspace, year: int, by: By) -> list[PartRow]:
    """Every indicator for each part of a year. Tasks have other numbers each year, so they are compared by name.

    Raises: NotFoundError if the year has no plan.
    """
    now = parts(read_year(workspace, year, min(workspace.today, date(year, 12, 31))), by)
    with workspace.read() as connection:
        planned = bool(registers.load_tasks(connection, year - 1))
    past = parts(read_year(workspace, year - 1, date(year - 1, 12, 31)), by) if planned else ()
    before = {(_same(p, by), r.indicator.id): r.value for p in past for r in results_of(p.record)}
    return [
        PartRow(
            p.name, r.indicator.id, r.indicator.name, r.numerator, r.denominator, r.value,
            before.get((_same(p, by), r.indicator.id)),
        )
        for p in now
        for r in results_of(p.record)
    ]  # fmt: skip


def _same(part: Part, by: By) -> str:
    """What a part is known by in another year."""
    return part.name.partition(" ")[2] if by == "task" else part.key


def results_of(record: YearRecord) -> tuple[IndicatorResult, ...]:
    """Every indicator of the office, counted on a part."""
    return tuple(IndicatorResult(one, counted(one, record)) for one in record.office.indicators)
