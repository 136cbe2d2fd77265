"""Drawing in a workspace: commit to a seed, draw, redraw for a reason, verify; each with a journal row.

Records and commitments are files in ``issued/draws/``; the database has their paths and digests.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from ssj_docs.database import registers, schema
from ssj_docs.ground.canonical import plain_json, sha256_of
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.case import Case
from ssj_docs.model.plan import InspectionTask
from ssj_docs.office.workspace import Workspace
from ssj_docs.planning.draw.algorithm import Seed, draw_objects, one_line, seed_digest
from ssj_docs.planning.draw.assignment import inspector_pool, staffing_notes, staffing_problems
from ssj_docs.planning.draw.pool import DrawOptions, draw_parameters, object_pool, with_planned_count
from ssj_docs.planning.draw.promised import as_committed, checked_seed, earlier_attempts, on_round, published_commitment
from ssj_docs.planning.draw.public_value import PublicValue, grade, parse_public_value, seal_seed
from ssj_docs.planning.draw.record import (
    DrawInput,
    Occasion,
    case_id,
    commitment,
    run_draw,
    verify_commitment,
    verify_record,
)

FOLDER = "issued/draws"


@dataclass(frozen=True)
class DrawOutcome:
    """A completed draw: its record, path and digest, the cases, and messages for the clerk."""

    record: Mapping[str, Any]
    path: str
    sha256: str
    cases: tuple[Case, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Promise:
    """How a commitment binds itself.

    Attributes:
        public: the public value that will be mixed in.
        witness: pass phrase of a second person, without which the seed cannot be opened.
        given: whether the seed was given by hand.
        reason: why an earlier commitment is given up or the draw is repeated; required in these cases.
    """

    public: PublicValue | None = None
    witness: str = ""
    given: bool = False
    reason: str = ""


def commit_draw(
    workspace: Workspace, task_id: str, options: DrawOptions, seed: str, promise: Promise | None = None
) -> dict[str, Any]:
    """Commit to a seed before the draw: its digest, both pools, the parameters, the number to draw and the public value
    are fixed and can be published.

    Args:
        seed: hexadecimal, from a random source; kept encrypted until the draw.

    Returns: the commitment with ``path`` added.
    """
    seed, promise = checked_seed(seed), promise or Promise()
    reason, sealed = promise.reason, seal_seed(seed, seed_digest(seed), workspace.key, promise.witness)
    with workspace.transaction() as connection:
        state = _RoundState(connection, task_id, options.round)
        if state.drawn and not reason:
            raise DataError(
                f"任务 {task_id} 第 {options.round} 轮已经抽取",
                Remedy(
                    "要重抽的，先",
                    on_round("commit_draw", task_id, options.round, reason=""),
                    "，再",
                    on_round("draw", task_id, options.round, redraw=""),
                ),
            )
        if state.committed and not reason:
            raise DataError(
                f"任务 {task_id} 已公布过种子摘要（{state.committed['commitment_path']}）",
                Remedy(
                    on_round("draw", task_id, options.round),
                    "；确需作废另立的，",
                    on_round("commit_draw", task_id, options.round, reason=""),
                ),
            )
        task, given = _prepare(workspace, connection, task_id, options, state.last_serial + 1)
        occasion = Occasion(
            workspace.now,
            workspace.who,
            _task_facts(task),
            state.attempts + 1,
            reason,
            earlier=earlier_attempts(workspace, state.rows),
            public=promise.public,
            seed_origin="given" if promise.given else "random",
        )
        body = commitment(given, seed, occasion, sealed)
        path = f"{FOLDER}/{task_id}-r{options.round}-{occasion.attempt}-commitment.json"
        if state.committed:
            _set_state(connection, state.committed, "withdrawn")
        connection.execute(
            insert(schema.draws).values(
                task=task_id,
                round=options.round,
                attempt=occasion.attempt,
                state="committed",
                seed=sealed,
                options=asdict(options),
                commitment_path=path,
                record_path="",
                record_sha256="",
                last_serial=state.last_serial,
                reason=reason,
                at=workspace.now.isoformat(timespec="seconds"),
            )
        )
        digest = _write(workspace, path, body)
        workspace.log(
            connection,
            "draw.commit",
            task_id,
            {
                "round": options.round,
                "attempt": occasion.attempt,
                "seed_sha256": body["seed_sha256"],
                "pool_sha256": body["pool_sha256"],
                "reason": reason,
                "path": path,
            },
            digest,
        )
    return {**body, "path": path}


def make_draw(
    workspace: Workspace,
    task_id: str,
    wanted: DrawOptions,
    seed: Seed,
    *,
    fresh_seed: str = "",
    redraw: str = "",
    witness: str = "",
) -> DrawOutcome:
    """Draw a task's objects and inspectors; write the record, the cases and the journal, all or nothing.

    Args:
        wanted: the clerk's options; if there are none, those of a commitment apply.
        seed: if its ``value`` is empty, the committed seed is used, or else ``fresh_seed``.
        redraw: the reason for a redraw; cases drawn before are replaced if nothing was done in them.
        witness: the pass phrase with which the committed seed was sealed, if it was.

    Raises:
        DataError: drawn already without a reason, pool changed since the commitment, nobody to send, work begun.
        UsageError: the seed is not the committed one, or the plan's ratio is not a number.
    """
    with workspace.transaction() as connection:
        state = _RoundState(connection, task_id, wanted.round)
        published, origin = published_commitment(workspace, state.committed), "given" if seed.value else "random"
        if state.committed and published:
            wanted, seed = as_committed(workspace, state.committed, published, wanted, seed, witness)
            origin = published.get("seed_origin", "")
        seed = replace(seed, value=checked_seed(seed.value or fresh_seed), public=one_line(seed.public))
        earlier = earlier_attempts(workspace, [row for row in state.rows if row["state"] != "committed"])
        _clear_way(connection, state, task_id, wanted.round, redraw)
        task, given = _prepare(workspace, connection, task_id, wanted, state.last_serial + 1)
        attempt = state.committed["attempt"] if state.committed else state.attempts + 1
        agreed = parse_public_value(published.get("public_value")) if published else None
        occasion = Occasion(
            workspace.now, workspace.who, _task_facts(task), attempt, redraw, earlier, agreed, origin or "given"
        )
        made = run_draw(given, seed, occasion, published)
        _held_to(made.record, published, task_id)
        cases = [
            Case(
                case_id(task_id, serial), task_id, serial, team.subject, team.inspectors, workspace.today, wanted.round
            )
            for serial, team in enumerate(made.assignments, given.parameters.first_serial)
        ]
        registers.save_cases(connection, cases)
        path = f"{FOLDER}/{task_id}-r{wanted.round}-{attempt}.json"
        digest = _write(workspace, path, made.record)
        _store(connection, state, {**_row(made.record, path, digest), "options": asdict(wanted)})
        workspace.log(
            connection,
            "draw.redraw" if redraw else "draw",
            task_id,
            {
                "round": wanted.round,
                "attempt": attempt,
                "drawn": len(cases),
                "reason": redraw,
                "path": path,
                "pool_sha256": made.record["pool_sha256"],
                "seed_sha256": seed_digest(seed.value, seed.algorithm),
                "algorithm": seed.algorithm,
                "grade": grade(made.record).as_json(),
                "committed": published is not None,
            },
            digest,
        )
    gaps = tuple(
        f"{case.id}：{'；'.join(team.gaps)}，请人工指派"
        for case, team in zip(cases, made.assignments, strict=True)
        if team.gaps
    )
    notes = (*given.parameters.notes, *staffing_notes(given.inspectors), *made.objects.short, *gaps)
    return DrawOutcome(made.record, path, digest, tuple(cases), notes)


def _held_to(record: Mapping[str, Any], published: Mapping[str, Any] | None, task_id: str) -> None:
    """Refuse a draw whose pool or parameters differ from what was published."""
    problems = verify_commitment(record, published, f"任务 {task_id}") if published else []
    if problems:
        raise DataError(
            f"任务 {task_id} 的名录或参数在公布种子摘要之后有变动，不能按原承诺抽取",
            Remedy("重新", on_round("commit_draw", task_id, record["round"], reason=""), "，再抽取"),
            problems,
        )


def preview(workspace: Workspace, task_id: str, options: DrawOptions) -> dict[str, Any]:
    """What a draw would be based on: conditions, pool, numbers by stratum, notes. Nothing is drawn or written."""
    with workspace.read() as connection:
        state = _RoundState(connection, task_id, options.round)
        task, given = _prepare(workspace, connection, task_id, options, state.last_serial + 1)
    # All seeds give the same sizes except for ties between equal remainders; the drawn subjects are not used.
    sizes = draw_objects(given.pool, given.parameters, Seed("00000000"))
    return {
        "task": _task_facts(task),
        "round": options.round,
        "conditions": list(given.parameters.conditions),
        "pool_count": len(given.pool),
        "eligible": sum(not line.state for line in given.pool),
        "to_draw": len(sizes.chosen),
        "quotas": [asdict(quota) for quota in sizes.quotas],
        "inspectors": sum(not line.state for line in given.inspectors),
        "notes": [*given.parameters.notes, *staffing_notes(given.inspectors), *sizes.short],
        "drawn_already": len(state.cases),
    }


def verify_file(path: Path, workspace: Workspace | None = None) -> tuple[dict[str, Any], list[Problem]]:
    """Repeat a draw from its record file, anywhere; inside its workspace also compare it with the register of draws.

    Returns: the record and the differences.
    """
    if not path.is_file():
        raise NotFoundError(f"没有找到抽取记录 {path}", "记录在工作区的 issued/draws/ 下")
    data = path.read_bytes()
    try:
        record = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path.name} 不是抽取记录（读不出 JSON）", "取原始的抽取记录") from error
    problems = verify_record(record, path.name)
    if workspace is not None and isinstance(record, dict):
        problems += _registered(workspace, record, sha256_of(data), path.name)
    return record if isinstance(record, dict) else {}, problems


class _RoundState:
    """What was done for a task's round so far."""

    def __init__(self, connection: Connection, task: str, round_: int) -> None:
        t = schema.draws
        rows = list(connection.execute(select(t).where(t.c.task == task).order_by(t.c.round, t.c.attempt)).mappings())
        mine = [row for row in rows if row["round"] == round_]
        cases = registers.load_cases(connection, task=task)
        self.rows = mine
        self.attempts = max((row["attempt"] for row in mine), default=0)
        self.committed = next((row for row in mine if row["state"] == "committed"), None)
        self.drawn = next((row for row in mine if row["state"] == "drawn"), None)
        self.cases = [case for case in cases if case.round == round_]
        self.last_serial = max([row["last_serial"] for row in rows] + [case.serial for case in cases] + [0])


