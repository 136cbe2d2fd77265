"""Scores a year by a sheet: each line by its formula or by a person's decision, with the pages behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Literal

from archive.assessment.assessment import proof_json, read_year
from archive.assessment.evidence_finder import Proof
from archive.assessment.measure_register import MEASURES
from archive.assessment.scoring.counts import own_units
from archive.assessment.scoring.decisions import STEPS, Decision, canonical_unit, counting, decisions
from archive.assessment.scoring.formula import Counted, NothingToJudgeError
from archive.assessment.scoring.sheet import KINDS, ScoreItem, ScoringSheet
from archive.assessment.selections import picked_pages
from archive.assessment.slices import of_department
from archive.assessment.year_record import Unit, YearRecord
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.office.workspace import Workspace

#: formula: by the registers. hand: by a person. open: nobody has scored it yet. none: no deduction, bonus or veto was decided
Source = Literal["formula", "hand", "open", "none"]
_MOST_FAILING = 5


@dataclass(frozen=True)
class MeasureCount:
    """What a measure counted for a line: units ``met`` of all (``of``), and those of them that pages prove, with nothing missing."""

    name: str
    met: int
    of: int
    proved: int

    def told(self) -> str:
        """公示率 32/33，有据可查 30."""
        return f"{self.name} {self.met}/{self.of}" + ("" if self.proved == self.met else f"，有据可查 {self.proved}")


@dataclass(frozen=True)
class ScoreLine:
    """A line of the filled-in sheet.

    Attributes:
        computed: what the formula gives; None without one, or if there is nothing to judge.
        points: gained, taken (deductions) or added (bonuses); None while open; 1 for a veto.
        counts: by measure. proofs: pages of the units counted, and pages attached by hand.
        failing: what was not met, in words. decisions: of the round.
    """

    item: ScoreItem
    computed: float | None
    points: float | None
    source: Source
    why: str
    counts: Mapping[str, MeasureCount]
    proofs: tuple[Proof, ...]
    failing: tuple[str, ...]
    decisions: tuple[Decision, ...]

    def as_json(self) -> dict[str, Any]:
        """The line with its pages and decisions."""
        one = self.item
        return {
            "id": one.id,
            "group": one.group,
            "name": one.name,
            "kind": one.kind,
            "full": one.points,
            "criteria": one.criteria,
            "formula": one.formula.text if one.formula else None,
            "materials": list(one.materials),
            "unit": one.unit,
            "computed": self.computed,
            "points": self.points,
            "source": self.source,
            "why": self.why,
            "counts": [{"measure": key, **asdict(count)} for key, count in self.counts.items()],
            "failing": list(self.failing),
            "evidence": [proof_json(proof) for proof in self.proofs],
            "decisions": [decision.as_json() for decision in self.decisions],
        }


@dataclass(frozen=True)
class ScoredSheet:
    """A filled-in sheet; ``unit`` is the department scored, empty for the whole office."""

    year: int
    cutoff: date
    sheet: ScoringSheet
    unit: str
    lines: tuple[ScoreLine, ...]

    def _sum(self, kind: str) -> float:
        return round(sum(line.points or 0 for line in self.lines if line.item.kind == kind), 2)

    @property
    def vetoed(self) -> bool:
        """Whether a veto was decided."""
        return any(line.item.kind == "veto" and line.points for line in self.lines)

    @property
    def open(self) -> tuple[ScoreLine, ...]:
        """Lines that nobody has scored."""
        return tuple(line for line in self.lines if line.source == "open")

    @property
    def total(self) -> float:
        """Points gained, less deductions, plus bonuses, never below 0; 0 if vetoed."""
        return 0.0 if self.vetoed else max(0.0, round(self._sum("item") - self._sum("deduct") + self._sum("bonus"), 2))

    def as_json(self) -> dict[str, Any]:
        """Total, sums and lines."""
        return {
            "year": self.year,
            "cutoff": self.cutoff.isoformat(),
            "sheet": self.sheet.id,
            "sheet_sha256": self.sheet.digest,
            "name": self.sheet.name,
            "unit": self.unit,
            "full": self.sheet.total,
            "total": self.total,
            "gained": self._sum("item"),
            "deducted": self._sum("deduct"),
            "added": self._sum("bonus"),
            "vetoed": self.vetoed,
            "open": [line.item.id for line in self.open],
            "lines": [line.as_json() for line in self.lines],
        }

    def text(self) -> str:
        """The result in a sentence."""
        said = f"{self.year}年度《{self.sheet.name}》" + (f"，{self.unit}" if self.unit else "")
        said += f"：{self.total:g} 分（满分 {self.sheet.total:g}"
        said += f"，各项得分 {self._sum('item'):g}，扣 {self._sum('deduct'):g}，加 {self._sum('bonus'):g}"
        said += "，一票否决" if self.vetoed else ""
        return said + (f"；还有 {len(self.open)} 项待评）" if self.open else "）")


def score(workspace: Workspace, year: int, sheet: ScoringSheet, unit: str = "") -> ScoredSheet:
    """Score a year, for the whole office or for one department (``unit``).

    Raises: NotFoundError if the year has no plan, or no task of that department.
    """
    record = read_year(workspace, year, min(workspace.today, date(year, 12, 31)))
    return score_part(workspace, record, sheet, unit)


def ranking(workspace: Workspace, year: int, sheet: ScoringSheet) -> list[ScoredSheet]:
    """Every department of the plan, the highest total first."""
    record = read_year(workspace, year, min(workspace.today, date(year, 12, 31)))
    names = dict.fromkeys(name for task in record.tasks.values() for name in task.departments)
    made = [score_part(workspace, record, sheet, name) for name in names]
    return sorted(made, key=lambda one: -one.total)


def score_part(workspace: Workspace, record: YearRecord, sheet: ScoringSheet, unit: str = "") -> ScoredSheet:
    """Score data that is loaded; see `score`."""
    cutoff = record.cutoff
    year = record.year
    if unit:
        unit = canonical_unit(workspace, unit)
        record = of_department(record, unit)
        if not record.tasks:
            raise NotFoundError(f"{year} 年的计划里没有“{unit}”的任务", "写计划里部门的名称")
    given, picked = decisions(workspace, year, sheet.id, unit), picked_pages(workspace, year)
    counted: dict[str, tuple[Unit, ...]] = {}
    for item in sheet.items:
        for name in item.formula.measures if item.formula else ():
            if name not in counted:
                own = next((one for one in sheet.measures if one.id == name), None)
                counted[name] = own_units(record, sheet, own) if own else tuple(MEASURES[name].count(record))
    names = {one.measure: one.name for one in reversed(record.office.indicators)}
    names |= {one.id: one.name for one in sheet.measures}
    lines = tuple(
        _line(names, item, counted, given.get(item.id, []), tuple(picked.get(item.name, ()))) for item in sheet.items
    )
    return ScoredSheet(year, cutoff, sheet, unit, lines)


def _line(
    names: Mapping[str, str],
    item: ScoreItem,
    counted: Mapping[str, tuple[Unit, ...]],
    made: list[Decision],
    attached: tuple[Proof, ...],
) -> ScoreLine:
    mine = {name: counted[name] for name in (item.formula.measures if item.formula else ())}
    counts = {
        name: MeasureCount(
            names.get(name) or f"{MEASURES[name].of}→{MEASURES[name].met}",
            sum(u.met for u in units),
            len(units),
            sum(u.met and bool(u.proofs) and not u.lacks for u in units),
        )
        for name, units in mine.items()
    }
    proofs = tuple(dict.fromkeys([p for units in mine.values() for u in units for p in u.proofs] + list(attached)))
    failing = [f"{u.label}：{u.why}" for units in mine.values() for u in units if not u.met]
    line = ScoreLine(
        item, None, None, "open" if item.kind == "item" else "none", "", counts, proofs, tuple(failing), tuple(made)
    )
    if item.formula:
        try:
            points = item.formula.result({name: Counted(one.met, one.of) for name, one in counts.items()})
        except NothingToJudgeError:
            line = replace(line, source="open", why="没有可以评定的，由人评定")
        else:
            points = round(min(max(points, 0.0), item.points), 2)
            figures = "，".join(one.told() for one in counts.values())
            line = replace(line, computed=points, points=points, source="formula", why=figures)
    if decision := counting(made):
        told = decision.told()
        if line.computed is not None and decision.points != line.computed:
            told += f"；公式为 {line.computed:g} 分"
        return replace(line, points=decision.points, source="hand", why=told)
    return line if line.why else replace(line, why="待评" if line.source == "open" else f"没有{KINDS[item.kind]}的决定")


def round_texts(line: ScoreLine) -> tuple[str, ...]:
    """自评, 核查, 申诉, 终评 of a line: the last decision of each step, or empty."""
    last = {one.step: one for one in line.decisions}
    return tuple(
        ("" if one.points is None else f"{one.points:g}") + ("" if one.points is not None else one.reason)
        if (one := last.get(step))  # type: ignore[call-overload]
        else ""
        for step in STEPS
    )
