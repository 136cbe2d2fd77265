"""Working days: the State Council's calendar, the office's own table for later years, and provisional dates beyond.

chinesecalendar knows the published years (2004-2026 at the time of writing). Later years come from office.toml
(``[holidays] 2027 = […]``, ``[workdays] 2027 = […]``). For unknown years Monday to Friday are counted, and every date that
involves them is marked provisional; once the year is announced, the same calculation gives the final date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version

import chinese_calendar

from ssj_docs.ground.errors import DataError
from ssj_docs.model.office import Office

_ONE = timedelta(days=1)
#: part of a source if the date may still be moved although its calendar is announced
MAY_MOVE = "可能调整"


@dataclass(frozen=True)
class DueDate:
    """A calculated date.

    Attributes:
        date: the last day on which the act is in time.
        provisional: whether a counted day is in a year whose holidays are not announced.
        source: a Chinese phrase naming the calendar used.
    """

    date: date
    provisional: bool
    source: str


@dataclass(frozen=True)
class WorkCalendar:
    """Holidays and working weekends added by the office to the published calendar.

    Attributes:
        holidays: weekdays off.
        workdays: working weekend days (调休).
        years: years that the office declared as announced by a table, even an empty one.
    """

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def knows(self, year: int) -> bool:
        """Return whether the holidays of this year are announced, in the library or the office's table."""
        return year in self.years or _published(year)

    def is_workday(self, day: date) -> bool:
        """Return whether offices work on this day; the office's own table takes precedence over the library."""
        if day in self.workdays:
            return True
        if day in self.holidays:
            return False
        if _published(day.year):
            return bool(chinese_calendar.is_workday(day))
        return day.weekday() < 5

    def source(self, first: date, last: date) -> str:
        """Name the calendars used for the days from first to last."""
        named = [self._source(year) for year in range(first.year, last.year + 1)]
        # The notice for a year may move days of the December before it: 2018-12-31 became a day off that way.
        if (last.month, last.day) >= (12, 29) and self.knows(last.year) and not self.knows(last.year + 1):
            named.append(f"{last.year + 1} 年元旦放假安排未公布，12 月 29 日至 31 日{MAY_MOVE}")
        return "；".join(dict.fromkeys(named))

    def _source(self, year: int) -> str:
        if year in self.years:
            return f"office.toml 所录 {year} 年放假安排"
        if _published(year):
            return f"国务院办公厅放假安排（chinesecalendar {_library_version()}）"
        return f"{year} 年放假安排未公布，按周一至周五暂计"


def office_calendar(office: Office) -> WorkCalendar:
    """The calendar of an office.

    Raises:
        DataError: a date in office.toml cannot be read or is listed under another year.
    """
    holidays = _dates("holidays", office.holidays)
    workdays = _dates("workdays", office.workdays)
    both = holidays & workdays
    if both:
        raise DataError(
            f"office.toml：{min(both).isoformat()} 同时列在 [holidays] 和 [workdays]", "一天只能列在一处，请删去错的"
        )
    # Only a table of holidays makes a year known; working days alone are not enough.
    return WorkCalendar(holidays, workdays, frozenset(int(year) for year in office.holidays))


def add_workdays(start: date, n: int, calendar: WorkCalendar) -> DueDate:
    """Count n working days from start, not including the start day (之日起: from the next day).

    Args:
        start: date of the event.
        n: working days, 0 or more; 0 gives the start day itself.
        calendar: from `office_calendar`.
    """
    if n < 0:
        raise ValueError("n must not be negative")
    return _count(start, n, calendar)


def add_days(start: date, n: int) -> DueDate:
    """Count n calendar days from start, not including the start day. Never provisional."""
    return DueDate(start + timedelta(days=n), False, "日历日")


def workdays_between(start: date, end: date, calendar: WorkCalendar) -> int:
    """Working days after start up to and including end; negative if end is before start."""
    if end < start:
        return -workdays_between(end, start, calendar)
    days = (end - start).days
    return sum(calendar.is_workday(start + timedelta(days=i)) for i in range(1, days + 1))


@lru_cache(maxsize=65536)
def _count(start: date, n: int, calendar: WorkCalendar) -> DueDate:
    day, left = start, n
    while left:
        day += _ONE
        left -= calendar.is_workday(day)
    first = start + _ONE if n else start
    provisional = any(not calendar.knows(year) for year in range(first.year, day.year + 1))
    return DueDate(day, provisional, calendar.source(min(first, day), day))


@lru_cache(maxsize=512)
def _published(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 6, 1))
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=1)
def _library_version() -> str:
    return version("chinesecalendar")


def _dates(table: str, years: Mapping[str, tuple[str, ...]]) -> frozenset[date]:
    found: set[date] = set()
    for year, days in years.items():
        if not str(year).isdecimal():
            raise DataError(f"office.toml [{table}]：“{year}”不是年份", "请写成 2027 这样的四位年份")
        for text in days:
            try:
                day = date.fromisoformat(str(text))
            except ValueError:
                raise DataError(
                    f"office.toml [{table}] {year}：“{text}”不是日期", "请写成 2027-01-01 这样的日期"
                ) from None
            if str(day.year) != str(year):
                raise DataError(f"office.toml [{table}] {year}：“{text}”不属于 {year} 年", "请移到所属年份之下")
            found.add(day)
    return frozenset(found)
