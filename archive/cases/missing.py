"""`ssj missing`: for every planned case the papers that should be in its case file, and their state.

What should exist is known from the plan, the draw and the register of issued papers, so papers that were never received
are found as well as incomplete ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, select

from archive.cases import catalogue
from archive.cases.catalogue import ArchiveItem
from archive.cases.filled_forms import FilledCopy, load_filled, result_fault, results_seen, signed
from archive.cases.published_rows import published_faults
from ssj_docs.database import registers
from ssj_docs.database.schema import page_texts
from ssj_docs.facts.case_facts import CaseFacts, facts_by_case, is_problem
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.model.case import Case
from ssj_docs.model.document import IssuedDocument
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import InspectionTask
from ssj_docs.office.paper_kinds import PaperKinds
from ssj_docs.office.workspace import Workspace
from ssj_docs.planning.dates.workdays import add_workdays, office_calendar

State = Literal[
    "present", "undetermined", "contradicted", "unfilled", "unsigned", "not_scanned", "unreadable", "late", "not_drawn"
]

STATES: Mapping[str, str] = {
    "present": "在卷",
    "undetermined": "不能判定",
    "contradicted": "与登记不符",
    "unfilled": "未填结果",
    "unsigned": "未签署",
    "not_scanned": "未归档",
    "unreadable": "不可读",
    "late": "逾期未归档",
    "not_drawn": "任务尚未抽取",
}
#: 立卷期限: working days after the end of the inspection, unless the office's deadlines say otherwise
FILING_DAYS = 10


@dataclass(frozen=True)
class Paper:
    """A paper that should exist.

    Attributes:
        task, case (empty before the draw), subject: what it belongs to.
        kind, title: which paper it is.
        state: see `STATES`.
        due: the date by which it should be filed, if known.
        issued: whether it was issued here.
        items: the filed items.
        note: why it is incomplete.
        faults: (item, why) for each copy that is not in order, also if another one is.
    """

    task: str
    case: str
    subject: str
    kind: str
    title: str
    state: State
    due: date | None = None
    issued: bool = False
    items: tuple[str, ...] = ()
    note: str = ""
    faults: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The row as a JSON object, the date as ISO text."""
        return {**asdict(self), "due": self.due.isoformat() if self.due else None, "items": list(self.items)}


@dataclass(frozen=True)
class _YearData:
    """What is known of all cases of the year."""

    workspace: Workspace
    kinds: PaperKinds
    tasks: Mapping[str, InspectionTask]
    facts: Mapping[str, CaseFacts]
    issued: Mapping[str, Sequence[IssuedDocument]]
    items: Mapping[str, Sequence[ArchiveItem]]
    unread: frozenset[tuple[str, str]]
    filled: Mapping[tuple[str, str], FilledCopy]


def missing(workspace: Workspace, year: int) -> list[Paper]:
    """Every paper that should exist for the cases of a year's plan, in order of case and kind."""
    with workspace.read() as connection:
        tasks = registers.load_tasks(connection, year)
        cases = registers.load_cases(connection, year=year)
        known = _gather(workspace, connection, tasks, cases)
        subjects = {subject.id: subject for subject in registers.load_subjects(connection)}
        published = _published(connection, known, subjects)
    names = {subject.id: subject.name for subject in subjects.values()}
    rows = [
        Paper(task.id, "", "", "", task.name, "not_drawn", task.window.end, note="没有抽取记录，无法知道应有哪些案卷")
        for task in tasks
        if not any(case.task == task.id for case in cases)
    ]
    for case in cases:
        for kind in _required(known, case):
            rows.append(_judge(known, case, kind, names.get(case.subject, case.subject)))
        rows += published.get(case.id, ())
    return rows


def missing_of_case(workspace: Workspace, case: str) -> list[Paper]:
    """The missing papers of one case; empty for a task."""
    with workspace.read() as connection:
        try:
            found = registers.load_case(connection, case)
            tasks = [registers.load_task(connection, found.task)]
        except NotFoundError:
            return []
        known = _gather(workspace, connection, tasks, [found])
        subjects = {subject.id: subject for subject in registers.load_subjects(connection)}
        published = _published(connection, known, subjects)
    name = subjects[found.subject].name if found.subject in subjects else found.subject
    return [*(_judge(known, found, kind, name) for kind in _required(known, found)), *published.get(case, ())]


def _published(connection: Connection, known: _YearData, subjects: Mapping[str, Subject]) -> dict[str, list[Paper]]:
    """Published tables that contradict the register, by case."""
    kinds = known.kinds.proving("disclosure")
    tables = [
        item
        for item in catalogue.load_items(connection, cases=sorted(known.tasks))
        if item.kind in kinds and item.state == "filed"
    ]
    made: dict[str, list[Paper]] = {}
    for fault in published_faults(connection, tables, known.facts, subjects, known.workspace.office):
        subject = subjects[known.facts[fault.case].case.subject].name
        title, item = known.kinds.title(fault.item.kind), fault.item.item
        told = f"任务 {fault.task} 第 {item} 件：{fault.why}"
        made.setdefault(fault.case, []).append(
            Paper(fault.task, fault.case, subject, fault.item.kind, title, "contradicted", items=(item,), note=told)
        )
    return made


