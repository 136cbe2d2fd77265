"""抽查任务: one row of an annual plan, with the raw text beside every normalised value."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

RatioForm = Literal["percent", "floor", "cap", "range", "count", "per_level", "text"]
Category = Literal["重点", "一般"]
DrawType = Literal["定向", "不定向"]


@dataclass(frozen=True)
class Ratio:
    """抽取比例.

    Attributes:
        raw: text as written.
        form: ``percent`` exact · ``floor`` at least · ``cap`` at most · ``range`` between · ``count`` a number of
            subjects · ``per_level`` one figure per level of government · ``text`` not a figure.
        low: lower bound in percent (3.0 for 3 %), None where there is none.
        high: upper bound in percent, None where there is none.
        count: number of subjects (lower bound where a range of counts is written), None where there is none.
        count_high: upper bound of a range of counts.
        levels: (level, percent) pairs for ``per_level``.
    """

    raw: str
    form: RatioForm = "text"
    low: float | None = None
    high: float | None = None
    count: int | None = None
    count_high: int | None = None
    levels: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Frequency:
    """频次: ``per_year`` is None where the text gives no figure."""

    raw: str = ""
    per_year: int | None = None


@dataclass(frozen=True)
class Window:
    """检查时间: inclusive dates; None where the text sets no bound."""

    raw: str = ""
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class InspectionTask:
    """抽查任务, one row of 抽查计划表.

    Attributes:
        id: ``YYYY-NNN``, year and serial in the plan; used in file names and codes, so ASCII only.
        year: plan year.
        row: 1-based row of the sheet it came from.
        serial: 序号 as written.
        plan: 抽查计划名称. name: 抽查任务名称. field: 抽查领域.
        items: 抽查事项 of the initiator, one entry an item. partner_items: the second 抽查事项 column.
        object: 检查对象. category: 事项类别 or None where the text is no category.
        type: 抽查类型 or None. initiators / partners: canonical department names.
        level: 检查主体 as canonical ``省级|市级|县级|区级`` or raw.
        raw: official column name → text as written (the second 抽查事项 is ``抽查事项2``).
    """

    id: str
    year: int
    row: int
    serial: str
    plan: str
    name: str
    field: str
    items: tuple[str, ...]
    partner_items: tuple[str, ...]
    object: str
    category: Category | None
    type: DrawType | None
    initiators: tuple[str, ...]
    partners: tuple[str, ...]
    level: str
    ratio: Ratio
    frequency: Frequency
    window: Window
    raw: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def departments(self) -> tuple[str, ...]:
        """Initiators, then partners, each once."""
        return tuple(dict.fromkeys(self.initiators + self.partners))


@dataclass(frozen=True)
class InspectionItem:
    """抽查事项 of the item list (随机抽查事项清单): who checks what, on what basis.

    Attributes:
        id: stable code within the office. department: canonical name. field: 抽查类别/领域.
        name: 抽查事项. object: 检查对象. category: 重点/一般. method: 检查方式. basis: 检查依据. level: 检查主体.
        partners: departments that join this one in a joint item, canonical; empty in the partners' own records.
    """

    id: str
    department: str
    name: str
    field: str = ""
    object: str = ""
    category: Category | None = None
    method: str = ""
    basis: str = ""
    level: str = ""
    partners: tuple[str, ...] = ()
