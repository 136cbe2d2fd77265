"""Ink on a scan that was not printed: handwriting, ticks, strokes through words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from archive.comparing.character_check import CharacterMatch
from archive.files.page_prepare import Picture

Box = tuple[float, float, float, float]

#: darker than this is ink
_INK = 150
#: in inches; anything shorter is a speck, not a stroke
_STROKE = 0.08
#: a 3 × 3 square: printed ink may spread by one pixel when scanned
_SPREAD = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class AddedInk:
    """A piece of added ink.

    Attributes:
        box: in pixels of the issued page.
        certainty: 0 to 1, from the amount of ink.
    """

    box: Box
    certainty: float


def unprinted(
    drawn: Picture, seen: Picture, characters: Sequence[CharacterMatch], rules: Picture, dpi: float
) -> Picture:
    """Paint over everything in the scan that was printed, so that only added ink is left.

    Args:
        drawn: the issued page, in grey.
        seen: the scan aligned with it, in grey.
        characters: the issued characters and where each was found.
        rules: 255 on the ruled lines of the issued page.
        dpi: the resolution of both pictures.
    """
    print_found = np.full(seen.shape, 255, np.uint8)
    other = drawn.copy()
    for character in characters:
        x0, y0, x1, y1 = character.patch
        if character.place is None:
            continue
        x, y = character.place
        part = print_found[y : y + y1 - y0, x : x + x1 - x0]
        np.minimum(part, drawn[y0:y1, x0:x1], out=part)
        other[y0:y1, x0:x1] = 255
    # characters are located to the pixel, pictures, codes and leaders only as exactly as the whole page
    slack = round(dpi * 0.03) | 1
    layers = (
        cv2.dilate((print_found < 200).astype(np.uint8), _SPREAD),
        cv2.dilate((other < 215).astype(np.uint8), np.ones((slack, slack), np.uint8)),
        cv2.dilate((rules > 0).astype(np.uint8), np.ones((5, 5), np.uint8)),
    )
    return np.where(np.maximum.reduce(layers) > 0, 255, seen).astype(np.uint8)


class UnprintedInk:
    """Measures unprinted ink: how much of it is in a place, and whether it continues outside."""

    def __init__(self, strange: Picture, dpi: float) -> None:
        self._ink = strange < _INK
        # a stroke across a character shows in the gaps between printed strokes: join pieces that close
        reach = round(dpi * 0.04) | 1
        joined = cv2.morphologyEx(self._ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
        _, self._pieces, self._extents, _ = cv2.connectedComponentsWithStats(joined)

    def amount(self, box: tuple[int, int, int, int]) -> int:
        """The number of pixels of unprinted ink in a place."""
        x0, y0, x1, y1 = box
        return int(np.count_nonzero(self._ink[y0:y1, x0:x1]))

    def runs_beyond(self, place: tuple[int, int, int, int], limit: Box, reach: float) -> bool:
        """Return whether ink in ``place`` continues more than ``reach`` pixels outside ``limit``."""
        x0, y0, x1, y1 = place
        inside = self._pieces[y0:y1, x0:x1][self._ink[y0:y1, x0:x1]]
        a, b, c, d = limit[0] - reach, limit[1] - reach, limit[2] + reach, limit[3] + reach
        for number in np.unique(inside):
            left, top, wide, high, _ = self._extents[number]
            if number and (left < a or top < b or left + wide > c or top + high > d):
                return True
        return False


def added_ink(strange: Picture, seals: Sequence[tuple[float, float, float]], dpi: float) -> list[AddedInk]:
    """Find pieces of ink that were not printed.

    Args:
        strange: the result of `unprinted`.
        seals: round seals as (x, y, radius); their own ink is not reported.
        dpi: the resolution of the picture.
    """
    ink = np.where(strange < _INK, 255, 0).astype(np.uint8)
    for x, y, radius in seals:
        cv2.circle(ink, (round(x), round(y)), round(radius + dpi * 0.05), 0, -1)
    edge = round(dpi * 0.15)  # the shadow of the sheet's edge
    ink[:edge], ink[-edge:], ink[:, :edge], ink[:, -edge:] = 0, 0, 0, 0
    ink = _without_specks(ink, dpi)
    joined = cv2.dilate(ink, np.ones((round(dpi * 0.05), round(dpi * 0.14)), np.uint8))
    count, labels, _, _ = cv2.connectedComponentsWithStats(joined)
    amount = np.bincount(labels[ink > 0].ravel(), minlength=count)
    pieces: list[AddedInk] = []
    for number in range(1, count):
        rows, columns = np.nonzero((labels == number) & (ink > 0))
        box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
        pieces.append(AddedInk(box, min(0.6 + amount[number] / (0.02 * dpi * dpi), 0.99)))
    return pieces


def _without_specks(ink: Picture, dpi: float) -> Picture:
    """Keep strokes and drop specks of dirt. A stroke across print shows only in the gaps of the printed strokes."""
    reach = round(dpi * 0.1) | 1
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    amount = np.bincount(labels[ink > 0].ravel(), minlength=count) / dpi**2
    longest = np.maximum(stats[:, 2], stats[:, 3]) / dpi
    stroke = (longest > _STROKE) & ((amount > 0.0008) | ((amount > 0.0004) & (longest > 1.5 * _STROKE)))
    keep = np.where(stroke, 255, 0).astype(np.uint8)
    keep[0] = 0
    return np.asarray(cv2.bitwise_and(keep[labels], ink), np.uint8)
