"""统计表 and 汇总表 as files: Word from the office's templates, Excel with numbers that can be added up.

Files lie in ``issued/stats/``. Counting again with the same data gives the same file; other data gives a new one
beside it (``-2``, ``-3``), because a table that was handed in is not rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ssj_docs import registers
from ssj_docs.documents.forms import make_form
from ssj_docs.documents.issued_files import safe_name, write_once
from ssj_docs.errors import NotFoundError
from ssj_docs.model.plan import InspectionTask
from ssj_docs.planning.case_facts import load_facts
from ssj_docs.statistics import Records, Statistics, SummaryRow
from ssj_docs.workspace import Workspace

FOLDER = "issued/stats"
_LIST_FIELDS = {
    "serial": "抽取序号", "subject": "市场主体名称", "credit_code": "统一社会信用代码", "registration": "注册号",
    "representative": "法定代表人", "address": "地址", "phone": "电话", "jurisdiction": "管辖单位",
    "registrar": "登记单位", "inspectors": "检查人员", "result": "抽查结果", "handling": "处理结果",
    "disclosed": "是否公示",
}


def load_records(connection: Connection, *, task: str = "", year: int | None = None) -> tuple[Records, str]:
    """The data set of a task, of a year, or of everything; and its name for titles.

    Raises: NotFoundError if there is no such task, or no case at all.
    """
    tasks = [registers.load_task(connection, task)] if task else registers.load_tasks(connection, year)
    cases, events, findings = load_facts(connection, task=task, year=None if task else year)
    scope = _scope(tasks, task, year)
    if not cases:
        raise NotFoundError(f"{scope}还没有案件，无从统计",
                            "先用 ssj draw 抽取或 ssj import draw 导入，再用 ssj import results 导入结果")
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
    rendition = "public" if public else "restricted"
    written = []
    for kind, title, data in _forms(made, scope):
        document = make_form(kind, data, rendition=rendition if kind == "tongjibiao" else "restricted",
                             office_templates=workspace.templates)
        written.append(_store(workspace, f"{title}{'（公开版）' if public else ''}", ".docx", document))
    return written


def _forms(made: Statistics, scope: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    listed = [{field: row.get(column, "") for field, column in _LIST_FIELDS.items()} for row in made.entities]
    title = f"{scope}“双随机、一公开”联合抽查统计表"
    yield "tongjibiao", title, {"title": title, "rows": listed, "note": ""}
    title = f"{scope}“双随机、一公开”联合抽查汇总表"
    width = len(made.by_department[-1].results)
    yield "huizongbiao", title, {
        "title": title, "results": list(made.columns[2 : 2 + width]), "handlings": list(made.columns[2 + width :]),
        "rows": [_summary(row) for row in made.by_department], "note": "；".join(made.notes),
    }


def _summary(row: SummaryRow) -> dict[str, Any]:
    return {"unit": row.name, "inspected": row.inspected, "results": list(row.results),
            "handlings": list(row.handlings)}


def _store(workspace: Workspace, title: str, suffix: str, data: bytes) -> str:
    folder = workspace.path(*FOLDER.split("/"))
    name = safe_name(title)
    path = folder / f"{name}{suffix}"
    number = 1
    while path.exists() and path.read_bytes() != data:
        number += 1
        path = folder / f"{name}-{number}{suffix}"
    if not path.exists():
        write_once(path, data)
    return _relative(workspace, path)


def _relative(workspace: Workspace, path: Path) -> str:
    return path.relative_to(workspace.root.resolve()).as_posix()
