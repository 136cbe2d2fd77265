"""The record of a draw: everything needed to repeat it, in one JSON file that explains itself (docs/draw.md).

`verify_record` needs only the record: no workspace, no register, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, get_args

from ssj_docs.ground.canonical import sha256_of
from ssj_docs.ground.library_words import in_chinese
from ssj_docs.ground.problems import Problem
from ssj_docs.planning.draw.algorithm import (
    ALGORITHM,
    FIRST,
    POOL_COLUMNS,
    DrawParameters,
    Group,
    ObjectDraw,
    PoolLine,
    Rounding,
    Seed,
    draw_objects,
    lines_digest,
    parse_pool_line,
    seed_digest,
)
from ssj_docs.planning.draw.assignment import INSPECTOR_COLUMNS, Assignment, InspectorLine, assign, parse_inspector_line
from ssj_docs.planning.draw.public_value import PublicValue, parse_public_value

RECORD_FORMAT = "ssj-draw/2"
COMMITMENT_FORMAT = "ssj-draw-commitment/2"
#: format of a record → its algorithm; the first version stays verifiable
_VERSIONS = {"ssj-draw/1": FIRST, RECORD_FORMAT: ALGORITHM}
_PERCENT = re.compile(r"\d{1,3}(\.\d{1,12})?")
_TEXTS = ("conditions", "initiators", "partners", "notes")


@dataclass(frozen=True)
class DrawInput:
    """The input of a draw before the seed: parameters and both pools."""

    parameters: DrawParameters
    pool: Sequence[PoolLine]
    inspectors: Sequence[InspectorLine]


@dataclass(frozen=True)
class Occasion:
    """The circumstances of a draw.

    Attributes:
        when, who, task: when, by whom, for what (data of the plan's row).
        attempt: 1, or more for a redraw with its ``reason``.
        earlier: the attempts before: withdrawn commitments and replaced draws.
        public: the public value agreed on.
        seed_origin: ``random`` or ``given`` (by hand).
    """

    when: datetime
    who: str
    task: Mapping[str, Any]
    attempt: int = 1
    reason: str = ""
    earlier: tuple[Mapping[str, Any], ...] = ()
    public: PublicValue | None = None
    seed_origin: str = "random"

    def as_json(self) -> dict[str, Any]:
        """What the second version of a record tells more than the first."""
        return {
            "public_value": self.public.as_json() if self.public else None,
            "seed_origin": self.seed_origin,
            "attempts": [dict(one) for one in self.earlier],
        }


@dataclass(frozen=True)
class DrawResult:
    """The drawn objects, the inspectors of each, and the record that proves it."""

    objects: ObjectDraw
    assignments: tuple[Assignment, ...]
    record: dict[str, Any]


def commitment(given: DrawInput, seed: str, occasion: Occasion, sealed: str = "") -> dict[str, Any]:
    """What is published before the draw: digests of the seed, of both pools and of the parameters, the number to draw,
    and the public value that will be mixed in. No secrets.

    Args:
        sealed: the seed encrypted.
    """
    body = {
        "format": COMMITMENT_FORMAT,
        "algorithm": ALGORITHM,
        "task": occasion.task,
        "round": given.parameters.round,
        "attempt": occasion.attempt,
        "published": occasion.when.isoformat(timespec="seconds"),
        "parameters": parameters_json(given.parameters),
        **_digests(given),
        "seed_sha256": seed_digest(seed),
        "seed_sealed": sealed,
        "to_draw": len(draw_objects(given.pool, given.parameters, Seed(seed)).chosen),
        **occasion.as_json(),
    }
    return {**body, "sha256": sha256_of(body)}


def run_draw(given: DrawInput, seed: Seed, occasion: Occasion, published: Mapping[str, Any] | None) -> DrawResult:
    """Draw and create the record.

    Args:
        published: the commitment published before, None if the draw was made without one.
    """
    objects, assignments = _replay(given, seed)
    body = {
        "format": next(name for name, algorithm in _VERSIONS.items() if algorithm == seed.algorithm),
        "algorithm": seed.algorithm,
        "description": "docs/draw.md",
        "task": dict(occasion.task),
        "round": given.parameters.round,
        "attempt": occasion.attempt,
        "reason": occasion.reason,
        "drawn_at": occasion.when.isoformat(timespec="seconds"),
        "drawn_by": occasion.who,
        "commitment": {
            "seed_sha256": seed_digest(seed.value, seed.algorithm),
            "published": published["published"] if published else None,
            "sha256": published["sha256"] if published else None,
        },
        "seed": seed.value,
        "public": seed.public,
        **(occasion.as_json() if seed.algorithm != FIRST else {}),
        "parameters": parameters_json(given.parameters),
        **_digests(given),
        "result": _result(given.parameters, objects, assignments),
        "pool": {"columns": list(POOL_COLUMNS), "lines": [line.text() for line in given.pool]},
        "inspectors": {"columns": list(INSPECTOR_COLUMNS), "lines": [line.text() for line in given.inspectors]},
    }
    return DrawResult(objects, tuple(assignments), {**body, "sha256": sha256_of(body)})


def _digests(given: DrawInput) -> dict[str, Any]:
    return {
        "parameters_sha256": sha256_of(parameters_json(given.parameters)),
        "pool_count": len(given.pool),
        "pool_sha256": lines_digest(line.text() for line in given.pool),
        "inspectors_count": len(given.inspectors),
        "inspectors_sha256": lines_digest(line.text() for line in given.inspectors),
    }


def _replay(given: DrawInput, seed: Seed) -> tuple[ObjectDraw, list[Assignment]]:
    objects = draw_objects(given.pool, given.parameters, seed)
    if not given.parameters.with_inspectors:
        return objects, [Assignment(subject, ()) for subject in objects.chosen]
    return objects, assign(objects.chosen, given.inspectors, given.parameters, seed)


def case_id(task: str, serial: int) -> str:
    """The id of a case: ``2026-003-0012``."""
    return f"{task}-{serial:04d}"


def _result(parameters: DrawParameters, objects: ObjectDraw, assignments: Sequence[Assignment]) -> dict[str, Any]:
    return {
        "drawn": len(objects.chosen),
        "quotas": [asdict(quota) for quota in objects.quotas],
        "short": list(objects.short),
        "cases": [
            {
                "serial": serial,
                "case": case_id(parameters.task, serial),
                "subject": made.subject,
                "inspectors": list(made.inspectors),
                "gaps": list(made.gaps),
            }
            for serial, made in enumerate(assignments, parameters.first_serial)
        ],
    }


def parameters_json(parameters: DrawParameters) -> dict[str, Any]:
    """Parameters as in the record."""
    values = asdict(parameters)
    for name in _TEXTS:
        values[name] = list(values[name])
    values["groups"] = [dict(group) for group in values["groups"]]
    return values


def parse_parameters(values: Mapping[str, Any]) -> DrawParameters:
    """Parse a record's parameters. Raises: KeyError, TypeError or ValueError if they are invalid."""
    known = dict(values)
    known["groups"] = tuple(Group(**group) for group in known["groups"])
    for group in known["groups"]:
        # A record comes from outside: 1e999999999 would be calculated exactly, for hours.
        if group.count is None and not _PERCENT.fullmatch(str(group.percent)):
            raise ValueError(f"percent: {str(group.percent)[:20]}")
    for name in _TEXTS:
        known[name] = tuple(known[name])
    if known["rounding"] not in get_args(Rounding):
        raise ValueError(f"rounding: {known['rounding']}")
    return DrawParameters(**known)


def verify_record(record: Any, source: str = "抽取记录") -> list[Problem]:
    """Repeat a draw from its record alone; every difference is a Problem.

    Args:
        record: the parsed JSON.
        source: file name for the messages.
    """
    algorithm = _VERSIONS.get(str(record.get("format"))) if isinstance(record, dict) else None
    if algorithm is None or record.get("algorithm") != algorithm:
        return [
            Problem(
                source,
                f"不是 {'、'.join(_VERSIONS)} 抽取记录，或算法版本不相应",
                "核对文件，或用相应版本的软件复核",
                code="draw.format",
            )
        ]
    try:
        parameters = parse_parameters(record["parameters"])
        given = DrawInput(
            parameters,
            [parse_pool_line(text) for text in record["pool"]["lines"]],
            [parse_inspector_line(text) for text in record["inspectors"]["lines"]],
        )
        seed = Seed(record["seed"], record["public"], algorithm)
        faults = [*_digest_faults(record, given), *_result_faults(record, given, seed)]
        if algorithm != FIRST:
            faults += _promise_faults(record)
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        faults = [("format", "结构", f"记录缺项或写法有误：{in_chinese(error)}")]
    return [
        Problem(source, message, "该记录不能证明这次抽取，请取原始记录核对", field=field, code=f"draw.{code}")
        for code, field, message in faults
    ]


def _digest_faults(record: Mapping[str, Any], given: DrawInput) -> list[tuple[str, str, str]]:
    found = []
    body = {key: value for key, value in record.items() if key != "sha256"}
    if record["sha256"] != sha256_of(body):
        found.append(("whole", "sha256", "记录的内容与其摘要不符，记录被改动过"))
    for name, title in (("pool", "对象名录"), ("inspectors", "人员名录")):
        lines = record[name]["lines"]
        if lines_digest(lines) != record[f"{name}_sha256"] or len(lines) != record[f"{name}_count"]:
            found.append(("pool", title, f"{title}与抽取时的摘要不符，名录被改动过"))
        ids = [line.split("\t", 1)[0] for line in lines]
        if len(set(ids)) != len(ids):
            found.append(("double", title, f"{title}中有重复的编号"))
    if sha256_of(parameters_json(given.parameters)) != record["parameters_sha256"]:
        found.append(("parameters", "parameters", "抽取参数与其摘要不符"))
    if seed_digest(record["seed"], record["algorithm"]) != record["commitment"]["seed_sha256"]:
        found.append(("seed", "seed", "种子与抽取前公布的摘要不符"))
    return found


def _promise_faults(record: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What the second version promises: the public value in its spelling, and every attempt before."""
    found = []
    agreed, published = parse_public_value(record["public_value"]), record["commitment"]["published"]
    if agreed and not agreed.fits(record["public"]):
        found.append(("public", "public", f"公开数“{record['public']}”不是约定的写法 {agreed.form}"))
    if agreed and not (published and published[:10] < agreed.day <= record["drawn_at"][:10]):
        found.append(("public", "public", "公开数的日期不在公布承诺之后、抽取以前"))
    if published and record["public"] and not agreed:
        found.append(("public", "public", "承诺没有约定公开数，却并入了公开数"))
    if record["seed_origin"] not in ("random", "given"):
        found.append(("seed", "seed_origin", "种子的来历不明"))
    if [one["attempt"] for one in record["attempts"]] != list(range(1, record["attempt"])):
        found.append(("attempts", "attempts", "以前的抽取和承诺没有全部列出"))
    return found


def _result_faults(record: Mapping[str, Any], given: DrawInput, seed: Seed) -> list[tuple[str, str, str]]:
    objects, assignments = _replay(given, seed)
    again = _result(given.parameters, objects, assignments)
    held = record["result"]
    if again == held:
        return []
    drawn = {case["subject"] for case in held["cases"]}
    extra, missing = sorted(drawn - set(objects.chosen)), sorted(set(objects.chosen) - drawn)
    if extra or missing:
        told = "；".join(
            part
            for part in (
                f"不应抽中而列入 {len(extra)} 户（{'、'.join(extra[:3])}）" if extra else "",
                f"应抽中而未列入 {len(missing)} 户（{'、'.join(missing[:3])}）" if missing else "",
            )
            if part
        )
        return [("result", "抽取对象", f"重新抽取的结果不同：{told}")]
    return [("result", "抽取结果", "重新抽取的对象相同，但次序、人员或分层数与记录不同")]


def verify_commitment(record: Mapping[str, Any], published: Mapping[str, Any], source: str) -> list[Problem]:
    """Compare a record with the commitment that was published before the draw."""
    body = {key: value for key, value in published.items() if key != "sha256"}
    names = {
        "seed_sha256": "种子",
        "pool_sha256": "对象名录",
        "inspectors_sha256": "人员名录",
        "parameters_sha256": "抽取参数",
    }
    held = {**record, "seed_sha256": record["commitment"]["seed_sha256"]}
    if published.get("format") == COMMITMENT_FORMAT:
        names |= {"to_draw": "应抽户数", "public_value": "公开数的约定", "seed_origin": "种子的来历"}
        names |= {"attempts": "以前的抽取"}
        held["to_draw"] = record["result"]["drawn"]
    found = [name for key, name in names.items() if published.get(key) != held.get(key)]
    if published.get("sha256") != sha256_of(body):
        found.append("承诺书本身")
    return [
        Problem(source, f"{name}与抽取前公布的承诺不符", "取当时公布的承诺书核对", code="draw.commitment")
        for name in found
    ]
