"""Workbooks by XlsxWriter: text stays text, the same data gives the same bytes, official two-line headings.

Every text is written by ``write_string``: a cell that begins with ``= + - @`` is displayed, never calculated.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from ssj_docs.documents.text.wording import text_width
from ssj_docs.facts.list_columns import LIST_COLUMNS
from ssj_docs.ground.errors import DataError

Value = str | int | float | None

#: the date in every workbook; the current date would change the bytes
_CREATED = datetime(2020, 1, 1)
_SHEET_NAME_LIMIT = 31
#: height of a line of 10 points
_LINE_POINTS = 14
_CELL_LIMIT = 32767
_FORBIDDEN = {ord(sign): "·" for sign in "[]:*?/\\"}
_SURROGATES = re.compile("[\ud800-\udfff\ufffe\uffff]")
_CONTROL = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"} | {13: None}


@dataclass(frozen=True)
class SheetColumn:
    """A column: its official name, width in characters, ``left`` or ``center``."""

    name: str
    width: float = 12.0
    align: str = "center"


@dataclass(frozen=True)
class TableSheet:
    """A sheet with a title, a heading and rows.

    Attributes:
        name: of the sheet.
        title: line above the heading.
        columns: from left to right.
        rows: texts and numbers; None is an empty cell.
        groups: upper heading as (first column, last column, text); other columns get a cell over both lines.
        note: below the table.
        landscape: paper orientation.
    """

    name: str
    title: str
    columns: tuple[SheetColumn, ...]
    rows: Sequence[Sequence[Value]]
    groups: tuple[tuple[int, int, str], ...] = ()
    note: str = ""
    landscape: bool = True
    chart: Chart | None = None


@dataclass(frozen=True)
class Chart:
    """A native chart below the table: ``columns`` of each row as a stacked bar.

    Attributes:
        title: above the chart.
        labels: column with the names of the rows.
        columns: those drawn.
        skip_last: omit the last row (合计).
        bars: columns side by side instead, in printable greys, each with its number.
        upright: vertical bars.
        percent: the axis goes from 0 to 100.
    """

    title: str
    labels: int
    columns: tuple[int, ...]
    skip_last: bool = True
    bars: bool = False
    upright: bool = False
    percent: bool = False


@dataclass
class _Styles:
    """Cell formats, created once per workbook to keep the file small."""

    book: Workbook
    made: dict[tuple[Any, ...], Format] = field(default_factory=dict)

    def get(self, **options: Any) -> Format:
        key = tuple(sorted(options.items()))
        if key not in self.made:
            base = {"font_name": "仿宋", "font_size": 10, "valign": "vcenter", "text_wrap": True}
            self.made[key] = self.book.add_format(base | options)
        return self.made[key]


def write_table_workbook(sheets: Sequence[TableSheet]) -> bytes:
    """Write a workbook of tables.

    Args:
        sheets: at least one; names are shortened and made unique where Excel demands.

    Returns:
        The .xlsx; the same sheets give the same bytes.

    Raises:
        DataError: a row has not as many cells as there are columns.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    )
    book.set_properties({"created": _CREATED, "title": sheets[0].title})
    styles = _Styles(book)
    used: set[str] = set()
    for sheet in sheets:
        name = _sheet_name(sheet.name, used)
        _write_sheet(book.add_worksheet(name), sheet, styles)
        if sheet.chart is not None:
            _add_chart(book, name, sheet)
    book.close()
    return buffer.getvalue()


def _write_sheet(paper: Worksheet, sheet: TableSheet, styles: _Styles) -> None:
    count = len(sheet.columns)
    for index, column in enumerate(sheet.columns):
        paper.set_column(index, index, column.width)
    _merge(paper, (0, 0, 1, count), sheet.title, styles.get(font_name="方正小标宋简体", font_size=16, align="center"))
    paper.set_row(0, 30)
    top = _write_heading(paper, sheet, styles)
    formats = [styles.get(border=1, align=column.align) for column in sheet.columns]
    for index, row in enumerate(sheet.rows):
        if len(row) != count:
            raise DataError(
                f"表“{sheet.name}”第 {index + 1} 行有 {len(row)} 格，应为 {count} 格。", "请核对这一行的数据。"
            )
        for place, value in enumerate(row):
            _write(paper, top + index, place, value, formats[place])
    if sheet.note:
        left = styles.get(align="left", font_size=9)
        _merge(paper, (top + len(sheet.rows), 0, 1, count), sheet.note, left)
    _set_paper(paper, sheet, top)


