"""The HTTP API: the JSON of the commands, with the same rights as the pages, for bearer tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.responses import Response

from archive.cases.case_view import show_case
from archive.receiving.receive import receive
from archive.receiving.report import ReceiveReport
from archive.search.engines.port import Wanted
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.documents.numbers.issued_files import safe_name
from ssj_docs.ground.errors import NotFoundError, UsageError
from ssj_docs.intake.importing import ImportOptions, import_files
from ssj_docs.intake.rows.plan_json import task_json
from ssj_docs.intake.sheets.columns import KINDS
from web.api.openapi import openapi
from web.pages import year_views
from web.pages.assessment_pages import counted
from web.pages.import_pages import SUFFIXES
from web.pages.receiving_pages import save_in_inbox
from web.pages.search_pages import find
from web.request.request import PageRequest

_MOST = 1000


def _bounded(visit: PageRequest, name: str, default: int, most: int) -> int:
    found = visit.whole(name)
    if found is not None and found > most:
        raise UsageError(f"{name} 最大 {most}", "分几次取")
    return default if found is None else found


def api_search(visit: PageRequest) -> Response:
    """``ssj search``."""
    wanted = Wanted(_bounded(visit, "limit", 20, _MOST), _bounded(visit, "offset", 0, 1_000_000))
    return visit.gate.json(find(visit, wanted).as_json())


def api_case(visit: PageRequest) -> Response:
    """``ssj case show``."""
    visit.require(visit.path("case"))
    return visit.gate.json(show_case(visit.workspace, visit.path("case")).as_json())


def api_due(visit: PageRequest) -> Response:
    """``ssj due``."""
    return visit.gate.json([row.as_json() for row in year_views.dues(visit, visit.year(), visit.whole("within"))])


def api_missing(visit: PageRequest) -> Response:
    """``ssj missing``."""
    return visit.gate.json([paper.as_json() for paper in year_views.papers(visit, visit.year())])


def api_plan(visit: PageRequest) -> Response:
    """``ssj plan show``."""
    year = visit.year_asked()
    return visit.gate.json([task_json(task) for task in visit.tasks if year in (None, task.year)])


def api_numbers(visit: PageRequest) -> Response:
    """``ssj numbers``."""
    with visit.workspace.read() as connection:
        rows = number_ledger.register(connection, series=visit.query("series") or None, year=visit.year_asked())
    return visit.gate.json([row.as_json() for row in rows])


def api_stats(visit: PageRequest) -> Response:
    """``ssj stats``; without 电话 unless the user may see it."""
    return visit.gate.json(counted(visit)[0].as_json())


def api_assess(visit: PageRequest) -> Response:
    """``ssj assess``."""
    return visit.gate.json(year_views.assessed(visit, visit.year()).as_json() | {"pack": None})


def api_import(visit: PageRequest) -> Response:
    """``ssj import``; answers 422 with every problem if one of them is an error."""
    kind, files = visit.path("kind"), visit.files("file")
    if kind not in KINDS:
        raise NotFoundError(f"不能导入“{kind[:20]}”", f"可用：{'、'.join(KINDS)}")
    if len(files) != 1:
        raise UsageError("要有一个名为 file 的文件", "用 multipart/form-data 提交")
    name = safe_name(Path((files[0].filename or "").replace("\\", "/")).name, 80)
    if Path(name).suffix.lower() not in SUFFIXES:
        raise UsageError(f"“{name}”不是表格文件", f"可用：{' '.join(SUFFIXES)}")
    folder = visit.server.staging_folder / secrets.token_urlsafe(12)
    folder.mkdir()
    path = folder / name
    try:
        path.write_bytes(files[0].file.read())
        options = ImportOptions(visit.year_asked(), visit.query("task"), None, visit.query("dry_run") == "1")
        report = import_files(visit.workspace, kind, [path], options)
    finally:
        path.unlink(missing_ok=True)
        folder.rmdir()
    return visit.gate.json(report.as_json(), 422 if report.failed else 200)


def api_receive(visit: PageRequest) -> Response:
    """``ssj receive``; answers when the files are filed."""
    files = visit.files("files")
    if not files:
        raise UsageError("要有一个或几个名为 files 的文件", "用 multipart/form-data 提交")
    paths = [save_in_inbox(visit.workspace, upload) for upload in files]
    reports: list[ReceiveReport] = []
    visit.server.jobs.run(lambda: reports.append(receive(visit.workspace, paths)))
    return visit.gate.json({"files": [report.as_json() for report in reports[0].files], "totals": reports[0].totals()})


def api_openapi(visit: PageRequest) -> Response:
    """The OpenAPI document."""
    return visit.gate.json(openapi(visit.workspace.office.name))


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "api_openapi": api_openapi,
    "api_search": api_search,
    "api_case": api_case,
    "api_due": api_due,
    "api_missing": api_missing,
    "api_plan": api_plan,
    "api_numbers": api_numbers,
    "api_stats": api_stats,
    "api_assess": api_assess,
    "api_import": api_import,
    "api_receive": api_receive,
}
