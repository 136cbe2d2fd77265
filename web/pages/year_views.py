"""How the cases of a year stand, as the pages show it: facts, deadlines, states and missing papers, each worked out once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from archive.assessment.assessment import Assessment, assess
from archive.cases.missing import Paper, missing
from ssj_docs.database import registers
from ssj_docs.facts.case_facts import load_facts
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.office import Office
from ssj_docs.office.paper_kinds import PaperKinds
from ssj_docs.planning.case_state import CaseOutcome, outcomes
from ssj_docs.planning.dates.due_dates import Due, due
from web.request.request import Visit

T = TypeVar("T")


@dataclass(frozen=True)
class YearFacts:
    """The cases of a year with what is known of them; ``names`` are those of their subjects by id."""

    cases: Sequence[Case]
    events: Sequence[CaseEvent]
    findings: Sequence[Finding]
    names: Mapping[str, str]


def remembered(visit: Visit, what: Hashable, year: int, make: Callable[[], T]) -> T:
    """A value of a year as of this day, made once for each state of the database and the settings."""
    today, office, kinds = visit.workspace.today, visit.workspace.office, visit.workspace.kinds

    def pinned() -> tuple[Office, PaperKinds, T]:
        return office, kinds, make()  # office and kinds are held with the value, so that no others can have their ids

    return visit.desk.remembered.get((what, year, today, id(office), id(kinds)), visit.mark, pinned)[2]


def facts(visit: Visit, year: int) -> YearFacts:
    """The year's cases."""

    def make() -> YearFacts:
        with visit.workspace.read() as connection:
            cases, events, findings = load_facts(connection, visit.workspace.kinds, year=year)
            wanted = {case.subject for case in cases}
            names = {s.id: s.name for s in registers.load_subjects(connection) if s.id in wanted}
        return YearFacts(cases, events, findings, names)

    return remembered(visit, "facts", year, make)


def states(visit: Visit, year: int) -> Mapping[str, CaseOutcome]:
    """Case → its state and what is to be done."""

    def make() -> dict[str, CaseOutcome]:
        known = facts(visit, year)
        with visit.workspace.read() as connection:
            tasks = registers.load_tasks(connection, year)
        workspace = visit.workspace
        known_facts = (known.cases, known.events, known.findings)
        rows = outcomes(*known_facts, workspace.office, workspace.today, kinds=workspace.kinds, tasks=tasks)
        return {row.case: row for row in rows}

    return remembered(visit, "states", year, make)


def dues(visit: Visit, year: int, within: int | None = None) -> list[Due]:
    """Deadlines of the year's cases that the user may see; with ``within`` what is late or due in so many days."""

    def make() -> list[Due]:
        known = facts(visit, year)
        return due(known.cases, known.events, known.findings, visit.workspace.office, visit.workspace.today)

    seen = {task.id for task in visit.tasks}
    mine = {case.id for case in facts(visit, year).cases if case.task in seen}
    rows = [row for row in remembered(visit, "dues", year, make) if row.case in mine]
    if within is None:
        return rows
    horizon = visit.workspace.today + timedelta(days=within)
    return [row for row in rows if row.state == "late" or (row.state == "open" and row.due <= horizon)]


def papers(visit: Visit, year: int) -> list[Paper]:
    """The papers that should exist for the year's cases, of the tasks that the user may see."""
    seen = {task.id for task in visit.tasks}
    rows = remembered(visit, "missing", year, lambda: missing(visit.workspace, year))
    return [paper for paper in rows if paper.task in seen]


def assessed(visit: Visit, year: int) -> Assessment:
    """The indicators of the year."""
    return remembered(visit, "assess", year, lambda: assess(visit.workspace, year))


def lacking(visit: Visit, year: int) -> Mapping[str, list[Paper]]:
    """Case → its papers that are not in order."""
    found: dict[str, list[Paper]] = {}
    for paper in papers(visit, year):
        if paper.state != "present":
            found.setdefault(paper.case, []).append(paper)
    return found
