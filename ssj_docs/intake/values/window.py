"""检查时间: the eight ways of the field, quarters, half years and real dates → inclusive dates."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.values.folding import arabic, squeeze
from ssj_docs.intake.values.reading import Note, Reading
from ssj_docs.model.plan import Window

_Y, _MO, _D = r"(\d{4})", r"(\d{1,2})", r"(\d{1,2})"
_DATE = rf"{_Y}[-./年]{_MO}[-./月]{_D}[日号]?"
_MONTH = rf"{_Y}[-./年]{_MO}月?份?"
_SEP = r"(?:-|~)+"
_Bounds = tuple[date | None, date | None]


def read_window(text: str, year: int) -> Reading[Window]:
    """Read a period; one without a year takes ``year``.

    ``2023年12月前`` is read as the text says, before December begins (end 11-30), with a note, because
    12月底前 may have been meant. Where nothing can be read, both bounds are None and a note says so.
    """
    raw = text.strip()
    if not raw:
        return Reading(Window())
    body = _unify(_day_number(text))
    inner = re.search(r"[(（]([^()（）]*\d[^()（）]*)[)）]", text)
    if inner and not re.search(r"\d", text.replace(inner[0], "").replace(str(year), "")):
        body = _unify(inner[1])  # 2026年春季学期（3月1日至4月15日）
    if re.fullmatch(r"(长期|不定期|常年|随时|待定|按上级.*|根据.*|视.*)", body):
        return Reading(Window(raw))
    for pattern, read in _PATTERNS:
        match = re.fullmatch(pattern, body)
        if match:
            try:
                start, end = read(match, year)
            except ValueError:
                break
            return Reading(Window(raw, start, end), _notes(body, match, (start, end), year))
    return Reading(
        Window(raw),
        (Note("window.unread", "检查时间读不出起止日期", "请写成“2023年3月-6月”或“2023-03-01至2023-06-30”"),),
    )


def window_style(text: str) -> str:
    """The way a period is written, digits as 0, so that two ways can be told apart (``0000年0月-0月``)."""
    return re.sub(r"\d+", "0", squeeze(text))


def join_windows(start: str, end: str) -> str:
    """One text for a sheet that gives the period in two columns; day numbers of a spreadsheet become days."""
    start, end = _day_number(start), _day_number(end)
    return f"{start}至{end}" if start.strip() and end.strip() else (start or end).strip()


def _day_number(text: str) -> str:
    """46082 → 2026-03-01: a date cell that lost its format. Days of 2000 to 2099 only."""
    body = squeeze(text)
    if not re.fullmatch(r"\d{5}(\.0+)?", body) or not 36526 <= int(body[:5]) <= 73050:
        return text
    return (date(1899, 12, 30) + timedelta(days=int(body[:5]))).isoformat()


def _unify(text: str) -> str:
    body = re.sub(r"(?<=\d)\s+\d{1,2}:\d{2}(:\d{2})?", "", text)
    body = arabic(squeeze(body), "月日号季").replace("第", "")
    body = re.sub(r"[—–―‐−~〜〰至到]+", "~", body)
    body = re.sub(r"^即日起?~", "~", body)
    body = re.sub(r"^截[至止~]+(?=\d)", "~", body)
    body = re.sub(r"^(?:(\d{4})年?)?Q([1-4])$", lambda m: f"{m[1] + '年' if m[1] else ''}{m[2]}季度", body.upper())
    body = re.sub(r"^(自|从)|(止|期间|完成|开展|实施)$|起(?=~)", "", body)
    body = re.sub(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)", r"\1-\2-\3", body)
    body = re.sub(r"([一二三四])(?=[、和]\d季)", lambda m: str("一二三四".index(m[1]) + 1), body)
    body = re.sub(r"(\d)[、和](\d季)", r"\1-\2", body)
    body = re.sub(r"(?<=月)(初|底|末)(?=~|$)(?!.*前)|(?<=~)(?=\d+月底)", "", body) if "~" in body else body
    body = re.sub(r"(?<!\d)(\d{2})年", lambda m: f"20{m[1]}年", body)
    return re.sub(r"^\((.*)\)$", r"\1", body)


def _notes(body: str, match: re.Match[str], bounds: _Bounds, year: int) -> tuple[Note, ...]:
    start, end = bounds
    notes = []
    if start and end and start > end:
        notes.append(Note("window.reversed", "检查时间的开始晚于结束", "请核对起止日期"))
    if not re.search(r"\d{4}", body) and "年" not in body:
        notes.append(Note("window.no_year", f"检查时间没有写年份，按计划年度 {year} 年读入", "请补上年份"))
    elif all(bound is None or bound.year != year for bound in bounds):
        notes.append(
            Note(
                "window.other_year",
                f"检查时间不在计划年度 {year} 年内",
                Remedy("请核对年份，或另指明年度，再次", do("import", kind="plan", year="")),
            )
        )
    if re.search(r"\d月(以|之)?前$", body) and end:
        notes.append(
            Note("window.before_month", f"“{match[0]}”按字面读作截至 {end.isoformat()}", "如指月底前，请写“月底前”")
        )
    if "、" in body or "和" in body:
        notes.append(Note("window.several", "检查时间写了几个时段，按最早到最晚读入", "请一个时段一行"))
    return tuple(notes)


def _first(year: int, month: int) -> date:
    return date(year, month, 1)


def _last(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _months(year: int, first: int, last: int) -> _Bounds:
    """A span of months; one that ends in an earlier month runs into the next year (11月-2月)."""
    return _first(year, first), _last(year + (last < first), last)


def _n(match: re.Match[str]) -> list[int]:
    return [int(group) for group in match.groups() if group is not None]


def _date_date(m: re.Match[str], _year: int) -> _Bounds:
    v = _n(m)
    return date(v[0], v[1], v[2]), date(v[3], v[4], v[5])


def _date_day(m: re.Match[str], _year: int) -> _Bounds:
    v = _n(m)
    return date(v[0], v[1], v[2]), (date(v[0], v[3], v[4]) if len(v) == 5 else date(v[0], v[1], v[3]))


def _days(m: re.Match[str], year: int) -> _Bounds:
    v = _n(m)
    start = date(year, v[0], v[1])
    end = date(year, v[2], v[3]) if len(v) == 4 else date(year, v[0], v[2])
    return start, end if end >= start else end.replace(year=year + 1)


def _quarter(m: re.Match[str], year: int) -> _Bounds:
    stated = int(m[1]) if m[1] else year
    first = int(m[2])
    last = int(m[3]) if len(m.groups()) > 2 and m[3] else first
    if not 1 <= first <= last <= 4:
        raise ValueError
    return _first(stated, 3 * first - 2), _last(stated, 3 * last)


def _half(m: re.Match[str], year: int) -> _Bounds:
    stated = int(m[1]) if m[1] else year
    return (_first(stated, 1), _last(stated, 6)) if m[2] == "上" else (_first(stated, 7), _last(stated, 12))


def _whole_year(m: re.Match[str], year: int) -> _Bounds:
    stated = int(m[1]) if m[1] else year
    return _first(stated, 1), _last(stated, 12)


def _before_month(m: re.Match[str], year: int) -> _Bounds:
    stated = int(m[1]) if m[1] else year
    if m[3]:
        return None, _last(stated, int(m[2]))
    return None, _first(stated, int(m[2])) - timedelta(days=1)


def _before_day(m: re.Match[str], year: int) -> _Bounds:
    return None, date(int(m[1]) if m[1] else year, int(m[2]), int(m[3]))


def _from_day(m: re.Match[str], year: int) -> _Bounds:
    return date(int(m[1]) if m[1] else year, int(m[2]), int(m[3] or 1)), None


def _third(year: int, month: int, which: str) -> tuple[date, date]:
    """上旬, 中旬 or 下旬 of a month: its first and last day."""
    last = _last(year, month)
    bounds = {"上": (1, 10), "中": (11, 20), "下": (21, last.day)}[which]
    return last.replace(day=bounds[0]), last.replace(day=bounds[1])


def _thirds(m: re.Match[str], year: int) -> _Bounds:
    stated = int(m[1]) if m[1] else year
    start, end = _third(stated, int(m[2]), m[3])
    return (start, _third(stated, int(m[4] or m[2]), m[5])[1]) if m[5] else (start, end)


def _day_month(m: re.Match[str], year: int) -> _Bounds:
    stated = int(m[1]) if m[1] else year
    return date(stated, int(m[2]), int(m[3])), _last(stated, int(m[4]))


def _month_day(m: re.Match[str], year: int) -> _Bounds:
    stated = int(m[1]) if m[1] else year
    return _first(stated, int(m[2])), date(stated, int(m[3]), int(m[4]))


def _quarter_list(m: re.Match[str], year: int) -> _Bounds:
    quarters = [int(number) for number in re.findall(r"([1-4])季", m[2])]
    stated = int(m[1]) if m[1] else year
    return _first(stated, 3 * min(quarters) - 2), _last(stated, 3 * max(quarters))


def _month_list(m: re.Match[str], year: int) -> _Bounds:
    months = [int(number) for number in re.findall(r"\d{1,2}(?=月|、|和)", m[2])]
    stated = int(m[1]) if m[1] else year
    return _first(stated, min(months)), _last(stated, max(months))


_PATTERNS: tuple[tuple[str, Callable[[re.Match[str], int], _Bounds]], ...] = (
    (rf"{_DATE}{_SEP}{_DATE}", _date_date),
    (rf"{_DATE}{_SEP}{_MO}[-./月]{_D}[日号]?", _date_day),
    (rf"{_DATE}{_SEP}{_D}[日号]", _date_day),
    (rf"{_Y}[.]{_MO}-{_MO}", lambda m, _y: _months(*_n(m))),
    (rf"{_DATE}", lambda m, _y: (date(*_n(m)), date(*_n(m)))),
    (rf"{_MONTH}{_SEP}{_MONTH}", lambda m, _y: (_first(_n(m)[0], _n(m)[1]), _last(_n(m)[2], _n(m)[3]))),
    (
        rf"{_Y}年?{_MO}月份?{_SEP}次年{_MO}月份?",
        lambda m, _y: (_first(_n(m)[0], _n(m)[1]), _last(_n(m)[0] + 1, _n(m)[2])),
    ),
    (rf"{_Y}(?:[-./年]|年度){_MO}月?份?{_SEP}{_MO}月份?", lambda m, _y: _months(*_n(m))),
    (rf"{_Y}[.]{_MO}{_SEP}{_MO}", lambda m, _y: _months(*_n(m))),
    (rf"{_MONTH}", lambda m, _y: _months(_n(m)[0], _n(m)[1], _n(m)[1])),
    (rf"{_MO}月份?{_SEP}次年{_MO}月份?", lambda m, y: (_first(y, _n(m)[0]), _last(y + 1, _n(m)[1]))),
    (rf"{_MO}月?份?{_SEP}{_MO}月份?", lambda m, y: _months(y, *_n(m))),
    (rf"{_MO}[月./]{_D}[日号]?{_SEP}{_MO}[月./]{_D}[日号]?", _days),
    (rf"{_MO}月{_D}[日号]?{_SEP}{_D}[日号]", _days),
    (rf"{_MO}月{_D}[日号]", lambda m, y: (date(y, *_n(m)), date(y, *_n(m)))),
    (rf"{_MO}月份?", lambda m, y: _months(y, _n(m)[0], _n(m)[0])),
    (rf"(?:{_Y}年?)?度?([1-4])季度?{_SEP}([1-4])季度?", _quarter),
    (rf"(?:{_Y}年?)?度?([1-4]){_SEP}([1-4])季度", _quarter),
    (rf"(?:{_Y}年?)?度?([1-4])季度?", _quarter),
    (rf"(?:{_Y}年?)?度?([上下])半年", _half),
    (rf"(?:{_Y}年?)?(?:全年|年度内?|年内|本年度?|度)?", _whole_year),
    (rf"(?:{_Y}年)?{_MO}月份?(底|末|月底)?(?:以|之)?前?(?:完成)?", _before_month),
    (rf"(?:{_Y}[-./年])?{_MO}[-./月]{_D}[日号]?(?:以|之)?前", _before_day),
    (rf"(?:{_Y}年?)?年?[底末](?:以|之)?前?", lambda m, y: (None, date(int(m[1]) if m[1] else y, 12, 31))),
    (rf"~(?:{_Y}年)?{_MO}月{_D}[日号]", _before_day),
    (rf"~(?:{_Y}年)?{_MO}月份?()(?:底|末)?", lambda m, y: (None, _last(int(m[1]) if m[1] else y, int(m[2])))),
    (rf"(?:{_Y}年)?{_MO}月(?:{_D}[日号])?(?:起|以后|之后|后|开始)", _from_day),
    (rf"(?:{_Y}年)?((?:{_MO}月?份?[、和])+{_MO}月份?)", _month_list),
    (rf"(?:{_Y}年)?{_MO}月([上中下])旬(?:{_SEP}(?:{_MO}月)?([上中下])旬)?", _thirds),
    (rf"(?:{_Y}年)?{_MO}月{_D}[日号]{_SEP}{_MO}月份?底?", _day_month),
    (rf"(?:{_Y}年)?{_MO}月份?{_SEP}{_MO}月{_D}[日号]", _month_day),
    (rf"(?:{_Y}年)?((?:[1-4]季度?[、和])+[1-4]季度?)", _quarter_list),
)
