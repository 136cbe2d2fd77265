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


def cached(request: PageRequest, what: Hashable, year: int, make: Callable[[], T]) -> T:
    """Return a value for a year and the current date, calculated once for each state of the database and the settings."""
    today, office, kinds = request.workspace.today, request.workspace.office, request.workspace.kinds

    def pinned() -> tuple[Office, PaperKinds, T]:
        return office, kinds, make()  # keeps both alive, so that their ids are not reused

    return request.server.year_cache.get((what, year, today, id(office), id(kinds)), request.database_state, pinned)[2]


def facts(request: PageRequest, year: int) -> YearFacts:
    """The cases of the year."""

    def make() -> YearFacts:
        with request.workspace.read() as connection:
            cases, events, findings = load_facts(connection, request.workspace.kinds, year=year)
            wanted = {case.subject for case in cases}
            names = {s.id: without_restricted(s.name) for s in registers.load_subjects(connection) if s.id in wanted}
        return YearFacts(cases, events, findings, names)

    return cached(request, "facts", year, make)


def states(request: PageRequest, year: int) -> Mapping[str, CaseOutcome]:
    """Case → its state and next steps."""

    def make() -> dict[str, CaseOutcome]:
        known = facts(request, year)
        with request.workspace.read() as connection:
            tasks = registers.load_tasks(connection, year)
        workspace = request.workspace
        known_facts = (known.cases, known.events, known.findings)
        rows = outcomes(*known_facts, workspace.office, workspace.today, kinds=workspace.kinds, tasks=tasks)
        return {row.case: row for row in rows}

    return cached(request, "states", year, make)


def dues(request: PageRequest, year: int, within: int | None = None) -> list[Due]:
    """Deadlines of the cases that the user may see; with ``within``, those that are late or due within so many days."""

    def make() -> list[Due]:
        known = facts(request, year)
        return due(known.cases, known.events, known.findings, request.workspace.office, request.workspace.today)

    seen = {task.id for task in request.tasks}
    mine = {case.id for case in facts(request, year).cases if case.task in seen}
    rows = [row for row in cached(request, "dues", year, make) if row.case in mine]
    if within is None:
        return rows
    horizon = request.workspace.today + timedelta(days=within)
    return [row for row in rows if row.state == "late" or (row.state == "open" and row.due <= horizon)]


def papers(request: PageRequest, year: int) -> list[Paper]:
    """The papers that should exist for the year's cases, for the tasks that the user may see."""
    seen = {task.id for task in request.tasks}
    rows = cached(request, "missing", year, lambda: missing(request.workspace, year))
    return [paper for paper in rows if paper.task in seen]


def assessed(request: PageRequest, year: int) -> Assessment:
    """The indicators of the year."""
    return cached(request, "assess", year, lambda: assess(request.workspace, year))


def lacking(request: PageRequest, year: int) -> Mapping[str, list[Paper]]:
    """Case → its papers that are missing or incomplete."""
    found: dict[str, list[Paper]] = {}
    for paper in papers(request, year):
        if paper.state != "present":
            found.setdefault(paper.case, []).append(paper)
    return found
