"""Departments a table names and the office does not know: asked about, then added to office.toml in the same step."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pypinyin import Style, lazy_pinyin
from sqlalchemy import Connection

from ssj_docs.ground.problems import Problem
from ssj_docs.intake.tables.table import Choice, Question
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.model.office import Department, Office
from ssj_docs.office.settings_change import put_settings, read_settings
from ssj_docs.office.settings_text import change_rows
from ssj_docs.office.workspace import Workspace

UNKNOWN = "department.unknown"
#: question about all of them at once, and what stands before the name in the question about one
ALL, ONE = "departments", "department:"
NEW, AS_WRITTEN, EACH, STOP = "new", "written", "each", "stop"
#: from this many on, one answer may add them all
_MANY = 2
_AREA = re.compile(
    r"^[\u4e00-\u9fff]{1,7}?(?:省|自治区|市(?![场政容民])|县(?!域)|区(?!域)|旗|自治州|示范区|管委会)(?=[\u4e00-\u9fff]{3,}$)"
)
_JOINED = re.compile("[和与及城]")
#: what is not of this form is no name, but a sentence in the wrong column
_NAME = re.compile(r"[\u4e00-\u9fff（）()]{2,25}")


@dataclass(frozen=True)
class UnknownDepartment:
    """A name that no department has: where it stands first, how often it stands, what it could be.

    Attributes:
        bare: the name without the area it begins with. parent: the known department it seems to belong to, or empty.
    """

    name: str
    first: Problem
    times: int
    bare: str
    parent: str
    nearest: tuple[str, ...]


def unknown_departments(problems: Sequence[Problem], office: Office) -> list[UnknownDepartment]:
    """The names that stopped an import, each once, in order."""
    first: dict[str, Problem] = {}
    told = [problem for problem in problems if problem.code == UNKNOWN and _NAME.fullmatch(problem.about)]
    for problem in told:
        first.setdefault(problem.about, problem)
    times = Counter(problem.about for problem in told)
    names = DepartmentNames(office)
    found = []
    for name, problem in first.items():
        bare = _bare(name, office)
        found.append(
            UnknownDepartment(name, problem, times[name], bare, _parent(bare, office), tuple(names.nearest(name)))
        )
    return found


def _bare(name: str, office: Office) -> str:
    """A name without the area it begins with: the office's own areas, or what is plainly one (某某县…)."""
    for area in sorted(office.area, key=len, reverse=True):
        if len(area) > 1 and name.startswith(area) and len(name) - len(area) >= 3:
            return name[len(area) :]
    match = _AREA.match(name)
    return name[match.end() :] if match and not _JOINED.search(match[0]) else name


def _parent(bare: str, office: Office) -> str:
    """The department whose name this one begins with (公安局治安大队: 公安局)."""
    known = [
        (len(squeeze(name)), department.name)
        for department in office.departments
        for name in (department.name, department.short, *department.aliases)
        if len(squeeze(name)) > 2 and bare.startswith(squeeze(name)) and bare != squeeze(name)
    ]
    return max(known)[1] if known else ""


def questions_about(unknown: Sequence[UnknownDepartment], office: Office, answers: Mapping[str, str]) -> list[Question]:
    """What is still to be answered: one question for all where there are several, else one a name."""
    open_ones = [one for one in unknown if not _is_answer(answers.get(ONE + one.name, ""), office)]
    if len(open_ones) >= _MANY and not answers.get(ALL):
        shown = "、".join(f"“{one.name}”" for one in open_ones[:6]) + ("等" if len(open_ones) > 6 else "")
        first = open_ones[0].first
        text = f"有 {len(open_ones)} 个部门不在本单位的设置里：{shown}。怎么办？"
        choices = (
            Choice(NEW, "都增加为新部门（去掉前面的地区名）"),
            Choice(EACH, "逐个回答"),
            Choice(STOP, "都不增加，我先改表"),
        )
        return [Question(ALL, first.sheet, first.cell, text, choices)]
    if answers.get(ALL) == STOP:
        return []
    return [_question(one) for one in open_ones]


def _is_answer(answer: str, office: Office) -> bool:
    return answer in (NEW, AS_WRITTEN, STOP) or office.department(answer) is not None


def _question(one: UnknownDepartment) -> Question:
    choices = [Choice(one.parent, f"就是“{one.parent}”（它的下属机构）")] if one.parent else []
    choices += [Choice(name, f"就是“{name}”，以后也这样认") for name in one.nearest if name != one.parent]
    choices.append(Choice(NEW, f"增加为新部门“{one.bare}”"))
    if one.bare != one.name:
        choices.append(Choice(AS_WRITTEN, f"增加为新部门“{one.name}”"))
    choices.append(Choice(STOP, "不增加，我先改表"))
    often = f"（共 {one.times} 处）" if one.times > 1 else ""
    text = f"“{one.name}”不在本单位的设置里{often}，它是哪个部门？"
    return Question(ONE + one.name, one.first.sheet, one.first.cell, text, tuple(choices))


def with_departments(office: Office, unknown: Sequence[UnknownDepartment], answers: Mapping[str, str]) -> Office:
    """The office as the answers want it: with new departments, and known ones by further names."""
    for one in unknown:
        answer = answers.get(ONE + one.name) or (NEW if answers.get(ALL) == NEW else "")
        name = {NEW: one.bare, AS_WRITTEN: one.name}.get(answer, answer)
        known = office.department(name)
        if known is not None:
            more = (*known.aliases, one.name) if one.name not in (known.name, *known.aliases) else known.aliases
            changed = replace(known, aliases=more)
            office = replace(office, departments=tuple(changed if d is known else d for d in office.departments))
        elif answer in (NEW, AS_WRITTEN):
            aliases = () if name == one.name else (one.name,)
            made = Department(_code(name, office), name, aliases=aliases)
            office = replace(office, departments=(*office.departments, made))
    return office


def _code(name: str, office: Office) -> str:
    """Initials of the first two characters, with a number where another department has them."""
    letters = "".join(lazy_pinyin(name[:2], style=Style.FIRST_LETTER, errors="ignore")).upper() or "BM"
    taken = {department.code for department in office.departments}
    numbered = (f"{letters}{number}" for number in range(2, 1000))
    return letters if letters not in taken else next(code for code in numbered if code not in taken)


def put_departments(workspace: Workspace, connection: Connection, after: Office) -> tuple[str, ...]:
    """Write what is new into office.toml, in the caller's transaction; says what was added or further named."""
    text, mark = read_settings(workspace)
    written: list[dict[str, Any]] = tomllib.loads(text).get("departments", [])
    rows: list[tuple[int | None, Mapping[str, Any]]] = [(place, {}) for place in range(len(written))]
    places = {row["name"]: place for place, row in enumerate(written)}
    told = []
    for department in after.departments:
        if department in workspace.office.departments:
            continue
        aliases = {"aliases": list(department.aliases)} if department.aliases else {}
        if department.name in places:
            rows[places[department.name]] = (places[department.name], aliases)
            told.append(f"{department.name}（又称{department.aliases[-1]}）")
        else:
            rows.append((None, {"code": department.code, "name": department.name, **aliases}))
            told.append(department.name)
    changed = change_rows(text, "departments", rows)
    put_settings(connection, workspace, changed, mark, f"成员单位：{'、'.join(told)}")
    return tuple(told)
