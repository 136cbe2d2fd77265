"""The facts of one case: its events by name and its findings, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from ssj_docs.database import registers, schema
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.office import Office
from ssj_docs.office.paper_kinds import PaperKinds

_FOLLOW_UP = ("后续处理", "处理待续")
_TRANSFER = ("移送", "移交", "函告", "转办")


@dataclass(frozen=True)
class CaseFacts:
    """A case with its events by name (key of `EVENTS`) and its findings."""

    case: Case
    events: Mapping[str, Sequence[CaseEvent]]
    findings: Sequence[Finding]

    def has(self, event: str) -> bool:
        """Return whether the event was recorded, by any department."""
        return bool(self.events.get(event))

    @property
    def departments(self) -> tuple[str, ...]:
        """Departments with a finding, in order of appearance."""
        return tuple(dict.fromkeys(finding.department for finding in self.findings))


def facts_by_case(
    cases: Iterable[Case], events: Iterable[CaseEvent], findings: Iterable[Finding]
) -> dict[str, CaseFacts]:
    """Group events and findings by case, in the order of the cases; those of other cases are ignored."""
    by_event: dict[str, dict[str, list[CaseEvent]]] = {}
    by_finding: dict[str, list[Finding]] = {}
    for event in events:
        by_event.setdefault(event.case, {}).setdefault(event.event, []).append(event)
    for finding in findings:
        by_finding.setdefault(finding.case, []).append(finding)
    return {case.id: CaseFacts(case, by_event.get(case.id, {}), by_finding.get(case.id, [])) for case in cases}


def load_facts(
    connection: Connection, kinds: PaperKinds, *, task: str | None = None, year: int | None = None
) -> tuple[list[Case], list[CaseEvent], list[Finding]]:
    """Load cases of a task, of a year or all, with their events and findings.

    Events proved by the office's own papers are included, as their kinds say: a signed record form was handed in on the date
    it was received; an issued letter was sent on its date. Recorded dates take precedence.

    Raises: NotFoundError for an unknown task.
    """
    if task:
        registers.load_task(connection, task)
    cases = registers.load_cases(connection, task=task or None, year=year)
    # Filtered here and not in SQL, which limits the number of parameters of a statement.
    wanted = {case.id for case in cases}
    events = [row for row in registers.load_events(connection) if row.case in wanted]
    entered = {(row.case, row.event) for row in events}
    events += [
        row for row in _paper_events(connection, kinds) if row.case in wanted and (row.case, row.event) not in entered
    ]
    return cases, events, [row for row in registers.load_findings(connection) if row.case in wanted]


def _paper_events(connection: Connection, kinds: PaperKinds) -> list[CaseEvent]:
    """Events that follow from papers: the earliest date of each case and event."""
    received = {kind.id: kind.on_archive for kind in kinds.values() if kind.on_archive}
    sent = {kind.id: kind.on_issue for kind in kinds.values() if kind.on_issue}
    archived, issued = schema.archive_items, schema.issued
    signed = connection.execute(
        select(archived.c.case, archived.c.kind, archived.c.received_at, archived.c.title)
        .where(archived.c.kind.in_(received), archived.c.state == "filed")
        .order_by(archived.c.received_at.desc())
    )
    letters = connection.execute(
        select(issued.c.case, issued.c.kind, issued.c.date, issued.c.number)
        .where(issued.c.kind.in_(sent), issued.c.current, issued.c.case != "", issued.c.date.is_not(None))
        .order_by(issued.c.date.desc())
    )
    found = [
        CaseEvent(row.case, received[row.kind], date.fromisoformat(row.received_at[:10]), note=row.title)
        for row in signed
    ]
    found += [CaseEvent(row.case, sent[row.kind], row.date, note=row.number) for row in letters]
    return list({(event.case, event.event): event for event in found}.values())


def is_problem(finding: Finding, office: Office) -> bool:
    """Return whether a result of this finding is a problem by the office's vocabulary."""
    return any(category.problem for code in finding.results if (category := office.result(code)))


def unhandled(fact: CaseFacts, office: Office) -> tuple[str, ...]:
    """Departments that found a problem and have no handling; a handling without a department counts for all."""
    done = {event.department for event in fact.events.get("handled", ())}
    if "" in done:
        return ()
    return tuple(
        dict.fromkeys(f.department for f in fact.findings if is_problem(f, office) and f.department not in done)
    )


def is_left_for_later(finding: Finding, office: Office) -> bool:
    """Return whether a result leaves the matter to be handled later (发现问题待后续处理)."""
    return any(_says(category.label, _FOLLOW_UP) for code in finding.results if (category := office.result(code)))


def is_transfer(handling: str, office: Office) -> bool:
    """Return whether this handling transfers the matter to another authority (移送…, 函告…)."""
    known = office.handling(handling)
    return known is not None and _says(known.label, _TRANSFER)


def needs_transfer(fact: CaseFacts, office: Office, department: str = "") -> bool:
    """Return whether something in this case is transferred to another authority.

    That is the case if a handling says so (移送…, 函告…), if a letter was sent, or if a result is left for later handling
    (发现问题待后续处理) and the department has not opened a case itself (立案).

    Args:
        department: the department concerned; '' for the whole case. A handling without a department belongs to those that
            found a problem.
    """
    found_one = any(is_problem(f, office) for f in fact.findings if f.department == department)
    mine = {department, ""} if found_one else {department}
    own = [
        row
        for name in ("handled", "transferred", "transfer_letter", "filed")
        for row in fact.events.get(name, ())
        if not department or row.department in mine
    ]
    if any(row.event != "filed" and (row.event != "handled" or is_transfer(row.handling, office)) for row in own):
        return True
    if any(row.event == "filed" for row in own):
        return False
    return any(is_left_for_later(f, office) for f in fact.findings if department in ("", f.department))


def _says(text: str, words: Iterable[str]) -> bool:
    return any(word in text for word in words)
