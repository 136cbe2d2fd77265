"""The data of a year for an assessment, and what a measure says of each unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from archive.assessment.evidence_finder import Proof, ProofIndex
from archive.cases.missing import Paper
from ssj_docs.facts.case_facts import CaseFacts
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.office import Office
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import InspectionTask
from ssj_docs.office.paper_kinds import PaperKinds
from ssj_docs.planning.dates.due_dates import Due


@dataclass(frozen=True)
class YearRecord:
    """The data of a year.

    Attributes:
        cutoff: ``facts`` has nothing after this date. Papers count as archived at the time of the assessment, because a signed
            copy may be received after the cut-off.
    """

    year: int
    office: Office
    kinds: PaperKinds
    cutoff: date
    tasks: Mapping[str, InspectionTask]
    cases: Sequence[Case]
    facts: Mapping[str, CaseFacts]
    subjects: Mapping[str, Subject]
    dues: Mapping[str, Sequence[Due]]
    papers: Mapping[str, Sequence[Paper]]
    proofs: ProofIndex

    def papers_of(self, what: str) -> tuple[str, ...]:
        """Document kinds that prove something (`PROOFS`), the most reliable first."""
        return self.kinds.proving(what)

    def day(self, case: str, event: str) -> date | None:
        """First date of an event, None if it did not happen."""
        return min((e.date for e in self.facts[case].events.get(event, ())), default=None)

    def inspected(self) -> list[str]:
        """Cases with a result, as counted by `ssj_docs.facts.figures`."""
        return [case.id for case in self.cases if self.facts[case.id].findings]

    def label(self, case: str) -> str:
        """The name of a case's subject."""
        subject = self.subjects.get(self.facts[case].case.subject)
        return subject.name if subject else self.facts[case].case.subject

    def names(self, case: str) -> tuple[str, ...]:
        """How the subject of a case may be named on a list, the most reliable first."""
        subject = self.subjects.get(self.facts[case].case.subject)
        return (subject.credit_code, subject.name) if subject else ()

    def leader(self, case: str) -> str:
        """The initiating department of a case, to be asked."""
        return self.task_leader(self.facts[case].case.task)

    def acting(self, case: str) -> str:
        """The departments that inspected a case, who hold its papers; the initiating one if nobody did yet."""
        return "、".join(self.facts[case].departments) or self.leader(case)

    def task_leader(self, task: str) -> str:
        """The initiating department of a task; the office if the plan names none."""
        known = self.tasks.get(task)
        return known.initiators[0] if known and known.initiators else self.office.name


def until(
    cutoff: date, events: Sequence[CaseEvent], findings: Sequence[Finding]
) -> tuple[list[CaseEvent], list[Finding]]:
    """What had happened by the cut-off; a finding without a date is dated by its department's inspection."""
    kept = [event for event in events if event.date <= cutoff]
    ended = {
        (event.case, event.department): event.date
        for event in sorted(events, key=lambda e: e.date, reverse=True)
        if event.event == "inspected"
    }
    days = ((f, f.found or ended.get((f.case, f.department)) or ended.get((f.case, ""))) for f in findings)
    return kept, [f for f, day in days if day is None or day <= cutoff]


@dataclass(frozen=True)
class Lack:
    """What is missing: ``what``, whom to ``ask``, and the archived ``page`` that shows the fault, if any.

    ``case`` is empty if it does not concern a single case. ``short``: without numbers of days, for grouped lists.
    """

    case: str
    what: str
    ask: str
    page: Proof | None = None
    short: str = ""


@dataclass(frozen=True)
class Unit:
    """A unit of a denominator.

    Attributes:
        key: case id, task id, subject id, department or item.
        label: its name.
        met: whether it counts in the numerator.
        why: the reason.
        cases: the cases concerned.
        proofs: pages that prove it.
        lacks: what is missing.
    """

    key: str
    label: str
    met: bool
    why: str
    cases: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()
    lacks: tuple[Lack, ...] = field(default=())
