"""Where on a scan a person fills in by hand: the boxes that the catalogue names, found by the form's own geometry."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from archive.comparing.form_grid import Box, FormGrid
from ssj_docs.documents.forms.form_layout import FormPage, LaidCell, LaidLine
from ssj_docs.documents.paging.measuring import count_lines
from ssj_docs.model.paper_kind import HandBox

#: a printed line on the scan: its text and its place in pixels
Printed = tuple[str, Box]
#: width of a blank, digit or Latin letter relative to the type size, rather too wide
_NARROW = 0.58
#: how alike a line on the scan and a line of the form must be, in percent
_ALIKE = 80
#: points that a ruled line takes at the edge of a cell
_RULE = 1.6


@dataclass(frozen=True)
class BoxPlace:
    """A box to fill in.

    Attributes:
        box: as the catalogue has it.
        row: the name of its row (the item), for a box in a column.
        area: in pixels of the straightened page; None if it was not found.
        printed: places of print in it.
    """

    box: HandBox
    row: str = ""
    area: Box | None = None
    printed: tuple[Box, ...] = ()


def hand_boxes(
    boxes: Sequence[HandBox], page: FormPage, grid: FormGrid | None, printed: Sequence[Printed], scale: float
) -> list[BoxPlace]:
    """Find the boxes of a form's page on a scan.

    Args:
        boxes: those of its kind; what the page does not have is left out.
        page: its geometry.
        grid: its tables on the scan; None if they were not found.
        printed: lines seen on the scan, for boxes outside tables.
        scale: pixels per point.
    """
    found: list[BoxPlace] = []
    for box in boxes:
        if box.column:
            found += _in_column(box, page, grid)
        elif box.cell:
            found += _beside(box, page, grid)
        else:
            found += _in_cell(box, page, grid) or _on_line(box, page, printed, scale)
    return found


def _in_column(box: HandBox, page: FormPage, grid: FormGrid | None) -> Iterator[BoxPlace]:
    """A box for each blank cell below the heading."""
    for at, head in enumerate(page.rows):
        column = next((cell for cell in head.cells if cell.text == _plain(box.column)), None)
        if column is None:
            continue
        names = next((cell for cell in head.cells if cell.text == _plain(box.row)), None)
        for number, row in enumerate(page.rows[at + 1 :], at + 1):
            cell = next((one for one in row.cells if (one.left, one.right) == (column.left, column.right)), None)
            if row.table != head.table or cell is None:
                break
            name = next(
                (one for one in row.cells if names and (one.left, one.right) == (names.left, names.right)), None
            )
            if cell.down and not cell.text:
                yield _whole(box, grid, number, cell, "".join(line.text for line in name.lines) if name else "")


def _beside(box: HandBox, page: FormPage, grid: FormGrid | None) -> Iterator[BoxPlace]:
    """The cell to the right of the one with these words."""
    for number, row in enumerate(page.rows):
        for cell, right in zip(row.cells, row.cells[1:], strict=False):
            if cell.text == _plain(box.cell):
                yield _whole(box, grid, number, right)


def _whole(box: HandBox, grid: FormGrid | None, number: int, cell: LaidCell, name: str = "") -> BoxPlace:
    place = grid.box(number, cell) if grid else None
    if grid is None or place is None:
        return BoxPlace(box, name)
    area = _inside(place, grid.scale)
    lines = _lines_in(cell, place, grid.scale)
    return BoxPlace(box, name, area, tuple(one for _, _, prints in lines for one in prints))


def _in_cell(box: HandBox, page: FormPage, grid: FormGrid | None) -> list[BoxPlace]:
    """From a line that begins with the label to the next line of words, inside one cell."""
    found = []
    for number, row in enumerate(page.rows):
        for cell in row.cells:
            at = next((n for n, line in enumerate(cell.lines) if _plain(line.text).startswith(_plain(box.label))), None)
            if at is None:
                continue
            place = grid.box(number, cell) if grid else None
            if grid is None or place is None:
                found.append(BoxPlace(box))
                continue
            lines = _lines_in(cell, place, grid.scale)
            end = next(
                (
                    n
                    for n in range(at + 1, len(cell.lines))
                    if cell.lines[n].text.strip() and cell.lines[n].text[0] != "\t"
                ),
                len(cell.lines),
            )
            x0, y0, x1, y1 = _inside(place, grid.scale)
            top = y0 if at == 0 else max(lines[at][0], y0)
            bottom = y1 if end == len(cell.lines) else min(lines[end][0], y1)
            prints = tuple(one for _, _, prints in lines for one in prints)
            found.append(BoxPlace(box, "", (x0, top, x1, bottom), prints))
    return found


def _lines_in(cell: LaidCell, place: Box, scale: float) -> list[tuple[float, float, list[Box]]]:
    """Top and bottom of each paragraph of a cell on the scan, and where print stands in it."""
    left, above = cell.margin
    wide = cell.right - cell.left - 2 * left
    counted = [count_lines(line.text.replace("\t", "　　"), line.size, wide) for line in cell.lines]
    heights = [line.height * count for line, count in zip(cell.lines, counted, strict=True)]
    spare = (place[3] - place[1]) / scale - sum(heights)
    at = place[1] + (max(spare / 2, 0.0) if cell.middle else above) * scale
    made = []
    for line, height in zip(cell.lines, heights, strict=True):
        bottom = at + height * scale
        x = place[0] + left * scale
        made.append((at, bottom, list(_prints(line, x, wide, at, bottom, scale))))
        at = bottom
    return made


def _prints(line: LaidLine, x: float, wide: float, top: float, bottom: float, scale: float) -> Iterator[Box]:
    """Where the print of a paragraph stands: a little more than its characters."""
    more = 0.15 * line.size * scale
    before, _, after = line.text.partition("\t")
    width = _width(before, line.size)
    if before.strip():
        shift = {"center": (wide - width) / 2, "right": wide - width}.get(line.align, 0.0)
        start = x + max(shift, 0.0) * scale
        yield start - more, top, start + min(width, wide) * scale + more, bottom
    if after.strip():
        end = x + (line.tab or wide) * scale
        yield end - _width(after, line.size) * scale - more, top, end + more, bottom


def _on_line(box: HandBox, page: FormPage, printed: Sequence[Printed], scale: float) -> list[BoxPlace]:
    """From the end of a label to the date at the right, on a line outside tables."""
    laid = next((line for line in page.lines if _plain(line.text).startswith(_plain(box.label))), None)
    if laid is None:
        return []
    before, _, after = laid.text.partition("\t")
    label = _plain(before)
    likely = [(fuzz.ratio(_plain(text)[: len(label)], label), text, place) for text, place in printed]
    likely = [one for one in likely if one[0] >= _ALIKE]
    if len(likely) != 1:
        return [BoxPlace(box)]
    _, _, (x, y0, _, y1) = likely[0]
    middle, high = (y0 + y1) / 2, laid.height * scale
    left = x + _width(before, laid.size) * scale
    right = x + (laid.tab - _width(after, laid.size)) * scale if after.strip() and laid.tab else x + 430 * scale
    area = (left, middle - 0.75 * high, right, middle + 0.6 * high)
    others = tuple(place for text, place in printed if place != likely[0][2] and _is_print(text, page.lines))
    own = (x, y0, left, y1)
    return [BoxPlace(box, "", area, (own, *others))] if right > left else [BoxPlace(box)]


def _is_print(text: str, lines: Iterable[LaidLine]) -> bool:
    """Whether a line seen on the scan is one of the form's, not handwriting."""
    plain = _plain(text)
    return any(fuzz.partial_ratio(plain, _plain(line.text)) >= _ALIKE for line in lines if line.text.strip())


def _inside(place: Box, scale: float) -> Box:
    edge = _RULE * scale
    return place[0] + edge, place[1] + edge, place[2] - edge, place[3] - edge


def _width(text: str, size: float) -> float:
    return sum(_NARROW if character.isascii() else 1.0 for character in text) * size


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