def _write_heading(paper: Worksheet, sheet: TableSheet, styles: _Styles) -> int:
    """Write the heading in one line or two; returns the first row below it."""
    style = styles.get(font_name="黑体", border=1, align="center")
    grouped = {index for first, last, _ in sheet.groups for index in range(first, last + 1)}
    lines = {index: _lines(column.name, column.width) for index, column in enumerate(sheet.columns)}
    if not sheet.groups:
        paper.set_row(1, _LINE_POINTS * max(lines.values()) + 4)
        for index, column in enumerate(sheet.columns):
            paper.write_string(1, index, column.name, style)
        return 2
    below = max(lines[index] for index in grouped)
    alone = max((lines[index] for index in lines if index not in grouped), default=1)
    paper.set_row(1, _LINE_POINTS + 4)
    paper.set_row(2, _LINE_POINTS * max(below, alone - 1) + 4)
    for first, last, text in sheet.groups:
        _merge(paper, (1, first, 1, last - first + 1), text, style)
    for index, column in enumerate(sheet.columns):
        if index in grouped:
            paper.write_string(2, index, column.name, style)
        else:
            _merge(paper, (1, index, 2, 1), column.name, style)
    return 3


def _lines(text: str, width: float) -> int:
    """The number of lines of a heading in a column of so many narrow characters; Excel does not adjust rows of merged cells."""
    fit = max(1, int((width - 1) / 2))
    return sum(max(1, -(-round(text_width(part) + 0.4) // fit)) for part in text.split("\n"))


def _merge(paper: Worksheet, place: tuple[int, int, int, int], text: str, style: Format) -> None:
    """Merge (row, column, rows, columns) with a text, never a formula."""
    row, column, rows, columns = place
    if rows * columns > 1:
        paper.merge_range(row, column, row + rows - 1, column + columns - 1, "", style)
    paper.write_string(row, column, _shown(text), style)


def _write(paper: Worksheet, row: int, column: int, value: Value, style: Format) -> None:
    if value is None or value == "":
        paper.write_blank(row, column, None, style)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        paper.write_number(row, column, value, style)
    else:
        paper.write_string(row, column, _shown(value), style)


def _shown(value: Value) -> str:
    """A text as a cell can contain it: control characters as visible signs, lone surrogates replaced, shortened if needed."""
    if value is None:
        return ""
    text = str(value).translate(_CONTROL)
    text = _SURROGATES.sub("\ufffd", text)
    if len(text) > _CELL_LIMIT:
        raise DataError(f"单元格文字超过 {_CELL_LIMIT} 字：“{text[:20]}…”。", "请缩短这一格的文字。")
    return text


def _set_paper(paper: Worksheet, sheet: TableSheet, top: int) -> None:
    """A4, one page wide, heading on every page, ready for printing."""
    paper.set_paper(9)
    if sheet.landscape:
        paper.set_landscape()
    paper.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
    paper.fit_to_pages(1, 0)
    paper.repeat_rows(1, top - 1)
    paper.freeze_panes(top, 0)
    paper.set_footer("&C第 &P 页 共 &N 页")


def _add_chart(book: Workbook, name: str, sheet: TableSheet) -> None:
    assert sheet.chart is not None
    top = 3 if sheet.groups else 2
    last = top + len(sheet.rows) - 1 - (1 if sheet.chart.skip_last else 0)
    if last < top:
        return
    wanted = sheet.chart
    subtype = {} if wanted.bars else {"subtype": "stacked"}
    chart = book.add_chart({"type": "column" if wanted.upright else "bar", **subtype})
    for number, column in enumerate(wanted.columns):
        chart.add_series(
            {
                "name": [name, top - 1, column],
                "categories": [name, top, wanted.labels, last, wanted.labels],
                "values": [name, top, column, last, column],
                "gap": 60,
                **(_printed_bar(number) if wanted.bars else {}),
            }
        )
    chart.set_title({"name": wanted.title, "name_font": {"size": 12, "bold": not wanted.bars}, "overlay": False})
    scale = {"min": 0, "max": 100} if wanted.percent else {"min": 0}
    counts = {"num_font": {"size": 9}, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}, **scale}
    names = {"num_font": {"size": 9}}
    if not wanted.bars:
        chart.set_y_axis({"reverse": True})
    elif wanted.upright:
        chart.set_x_axis(names)
        chart.set_y_axis(counts)
    else:  # XlsxWriter swaps the axes of horizontal bars: x is the one with the names
        chart.set_x_axis(counts)
        chart.set_y_axis({"reverse": True, "crossing": "max", **names})
    chart.set_legend({"position": "bottom", **({"font": {"size": 9}} if wanted.bars else {})})
    if wanted.bars:
        chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 900, "height": 160 + 40 * (last - top + 1)})
    paper = book.get_worksheet_by_name(name)
    if paper is not None:
        paper.insert_chart(top + len(sheet.rows) + 2, 0, chart)


