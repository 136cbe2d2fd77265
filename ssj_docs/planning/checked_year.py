"""Loads the data that `ssj check` needs."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import Connection, select

from ssj_docs.database import registers, schema
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.office import Office
from ssj_docs.office.paper_kinds import PaperKinds
from ssj_docs.planning.rule_findings import CheckedYear


def load_year(
    connection: Connection,
    office: Office,
    kinds: PaperKinds,
    year: int,
    *,
    issued: date | None = None,
    today: date | None = None,
) -> CheckedYear:
    """Load plan, registers and draws of a year.

    Args:
        issued: date of the plan's issue; by default the date of the notice issued about the year's plan.

    Raises: NotFoundError if the year has no plan.
    """
    tasks = registers.load_tasks(connection, year)
    if not tasks:
        raise NotFoundError(f"没有 {year} 年的抽查计划", Remedy("核对年度，或先", do("import", kind="plan")))
    cases = registers.load_cases(connection, year=year)
    ids = {case.id for case in cases}
    inspected: dict[str, date] = {}
    for event in registers.load_events(connection):
        if event.event == "inspected" and event.case in ids:
            inspected[event.case] = max(event.date, inspected.get(event.case, event.date))
    return CheckedYear(
        year,
        office,
        tasks,
        registers.load_subjects(connection),
        registers.load_inspectors(connection),
        cases,
        issued or _issued(connection, kinds.serving("announce"), year),
        today,
        inspected,
        _over_cap(connection),
        _unproven(connection),
    )


def _over_cap(connection: Connection) -> dict[tuple[str, int], str]:
    """(task, round) → the reason recorded by a valid draw for exceeding the yearly cap."""
    t = schema.draws
    rows = connection.execute(select(t.c.task, t.c.round, t.c.options).where(t.c.state == "drawn"))
    return {(row.task, row.round): row.options["over_cap"] for row in rows if row.options.get("over_cap")}


def _unproven(connection: Connection) -> dict[tuple[str, int], list[str]]:
    """(task, round) → what limits the proof of the valid draw, as the journal told when it was made."""
    t, j = schema.draws.c, schema.journal.c
    valid = {
        (row.task, row.round, row.attempt) for row in connection.execute(select(schema.draws).where(t.state == "drawn"))
    }
    found = {}
    for subject, text in connection.execute(
        select(j.subject, j.detail).where(j.action.in_(("draw", "draw.redraw"))).order_by(j.id)
    ):
        detail = json.loads(text)
        if (subject, detail["round"], detail["attempt"]) in valid and detail.get("grade"):
            found[subject, int(detail["round"])] = list(detail["grade"]["remarks"])
    return found


def _issued(connection: Connection, kind: str, year: int) -> date | None:
    """The date of the notice about the plan: of this year or the end of the last, with 计划 in its title."""
    notices = [
        document.date
        for document in registers.issued_documents(connection, kind=kind)
        if document.date and "计划" in document.title and str(year) in document.title + str(document.date.year)
    ]
    return min(notices, default=None)
