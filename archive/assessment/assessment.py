"""ssj assess: the office's indicators for a year, each with the pages that prove it and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from archive.assessment.evidence_finder import Doubt, Proof, index_proofs
from archive.assessment.indicator_measures import WORDS
from archive.assessment.measure_register import MEASURES, counted
from archive.assessment.not_assessable import not_assessable
from archive.assessment.selections import Question, picked_pages, questions
from archive.assessment.year_record import Lack, Unit, YearRecord, until
from archive.assessment.year_work import YearWork, year_work
from archive.cases.missing import Paper, missing
from ssj_docs.database import registers
from ssj_docs.facts.case_facts import facts_by_case, load_facts
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.office import Indicator
from ssj_docs.office.workspace import Workspace
from ssj_docs.planning.dates.due_dates import Due, due


@dataclass(frozen=True)
class IndicatorResult:
    """An indicator for a year.

    Attributes:
        indicator: as in office.toml.
        units: every unit of the denominator, met or not, with proofs and what is missing.
        selected: pages chosen by hand from saved searches; they support the value and are not counted.
    """

    indicator: Indicator
    units: tuple[Unit, ...]
    selected: tuple[Proof, ...] = ()

    @property
    def numerator(self) -> int:
        """The number of units that are met."""
        return sum(unit.met for unit in self.units)

    @property
    def denominator(self) -> int:
        """The number of units."""
        return len(self.units)

    @property
    def proved(self) -> int:
        """有据可查: the number of units that are met and lack no proof; the numerator is what the registers say."""
        return sum(unit.met and bool(unit.proofs) and not unit.lacks for unit in self.units)

    @property
    def value(self) -> float | None:
        """A percentage with two decimals; None if there is nothing to judge."""
        return round(100 * self.numerator / self.denominator, 2) if self.units else None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target or a value."""
        if self.indicator.target is None or self.value is None:
            return None
        return 100 * self.numerator >= self.indicator.target * self.denominator

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """Every page that proves a unit, once, in order."""
        return tuple(dict.fromkeys(proof for unit in self.units for proof in unit.proofs))

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """Everything that is missing, once, in order."""
        return tuple(dict.fromkeys(lack for unit in self.units for lack in unit.lacks))

    def as_json(self) -> dict[str, Any]:
        """The contract's shape (DESIGN: ``assess``), and the units."""
        one, proofs, lacks = self.indicator, self.proofs, self.lacks
        proof_at = {proof: place for place, proof in enumerate(proofs)}
        lack_at = {lack: place for place, lack in enumerate(lacks)}
        return {
            "id": one.id,
            "name": one.name,
            "measure": one.measure,
            "question": one.question,
            "numerator_text": one.numerator,
            "denominator_text": one.denominator,
            "unit": one.unit,
            "clause": one.clause,
            "several": one.several,
            "cutoff": one.cutoff.isoformat() if one.cutoff else None,
            "numerator": self.numerator,
            "proved": self.proved,
            "denominator": self.denominator,
            "value": self.value,
            "target": one.target,
            "met": self.met,
            "evidence": [proof_json(p) for p in proofs],
            "selected": [proof_json(p) for p in self.selected],
            "missing": [_lack_json(lack) for lack in lacks],
            "units": [
                {
                    "key": u.key,
                    "label": u.label,
                    "met": u.met,
                    "why": u.why,
                    "cases": list(u.cases),
                    "evidence": [proof_at[p] for p in u.proofs],
                    "missing": [lack_at[k] for k in u.lacks],
                }
                for u in self.units
            ],
        }


@dataclass(frozen=True)
class Assessment:
    """The assessment of a year on a date; ``work`` is what was done in the year, ``unjudged`` what no indicator can count."""

    year: int
    cutoff: date
    indicators: tuple[IndicatorResult, ...]
    work: YearWork
    questions: tuple[Question, ...] = ()
    unjudged: tuple[Lack, ...] = ()

    @property
    def cited(self) -> tuple[Proof, ...]:
        """Every cited page: proofs first, then pages chosen by hand, then pages that show a fault."""
        results = self.indicators
        pages = [p for r in results for p in (*r.proofs, *r.selected)]
        pages += [p for question in self.questions for p in question.proofs]
        pages += [lack.page for r in results for lack in r.lacks if lack.page]
        return tuple(dict.fromkeys(pages))

    def as_json(self) -> dict[str, Any]:
        """The contract's shape without the pack, which the command adds."""
        return {
            "year": self.year,
            "cutoff": self.cutoff.isoformat(),
            "indicators": [one.as_json() for one in self.indicators],
            "work": self.work.as_json(),
            "questions": [
                {"question": q.text, "queries": list(q.queries), "evidence": [proof_json(p) for p in q.proofs]}
                for q in self.questions
            ],
            "not_assessable": [_lack_json(lack) for lack in self.unjudged],
        }


