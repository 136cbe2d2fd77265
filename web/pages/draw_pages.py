"""随机抽取: planned sizes, commitment to a seed, the draw, redraws with a reason, and records to verify and download."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import RowMapping, select
from starlette.responses import Response

from ssj_docs.database import registers, schema
from ssj_docs.ground.errors import NotFoundError, SsjError, UsageError
from ssj_docs.ground.problems import has_errors
from ssj_docs.model.plan import InspectionTask
from ssj_docs.planning.draw.algorithm import Seed
from ssj_docs.planning.draw.drawing import Promise, commit_draw, make_draw, preview, verify_file
from ssj_docs.planning.draw.pool import DrawOptions
from ssj_docs.planning.draw.public_value import grade, public_value
from web.request.request import PageRequest

STATES: Mapping[str, str] = {
    "committed": "已公布种子摘要，待抽取",
    "drawn": "已抽取",
    "replaced": "已被重抽取代",
    "withdrawn": "承诺已作废",
}
_STRATIFY: Mapping[str, bool | None] = {"": None, "yes": True, "no": False}
_FIELDS = (
    "percent",
    "count",
    "grade",
    "by_grade",
    "conditions",
    "stratify",
    "round",
    "over_cap",
    "objects_only",
    "public",
    "public_name",
    "public_day",
    "public_form",
    "seed",
    "reason",
)


def _task(request: PageRequest) -> InspectionTask:
    number = request.path("task")
    if request.require(number) != number:
        raise NotFoundError("没有这个任务，或者您无权查看", "从计划页面进入")
    return next(task for task in request.tasks if task.id == number)


def _rows(request: PageRequest, task: str) -> list[RowMapping]:
    t = schema.draws
    with request.workspace.read() as connection:
        return list(connection.execute(select(t).where(t.c.task == task).order_by(t.c.round, t.c.attempt)).mappings())


def draw_page(request: PageRequest) -> Response:
    """What has been drawn, and the form."""
    return _shown(request, DrawOptions())


def _shown(request: PageRequest, options: DrawOptions, status: int = 200, **values: Any) -> Response:
    task = _task(request)
    rows = _rows(request, task.id)
    with request.workspace.read() as connection:
        cases = registers.load_cases(connection, task=task.id)
        subjects = {s.id: s.name for s in registers.load_subjects(connection)} if cases else {}
        people = {i.id: i.name for i in registers.load_inspectors(connection)} if cases else {}
    sizes, why = None, None
    if request.can("plan.write"):
        try:
            sizes = preview(request.workspace, task.id, options)
        except SsjError as failure:
            why = failure
    given = {name: request.field(name) for name in _FIELDS} | {"round": request.field("round") or "1"}
    shown: dict[str, Any] = {"failure": None, "tried": False}
    return request.page(
        "draw.html",
        status,
        task=task,
        rows=rows,
        states=STATES,
        cases=cases,
        subjects=subjects,
        people=people,
        sizes=sizes,
        why=why,
        given=given,
        grades=[(rule.group, rule.name) for rule in request.workspace.office.rules.ratios],
        drawn=any(row["state"] == "drawn" and str(row["round"]) == given["round"] for row in rows)
        or any(str(case.round) == given["round"] for case in cases),
        committed=any(row["state"] == "committed" and str(row["round"]) == given["round"] for row in rows),
        **(shown | values),
    )


def _options(request: PageRequest) -> DrawOptions:
    """Return the form as options of the draw. Raises: UsageError with the field's name."""
    percent = request.field("percent").strip().rstrip("%％")
    if percent and not (percent.isascii() and percent.replace(".", "", 1).isdecimal() and 0 < float(percent) <= 100):
        raise UsageError(f"比例“{percent[:20]}”不是 0 到 100 之间的百分数", "写 3 表示百分之三，留空则按计划")
    if request.field("stratify") not in _STRATIFY:
        raise UsageError("没有这种分层办法", "从列表中选择")
    conditions = tuple(line.strip() for line in request.field("conditions").splitlines() if line.strip())
    return DrawOptions(
        percent=percent or None,
        count=_whole(request, "count", "户数"),
        grade=request.field("grade").strip() or None,
        by_grade=request.field("by_grade") == "1",
        conditions=conditions[:20],
        stratify=_STRATIFY[request.field("stratify")],
        round=_whole(request, "round", "轮次") or 1,
        over_cap=request.field("over_cap").strip()[:200],
        objects_only=request.field("objects_only") == "1",
    )


