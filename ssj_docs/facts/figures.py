"""The figures in prose (通报, 简报, 总结): taken from the statistics tables, never counted again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ssj_docs.facts.statistics import Records, statistics
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.office import Office
from ssj_docs.model.plan import InspectionTask


@dataclass(frozen=True)
class DepartmentFigures:
    """户次 inspected by a department, and those with a problem."""

    name: str
    inspected: int
    problems: int


@dataclass(frozen=True)
class Figures:
    """Counts in 户次 (cases) unless stated otherwise.

    Attributes:
        tasks: 任务.
        drawn_tasks: tasks with a draw.
        departments: departments by name.
        cases: drawn.
        subjects: drawn, each once (户).
        inspected: with a finding.
        clean: no problem in any finding.
        problems: at least one problem.
        results, handlings: (label, 户次), each case once for each label, in the office's order.
        handled: problem cases with a handling by every department that found one.
        disclosed: inspected cases disclosed by every department that inspected.
    """

    tasks: int
    drawn_tasks: int
    cases: int
    subjects: int
    inspected: int
    clean: int
    problems: int
    handled: int
    disclosed: int
    results: tuple[tuple[str, int], ...]
    handlings: tuple[tuple[str, int], ...]
    departments: tuple[DepartmentFigures, ...]


def count_figures(
    office: Office,
    tasks: Sequence[InspectionTask],
    cases: Sequence[Case],
    findings: Sequence[Finding],
    events: Sequence[CaseEvent],
) -> Figures:
    """The figures for prose, from the tables: 汇总表 by 户次 and the text agree for the same cases.

    A case has a result if any of its findings has it; 未发现问题 counts only if every finding has it, 公示 only if every
    department has disclosed.
    """
    made = statistics(Records(cases, findings, events, tasks, {}, {}), office, "户次")
    *departments, total = made.by_department
    totals = made.totals
    return Figures(
        tasks=len(tasks),
        drawn_tasks=totals["任务数"],
        cases=totals["抽取户次"],
        subjects=totals["抽取户数"],
        inspected=totals["抽查户次"],
        clean=totals["抽查户次"] - totals["发现问题户次"],
        problems=totals["发现问题户次"],
        handled=totals["发现问题已处理户次"],
        disclosed=totals["公示户次"],
        results=tuple((r.label, count) for r, count in zip(office.results, total.results, strict=True)),
        handlings=tuple((h.label, count) for h, count in zip(office.handlings, total.handlings, strict=True)),
        departments=tuple(DepartmentFigures(row.name, row.inspected, row.problems) for row in departments),
    )


@dataclass(frozen=True)
class ReportPeriod:
    """The period of a report, inclusive, and its name (2026年第二季度)."""

    name: str
    start: date
    end: date


def quarter_period(year: int, quarter: int) -> ReportPeriod:
    """A quarter, 1 to 4."""
    end = date(year + quarter // 4, quarter * 3 % 12 + 1, 1) - timedelta(days=1)
    return ReportPeriod(f"{year}年第{'一二三四'[quarter - 1]}季度", date(year, quarter * 3 - 2, 1), end)


def month_period(year: int, month: int) -> ReportPeriod:
    """A month, 1 to 12."""
    end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return ReportPeriod(f"{year}年{month}月", date(year, month, 1), end)


def within(
    window: ReportPeriod,
    tasks: Sequence[InspectionTask],
    cases: Sequence[Case],
    findings: Sequence[Finding],
    events: Sequence[CaseEvent],
) -> tuple[list[InspectionTask], list[Case], list[Finding], list[CaseEvent]]:
    """The cases whose inspection ended in the period, with what had happened by its end, and their tasks.

    An inspection ends with its last department's, so each case belongs to exactly one quarter, and the quarters of a year
    add up to the year.
    """
    ended: dict[str, date] = {}
    for case, day in [(e.case, e.date) for e in events if e.event == "inspected"] + [
        (f.case, f.found) for f in findings if f.found
    ]:
        ended[case] = max(day, ended.get(case, day))
    mine = [case for case in cases if case.id in ended and window.start <= ended[case.id] <= window.end]
    ids, held = {case.id for case in mine}, {case.task for case in mine}
    return (
        [task for task in tasks if task.id in held],
        mine,
        [f for f in findings if f.case in ids],
        [e for e in events if e.case in ids and e.date <= window.end],
    )
