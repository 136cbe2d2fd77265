"""系统设置: the parts of office.toml that offices change, as forms; validated as a whole, with earlier versions kept."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from starlette.responses import Response

from archive.preservation.retention import checked_template
from ssj_docs.ground.errors import NotFoundError, SsjError, UsageError
from ssj_docs.ground.problems import Problem
from ssj_docs.office.settings_change import KEPT, check_settings, kept_settings, read_settings, save_settings
from ssj_docs.office.settings_text import change_rows, change_table
from web.request.request import PageRequest

Kind = Literal["text", "lines", "list", "whole", "number", "flag", "day", "choice", "fixed"]
_LIST = "、"


@dataclass(frozen=True)
class Field:
    """A value of a section: its key in office.toml, heading, notation and hint."""

    key: str
    title: str
    kind: Kind = "text"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Section:
    """A table of office.toml, or several of the same name (``many``), to which rows may be added (``grows``)."""

    table: str
    title: str
    fields: tuple[Field, ...]
    many: bool = False
    grows: bool = False
    note: str = ""


_ROUND = (("ceil", "进位"), ("floor", "舍去"), ("round", "四舍五入"))
_READ = (("workday", "按工作日"), ("calendar", "按日历日"), ("earlier", "两种都算，按较早的"))
SECTIONS: Mapping[str, Section] = {
    section.table: section
    for section in (
        Section(
            "office",
            "本单位",
            (
                Field("name", "发文单位全称"),
                Field("red_header", "红头（发文机关标志）"),
                Field("signature", "落款署名", "lines", "一行一项"),
                Field("printer", "版记中的印发机关"),
                Field("short", "简称"),
                Field("seal_for", "代章单位", hint="没有则留空"),
                Field("contact", "联系人一行", hint="没有则留空"),
                Field("area", "部门名称前可能出现的地名", "list", "用顿号隔开"),
                Field("code", "单位代码", "fixed", "印在表单二维码里，不能改"),
            ),
        ),
        Section(
            "departments",
            "成员单位",
            (
                Field("code", "代码", hint="大写字母或数字"),
                Field("name", "名称"),
                Field("short", "简称"),
                Field("aliases", "别的叫法", "list", "用顿号隔开"),
            ),
            many=True,
            grows=True,
            note="统计和归档都按名称归并；还有任务或人员属于它的部门，名称不能改，也不能去掉。",
        ),
        Section(
            "series",
            "发文字号",
            (
                Field("code", "代字"),
                Field("name", "说明"),
                Field("kinds", "编号的文种代号", "list", "空表示其余全部"),
                Field("departments", "署名部门", "list"),
                Field("start", "起始号", "whole"),
            ),
            many=True,
            grows=True,
            note="编过号的代字不能改写或去掉。文种代号列在系统设置页面下面。",
        ),
        Section(
            "rules",
            "抽查规则",
            (
                Field("subject_cap", "同一对象每年至多抽查次数", "whole"),
                Field("subject_cap_clause", "依据"),
                Field("min_inspectors", "至少几名执法人员", "whole"),
                Field("min_inspectors_clause", "人数的依据"),
                Field("general_cap", "一般事项抽查比例上限（%）", "number"),
                Field("general_cap_clause", "上限的依据"),
                Field("one_grade_a_draw", "一次只抽一个风险等级", "flag"),
                Field("rounding", "比例折算遇小数", "choice", choices=_ROUND),
            ),
        ),
        Section(
            "deadlines",
            "期限",
            (
                Field("id", "代号", "fixed"),
                Field("act", "应办"),
                Field("days", "期限", "whole"),
                Field("unit", "单位", "choice", choices=(("工作日", "工作日"), ("日", "日"))),
                Field("reading", "“日”的算法", "choice", choices=_READ),
                Field("clause", "依据"),
            ),
            many=True,
        ),
        Section(
            "retention",
            "保管期限",
            (
                Field("kind", "文种代号", hint="* 为其余全部"),
                Field("years", "年数", "whole", "永久写 0"),
                Field("clause", "依据"),
            ),
            many=True,
            grows=True,
            note="以本单位批准的保管期限表为准；已归档的件按归档时的期限。",
        ),
        Section(
            "archive",
            "档号",
            (
                Field("fonds", "全宗号"),
                Field(
                    "number", "档号样式", hint="可用 {fonds} {year} {retention} {department} {serial:04d} {case} {item}"
                ),
            ),
            note="给出的档号不再变动，改样式只管以后的。",
        ),
        Section(
            "indicators",
            "考核指标",
            (
                Field("id", "代号", "fixed"),
                Field("name", "名称"),
                Field("target", "目标（%）", "number", "空为不评定"),
                Field("question", "回答的问题"),
                Field("cutoff", "截止日", "day", "空为年末"),
                Field("clause", "依据"),
            ),
            many=True,
        ),
    )
}


def settings(request: PageRequest) -> Response:
    """The sections and the earlier versions."""
    return request.page(
        "settings.html", sections=SECTIONS.values(), kept=kept_settings(request.workspace)[:50], kinds=request.kinds
    )


def _section(request: PageRequest) -> Section:
    found = SECTIONS.get(request.path("section"))
    if found is None:
        raise NotFoundError("没有这一部分设置", "从系统设置页面进入")
    return found


@dataclass(frozen=True)
class Filled:
    """A submitted section: every row of the file, the indexes of rows to remove, and the new row (empty if none)."""

    rows: Sequence[Mapping[str, str]]
    dropped: frozenset[int] = frozenset()
    new: Mapping[str, str] = field(default_factory=dict)

    def kept(self) -> list[tuple[int | None, Mapping[str, str]]]:
        """The rows to keep with their indexes in the file, and the new one."""
        rows: list[tuple[int | None, Mapping[str, str]]] = [
            (place, row) for place, row in enumerate(self.rows) if place not in self.dropped
        ]
        return [*rows, (None, self.new)] if any(self.new.values()) else rows


def settings_section(request: PageRequest) -> Response:
    """A section as a form."""
    text, read = read_settings(request.workspace)
    section = _section(request)
    return _form(request, section, Filled(_rows(text, section)), read)


def _rows(text: str, section: Section) -> list[dict[str, str]]:
    """Return the values as the form shows them."""
    held = tomllib.loads(text).get(section.table, [] if section.many else {})
    return [
        {one.key: _shown(row.get(one.key), one) for one in section.fields} for row in (held if section.many else [held])
    ]


def _shown(value: Any, one: Field) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, list):
        return ("\n" if one.kind == "lines" else _LIST).join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def _form(
    request: PageRequest, section: Section, filled: Filled, read: str, failure: SsjError | None = None
) -> Response:
    problems = failure.problems if failure else ()
    status = 200 if failure is None else 409 if failure.exit_code == 6 else 422
    return request.page(
        "settings_section.html",
        status,
        section=section,
        filled=filled,
        read=read,
        failure=failure,
        problems=[_told(problem, section, filled) for problem in problems],
    )


def _told(problem: Problem, section: Section, filled: Filled) -> str:
    """A problem in terms of the form's headings, with its key."""
    table, *parts = problem.field.split(".")
    titles = {one.key: one.title for one in section.fields}
    key = next((part for part in reversed(parts) if part in titles), "")
    row = next((int(part) for part in parts if part.isdecimal()), 0)
    line = ""
    if row:
        place = filled.kept()[row - 1][0] if row <= len(filled.kept()) else None
        line = "新的一行" if place is None else f"第 {place + 1} 行"
    where = f"{line}{titles[key]}（{problem.field}）" if key and table == section.table else problem.field
    value = f"“{problem.value}”" if problem.value else ""
    return f"{where}{value}：{problem.message}。{problem.remedy}"