def _prepare(
    workspace: Workspace, connection: Connection, task_id: str, options: DrawOptions, first_serial: int
) -> tuple[InspectionTask, DrawInput]:
    task = registers.load_task(connection, task_id)
    subjects = registers.load_subjects(connection)
    parameters = draw_parameters(task, workspace.office, options, first_serial=first_serial, subjects=subjects)
    counted = [
        case
        for case in registers.load_cases(connection, year=task.year)
        if (case.task, case.round) != (task_id, options.round)
    ]
    pool, parameters = object_pool(subjects, counted, workspace.office, parameters)
    parameters = with_planned_count(task, parameters, pool)
    inspectors = []
    if parameters.with_inspectors:
        inspectors = inspector_pool(
            registers.load_inspectors(connection), parameters.departments, workspace.today, subjects
        )
        problems = staffing_problems(inspectors, parameters)
        if problems:
            raise DataError(f"任务 {task_id} 没有抽取：执法检查人员不够", "补充人员后再抽", problems)
    return task, DrawInput(parameters, pool, inspectors)


def _clear_way(connection: Connection, state: _RoundState, task_id: str, round_: int, redraw: str) -> None:
    """Refuse a redraw without a reason; with one, remove the earlier cases if nothing was done in them."""
    if not state.cases and not state.drawn:
        return
    if not redraw.strip():
        raise DataError(
            f"任务 {task_id} 第 {round_} 轮已经抽取 {len(state.cases)} 户",
            Remedy(
                "确需重抽的，",
                on_round("draw", task_id, round_, redraw=""),
                "（记入流水）；同年第二次抽查的，",
                do("draw", task=task_id, round=round_ + 1),
            ),
        )
    ids = [case.id for case in state.cases]
    busy = _busy(connection, ids)
    if busy:
        raise DataError(
            f"任务 {task_id} 已有 {len(busy)} 户制发文书、登记结果或归档，不能重抽：{'、'.join(sorted(busy)[:5])}",
            Remedy("不需要的案件请另行说明；需要增加检查对象的，", do("draw", task=task_id, round=round_ + 1)),
        )
    for part in range(0, len(ids), 500):
        connection.execute(delete(schema.cases).where(schema.cases.c.id.in_(ids[part : part + 500])))
    if state.drawn:
        _set_state(connection, state.drawn, "replaced")


