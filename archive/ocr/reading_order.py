"""The reading order of a page: ruled tables cell by cell, everything else in lines and columns.

A table is found by its ruled lines. The areas they enclose are the cells, including merged ones, so no grid has to be
guessed. Wrapped lines of a cell stay together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import cv2
import numpy as np

from archive.files.page_prepare import Picture, ink_mask

#: x0, y0, x1, y1 in pixels of the straightened page
Box = tuple[float, float, float, float]
T = TypeVar("T")

#: minimum length of a ruled line in inches, longer than any stroke of a title
_SHORTEST_ACROSS = 0.36
_SHORTEST_DOWN = 0.24


@dataclass(frozen=True)
class Ruling:
    """The ruled lines and cells of a page.

    Attributes:
        mask: 255 on ruled lines, in the size of the page.
        cells: the enclosed areas, in reading order.
        labels: for each pixel at half size the index of its cell plus one, or 0.
    """

    mask: Picture
    cells: tuple[Box, ...]
    labels: Picture

    @cached_property
    def edges(self) -> Picture:
        """The cells as an array of x0, y0, x1, y1."""
        return np.array(self.cells, float).reshape(-1, 4)

    def across_page(self) -> list[float]:
        """The heights of ruled lines that run over most of the page."""
        rows = np.count_nonzero(self.mask, axis=1) > 0.6 * self.mask.shape[1]
        return [float(row) for row in np.flatnonzero(np.diff(rows.astype(np.int8)) == 1)]

    def cell_at(self, x: float, y: float) -> int | None:
        """The index of the cell at this pixel of the page, or None."""
        row = min(max(int(y / 2), 0), self.labels.shape[0] - 1)
        column = min(max(int(x / 2), 0), self.labels.shape[1] - 1)
        found = int(self.labels[row, column])
        return found - 1 if found else None


def find_ruling(grey: Picture, dpi: float) -> Ruling:
    """Find the ruled lines and cells of a straightened page with even light."""
    ink = ink_mask(grey, level=185)
    thickest = max(round(dpi * 0.035), 3)
    down = _only_thin(_strokes(ink, round(_SHORTEST_DOWN * dpi), vertical=True), thickest, vertical=True)
    across = _only_thin(_strokes(ink, round(_SHORTEST_ACROSS * dpi), vertical=False), thickest, vertical=False)
    mask = _large(cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8)), dpi * 1.2)
    cells, labels = _enclosed(cv2.bitwise_and(across, mask), cv2.bitwise_and(down, mask), dpi)
    return Ruling(mask, cells, labels)


def _strokes(ink: Picture, length: int, *, vertical: bool) -> Picture:
    """Straight strokes of at least ``length`` pixels; steps of one pixel are allowed."""
    thick = cv2.dilate(ink, np.ones((1, 2) if vertical else (2, 1), np.uint8))
    line = (length, 1) if vertical else (1, length)
    return np.asarray(cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones(line, np.uint8)), np.uint8)


def _large(mask: Picture, least: float) -> Picture:
    """Keep connected areas over ``least`` pixels: tables and underlines, not parts of characters or seals."""
    height, width = mask.shape
    half = cv2.dilate(mask, np.ones((2, 2), np.uint8))[::2, ::2]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(half))
    keep = np.where(np.maximum(stats[:, 2], stats[:, 3]) * 2 > least, 255, 0).astype(np.uint8)
    keep[0] = 0
    wanted = cv2.resize(keep[labels], (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.bitwise_and(mask, cv2.dilate(wanted, np.ones((3, 3), np.uint8))), np.uint8)


def _only_thin(strokes: Picture, thickest: int, *, vertical: bool) -> Picture:
    """Drop what is too thick for a ruled line: bars, photographs, the black edge of a scan."""
    shape = (1, thickest + 1) if vertical else (thickest + 1, 1)
    bars = cv2.morphologyEx(strokes, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
    if not bars.any():
        return strokes
    return np.asarray(cv2.subtract(strokes, bars), np.uint8)


def _enclosed(across: Picture, down: Picture, dpi: float) -> tuple[tuple[Box, ...], Picture]:
    """Areas enclosed by lines, after lengthening the lines a little to close broken corners."""
    reach = round(dpi * 0.06) | 1
    walls = cv2.bitwise_or(
        cv2.dilate(across, np.ones((1, reach), np.uint8)), cv2.dilate(down, np.ones((reach, 1), np.uint8))
    )
    half = cv2.resize(walls, (walls.shape[1] // 2, walls.shape[0] // 2), interpolation=cv2.INTER_AREA)
    open_space = np.where(half > 40, 0, 255).astype(np.uint8)
    count, found, stats, _ = cv2.connectedComponentsWithStats(open_space, connectivity=4)
    height, width = open_space.shape
    boxes: list[tuple[Box, int]] = []
    for number in range(1, count):
        x, y, wide, high, area = (int(value) for value in stats[number])
        if x == 0 or y == 0 or x + wide == width or y + high == height:
            continue  # the page around the tables
        if wide < dpi * 0.05 or high < dpi * 0.05 or area < wide * high * 0.5:
            continue
        boxes.append(((x * 2.0, y * 2.0, (x + wide) * 2.0, (y + high) * 2.0), number))
    ordered = _by_rows(boxes, lambda item: item[0], tolerance=dpi * 0.05)
    renumber = np.zeros(count, np.int32)
    for index, (_, number) in enumerate(ordered):
        renumber[number] = index + 1
    return tuple(box for box, _ in ordered), renumber[found]


def _by_rows(items: Sequence[T], box_of: Callable[[T], Box], *, tolerance: float) -> list[T]:
    """Sort by top edge, then by left edge; tops within ``tolerance`` are one row."""
    rows: list[tuple[float, list[T]]] = []
    for item in sorted(items, key=lambda one: box_of(one)[1]):
        top = box_of(item)[1]
        if rows and top - rows[-1][0] <= tolerance:
            rows[-1][1].append(item)
        else:
            rows.append((top, [item]))
    return [item for _, row in rows for item in sorted(row, key=lambda one: box_of(one)[0])]


def reading_order(lines: Sequence[Box], ruling: Ruling) -> list[list[int]]:
    """Group line indices in reading order.

    Each group is one cell of a table, or one line outside tables, with its lines in order.

    Args:
        lines: the boxes of the lines of text.
        ruling: the page's ruled lines and cells.
    """
    in_cell: dict[int, list[int]] = {}
    free: list[int] = []
    for index, (x0, y0, x1, y1) in enumerate(lines):
        cell = ruling.cell_at((x0 + x1) / 2, (y0 + y1) / 2)
        if cell is None:
            free.append(index)
        else:
            in_cell.setdefault(cell, []).append(index)
    blocks: list[tuple[float, int, list[list[int]]]] = []
    for number, members in enumerate(_tables(ruling)):
        groups = [_lines_in_order(in_cell[cell], lines) for cell in members if cell in in_cell]
        if groups:
            blocks.append((min(ruling.cells[cell][1] for cell in members), number, groups))
    tops = sorted(block[0] for block in blocks)
    rules = ruling.across_page()
    for number, part in enumerate(_between(free, lines, tops)):
        for order, index in enumerate(_columns(part, lines, rules)):
            # lines outside tables come before the table that follows them
            limit = tops[number] - 0.5 if number < len(tops) else float("inf")
            blocks.append((limit, order, [[index]]))
    return [group for _, _, groups in sorted(blocks, key=lambda block: block[:2]) for group in groups]


def _between(free: Sequence[int], lines: Sequence[Box], tops: Sequence[float]) -> list[list[int]]:
    """Lines outside tables, by the table that follows them."""
    parts: list[list[int]] = [[] for _ in range(len(tops) + 1)]
    for index in free:
        middle = (lines[index][1] + lines[index][3]) / 2
        parts[sum(middle > top for top in tops)].append(index)
    return parts


def _tables(ruling: Ruling) -> list[list[int]]:
    """Group touching cells into tables, each in cell order."""
    held = cv2.dilate((ruling.labels > 0).astype(np.uint8), np.ones((7, 7), np.uint8))
    joined = cv2.connectedComponents(held)[1]
    numbers, first = np.unique(ruling.labels, return_index=True)
    tables: dict[int, list[int]] = {}
    for number, place in zip(numbers.tolist(), first.tolist(), strict=True):
        if number:
            tables.setdefault(int(joined.flat[place]), []).append(number - 1)
    return list(tables.values())


def _lines_in_order(indices: Sequence[int], lines: Sequence[Box]) -> list[int]:
    """Lines of one block: rows from top to bottom, parts of a row from left to right."""
    rows: list[list[int]] = []
    for index in sorted(indices, key=lambda one: (lines[one][1] + lines[one][3]) / 2):
        box = lines[index]
        if rows:
            last = lines[rows[-1][-1]]
            shared = min(box[3], last[3]) - max(box[1], last[1])
            if shared > 0.5 * min(box[3] - box[1], last[3] - last[1]):
                rows[-1].append(index)
                continue
        rows.append([index])
    return [index for row in rows for index in sorted(row, key=lambda one: lines[one][0])]


def _columns(indices: Sequence[int], lines: Sequence[Box], rules: Sequence[float]) -> list[int]:
    """Order lines outside tables: columns of running text one after the other, otherwise row by row.

    Lines across the gutter (a heading, a ruled line) and gaps of two line heights end the columns above.
    """
    gutter = _gutter(indices, lines) if len(indices) >= 6 else None
    if gutter is None:
        return _lines_in_order(indices, lines)
    across = [(lines[i][1] + lines[i][3]) / 2 for i in indices if lines[i][0] < gutter < lines[i][2]]
    ends = sorted([*across, *rules, *_white(indices, lines)])
    bands: dict[int, list[int]] = {}
    for index in indices:
        middle = (lines[index][1] + lines[index][3]) / 2
        number = 2 * sum(middle > end for end in ends)
        bands.setdefault(number + (lines[index][0] < gutter < lines[index][2]), []).append(index)
    order: list[int] = []
    for number in sorted(bands):
        first = [i for i in bands[number] if lines[i][2] <= gutter]
        second = [i for i in bands[number] if lines[i][2] > gutter]
        if _is_column(first, lines) and _is_column(second, lines):
            order += [*_columns(first, lines, rules), *_columns(second, lines, rules)]
        else:
            order += _lines_in_order(bands[number], lines)
    return order


def _gutter(indices: Sequence[int], lines: Sequence[Box]) -> float | None:
    """The middle of the vertical gap in the middle half of the text that the fewest lines cross."""
    left, right = min(lines[i][0] for i in indices), max(lines[i][2] for i in indices)
    reach = np.zeros(max(round(right - left), 1) + 1, int)
    for index in indices:
        reach[round(lines[index][0] - left) : round(lines[index][2] - left) + 1] += 1
    start, end = round(0.25 * (right - left)), round(0.75 * (right - left)) + 1
    least = int(reach[start:end].min())
    if least > 0.35 * len(indices):
        return None
    widest = max(_gaps(reach > least), key=lambda gap: min(gap[1], end) - max(gap[0], start))
    return left + (widest[0] + widest[1]) / 2


def _white(indices: Sequence[int], lines: Sequence[Box]) -> list[float]:
    """The middles of horizontal gaps higher than two lines."""
    high = float(np.median([lines[i][3] - lines[i][1] for i in indices]))
    ordered = sorted((lines[i][1], lines[i][3]) for i in indices)
    found: list[float] = []
    bottom = ordered[0][1]
    for top, end in ordered:
        if top - bottom > 2 * high:
            found.append((top + bottom) / 2)
        bottom = max(bottom, end)
    return found


def _is_column(indices: Sequence[int], lines: Sequence[Box]) -> bool:
    """Return whether lines are running text: at least three, most of full width."""
    if len(indices) < 3:
        return False
    measure = max(lines[i][2] for i in indices) - min(lines[i][0] for i in indices)
    return float(np.median([lines[i][2] - lines[i][0] for i in indices])) > 0.75 * measure


def _gaps(covered: Picture) -> list[tuple[int, int]]:
    """Runs of False as (start, end)."""
    padded = np.concatenate(([True], covered, [True])).astype(np.int8)
    steps = np.diff(padded)
    return list(zip(np.nonzero(steps == -1)[0].tolist(), np.nonzero(steps == 1)[0].tolist(), strict=True))