def settings_save(request: PageRequest) -> Response:
    """Save a section. If anything is invalid, the problems are shown and nothing is saved."""
    section = _section(request)
    text, _ = read_settings(request.workspace)
    filled = _filled(request, section, _rows(text, section))
    try:
        changed = _changed(text, section, filled)
        if section.table == "archive":
            checked_template(check_settings(changed).archive_number)
        request.server.workspace = save_settings(request.workspace, changed, request.field("read"), section.title)
    except SsjError as failure:
        return _form(request, section, filled, request.field("read"), failure)
    return request.go("/settings", f"{section.title}：已保存，以前的版本留在下面。")


def _filled(request: PageRequest, section: Section, rows: Sequence[Mapping[str, str]]) -> Filled:
    """Parse the form; values that cannot be edited come from the file. Raises: UsageError if the file's rows changed meanwhile."""
    if request.field("rows") != str(len(rows)):
        raise UsageError("表单与现在的设置对不上，没有保存", "重新打开这一页再改")

    def given(name: str, before: Mapping[str, str]) -> dict[str, str]:
        return {
            one.key: before.get(one.key, "") if one.kind == "fixed" else request.field(f"{name}.{one.key}").strip()
            for one in section.fields
        }

    dropped = {place for place in range(len(rows)) if section.grows and request.field(f"{place}.drop") == "1"}
    return Filled(
        [given(str(place), row) for place, row in enumerate(rows)],
        frozenset(dropped),
        given("new", {}) if section.grows else {},
    )