def _busy(connection: Connection, ids: Sequence[str]) -> set[str]:
    wanted, found = set(ids), set()
    for table in (schema.findings, schema.case_events, schema.issued, schema.archive_items):
        query = select(table.c.case).distinct()
        if table is schema.case_events:
            query = query.where(table.c.event != "drawn")
        found |= wanted.intersection(connection.execute(query).scalars())
    return found


def _row(record: Mapping[str, Any], path: str, digest: str) -> dict[str, Any]:
    last = record["parameters"]["first_serial"] - 1 + record["result"]["drawn"]
    return {
        "task": record["parameters"]["task"],
        "round": record["round"],
        "attempt": record["attempt"],
        "state": "drawn",
        "seed": record["seed"],
        "record_path": path,
        "record_sha256": digest,
        "last_serial": last,
        "reason": record["reason"],
        "at": record["drawn_at"],
    }


def _store(connection: Connection, state: _RoundState, values: Mapping[str, Any]) -> None:
    if state.committed:
        connection.execute(update(schema.draws).where(_is(state.committed)).values(**values))
    else:
        connection.execute(insert(schema.draws).values(commitment_path="", **values))


def _is(row: RowMapping) -> Any:
    t = schema.draws
    return (t.c.task == row["task"]) & (t.c.round == row["round"]) & (t.c.attempt == row["attempt"])


