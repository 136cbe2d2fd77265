"""The registers as an import needs them: find a task, subject, inspector or case by what a sheet says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.rows.newcomers import Newcomers, named_people
from ssj_docs.intake.rows.reading_result import ProblemLog
from ssj_docs.intake.rows.subject_rows import by_name
from ssj_docs.intake.tables.table import TableRow
from ssj_docs.intake.values.department_names import DepartmentNames, split_names
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.intake.values.identity import read_credit_code
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
        by_id = [task for task in self.tasks if task.id == written]
        named = by_id or [
            task for task in self.tasks if written in (squeeze(task.name), squeeze(task.plan), task.serial)
        ]
        if len(named) > 1 and self.default_task:
            named = [task for task in named if task.id == self.default_task] or named
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

    def subject(self, row: TableRow, log: ProblemLog) -> Subject | None:
        """The subject a row names by credit code, registration number or name."""
        code = log.take(row, "credit_code", read_credit_code(row.text("credit_code")))
        for number in (code, squeeze(row.text("registration"))):
            if number and number in self._subjects_by_number:
                return self._subjects_by_number[number]
        named = self._subjects_by_name.get(squeeze(row.text("subject")), [])
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

    def people(self, row: TableRow, log: ProblemLog) -> list[Inspector]:
        """Inspectors a row names, by certificate where it gives them, else by name (and 检查单位 if two share it)."""
        certificates = re.split(r"[、，,;；/\s]+", row.text("certificates").strip())
        named = names_of_people("、".join(filter(None, (row.text("leader"), row.text("inspectors")))))
        written = [part for part in certificates if part] or named
        key = "certificates" if any(certificates) else "inspectors" if row.text("inspectors") else "leader"
        told = dict(zip(written, named_people(row, named), strict=True)) if len(named) == len(written) else {}
        found = []
        for part in written:
            inspector = self._person(part, row, key, log, told.get(part))
            if inspector:
                found.append(inspector)
        return list(dict.fromkeys(found))

    def _person(
        self, written: str, row: TableRow, key: str, log: ProblemLog, told: tuple[str, str, str] | None
    ) -> Inspector | None:
        name, _, aside = squeeze(written).partition("(")
        aside = aside.rstrip(")")
        fitting = self._inspectors.get(aside) or self._inspectors.get(name, [])
        if len(fitting) > 1:
            hints = (
                [self.names.canonical(part) or part for part in (aside, *split_names(row.text("departments"))) if part]
                if self.names
                else [aside]
            )
            fitting = [i for i in fitting if i.department in hints] or fitting
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            note = Note(
                "inspector.ambiguous", f"名录里有 {len(fitting)} 个“{name}”", "请写成“姓名（执法证号）”", "error"
            )
        elif told and (made := self.newcomers.inspector(*told)):
            return made
        else:
            note = Note(
                "inspector.unknown",
                f"执法检查人员名录里没有“{name}”",
                Remedy("先", do("import", kind="inspectors")),
                "error",
                told[0] if told else "",
            )
        log.note(row, key, note)
        return None

    def case_of(self, task: str, subject: str, round_: int | None = None) -> Case | None:
        """The case of a subject in a task (and round), or None."""
        cases = [c for c in self._cases_by_subject.get(subject, []) if c.task == task and round_ in (None, c.round)]
        return cases[-1] if cases else None

    def cases_of_subject(self, subject: str) -> list[Case]:
        """All cases of a subject."""
        return self._cases_by_subject.get(subject, [])


def names_of_people(text: str) -> list[str]:
    """``公安局：张三、李四；市监局：王五（证号）`` → the three, with what stands in brackets."""
    body = re.sub(r"[^、，,;；：:\s（(]+[：:]", "、", text)
    parts = re.split(r"[、，,;；/\n]+|\s{2,}", body)
    people: list[str] = []
    for part in parts:
        words = part.split()
        joined = "".join(words)
        # 林 知远 is one person whose name was spaced out; 林知远 王禾 are two
        people += words if len(words) > 1 and all(len(w) >= 2 for w in words) and "(" not in squeeze(part) else [joined]
    return [person for person in people if person]
