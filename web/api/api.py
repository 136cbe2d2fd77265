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
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions
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


def _bounded(request: PageRequest, name: str, default: int, most: int) -> int:
    found = request.whole(name)
    if found is not None and found > most:
        raise UsageError(f"{name} 最大 {most}", "分几次取")
    return default if found is None else found


def api_search(request: PageRequest) -> Response:
    """``ssj search``."""
    wanted = Wanted(_bounded(request, "limit", 20, _MOST), _bounded(request, "offset", 0, 1_000_000))
    return request.gate.json(find(request, wanted).as_json())


def api_case(request: PageRequest) -> Response:
    """``ssj case show``."""
    request.require(request.path("case"))
    return request.gate.json(show_case(request.workspace, request.path("case")).as_json())


def api_due(request: PageRequest) -> Response:
    """``ssj due``."""
    return request.gate.json(
        [row.as_json() for row in year_views.dues(request, request.year(), request.whole("within"))]
    )


def api_missing(request: PageRequest) -> Response:
    """``ssj missing``."""
    return request.gate.json([paper.as_json() for paper in year_views.papers(request, request.year())])


def api_plan(request: PageRequest) -> Response:
    """``ssj plan show``."""
    year = request.year_asked()
    return request.gate.json([task_json(task) for task in request.tasks if year in (None, task.year)])


def api_numbers(request: PageRequest) -> Response:
    """``ssj numbers``."""
    with request.workspace.read() as connection:
        rows = number_ledger.register(connection, series=request.query("series") or None, year=request.year_asked())
    return request.gate.json([row.as_json() for row in rows])


def api_stats(request: PageRequest) -> Response:
    """``ssj stats``; without 电话 unless the user may see it."""
    return request.gate.json(counted(request)[0].as_json())


def api_assess(request: PageRequest) -> Response:
    """``ssj assess``."""
    return request.gate.json(year_views.assessed(request, request.year()).as_json() | {"pack": None})


def api_import(request: PageRequest) -> Response:
    """``ssj import``; answers 422 with every problem if one of them is an error."""
    kind, files = request.path("kind"), request.files("file")
    if kind not in KINDS:
        raise NotFoundError(f"不能导入“{kind[:20]}”", f"可用：{'、'.join(KINDS)}")
    if len(files) != 1:
        raise UsageError("要有一个名为 file 的文件", "用 multipart/form-data 提交")
    name = safe_name(Path((files[0].filename or "").replace("\\", "/")).name, 80)
    if Path(name).suffix.lower() not in SUFFIXES:
        raise UsageError(f"“{name}”不是表格文件", f"可用：{' '.join(SUFFIXES)}")
    folder = request.server.staging_folder / secrets.token_urlsafe(12)
    folder.mkdir()
    path = folder / name
    try:
        path.write_bytes(files[0].file.read())
        options = ImportOptions(request.year_asked(), request.query("task"), None, request.query("dry_run") == "1")
        report = import_files(request.workspace, kind, [path], options)
    finally:
        path.unlink(missing_ok=True)
        folder.rmdir()
    return request.gate.json(report.as_json(), 422 if report.failed else 200)


def api_receive(request: PageRequest) -> Response:
    """``ssj receive``; answers when the files are filed."""
    files = request.files("files")
    if not files:
        raise UsageError("要有一个或几个名为 files 的文件", "用 multipart/form-data 提交")
    paths = [save_in_inbox(request.workspace, upload) for upload in files]
    reports: list[ReceiveReport] = []
    request.server.jobs.run(lambda: reports.append(receive(request.workspace, paths)))
    return request.gate.json(
        {"files": [report.as_json() for report in reports[0].files], "totals": reports[0].totals()}
    )


def api_openapi(request: PageRequest) -> Response:
    """The OpenAPI document."""
    return request.gate.json(openapi(request.workspace.office.name))


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
