"""Rules about draws and visits, and which grade or group the words of a task name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.model.case import Case
from ssj_docs.model.office import RatioRule
from ssj_docs.model.plan import InspectionTask
from ssj_docs.planning.draw.algorithm import Group, target
from ssj_docs.planning.rule_findings import CheckedYear, RuleFinding, about_cases, about_tasks

#: a register of fewer is hardly the office's
_REGISTER = 10
#: what makes another word of a grade's name: 高风险作业 is work, not a grade of firms
_NO_GRADE = "作业|行业|岗位|工艺|工序|设备|设施|区域|地区|路段|水域|项目|疫情|疫病|产品|商品|食品|品种|药品|环节|职业|活动|运动|场景|货物|化学品|农产品"
#: what makes another word of a group's name: 工贸城 is a place, 工贸有限公司 a firm
_NO_GROUP = "城|园|大厦|广场|市场|街|路|楼|中心|公司|有限|集团|商城|学校|学院|大学|职校|小区|站|厂"


def names_group(task: InspectionTask, rule: RatioRule) -> bool:
    """Return whether the words of a task name the grade or group of a rule, as words and not as parts of others."""
    text = squeeze(task.name + "\n" + task.object + "\n" + task.field)
    if re.fullmatch("[A-D]", rule.group):
        # a grade's name counts only where it is not part of a longer grade name (高风险 in 中高风险)
        named = re.search(rf"(?<![中高较]){re.escape(rule.name)}(?!{_NO_GRADE})", text) if rule.name else None
        return bool(named or re.search(rf"(?<![A-Za-z0-9]){rule.group}(?:级|类(?!火灾|型|别))", text))
    return bool(re.search(rf"{re.escape(rule.group)}(?!{_NO_GROUP})", text))


def wrong_years(view: CheckedYear) -> Iterator[RuleFinding]:
    """The time of an inspection lies in another year than the plan."""
    for task in view.tasks:
        days = [day for day in (task.window.start, task.window.end) if day]
        if days and all(day.year != task.year for day in days):
            said = f"“{task.name}”的检查时间（{task.window.raw}）不在 {task.year} 年"
            yield about_tasks("wrong_year", "检查时间应在计划年度内", [task], said, "请核对年份", value=task.window.raw)


def absent_departments(view: CheckedYear) -> Iterator[RuleFinding]:
    """A joint visit has somebody of each department that the plan names."""
    for case in view.cases:
        task = view.task_by_id.get(case.task)
        people = [view.inspector_by_id.get(number) for number in case.inspectors]
        if task is None or len(people) < view.office.rules.min_inspectors or None in people:
            continue  # too few, or somebody unknown: told by other rules
        there = {person.department for person in people if person}
        absent = [name for name in task.departments if name not in there]
        if absent:
            said = f"检查人员里没有{'、'.join(absent)}的人"
            yield about_cases("absent", "联合抽查由发起部门和配合部门共同派员", [case], said, "请该部门补派一人")


def drawn_late(view: CheckedYear) -> Iterator[RuleFinding]:
    """A draw lies before the end of the task's window."""
    late: dict[str, list[Case]] = {}
    for case in view.cases:
        task = view.task_by_id.get(case.task)
        if task and task.window.end and case.drawn and case.drawn > task.window.end:
            late.setdefault(case.task, []).append(case)
    for number, cases in late.items():
        task = view.task_by_id[number]
        day = max(case.drawn for case in cases if case.drawn)
        said = f"“{task.name}”的检查时间到 {task.window.end} 为止，{day} 才抽取"
        yield about_cases(
            "drawn_late",
            "应在计划的检查时间内抽取和检查",
            cases,
            said,
            "请核对抽取日期，或调整计划的检查时间",
            severity="warning",
        )


def number_drawn(view: CheckedYear) -> Iterator[RuleFinding]:
    """No more are drawn in a round than the plan's ratio gives of the whole register.

    Which part of the register the plan's object means is not certain, and a register of a few is hardly the office's: so
    this speaks only where no reading of the plan would allow the number.
    """
    pool = sum(not subject.gone for subject in view.subjects)
    drawn: dict[tuple[str, int], list[Case]] = {}
    for case in view.cases:
        drawn.setdefault((case.task, case.round), []).append(case)
    for (number, _), cases in drawn.items():
        task = view.task_by_id.get(number)
        if task is None or task.ratio.high is None or task.ratio.levels or pool < _REGISTER:
            continue
        most = target(pool, Group("", percent=f"{task.ratio.high:g}"), "ceil")
        if len(cases) > most:
            said = f"“{task.name}”从 {pool} 户中抽了 {len(cases)} 户，计划的比例是 {task.ratio.raw}（{most} 户）"
            yield about_cases(
                "number_drawn",
                "按计划确定的比例抽取",
                cases,
                said,
                "请核对名录和户数，或写明多抽的理由",
                value=task.ratio.raw,
                severity="warning",
            )


def draw_proof(view: CheckedYear) -> Iterator[RuleFinding]:
    """Draws that prove less than they could: no commitment, no public value, a seed by hand, another attempt."""
    for (number, round_), remarks in sorted(view.unproven.items()):
        task = view.task_by_id.get(number)
        if task is None or not remarks:
            continue
        said = f"“{task.name}”第 {round_} 轮抽取：{'；'.join(remarks)}"
        remedy = Remedy("以后先", do("commit_draw", task=number), "，约定公开数，再抽取")
        yield about_tasks("draw_proof", "随机抽取应当公开、可以复核", [task], said, remedy)
