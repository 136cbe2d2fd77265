"""Import of workbooks into the registers: everything or nothing, one transaction, one journal row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ssj_docs.database import registers
from ssj_docs.database.registers import Changes
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.personal_data import without_restricted_in
from ssj_docs.ground.problems import Problem, has_errors
from ssj_docs.intake.report import ImportOptions, ImportReport
from ssj_docs.intake.saving import read_and_save
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.sheets.workbook import read_workbook
from ssj_docs.intake.tables.contents import CellKinds
from ssj_docs.intake.tables.mapping_file import forced_keys, load_mapping
from ssj_docs.intake.tables.reader import TableReading, read_tables
from ssj_docs.intake.tables.table import Left
from ssj_docs.office.workspace import Workspace


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
            report = read_and_save(workspace, connection, report, options)
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
