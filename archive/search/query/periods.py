"""Years and dates in queries as inclusive bounds: ``2024``, ``2022..2024``, ``>=2023``, ``2024-03`` …."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from ssj_docs.ground.errors import UsageError


@dataclass(frozen=True)
class QueryPosition:
    """Where a value stands in the query: its first character, counted from 1, and how it was written."""

    at: int
    raw: str


_YEAR = re.compile(r"(19|20)\d\d")
_DATE = re.compile(r"((?:19|20)\d\d)(?:[-./年](\d{1,2})(?:[-./月](\d{1,2})日?|月)?|年)?")


def period_bounds(text: str, kind: str, place: QueryPosition) -> tuple[int | None, int | None]:
    """The bounds of ``2024``, ``2022..2024``, ``>=2023``, ``<2024`` …, as years or ordinals; ``kind`` is ``year`` or ``date``."""
    text = text.translate(str.maketrans("０１２３４５６７８９－～", "0123456789-~"))
    match = re.fullmatch(r"(>=|<=|>|<|≥|≤)(.+)", text)
    if match:
        low, high = _period(match[2], kind, place)
        sign = match[1].replace("≥", ">=").replace("≤", "<=")
        if sign[0] == ">":
            return (low if sign == ">=" else high + 1), None
        return None, (high if sign == "<=" else low - 1)
    separator = r"\.\.|~|至|到" if kind == "date" else r"\.\.|~|至|到|-"
    ends = re.split(separator, text)
    if len(ends) > 2 or not any(ends):
        raise _bad_period(place, kind)
    first = _period(ends[0], kind, place)[0] if ends[0] else None
    last = _period(ends[-1], kind, place)[1] if ends[-1] else None
    if first is not None and last is not None and first > last:
        raise UsageError(f"第 {place.at} 字的“{place.raw}”起止颠倒", "请把较早的写在前面。")
    return first, last


def _period(text: str, kind: str, place: QueryPosition) -> tuple[int, int]:
    """First and last day or year of ``2024``, ``2024-03`` or ``2024-03-05``."""
    if kind == "year":
        text = text.removesuffix("年度").removesuffix("年")
        if not _YEAR.fullmatch(text):
            raise _bad_period(place, kind)
        return int(text), int(text)
    match = _DATE.fullmatch(text)
    if not match:
        raise _bad_period(place, kind)
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    except (ValueError, calendar.IllegalMonthError):
        raise _bad_period(place, kind) from None
    return first.toordinal(), last.toordinal()


def _bad_period(place: QueryPosition, kind: str) -> UsageError:
    if kind == "year":
        remedy = "请写成 年度:2024、年度:2022..2024 或 年度:>=2023。"
        return UsageError(f"第 {place.at} 字的“{place.raw}”不是年度", remedy)
    remedy = "请写成 日期:2024-03-05、日期:2024-03 或 日期:2024-03-01..2024-06-30。"
    return UsageError(f"第 {place.at} 字的“{place.raw}”不是日期", remedy)
