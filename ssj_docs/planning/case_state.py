"""The state of a case and the next steps: proposals with their due dates, for a person to decide.

States are derived from events and findings and never stored, so that they cannot contradict them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ssj_docs.facts.case_facts import (
    CaseFacts,
    facts_by_case,
    is_left_for_later,
    is_problem,
    is_transfer,
    needs_transfer,
)
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.office import Office
from ssj_docs.model.plan import InspectionTask
from ssj_docs.office.paper_kinds import PaperKinds
from ssj_docs.planning.dates.due_dates import Due, due

#: state → Chinese name, in the order of the workflow
STATES = {
    "drawn": "待检查",
    "notified": "已告知",
    "inspected": "待录入结果",
    "found": "待公示",
    "disclosed": "待后续处理",
    "finished": "已办结",
}
#: act of a proposal → events that fulfil it; a deadline met by one of them gives the date
_FULFILLED = {
    "notify": ("notified",),
    "inspect": ("inspected",),
    "record": ("found",),
    "disclose": ("disclosed",),
    "transfer": ("transferred", "transfer_letter"),
    "handle": ("handled",),
    "recheck": ("rectified",),
    "close": ("closed",),
    "tell": ("closure_notified", "penalty_disclosed"),
    "answer": ("filed", "replied"),
    "submit": ("records_submitted",),
}


@dataclass(frozen=True)
class Proposal:
    """A next step in a case.

    Attributes:
        case: its id.
        act: key of the kind of act.
        title: a Chinese sentence.
        reason: the fact it follows from.
        kind: the document kind for it, '' if none.
        departments: who acts.
        due: the earliest date of a deadline that the act meets, None if there is no such rule.
        provisional: whether that date is provisional.
        clause: the clause of that deadline.
    """

    case: str
    act: str
    title: str
    reason: str
    kind: str = ""
    departments: tuple[str, ...] = ()
    due: date | None = None
    provisional: bool = False
    clause: str = ""

    def as_json(self) -> dict[str, Any]:
        """The proposal as plain values."""
        return {
            "case": self.case,
            "act": self.act,
            "title": self.title,
            "reason": self.reason,
            "kind": self.kind,
            "departments": list(self.departments),
            "due": self.due.isoformat() if self.due else None,
            "provisional": self.provisional,
            "clause": self.clause,
        }


@dataclass(frozen=True)
class CaseOutcome:
    """``state`` is a key of `STATES`; ``proposals`` are the next steps, most urgent first."""

    case: str
    state: str
    proposals: tuple[Proposal, ...]

    @property
    def title(self) -> str:
        """The state's Chinese name."""
        return STATES[self.state]

    def as_json(self) -> dict[str, Any]:
        """The outcome as plain values."""
        return {
            "case": self.case,
            "state": self.state,
            "state_name": self.title,
            "proposals": [proposal.as_json() for proposal in self.proposals],
        }


def outcomes(
    cases: Iterable[Case],
    events: Iterable[CaseEvent],
    findings: Iterable[Finding],
    office: Office,
    today: date,
    *,
    kinds: PaperKinds,
    tasks: Iterable[InspectionTask] = (),
) -> list[CaseOutcome]:
    """State and proposals of every case, in the order of the cases, as of ``today``.

    Args:
        kinds: the kinds of paper, to find one for each act.
        tasks: of the plan; their 检查时间 limits the inspections.
    """
    ends = {task.id: task.window.end for task in tasks}
    held = list(cases)
    known = [event for event in events if event.date <= today]
    found = list(findings)
    pending: dict[str, list[Due]] = {}
    for row in due(held, known, found, office, today):
        if row.state != "done":
            pending.setdefault(row.case, []).append(row)
    facts = facts_by_case(held, known, found)
    view = StateContext(office, kinds)
    return [_outcome(facts[case.id], view, pending.get(case.id, []), ends.get(case.task)) for case in held]


@dataclass(frozen=True)
class StateContext:
    """What is the same for every case."""

    office: Office
    kinds: PaperKinds


def _outcome(fact: CaseFacts, view: StateContext, pending: Sequence[Due], end: date | None) -> CaseOutcome:
    proposals = (replace(one, kind=view.kinds.serving(one.act)) for one in _proposals(fact, view.office))
    dated = [_dated(proposal, view.office, pending) for proposal in proposals]
    if end:
        dated = [
            replace(proposal, due=end, clause="年度抽查计划：检查时间") if proposal.act == "inspect" else proposal
            for proposal in dated
        ]
    dated.sort(key=lambda proposal: proposal.due or date.max)
    return CaseOutcome(fact.case.id, _state(fact, bool(dated)), tuple(dated))


