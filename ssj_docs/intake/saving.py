"""Rows of understood tables to the registers, each kind in its way; what changed is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select

from ssj_docs.database import registers
from ssj_docs.database import schema as tables
from ssj_docs.database.registers import Changes
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.changes import Changed, what_changed
from ssj_docs.intake.creating import allowed_newcomers, told
from ssj_docs.intake.report import ImportOptions, ImportReport
from ssj_docs.intake.rows.draw_rows import merged_cases, read_draw
from ssj_docs.intake.rows.inspector_rows import read_inspectors
from ssj_docs.intake.rows.item_rows import read_item_list
from ssj_docs.intake.rows.newcomers import Newcomers
from ssj_docs.intake.rows.plan_rows import plan_year, read_plan
from ssj_docs.intake.rows.reading_result import Outcome
from ssj_docs.intake.rows.register_index import RegisterIndex
from ssj_docs.intake.rows.result_rows import CaseResult, read_results
from ssj_docs.intake.rows.subject_rows import read_subjects
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.tables.table import Choice, Question
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.model.case import CaseEvent, Finding
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import InspectionTask
from ssj_docs.office.workspace import Workspace

_PORTION = 500


def read_and_save(
    workspace: Workspace, connection: Connection, report: ImportReport, options: ImportOptions
) -> ImportReport:
    steps: Mapping[Kind, Callable[..., ImportReport]] = {
        "plan": _import_plan,
        "items": _import_items,
        "subjects": _import_subjects,
        "inspectors": _import_inspectors,
        "draw": _import_draw,
        "results": _import_results,
    }
    return steps[report.kind](workspace, connection, report, options)


def _report(report: ImportReport, outcomes: Sequence[Outcome[Any]], **more: Any) -> ImportReport:
    problems = (*report.problems, *(problem for outcome in outcomes for problem in outcome.problems))
    questions = (*report.questions, *(question for outcome in outcomes for question in outcome.questions))
    rows = sum(outcome.rows for outcome in outcomes)
    return replace(report, rows=rows, problems=problems, questions=questions, **more)


def _save(
    report: ImportReport, models: Sequence[Any], before: Sequence[Any], save: Callable[[Sequence[Any]], Changes]
) -> ImportReport:
    """Store the models unless an error forbids it, and say what changed."""
    if report.failed:
        return report
    changes = save(models)
    return replace(report, imported=len(models), changes=changes, changed=what_changed(changes, before, models))


def _import_plan(
    workspace: Workspace, connection: Connection, report: ImportReport, options: ImportOptions
) -> ImportReport:
    year = options.year or next(filter(None, map(plan_year, report.tables)), None) or workspace.today.year
    outcomes: list[Outcome[InspectionTask]] = []
    for table in report.tables:
        taken = {task.id for outcome in outcomes for task in outcome.models}
        outcomes.append(read_plan(table, workspace.office, year, taken))
    tasks = [task for outcome in outcomes for task in outcome.models]
    report = _report(report, outcomes, year=year)
    before = registers.load_tasks(connection, year)
    report = replace(report, problems=(*report.problems, *_plan_gone(report, tasks, before)))
    report = _asked_about_unread(report, options)
    return _save(report, tasks, before, lambda models: registers.save_tasks(connection, models))


def _asked_about_unread(report: ImportReport, options: ImportOptions) -> ImportReport:
    """Periods and ratios that cannot be read are kept as written only where the clerk says so."""
    unread = [problem for problem in report.problems if problem.code in ("window.unread", "ratio.unread")]
    if not unread or options.answers.get("unread") == "keep":
        return report
    first = unread[0]
    if options.answers.get("unread") == "stop":
        return replace(report, problems=(*report.problems, replace(first, severity="error")))
    shown = "、".join(f"{problem.cell}“{problem.value[:20]}”" for problem in unread[:5])
    text = f"有 {len(unread)} 格的检查时间或抽取比例读不出数字（{shown}），只保留原文，算期限和抽取时须另行填写。这样读入吗？"
    choices = (Choice("keep", "只保留原文，读入"), Choice("stop", "不读，我先改表"))
    return replace(report, questions=(*report.questions, Question("unread", first.sheet, first.cell, text, choices)))


def _plan_gone(
    report: ImportReport, tasks: Sequence[InspectionTask], before: Sequence[InspectionTask]
) -> list[Problem]:
    """Tasks of the register that the new plan has no more: they stay, and the clerk is told."""
    ids = {task.id for task in tasks}
    gone = [task for task in before if task.id not in ids]
    if not gone:
        return []
    source = "、".join(dict.fromkeys(table.source for table in report.tables))
    names = "、".join(f"{task.id} {task.name}" for task in gone[:20])
    message = f"登记的计划里有 {len(gone)} 个任务不在本次文件里，仍然保留：{names}"
    return [Problem(source, message, "如已取消，请在计划中注明", severity="warning", code="plan.gone")]


def _import_items(
    workspace: Workspace, connection: Connection, report: ImportReport, _options: ImportOptions
) -> ImportReport:
    counts: dict[str, int] = {}
    outcomes = [read_item_list(table, workspace.office, counts) for table in report.tables]
    items = [item for outcome in outcomes for item in outcome.models]
    before = registers.load_items(connection)
    return _save(_report(report, outcomes), items, before, lambda models: registers.save_items(connection, models))


def _import_subjects(
    _workspace: Workspace, connection: Connection, report: ImportReport, _options: ImportOptions
) -> ImportReport:
    numberless = _subjects(connection, tables.subjects.c.id.like("S%"))
    outcomes = [read_subjects(table, numberless) for table in report.tables]
    subjects = [subject for outcome in outcomes for subject in outcome.models]
    report = _report(report, outcomes)
    if report.failed:
        return report
    total = Changes()
    changed: tuple[Changed, ...] = ()
    # In portions: all 100,000 at once would stand in memory three times over (models, rows, their JSON).
    for start in range(0, len(subjects), _PORTION):
        portion = subjects[start : start + _PORTION]
        before = _subjects(connection, tables.subjects.c.id.in_([subject.id for subject in portion]))
        changes = registers.save_subjects(connection, portion)
        changed += what_changed(changes, before, portion)
        total = _sum(total, changes)
    return replace(report, imported=len(subjects), changes=total, changed=changed)


def _subjects(connection: Connection, where: ColumnElement[bool]) -> list[Subject]:
    names = [field.name for field in fields(Subject)]
    rows = connection.execute(select(*(tables.subjects.c[name] for name in names)).where(where)).mappings()
    return [Subject(**{**row, "tags": tuple(row["tags"])}) for row in rows]


def _sum(first: Changes, second: Changes) -> Changes:
    return Changes(first.added + second.added, first.changed + second.changed, first.unchanged + second.unchanged)


def _import_inspectors(
    workspace: Workspace, connection: Connection, report: ImportReport, _options: ImportOptions
) -> ImportReport:
    outcomes = [read_inspectors(table, workspace.office) for table in report.tables]
    people = [inspector for outcome in outcomes for inspector in outcome.models]
    before = registers.load_inspectors(connection)
    return _save(
        _report(report, outcomes), people, before, lambda models: registers.save_inspectors(connection, models)
    )


def _index(workspace: Workspace, connection: Connection, options: ImportOptions) -> RegisterIndex:
    default = registers.load_task(connection, options.task).id if options.task else ""
    tasks = registers.load_tasks(connection, None if options.task else options.year)
    if not tasks:
        raise NotFoundError("还没有抽查计划", Remedy("先", do("import", kind="plan")))
    names = DepartmentNames(workspace.office)
    subjects, inspectors = registers.load_subjects(connection), registers.load_inspectors(connection)
    cases = registers.load_cases(connection)
    taken = {one.id for one in subjects} | {one.id for one in inspectors}
    newcomers = Newcomers(allowed_newcomers(options.answers), names, taken, registered=cases)
    return RegisterIndex(tasks, subjects, inspectors, cases, default, names, newcomers, options.answers)


def _with_newcomers(
    workspace: Workspace, connection: Connection, report: ImportReport, index: RegisterIndex
) -> ImportReport:
    """Store who and what the table brought with it, and journal it; nothing is stored where an error forbids it."""
    made = index.newcomers.made
    used = index.newcomers.used_cells()
    report = replace(
        report, created=told(made, index.subjects), left=tuple(o for o in report.left if (o.sheet, o.cell) not in used)
    )
    if not made or report.failed:
        return report
    registers.save_subjects(connection, made.get("subjects", ()))
    registers.save_inspectors(connection, made.get("inspectors", ()))
    registers.save_cases(connection, made.get("cases", ()))
    ids = {kind: [new.id for new in report.created if new.kind == kind][:500] for kind in made}
    source = "、".join(dict.fromkeys(table.source for table in report.tables))
    workspace.log(connection, "import.created", source, dict(ids))
    return report


def _import_draw(
    workspace: Workspace, connection: Connection, report: ImportReport, options: ImportOptions
) -> ImportReport:
    index = _index(workspace, connection, options)
    serials: dict[tuple[str, int], str] = {}
    outcomes = [read_draw(table, workspace.office, index, serials) for table in report.tables]
    cases = merged_cases(case for outcome in outcomes for case in outcome.models)
    report = _with_newcomers(workspace, connection, _report(report, outcomes), index)
    return _save(report, cases, index.cases, lambda models: registers.save_cases(connection, models))


def _import_results(
    workspace: Workspace, connection: Connection, report: ImportReport, options: ImportOptions
) -> ImportReport:
    index = _index(workspace, connection, options)
    outcomes = [read_results(table, workspace.office, index) for table in report.tables]
    results: list[CaseResult] = [result for outcome in outcomes for result in outcome.models]
    report = _with_newcomers(workspace, connection, _report(report, outcomes), index)
    if report.failed:
        return report
    findings = [result.finding for result in results if result.finding]
    events = [event for result in results for event in result.events]
    cases = {finding.case for finding in findings}
    found_before = (
        registers.load_findings(connection, cases) if len(cases) <= 500 else registers.load_findings(connection)
    )
    changes = registers.save_findings(connection, _last(findings))
    event_changes = _save_events(connection, events)
    both = _sum(changes, event_changes)
    return replace(report, imported=report.rows, changes=both, changed=what_changed(changes, found_before, findings))


def _last(findings: Sequence[Finding]) -> list[Finding]:
    return list({(f.case, f.department, f.item): f for f in findings}.values())


def _save_events(connection: Connection, events: Sequence[CaseEvent]) -> Changes:
    """Store events; a date that was imported before for the same case, event and department gives way to the new one.

    处理 is left out of that: a case may be handled several times.
    """
    unique = {(event.case, event.event, event.department, event.date): event for event in events}
    dates: dict[tuple[str, str, str], set[date]] = {}
    for case, event, department, day in unique:
        dates.setdefault((case, event, department), set()).add(day)
    for old in registers.load_events(connection, {case for case, _, _ in dates} if len(dates) <= 500 else None):
        new = dates.get((old.case, old.event, old.department))
        if new and old.date not in new and old.event != "handled":
            t = tables.case_events
            connection.execute(
                delete(t).where(
                    t.c.case == old.case, t.c.event == old.event, t.c.department == old.department, t.c.date == old.date
                )
            )
    return registers.save_events(connection, list(unique.values()))
