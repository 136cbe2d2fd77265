"""统计表 and 汇总表 as files: Word from the office's templates, Excel with numbers that can be added up.

Files lie in ``issued/stats/``. Counting again with the same data gives the same file; other data gives a new one
beside it (``-2``, ``-3``), because a table that was handed in is not rewritten.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from ssj_docs.database import registers
from ssj_docs.documents.forms.forms import make_form
from ssj_docs.documents.numbers.issued_files import safe_name, write_once
from ssj_docs.documents.sheets.workbooks import TableSheet, statistics_sheet, summary_sheet, write_table_workbook
from ssj_docs.facts.case_facts import load_facts
from ssj_docs.facts.list_columns import LIST_COLUMNS
from ssj_docs.facts.statistics import Records, Statistics
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.plan import InspectionTask
from ssj_docs.office.paper_kinds import PaperKinds
from ssj_docs.office.workspace import Workspace

FOLDER = "issued/stats"


def load_records(
    connection: Connection, kinds: PaperKinds, *, task: str = "", year: int | None = None
) -> tuple[Records, str]:
    """The data set of a task, of a year, or of everything; and its name for titles.

    Raises: NotFoundError if there is no such task, or no case at all.
    """
    tasks = [registers.load_task(connection, task)] if task else registers.load_tasks(connection, year)
    cases, events, findings = load_facts(connection, kinds, task=task, year=None if task else year)
    scope = _scope(tasks, task, year)
    if not cases:
        raise NotFoundError(
            f"{scope}还没有案件，无从统计",
            Remedy(
                "先", do("draw", task=task), "，或", do("import", kind="draw"), "，再", do("import", kind="results")
            ),
        )
    return Records(
        cases=cases,
        findings=findings,
        events=events,
        tasks=tasks,
        subjects={row.id: row for row in registers.load_subjects(connection)},
        inspectors={row.id: row for row in registers.load_inspectors(connection)},
    ), scope


def _scope(tasks: list[InspectionTask], task: str, year: int | None) -> str:
    if task:
        return tasks[0].name
    return f"{year}年度" if year else "历年"


def write_statistics(workspace: Workspace, made: Statistics, scope: str, *, public: bool = False) -> list[str]:
    """Write both tables.

    Args:
        scope: a task's name or ``2026年度``, for titles and file names. public: the rendition without 电话.

    Returns: paths relative to the workspace.
    """
    kinds = workspace.kinds
    listed, summed = f"{scope}“双随机、一公开”联合抽查统计表", f"{scope}“双随机、一公开”联合抽查汇总表"
    if made.unit == "户次":
        summed += "（户次）"
    suffix = "（公开版）" if public else ""
    files = (
        (
            f"{listed}{suffix}.docx",
            make_form(
                kinds[kinds.serving("statistics")],
                _list_data(made, listed),
                rendition="public" if public else "restricted",
                office_templates=workspace.templates,
            ),
        ),
        (f"{listed}{suffix}.xlsx", write_table_workbook([statistics_sheet(listed, made.entities)])),
        (
            f"{summed}.docx",
            make_form(
                kinds[kinds.serving("summary")], _summary_data(made, summed), office_templates=workspace.templates
            ),
        ),
        (f"{summed}.xlsx", write_table_workbook(_summary_sheets(made, summed))),
    )
    return [_store(workspace, name, data) for name, data in files]


def _list_data(made: Statistics, title: str) -> dict[str, Any]:
    rows = [{column.field: row.get(column.title, "") for column in LIST_COLUMNS} for row in made.entities]
    return {"title": title, "rows": rows, "note": ""}


def _summary_data(made: Statistics, title: str) -> dict[str, Any]:
    results, handlings = _headings(made)
    rows = [
        {"unit": row.name, "inspected": row.inspected, "results": list(row.results), "handlings": list(row.handlings)}
        for row in made.by_department
    ]
    return {
        "title": title,
        "counted": made.columns[1],
        "results": results,
        "handlings": handlings,
        "rows": rows,
        "note": "；".join(made.notes),
    }


def _summary_sheets(made: Statistics, title: str) -> list[TableSheet]:
    """By department, by task, by year: the same columns, the same 合计, each with its chart."""
    results, handlings = _headings(made)
    sheets = []
    for name, head, rows in (
        ("汇总表", "单位", made.by_department),
        ("按任务", "抽查任务", made.by_task),
        ("按年度", "年度", made.by_year),
    ):
        cells: list[tuple[str | int, ...]] = [(row.name, row.inspected, *row.results, *row.handlings) for row in rows]
        sheet = summary_sheet(title, results, handlings, cells, "；".join(made.notes) if name == "汇总表" else "")
        columns = (
            replace(sheet.columns[0], name=head),
            replace(sheet.columns[1], name=made.columns[1]),
            *sheet.columns[2:],
        )
        sheets.append(replace(sheet, name=name, columns=columns))
    return sheets


def _headings(made: Statistics) -> tuple[list[str], list[str]]:
    width = 2 + len(made.by_department[-1].results)
    return list(made.columns[2:width]), list(made.columns[width:])


def _store(workspace: Workspace, name: str, data: bytes) -> str:
    folder = workspace.path(*FOLDER.split("/"))
    stem, suffix = safe_name(name.rsplit(".", 1)[0]), name[-5:]
    path = folder / f"{stem}{suffix}"
    number = 1
    while path.exists() and path.read_bytes() != data:
        number += 1
        path = folder / f"{stem}-{number}{suffix}"
    if not path.exists():
        write_once(path, data)
    return path.relative_to(workspace.root.resolve()).as_posix()
