"""Attached tables: columns fitted to the page, header rows repeated, rows unbroken, merged cells kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ssj_docs.documents.official.flow import TEXT_WIDTH, TWIPS_PER_MM, Cell, Flow, Grid, Paragraph, line
from ssj_docs.documents.text.wording import text_width
from ssj_docs.model.document import Table

_LANDSCAPE_WIDTH = 12756  # 225 mm, the height of the text on an upright sheet
_CHARACTER = 210  # 五号, 10.5 pt
_PADDING = 110
_TOKEN = re.compile(r"[0-9A-Za-z.\-%]+")


def table_flow(table: Table) -> list[Flow]:
    """The table, then its note.

    Spans count rows from the first header row. Cells covered by a span are not printed; if such a cell has text of its own,
    the span is not applied, so that no text is lost.
    """
    header = table.header_rows or ((table.columns,) if table.columns else ())
    width = max([len(row) for row in (*header, *table.rows)], default=1)
    texts = [tuple(row) + ("",) * (width - len(row)) for row in (*header, *table.rows)]
    remarks = [(n, 0, 1, width) for n, row in enumerate(texts) if n >= len(header) and _is_remark(row)]
    spans = _safe_spans([*table.spans, *remarks], texts)
    rows = [tuple(_row_cells(number, row, spans, number < len(header))) for number, row in enumerate(texts)]
    total = _LANDSCAPE_WIDTH if table.landscape else TEXT_WIDTH
    grid = Grid(_widths(table, texts, total), tuple(rows), header_rows=len(header))
    note: list[Flow] = [line("GwTableCell", text) for text in table.note.splitlines() if text.strip()]
    return [grid, *note]


def _is_remark(row: Sequence[str]) -> bool:
    """A row with only one long text in its first cell, such as 填表说明, which takes the whole width."""
    return len(row) > 2 and text_width(row[0]) > 16 and not any(cell.strip() for cell in row[1:])


def _safe_spans(
    spans: Sequence[tuple[int, int, int, int]], texts: Sequence[Sequence[str]]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Spans inside the table that hide no text."""
    safe: dict[tuple[int, int], tuple[int, int]] = {}
    for row, column, rows, columns in spans:
        if row + rows > len(texts) or column + columns > len(texts[0]):
            continue
        hidden = [
            texts[r][c]
            for r in range(row, row + rows)
            for c in range(column, column + columns)
            if (r, c) != (row, column)
        ]
        if all(not text.strip() or text == texts[row][column] for text in hidden):
            safe[row, column] = (rows, columns)
    return safe


def _row_cells(
    number: int, row: Sequence[str], spans: dict[tuple[int, int], tuple[int, int]], is_head: bool
) -> list[Cell]:
    cells: list[Cell] = []
    column = 0
    while column < len(row):
        covering = next(
            (
                (top, left, rows, columns)
                for (top, left), (rows, columns) in spans.items()
                if top <= number < top + rows and left == column
            ),
            None,
        )
        if covering is None:
            cells.append(Cell(_paragraphs(row[column], is_head)))
            column += 1
            continue
        top, _, rows, columns = covering
        if top == number:
            cells.append(Cell(_paragraphs(row[column], is_head), columns, rows))
        else:
            cells.append(Cell((), columns, 0))
        column += columns
    return cells


def _paragraphs(text: str, is_head: bool) -> tuple[Paragraph, ...]:
    """A cell's text; numbers and short words are centred, prose is left-aligned."""
    if is_head:
        return (line("GwTableHead", text),)
    return (line("GwTableCell", text, align="center" if text_width(text) <= 8 and "\n" not in text else "left"),)


def _widths(table: Table, texts: Sequence[Sequence[str]], total: int) -> tuple[int, ...]:
    """Given widths scaled to the sheet, or widths that keep the table short."""
    count = len(texts[0]) if texts else 1
    given = [width * TWIPS_PER_MM for width in table.widths_mm]
    wanted = given if len(given) == count else _short_table(texts, len(table.header_rows) or 1, total)
    widths = [int(width * total / sum(wanted)) for width in wanted]
    widths[-1] += total - sum(widths)
    return tuple(widths)


def _short_table(texts: Sequence[Sequence[str]], header: int, total: int) -> list[float]:
    """Widths by the fourth root of the column's cubed lengths, at least what its words need.

    The height of a row is that of its longest cell. The sum of cubed line counts approximates it, because its minimum for a
    given total width has this closed form. Header rows repeat on every page and weigh more.
    """
    rows = [*texts[:header], *texts[header :: max(1, len(texts) // 200)]]
    cells = [_usual_cells(column, header) for column in zip(*rows, strict=True)]
    columns = [[_longest(cell) for cell in column] for column in cells]
    least = [_least(lengths[header:], column) for lengths, column in zip(columns, cells, strict=True)]
    weight = [(sum(n**3 for n in lengths) + 2 * sum(n**3 for n in lengths[:header]) + 1) ** 0.25 for lengths in columns]
    room = (total - _PADDING * len(columns)) / _CHARACTER
    low, high = 0.0, room
    for _ in range(40):
        middle = (low + high) / 2
        if sum(max(n, middle * w) for n, w in zip(least, weight, strict=True)) > room:
            high = middle
        else:
            low = middle
    return [max(n, low * w) * _CHARACTER + _PADDING for n, w in zip(least, weight, strict=True)]


def _longest(cell: str) -> float:
    """The width of a cell's text; its own line breaks count."""
    return sum(text_width(part) for part in cell.splitlines())


def _usual_cells(column: Sequence[str], header: int) -> list[str]:
    """The column without cells far longer than the others, such as a note in its first column."""
    lengths = sorted(_longest(cell) for cell in column[header:]) or [0.0]
    limit = 4 * lengths[int(len(lengths) * 0.8)] + 8
    return [cell for number, cell in enumerate(column) if number < header or _longest(cell) <= limit]


def _least(lengths: Sequence[float], cells: Sequence[str]) -> float:
    """The width of the column's usual short word, or of its longest number or Latin word."""
    usual = sorted(lengths)[int(len(lengths) * 0.8)] if lengths else 2.0
    tokens = (text_width(token) for cell in cells for token in _TOKEN.findall(cell))
    return max(2.3, usual + 0.6 if usual <= 4 else 2.3, min(6.0, max(tokens, default=0.0) + 0.4))
