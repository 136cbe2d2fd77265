"""Everything the papers of a task draw on, read once: the task, its cases, subjects, inspectors, findings, events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Connection

from ssj_docs.database import registers
from ssj_docs.ground.errors import DataError
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.document import IssuedDocument
from ssj_docs.model.office import Office
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import InspectionItem, InspectionTask


@dataclass(frozen=True)
class TaskContext:
    """One task with all that hangs on it.

    Attributes:
        office, task, cases: as in the model; cases by id.
        subjects: by id. inspectors: by 执法证号 (the whole register). items: the item list.
        findings / events: by case id. orders: the newest 责令限期整改指令书 by case id.
    """

    office: Office
    task: InspectionTask
    cases: tuple[Case, ...]
    subjects: Mapping[str, Subject]
    inspectors: Mapping[str, Inspector]
    items: tuple[InspectionItem, ...]
    findings: Mapping[str, tuple[Finding, ...]]
    events: Mapping[str, tuple[CaseEvent, ...]]
    orders: Mapping[str, IssuedDocument] = field(default_factory=dict)

    def subject(self, case: Case) -> Subject:
        """The subject of a case. Raises: DataError if the register does not have it (any more)."""
        found = self.subjects.get(case.subject)
        if found is None:
            raise DataError(
                f"案件 {case.id} 的检查对象 {case.subject} 不在名录库中", "用 ssj import subjects 补充后再试"
            )
        return found

    def team(self, case: Case) -> tuple[Inspector, ...]:
        """The inspectors of a case, the leader first."""
        return tuple(self.inspectors.get(i) or Inspector(i, i) for i in case.inspectors)

    def event_day(self, case: Case, event: str) -> str:
        """The last day of an event as ``2026年3月5日``, or empty."""
        days = [e.date for e in self.events.get(case.id, ()) if e.event == event]
        return f"{max(days).year}年{max(days).month}月{max(days).day}日" if days else ""

    @cached_property
    def item_groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """抽查事项 by department: the initiator's own column, the partners' column shared out by the item list."""
        owners = {item.name: item.department for item in self.items}
        initiator = self.task.initiators[0] if self.task.initiators else ""
        groups: dict[str, list[str]] = {department: [] for department in self.task.departments}
        for name in self.task.items:
            groups.setdefault(owners.get(name, initiator) if owners.get(name) in groups else initiator, []).append(name)
        same = self.task.partner_items == self.task.items
        for name in self.task.partner_items:
            if same or any(name in held for held in groups.values()):
                continue
            owner = owners.get(name)
            partner = owner if owner in groups else (self.task.partners or (initiator,))[0]
            groups.setdefault(partner, []).append(name)
        for partner in self.task.partners:
            if not groups[partner]:
                groups[partner] = list(self.task.partner_items)
        return tuple((department, tuple(names)) for department, names in groups.items() if names)


def full_name(office: Office, department: str) -> str:
    """A department's name as a statutory body prints it: with the area before it."""
    area = office.area[0] if office.area else ""
    return department if not area or department.startswith(area) else area + department


def _by_case(rows: Iterable[Finding] | Iterable[CaseEvent]) -> dict[str, tuple[object, ...]]:
    found: dict[str, list[object]] = {}
    for row in rows:
        found.setdefault(row.case, []).append(row)
    return {case: tuple(held) for case, held in found.items()}


def load_context(connection: Connection, office: Office, task_id: str) -> TaskContext:
    """Read a task and all that hangs on it. Raises: NotFoundError if there is no such task."""
    task = registers.load_task(connection, task_id)
    cases = tuple(registers.load_cases(connection, task=task_id))
    wanted = {case.subject for case in cases}
    ids = [case.id for case in cases]
    return TaskContext(
        office,
        task,
        cases,
        {s.id: s for s in registers.load_subjects(connection) if s.id in wanted},
        {i.id: i for i in registers.load_inspectors(connection)},
        tuple(registers.load_items(connection)),
        _by_case(registers.load_findings(connection, ids)),  # type: ignore[arg-type]
        _by_case(registers.load_events(connection, ids)),  # type: ignore[arg-type]
        {d.case: d for d in registers.issued_documents(connection, task=task_id, kind="zeling")},
    )