def _printed_bar(number: int) -> dict[str, Any]:
    """A bar that can be distinguished from its neighbours on a black-and-white print, with its number at the end."""
    greys = ("#404040", "#FFFFFF", "#A6A6A6", "#D9D9D9", "#737373")
    return {
        "fill": {"color": greys[number % len(greys)]},
        "border": {"color": "#000000", "width": 0.75},
        "data_labels": {"value": True, "font": {"size": 8}},
    }


def _sheet_name(wanted: str, used: set[str]) -> str:
    base = wanted.translate(_FORBIDDEN).strip("'") or "表"
    name, number = base[:_SHEET_NAME_LIMIT], 2
    while name.lower() in used:
        suffix = f"（{number}）"
        name, number = base[: _SHEET_NAME_LIMIT - len(suffix)] + suffix, number + 1
    used.add(name.lower())
    return name


# --- the official tables ----------------------------------------------------------------------------------------------
def statistics_sheet(title: str, rows: Sequence[Mapping[str, Value]], note: str = "") -> TableSheet:
    """联合抽查统计表: one row a case, the columns of `LIST_COLUMNS`.

    Args:
        title: line above. rows: objects whose keys are the official column names; a key that no row holds (电话 in
            the public rendition) drops its column. note: below.
    """
    held = {key for row in rows for key in row}
    columns = [column for column in LIST_COLUMNS if column.title in held or not held]
    shown = tuple(SheetColumn(one.title, one.width, "left" if one.wide else "center") for one in columns)
    cells = [
        [_serial(row.get(one.title, "")) if one.field == "serial" else row.get(one.title, "") for one in columns]
        for row in rows
    ]
    return TableSheet("统计表", title, shown, cells, note=note)


def _serial(value: Value) -> Value:
    """A serial number as a number, which sorts as one."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


def summary_sheet(
    title: str, results: Sequence[str], handlings: Sequence[str], rows: Sequence[Sequence[Value]], note: str = ""
) -> TableSheet:
    """联合抽查汇总表: 单位, 抽查户数, 抽查结果 over its columns, 处理结果 over its own, with a chart of the results.

    Args:
        title: line above. results, handlings: headings of the two groups (8 and 4 in the usual form).
        rows: unit, number inspected, one count a result, one count a handling; the last row is 合计.
        note: below.
    """
    names = [SheetColumn("单位", 20, "left"), SheetColumn("抽查户数", 8)]
    names += [SheetColumn(name, 9) for name in (*results, *handlings)]
    last = 1 + len(results)
    groups = ((2, last, "抽查结果"), (last + 1, last + len(handlings), "处理结果"))
    chart = Chart("抽查结果（户）", 0, tuple(range(2, last + 1)))
    return TableSheet("汇总表", title, tuple(names), rows, groups=groups, note=note, chart=chart)
