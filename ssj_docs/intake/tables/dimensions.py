"""Columns that are values, not facts: a column for each department, month, quarter or item; each becomes rows or a period."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.tables.contents import CellKinds
from ssj_docs.intake.tables.facts import FACTS
from ssj_docs.intake.tables.labels import label_score
from ssj_docs.intake.tables.matching import LIKELY, Candidate, column_score
from ssj_docs.intake.values.folding import arabic, squeeze

_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
#: the fact that a department's column says where its heading says no more
_OF_DEPARTMENT: Mapping[Kind, str] = {
    "plan": "role",
    "items": "role",
    "results": "result",
    "draw": "inspectors",
    "inspectors": "name",
}
_YES = re.compile(r"[√✓✔☑●◎■★▲Vv]|是|有|[Yy]|1|牵头|主办|发起|○|△|◇|☆|配合|参与|协同")


@dataclass(frozen=True)
class Dimension:
    """A column whose heading is a value: ``fixed`` facts that its heading says, ``key`` of what its cells say."""

    column: int
    fixed: Mapping[str, str]
    key: str
    label: str = ""


@dataclass(frozen=True)
class Option:
    """A column headed by one value of a fact, with a mark where it holds (检查方式 over 现场, 书面)."""

    column: int
    key: str
    value: str


@dataclass(frozen=True)
class Dimensions:
    """All such columns: ``rows`` make a record each, ``periods`` are marks under months or quarters (first, last month),
    ``options`` marks under values of a fact, ``levels`` figures under risk grades.
    """

    rows: tuple[Dimension, ...] = ()
    periods: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    levels: Mapping[int, str] = field(default_factory=dict)

    @property
    def keys(self) -> set[str]:
        """Facts that these columns say."""
        said = {one.key for one in self.rows} | {key for one in self.rows for key in one.fixed}
        said |= {one.key for one in self.options} | ({"window"} if self.periods else set())
        return said | ({"ratio"} if self.levels else set())

    @property
    def columns(self) -> frozenset[int]:
        """Columns that are taken out of the matching."""
        rows = {one.column for one in self.rows}
        return frozenset(rows | {one.column for one in self.options} | set(self.periods) | set(self.levels))


def period_of(text: str) -> tuple[int, int] | None:
    """First and last month of a heading such as 3月, 第二季度, 上半年."""
    body = arabic(squeeze(text), "月季")
    if match := re.fullmatch(r"(?:\d{4}年)?(\d{1,2})月份?", body):
        month = int(match[1])
        return (month, month) if 1 <= month <= 12 else None
    if match := re.fullmatch(r"(?:\d{4}年)?第?([一二三四1-4])季度?|Q([1-4])", body.upper()):
        quarter = _QUARTERS[match[1] or match[2]]
        return 3 * quarter - 2, 3 * quarter
    if body in ("上半年", "下半年"):
        return (1, 6) if body[0] == "上" else (7, 12)
    return None


def _with_unit(labels: Sequence[str]) -> str:
    """A heading of a period; 3 under 进度（月） is 3月, 二 under 季度 is 二季度."""
    own, above = squeeze(labels[-1]), "".join(labels[:-1])
    if re.fullmatch(r"\d{1,2}|[一二三四]", own):
        return own + ("月" if "月" in above else "季度" if "季" in above else "")
    return own


def find_dimensions(
    candidates: Sequence[Candidate], parts: Mapping[int, tuple[str, ...]], kind: Kind, cells: CellKinds
) -> Dimensions:
    """Columns headed by departments, periods or items, of which there are at least two alike."""
    by_column = {candidate.column: candidate for candidate in candidates}
    periods = {}
    for column, labels in parts.items():
        period = period_of(_with_unit(labels))
        if period and kind == "plan" and by_column[column].profile.share("percent", "department", "matter") < 0.5:
            periods[column] = period
    if len(periods) < 2:
        periods = {}
    options = _options({c: p for c, p in parts.items() if c not in periods}, kind, by_column)
    levels = _levels(parts, by_column) if kind == "plan" else {}
    rest = {column: labels for column, labels in parts.items() if column not in {one.column for one in options}}
    departments = _departments(rest, kind, cells, by_column)
    rows = departments if len({one.fixed["department"] for one in departments}) >= 2 else []
    if kind == "results":
        taken = {one.column for one in rows}
        rows = [*rows, *_items(rest, by_column, taken)]
        rows = _items_under_departments(rows, parts)
    return Dimensions(tuple(rows), periods, tuple(options), levels)


def _options(parts: Mapping[int, tuple[str, ...]], kind: Kind, by_column: Mapping[int, Candidate]) -> list[Option]:
    """Groups of at least two columns of marks below one heading that names a fact; their own headings are its values."""
    groups: dict[str, list[int]] = {}
    for column, labels in parts.items():
        if len(labels) > 1 and labels[0] != labels[-1]:
            groups.setdefault("".join(labels[:-1]), []).append(column)
    found = []
    for top, columns in groups.items():
        filled = [by_column[column].profile for column in columns if by_column[column].profile.filled]
        if len(columns) < 2 or not filled or min(profile.share("mark") for profile in filled) < 0.6:
            continue
        if any(profile.share("person", "inspector", "date") for profile in filled):
            continue  # 无 beside names is nobody, not a mark
        bare = re.sub(r"[(（][^()（）]*[)）]", "", top)
        names = [f"{bare}{parts[column][-1]}" for column in columns]
        scores = {
            fact.key: max(label_score(bare, fact, kind), min(label_score(name, fact, kind) for name in names))
            for fact in FACTS[kind]
        }
        key = max(scores, key=lambda one: scores[one])
        if scores[key] >= LIKELY and key not in (
            "window",
            "initiators",
            "partners",
            "departments",
            "department",
            "inspectors",
        ):
            found += [Option(column, key, parts[column][-1]) for column in columns]
    return found


_LEVEL = re.compile(r"([ABCD])[级类]?(?:[(（].*[)）])?|((?:低|一般|中|中高|较高|高)风险)(?:[(（].*[)）])?")


def _levels(parts: Mapping[int, tuple[str, ...]], by_column: Mapping[int, Candidate]) -> dict[int, str]:
    """Column → risk grade, where at least two columns of ratios are headed by grades."""
    found = {}
    for column, labels in parts.items():
        match = _LEVEL.fullmatch(squeeze(labels[-1]))
        profile = by_column[column].profile
        if match and (not profile.filled or profile.share("percent", "figure", "whole") >= 0.6):
            found[column] = match[1] or match[2]
    return found if len(found) >= 2 else {}


def _departments(
    parts: Mapping[int, tuple[str, ...]], kind: Kind, cells: CellKinds, by_column: Mapping[int, Candidate]
) -> list[Dimension]:
    if kind not in _OF_DEPARTMENT:
        return []
    found = []
    for column, labels in parts.items():
        for place, part in enumerate(labels):
            name, rest = _department_first(part, cells)
            if not name:
                continue
            others = "".join(dict.fromkeys([*labels[:place], rest, *labels[place + 1 :]]))
            key = _best_key(others, by_column[column], kind) or _OF_DEPARTMENT[kind]
            held = by_column[column].profile.share("result", "mark")
            if kind == "results" and held >= 0.7 and not re.match("是否|已", labels[-1]):
                key = "result"  # whatever the item that its heading names
            if key in ("department", "initiators", "partners", "departments", "jurisdiction", "registrar"):
                key = _OF_DEPARTMENT[kind]
            if kind in ("plan", "items") and others and by_column[column].profile.share("mark") < 0.5 and key == "role":
                break
            found.append(Dimension(column, {"department": name}, key, others))
            break
    return found


def _department_first(part: str, cells: CellKinds) -> tuple[str, str]:
    """A department that a heading is, or begins with: 公安局检查结果 → 公安局, 检查结果."""
    body = re.sub(r"[(（][^()（）]*[)）]$", "", squeeze(part))
    if cells.names.canonical(body):
        return body, ""
    for end in range(min(len(body) - 1, 14), 2, -1):
        if body[end - 1] in "局委队" and cells.names.canonical(body[:end]):
            return body[:end], body[end:]
    return "", ""


def _best_key(label: str, candidate: Candidate, kind: Kind) -> str:
    """The fact that a heading without its department names; its cells must be such as the fact can have."""
    named = replace(candidate, label=label)
    scores = {fact.key: column_score(named, fact, kind) for fact in FACTS[kind]} if label else {}
    best = max(scores, key=lambda key: scores[key], default="")
    return best if best and scores[best] >= LIKELY else ""


def _items(
    parts: Mapping[int, tuple[str, ...]], by_column: Mapping[int, Candidate], taken: set[int]
) -> list[Dimension]:
    """Columns of results whose headings are items: 治安管理 | 消防通道, with 合格 or √ in their cells."""
    found = []
    for column, labels in parts.items():
        profile = by_column[column].profile
        if column in taken or not profile.filled or max(profile.share("result"), profile.share("mark")) < 0.7:
            continue
        own = labels[-1]
        scores = [
            label_score(own, fact, "results")
            for fact in FACTS["results"]
            if fact.key not in ("item", "note", "subject")
        ]
        if max(scores) < LIKELY and not re.search(r"是否|公示|签", own):
            found.append(Dimension(column, {"item": own}, "result", own))
    return found if len(found) >= 2 else []


def _items_under_departments(rows: Sequence[Dimension], parts: Mapping[int, tuple[str, ...]]) -> list[Dimension]:
    """What stands below a department over columns of results are its items, unless it says that it is the result."""
    result = next(fact for fact in FACTS["results"] if fact.key == "result")
    found = []
    for one in rows:
        department, own = one.fixed.get("department", ""), parts[one.column][-1]
        is_item = one.key == "result" and department and not _department_of(own, department)
        if is_item and label_score(own, result, "results") < LIKELY:
            found.append(Dimension(one.column, {"department": department, "item": own}, "result", own))
        else:
            found.append(one)
    return found


def _department_of(heading: str, department: str) -> bool:
    """True where a heading is the department itself, or begins with it."""
    return squeeze(re.sub(r"[(（].*", "", heading)).startswith(department)


def marked(text: str) -> bool:
    """True for a mark that says yes."""
    return bool(_YES.fullmatch(squeeze(text))) or (
        bool(squeeze(text)) and squeeze(text) not in ("×", "✗", "否", "无", "/", "-", "—", "0")
    )
