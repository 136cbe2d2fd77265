"""The figures of a task, a quarter or a year, counted once; prose, tables and reports all take them from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.office import Office
from ssj_docs.model.plan import InspectionTask
from ssj_docs.planning.case_facts import CaseFacts, facts_by_case, is_problem


@dataclass(frozen=True)
class DepartmentFigures:
    """户次 that a department inspected and in which it found a problem."""

    name: str
    inspected: int
    problems: int


@dataclass(frozen=True)
class Figures:
    """Counts in 户次 (cases) unless said otherwise.

    Attributes:
        tasks: 任务. drawn_tasks: tasks with a draw. departments: departments by name.
        cases: drawn. subjects: drawn, each once (户). inspected: with a finding. clean: no problem in any finding.
        problems: at least one problem. results / handlings: (label, 户次), each case once a label, in office order.
        handled: problem cases with a handling. disclosed: inspected cases with a disclosure.
    """

    tasks: int
    drawn_tasks: int
    cases: int
    subjects: int
    inspected: int
    clean: int
    problems: int
    handled: int
    disclosed: int
    results: tuple[tuple[str, int], ...]
    handlings: tuple[tuple[str, int], ...]
    departments: tuple[DepartmentFigures, ...]


def count_figures(office: Office, tasks: Sequence[InspectionTask], cases: Sequence[Case], findings: Sequence[Finding],
                  events: Sequence[CaseEvent]) -> Figures:
    """Count. A case has a result if any of its findings has it; 未发现问题 counts only where every finding is so."""
    facts = list(facts_by_case(cases, events, findings).values())
    inspected = [f for f in facts if f.findings]
    results = {f.case.id: case_results(f, office) for f in inspected}
    troubled = [f for f in inspected if any(is_problem(finding, office) for finding in f.findings)]
    handlings = {f.case.id: {e.handling for e in f.events.get("handled", ()) if e.handling} for f in facts}
    names = sorted({finding.department for f in inspected for finding in f.findings},
                   key=[d.name for d in office.departments].index)
    return Figures(
        tasks=len(tasks), drawn_tasks=len({case.task for case in cases}), cases=len(cases),
        subjects=len({case.subject for case in cases}), inspected=len(inspected),
        clean=len(inspected) - len(troubled), problems=len(troubled),
        handled=sum(1 for f in troubled if handlings[f.case.id]),
        disclosed=sum(1 for f in inspected if f.has("disclosed")),
        results=tuple((r.label, sum(r.code in held for held in results.values())) for r in office.results),
        handlings=tuple((h.label, sum(h.code in held for held in handlings.values())) for h in office.handlings),
        departments=tuple(_department(name, inspected, office) for name in names))


def case_results(facts: CaseFacts, office: Office) -> tuple[str, ...]:
    """Result codes of a case in the office's order; 未发现问题 only where no finding says anything else."""
    codes = {code for finding in facts.findings for code in finding.results}
    clean = {r.code for r in office.results if r.clean}
    kept = codes - clean or codes
    return tuple(r.code for r in office.results if r.code in kept)


def _department(name: str, inspected: Sequence[CaseFacts], office: Office) -> DepartmentFigures:
    own = [[x for x in f.findings if x.department == name] for f in inspected]
    return DepartmentFigures(name, sum(1 for held in own if held),
                             sum(1 for held in own if any(is_problem(x, office) for x in held)))
