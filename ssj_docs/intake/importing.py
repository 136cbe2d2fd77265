"""Import of workbooks into the registers: everything or nothing, one transaction, one journal row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select

from ssj_docs.database import registers
from ssj_docs.database import schema as tables
from ssj_docs.database.registers import Changes
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.personal_data import without_restricted_in
from ssj_docs.ground.problems import Problem, has_errors
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.changes import Changed, what_changed
from ssj_docs.intake.rows.draw_rows import read_draw
from ssj_docs.intake.rows.inspector_rows import read_inspectors
from ssj_docs.intake.rows.item_rows import read_item_list
from ssj_docs.intake.rows.plan_rows import plan_year, read_plan
from ssj_docs.intake.rows.reading_result import Outcome
from ssj_docs.intake.rows.register_index import RegisterIndex
from ssj_docs.intake.rows.result_rows import CaseResult, read_results
from ssj_docs.intake.rows.subject_rows import read_subjects
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.sheets.workbook import read_workbook
from ssj_docs.intake.tables.contents import CellKinds
from ssj_docs.intake.tables.mapping_file import forced_keys, load_mapping, mapping_json
from ssj_docs.intake.tables.reader import TableReading, read_tables
from ssj_docs.intake.tables.table import DataTable, Left, Question
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.model.case import CaseEvent, Finding
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import InspectionTask
from ssj_docs.office.workspace import Workspace

_PORTION = 500


@dataclass(frozen=True)
class ImportOptions:
    """How to import: plan year (None: as the file says), task of a sheet that names none, mapping file, trial run,
    sheets by name, answers to questions (id → choice).
    """

    year: int | None = None
    task: str = ""
    mapping: Path | None = None
    dry_run: bool = False
    sheets: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportReport:
    """What an import saw and did.

    Attributes:
        rows: rows of data seen. imported: models stored (0 if an error stopped it). changes: keys added, changed, left.
        changed: for changed keys, which fields went from what to what. tables: as understood.
        left: cells that gave no value. questions: what must be answered before anything is stored.
    """

    kind: Kind
    rows: int
    imported: int
    problems: tuple[Problem, ...]
    changes: Changes = field(default_factory=Changes)
    changed: tuple[Changed, ...] = ()
    tables: tuple[DataTable, ...] = field(default=(), repr=False)
    year: int | None = None
    dry_run: bool = False
    left: tuple[Left, ...] = field(default=(), repr=False)
    questions: tuple[Question, ...] = ()

    @property
    def failed(self) -> bool:
        """True if an error or an open question stopped the import."""
        return has_errors(self.problems) or bool(self.questions)

    def as_json(self) -> dict[str, Any]:
        """The contract's shape, with what changed and how the header was understood."""
        return {
            "rows": self.rows,
            "imported": self.imported,
            "problems": [problem.as_json() for problem in self.problems],
            "kind": self.kind,
            "year": self.year,
            "dry_run": self.dry_run,
            "added": list(self.changes.added),
            "changed": [change.as_json() for change in self.changed],
            "unchanged": self.changes.unchanged,
            "mapping": [mapping_json(table) for table in self.tables],
            "columns": [
                {
                    "sheet": table.sheet.name,
                    "column": table.sheet.address(table.last_row, match.column),
                    "label": match.label,
                    "key": match.key,
                    "how": match.how,
                }
                for table in self.tables
                for match in table.matches
            ],
            "left": [one.as_json() for one in self.left],
            "questions": [one.as_json() for one in self.questions],
        }


class _DryRunOver(Exception):
    """Raised to leave the transaction without keeping anything."""


