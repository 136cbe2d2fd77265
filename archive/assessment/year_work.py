"""The work of a year by department, month and task: the figures in the report's prose, tables and charts.

They are counted by `ssj_docs.facts.figures`, like statistics and drafts, from what had happened by the cut-off date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from archive.assessment.year_record import YearRecord
from ssj_docs.facts.figures import Figures, count_figures, month_period, within
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.plan import InspectionTask


@dataclass(frozen=True)
class WorkRow:
    """户次 of a department, month or task: drawn (None if not applicable), inspected, with a problem."""

    name: str
    drawn: int | None
    inspected: int
    problems: int


@dataclass(frozen=True)
class YearWork:
    """The work of a year: ``figures`` of the whole year, and the same by department, month of inspection and task."""

    figures: Figures
    departments: tuple[WorkRow, ...]
    months: tuple[WorkRow, ...]
    tasks: tuple[WorkRow, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return asdict(self)


def year_work(record: YearRecord) -> YearWork:
    """Count the work of a year.

    Months without an inspection between the first and the last one are included with zeros; results without a date in the
    year have a row of their own, so that the rows add up.
    """
    findings = [f for fact in record.facts.values() for f in fact.findings]
    events = [e for fact in record.facts.values() for group in fact.events.values() for e in group]
    tasks = list(record.tasks.values())
    whole = count_figures(record.office, tasks, record.cases, findings, events)
    return YearWork(
        whole,
        tuple(WorkRow(d.name, None, d.inspected, d.problems) for d in whole.departments),
        _months(record, (tasks, record.cases, findings, events)),
        tuple(_tasks(record)),
    )


def _months(
    record: YearRecord, held: tuple[Sequence[InspectionTask], Sequence[Case], Sequence[Finding], Sequence[CaseEvent]]
) -> tuple[WorkRow, ...]:
    rows = []
    for month in range(1, 13):
        window = month_period(record.year, month)
        figures = count_figures(record.office, *within(window, *held))
        rows.append(WorkRow(f"{month}月", None, figures.inspected, figures.problems))
    busy = [place for place, row in enumerate(rows) if row.inspected]
    shown = rows[busy[0] : busy[-1] + 1] if busy else []
    figures = count_figures(record.office, *held)
    undated = figures.inspected - sum(row.inspected for row in shown)
    if undated:
        shown.append(WorkRow("日期不明", None, undated, figures.problems - sum(row.problems for row in shown)))
    return tuple(shown)


def _tasks(record: YearRecord) -> list[WorkRow]:
    """One row for each task, also if it was not drawn; the id follows a name that the plan uses twice."""
    names = [task.name for task in record.tasks.values()]
    cases: dict[str, list[Case]] = {}
    for case in record.cases:
        cases.setdefault(case.task, []).append(case)
    rows = []
    for task in record.tasks.values():
        mine = cases.get(task.id, [])
        facts = [record.facts[case.id] for case in mine]
        figures = count_figures(record.office, [task], mine, [f for fact in facts for f in fact.findings], [])
        label = task.name if names.count(task.name) == 1 else f"{task.name}（{task.id}）"
        rows.append(WorkRow(label, figures.cases, figures.inspected, figures.problems))
    return rows
