"""评分的决定: points given by a person, step by step, each with its reason; the journal holds them and nothing else does.

The round: 自评 (the unit scores itself) → 核查 (the office checks) → 申诉 (the unit objects) → 终评 (the office decides).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import select

from archive.assessment.scoring.sheet import ScoreItem, ScoringSheet
from ssj_docs.database.schema import journal
from ssj_docs.ground.errors import UsageError
from ssj_docs.office.workspace import Workspace

ACTION = "score.decided"
Step = Literal["self", "check", "objection", "final"]
STEPS: Mapping[str, str] = {"self": "自评", "check": "核查", "objection": "申诉", "final": "终评"}


@dataclass(frozen=True)
class Decision:
    """Points given to an item by a person.

    Attributes:
        unit: 被考核单位, empty for the office as a whole.
        points: None for an objection that only says why.
        row: of the journal.
    """

    year: int
    sheet: str
    unit: str
    item: str
    step: Step
    points: float | None
    reason: str
    when: str
    who: str
    row: int

    def told(self) -> str:
        """自评 8 分（张三 2026-12-20：…，流水 12）."""
        points = "" if self.points is None else f" {self.points:g} 分"
        return f"{STEPS[self.step]}{points}（{self.who} {self.when[:10]}：{self.reason}，流水 {self.row}）"

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return asdict(self)


def decisions(workspace: Workspace, year: int, sheet: str, unit: str = "") -> dict[str, list[Decision]]:
    """Decisions by item, oldest first."""
    with workspace.read() as connection:
        rows = (
            connection.execute(select(journal).where(journal.c.action == ACTION).order_by(journal.c.id))
            .mappings()
            .all()
        )
    found: dict[str, list[Decision]] = {}
    for row in rows:
        told = json.loads(row["detail"])
        if (told["year"], told["sheet"], told["unit"]) == (year, sheet, unit):
            one = Decision(**told, when=row["when"], who=row["who"], row=row["id"])
            found.setdefault(one.item, []).append(one)
    return found


def canonical_unit(workspace: Workspace, unit: str) -> str:
    """The department's name in the settings, if ``unit`` is one of its names."""
    known = workspace.office.departments
    return next((d.name for d in known if unit in (d.name, d.short, d.code, *d.aliases)), unit) if unit else ""


def counting(made: list[Decision]) -> Decision | None:
    """The decision that counts: the last 终评, or else the last 核查, or else the last 自评."""
    for step in ("final", "check", "self"):
        if given := [one for one in made if one.step == step]:
            return given[-1]
    return None


@dataclass(frozen=True)
class Given:
    """Points to be given to an item at a step; None only for an objection that says why."""

    item: str
    step: Step
    points: float | None
    reason: str


def decide(workspace: Workspace, year: int, sheet: ScoringSheet, given: Given, unit: str = "") -> Decision:
    """Give points to an item, in the journal.

    Raises: NotFoundError for an unknown item; UsageError without a reason, for points the item does not have, or out of turn.
    """
    item, step = given.item, given.step
    line, unit = sheet.item(item), canonical_unit(workspace, unit)
    if not given.reason.strip():
        raise UsageError(f"第 {item} 项没有写理由", "写明依据或者材料，记入流水")
    _check_points(line, step, given.points)
    made = decisions(workspace, year, sheet.id, unit).get(item, [])
    if step == "objection" and not any(one.step == "check" for one in made):
        raise UsageError(f"第 {item} 项还没有核查，不能申诉", "核查以后再申诉")
    if step != "final" and any(one.step == "final" for one in made):
        raise UsageError(f"第 {item} 项已经终评", "要改，再作一次终评，写明理由")
    detail = {"year": year, "sheet": sheet.id, "unit": unit, **asdict(given), "reason": given.reason.strip()}
    subject = f"{year} {sheet.name} 第 {item} 项{STEPS[step]}" + (f" {unit}" if unit else "")
    with workspace.transaction() as connection:
        workspace.log(connection, ACTION, subject, detail)
    return decisions(workspace, year, sheet.id, unit)[item][-1]


def _check_points(line: ScoreItem, step: Step, points: float | None) -> None:
    if points is None and step != "objection":
        raise UsageError(f"第 {line.id} 项没有写分数", f"写 0 到 {line.points:g}")
    most = 1 if line.kind == "veto" else line.points
    if points is not None and not 0 <= points <= most:
        what = "一票否决写 1（否决）或 0" if line.kind == "veto" else f"这一项是 0 到 {most:g} 分"
        raise UsageError(f"第 {line.id} 项不能是 {points:g} 分", what)
