"""Import of workbooks into the registers: everything or nothing, one transaction, one journal row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ssj_docs.database import registers
from ssj_docs.database.registers import Changes
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.personal_data import without_restricted_in
from ssj_docs.ground.problems import Problem, has_errors
from ssj_docs.intake import creating, departments, recipes
from ssj_docs.intake.recipes import Recipe
from ssj_docs.intake.report import ImportOptions, ImportReport
from ssj_docs.intake.saving import read_and_save
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.sheets.workbook import read_workbook
from ssj_docs.intake.tables.contents import CellKinds
from ssj_docs.intake.tables.mapping_file import forced_keys, load_mapping
from ssj_docs.intake.tables.reader import TableReading, read_tables
from ssj_docs.intake.tables.register import Register, register_of
from ssj_docs.intake.tables.table import Left, Question
from ssj_docs.model.office import Office
from ssj_docs.office.workspace import Workspace


class _DryRunOver(Exception):
    """Raised to leave the transaction without keeping anything."""


@dataclass(frozen=True)
class _Import:
    """What is imported where, and the office as the answers want it."""

    workspace: Workspace
    kind: Kind
    paths: Sequence[Path]
    options: ImportOptions
    office: Office

    @property
    def place(self) -> Workspace:
        """The workspace with that office."""
        return replace(self.workspace, office=self.office)


def import_files(workspace: Workspace, kind: Kind, paths: Sequence[Path], options: ImportOptions) -> ImportReport:
    """Import files of one kind.

    Returns:
        A report; if any problem is an error, nothing was stored and ``failed`` is true.

    Raises:
        NotFoundError: a file, the mapping file or ``--task`` does not exist.
    """
    wanted = _Import(workspace, kind, paths, options, workspace.office)
    report = _attempt(wanted)
    unknown = departments.unknown_departments(report.problems, workspace.office)
    if unknown:
        office = departments.with_departments(workspace.office, unknown, options.answers)
        if office is not workspace.office:
            wanted = replace(wanted, office=office)
            report = _attempt(wanted)
        still = departments.unknown_departments(report.problems, office)
        report = _asking(report, departments.questions_about(still, office, options.answers))
    if creating.is_missing(report.problems):
        trial = replace(options, dry_run=True, answers=creating.all_allowed(options.answers))
        wanting = _attempt(replace(wanted, options=trial)).created
        report = _asking(report, creating.questions_about(wanting, report.problems, options.answers))
    return report


def _asking(report: ImportReport, questions: Sequence[Question]) -> ImportReport:
    return replace(report, questions=(*report.questions, *without_restricted_in(tuple(questions))))


def _attempt(wanted: _Import) -> ImportReport:
    """Read the files and store what they say, unless something is in the way."""
    workspace, options = wanted.place, wanted.options
    readings, digests, used = _read_files(workspace, wanted.kind, wanted.paths, options)
    report = ImportReport(
        wanted.kind,
        0,
        0,
        tuple(problem for reading in readings for problem in reading.problems),
        tables=tuple(table for reading in readings for table in reading.tables),
        dry_run=options.dry_run,
        left=without_restricted_in(_left(readings)),
        questions=without_restricted_in(tuple(question for reading in readings for question in reading.questions)),
        office=workspace.office,
        recipes=used,
    )
    if has_errors(report.problems) or not report.tables:
        return replace(report, rows=sum(len(table.records) for table in report.tables))
    try:
        with workspace.transaction() as connection:
            report = read_and_save(workspace, connection, report, options)
            if report.failed or options.dry_run:
                raise _DryRunOver
            name = "、".join(path.name for path in wanted.paths)
            if wanted.office is not wanted.workspace.office:
                told = departments.put_departments(wanted.workspace, connection, wanted.office)
                report = replace(report, departments=told)
            if options.recipes:
                sender = options.sender or recipes.sender_of(wanted.paths[0])
                recipes.keep(workspace, connection, report.tables, sender, _decided(wanted.kind, options, used))
            workspace.log(connection, f"import.{wanted.kind}", name, _detail(report, digests))
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
) -> tuple[list[TableReading], dict[str, str], tuple[Recipe, ...]]:
    """What was read in each file, the digest of each as it was read, and the recipes that were used."""
    with workspace.read() as connection:
        known = recipes.load_recipes(connection, kind) if options.recipes else []
    used: dict[str, Recipe] = {}
    register = _register(workspace, options) if kind in ("draw", "results") else Register()
    cells = CellKinds(workspace.office, register)
    readings, digests = [], {}
    for path in paths:
        try:
            sheets = read_workbook(path)
        except DataError as error:
            message = error.message.removeprefix(f"{path.name}：")
            readings.append(TableReading(problems=(Problem(path.name, message, error.remedy, code="file"),)))
            continue
        recipe = recipes.fitting(known, options.sender or recipes.sender_of(path), sheets)
        if recipe:
            used[recipe.fingerprint] = recipe
        columns, answers, names = _decided(kind, options, (recipe,) if recipe else ())
        digests[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        readings.append(
            read_tables(
                sheets,
                kind,
                path.name,
                cells,
                answers=answers,
                names=names,
                tasks=register.tasks,
                forced=columns,
                task=options.task,
            )
        )
    return readings, digests, tuple(used.values())


def _decided(
    kind: Kind, options: ImportOptions, used: Sequence[Recipe]
) -> tuple[dict[str, str], dict[str, str], tuple[str, ...]]:
    """Columns, answers and sheets: those of the recipes, over them what was said this time."""
    columns = {name: key for recipe in used for name, key in recipe.columns.items()}
    answers = {question: choice for recipe in used for question, choice in recipe.answers.items()}
    mapped = forced_keys(load_mapping(options.mapping, kind), kind) if options.mapping else {}
    sheets = options.sheets or tuple(sheet for recipe in used for sheet in recipe.sheets)
    return {**columns, **mapped, **options.columns}, {**answers, **options.answers}, sheets


def _register(workspace: Workspace, options: ImportOptions) -> Register:
    """What names tasks, subjects and inspectors that are known."""
    with workspace.read() as connection:
        return register_of(
            registers.load_tasks(connection, options.year),
            registers.load_subjects(connection),
            registers.load_inspectors(connection),
        )


def _detail(report: ImportReport, digests: dict[str, str]) -> dict[str, object]:
    return {
        "files": digests,
        "rows": report.rows,
        "added": len(report.changes.added),
        "changed": len(report.changes.changed),
        "unchanged": report.changes.unchanged,
        "year": report.year,
        **({"recipes": [one.id for one in report.recipes]} if report.recipes else {}),
    }
