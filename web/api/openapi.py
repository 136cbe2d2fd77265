"""The OpenAPI document of the API, generated from the route table."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from archive.search.fields.fields import FIELDS, FILTERS
from ssj_docs.intake.sheets.columns import KINDS
from web.access.rights import PAGES, Page

Schema = dict[str, Any]


def _text(told: str) -> Schema:
    return {"type": "string", "description": told}


def _number(told: str, most: int = 9_999_999) -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": most, "description": told}


def _filter(field: str) -> Schema:
    pattern = {"pattern": "^[0-9]{4}$"} if FIELDS[field].kind == "year" else {}
    return _text(FIELDS[field].option) | pattern


_YEAR = {"type": "integer", "minimum": 1000, "maximum": 9999, "description": "年度"}
_QUERIES: Mapping[str, Mapping[str, Schema]] = {
    "api_search": {
        "q": {"type": "string", "maxLength": 500, "description": "检索词"},
        **{name: _filter(name) for name in FILTERS},
        "limit": _number("最多几页", 1000),
        "offset": _number("从第几页之后", 1_000_000),
    },
    "api_due": {"year": _YEAR, "within": _number("只看逾期和这些天内到期的", 36_500)},
    "api_missing": {"year": _YEAR},
    "api_plan": {"year": _YEAR},
    "api_numbers": {"series": _text("代字"), "year": _YEAR},
    "api_stats": {"task": _text("任务编号"), "year": _YEAR, "unit": {"type": "string", "enum": ["户", "户次"]}},
    "api_assess": {"year": _YEAR},
    "api_import": {
        "year": _YEAR,
        "task": _text("任务编号"),
        "dry_run": {"type": "string", "enum": ["0", "1"], "description": "1：只试读"},
    },
}
_PATHS: Mapping[str, Schema] = {"kind": {"type": "string", "enum": list(KINDS)}}
_FILES = {"api_import": "file", "api_receive": "files"}


def _object(*names: str) -> Schema:
    return {"type": "object", "required": list(names)}


def _list(*names: str) -> Schema:
    return {"type": "array", "items": _object(*names)}


#: keys that each response always has
_ANSWERS: Mapping[str, Schema] = {
    "api_openapi": _object("openapi", "info", "paths"),
    "api_search": _object(
        "total", "exact", "hits", "facets", "cases", "notes", "engine", "maybe", "words", "groups", "unread"
    ),
    "api_case": _object("id", "timeline", "papers", "items", "due", "missing"),
    "api_due": _list("case", "event", "event_date", "act", "clause", "due", "provisional", "state"),
    "api_missing": _list("task", "case", "subject", "kind", "title", "state", "due", "issued", "items", "note"),
    "api_plan": _list("id", "year", "row", "task", "items", "initiators", "partners", "ratio", "window", "raw"),
    "api_numbers": _list("series", "year", "serial", "number", "state", "title", "date", "path", "sha256", "reason"),
    "api_stats": _object("统计表", "汇总表", "totals", "unit"),
    "api_assess": _object("year", "indicators", "pack"),
    "api_import": _object("rows", "imported", "problems"),
    "api_receive": _object("files", "totals"),
}
_FAULTS: Mapping[int, str] = {
    400: "请求写法不对",
    401: "没有登录，或令牌无效",
    403: "没有这项权限",
    404: "没有找到",
    405: "没有这种方法",
    409: "有冲突",
    413: "内容太大",
    422: "数据有问题，没有写入",
    500: "程序缺陷，或固定性核验失败",
    503: "缺少外部程序，或数据库正忙",
}
_ERROR: Schema = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "remedy", "actions", "exit_code", "problems"],
            "properties": {
                "message": {"type": "string"},
                "remedy": {"type": "string"},
                "actions": {"type": "array", "items": _object("action", "arguments")},
                "exit_code": {"type": "integer"},
                "problems": {"type": "array", "items": {"type": "object"}},
            },
        }
    },
}


def openapi(office: str) -> Schema:
    """Return the OpenAPI 3.1 document."""
    paths: Schema = {}
    for page in PAGES:
        if page.api:
            paths.setdefault(page.path, {})[page.method.lower()] = _operation(page)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{office} ssj", "version": _version(), "description": "与命令行 --json 相同的数据。"},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": _ERROR},
        },
    }


def _version() -> str:
    try:
        return version("ssj-docs")
    except PackageNotFoundError:
        return "0"


def _operation(page: Page) -> Schema:
    words = [part[1:-1] for part in page.path.split("/") if part.startswith("{")]
    parameters = [_parameter(name, "path", _PATHS.get(name, {"type": "string", "minLength": 1})) for name in words]
    parameters += [_parameter(name, "query", schema) for name, schema in _QUERIES.get(page.name, {}).items()]
    refusal: Schema = {"schema": {"$ref": "#/components/schemas/Error"}}
    if page.name == "api_import":  # a table with errors is answered with the report that lists them
        refusal = {"schema": {"anyOf": [refusal["schema"], _ANSWERS[page.name]]}}
    operation: Schema = {
        "operationId": page.name,
        "summary": page.summary,
        "parameters": parameters,
        "responses": {
            "200": _answer("完成", {"schema": _ANSWERS[page.name]}),
            **{str(status): _answer(told, refusal) for status, told in _FAULTS.items()},
        },
    }
    if page.name in _FILES:
        operation["requestBody"] = {
            "required": True,
            "content": {"multipart/form-data": {"schema": _upload(_FILES[page.name])}},
        }
    return operation


def _parameter(name: str, where: str, schema: Schema) -> Schema:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _answer(told: str, content: Schema) -> Schema:
    return {"description": told, "content": {"application/json": content}}


def _upload(field: str) -> Schema:
    return {"type": "object", "required": [field], "properties": {field: {"type": "string", "format": "binary"}}}