def _set_state(connection: Connection, row: RowMapping, state: str) -> None:
    connection.execute(update(schema.draws).where(_is(row)).values(state=state))


def _task_facts(task: InspectionTask) -> dict[str, Any]:
    return {
        "id": task.id,
        "year": task.year,
        "plan": task.plan,
        "name": task.name,
        "object": task.object,
        "type": task.type,
        "ratio": task.ratio.raw,
        "departments": list(task.departments),
    }


def _write(workspace: Workspace, name: str, body: Mapping[str, Any]) -> str:
    """Write a file that is never rewritten; a file left by a failed run is replaced."""
    path = workspace.path(*name.split("/"))
    path.parent.mkdir(parents=True, exist_ok=True)
    data = (plain_json(body) + "\n").encode()
    part = path.with_suffix(".part")
    with part.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)
    return sha256_of(data)


def _registered(workspace: Workspace, record: Mapping[str, Any], digest: str, name: str) -> list[Problem]:
    t = schema.draws
    with workspace.read() as connection:
        row = (
            connection.execute(
                select(t).where(
                    (t.c.task == record.get("parameters", {}).get("task"))
                    & (t.c.round == record.get("round"))
                    & (t.c.attempt == record.get("attempt"))
                )
            )
            .mappings()
            .first()
        )
    if row is None or not row["record_sha256"]:
        return [
            Problem(
                name, "本工作区没有登记这次抽取", "核对记录是否属于本单位", severity="warning", code="draw.unregistered"
            )
        ]
    found = []
    if row["record_sha256"] != digest:
        found.append(
            Problem(
                name, "记录文件与登记的摘要不符，文件被改动过", f"取原始文件 {row['record_path']}", code="draw.file"
            )
        )
    if row["state"] == "replaced":
        found.append(
            Problem(name, "这次抽取已被重抽取代", "以后一次抽取的记录为准", severity="warning", code="draw.replaced")
        )
    if row["commitment_path"]:
        published = published_commitment(workspace, row)
        found += verify_commitment(record, published or {}, name)
    return found
