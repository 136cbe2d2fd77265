"""The registers as an import needs them: find a task, subject, inspector or case by what a sheet says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.rows.newcomers import Newcomers
from ssj_docs.intake.rows.reading_result import ProblemLog
from ssj_docs.intake.rows.subject_rows import by_name
from ssj_docs.intake.tables.table import Choice, TableRow
from ssj_docs.intake.values.department_names import DepartmentNames, split_names
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.intake.values.identity import read_credit_code
from ssj_docs.intake.values.people_list import NamedPerson, read_people
from ssj_docs.intake.values.reading import Note
from ssj_docs.model.case import Case
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import InspectionTask


@dataclass(frozen=True)
class RegisterIndex:
    """What is known already; look-ups put an error at the cell and give None where nothing or too much fits."""

    tasks: Sequence[InspectionTask]
    subjects: Sequence[Subject]
    inspectors: Sequence[Inspector] = ()
    cases: Sequence[Case] = ()
    default_task: str = ""
    names: DepartmentNames | None = None
    newcomers: Newcomers = field(default_factory=Newcomers)
    answers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _subjects_by_name(self) -> dict[str, list[Subject]]:
        return dict(by_name(self.subjects))

    @cached_property
    def _subjects_by_number(self) -> dict[str, Subject]:
        numbered = [(number, s) for s in self.subjects for number in (s.id, s.credit_code, s.registration) if number]
        return dict(numbered)

    @cached_property
    def _inspectors(self) -> dict[str, list[Inspector]]:
        found: dict[str, list[Inspector]] = {}
        for inspector in self.inspectors:
            for key in (inspector.name, inspector.id):
                found.setdefault(squeeze(key), []).append(inspector)
        return found

    @cached_property
    def cases_by_id(self) -> dict[str, Case]:
        """Case id → case."""
        return {case.id: case for case in self.cases}

    @cached_property
    def _cases_by_subject(self) -> dict[str, list[Case]]:
        found: dict[str, list[Case]] = {}
        for case in self.cases:
            found.setdefault(case.subject, []).append(case)
        return found

    def task(self, row: TableRow, log: ProblemLog) -> InspectionTask | None:
        """The task a row names by id, serial or name; ``--task`` where the sheet does not say."""
        written = squeeze(row.text("task")) or self.default_task
        if not written:
            note = Note(
                "task.blank",
                "没有写是哪个抽查任务",
                Remedy("请加“抽查任务名称”列，或指明任务编号，再次", log.again(task="")),
                "error",
            )
            log.note(row, "task", note)
            return None
        named = self._named_tasks(written)
        if len(named) == 1:
            return named[0]
        if named:
            ids = "、".join(task.id for task in named)
            note = Note(
                "task.ambiguous",
                f"有 {len(named)} 个任务叫这个名称（{ids}）",
                Remedy("请在任务列填任务编号，或指明任务编号，再次", log.again(task="")),
                "error",
            )
        else:
            note = Note(
                "task.unknown",
                "计划里没有这个抽查任务",
                Remedy(do("show_tasks"), "；计划没有导入的，先", do("import", kind="plan")),
                "error",
            )
        log.note(row, "task", note, written)
        return None

    def _named_tasks(self, written: str) -> list[InspectionTask]:
        named = [task for task in self.tasks if task.id == written] or [
            task for task in self.tasks if written in (squeeze(task.name), squeeze(task.plan), task.serial)
        ]
        if len(named) > 1 and self.default_task:
            return [task for task in named if task.id == self.default_task] or named
        return named

    def subject(self, row: TableRow, log: ProblemLog) -> Subject | None:
        """The subject a row names by credit code, registration number or name."""
        code = log.take(row, "credit_code", read_credit_code(row.text("credit_code")))
        named = self._subjects_by_name.get(squeeze(row.text("subject")), [])
        for number in (code, squeeze(row.text("registration"))):
            if number and number in self._subjects_by_number:
                return self._one_subject(named, self._subjects_by_number[number], row, log)
        if len(named) == 1 and not (code and named[0].credit_code):
            return named[0]
        if len(named) > 1:
            note = Note("subject.ambiguous", f"名录里有 {len(named)} 个同名对象", "请补填统一社会信用代码", "error")
        elif named:
            note = Note("subject.code_differs", "名称在名录里，但信用代码不同", "请核对信用代码", "error")
        elif made := self.newcomers.subject(row, log.table):
            return made
        else:
            note = Note(
                "subject.unknown",
                "检查对象名录里没有",
                Remedy("改正名称，或先", do("import", kind="subjects")),
                "error",
            )
        key = "subject" if row.text("subject") else "credit_code"
        log.note(row, key, note)
        return None

    def _one_subject(
        self, named: Sequence[Subject], numbered: Subject, row: TableRow, log: ProblemLog
    ) -> Subject | None:
        """Where the name is one subject's and the number another's, the clerk says which is right."""
        if not named or numbered in named:
            return numbered
        by_name, place = named[0], row.cell("credit_code")
        text = f"名称是“{by_name.name}”，统一社会信用代码却是“{numbered.name}”的，以哪个为准？"
        choices = (
            Choice("name", f"以名称为准：{by_name.name}（{by_name.credit_code}）"),
            Choice("code", f"以代码为准：{numbered.name}"),
        )
        answer = log.ask(row, "credit_code", f"subject:{place}", text, choices)
        note = Note("subject.code_differs", f"代码是“{numbered.name}”的，名称却是“{by_name.name}”", "请核对名称和代码")
        log.note(row, "credit_code", note)
        return {"name": by_name, "code": numbered}.get(answer)

    def people(self, row: TableRow, log: ProblemLog) -> list[Inspector]:
        """Inspectors a row names, by certificate where it gives them, else by name and what stands beside it."""
        key = next((key for key in ("inspectors", "leader", "certificates") if row.text(key)), "inspectors")
        named = [person for one in ("leader", "inspectors") for person in read_people(row.text(one))]
        gone = {person.name for person in read_people(row.text("recused"))}
        named = [person for person in named if person.name not in gone] + read_people(row.text("replacement"))
        numbers = [person.name for person in read_people(row.text("certificates"))]
        if numbers and len(numbers) != len(named):
            named, key = [NamedPerson(number) for number in numbers], "certificates"
        elif numbers:
            named = [replace(one, asides=(*one.asides, number)) for one, number in zip(named, numbers, strict=True)]
        departments = split_names(row.text("departments") or row.text("department"))
        found: list[Inspector | None] = []
        around: tuple[str, ...] = ()
        for place, person in enumerate(named):
            if self._department(person.name) and person.name not in self._inspectors:
                around = (person.name,)  # 公安局 林知远 李青
                continue
            beside = departments[place : place + 1] if len(departments) == len(named) else departments
            asides = (*person.asides, *(around or tuple(beside)))
            found.append(self._person(replace(person, asides=asides), row, key, log))
        return list(dict.fromkeys(one for one in found if one))

    def _department(self, written: str) -> str:
        return (self.names and self.names.canonical(written)) or ""

    def _person(self, person: NamedPerson, row: TableRow, key: str, log: ProblemLog) -> Inspector | None:
        """The inspector of that name or number; of several of one name the one whose number or department is said."""
        fitting = self._inspectors.get(person.name, [])
        by_number = [one for aside in person.asides for one in self._inspectors.get(aside, []) if one.id == aside]
        if by_number:
            self._check_number(person, by_number[0], row, key, log)
            return by_number[0]
        if len(fitting) > 1:
            told = {self._department(aside) for aside in person.asides} - {""}
            fitting = [one for one in fitting if one.department in told] or fitting
        if len(fitting) > 1 and (taking_part := self._taking_part(row)):
            fitting = [one for one in fitting if one.department in taking_part] or fitting
        if len(fitting) > 1:
            choices = [Choice(one.id, f"{one.department}，{one.post or '执法证号'} {one.id}") for one in fitting]
            text = f"名录里有 {len(fitting)} 个“{person.name}”，本表写的是哪一个？不是同一个人的，请在表里写成“姓名（执法证号）”"
            answer = log.ask(row, key, f"person:{person.name}", text, choices)
            return next((one for one in fitting if one.id == answer), None)
        if fitting:
            return fitting[0]
        if not person.name.isascii() and (made := self._newcomer(person)):
            return made
        note = Note(
            "inspector.unknown",
            f"执法检查人员名录里没有“{person.name}”",
            Remedy("先", do("import", kind="inspectors")),
            "error",
            "" if person.name.isascii() else person.name,
        )
        log.note(row, key, note)
        return None

    def _newcomer(self, person: NamedPerson) -> Inspector | None:
        certificate = next((aside for aside in person.asides if re.fullmatch(r"[0-9A-Za-z-]{4,30}", aside)), "")
        department = next((aside for aside in person.asides if aside != certificate), "")
        return self.newcomers.inspector(person.name, certificate, department)

    def _check_number(self, person: NamedPerson, found: Inspector, row: TableRow, key: str, log: ProblemLog) -> None:
        """A number that belongs to somebody of another name is a mistake in one of the two."""
        if person.name not in (squeeze(found.name), found.id):
            note = Note(
                "inspector.number_differs",
                f"执法证号 {found.id} 是“{found.name}”的，这里写的是“{person.name}”",
                "请核对姓名和执法证号",
                "error",
            )
            log.note(row, key, note)

    def _taking_part(self, row: TableRow) -> frozenset[str]:
        """The departments of the task that a row names."""
        task = next(iter(self._named_tasks(squeeze(row.text("task")) or self.default_task)), None)
        return frozenset((*task.initiators, *task.partners)) if task else frozenset()

    def case_of(self, task: str, subject: str, round_: int | None = None) -> Case | None:
        """The case of a subject in a task (and round), or None."""
        cases = [c for c in self._cases_by_subject.get(subject, []) if c.task == task and round_ in (None, c.round)]
        return cases[-1] if cases else None

    def cases_of_subject(self, subject: str) -> list[Case]:
        """All cases of a subject."""
        return self._cases_by_subject.get(subject, [])
