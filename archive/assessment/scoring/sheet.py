"""考核细则: a sheet of points as a TOML file, shipped in templates/scoring or the office's own in workspace/templates/scoring."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archive.assessment.measure_register import MEASURES
from archive.assessment.scoring.formula import Formula, parse_formula
from archive.search.query.parser import Everything, Query, parse_query
from ssj_docs.ground.canonical import sha256_of
from ssj_docs.ground.errors import DataError, NotFoundError, SsjError
from ssj_docs.ground.library_words import in_chinese
from ssj_docs.office.workspace import Workspace

Kind = Literal["item", "deduct", "bonus", "veto"]
Register = Literal["cases", "tasks", "findings", "papers"]
KINDS: Mapping[str, str] = {"item": "得分", "deduct": "扣分", "bonus": "加分", "veto": "一票否决"}
_FOLDER = "scoring"
_USUAL = "xianzhi"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OwnMeasure(_Strict):
    """A measure without code: rows of a register that match ``where``; those that also match ``met`` are met."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    name: str = Field(min_length=1, max_length=60)
    of: Register
    where: str = Field(default="", max_length=200)
    met: str = Field(default="", max_length=200)


class _Item(_Strict):
    id: str = Field(pattern=r"^[0-9A-Za-z.\-]{1,20}$")
    group: str = Field(default="", max_length=80)
    name: str = Field(min_length=1, max_length=120)
    points: float = Field(default=0, ge=0, le=1000)
    criteria: str = Field(default="", max_length=2000)
    kind: Kind = "item"
    score: str = ""
    materials: tuple[str, ...] = ()
    unit: str = Field(default="", max_length=80)


class _Sheet(_Strict):
    name: str = Field(min_length=1, max_length=80)
    about: str = Field(default="", max_length=400)
    total: float = Field(default=100, gt=0, le=10000)
    items: tuple[_Item, ...] = Field(min_length=1, max_length=300)
    measures: tuple[OwnMeasure, ...] = ()


@dataclass(frozen=True)
class ScoreItem:
    """A line of a sheet.

    Attributes:
        group: 一级指标. name: 考核内容. points: 分值; for deductions and bonuses the most that is taken or given.
        criteria: 评分标准, as people read it. formula: None if it is scored by hand.
        materials: what has to be shown. unit: who owes it; empty for everybody.
    """

    id: str
    group: str
    name: str
    points: float
    criteria: str
    kind: Kind
    formula: Formula | None
    materials: tuple[str, ...]
    unit: str


@dataclass(frozen=True)
class ScoringSheet:
    """A sheet: ``id`` is its file name; ``total`` the points that its items add up to; ``queries`` of its own measures;
    ``digest`` of the file."""

    id: str
    name: str
    about: str
    total: float
    items: tuple[ScoreItem, ...]
    measures: tuple[OwnMeasure, ...]
    queries: Mapping[str, tuple[Query, Query]]
    digest: str

    def item(self, number: str) -> ScoreItem:
        """The item of that id. Raises: NotFoundError."""
        found = next((one for one in self.items if one.id == number), None)
        if found is None:
            raise NotFoundError(f"《{self.name}》没有第 {number} 项", f"可用：{'、'.join(i.id for i in self.items)}")
        return found


def sheet_files(workspace: Workspace) -> dict[str, str]:
    """Text by id: the shipped sheets, then the office's own, which replace those of the same name."""
    shipped = resources.files("templates") / _FOLDER
    found = {
        Path(one.name).stem: one.read_text("utf-8")
        for one in sorted(shipped.iterdir(), key=lambda one: one.name)
        if one.name.endswith(".toml")
    }
    for path in sorted((workspace.templates / _FOLDER).glob("*.toml")):
        try:
            found[path.stem] = path.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(f"{path.name} 不是 UTF-8 文本", "另存为 UTF-8 再用") from error
    return found


def load_sheet(workspace: Workspace, name: str = "") -> ScoringSheet:
    """A sheet by id or name; without one, the office's own if it has exactly one, or else the shipped one for departments.

    Raises: NotFoundError; DataError naming what is wrong in the file.
    """
    files = sheet_files(workspace)
    if not name:
        own = sorted(path.stem for path in (workspace.templates / _FOLDER).glob("*.toml"))
        name = own[0] if len(own) == 1 else _USUAL
    chosen = name if name in files else next((key for key, text in files.items() if f'name = "{name}"' in text), "")
    if not chosen:
        raise NotFoundError(f"没有考核细则“{name}”", f"可用：{'、'.join(files)}，或导入本办的细则")
    return parse_sheet(chosen, files[chosen])


def parse_sheet(identity: str, text: str) -> ScoringSheet:
    """Check the text of a sheet. Raises: DataError naming item and key."""
    file = f"{identity}.toml"
    try:
        told: Any = tomllib.loads(text)
        sheet = _Sheet.model_validate(told)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{file} 不是 TOML：{error}", "照随附的细则改正") from error
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, one['loc']))}：{in_chinese(one['msg'])}" for one in error.errors()[:10]]
        raise DataError(f"{file} 有 {error.error_count()} 处不对：{'；'.join(lines)}", "照随附的细则改正") from error
    items, known = [], {*MEASURES, *(one.id for one in sheet.measures)}
    for one in sheet.items:
        items.append(_item(file, one, known))
    for ids in ([one.id for one in sheet.items], [one.id for one in sheet.measures]):
        if twice := sorted({key for key in ids if ids.count(key) > 1}):
            raise DataError(f"{file} 里 {'、'.join(twice)} 出现了两次", "编号各不相同")
    added = sum(one.points for one in items if one.kind == "item")
    if abs(added - sheet.total) > 0.01:
        raise DataError(
            f"{file} 各项分值合计 {added:g} 分，总分写的是 {sheet.total:g} 分", "核对各项的 points 或 total"
        )
    queries = {one.id: (_query(file, one.id, one.where), _query(file, one.id, one.met)) for one in sheet.measures}
    return ScoringSheet(
        identity, sheet.name, sheet.about, sheet.total, tuple(items), sheet.measures, queries, sha256_of(text.encode())
    )


def _item(file: str, one: _Item, known: set[str]) -> ScoreItem:
    try:
        formula = parse_formula(one.score) if one.score else None
    except DataError as failure:
        raise DataError(f"{file} 第 {one.id} 项：{failure.message}", failure.remedy) from failure
    unknown = [name for name in formula.measures if name not in known] if formula else []
    if unknown:
        raise DataError(
            f"{file} 第 {one.id} 项用了不存在的算法：{'、'.join(unknown)}", f"可用：{'、'.join(sorted(known))}"
        )
    if one.kind == "veto" and formula is not None:
        raise DataError(f"{file} 第 {one.id} 项是一票否决，不能由公式定", "去掉 score，由人认定")
    return ScoreItem(one.id, one.group, one.name, one.points, one.criteria, one.kind, formula, one.materials, one.unit)


def _query(file: str, measure: str, text: str) -> Query:
    if not text.strip():
        return Query(Everything())
    try:
        return parse_query(text)
    except SsjError as failure:
        raise DataError(f"{file} 的算法 {measure}：{failure.message}", failure.remedy) from failure