def _lack_json(lack: Lack) -> dict[str, Any]:
    """What is missing as JSON; the page that shows the fault is named by item and page, and told whole under ``proof``."""
    told = {
        "case": lack.case,
        "what": lack.what,
        "ask": lack.ask,
        "item": lack.page.item if lack.page else "",
        "page": lack.page.page if lack.page else None,
        "short": lack.short,
    }
    return told | ({"proof": proof_json(lack.page)} if lack.page else {})


def proof_json(proof: Proof) -> dict[str, Any]:
    """A cited page as JSON."""
    told: dict[str, Any] = {
        "case": proof.case,
        "item": proof.item,
        "page": proof.page,
        "kind": proof.kind,
        "title": proof.title,
        "path": proof.path,
        "sha256": proof.sha256,
        "snippet": proof.snippet,
        "words": proof.words,
    }
    return told | ({"query": proof.query, "note": proof.note} if proof.query else {})


def assess(workspace: Workspace, year: int) -> Assessment:
    """Assess a year by the office's indicators.

    Raises: NotFoundError if the year has no plan; DataError if office.toml names an unknown measure.
    """
    _check(workspace.office.indicators)
    cutoff = min(workspace.today, date(year, 12, 31))
    picked = picked_pages(workspace, year)
    records = {cutoff: read_year(workspace, year, cutoff)}
    results = []
    for indicator in workspace.office.indicators:
        day = min(indicator.cutoff or cutoff, workspace.today)
        record = records.get(day) or read_year(workspace, year, day)
        records[day] = record
        results.append(IndicatorResult(indicator, counted(indicator, record), tuple(picked.get(indicator.id, ()))))
    return Assessment(
        year,
        cutoff,
        tuple(results),
        year_work(records[cutoff]),
        questions(picked, [i.id for i in workspace.office.indicators]),
        not_assessable(records[cutoff]),
    )


def _check(indicators: Sequence[Indicator]) -> None:
    """Raises: DataError for an unknown measure, or a unit that it cannot count."""
    unknown = [i.measure for i in indicators if i.measure not in MEASURES]
    if unknown:
        raise DataError(
            f"考核指标用了不存在的算法：{'、'.join(unknown)}",
            Remedy(do("set", key="indicators"), f"；可用：{'、'.join(MEASURES)}"),
        )
    for one in indicators:
        if one.unit not in MEASURES[one.measure].units:
            raise DataError(
                f"考核指标“{one.name}”（{one.id}）不能按“{one.unit}”计数",
                Remedy(do("set", key="indicators"), f"，把 unit 改为{'或'.join(MEASURES[one.measure].units)}"),
            )


def read_year(workspace: Workspace, year: int, cutoff: date) -> YearRecord:
    """Load all data of a year."""
    papers: dict[str, list[Paper]] = {}
    doubts: dict[tuple[str, str], Doubt] = {}
    for paper in missing(workspace, year):
        papers.setdefault(paper.case, []).append(paper)
        doubts |= {(paper.case, item): Doubt(why) for item, why in paper.faults}
        if paper.state == "contradicted" and not paper.faults:  # a table of the whole task
            doubts |= {(paper.task, item): Doubt(paper.note) for item in paper.items}
    with workspace.read() as connection:
        tasks = registers.load_tasks(connection, year)
        if not tasks:
            raise NotFoundError(f"没有 {year} 年的抽查计划", Remedy("先", do("import", kind="plan")))
        cases, events, findings = load_facts(connection, workspace.kinds, year=year)
        subjects = {s.id: s for s in registers.load_subjects(connection)}
        names = [name for task in tasks for name in (*task.departments, *task.items, *task.partner_items)]
        words = (*WORDS, *("".join(name.split()) for name in names))
        wanted = [*(case.id for case in cases), *(task.id for task in tasks)]
        proofs = index_proofs(connection, year, wanted, words, doubts)
    dues: dict[str, list[Due]] = {}
    for one in due(cases, events, findings, workspace.office, cutoff):
        dues.setdefault(one.case, []).append(one)
    known = facts_by_case(cases, *until(cutoff, events, findings))
    return YearRecord(
        year,
        workspace.office,
        workspace.kinds,
        cutoff,
        {task.id: task for task in tasks},
        cases,
        known,
        subjects,
        dues,
        papers,
        proofs,
    )


def met_word(met: bool | None) -> str:
    """达标, 未达标, or 不评定 if there is no target or nothing to judge."""
    return "不评定" if met is None else "达标" if met else "未达标"


def summary_lines(results: Sequence[IndicatorResult]) -> list[str]:
    """One line for each indicator, for people."""
    return [
        f"{r.indicator.name}：{r.numerator}/{r.denominator} {r.indicator.unit}，"
        + (f"{r.value:g}%" if r.value is not None else "无可评定")
        + f"，{met_word(r.met)}；登记达成 {r.numerator}，有据可查 {r.proved}；佐证 {len(r.proofs)} 页，缺 {len(r.lacks)} 项"
        for r in results
    ]
