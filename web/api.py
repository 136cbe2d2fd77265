"""The HTTP API: the contract's JSON, the same rights as the pages, bearer tokens; its OpenAPI from the route table."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from starlette.responses import Response

from archive.assessment import assess
from archive.case_view import show_case
from archive.receive import receive
from archive.receive_report import ReceiveReport
from archive.search_index import Wanted
from ssj_docs.canonical import plain_json
from ssj_docs.documents import number_ledger
from ssj_docs.documents.issued_files import safe_name
from ssj_docs.errors import NotFoundError, UsageError
from ssj_docs.intake.columns import KINDS
from ssj_docs.intake.importing import ImportOptions, import_files
from ssj_docs.intake.plan_json import task_json
from web import standing
from web.assessment_pages import counted
from web.import_pages import SUFFIXES
from web.receiving_pages import save_in_inbox
from web.rights import PAGES, Page
from web.search_pages import FILTERS, find
from web.visit import Visit

_MOST = 1000


def answer(value: Any, status: int = 200) -> Response:
    """One JSON value."""
    return Response(plain_json(value), status, media_type="application/json")


def _bounded(visit: Visit, name: str, default: int, most: int) -> int:
    found = visit.whole(name)
    if found is not None and found > most:
        raise UsageError(f"{name} 最大 {most}", "分几次取")
    return default if found is None else found


def api_search(visit: Visit) -> Response:
    """``ssj search``."""
    wanted = Wanted(_bounded(visit, "limit", 20, _MOST), _bounded(visit, "offset", 0, 1_000_000))
    return answer(find(visit, wanted).as_json())


def api_case(visit: Visit) -> Response:
    """``ssj case show``."""
    visit.require(visit.path("case"))
    return answer(show_case(visit.workspace, visit.path("case")).as_json())


def api_due(visit: Visit) -> Response:
    """``ssj due``."""
    return answer([row.as_json() for row in standing.dues(visit, visit.year(), visit.whole("within"))])


def api_missing(visit: Visit) -> Response:
    """``ssj missing``."""
    return answer([paper.as_json() for paper in standing.papers(visit, visit.year())])


def api_plan(visit: Visit) -> Response:
    """``ssj plan show``."""
    year = visit.whole("year")
    return answer([task_json(task) for task in visit.tasks if year in (None, task.year)])


def api_numbers(visit: Visit) -> Response:
    """``ssj numbers``."""
    with visit.workspace.read() as connection:
        rows = number_ledger.register(connection, series=visit.query("series") or None, year=visit.whole("year"))
    return answer([row.as_json() for row in rows])


def api_stats(visit: Visit) -> Response:
    """``ssj stats``, without 电话 unless the user may see it."""
    made, scope, public = counted(visit)
    if not public:
        with visit.workspace.transaction() as connection:
            visit.workspace.log(connection, "restricted.look", f"stats {scope}")
    return answer(made.as_json())


def api_assess(visit: Visit) -> Response:
    """``ssj assess``."""
    return answer(assess(visit.workspace, visit.year()).as_json() | {"pack": None})


def api_import(visit: Visit) -> Response:
    """``ssj import``; 422 with every problem if one of them is an error."""
    kind, files = visit.path("kind"), visit.files("file")
    if kind not in KINDS:
        raise NotFoundError(f"不能导入“{kind[:20]}”", f"可用：{'、'.join(KINDS)}")
    if len(files) != 1:
        raise UsageError("要有一个名为 file 的文件", "用 multipart/form-data 提交")
    name = safe_name(Path((files[0].filename or "").replace("\\", "/")).name, 80)
    if Path(name).suffix.lower() not in SUFFIXES:
        raise UsageError(f"“{name}”不是表格文件", f"可用：{' '.join(SUFFIXES)}")
    folder = visit.desk.room / secrets.token_urlsafe(12)
    folder.mkdir()
    path = folder / name
    try:
        path.write_bytes(files[0].file.read())
        options = ImportOptions(visit.whole("year"), visit.query("task"), None, visit.query("dry_run") == "1")
        report = import_files(visit.workspace, kind, [path], options)
    finally:
        path.unlink(missing_ok=True)
        folder.rmdir()
    return answer(report.as_json(), 422 if report.failed else 200)


def api_receive(visit: Visit) -> Response:
    """``ssj receive``; waits until the files are filed."""
    files = visit.files("files")
    if not files:
        raise UsageError("要有一个或几个名为 files 的文件", "用 multipart/form-data 提交")
    paths = [save_in_inbox(visit.workspace, upload) for upload in files]
    reports: list[ReceiveReport] = []
    visit.desk.jobs.run(lambda: reports.append(receive(visit.workspace, paths)))
    return answer({"files": [report.as_json() for report in reports[0].files], "totals": reports[0].totals()})


# --- OpenAPI ----------------------------------------------------------------------------------------------------------
_QUERIES: Mapping[str, Mapping[str, str]] = {
    "api_search": {"q": "检索词", **{name: heading for name, (_, _, heading) in FILTERS.items()}, "limit": "#最多几页",
                   "offset": "#从第几页之后"},
    "api_due": {"year": "#年度", "within": "#只看逾期和这些天内到期的"}, "api_missing": {"year": "#年度"},
    "api_plan": {"year": "#年度"}, "api_numbers": {"series": "代字", "year": "#年度"},
    "api_stats": {"task": "任务编号", "year": "#年度", "unit": "户 或 户次"}, "api_assess": {"year": "#年度"},
    "api_import": {"year": "#计划年度", "task": "任务编号", "dry_run": "1：只试读"},
}  # fmt: skip
_FILES = {"api_import": "file", "api_receive": "files"}


def api_openapi(visit: Visit) -> Response:
    """The OpenAPI document."""
    return answer(openapi(visit.workspace.office.name))


def openapi(office: str) -> dict[str, Any]:
    """OpenAPI 3.1, made from the route table."""
    paths: dict[str, Any] = {}
    for page in PAGES:
        if page.api:
            paths.setdefault(page.path, {})[page.method.lower()] = _operation(page)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{office} ssj", "version": _version(), "description": "与命令行 --json 相同的数据。"},
        "security": [{"token": []}], "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}, "schemas": {"Error": _ERROR}},
    }  # fmt: skip


_ERROR = {
    "type": "object", "required": ["error"], "properties": {"error": {"type": "object", "required": ["message", "exit_code"], "properties": {
        "message": {"type": "string"}, "remedy": {"type": "string"}, "exit_code": {"type": "integer"},
        "problems": {"type": "array", "items": {"type": "object"}}}}},
}  # fmt: skip


def _version() -> str:
    try:
        return version("ssj-docs")
    except PackageNotFoundError:
        return "0"


def _operation(page: Page) -> dict[str, Any]:
    words = [part[1:-1] for part in page.path.split("/") if part.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in words]
    for name, told in _QUERIES.get(page.name, {}).items():
        kind = "integer" if told.startswith("#") else "string"
        parameters.append({"name": name, "in": "query", "required": False, "description": told.lstrip("#"),
                           "schema": {"type": kind}})
    fault = {"description": "没有完成", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    operation: dict[str, Any] = {
        "operationId": page.name, "summary": page.summary, "parameters": parameters,
        "responses": {"200": {"description": "完成", "content": {"application/json": {"schema": {}}}},
                      **{str(status): fault for status in (400, 401, 403, 404, 409, 413, 422, 500, 503)}}}
    if page.name in _FILES:
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": {
            "type": "object", "required": [_FILES[page.name]],
            "properties": {_FILES[page.name]: {"type": "string", "format": "binary"}}}}}}
    return operation


HANDLERS: Mapping[str, Callable[[Visit], Response]] = {
    "api_openapi": api_openapi, "api_search": api_search, "api_case": api_case, "api_due": api_due,
    "api_missing": api_missing, "api_plan": api_plan, "api_numbers": api_numbers, "api_stats": api_stats,
    "api_assess": api_assess, "api_import": api_import, "api_receive": api_receive,
}  # fmt: skip
