"""Due dates: what must be done for a case, by when, counted from which event, by which clause.

Deadlines are data of the office (`ssj_docs.model.office.Deadline`), not constants. Rules for applying them:

* Each department with a start event of its own has its own deadline (谁检查、谁录入、谁公开). A start event without a
  department starts one deadline for the case; it is met when the office as a whole, or every department with a finding,
  has done the act.
* The first date of a start event counts; for 检查结束 the department's last day counts.
* 形成检查结果 is taken from the findings if there is no event ``found``.
* 立案 and 书面回复 are alternative responses to 审核认定: when one is done, the other is no longer due.
* Nothing after ``today`` is counted: an act with a later date is not done yet, and a note says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from ssj_docs.facts.case_facts import CaseFacts, facts_by_case, is_problem, needs_transfer
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.case import EVENTS, Case, CaseEvent, Finding
from ssj_docs.model.office import Deadline, Office
from ssj_docs.planning.dates.workdays import WorkCalendar, add_days, add_workdays, office_calendar

State = Literal["open", "done", "late"]

#: acts of the office itself, whoever inspected
_OFFICE_ACTS = frozenset({"transfer_letter"})
#: alternative responses to one event: doing one ends the other's deadline (seed 003: 立案 or 书面回复)
_INSTEAD = {"filed": "replied", "replied": "filed"}
_ORDER = {"late": 0, "open": 1, "done": 2}


@dataclass(frozen=True)
class Due:
    """A deadline of a case.

    Attributes:
        case, deadline: ids.
        event: the start event (key of `EVENTS`).
        event_date: its date.
        act, clause: what must be done, and by which rule.
        due: the date to warn by.
        provisional: whether it, or the other reading, depends on an unannounced calendar.
        state: ``open``, ``done`` or ``late`` (past the due date and not done).
        unit: as written.
        due_workday, due_calendar: both readings of a bare 日; due_calendar is None for 工作日.
        workday_provisional: like ``provisional``, for the working-day reading.
        met_on: the date of the act, if done.
        departments: who has to act.
        source: the calendar used.
        note: anything else the reader must know.
    """

    case: str
    deadline: str
    event: str
    event_date: date
    act: str
    clause: str
    due: date
    provisional: bool
    state: State
    unit: str
    due_workday: date
    due_calendar: date | None
    workday_provisional: bool
    met_on: date | None
    departments: tuple[str, ...]
    source: str
    note: str = ""

    @property
    def in_time(self) -> bool | None:
        """Whether it was done in time; None if it is not done."""
        return None if self.met_on is None else self.met_on <= self.due

    def as_json(self) -> dict[str, Any]:
        """The deadline as `ssj due --json` gives it."""
        return {
            "case": self.case,
            "event": self.event,
            "event_date": self.event_date.isoformat(),
            "act": self.act,
            "clause": self.clause,
            "due": self.due.isoformat(),
            "provisional": self.provisional,
            "state": self.state,
            "deadline": self.deadline,
            "event_name": EVENTS.get(self.event, self.event),
            "unit": self.unit,
            "workday_provisional": self.workday_provisional,
            "due_workday": self.due_workday.isoformat(),
            "due_calendar": self.due_calendar.isoformat() if self.due_calendar else None,
            "met_on": self.met_on.isoformat() if self.met_on else None,
            "in_time": self.in_time,
            "departments": list(self.departments),
            "source": self.source,
            "note": self.note,
        }


def due(
    cases: Iterable[Case],
    events: Iterable[CaseEvent],
    findings: Iterable[Finding],
    office: Office,
    today: date,
    *,
    within: int | None = None,
) -> list[Due]:
    """Every deadline that has started for these cases, most urgent first.

    Args:
        today: the date as of which it is judged.
        within: only what is late or due in so many calendar days, without what is done.
    """
    view = DueContext(office, office_calendar(office), today)
    facts = facts_by_case(cases, events, findings)
    rows = [row for fact in facts.values() for line in office.deadlines for row in _apply(line, fact, view)]
    if within is not None:
        horizon = today + timedelta(days=within)
        rows = [row for row in rows if row.state == "late" or (row.state == "open" and row.due <= horizon)]
    return sorted(rows, key=lambda row: (_ORDER[row.state], row.due, row.case, row.deadline, row.departments))


def not_started(
    cases: Iterable[Case], events: Iterable[CaseEvent], findings: Iterable[Finding], office: Office
) -> list[Problem]:
    """Deadlines without a start date that should run: cases with results whose 检查结束 was never recorded."""
    found: list[Problem] = []
    for fact in facts_by_case(cases, events, findings).values():
        for start in ("inspected", "found") if fact.findings else ():
            acts = [
                line.act
                for line in office.deadlines
                if line.start == start and not _starts(start, fact) and _applies(line, fact, office, "")
            ]
            if acts:
                found.append(
                    Problem(
                        fact.case.id,
                        f"已有检查结果，但没有“{EVENTS[start]}”日期，期限无从起算：{'、'.join(acts)}",
                        Remedy("在结果表中补填该日期，再次", do("import", kind="results")),
                        field=EVENTS[start],
                        severity="warning",
                        code="due.no_start",
                    )
                )
    return found


@dataclass(frozen=True)
class DueContext:
    office: Office
    calendar: WorkCalendar
    today: date


@dataclass(frozen=True)
class _Met:
    on: date | None
    pending: tuple[str, ...]
    notes: tuple[str, ...]


def _apply(line: Deadline, fact: CaseFacts, view: DueContext) -> list[Due]:
    rows = []
    for department, start in sorted(_starts(line.start, fact).items()):
        if not _applies(line, fact, view.office, department):
            continue
        acts = line.met_by.split("|")
        met = _met(acts, fact, department, start, view.today)
        if met.on is None and any(_done_instead(act, fact, department, start, view.today) for act in acts):
            continue
        asked = met.pending or ((department,) if department else fact.departments)
        if line.met_by in _OFFICE_ACTS or not asked:
            asked = (view.office.short or view.office.name,)
        rows.append(_row(line, fact.case.id, start, met, asked, view=view))
    return rows


def _row(line: Deadline, case: str, start: date, met: _Met, asked: tuple[str, ...], *, view: DueContext) -> Due:
    workday = add_workdays(start, line.days, view.calendar)
    calendar_day = add_days(start, line.days).date if line.unit == "日" else None
    day = _reading(line, workday.date, calendar_day)
    state: State = "done" if met.on else "late" if view.today > day else "open"
    notes = list(met.notes)
    if state == "late" and view.today <= workday.date:
        notes.append(f"按工作日计到 {workday.date.isoformat()}，尚未超过，由人判断")
    if met.on and met.on > day:
        notes.append(f"超过期限，于 {met.on.isoformat()} 完成")
    by_workdays = calendar_day is None or line.reading == "workday"
    return Due(
        case=case,
        deadline=line.id,
        event=line.start,
        event_date=start,
        act=line.act,
        clause=line.clause,
        due=day,
        provisional=by_workdays and workday.provisional,
        state=state,
        unit=line.unit,
        due_workday=workday.date,
        due_calendar=calendar_day,
        workday_provisional=workday.provisional,
        met_on=met.on,
        departments=asked,
        source=workday.source,
        note="；".join(notes),
    )


def _reading(line: Deadline, workday: date, calendar_day: date | None) -> date:
    if calendar_day is None or line.reading == "workday":
        return workday
    return calendar_day if line.reading == "calendar" else min(workday, calendar_day)


def _starts(event: str, fact: CaseFacts) -> dict[str, date]:
    """The start date of each department ('' for the case as a whole)."""
    dates: dict[str, list[date]] = {}
    for row in fact.events.get(event, ()):
        dates.setdefault(row.department, []).append(row.date)
    if event == "found" and "" not in dates:
        for finding in fact.findings:
            if finding.found and finding.department not in {r.department for r in fact.events.get(event, ())}:
                dates.setdefault(finding.department, []).append(finding.found)
    if event == "drawn" and not dates and fact.case.drawn:
        dates[""] = [fact.case.drawn]
    pick = max if event == "inspected" else min
    return {department: pick(days) for department, days in dates.items()}


def _met(acts: Sequence[str], fact: CaseFacts, department: str, start: date, today: date) -> _Met:
    """The date of the act, departments that have not done it, and notes on contradictory dates."""
    notes: list[str] = []
    done: dict[str, date] = {}
    for row in (row for act in acts for row in fact.events.get(act, ())):
        if start <= row.date <= today:
            done[row.department] = min(row.date, done.get(row.department, row.date))
        elif row.department in ("", department) or not department:
            fault = "早于起算日" if row.date < start else "晚于今日"
            notes.append(f"登记的{EVENTS.get(row.event, row.event)}日期 {row.date.isoformat()} {fault}，未计")
    wanted: Collection[str] = (department,) if department else fact.departments
    pending = tuple(name for name in wanted if name not in done)
    if "" in done:
        return _Met(done[""], (), tuple(notes))
    if done and not wanted:
        return _Met(min(done.values()), (), tuple(notes))
    if wanted and not pending:
        return _Met(max(done[name] for name in wanted), (), tuple(notes))
    return _Met(None, pending, tuple(notes))


def _done_instead(act: str, fact: CaseFacts, department: str, start: date, today: date) -> bool:
    other = _INSTEAD.get(act)
    return other is not None and _met([other], fact, department, start, today).on is not None


def _applies(line: Deadline, fact: CaseFacts, office: Office, department: str) -> bool:
    if line.applies == "problem":
        return any(is_problem(f, office) for f in fact.findings if department in ("", f.department))
    if line.applies == "transfer":
        return needs_transfer(fact, office, department)
    if line.applies in {"filed", "closed"}:
        return fact.has(line.applies)
    return True
