"""The cases of a year as the pages show them: facts, deadlines, states and missing papers, each calculated once and cached."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from archive.assessment.assessment import Assessment, assess
from archive.cases.missing import Paper, missing
from ssj_docs.database import registers
from ssj_docs.facts.case_facts import load_facts
from ssj_docs.ground.personal_data import without_restricted
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.office import Office
from ssj_docs.office.paper_kinds import PaperKinds
from ssj_docs.planning.case_state import CaseOutcome, outcomes
from ssj_docs.planning.dates.due_dates import Due, due
from web.request.request import PageRequest

T = TypeVar("T")


@dataclass(frozen=True)
class YearFacts:
    """The cases of a year with their events and findings; ``names`` are the subjects' names by id."""

    cases: Sequence[Case]
    events: Sequence[CaseEvent]
    findings: Sequence[Finding]
    names: Mapping[str, str]


def cached(visit: PageRequest, what: Hashable, year: int, make: Callable[[], T]) -> T:
    """Return a value for a year and the current date, calculated once for each state of the database and the settings."""
    today, office, kinds = visit.workspace.today, visit.workspace.office, visit.workspace.kinds

    def pinned() -> tuple[Office, PaperKinds, T]:
        return office, kinds, make()  # keeps both alive, so that their ids are not reused

    return visit.server.year_cache.get((what, year, today, id(office), id(kinds)), visit.database_state, pinned)[2]


def facts(visit: PageRequest, year: int) -> YearFacts:
    """The cases of the year."""

    def make() -> YearFacts:
        with visit.workspace.read() as connection:
            cases, events, findings = load_facts(connection, visit.workspace.kinds, year=year)
            wanted = {case.subject for case in cases}
            names = {s.id: without_restricted(s.name) for s in registers.load_subjects(connection) if s.id in wanted}
        return YearFacts(cases, events, findings, names)

    return cached(visit, "facts", year, make)


def states(visit: PageRequest, year: int) -> Mapping[str, CaseOutcome]:
    """Case → its state and next steps."""

    def make() -> dict[str, CaseOutcome]:
        known = facts(visit, year)
        with visit.workspace.read() as connection:
            tasks = registers.load_tasks(connection, year)
        workspace = visit.workspace
        known_facts = (known.cases, known.events, known.findings)
        rows = outcomes(*known_facts, workspace.office, workspace.today, kinds=workspace.kinds, tasks=tasks)
        return {row.case: row for row in rows}

    return cached(visit, "states", year, make)


def dues(visit: PageRequest, year: int, within: int | None = None) -> list[Due]:
    """Deadlines of the cases that the user may see; with ``within``, those that are late or due within so many days."""

    def make() -> list[Due]:
        known = facts(visit, year)
        return due(known.cases, known.events, known.findings, visit.workspace.office, visit.workspace.today)

    seen = {task.id for task in visit.tasks}
    mine = {case.id for case in facts(visit, year).cases if case.task in seen}
    rows = [row for row in cached(visit, "dues", year, make) if row.case in mine]
    if within is None:
        return rows
    horizon = visit.workspace.today + timedelta(days=within)
    return [row for row in rows if row.state == "late" or (row.state == "open" and row.due <= horizon)]


def papers(visit: PageRequest, year: int) -> list[Paper]:
    """The papers that should exist for the year's cases, for the tasks that the user may see."""
    seen = {task.id for task in visit.tasks}
    rows = cached(visit, "missing", year, lambda: missing(visit.workspace, year))
    return [paper for paper in rows if paper.task in seen]


def assessed(visit: PageRequest, year: int) -> Assessment:
    """The indicators of the year."""
    return cached(visit, "assess", year, lambda: assess(visit.workspace, year))


def lacking(visit: PageRequest, year: int) -> Mapping[str, list[Paper]]:
    """Case → its papers that are missing or incomplete."""
    found: dict[str, list[Paper]] = {}
    for paper in papers(visit, year):
        if paper.state != "present":
            found.setdefault(paper.case, []).append(paper)
    return found
