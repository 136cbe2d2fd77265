"""The data for the papers of a task, loaded once: task, cases, subjects, inspectors, findings, events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection

from ssj_docs.database import registers
from ssj_docs.ground.chinese_words import chinese_date
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.document import IssuedDocument
from ssj_docs.model.office import Office
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import InspectionItem, InspectionTask

Row = TypeVar("Row", Finding, CaseEvent, IssuedDocument)


@dataclass(frozen=True)
class TaskContext:
    """A task with all its data.

    Attributes:
        office, task, cases: as in the model.
        subjects: by id.
        inspectors: by 执法证号 (the whole register).
        items: the item list.
        findings, events, papers: by case id; papers are the newest versions of those issued.
    """

    office: Office
    task: InspectionTask
    cases: tuple[Case, ...]
    subjects: Mapping[str, Subject]
    inspectors: Mapping[str, Inspector]
    items: tuple[InspectionItem, ...]
    findings: Mapping[str, Sequence[Finding]]
    events: Mapping[str, Sequence[CaseEvent]]
    papers: Mapping[str, Sequence[IssuedDocument]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"任务 {self.task.id}"

    @property
    def leader(self) -> str:
        """The initiating department; the office if the plan names none."""
        return self.task.initiators[0] if self.task.initiators else self.office.name

    def case(self, number: str) -> CaseContext:
        """One of its cases."""
        return CaseContext(self, next(case for case in self.cases if case.id == number))

    @cached_property
    def item_groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """抽查事项 by department: the initiator's own column, and the partners' column divided by the item list."""
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

    @cached_property
    def basis(self) -> str:
        """检查依据 of all items of the task."""
        names = {name for _, items in self.item_groups for name in items}
        bases = dict.fromkeys(item.basis for item in self.items if item.name in names and item.basis)
        return "、".join(bases) or "年度部门联合抽查计划"

    @property
    def people(self) -> list[Inspector]:
        """Inspectors of all cases, each once."""
        drawn = dict.fromkeys(number for case in self.cases for number in case.inspectors)
        return [self.inspectors.get(number) or Inspector(number, number) for number in drawn]


@dataclass(frozen=True)
class CaseContext:
    """A case of a task with all its data."""

    whole: TaskContext
    case: Case

    def __str__(self) -> str:
        return f"案件 {self.case.id}"

    @property
    def office(self) -> Office:
        """The office."""
        return self.whole.office

    @property
    def subject(self) -> Subject:
        """The subject. Raises: DataError if the register does not have it any more."""
        found = self.whole.subjects.get(self.case.subject)
        if found is None:
            remedy = Remedy(do("import", kind="subjects"), "，补充后再试")
            raise DataError(f"{self} 的检查对象 {self.case.subject} 不在名录库中", remedy)
        return found

    @property
    def team(self) -> list[Inspector]:
        """The inspectors, the leader first."""
        return [self.whole.inspectors.get(number) or Inspector(number, number) for number in self.case.inspectors]

    @property
    def findings(self) -> Sequence[Finding]:
        """All findings."""
        return self.whole.findings.get(self.case.id, ())

    @property
    def events(self) -> Sequence[CaseEvent]:
        """All events."""
        return self.whole.events.get(self.case.id, ())

    @property
    def problems(self) -> list[Finding]:
        """Findings that are a problem."""
        return [
            finding
            for finding in self.findings
            if any((category := self.office.result(code)) and category.problem for code in finding.results)
        ]

    @property
    def result(self) -> str:
        """Results of the case as a whole; 未发现问题 is omitted if another item has a result."""
        codes = list(dict.fromkeys(code for finding in self.findings for code in finding.results))
        if len(codes) > 1:
            codes = [code for code in codes if not ((known := self.office.result(code)) and known.clean)]
        return self.labels(codes)

    @property
    def handling(self) -> str:
        """The distinct handlings."""
        known = (self.office.handling(event.handling) for event in self.events if event.event == "handled")
        return "、".join(dict.fromkeys(handling.label for handling in known if handling))

    @property
    def decided_by(self) -> str:
        """The department that closed or filed the matter or confirmed the facts; the initiating one if none is recorded."""
        for name in ("closed", "filed", "confirmed"):
            found = [one.department for one in self.events if one.event == name and one.department]
            if found:
                return found[-1]
        return self.whole.leader

    def labels(self, codes: Sequence[str]) -> str:
        """Labels of result codes."""
        known = [self.office.result(code) for code in codes]
        return "、".join(category.label if category else code for category, code in zip(known, codes, strict=True))

    def day(self, event: str) -> str:
        """The last day of an event as ``2026年3月5日``, or empty."""
        return chinese_date(max((one.date for one in self.events if one.event == event), default=None))

    def paper(self, kind: str) -> IssuedDocument | None:
        """The newest paper of a kind issued for it."""
        return next((one for one in reversed(self.whole.papers.get(self.case.id, ())) if one.kind == kind), None)


@dataclass(frozen=True)
class YearContext:
    """The data for the tables of a year: its plan and the registers."""

    office: Office
    year: int
    tasks: Sequence[InspectionTask]
    items: Sequence[InspectionItem]
    subjects: Sequence[Subject]
    inspectors: Sequence[Inspector]

    def __str__(self) -> str:
        return f"{self.year}年度"


def full_name(office: Office, department: str) -> str:
    """A department's name with its area, as a statutory body prints it."""
    area = office.area[0] if office.area else ""
    return department if not area or department.startswith(area) else area + department


def _by_case(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.case, []).append(row)
    return found


def load_task_context(connection: Connection, office: Office, task_id: str) -> TaskContext:
    """Load a task with all its data. Raises: NotFoundError if there is no such task."""
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
        _by_case(registers.load_findings(connection, ids)),
        _by_case(registers.load_events(connection, ids)),
        _by_case(_papers(connection, task_id, set(ids))),
    )


def _papers(connection: Connection, task: str, cases: set[str]) -> list[IssuedDocument]:
    """Papers issued for the task or one of its cases; a letter may name only its case."""
    letters = [one for one in registers.issued_documents(connection, task="") if one.case in cases]
    return [*registers.issued_documents(connection, task=task), *letters]


def load_year_context(connection: Connection, office: Office, year: int) -> YearContext:
    """Load the plan of a year and the registers."""
    return YearContext(
        office,
        year,
        registers.load_tasks(connection, year),
        registers.load_items(connection),
        registers.load_subjects(connection),
        registers.load_inspectors(connection),
    )
