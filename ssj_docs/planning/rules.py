"""The rules of `ssj check`: office.toml's rules applied to plan, register and draws; each finding has its clause.

Rules and sources: DOMAIN §1.3. A breach of what the law requires of an inspection is an error; what a person must weigh is
a warning. A check changes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ssj_docs.ground.problems import Problem
from ssj_docs.intake.rows.plan_overlap import duplicate_groups, repeated_objects, swapped_pairs
from ssj_docs.model.case import Case
from ssj_docs.model.office import Office
from ssj_docs.model.people import Inspector
from ssj_docs.model.plan import InspectionTask
from ssj_docs.planning.draw_rules import (
    absent_departments,
    draw_proof,
    drawn_late,
    names_group,
    number_drawn,
    wrong_years,
)
from ssj_docs.planning.rule_findings import RULE_FIELDS, CheckedYear, RuleFinding, about_cases, about_tasks

__all__ = ["CheckedYear", "RuleFinding", "check"]


def check(view: CheckedYear) -> list[RuleFinding]:
    """All findings of a year: first the plan, then the draws and their inspectors."""
    rules = (
        _ratios,
        _general_cap,
        wrong_years,
        _before_issue,
        _duplicates,
        _departments,
        _repeated_pools,
        _subject_cap,
        _one_grade,
        _yearly_groups,
        _grade_floors,
        _inspectors,
        _expired,
        absent_departments,
        drawn_late,
        number_drawn,
        draw_proof,
    )
    return [finding for rule in rules for finding in rule(view)]


def _ratios(view: CheckedYear) -> Iterator[RuleFinding]:
    """Minimum ratios (and 100 % of a blacklist) of the grade or group that a task names or whose figure it gives."""
    for task in view.tasks:
        levels = dict(task.ratio.levels)
        for rule in view.office.rules.ratios:
            given = levels.get(rule.group)
            if given is None and names_group(task, rule):
                given = task.ratio.low if task.ratio.low is not None else task.ratio.high
            if given is not None and rule.low is not None and given < rule.low:
                said = f"“{task.name}”对{rule.name}抽取 {given:g}%，低于 {rule.low:g}%"
                yield about_tasks("ratio", rule.clause, [task], said, "请提高抽取比例", value=task.ratio.raw)
            elif given is not None and rule.high is not None and given > rule.high:
                said = f"“{task.name}”对{rule.name}抽取 {given:g}%，高于 {rule.high:g}%"
                yield about_tasks("ratio", rule.clause, [task], said, "请降低抽取比例", value=task.ratio.raw)


def _general_cap(view: CheckedYear) -> Iterator[RuleFinding]:
    rules = view.office.rules
    for task in view.tasks:
        highest = task.ratio.high if task.ratio.high is not None else task.ratio.low
        if task.category != "一般" or highest is None:
            continue
        if highest >= 100 or (rules.general_cap is not None and highest > rules.general_cap):
            limit = f"高于上限 {rules.general_cap:g}%" if rules.general_cap is not None else "等于没有上限"
            said = f"“{task.name}”是一般检查事项，抽取 {highest:g}%，{limit}"
            yield about_tasks(
                "general_cap", rules.general_cap_clause, [task], said, "请核对事项类别或降低比例", value=task.ratio.raw
            )


def _before_issue(view: CheckedYear) -> Iterator[RuleFinding]:
    for task in view.tasks:
        start = task.window.start
        if view.issued and start and start < view.issued and start.year >= task.year:
            said = f"“{task.name}”从 {start.isoformat()} 开始检查，早于计划印发日期 {view.issued.isoformat()}"
            yield about_tasks(
                "before_issue", "检查应在计划印发之后进行", [task], said, "请调整检查时间", value=task.window.raw
            )


def _duplicates(view: CheckedYear) -> Iterator[RuleFinding]:
    for group in duplicate_groups(view.tasks):
        said = f"“{group[0].name}”等 {len(group)} 个任务除检查时间外相同（{_ids(group)}）"
        yield about_tasks("duplicate", "同一任务不重复列入计划", group, said, "请合并，或写明频次")
    for first, second in swapped_pairs(view.tasks):
        both = (*first, *second)
        said = f"{_ids(both)} 抽查对象相同，只是发起部门和配合部门对调"
        yield about_tasks("swapped", "能联合的不重复进门", both, said, "请核对能否合并为一次联合抽查")


def _departments(view: CheckedYear) -> Iterator[RuleFinding]:
    for task in view.tasks:
        if not task.initiators:
            yield about_tasks("initiator", "部门联合抽查应有发起部门", [task], f"“{task.name}”没有发起部门", "请补填")
        elif not set(task.departments) - set(task.initiators[:1]):
            said = f"“{task.name}”只有一个部门（{task.initiators[0]}），不是联合抽查"
            yield about_tasks("partners", "部门联合抽查应有配合部门", [task], said, "请补填配合部门")
        both = set(task.initiators) & set(task.partners)
        if both:
            said = f"“{task.name}”的{'、'.join(sorted(both))}既是发起部门又是配合部门"
            yield about_tasks("partners", "发起部门和配合部门应分开列明", [task], said, "请删去一处")


def _repeated_pools(view: CheckedYear) -> Iterator[RuleFinding]:
    rules = view.office.rules
    for group, times in repeated_objects(view.tasks, rules.subject_cap, by_initiator=False):
        if any(_exempt_text(task, view.office) for task in group):
            continue
        said = f"{_ids(group)} 都从“{group[0].object}”中抽取，同一户一年最多可能被抽 {times} 次，超过 {rules.subject_cap} 次"
        remedy = "请合并任务，或抽取时排除当年已抽过的对象"
        yield about_tasks("repeated_object", rules.subject_cap_clause, group, said, remedy, value=group[0].object)


def _exempt_text(task: InspectionTask, office: Office) -> bool:
    return any(rule.exempt_cap and names_group(task, rule) for rule in office.rules.ratios)


def _ids(tasks: Sequence[InspectionTask]) -> str:
    return "、".join(task.id for task in tasks)


def _subject_cap(view: CheckedYear) -> Iterator[RuleFinding]:
    """The maximum number of inspections of a subject in a year; exempt groups (工贸, 黑名单) are left out."""
    rules = view.office.rules
    exempt = {rule.group for rule in rules.ratios if rule.exempt_cap}
    by_subject: dict[str, list[Case]] = {}
    for case in view.cases:
        by_subject.setdefault(case.subject, []).append(case)
    for subject_id, cases in by_subject.items():
        subject = view.subject_by_id.get(subject_id)
        if len(cases) > rules.subject_cap and not (subject and exempt & {*subject.tags, subject.grade}):
            name = subject.name if subject else subject_id
            said = f"“{name}”{view.year} 年被抽中 {len(cases)} 次，超过 {rules.subject_cap} 次"
            reasons = dict.fromkeys(filter(None, (view.over_cap.get((case.task, case.round)) for case in cases)))
            if (
                len(cases) - sum((case.task, case.round) in view.over_cap for case in cases) <= rules.subject_cap
                and reasons
            ):
                said += f"；抽取时写明的例外理由：{'、'.join(reasons)}"
                yield about_cases(
                    "subject_cap",
                    rules.subject_cap_clause,
                    cases,
                    said,
                    "请核对理由是否成立",
                    value=name,
                    severity="warning",
                )
                continue
            yield about_cases(
                "subject_cap", rules.subject_cap_clause, cases, said, "请撤销多余的抽取，或写明例外理由", value=name
            )


def _one_grade(view: CheckedYear) -> Iterator[RuleFinding]:
    """One grade in each draw, if all drawn subjects are graded in the register."""
    if not view.office.rules.one_grade_a_draw:
        return
    draws: dict[tuple[str, int], list[Case]] = {}
    for case in view.cases:
        draws.setdefault((case.task, case.round), []).append(case)
    clause = next((rule.clause for rule in view.office.rules.ratios if re.fullmatch("[A-D]", rule.group)), "")
    for (task_id, round_), cases in draws.items():
        grades = Counter(
            subject.grade for c in cases if (subject := view.subject_by_id.get(c.subject)) and subject.grade
        )
        if len(grades) > 1:
            shown = "、".join(f"{grade} 级 {count} 户" for grade, count in sorted(grades.items()))
            said = f"任务 {task_id} 第 {round_} 次抽取混有几个风险等级（{shown}）"
            yield about_cases("one_grade", clause, cases, said, "请按等级分别抽取", severity="warning")


def _yearly_groups(view: CheckedYear) -> Iterator[RuleFinding]:
    """Groups marked in the register (工贸 5 %, 黑名单 100 %): the share drawn at least once in the year."""
    if not view.cases:
        return
    drawn = {case.subject for case in view.cases}
    for rule in view.office.rules.ratios:
        members = [one for one in view.subjects if rule.group in one.tags and not one.gone]
        if re.fullmatch("[A-D]", rule.group) or not members or rule.low is None:
            continue
        reached = sum(1 for subject in members if subject.id in drawn)
        if reached * 100 < rule.low * len(members):
            said = f"{rule.name} {len(members)} 户，{view.year} 年已抽 {reached} 户，低于 {rule.low:g}%"
            cases = [case for case in view.cases if view.subject_by_id.get(case.subject) in members]
            yield about_cases(
                "yearly_group", rule.clause, cases, said, "请在年内补抽", value=rule.group, severity="warning"
            )


def _grade_floors(view: CheckedYear) -> Iterator[RuleFinding]:
    """The minimum ratio of each risk grade compared with what was drawn in the year; silent before the first draw.

    Each draw has one grade, so the plan may still contain a draw of a grade that was not drawn; it is reported like others.
    """
    drawn = {case.subject for case in view.cases}
    for rule in view.office.rules.ratios if drawn else ():
        members = [one for one in view.subjects if one.grade == rule.group and not one.gone]
        if not re.fullmatch("[A-D]", rule.group) or not members or rule.low is None:
            continue
        reached = [subject.id for subject in members if subject.id in drawn]
        if len(reached) * 100 < rule.low * len(members):
            share = len(reached) * 100 / len(members)
            said = f"{rule.group} 级（{rule.name}）{len(members)} 户，{view.year} 年已抽 {len(reached)} 户（{share:.3g}%），低于 {rule.low:g}%"
            cases = [case for case in view.cases if case.subject in set(reached)]
            yield about_cases(
                "grade_floor", rule.clause, cases, said, "请在年内补抽该等级", value=rule.group, severity="warning"
            )


def _expired(view: CheckedYear) -> Iterator[RuleFinding]:
    """Inspectors in the register whose certificate has expired, so that they cannot be sent."""
    for person in view.inspectors:
        if view.today and person.valid_until and person.valid_until < view.today and not person.away:
            said = f"{person.department}{person.name}的执法证已于 {person.valid_until.isoformat()} 到期，不能派出检查"
            problem = Problem(
                "执法检查人员名录",
                said,
                "请换证后更新有效期，或移出名录",
                "",
                person.id,
                RULE_FIELDS["expired"],
                person.valid_until.isoformat(),
                "warning",
                "rules.expired",
            )
            yield RuleFinding("expired", view.office.rules.min_inspectors_clause, problem)


def _inspectors(view: CheckedYear) -> Iterator[RuleFinding]:
    rules = view.office.rules
    for case in view.cases:
        people = [view.inspector_by_id[number] for number in case.inspectors if number in view.inspector_by_id]
        if len(case.inspectors) < rules.min_inspectors:
            said = f"检查人员 {len(case.inspectors)} 人，少于 {rules.min_inspectors} 人"
            yield about_cases("few_inspectors", rules.min_inspectors_clause, [case], said, "请补派检查人员")
        yield from _certificates(view, case, people)
        task = view.task_by_id.get(case.task)
        if task and people and task.initiators and people[0].department not in task.initiators:
            said = f"组长{people[0].name}是{people[0].department}的，不是发起部门（{'、'.join(task.initiators)}）的"
            yield about_cases(
                "leader",
                "检查组组长由发起部门人员担任",
                [case],
                said,
                "请把发起部门的人员列为第一人",
                severity="warning",
            )
        subject = view.subject_by_id.get(case.subject)
        for person in people:
            if subject and {subject.id, subject.name, subject.credit_code} & (set(person.recuse) - {""}):
                said = f"{person.name}应当回避“{subject.name}”"
                yield about_cases("recusal", "与检查对象有利害关系的应当回避", [case], said, "请换人", value=person.id)


def _certificates(view: CheckedYear, case: Case, people: Sequence[Inspector]) -> Iterator[RuleFinding]:
    for number in case.inspectors:
        if number not in view.inspector_by_id:
            said = f"执法证号 {number} 不在执法检查人员名录里"
            yield about_cases(
                "certificate", view.office.rules.min_inspectors_clause, [case], said, "请先导入名录", value=number
            )
    day = view.inspected.get(case.id) or case.drawn or view.today
    for person in people:
        if day and person.valid_until and person.valid_until < day:
            said = f"{person.name}的执法证 {person.valid_until.isoformat()} 到期，检查在 {day.isoformat()}"
            yield about_cases(
                "certificate",
                view.office.rules.min_inspectors_clause,
                [case],
                said,
                "请换人或更新有效期",
                value=person.id,
            )
