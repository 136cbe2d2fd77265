"""Everything a paper can print: each fact of a case, a task or a year with its path and Chinese name.

catalogue.toml says for each field of a form which path it takes; draft texts use the same names. The table in
docs/paper-facts.md is made from this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from ssj_docs.facts.paper_context import CaseContext, TaskContext, full_name
from ssj_docs.ground.chinese_words import chinese_date
from ssj_docs.model.case import EVENTS
from ssj_docs.model.document import IssuedDocument
from ssj_docs.model.paper_kind import Per
from ssj_docs.model.people import Inspector
from ssj_docs.model.plan import InspectionTask


@dataclass(frozen=True)
class Fact:
    """A fact and its name.

    Attributes:
        name: in Chinese.
        value: returns it from the object above it.
        below: facts of its value, by name; none for a text.
        many: whether ``value`` returns a list, written ``name[]``.
        personal: personal data: no draft text gets it, and a form prints it only if its kind omits it in the public version.
    """

    name: str
    value: Callable[[Any], Any]
    below: Mapping[str, Fact] = field(default_factory=dict)
    many: bool = False
    personal: bool = False


Facts = Mapping[str, Fact]
Papers = tuple[tuple[str, str], ...]


def _many(name: str, value: Callable[[Any], Iterable[Any]], below: Facts | None = None) -> Fact:
    return Fact(name, value, below or {}, many=True)


def _of(reach: Callable[[Any], Any], facts: Facts) -> dict[str, Fact]:
    """The same facts, for an object that has the object they belong to."""

    def behind(value: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda thing: value(reach(thing))

    return {name: replace(fact, value=behind(fact.value)) for name, fact in facts.items()}


def _attributes(names: Mapping[str, str]) -> dict[str, Fact]:
    """Facts that are attributes of the object."""

    def attribute(name: str) -> Callable[[Any], Any]:
        return lambda thing: getattr(thing, name)

    return {name: Fact(chinese, attribute(name)) for name, chinese in names.items()}


# --- the registers ------------------------------------------------------------------------------------------------------
_SUBJECT: Facts = _attributes(
    {
        "name": "检查对象名称",
        "credit_code": "统一社会信用代码",
        "registration": "注册号",
        "representative": "法定代表人",
        "address": "地址",
        "phone": "电话（手机号码属个人信息）",
        "type": "市场主体类型",
        "scope": "经营范围",
        "district": "行政区划",
        "jurisdiction": "管辖单位",
        "registrar": "登记单位",
        "industry": "行业",
        "grade": "风险等级",
    }
) | {
    "code": Fact("统一社会信用代码，没有的为注册号", lambda s: s.credit_code or s.registration),
    "founded": Fact("成立日期", lambda s: chinese_date(s.founded)),
}
_PERSON: Facts = _attributes(
    {
        "name": "姓名",
        "sex": "性别",
        "department": "单位",
        "post": "职务",
        "id": "执法证号",
    }
) | {
    "phone": Fact("手机号码（个人信息）", lambda i: i.phone, personal=True),
    "id_number": Fact("身份证号（个人信息）", lambda i: i.id_number, personal=True),
    "badge": Fact("姓名和执法证号", lambda i: f"{i.name}（{i.id}）"),
    "fields": _many("执法领域", lambda i: i.fields),
    "valid_until": Fact("证件有效期至", lambda i: i.valid_until.isoformat() if i.valid_until else ""),
}
_ITEM: Facts = _attributes(
    {
        "field": "抽查类别",
        "department": "检查主体",
        "name": "抽查事项",
        "object": "检查对象",
        "method": "检查方式",
        "level": "检查层级",
    }
) | {"category": Fact("事项类别", lambda i: i.category or ""), "basis": Fact("检查依据", lambda i: i.basis)}

#: columns of the plan table: name → heading under which the office's own words are kept (`InspectionTask.raw`)
PLAN_COLUMNS = {
    "serial": "序号",
    "plan": "抽查计划名称",
    "task": "抽查任务名称",
    "field": "抽查领域",
    "items": "抽查事项",
    "object": "检查对象",
    "category": "事项类别",
    "type": "抽查类型",
    "initiators": "发起部门",
    "partners": "配合部门",
    "partner_items": "抽查事项2",
    "level": "检查主体",
    "ratio": "抽取比例",
    "window": "检查时间",
}


def plan_cell(task: InspectionTask, column: str) -> str:
    """A cell of the plan as the office wrote it."""
    return str(task.raw.get(column, "")).strip()


def _cell(column: str) -> Callable[[InspectionTask], str]:
    return lambda task: plan_cell(task, column)


_CELLS: Facts = {name: Fact(column.removesuffix("2"), _cell(column)) for name, column in PLAN_COLUMNS.items()}
_PLANNED: Facts = _attributes(
    {"id": "任务编号", "name": "抽查任务名称", "plan": "抽查计划名称", "field": "抽查领域", "object": "检查对象"}
) | {
    "window": Fact("检查时间，照计划所写", lambda t: " ".join(t.window.raw.split())),
    "frequency": Fact("频次", lambda t: t.frequency.raw),
    "ratio": Fact("抽取比例", lambda t: t.ratio.raw),
    "initiators": _many("发起部门", lambda t: t.initiators),
    "partners": _many("配合部门", lambda t: t.partners),
    "departments": _many("发起和配合部门", lambda t: t.departments),
    "cells": Fact("计划表各栏，照计划所写", lambda t: t, _CELLS),
}
OFFICE_FACTS: Facts = {
    "name": Fact("本单位名称", lambda o: o.name),
    "short": Fact("本单位简称", lambda o: o.short),
    "area": Fact("行政区域", lambda o: o.area[0] if o.area else ""),
    "contact": Fact("联系人及电话", lambda o: o.contact),
    "results": _many("检查结果种类", lambda o: [category.label for category in o.results]),
}


# --- a task and its cases -----------------------------------------------------------------------------------------------
def _period(task: InspectionTask) -> str:
    """检查时间 from date to date if the plan gives both, otherwise in its words."""
    if task.window.start and task.window.end:
        return f"{chinese_date(task.window.start)}至{chinese_date(task.window.end)}"
    return " ".join(task.window.raw.split())


def _bodies(context: TaskContext, departments: Sequence[str]) -> list[str]:
    return [full_name(context.office, department) for department in departments]


_TASK: Facts = _of(lambda context: context.task, _PLANNED) | {
    "leader": Fact("发起部门全称", lambda c: full_name(c.office, c.leader)),
    "bodies": _many("发起和配合部门全称", lambda c: _bodies(c, c.task.departments)),
    "partner_bodies": _many("其余部门全称", lambda c: _bodies(c, c.task.departments[1:])),
    "period": Fact("检查时间起止", lambda c: _period(c.task)),
    "item_names": _many("抽查事项", lambda c: [item for _, items in c.item_groups for item in items]),
    "basis": Fact("检查依据", lambda c: c.basis),
}


@dataclass(frozen=True)
class _Group:
    """A department with its items and its people in one case."""

    department: str
    items: Sequence[str]
    team: Sequence[Inspector]


def _groups(context: CaseContext) -> list[_Group]:
    return [
        _Group(full_name(context.office, name), items, [i for i in context.team if i.department == name])
        for name, items in context.whole.item_groups
    ]


@dataclass(frozen=True)
class _Found:
    """A finding in words."""

    item: str
    result: str
    note: str = ""
    department: str = ""
    basis: str = ""

    @property
    def text(self) -> str:
        """事项：结果（说明）."""
        return f"{self.item}：{self.result}" + (f"（{self.note}）" if self.note else "")


def _found(context: CaseContext, *, problems: bool) -> list[_Found]:
    rows = context.problems if problems else context.findings
    bases = {(item.department, item.name): item.basis for item in context.whole.items}
    return [
        _Found(f.item, context.labels(f.results), f.note, f.department, bases.get((f.department, f.item), ""))
        for f in rows
    ]


def _results(context: CaseContext) -> list[_Found]:
    """One row for each item: its last finding."""
    by_item = {f.item: context.labels(f.results) for f in context.findings}
    return [_Found(item, result) for item, result in by_item.items()]


def _day_of(event: str) -> Callable[[CaseContext], str]:
    return lambda context: context.day(event)


_FOUND: Facts = _attributes(
    {
        "item": "抽查事项",
        "result": "检查结果",
        "note": "说明",
        "department": "部门",
        "text": "事项：结果（说明）",
        "basis": "检查依据，取自事项清单",
    }
)
_GROUP: Facts = {
    "department": Fact("部门全称", lambda g: g.department),
    "items": _many("该部门的抽查事项", lambda g: g.items),
    "team": _many("该部门的检查人员", lambda g: g.team, _PERSON),
}
_PAPER: Facts = {
    "number": Fact("发文字号", lambda paper: paper.number),
    "date": Fact("成文日期", lambda paper: chinese_date(paper.date)),
}
_CASE: Facts = {
    "id": Fact("案件编号", lambda c: c.case.id),
    "serial": Fact("抽取序号", lambda c: c.case.serial),
    "drawn": Fact("抽取日期", lambda c: chinese_date(c.case.drawn)),
    "subject": Fact("检查对象名称", lambda c: c.subject.name),
    "credit_code": Fact("统一社会信用代码", lambda c: c.subject.credit_code),
    "team": _many("检查人员，组长在前", lambda c: c.team, _PERSON),
    "groups": _many("各部门的事项和人员", _groups, _GROUP),
    "findings": _many("检查结果，每部门每事项一行", lambda c: _found(c, problems=False), _FOUND),
    "results": _many("检查结果，每事项一行", _results, _FOUND),
    "problems": _many("发现问题的检查结果", lambda c: _found(c, problems=True), _FOUND),
    "result": Fact("抽查结果", lambda c: c.result),
    "handling": Fact("处理结果", lambda c: c.handling),
    "decided_by": Fact("结案、立案或审核认定的部门，没有的为发起部门", lambda c: c.decided_by),
    "transfer_to": Fact("接收单位（登记里没有，由拟稿人写）", lambda _: ""),
    "events": Fact("各事件的日期", lambda c: c, {name: Fact(told, _day_of(name)) for name, told in EVENTS.items()}),
}


def _issued(kind: str) -> Callable[[CaseContext], IssuedDocument | None]:
    return lambda context: context.paper(kind)


def _case_facts(papers: Papers) -> Facts:
    """Facts of a case; ``case.papers.KIND`` is the newest paper of a kind issued for it."""
    issued = {kind: Fact(title, _issued(kind), _PAPER) for kind, title in papers}
    case = {**_CASE, "papers": Fact("本案已印发的文书", lambda c: c, issued)}
    return {
        "case": Fact("案件", lambda c: c, case),
        "subject": Fact("检查对象", lambda c: c.subject, _SUBJECT),
        "task": Fact("抽查任务", lambda c: c.whole, _TASK),
        "office": Fact("本单位", lambda c: c.office, OFFICE_FACTS),
    }


def _task_facts(papers: Papers) -> Facts:
    """Facts of a task; each of its cases has all facts of a case."""
    case = _case_facts(papers)
    return {
        "task": Fact("抽查任务", lambda c: c, _TASK),
        "office": Fact("本单位", lambda c: c.office, OFFICE_FACTS),
        "drawn": Fact("抽取日期", lambda c: chinese_date(_last_draw(c))),
        "cases": _many("各案件", _cases, case),
        "inspected": _many("有检查结果的案件", lambda c: [one for one in _cases(c) if one.findings], case),
        "people": _many("抽中的检查人员，每人一行", lambda c: [(c.office, i) for i in c.people], _WITH_BODY),
    }


def _last_draw(context: TaskContext) -> date | None:
    return max((case.drawn for case in context.cases if case.drawn), default=None)


def _cases(context: TaskContext) -> list[CaseContext]:
    return [CaseContext(context, case) for case in context.cases]


#: people and items with the full name of their department: pairs of the office and the row
_BODY = Fact("单位全称", lambda pair: full_name(pair[0], pair[1].department))
_WITH_BODY: Facts = _of(lambda pair: pair[1], _PERSON) | {"body": _BODY}


def _year_facts() -> Facts:
    """Facts of a year: its plan and the registers."""
    item = _of(lambda pair: pair[1], _ITEM) | {"body": _BODY}
    return {
        "year": Fact("年度", lambda c: c.year),
        "office": Fact("本单位", lambda c: c.office, OFFICE_FACTS),
        "tasks": _many("各抽查任务", lambda c: c.tasks, _PLANNED),
        "items": _many("随机抽查事项清单", lambda c: [(c.office, i) for i in c.items], item),
        "subjects": _many("检查对象名录", lambda c: c.subjects, _SUBJECT),
        "inspectors": _many("执法检查人员名录", lambda c: [(c.office, i) for i in c.inspectors], _WITH_BODY),
    }


@lru_cache(maxsize=16)
def vocabulary(per: Per, papers: Papers = ()) -> Facts:
    """The facts for a paper per case, task or year; of a `CaseContext`, `TaskContext` or `YearContext`.

    Args:
        papers: id and title of the kinds of paper issued for a case.
    """
    return _case_facts(papers) if per == "case" else _task_facts(papers) if per == "task" else _year_facts()


#: what a draft text can say besides: figures of the year, the task or the quarter, by path
FIGURES: Mapping[str, str] = {
    "year": "年度",
    "scope": "统计范围，如 2026年度",
    "today": "拟稿日期",
    "today_iso": "拟稿日期，写作 2026-03-05",
    "rules.subject_cap": "每户每年抽查次数上限",
    "rules.min_inspectors": "每次检查最少人数",
    "departments[]": "各任务的部门",
    "counts.tasks": "任务数",
    "counts.departments[].name": "部门",
    "counts.departments[].inspected": "该部门检查的户次",
    "counts.departments[].problems": "该部门发现问题的户次",
    "paragraphs.overview": "写好的一段：总体情况",
    "paragraphs.results": "写好的一段：检查结果",
    "paragraphs.handling": "写好的一段：处置和公示",
    "shortfalls[]": "不足之处，一项一句",
}


def paths(facts: Facts, above: str = "") -> Iterator[tuple[str, Fact]]:
    """Every path to a text, or to a list of texts, with its fact."""
    for name, fact in facts.items():
        path = f"{above}{name}{'[]' if fact.many else ''}"
        if fact.below:
            yield from paths(fact.below, f"{path}.")
        else:
            yield path, fact


def plain(facts: Facts, thing: object, names: Iterable[str]) -> dict[str, Any]:
    """The named facts as plain texts, lists and mappings for draft texts, without personal data."""
    return {name: _plain(facts[name], thing) for name in names if name in facts}


def _plain(fact: Fact, thing: Any) -> Any:
    value = None if thing is None else fact.value(thing)
    if fact.many:
        return [_below(fact, one) if fact.below else str(one) for one in value or ()]
    if fact.below:
        return _below(fact, value)
    return "" if value is None else str(value)


def _below(fact: Fact, value: Any) -> dict[str, Any]:
    return {name: _plain(below, value) for name, below in fact.below.items() if not below.personal}