def import_files(workspace: Workspace, kind: Kind, paths: Sequence[Path], options: ImportOptions) -> ImportReport:
    """Import files of one kind.

    Returns:
        A report; if any problem is an error, nothing was stored and ``failed`` is true.

    Raises:
        NotFoundError: a file, the mapping file or ``--task`` does not exist.
    """
    readings, digests = _read_files(workspace, kind, paths, options)
    report = ImportReport(
        kind,
        0,
        0,
        tuple(problem for reading in readings for problem in reading.problems),
        tables=tuple(table for reading in readings for table in reading.tables),
        dry_run=options.dry_run,
        left=without_restricted_in(_left(readings)),
        questions=without_restricted_in(tuple(question for reading in readings for question in reading.questions)),
    )
    if has_errors(report.problems) or not report.tables:
        return replace(report, rows=sum(len(table.records) for table in report.tables))
    try:
        with workspace.transaction() as connection:
            report = _read_and_save(workspace, connection, report, options)
            if report.failed or options.dry_run:
                raise _DryRunOver
            workspace.log(
                connection, f"import.{kind}", "、".join(path.name for path in paths), _detail(report, digests)
            )
    except _DryRunOver:
        return _undone(report)
    return report


def _undone(report: ImportReport) -> ImportReport:
    if report.failed:
        return replace(report, imported=0, changes=Changes(), changed=())
    return replace(report, imported=0)


def _left(readings: Sequence[TableReading]) -> tuple[Left, ...]:
    """All cells that gave no value."""
    return tuple(one for reading in readings for one in (*reading.left, *(o for t in reading.tables for o in t.left)))


def _read_files(
    workspace: Workspace, kind: Kind, paths: Sequence[Path], options: ImportOptions
) -> tuple[list[TableReading], dict[str, str]]:
    """What was read in each file, and the digest of each as it was read."""
    forced = forced_keys(load_mapping(options.mapping, kind), kind) if options.mapping else {}
    tasks: list[str] = []
    if kind in ("draw", "results"):
        with workspace.read() as connection:
            tasks = [task.name for task in registers.load_tasks(connection, options.year)]
    cells = CellKinds(workspace.office, tasks)
    readings, digests = [], {}
    for path in paths:
        try:
            sheets = read_workbook(path)
        except DataError as error:
            message = error.message.removeprefix(f"{path.name}：")
            readings.append(TableReading(problems=(Problem(path.name, message, error.remedy, code="file"),)))
            continue
        digests[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        readings.append(
            read_tables(
                sheets,
                kind,
                path.name,
                cells,
                answers=options.answers,
                names=options.sheets,
                tasks=tasks,
                forced=forced,
                task=options.task,
            )
        )
    return readings, digests


def _detail(report: ImportReport, digests: dict[str, str]) -> dict[str, object]:
    return {
        "files": digests,
        "rows": report.rows,
        "added": len(report.changes.added),
        "changed": len(report.changes.changed),
        "unchanged": report.changes.unchanged,
        "year": report.year,
    }


def _read_and_save(
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
    return replace(report, rows=sum(outcome.rows for outcome in outcomes), problems=problems, **more)


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
    return _save(report, tasks, before, lambda models: registers.save_tasks(connection, models))


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
    return RegisterIndex(
        tasks,
        registers.load_subjects(connection),
        registers.load_inspectors(connection),
        registers.load_cases(connection),
        default,
        DepartmentNames(workspace.office),
    )


def _import_draw(
    workspace: Workspace, connection: Connection, report: ImportReport, options: ImportOptions
) -> ImportReport:
    index = _index(workspace, connection, options)
    outcomes = [read_draw(table, workspace.office, index) for table in report.tables]
    cases = [case for outcome in outcomes for case in outcome.models]
    return _save(_report(report, outcomes), cases, index.cases, lambda models: registers.save_cases(connection, models))


def _import_results(
    workspace: Workspace, connection: Connection, report: ImportReport, options: ImportOptions
) -> ImportReport:
    index = _index(workspace, connection, options)
    outcomes = [read_results(table, workspace.office, index) for table in report.tables]
    results: list[CaseResult] = [result for outcome in outcomes for result in outcome.models]
    report = _report(report, outcomes)
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
