"""Attached tables: columns fitted to the sheet, header rows repeated, rows unbroken, merged cells kept."""

from __future__ import annotations

from collections.abc import Sequence

from ssj_docs.documents.official_flow import TEXT_WIDTH, TWIPS_PER_MM, Cell, Flow, Grid, Paragraph, line
from ssj_docs.documents.wording import text_width
from ssj_docs.model.document import Table

_LANDSCAPE_WIDTH = 12756  # 225 mm, the height of the text on an upright sheet
_CHARACTER = 210  # 五号, 10.5 pt
_PADDING = 110
_SIDE_BY_SIDE = 18.0  # characters a column may ask for before it wraps


def table_flow(table: Table) -> list[Flow]:
    """The table, then its note.

    Spans count rows from the first header row. Cells covered by a span are dropped from print; if such a cell holds
    text of its own, the span is not applied there, so that no text is lost.
    """
    header = table.header_rows or ((table.columns,) if table.columns else ())
    width = max([len(row) for row in (*header, *table.rows)], default=1)
    texts = [tuple(row) + ("",) * (width - len(row)) for row in (*header, *table.rows)]
    spans = _safe_spans(table.spans, texts)
    rows = [
        tuple(_row_cells(number, row, spans, number < len(header))) for number, row in enumerate(texts)
    ]
    total = _LANDSCAPE_WIDTH if table.landscape else TEXT_WIDTH
    grid = Grid(_widths(table, texts, total), tuple(rows), header_rows=len(header))
    note: list[Flow] = [line("GwTableCell", text) for text in table.note.splitlines() if text.strip()]
    return [grid, *note]


def _safe_spans(
    spans: Sequence[tuple[int, int, int, int]], texts: Sequence[Sequence[str]]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Spans inside the table that hide no text."""
    safe: dict[tuple[int, int], tuple[int, int]] = {}
    for row, column, rows, columns in spans:
        if row + rows > len(texts) or column + columns > len(texts[0]):
            continue
        hidden = [
            texts[r][c] for r in range(row, row + rows) for c in range(column, column + columns) if (r, c) != (row, column)
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
            ((top, left, rows, columns) for (top, left), (rows, columns) in spans.items()
             if top <= number < top + rows and left == column), None
        )  # fmt: skip
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
    """A cell's text as it stands; numbers and short words in the middle, prose at the left."""
    if is_head:
        return (line("GwTableHead", text),)
    return (line("GwTableCell", text, align="center" if text_width(text) <= 8 and "\n" not in text else "left"),)


def _widths(table: Table, texts: Sequence[Sequence[str]], total: int) -> tuple[int, ...]:
    """Given widths scaled to the sheet, or widths by what the columns hold."""
    count = len(texts[0]) if texts else 1
    if len(table.widths_mm) == count:
        wanted = [width * TWIPS_PER_MM for width in table.widths_mm]
    else:
        wanted = [_wanted(table, [row[column] for row in texts]) for column in range(count)]
    factor = total / sum(wanted)
    widths = [int(width * factor) for width in wanted]
    widths[-1] += total - sum(widths)
    return tuple(widths)


def _wanted(table: Table, cells: Sequence[str]) -> float:
    """What a column asks for: room for most of its cells, at least two characters."""
    header = len(table.header_rows) or 1
    longest = [max((text_width(part) for part in cell.splitlines()), default=0.0) for cell in cells]
    content = sorted(longest[header:]) or [0.0]
    usual = content[int(len(content) * 0.8)] if len(content) > 1 else content[0]
    head = max(longest[:header], default=0.0)
    room = usual + 0.6 if usual <= 4 else float(usual**0.75) * 1.4
    characters = min(_SIDE_BY_SIDE, max(2.4, room, min(head / 2, 4.0)))
    return characters * _CHARACTER + _PADDING