def _gather(
    workspace: Workspace, connection: Connection, tasks: Sequence[InspectionTask], cases: Sequence[Case]
) -> _YearData:
    ids = {case.id for case in cases}
    only = cases[0].id if len(cases) == 1 else None  # a single case is shown often: load only its rows
    failed = select(page_texts.c.case, page_texts.c.item).where(page_texts.c.state == "failed").distinct()
    unread = connection.execute(failed if only is None else failed.where(page_texts.c.case == only))
    return _YearData(
        workspace,
        workspace.kinds,
        {task.id: task for task in tasks},
        _facts(connection, cases, only),
        _by_case(registers.issued_documents(connection, case=only)),
        _by_case(item for item in catalogue.load_items(connection, only) if item.case in ids and item.state == "filed"),
        frozenset((case, item) for case, item in unread),
        load_filled(connection, only),
    )


def _facts(connection: Connection, cases: Sequence[Case], only: str | None) -> dict[str, CaseFacts]:
    """What is entered of the cases; what their papers prove is not among it."""
    wanted = None if only is None else [only]
    events, findings = registers.load_events(connection, wanted), registers.load_findings(connection, wanted)
    return facts_by_case(cases, events, findings)


def _by_case(rows: Iterable[Any]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.case, []).append(row)
    return grouped


def _required(known: _YearData, case: Case) -> list[str]:
    """Kinds that the case file must hold: those that are due, whether or not issued here, and what went out to be signed."""
    due = [kind.id for kind in known.kinds.values() if kind.per == "case" and _is_due(known, case, kind.due)]
    signed = [
        document.kind
        for document in known.issued.get(case.id, ())
        if document.kind in known.kinds and known.kinds[document.kind].signs
    ]
    return list(dict.fromkeys((*due, *sorted(signed))))


def _is_due(known: _YearData, case: Case, since: str) -> bool:
    """Return whether the event that makes a paper due has happened; an existing case has been drawn."""
    fact = known.facts[case.id]
    if since == "problem":
        return any(is_problem(finding, known.workspace.office) for finding in fact.findings)
    return since == "drawn" or fact.has(since)


def _judge(known: _YearData, case: Case, kind: str, subject: str) -> Paper:
    documents = [document for document in known.issued.get(case.id, ()) if document.kind == kind]
    copies = [item for item in known.items.get(case.id, ()) if item.kind == kind and item.origin != "issued"]
    due = _due(known, case)
    judged = [(item.item, *_copy_state(known, item)) for item in copies]
    _, state, note = min(judged, key=lambda one: _BEST.index(one[1]), default=("", "not_scanned", ""))
    if state == "not_scanned":
        note = "已印发，签署件未归档" if documents else "没有印发记录，也没有归档"
        if due and known.workspace.today > due:
            state = "late"
    title, held = known.kinds.title(kind), tuple(item.item for item in copies)
    faults = tuple((item, told or STATES[bad]) for item, bad, told in judged if bad != "present")
    return Paper(case.task, case.id, subject, kind, title, state, due, bool(documents), held, note, faults)


#: states of a copy, the best first; one good copy is enough
_BEST: Sequence[State] = (
    "present",
    "undetermined",
    "contradicted",
    "unfilled",
    "unsigned",
    "unreadable",
    "not_scanned",
)


def _copy_state(known: _YearData, item: ArchiveItem) -> tuple[State, str]:
    detail = item.verdict_detail
    if item.source.get("unreadable") or (item.case, item.item) in known.unread:
        return "unreadable", str(item.source.get("unreadable") or "有的页读不出文字，请人工查看或重新扫描")
    if item.verdict == "failed":
        return "unsigned", f"电子签名无效：{detail.get('reason', '')}".rstrip("：")
    if detail.get("unsigned"):
        return "unsigned", str(detail.get("reason") or "应签名盖章处是空的")
    if missing_pages := item.source.get("missing_pages"):
        return "unreadable", f"缺第 {'、'.join(map(str, missing_pages))} 页"
    if item.verdict == "none" and item.origin == "digital":
        return "unsigned", "电子件没有电子签名"
    if item.verdict == "passed" or item.origin != "scan":
        return "present", ""
    return _scan_state(known, item)


def _scan_state(known: _YearData, item: ArchiveItem) -> tuple[State, str]:
    """A scan is in order if it is signed and does not contradict the register."""
    copy, kind = known.filled.get((item.case, item.item)), known.kinds.get(item.kind)
    state, note = signed(item, kind, copy)
    if state == "unsigned" or item.case not in known.facts:
        return state, note
    fault = result_fault(results_seen(copy, known.facts[item.case].findings, known.workspace.office))
    return (fault.state, fault.why) if fault else (state, note)


def _due(known: _YearData, case: Case) -> date | None:
    """By when the case's papers should be filed: some working days after the inspection; else the plan's last day."""
    ended = [event.date for event in known.facts[case.id].events.get("inspected", ())]
    if ended:
        return add_workdays(max(ended), FILING_DAYS, office_calendar(known.workspace.office)).date
    task = known.tasks.get(case.task)
    return task.window.end if task else None


def counts(papers: Iterable[Paper]) -> dict[str, int]:
    """The number of papers in each state."""
    found = dict.fromkeys(STATES, 0)
    for paper in papers:
        found[paper.state] += 1
    return found
