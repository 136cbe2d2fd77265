"""A sheet under review as a page shows it: each row and column with its role, each cell with what is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ssj_docs.ground.problems import Problem
from ssj_docs.intake.report import ImportReport
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.sheets.workbook import Row, Sheet, column_letters
from ssj_docs.intake.tables.deciding import UNREAD
from ssj_docs.intake.tables.facts import FACTS, titles
from ssj_docs.intake.tables.table import DataTable

#: role → what a page calls it
ROLES = {"title": "标题", "header": "表头", "data": "数据", "section": "分段", "left": "未读", "other": ""}
_TOP, _FAULTY, _WIDE = 30, 40, 30


@dataclass(frozen=True)
class ColumnView:
    """A column: letters, heading, the key it is read as (empty: not read), how that was decided."""

    letters: str
    label: str
    key: str
    how: str


@dataclass(frozen=True)
class CellView:
    """A cell: its address, text, problems, and whether it gave no value."""

    address: str
    text: str
    problems: tuple[Problem, ...] = ()
    left: str = ""


@dataclass(frozen=True)
class RowView:
    """A row of the sheet: number, role, cells."""

    number: int
    role: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True)
class SheetView:
    """A sheet: name, columns, rows that are shown; ``asks``: its columns may be said otherwise."""

    name: str
    columns: tuple[ColumnView, ...]
    rows: tuple[RowView, ...]
    hidden: int
    asks: bool


def fact_names(kind: Kind) -> dict[str, str]:
    """What a column can be: key → title."""
    names = titles(kind)
    return {fact.key: names[fact.key] for fact in FACTS[kind] if fact.key in names}


def sheet_views(sheets: Sequence[Sheet], report: ImportReport, chosen: Mapping[str, str]) -> list[SheetView]:
    """The sheets with a table, or the first one with rows; only the first can be said otherwise.

    Args:
        chosen: columns as the clerk said, letters → key.
    """
    tables = {table.sheet.name: table for table in reversed(report.tables) if not table.sheet.transposed}
    shown = [sheet for sheet in sheets if sheet.name in tables] or [sheet for sheet in sheets if sheet.rows][:1]
    return [
        _view(sheet, tables.get(sheet.name), report, chosen if place == 0 else {}, asks=place == 0)
        for place, sheet in enumerate(shown[:8])
    ]


def _view(
    sheet: Sheet, table: DataTable | None, report: ImportReport, chosen: Mapping[str, str], *, asks: bool
) -> SheetView:
    faults: dict[str, list[Problem]] = {}
    for problem in report.problems:
        if problem.sheet == sheet.name:
            faults.setdefault(problem.cell, []).append(problem)
    left = {one.cell: one.why for one in report.left if one.sheet == sheet.name}
    data = {row.number for row in table.records} if table else set()
    width = min(_WIDE, max((len(row.texts) for row in sheet.rows), default=0))
    faulty = {int(digits) for cell in faults if (digits := cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")).isdigit()}

    def cells(row: Row) -> tuple[CellView, ...]:
        places = [(sheet.address(row.number, at), row.text(at).strip()) for at in range(1, width + 1)]
        return tuple(CellView(cell, text, tuple(faults.get(cell, ())), left.get(cell, "")) for cell, text in places)

    rows = [row for place, row in enumerate(sheet.rows) if place < _TOP or row.number in faulty][: _TOP + _FAULTY]
    return SheetView(
        sheet.name,
        tuple(_column(at, table, chosen) for at in range(1, width + 1)),
        tuple(RowView(row.number, _role(row, table, data, cells(row)), cells(row)) for row in rows),
        len(sheet.rows) - len(rows),
        asks,
    )


def _column(at: int, table: DataTable | None, chosen: Mapping[str, str]) -> ColumnView:
    letters = column_letters(at)
    match = next((match for match in table.matches if match.column == at), None) if table else None
    label = table.heads.get(at, "") if table else ""
    key = match.key if match else UNREAD if chosen.get(letters) == UNREAD else ""
    return ColumnView(letters, label, key, match.how if match else "")


def _role(row: Row, table: DataTable | None, data: set[int], cells: Sequence[CellView]) -> str:
    if table is None:
        return "other"
    if row.number < table.first_row:
        return "title"
    if row.number <= table.last_row:
        return "header"
    if row.number in data:
        return "data"
    return "left" if any(cell.left for cell in cells) else "section"