def _state(fact: CaseFacts, work_left: bool) -> str:
    if not fact.findings:
        return "inspected" if fact.has("inspected") else "notified" if fact.has("notified") else "drawn"
    if _undisclosed(fact):
        return "found"
    return "disclosed" if work_left else "finished"


def _proposals(fact: CaseFacts, office: Office) -> list[Proposal]:
    case = fact.case.id
    if not fact.findings:
        return [_first_step(fact)]
    found = []
    waiting = _undisclosed(fact)
    if waiting:
        found.append(
            Proposal(case, "disclose", "录入平台并公示检查结果", "已有检查结果，尚未公示", departments=waiting)
        )
    problems = [finding for finding in fact.findings if is_problem(finding, office)]
    found += _handling(fact, office, problems)
    if fact.has("confirmed") and not (fact.has("filed") or fact.has("replied")):
        found.append(
            Proposal(case, "answer", "立案，或书面回复不予立案", "已审核认定", departments=_by(fact, "confirmed"))
        )
    if fact.has("filed") and not fact.has("closed"):
        found.append(
            Proposal(case, "close", "办结案件并登记结案日期", "已立案，未结案", departments=_by(fact, "filed"))
        )
    if fact.has("closed") and not (fact.has("closure_notified") and fact.has("penalty_disclosed")):
        found.append(
            Proposal(case, "tell", "书面告知案件查处结果并公示处罚信息", "已结案", departments=_by(fact, "closed"))
        )
    return found


def _first_step(fact: CaseFacts) -> Proposal:
    case = fact.case.id
    if fact.has("inspected"):
        return Proposal(case, "record", "录入检查结果", "检查已结束，没有检查结果", departments=_by(fact, "inspected"))
    return Proposal(case, "inspect", "实地检查并填写记录表", "已抽取，尚未检查")


def _handling(fact: CaseFacts, office: Office, problems: Sequence[Finding]) -> list[Proposal]:
    """Propose a transfer, a re-check, or a decision, by what the departments found."""
    case = fact.case.id
    found = []
    handed_on = fact.has("transferred") or fact.has("transfer_letter")
    if needs_transfer(fact, office) and not handed_on:
        who = tuple(dict.fromkeys([f.department for f in problems if needs_transfer(fact, office, f.department)]))
        found.append(
            Proposal(case, "transfer", "拟移交函，移送有管辖权的部门", _why_transfer(fact, office), departments=who)
        )
    ordered = [f for f in problems if _corrected(f, office)]
    told = [row for row in fact.events.get("handled", ()) if _says_correct(row.handling, office)]
    if (ordered or told) and not fact.has("rectified"):
        who = tuple(
            dict.fromkeys([*(f.department for f in ordered), *(row.department for row in told if row.department)])
        )
        found.append(Proposal(case, "recheck", "复查整改情况", "已责令改正，没有复查记录", departments=who))
    undecided = [f for f in problems if not _corrected(f, office) and not is_left_for_later(f, office)]
    if undecided and not fact.has("handled") and not handed_on and not fact.has("filed"):
        who = tuple(dict.fromkeys(f.department for f in undecided))
        found.append(Proposal(case, "handle", "决定处理方式并登记处理结果", "发现问题，没有处理结果", departments=who))
    return found


def _why_transfer(fact: CaseFacts, office: Office) -> str:
    if any(is_transfer(row.handling, office) for row in fact.events.get("handled", ())):
        return "处理结果为移送或函告，没有移送记录"
    return "检查结果为发现问题待后续处理"


def _corrected(finding: Finding, office: Office) -> bool:
    return any("责令改正" in category.label for code in finding.results if (category := office.result(code)))


def _says_correct(code: str, office: Office) -> bool:
    handling = office.handling(code)
    return handling is not None and "责令改正" in handling.label


def _undisclosed(fact: CaseFacts) -> tuple[str, ...]:
    by = {event.department for event in fact.events.get("disclosed", ())}
    return () if "" in by else tuple(name for name in fact.departments if name not in by)


def _by(fact: CaseFacts, event: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.department for row in fact.events.get(event, ()) if row.department))


def _dated(proposal: Proposal, office: Office, pending: Sequence[Due]) -> Proposal:
    """The proposal with the earliest open deadline that its act would meet."""
    meets = {line.id for line in office.deadlines if set(line.met_by.split("|")) & set(_FULFILLED[proposal.act])}
    rows = [row for row in pending if row.deadline in meets]
    if not rows:
        return proposal
    first = min(rows, key=lambda row: row.due)
    return replace(
        proposal,
        departments=proposal.departments or first.departments,
        due=first.due,
        provisional=first.provisional,
        clause=first.clause,
    )
