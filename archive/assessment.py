"""ssj assess: the office's indicators for a year, each with the pages that prove it and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from archive.measures import MEASURES, WORDS, Lack, Unit, YearRecord
from archive.missing import Paper, missing
from archive.proofs import Proof, index_proofs
from ssj_docs import registers
from ssj_docs.errors import DataError, NotFoundError
from ssj_docs.model.office import Indicator
from ssj_docs.planning.case_facts import facts_by_case
from ssj_docs.planning.due_dates import Due, due
from ssj_docs.workspace import Workspace


@dataclass(frozen=True)
class IndicatorResult:
    """One indicator of one year.

    Attributes:
        indicator: as office.toml has it. units: every unit of the denominator, met or not, with proofs and lacks.
    """

    indicator: Indicator
    units: tuple[Unit, ...]

    @property
    def numerator(self) -> int:
        """Units met."""
        return sum(unit.met for unit in self.units)

    @property
    def denominator(self) -> int:
        """Units in all."""
        return len(self.units)

    @property
    def value(self) -> float | None:
        """Percent, two decimals; None where there is nothing to judge."""
        return round(100 * self.numerator / self.denominator, 2) if self.units else None

    @property
    def met(self) -> bool | None:
        """Target reached; None without a target or a value."""
        if self.indicator.target is None or self.value is None:
            return None
        return 100 * self.numerator >= self.indicator.target * self.denominator

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """Every page that proves a unit, each once, in order."""
        return tuple(dict.fromkeys(proof for unit in self.units for proof in unit.proofs))

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """Everything missing, each once, in order."""
        return tuple(dict.fromkeys(lack for unit in self.units for lack in unit.lacks))

    def as_json(self) -> dict[str, Any]:
        """The contract's shape (DESIGN: ``assess``), and the units."""
        one = self.indicator
        return {
            "id": one.id, "name": one.name, "question": one.question, "unit": one.unit, "clause": one.clause,
            "numerator": self.numerator, "denominator": self.denominator, "value": self.value, "target": one.target,
            "met": self.met,
            "evidence": [{"case": p.case, "item": p.item, "page": p.page, "kind": p.kind, "title": p.title,
                          "sha256": p.sha256, "snippet": p.snippet} for p in self.proofs],
            "missing": [{"case": lack.case, "what": lack.what, "ask": lack.ask} for lack in self.lacks],
            "units": [{"key": u.key, "label": u.label, "met": u.met, "why": u.why, "cases": list(u.cases)}
                      for u in self.units]}


@dataclass(frozen=True)
class Assessment:
    """A year assessed on a day."""

    year: int
    cutoff: date
    indicators: tuple[IndicatorResult, ...]

    def as_json(self) -> dict[str, Any]:
        """The contract's shape without the pack, which the command adds."""
        return {"year": self.year, "cutoff": self.cutoff.isoformat(),
                "indicators": [one.as_json() for one in self.indicators]}


def assess(workspace: Workspace, year: int) -> Assessment:
    """Assess a year by the office's indicators.

    Raises: NotFoundError if the year has no plan; DataError if office.toml names a measure that does not exist.
    """
    unknown = [i.measure for i in workspace.office.indicators if i.measure not in MEASURES]
    if unknown:
        raise DataError(f"office.toml 的指标用了不存在的算法：{'、'.join(unknown)}", f"可用：{'、'.join(MEASURES)}")
    cutoff = min(workspace.today, date(year, 12, 31))
    records: dict[date, YearRecord] = {}
    results = []
    for indicator in workspace.office.indicators:
        day = indicator.cutoff or cutoff
        record = records.get(day) or read_year(workspace, year, day)
        records[day] = record
        results.append(IndicatorResult(indicator, tuple(MEASURES[indicator.measure](record))))
    return Assessment(year, cutoff, tuple(results))


def read_year(workspace: Workspace, year: int, cutoff: date) -> YearRecord:
    """Gather all that is known of a year."""
    papers: dict[str, list[Paper]] = {}
    for paper in missing(workspace, year):
        papers.setdefault(paper.case, []).append(paper)
    with workspace.read() as connection:
        tasks = registers.load_tasks(connection, year)
        if not tasks:
            raise NotFoundError(f"没有 {year} 年的抽查计划", "先用 ssj import plan 导入该年度的计划表")
        cases = registers.load_cases(connection, year=year)
        ids = {case.id for case in cases}
        findings = [f for f in registers.load_findings(connection) if f.case in ids]
        events = [e for e in registers.load_events(connection) if e.case in ids]
        subjects = {s.id: s for s in registers.load_subjects(connection)}
        proofs = index_proofs(connection, ids, [task.id for task in tasks], WORDS)
    dues: dict[str, list[Due]] = {}
    for one in due(cases, events, findings, workspace.office, cutoff):
        dues.setdefault(one.case, []).append(one)
    return YearRecord(year, workspace.office, cutoff, tasks, cases, facts_by_case(cases, events, findings), subjects,
                      dues, papers, proofs)


def met_word(met: bool | None) -> str:
    """达标, 未达标, or 不评定 where there is no target or nothing to judge."""
    return "不评定" if met is None else "达标" if met else "未达标"


def summary_lines(results: Sequence[IndicatorResult]) -> list[str]:
    """One line an indicator, for people."""
    return [f"{r.indicator.name}：{r.numerator}/{r.denominator} {r.indicator.unit}，"
            + (f"{r.value:g}%" if r.value is not None else "无可评定") + f"，{met_word(r.met)}；佐证 {len(r.proofs)} 页，缺 {len(r.lacks)} 项"
            for r in results]
