"""Finds the cells of a form's tables on a scan, by the scan's own ruled lines and the form's column widths and order of rows.

Nothing is rendered and nothing is read: columns are known exactly, rows by their order, and only the heights of rows are
measured on the scan. So it is the same whether the form was ever converted to PDF or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from archive.files.page_prepare import Picture
from archive.ocr.reading_order import Ruling
from ssj_docs.documents.forms.form_layout import FormPage, LaidCell

Box = tuple[float, float, float, float]
#: left and right edge of a cell in points from the table's left edge
Span = tuple[float, float]

#: the scale of a scan may differ from its resolution: printers shrink pages a little
_SCALE = 0.06
#: points by which an edge may be off its place
_OFF = 4.0
#: a row is at least this share of the height that it asks for
_LEAST_ROW = 0.8


@dataclass(frozen=True)
class FormGrid:
    """Where the cells are.

    Attributes:
        scale: pixels per point.
        left: x of the tables' left edge in pixels.
        rows: top and bottom in pixels by row of the page; rows that were not found are missing.
    """

    scale: float
    left: float
    rows: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    def box(self, row: int, cell: LaidCell) -> Box | None:
        """The place of a cell; None if its rows were not found."""
        first, last = self.rows.get(row), self.rows.get(row + max(cell.down, 1) - 1)
        if first is None or last is None:
            return None
        return self.left + cell.left * self.scale, first[0], self.left + cell.right * self.scale, last[1]


def find_grid(page: FormPage, ruling: Ruling, dpi: float) -> FormGrid | None:
    """Find the tables of a form's page; None if the scan's ruled lines are not theirs."""
    if not page.rows or len(ruling.cells) < 2:
        return None
    fitted = _fit_columns(page, ruling.edges, dpi)
    if fitted is None:
        return None
    scale, left = fitted
    edges = sorted({edge for row in page.rows for cell in row.cells for edge in (cell.left, cell.right)})
    found: dict[Span, list[tuple[float, float]]] = {}
    for x0, y0, x1, y1 in ruling.edges:
        first, last = _nearest(edges, (x0 - left) / scale), _nearest(edges, (x1 - left) / scale)
        if first is not None and last is not None and first < last:
            found.setdefault((first, last), []).append((float(y0), float(y1)))
    return FormGrid(scale, left, _find_rows(page, found, scale))


def _nearest(edges: Sequence[float], place: float) -> float | None:
    """The edge at this place in points, None if there is none."""
    edge = min(edges, key=lambda one: abs(one - place))
    return edge if abs(edge - place) < _OFF else None


def _fit_columns(page: FormPage, cells: Picture, dpi: float) -> tuple[float, float] | None:
    """Pixels per point and the left edge of the tables, from the outermost ruled lines."""
    usual, width = dpi / 72, page.width
    edges = np.array(sorted({edge for row in page.rows for cell in row.cells for edge in (cell.left, cell.right)}))
    best: tuple[int, float, float] | None = None
    for left in _steps(cells[:, 0]):
        for right in _steps(cells[:, 2]):
            scale = (right - left) / width
            if abs(scale / usual - 1) > _SCALE:
                continue
            places = (cells[:, (0, 2)].reshape(-1) - left) / scale
            off = np.abs(places[:, None] - edges).min(axis=1)
            good = int(np.count_nonzero(off < _OFF / 2))
            if best is None or good > best[0]:
                best = (good, scale, left)
    if best is None or best[0] < 0.7 * 2 * len(cells):
        return None
    return best[1], best[2]


def _steps(values: Picture) -> list[float]:
    """Values that differ by more than a ruled line is wide."""
    steps: list[float] = []
    for value in sorted(float(one) for one in values):
        if not steps or value - steps[-1] > 6:
            steps.append(value)
    return steps


def _find_rows(
    page: FormPage, found: Mapping[Span, Sequence[tuple[float, float]]], scale: float
) -> dict[int, tuple[float, float]]:
    """Tops and bottoms of rows: first from columns with as many cells as the form has, then between the rows found."""
    wanted: dict[Span, list[tuple[int, LaidCell]]] = {}
    for number, row in enumerate(page.rows):
        for cell in row.cells:
            if cell.down:
                wanted.setdefault((cell.left, cell.right), []).append((number, cell))
    tops: dict[int, list[float]] = {}
    bottoms: dict[int, list[float]] = {}
    for span, cells in wanted.items():
        here = sorted(found.get(span, ()))
        if len(here) != len(cells):
            continue
        for (number, cell), (top, bottom) in zip(cells, here, strict=True):
            tops.setdefault(number, []).append(top)
            bottoms.setdefault(number + cell.down - 1, []).append(bottom)
    rows = _agreed(page, tops, bottoms, scale)
    for span, cells in wanted.items():  # a column with a cell lost or split: take those that fit between rows found
        if len(found.get(span, ())) != len(cells):
            rows |= _between(page, rows, [(n, cell) for n, cell in cells if n not in rows], found.get(span, ()), scale)
    return rows


def _agreed(
    page: FormPage, tops: Mapping[int, Sequence[float]], bottoms: Mapping[int, Sequence[float]], scale: float
) -> dict[int, tuple[float, float]]:
    """Rows whose top and bottom are known and in order; one column that disagrees with the others is outvoted."""
    rows: dict[int, tuple[float, float]] = {}
    for number in sorted(set(tops) & set(bottoms)):
        top, bottom = float(np.median(tops[number])), float(np.median(bottoms[number]))
        above = max((rows[other][1] for other in rows), default=-np.inf)
        if bottom - top >= _LEAST_ROW * page.rows[number].height * scale and top >= above - 3 * scale:
            rows[number] = (top, bottom)
    return rows


def _between(
    page: FormPage,
    rows: Mapping[int, tuple[float, float]],
    lost: Sequence[tuple[int, LaidCell]],
    found: Sequence[tuple[float, float]],
    scale: float,
) -> dict[int, tuple[float, float]]:
    """Rows found alone between two known neighbours, or beside one, if exactly one cell of their height fits there."""
    made: dict[int, tuple[float, float]] = {}
    for number, cell in lost:
        if cell.down != 1:
            continue
        above = rows.get(number - 1, (0.0, -np.inf))[1]
        below = rows.get(number + 1, (np.inf, 0.0))[0]
        if number - 1 not in rows and number + 1 not in rows:
            continue
        fits = [
            (top, bottom)
            for top, bottom in found
            if top >= above - 3 * scale
            and bottom <= below + 3 * scale
            and (abs(top - above) < 6 * scale or abs(bottom - below) < 6 * scale)
            and bottom - top >= _LEAST_ROW * page.rows[number].height * scale
        ]
        if len(fits) == 1:
            made[number] = fits[0]
    return made