def _whole(request: PageRequest, name: str, title: str) -> int | None:
    text = request.field(name).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= 100_000):
        raise UsageError(f"{title}“{text[:20]}”不是正整数", "写阿拉伯数字，留空则按计划")
    return int(text)


def draw(request: PageRequest) -> Response:
    """Calculate the sizes, commit to a seed, draw, or draw again. Plan and rules decide how many and from whom."""
    task = _task(request)
    options = DrawOptions()
    try:
        options = _options(request)
        return _done(request, task, options)
    except SsjError as failure:
        return _shown(request, options, 422, failure=failure, problems=failure.problems)


def _done(request: PageRequest, task: InspectionTask, options: DrawOptions) -> Response:
    reason, seed = request.field("reason").strip()[:200], request.field("seed").strip()
    match request.field("do"):
        case "commit":
            agreed = [request.field(name).strip()[:80] for name in ("public_name", "public_day", "public_form")]
            public = public_value(*agreed, today=request.workspace.now.date())
            promise = Promise(public, request.field("witness"), bool(seed), reason)
            made = commit_draw(request.workspace, task.id, options, seed or secrets.token_hex(32), promise)
            return request.go(
                f"/task/{task.id}/draw",
                f"请公布：种子摘要 {made['seed_sha256']}，名录 {made['pool_count']} 户，"
                f"名录摘要 {made['pool_sha256']}。公布之后再抽取。",
            )
        case "draw":
            drawn = make_draw(
                request.workspace,
                task.id,
                options,
                Seed(seed, request.field("public").strip()[:200]),
                fresh_seed=secrets.token_hex(32),
                redraw=reason,
                witness=request.field("witness"),
            )
            told = "；".join(("", *drawn.notes)) if drawn.notes else ""
            return request.go(f"/task/{task.id}/draw", f"已抽取 {len(drawn.cases)} 户{told}")
        case _:
            return _shown(request, options, tried=True)


def draw_record(request: PageRequest) -> Response:
    """Verify a record by repeating it; or download it, or the commitment made before it."""
    task = _task(request)
    row = next(
        (
            row
            for row in _rows(request, task.id)
            if (row["round"], row["attempt"]) == (request.number("round"), request.number("attempt"))
        ),
        None,
    )
    if row is None:
        raise NotFoundError("没有这次抽取", "从任务的抽取页面进入")
    wanted = {"record": row["record_path"], "commitment": row["commitment_path"]}.get(request.query("file"))
    if wanted:
        path = request.workspace.path(wanted)
        if not path.is_file():
            raise NotFoundError(f"记录文件 {wanted} 不见了", "运行核验，从备份恢复")
        return request.gate.file(path, f"{task.id} {path.name}")
    if not row["record_path"]:
        raise NotFoundError("这次还没有抽取，只有承诺书", "下载承诺书，或回到抽取页面")
    body, problems = verify_file(request.workspace.path(row["record_path"]), request.workspace)
    names = {line.split("\t")[0]: line.split("\t")[1] for line in body.get("pool", {}).get("lines", []) if "\t" in line}
    people = {
        line.split("\t")[0]: line.split("\t")[1] for line in body.get("inspectors", {}).get("lines", []) if "\t" in line
    }
    return request.page(
        "draw_record.html",
        task=task,
        row=row,
        body=body,
        problems=problems,
        ok=not has_errors(problems),
        remarks=() if has_errors(problems) else grade(body).remarks,
        names=names,
        people=people,
    )


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "draw_page": draw_page,
    "draw": draw,
    "draw_record": draw_record,
}
