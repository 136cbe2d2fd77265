"""What is known of a year when it is assessed, and what a measure says of each unit it counts."""

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
    """All that is known of a year.

    Attributes:
        cutoff: facts of later days are not in ``facts``; papers count as they lie in the archive when it is assessed,
            because a signed copy may come in after the day on which the year is judged.
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
        """Document kinds that are proof of something (`PROOFS`), the surest first."""
        return self.kinds.proving(what)

    def day(self, case: str, event: str) -> date | None:
        """First day of an event, None if it did not happen."""
        return min((e.date for e in self.facts[case].events.get(event, ())), default=None)

    def inspected(self) -> list[str]:
        """Cases with a result, as `ssj_docs.facts.figures` counts them too."""
        return [case.id for case in self.cases if self.facts[case.id].findings]

    def label(self, case: str) -> str:
        """Name of the subject of a case."""
        subject = self.subjects.get(self.facts[case].case.subject)
        return subject.name if subject else self.facts[case].case.subject

    def names(self, case: str) -> tuple[str, ...]:
        """By what the subject of a case is known on a list, the surest first."""
        subject = self.subjects.get(self.facts[case].case.subject)
        return (subject.credit_code, subject.name) if subject else ()

    def leader(self, case: str) -> str:
        """The initiating department of a case: whom to ask."""
        return self.task_leader(self.facts[case].case.task)

    def task_leader(self, task: str) -> str:
        """The initiating department of a task; the office where the plan names none."""
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
    """What is missing: ``what``, whom to ``ask``, and the archived ``page`` that shows the fault, if there is one.

    ``case`` is empty where it is not about one case. ``short``: the same without days, for lists that gather cases.
    """

    case: str
    what: str
    ask: str
    page: Proof | None = None
    short: str = ""


@dataclass(frozen=True)
class Unit:
    """One unit of a denominator.

    Attributes:
        key: case id, task id, subject id, department or item. label: its name. met: it counts in the numerator.
        why: the fact that decided it. cases: cases behind it. proofs: pages that prove it. lacks: what is missing.
    """

    key: str
    label: str
    met: bool
    why: str
    cases: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()
    lacks: tuple[Lack, ...] = field(default=())
