"""Records that run over two lines, or over two halves of a page, as one line each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from ssj_docs.intake.sheets.workbook import Row, Sheet, cell_name
from ssj_docs.intake.values.folding import squeeze

_SERIALS = ("序号", "编号", "序", "NO", "NO.", "任务序号")
_Place = tuple[int, int]


def unfolded(sheet: Sheet) -> Sheet | None:
    """The sheet with each record in one line; None where records stand in one line already."""
    if len(sheet.rows) > 3000:
        return None
    return _two_lines(sheet) or _two_halves(sheet)


def _two_lines(sheet: Sheet) -> Sheet | None:
    """A heading of two lines over records of two lines, held together by merges in one column, two rows high each."""
    spans: dict[int, list[int]] = {}
    for r1, c1, r2, c2 in sheet.merged:
        if c1 == c2 and r2 == r1 + 1:
            spans.setdefault(c1, []).append(r1)
    for _, tops in sorted(spans.items()):
        tops.sort()
        if len(tops) < 3 or any(b - a != 2 for a, b in itertools.pairwise(tops)):
            continue
        if sum(1 for others in spans.values() if tops[0] in others) > 1:
            continue  # a heading of groups: other columns are merged over both of its lines too
        last = sheet.rows[-1].number
        if sum(1 for row in sheet.rows if tops[0] <= row.number <= last) < 2 * len(tops) - 1:
            continue
        rows = {row.number: row for row in sheet.rows}
        lines = [[(top, rows.get(top)), (top + 1, rows.get(top + 1))] for top in tops]
        return _lined_up(sheet, [[(n, row) for n, row in pair if row] for pair in lines])
    return None


def _two_halves(sheet: Sheet) -> Sheet | None:
    """Two tables one under the other with the same serials and other columns: a page too narrow for all of them."""
    heads = [row for row in sheet.rows if squeeze(row.text(_first(row))).upper() in _SERIALS and _filled(row) >= 3]
    if len(heads) != 2:
        return None
    upper, lower = heads
    if {squeeze(text) for text in upper.texts[_first(upper) :]} & {
        squeeze(text) for text in lower.texts[_first(lower) :] if text.strip()
    }:
        return None
    above = _records(sheet, upper, lower.number)
    below = _records(sheet, lower, sheet.rows[-1].number + 1)
    if len(above) < 2 or list(above) != list(below):
        return None
    pairs = [[(upper.number, upper), (lower.number, lower)]]
    pairs += [[(row.number, row), (below[serial].number, below[serial])] for serial, row in above.items()]
    return _lined_up(sheet, pairs)


def _records(sheet: Sheet, head: Row, end: int) -> dict[str, Row]:
    column = _first(head)
    rows = [row for row in sheet.rows if head.number < row.number < end and row.text(column).strip()]
    return {squeeze(row.text(column)): row for row in rows if squeeze(row.text(column)).isdigit()}


def _lined_up(sheet: Sheet, pairs: Sequence[Sequence[tuple[int, Row]]]) -> Sheet:
    """The rows before the first pair as they are, then each pair as one row, the second behind the first."""
    width = max(len(row.texts) for row in sheet.rows)
    lead = min((_first(row) for line in pairs for _, row in line[1:]), default=1)
    first = pairs[0][0][0]
    rows = [row for row in sheet.rows if row.number < first]
    places: dict[_Place, str] = {}
    faults = {place: fault for place, fault in sheet.faults.items() if place[0] < first}
    for line in pairs:
        number = line[0][0]
        texts = [""] * (2 * width)
        for half, (at, row) in enumerate(line):
            for column, text in enumerate(row.texts, 1):
                to = half * (width - lead + 1) + column
                if text.strip():
                    texts[to - 1] = text
                    places[number, to] = cell_name(at, column)
                if (at, column) in sheet.faults:
                    faults[number, to] = sheet.faults[at, column]
        rows.append(Row(number, tuple(texts)))
    taken = {at for line in pairs for at, _ in line}
    rows += [row for row in sheet.rows if row.number > first and row.number not in taken]
    rows.sort(key=lambda row: row.number)
    merged = tuple(span for span in sheet.merged if span[2] < first)
    return replace(sheet, rows=tuple(rows), merged=merged, faults=faults, fills={}, places=places)


def _first(row: Row) -> int:
    return next((column for column, text in enumerate(row.texts, 1) if text.strip()), 1)


def _filled(row: Row) -> int:
    return sum(1 for text in row.texts if text.strip())
