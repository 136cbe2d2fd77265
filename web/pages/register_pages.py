"""登记簿: the registers to be searched and seen, an entry to be put right or ended, each change with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from starlette.responses import Response

from ssj_docs.facts.register_rows import REGISTERS, Register, Row, matching, register_rows
from ssj_docs.ground.errors import NotFoundError, UsageError
from ssj_docs.intake.correcting import FIELDS, correct
from ssj_docs.intake.values.identity import read_date
from web.request.request import PageRequest

_SCREEN = 50
_COLUMNS: Mapping[Register, Mapping[str, str]] = {
    "subjects": {"id": "编号", "name": "名称", "district": "行政区划", "industry": "行业", "grade": "等级", "status": "状态"},
    "inspectors": {"id": "执法证号", "name": "姓名", "department": "单位", "post": "职务", "valid_until": "有效期止", "status": "状态"},
    "items": {"id": "编号", "department": "部门", "field": "类别", "name": "抽查事项", "category": "重点/一般"},
    "cases": {"case": "案件", "task_name": "任务", "subject": "检查对象", "drawn": "抽取日期"},
    "results": {"case": "案件", "subject": "检查对象", "department": "部门", "item": "事项", "labels": "结果", "inspected": "检查日期"},
}  # fmt: skip
#: what ends an entry
_ENDS = {"subjects": ("注销", "吊销", "迁出", "失联"), "inspectors": ("调离", "退休", "离职", "停职")}


def _register(request: PageRequest) -> Register:
    name = request.path("register")
    if name not in REGISTERS:
        raise NotFoundError("没有这本登记簿", "从导航里打开登记簿")
    return cast(Register, name)


def _rows(request: PageRequest, register: Register) -> list[Row]:
    """The rows the user may see: for a department's people those of its own tasks and people."""
    mine = request.me.department
    office = request.workspace.office
    with request.workspace.read() as connection:
        rows = register_rows(connection, office, register)
        if not mine:
            return rows
        tasks = {task.id for task in request.tasks}
        seen = {row["subject_id"] for row in register_rows(connection, office, "cases") if row["task"] in tasks}
    if register == "subjects":
        return [row for row in rows if row["id"] in seen]
    return [row for row in rows if (row["task"] in tasks if "task" in row else row["department"] == mine)]


def register(request: PageRequest) -> Response:
    """One register, searched by words."""
    name = _register(request)
    words = request.query("q")
    rows = matching(_rows(request, name), words)
    pages = max(1, -(-len(rows) // _SCREEN))
    number = min(max(1, request.whole("page") or 1), pages)
    return request.page(
        "register.html",
        registers=REGISTERS,
        name=name,
        columns=_COLUMNS[name],
        rows=rows[(number - 1) * _SCREEN : number * _SCREEN],
        total=len(rows),
        q=words,
        page_number=number,
        pages=pages,
        opens=name in FIELDS,
    )


def entry(request: PageRequest) -> Response:
    """One entry with all it says; without a number the register."""
    if not request.query("id"):
        return register(request)
    return _entry(request, _register(request), request.query("id"))


def _entry(request: PageRequest, name: Register, identity: str) -> Response:
    row = next((row for row in _rows(request, name) if row.get("id") == identity), None) if name in FIELDS else None
    if row is None:
        raise NotFoundError("登记簿里没有这一条，或者您无权查看", "从登记簿里重新打开")
    may = request.can("plan.write") and not request.me.department
    return request.page(
        "register_entry.html",
        title=REGISTERS[name],
        name=name,
        row=row,
        fields=FIELDS[name],
        ends=_ENDS.get(name, ()),
        may=may,
    )


def entry_change(request: PageRequest) -> Response:
    """Put one fact right, or end the entry."""
    name, identity = _register(request), request.field("id")
    if request.me.department:
        raise UsageError("部门人员不能改登记簿", "请告诉办公室")
    if request.field("do") == "end":
        day = read_date(request.field("day")).value
        if request.field("status") not in _ENDS.get(name, ()) or day is None:
            raise UsageError("没有选状态，或没有写日期", "选一种状态，日期写成 2026-11-20")
        change = ("status", f"{request.field('status')}（{day.isoformat()}）")
    else:
        change = (request.field("field"), request.field("value"))
    correct(request.workspace, name, identity, change, request.field("reason"))
    return request.go(f"/registers/{name}", f"已改正 {REGISTERS[name]}的一条，流水有记录")


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "register": register,
    "entry": entry,
    "entry_change": entry_change,
}
