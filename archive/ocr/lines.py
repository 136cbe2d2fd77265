"""Locates lines of text on a straightened page: the detector's boxes, cut to table cells and single lines."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from archive.files.page_prepare import Picture, ink_mask
from archive.ocr.engine import OcrEngine
from archive.ocr.reading_order import Box, Ruling

#: margin above and below a line for the recogniser, as a share of its height
MARGIN = 0.22


def without_ruling(grey: Picture, ruling: Ruling, dpi: float) -> Picture:
    """Paint over ruled lines and QR codes, which would be read as 一, 丨 and digits."""
    clean = grey.copy()
    clean[ruling.mask > 0] = 250
    for x0, y0, x1, y1 in _solid_squares(clean, dpi):
        clean[y0:y1, x0:x1] = 250
    return clean


def _solid_squares(grey: Picture, dpi: float) -> list[tuple[int, int, int, int]]:
    """Find squares of 10 to 35 mm that become solid when the gaps of a QR code are closed."""
    half = ink_mask(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    reach = round(dpi * 0.02) | 1
    joined = cv2.morphologyEx(half, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    per_mm = dpi / 25.4 / 2
    squares = []
    for x, y, wide, high, area in cv2.connectedComponentsWithStats(joined)[2][1:]:
        if not (10 * per_mm < max(wide, high) < 35 * per_mm and 0.85 < wide / high < 1.18):
            continue
        if area > 0.8 * wide * high:
            squares.append((2 * int(x) - 4, 2 * int(y) - 4, 2 * int(x + wide) + 4, 2 * int(y + high) + 4))
    return [(max(x0, 0), max(y0, 0), x1, y1) for x0, y0, x1, y1 in squares]


def find_text_lines(clean: Picture, ruling: Ruling, engine: OcrEngine, dpi: float) -> list[Box]:
    """Return boxes that hold one line of text each and do not cross cell borders.

    Args:
        clean: the straightened page without ruled lines.
        ruling: its cells.
        engine: the detector.
        dpi: the resolution.
    """
    ink = ink_mask(clean)
    height, width = clean.shape
    found = [_inside(box, (0, 0, width, height)) for box in engine.find_lines(clean)]
    pieces = [piece for box in found if box for piece in _cut_to_cells(box, ruling, dpi)]
    tight = [box for box in (_tight(piece, ink) for piece in pieces) if box]
    if not tight:
        return []
    usual = float(np.median([box[3] - box[1] for box in tight]))
    single = _without_doubles([line for box in tight for line in _cut_to_lines(box, ink, usual)])
    return [*single, *_left_over(ink, single, ruling, usual, dpi)]


def _left_over(ink: Picture, lines: Sequence[Box], ruling: Ruling, usual: float, dpi: float) -> list[Box]:
    """Strips of ink that the detector missed or took for part of a seal."""
    rest = ink.copy()
    for x0, y0, x1, y1 in lines:
        rest[max(round(y0) - 4, 0) : round(y1) + 4, max(round(x0) - 6, 0) : round(x1) + 6] = 0
    half = np.ascontiguousarray(rest[::2, ::2])
    joined = cv2.morphologyEx(half, cv2.MORPH_CLOSE, np.ones((1, round(usual * 0.35) | 1), np.uint8))
    joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((2, round(usual * 0.3)), np.uint8))
    strips: list[Box] = []
    for x, y, wide, high in (2 * cv2.connectedComponentsWithStats(joined)[2][1:, :4]).tolist():
        if wide < usual * 0.8 or high > usual * 6:
            continue
        area = (float(x), float(y - 2), float(x + wide), float(y + high + 2))
        for piece in _cut_to_cells(area, ruling, dpi):
            box = _tight(piece, rest)
            strips.extend(_cut_to_lines(box, rest, usual) if box else ())
    return [box for box in strips if _like_text(box, rest, usual)]


def _like_text(box: Box, ink: Picture, usual: float) -> bool:
    """Whether a strip is as high as a line and about as black."""
    x0, y0, x1, y1 = (int(value) for value in box)
    if not (0.6 * usual < y1 - y0 < 1.7 * usual and x1 - x0 > 0.8 * usual):
        return False
    return 0.12 < int(np.count_nonzero(ink[y0:y1, x0:x1])) / ((y1 - y0) * (x1 - x0)) < 0.6


def _inside(box: Box, limit: Box) -> Box | None:
    x0, y0, x1, y1 = max(box[0], limit[0]), max(box[1], limit[1]), min(box[2], limit[2]), min(box[3], limit[3])
    return (x0, y0, x1, y1) if x1 - x0 >= 3 and y1 - y0 >= 3 else None


def _cut_to_cells(box: Box, ruling: Ruling, dpi: float) -> list[Box]:
    """Split a box at cell borders; slivers that only cross a border are dropped."""
    if not ruling.cells:
        return [box]
    least = dpi * 0.05
    pieces = []
    near = ruling.edges
    touching = (near[:, 0] < box[2]) & (near[:, 2] > box[0]) & (near[:, 1] < box[3]) & (near[:, 3] > box[1])
    for index in np.nonzero(touching)[0]:
        part = _inside(box, ruling.cells[index])
        if part and part[2] - part[0] > least and part[3] - part[1] > least:
            pieces.append(part)
    if not pieces:
        return [box]
    highest = max(piece[3] - piece[1] for piece in pieces)
    return [piece for piece in pieces if piece[3] - piece[1] > 0.4 * highest]


def _tight(box: Box, ink: Picture) -> Box | None:
    """Shrink a box to its ink, ignoring faint specks at the edge."""
    x0, y0, x1, y1 = (round(value) for value in box)
    part = ink[y0:y1, x0:x1]
    rows, columns = np.count_nonzero(part, axis=1), np.count_nonzero(part, axis=0)
    lines, strokes = np.nonzero(rows > 1)[0], np.nonzero(columns > 0)[0]
    if len(lines) == 0 or len(strokes) == 0:
        return None
    return (x0 + int(strokes[0]), y0 + int(lines[0]), x0 + int(strokes[-1]) + 1, y0 + int(lines[-1]) + 1)


def _cut_to_lines(box: Box, ink: Picture, usual: float) -> list[Box]:
    """Split a box that is clearly higher than a line, and wider than a character, where there is least ink."""
    x0, y0, x1, y1 = (round(value) for value in box)
    high = y1 - y0
    count = round(high / (usual * 1.3))
    if x1 - x0 < usual * 1.6 and high > (x1 - x0) * 1.6:
        return _cut_to_characters(box, ink)
    if count < 2 or (x1 - x0) < high * 0.8:
        return [box]
    profile = np.count_nonzero(ink[y0:y1, x0:x1], axis=1).astype(float)
    smooth = np.convolve(profile, np.ones(3) / 3, mode="same")
    cuts = [0]
    for number in range(1, count):
        middle = number * high / count
        low, top = int(middle - usual * 0.45), int(middle + usual * 0.45)
        low, top = max(low, cuts[-1] + 1), min(top, high - 1)
        if low >= top:
            return [box]
        cut = low + int(np.argmin(smooth[low:top]))
        if smooth[cut] > 0.3 * np.median(profile):
            return [box]  # large type, not two lines
        cuts.append(cut)
    cuts.append(high)
    parts = [_tight((x0, y0 + a, x1, y0 + b), ink) for a, b in itertools.pairwise(cuts)]
    return [part for part in parts if part]


def _cut_to_characters(box: Box, ink: Picture) -> list[Box]:
    """Split a vertical label in a narrow cell at its gaps, keeping the parts of one character (三, 言) together."""
    x0, y0, x1, y1 = (round(value) for value in box)
    rows = np.count_nonzero(ink[y0:y1, x0:x1], axis=1) > 0
    steps = np.flatnonzero(np.diff(np.concatenate(([False], rows, [False]))))
    parts: list[list[int]] = []
    for start, end in zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True):
        if parts and end - parts[-1][0] <= (x1 - x0) * 1.15:
            parts[-1][1] = end
        else:
            parts.append([start, end])
    cut = [_tight((x0, y0 + start, x1, y0 + end), ink) for start, end in parts]
    return [part for part in cut if part]


def _without_doubles(boxes: Sequence[Box]) -> list[Box]:
    """Drop boxes that are almost entirely inside another."""
    if not boxes:
        return []
    found = np.array(boxes, float)
    sizes = np.prod(found[:, 2:] - found[:, :2], axis=1)
    kept: list[int] = []
    for index in np.argsort(-sizes, kind="stable").tolist():
        others, box = found[kept], found[index]
        sides = np.minimum(others[:, 2:], box[2:]) - np.maximum(others[:, :2], box[:2])
        if not np.any(np.prod(np.maximum(sides, 0), axis=1) > 0.7 * sizes[index]):
            kept.append(index)
    return [boxes[index] for index in kept]


def line_picture(clean: Picture, box: Box, usual: float) -> Picture:
    """Cut out a line with the margin the recogniser expects; flat lines (一, 。) get the usual height."""
    high = max(box[3] - box[1], usual * 0.9)
    middle = (box[1] + box[3]) / 2
    above = high * (0.5 + MARGIN)
    y0, y1 = round(middle - above), round(middle + above)
    side = round(high * MARGIN)
    x0, x1 = round(box[0]) - side, round(box[2]) + side
    height, width = clean.shape
    part = clean[max(y0, 0) : min(y1, height), max(x0, 0) : min(x1, width)]
    if part.shape == (y1 - y0, x1 - x0):
        return part
    full = np.full((y1 - y0, x1 - x0), 250, np.uint8)
    top, left = max(-y0, 0), max(-x0, 0)
    full[top : top + part.shape[0], left : left + part.shape[1]] = part
    return full
