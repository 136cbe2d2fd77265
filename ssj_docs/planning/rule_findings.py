"""What `ssj check` looks at and what it says: the year's data, and findings with their clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from ssj_docs.ground.problems import Problem, Severity
from ssj_docs.ground.remedies import Advice
from ssj_docs.model.case import Case
from ssj_docs.model.office import Office
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import InspectionTask

#: rule → the column that it is about
RULE_FIELDS = {
    "ratio": "抽取比例",
    "general_cap": "抽取比例",
    "before_issue": "检查时间",
    "duplicate": "抽查任务名称",
    "swapped": "发起部门",
    "initiator": "发起部门",
    "partners": "配合部门",
    "repeated_object": "检查对象",
    "subject_cap": "检查对象",
    "one_grade": "风险等级",
    "yearly_group": "标签",
    "grade_floor": "风险等级",
    "expired": "有效期至",
    "few_inspectors": "检查人员",
    "certificate": "执法证号",
    "leader": "检查人员",
    "recusal": "回避对象",
    "wrong_year": "检查时间",
    "absent": "检查人员",
    "drawn_late": "抽取日期",
    "number_drawn": "抽取比例",
    "draw_proof": "抽取记录",
}


@dataclass(frozen=True)
class CheckedYear:
    """The input of a check.

    Attributes:
        issued: the date of the plan's issue, None if unknown.
        today: the date for certificates in cases without a date.
        inspected: case id → last day of inspection.
        over_cap: (task, round) → the recorded reason for exceeding the yearly cap.
        unproven: (task, round) → what limits the proof of its draw, as graded when it was made.
    """

    year: int
    office: Office
    tasks: Sequence[InspectionTask]
    subjects: Sequence[Subject] = ()
    inspectors: Sequence[Inspector] = ()
    cases: Sequence[Case] = ()
    issued: date | None = None
    today: date | None = None
    inspected: Mapping[str, date] = field(default_factory=dict)
    over_cap: Mapping[tuple[str, int], str] = field(default_factory=dict)
    unproven: Mapping[tuple[str, int], Sequence[str]] = field(default_factory=dict)

    @cached_property
    def subject_by_id(self) -> Mapping[str, Subject]:
        """Subjects by id."""
        return {subject.id: subject for subject in self.subjects}

    @cached_property
    def inspector_by_id(self) -> Mapping[str, Inspector]:
        """Inspectors by 执法证号."""
        return {inspector.id: inspector for inspector in self.inspectors}

    @cached_property
    def task_by_id(self) -> Mapping[str, InspectionTask]:
        """Tasks by id."""
        return {task.id: task for task in self.tasks}


@dataclass(frozen=True)
class RuleFinding:
    """A finding: rule, clause, and the tasks or cases concerned."""

    rule: str
    clause: str
    problem: Problem
    tasks: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The Problem's keys with ``rule``, ``clause``, ``tasks`` and ``cases``."""
        return {
            "rule": self.rule,
            "clause": self.clause,
            "tasks": list(self.tasks),
            "cases": list(self.cases),
            **self.problem.as_json(),
        }


def about_tasks(
    rule: str,
    clause: str,
    tasks: Sequence[InspectionTask],
    said: str,
    remedy: Advice,
    *,
    value: str = "",
    severity: Severity = "warning",
) -> RuleFinding:
    """A finding about rows of the plan."""
    rows = "、".join(f"第 {task.row} 行" for task in tasks)
    source = f"{tasks[0].year} 年计划"
    problem = Problem(source, said, remedy, "", rows, RULE_FIELDS.get(rule, ""), value, severity, f"rules.{rule}")
    return RuleFinding(rule, clause, problem, tuple(task.id for task in tasks))


def about_cases(
    rule: str,
    clause: str,
    cases: Sequence[Case],
    said: str,
    remedy: Advice,
    *,
    value: str = "",
    severity: Severity = "error",
) -> RuleFinding:
    """A finding about drawn cases."""
    named = "、".join(case.id for case in cases[:10])
    problem = Problem("抽取结果", said, remedy, "", named, RULE_FIELDS.get(rule, ""), value, severity, f"rules.{rule}")
    tasks = tuple(dict.fromkeys(case.task for case in cases))
    return RuleFinding(rule, clause, problem, tasks, tuple(case.id for case in cases))
