"""Prepares a draw from the registers and the plan: the pool's lines and the parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ssj_docs.ground.errors import DataError, UsageError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.case import Case
from ssj_docs.model.office import Office, RatioRule
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import InspectionTask, Ratio
from ssj_docs.planning.draw.algorithm import DrawParameters, Group, PoolLine, Rounding, one_line, target
from ssj_docs.planning.draw.scope import Scope, condition, scope_of

UNGRADED = "未定级"


@dataclass(frozen=True)
class DrawOptions:
    """The clerk's additions to the plan.

    Attributes:
        percent, count: instead of the plan's ratio.
        grade: only this risk grade or group, with its ratio (the plan's if higher).
        by_grade: every grade with its own ratio.
        conditions: ``字段=值`` or ``字段~部分文字``; all must hold.
        stratify: None to follow the plan's 抽查类型.
        round: of the year.
        over_cap: the reason for exceeding the yearly cap.
        objects_only: no inspectors.
    """

    percent: str | None = None
    count: int | None = None
    grade: str | None = None
    by_grade: bool = False
    conditions: tuple[str, ...] = ()
    stratify: bool | None = None
    round: int = 1
    over_cap: str = ""
    objects_only: bool = False


def draw_parameters(
    task: InspectionTask,
    office: Office,
    options: DrawOptions,
    *,
    first_serial: int = 1,
    subjects: Sequence[Subject] = (),
) -> DrawParameters:
    """Determine a draw's parameters from the plan, the office's rules and the clerk's options.

    Args:
        subjects: the register, in which the plan's 检查对象 is looked up unless the options have conditions.

    Raises:
        UsageError: the plan's ratio is not a number and none was given, or the options contradict each other.
    """
    groups, rounding = _groups(task, office, options)
    scope = Scope(options.conditions)
    if not options.conditions:
        there = [subject for subject in subjects if not subject.gone]
        scope = scope_of(task, there, conditioned=options.grade is not None)
    notes = [scope.note] if scope.note else []
    if not task.departments and not options.objects_only:
        notes.append("计划未写发起、配合部门，从全部执法检查人员中抽取")
    limit = office.rules.general_cap
    if (
        task.category == "一般"
        and limit
        and any(Fraction(group.percent or "0") > Fraction(str(limit)) for group in groups)
    ):
        notes.append(f"一般检查事项的比例超过上限 {limit:g}%（{office.rules.general_cap_clause}）")
    conditions = scope.conditions
    if options.grade:
        conditions = (*conditions, f"等级={options.grade}")
    return DrawParameters(
        task=task.id,
        round=options.round,
        groups=groups,
        rounding=rounding,
        stratified=task.type == "不定向" if options.stratify is None else options.stratify,
        conditions=conditions,
        cap=office.rules.subject_cap,
        over_cap=one_line(options.over_cap),
        first_serial=first_serial,
        initiators=task.initiators,
        partners=task.partners,
        min_inspectors=office.rules.min_inspectors,
        with_inspectors=not options.objects_only,
        notes=tuple(notes),
    )


def object_pool(
    subjects: Iterable[Subject], drawn: Iterable[Case], office: Office, parameters: DrawParameters
) -> tuple[list[PoolLine], DrawParameters]:
    """The pool's lines by id, and the parameters with notes.

    Args:
        drawn: the cases of the year that count towards the cap.

    Raises:
        DataError: no subject meets the conditions. UsageError: a condition cannot be parsed.
    """
    tests = [condition(text, office) for text in parameters.conditions]
    before = Counter(case.subject for case in drawn)
    graded = len(parameters.groups) > 1
    lines = []
    gone = []
    for subject in subjects:
        if not all(test(subject) for test in tests):
            continue
        if subject.gone:
            gone.append(subject)
        else:
            lines.append(_line(subject, before[subject.id], office, parameters, graded))
    if not lines:
        wanted = "、".join(parameters.conditions)
        raise DataError(
            f"名录中没有符合条件的检查对象（{wanted}）" if wanted else "检查对象名录是空的",
            Remedy("核对条件的写法和名录内容，或先", do("import", kind="subjects")),
        )
    parameters = replace(parameters, notes=(*parameters.notes, *_gone_notes(gone)))
    return sorted(lines, key=lambda line: line.id.encode()), _with_notes(parameters, lines, office)


def _gone_notes(gone: Sequence[Subject]) -> list[str]:
    """Who is left out of the pool because of the status in the register, by name, twenty of each status."""
    by_status: dict[str, list[str]] = {}
    for subject in sorted(gone, key=lambda subject: subject.id.encode()):
        by_status.setdefault(one_line(subject.status), []).append(one_line(subject.name))
    return [
        f"{len(names)} 户登记状态为“{status}”，不在抽取范围：{'、'.join(names[:20])}{'等' if len(names) > 20 else ''}"
        for status, names in sorted(by_status.items())
    ]


def _line(subject: Subject, drawn: int, office: Office, parameters: DrawParameters, graded: bool) -> PoolLine:
    rules = _rules_of(subject, office)
    exempt = any(rule.exempt_cap for rule in rules)
    capped = bool(parameters.cap) and drawn >= parameters.cap and not exempt and not parameters.over_cap
    named = {group.name for group in parameters.groups} - {UNGRADED}
    fitting = [name for name in (*(rule.group for rule in rules), subject.grade) if name in named]
    group = (fitting[0] if fitting else UNGRADED) if graded else ""
    state = "ungraded" if group == UNGRADED else "cap" if capped else ""
    return PoolLine(
        one_line(subject.id),
        one_line(subject.name),
        one_line(subject.district),
        one_line(subject.grade),
        "、".join(sorted(one_line(tag) for tag in subject.tags)),
        drawn,
        group,
        state,
    )


def _with_notes(parameters: DrawParameters, lines: Sequence[PoolLine], office: Office) -> DrawParameters:
    notes = list(parameters.notes)
    grades = sorted({line.grade for line in lines if line.grade})
    if office.rules.one_grade_a_draw and len(grades) > 1:
        notes.append(f"对象含 {'、'.join(grades)} 等级；本单位规则要求一次只抽一个等级，可以限定等级")
    capped = sum(line.state == "cap" for line in lines)
    if capped:
        notes.append(f"{capped} 户本年已抽查 {parameters.cap} 次，依年度次数上限不参加抽取")
    ungraded = sum(line.state == "ungraded" for line in lines)
    if ungraded:
        notes.append(f"{ungraded} 户没有等级，不参加按等级抽取")
    if parameters.over_cap:
        notes.append(f"不受年度次数上限限制，理由：{parameters.over_cap}")
    if parameters.stratified:
        blank = sum(not line.district for line in lines)
        if blank:
            notes.append(f"{blank} 户没有行政区划，合为一层")
    return replace(parameters, notes=tuple(notes))


def _rules_of(subject: Subject, office: Office) -> list[RatioRule]:
    """Ratio rules for a subject's grade or tags, strictest first."""
    fitting = [rule for rule in office.rules.ratios if rule.group == subject.grade or rule.group in subject.tags]
    return sorted(fitting, key=lambda rule: -(rule.low or 0))


def _groups(task: InspectionTask, office: Office, options: DrawOptions) -> tuple[tuple[Group, ...], Rounding]:
    if options.percent is not None and options.count is not None:
        raise UsageError("比例和户数只能给一个", "留一个，另一个不写")
    rounding = office.rules.rounding
    if options.count is not None:
        return (Group("", count=options.count),), rounding
    if options.percent is not None:
        return (Group("", percent=options.percent),), rounding
    own = dict(task.ratio.levels) if _by_grades(task.ratio, office) else {}
    ratios = own or _floors(task.ratio, office)
    if options.grade:
        if options.grade not in ratios:
            raise UsageError(
                f"计划和本单位的抽取比例都没有“{options.grade}”这一级",
                Remedy(do("set", key="rules.ratios"), "，补上该等级；或", do("draw", task=task.id, ratio="")),
            )
        return (Group("", percent=_decimal(ratios[options.grade])),), rounding
    if options.by_grade or own:
        if office.rules.one_grade_a_draw:
            raise UsageError(
                "本单位规则要求一次只抽一个等级（one_grade_a_draw）",
                Remedy("逐个等级", do("draw", task=task.id, grade="A")),
            )
        if not ratios:
            raise UsageError(
                "本单位没有规定各等级的抽取比例，不能按等级抽取", Remedy("先", do("set", key="rules.ratios"))
            )
        groups = tuple(Group(name, percent=_decimal(low)) for name, low in ratios.items())
        return (*groups, Group(UNGRADED, count=0)), rounding
    return _planned(task, rounding)


def _floors(ratio: Ratio, office: Office) -> dict[str, float]:
    """The office's minimum ratio of each grade, or the plan's if it is higher (100%, 不低于5%)."""
    planned = ratio.low if ratio.form in ("percent", "floor", "range") and ratio.low is not None else 0.0
    return {rule.group: max(rule.low, planned) for rule in office.rules.ratios if rule.low}


def _by_grades(ratio: Ratio, office: Office) -> bool:
    """Return whether the plan gives a ratio for each risk grade (A级1%、B级3%), not for levels of government."""
    grades = {rule.group for rule in office.rules.ratios} | set("ABCD")
    return bool(ratio.levels) and all(name in grades for name, _ in ratio.levels)


def _planned(task: InspectionTask, rounding: Rounding) -> tuple[tuple[Group, ...], Rounding]:
    ratio = task.ratio
    count = ratio.count if ratio.count is not None else ratio.count_high
    if count is not None and ratio.form == "count":
        return (Group("", count=count),), rounding
    if ratio.form == "cap" and ratio.high is not None:
        return (Group("", percent=_decimal(ratio.high)),), "floor"  # a maximum must not be exceeded by rounding up
    percent = ratio.low if ratio.low is not None else _level_percent(ratio, task.level)
    if percent is None:
        raise UsageError(
            f"任务 {task.id} 的抽取比例“{one_line(ratio.raw)}”不是确定的数字",
            Remedy(
                "指明百分之几，",
                do("draw", task=task.id, ratio="3"),
                "；或指明几户，",
                do("draw", task=task.id, count=5),
            ),
        )
    return (Group("", percent=_decimal(percent)),), rounding


def _level_percent(ratio: Ratio, level: str) -> float | None:
    """The ratio for this level of government; 区 and 县 are one level."""
    mine = level.replace("区", "县")
    return next(
        (
            percent
            for name, percent in ratio.levels
            if mine and (name.replace("区", "县") in mine or mine in name.replace("区", "县"))
        ),
        None,
    )


def with_planned_count(task: InspectionTask, parameters: DrawParameters, pool: Sequence[PoolLine]) -> DrawParameters:
    """The parameters, with a note if the plan gives a ratio and a number (10%（20户）) that disagree."""
    group = parameters.groups[0]
    if task.ratio.count is None or task.ratio.form == "count" or len(parameters.groups) > 1 or group.percent is None:
        return parameters
    wanted = target(len(pool), group, parameters.rounding)
    if wanted == task.ratio.count:
        return parameters
    note = f"计划写明 {task.ratio.count} 户，按 {group.percent}% 折算为 {wanted} 户；要按户数抽的，户数写 {task.ratio.count}"
    return replace(parameters, notes=(*parameters.notes, note))


def _decimal(value: float | None) -> str:
    return f"{value or 0:.10g}"
