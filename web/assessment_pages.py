"""考核 and 统计: indicators with proof and gaps; tables by department, task and year, and their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from starlette.responses import Response

from archive.assessment import assess, met_word
from ssj_docs.documents.statistics_files import FOLDER, load_records, write_statistics
from ssj_docs.errors import NotFoundError, UsageError
from ssj_docs.statistics import Statistics, Unit, statistics
from web.search_pages import download
from web.visit import Visit


def assessment(visit: Visit) -> Response:
    """The year's indicators, each with the pages that prove it and what is missing."""
    year = visit.year()
    made = assess(visit.workspace, year)
    return visit.page("assessment.html", made=made, year=year, met_word=met_word,
                      years=sorted({task.year for task in visit.tasks} | {year}, reverse=True))


def counted(visit: Visit) -> tuple[Statistics, str, bool]:
    """The figures asked for, the name of what they cover, and whether 电话 is left out."""
    task, unit = visit.query("task"), visit.query("unit") or "户"
    if unit not in ("户", "户次"):
        raise UsageError("只能按户或户次统计", "重新选择")
    if task:
        visit.require(task)
    elif visit.me.department:
        raise UsageError("请选择任务", "部门用户按本部门参加的任务查看统计")
    public = not visit.can("restricted") or visit.query("public") == "1"
    with visit.workspace.read() as connection:
        records, scope = load_records(connection, task=task, year=None if task else visit.year())
    return statistics(records, visit.workspace.office, cast(Unit, unit), public=public), scope, public


def statistics_page(visit: Visit) -> Response:
    """The tables."""
    made, scope, fault = None, "", ""
    try:
        made, scope, _ = counted(visit)
    except (NotFoundError, UsageError) as failure:
        fault = f"{failure.message}。{failure.remedy}"
    year = visit.year()
    return visit.page("statistics.html", made=made, scope=scope, fault=fault, year=year, task=visit.query("task"),
                      unit=visit.query("unit") or "户", tasks=[task for task in visit.tasks if task.year == year],
                      years=sorted({task.year for task in visit.tasks} | {year}, reverse=True))


def statistics_file(visit: Visit) -> Response:
    """One of the four files of these figures, written to issued/stats and given out."""
    wanted = {"list.docx": 0, "list.xlsx": 1, "sum.docx": 2, "sum.xlsx": 3}.get(visit.query("file"))
    if wanted is None:
        raise NotFoundError("没有这个文件", "从统计页面下载")
    made, scope, public = counted(visit)
    paths = write_statistics(visit.workspace, made, scope, public=public)
    path = visit.workspace.path(paths[wanted])
    if not public and wanted < 2:
        with visit.workspace.transaction() as connection:
            visit.workspace.log(connection, "restricted.look", f"{FOLDER}/{path.name}")
    return download(path.read_bytes(), path.name)


HANDLERS: Mapping[str, Callable[[Visit], Response]] = {
    "assessment": assessment, "statistics": statistics_page, "statistics_file": statistics_file}