def _changed(text: str, section: Section, filled: Filled) -> str:
    old = tomllib.loads(text).get(section.table, [] if section.many else {})
    held = old if section.many else [old]
    rows = []
    for place, row in filled.kept():
        before = held[place] if place is not None else {}
        values = {
            one.key: _value(row[one.key], one, before.get(one.key)) for one in section.fields if one.kind != "fixed"
        }
        rows.append((place, {key: value for key, value in values.items() if value is not None or key in before}))
    return change_rows(text, section.table, rows) if section.many else change_table(text, section.table, rows[0][1])


_WANTED = {
    "whole": ("整数", "写阿拉伯数字，不带小数"),
    "number": ("数字", "写阿拉伯数字，如 95 或 99.5"),
    "day": ("日期", "写作 2026-12-31，并核对当月有没有这一天"),
}


def _value(text: str, one: Field, before: Any) -> Any:
    """Convert the text of a field to a value of office.toml, None if empty."""
    if one.kind == "flag":
        return text == "1"
    if one.kind in ("lines", "list"):
        parts = text.splitlines() if one.kind == "lines" else text.replace("，", _LIST).split(_LIST)
        return [part.strip() for part in parts if part.strip()] if text or before is not None else None
    if not text:
        return "" if isinstance(before, str) else None
    try:
        if one.kind == "whole":
            return int(text)
        if one.kind == "number":
            return _finite(text.rstrip("%％"))
        if one.kind == "day":
            return date.fromisoformat(text)
    except ValueError as error:
        name, remedy = _WANTED[one.kind]
        raise UsageError(f"{one.title}（{one.key}）写的“{text[:30]}”不是{name}", remedy) from error
    return text


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def settings_kept(request: PageRequest) -> Response:
    """An earlier version and how it differs from the current settings."""
    name = request.path("name")
    text, read = read_settings(request.workspace)
    then = _kept(request, name)
    lines = list(difflib.unified_diff(text.splitlines(), then.splitlines(), "现在", "这一版", lineterm="", n=2))
    return request.page("settings_kept.html", name=name, lines=lines[2:], read=read)


def _kept(request: PageRequest, name: str) -> str:
    if name not in kept_settings(request.workspace):
        raise NotFoundError("没有这一版设置", "从系统设置页面选择")
    return (request.workspace.root / KEPT / name).read_text(encoding="utf-8")


def settings_restore(request: PageRequest) -> Response:
    """Restore an earlier version."""
    name = request.path("name")
    request.server.workspace = save_settings(
        request.workspace, _kept(request, name), request.field("read"), f"恢复 {name}"
    )
    return request.go("/settings", f"已恢复 {name}")


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "settings": settings,
    "settings_section": settings_section,
    "settings_save": settings_save,
    "settings_kept": settings_kept,
    "settings_restore": settings_restore,
}
