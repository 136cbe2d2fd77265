"""Judges the boxes of a form on a scan: empty, written on, stamped, or not to be told.

Pen ink is told from the ink of a seal by colour in a colour scan and by darkness in a grey one; in a bitonal scan it cannot
be told, and a box under a seal is then undetermined. A seal counts only where a seal serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from archive.comparing.hand_boxes import BoxPlace
from archive.files.page_prepare import PagePicture, Picture, StraightPage, even_light, find_seals, redness
from archive.ocr.reading_order import Ruling

Circle = tuple[float, float, float]

#: darker than this is ink, on paper near 255
_INK = 150
#: a stroke: at least this long, in inches, with this much ink, in square inches
_STROKE, _AMOUNT = 0.08, 0.0008
#: anything shorter, or with less ink, is a speck
_SPECK, _LITTLE = 0.05, 0.0004
#: strokes this thick, in inches, are not a pen's: the star of a seal, a blot, a hole
_THICK = 0.07
#: share of a piece of ink that lies in a box if it belongs there
_OWN, _PARTLY = 0.5, 0.2
#: a seal's ink this dark in a grey scan (0 black, 255 paper) cannot be told from a pen's
_DARKEST_SEAL = 70
#: how dark ink under a grey seal is at most, relative to the seal, if it is plainly a pen's
_PLAIN = 0.62
#: radius of an official seal in inches
_RADIUS = 21 / 25.4
#: share of pixels that are neither ink nor paper, below which a picture is bitonal
_BITONAL = 0.002


class BoxState(StrEnum):
    """What a box shows."""

    EMPTY = "empty"
    WRITTEN = "written"
    STAMPED = "stamped"
    UNSURE = "unsure"


@dataclass(frozen=True)
class BoxInk:
    """The ink in a box: its state, why it cannot be told, and where the ink is, in pixels of the straightened page."""

    state: BoxState
    why: str = ""
    extent: tuple[float, float, float, float] | None = None


class PageInk:
    """The pen ink, the seals and the places that cannot be judged of one straightened page.

    Args:
        picture: the page as scanned, before seals were faded.
        straight: the same page, straightened.
        ruling: its ruled lines.
    """

    def __init__(self, picture: PagePicture, straight: StraightPage, ruling: Ruling) -> None:
        self._dpi = straight.dpi
        shape = straight.grey.shape
        raw = _straightened(picture, straight)
        grey = raw if raw.ndim == 2 else np.asarray(raw.min(axis=2), np.uint8)
        self.bitonal = _is_bitonal(picture.pixels)
        colour = raw.ndim == 3 and bool((redness(raw) < 150).any())
        seals = list(straight.seals) or find_seals(even_light(grey), straight.dpi)
        self._hidden = np.zeros(shape, bool)
        self._seal_ink = np.zeros(shape, bool)
        self._likely = np.zeros(shape, bool)
        if colour:
            self._seal_ink = redness(raw) < 170
            pen = straight.grey < _INK
        else:
            level = even_light(grey)
            pen = level < _INK
            seals += [seal for seal in self._stars(pen) if not _among(seal, seals)]
            for seal in seals:
                self._under_grey_seal(pen, level, seal)
        self.seals = tuple(seals)
        rules = _ruled(ruling.mask, straight.dpi)
        self.pen, self._likely = pen & ~rules, self._likely & ~rules

    def _under_grey_seal(self, pen: Picture, level: Picture, seal: Circle) -> None:
        """Within a seal only what is plainly darker than the seal is pen; if the seal is dark, nothing can be told."""
        inside = _disc(pen.shape, seal, 0.06 * self._dpi)
        ring = inside & ~_disc(pen.shape, seal, -0.05 * self._dpi)
        inked = level[ring & (level < 200)]
        shade = float(np.percentile(inked, 35)) if inked.size else 255.0
        self._seal_ink |= inside & (level < _INK)
        if self.bitonal or shade < _DARKEST_SEAL:
            self._hidden |= inside
            pen[inside] = False
        else:
            self._likely |= inside & (level < _INK)
            pen[inside & (level > _PLAIN * shade)] = False

    def _stars(self, pen: Picture) -> list[Circle]:
        """Seals told by the star in their middle, whose ring was not found."""
        width = round(_THICK * self._dpi) | 1
        core = cv2.morphologyEx(
            pen.astype(np.uint8), cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
        )
        count, _, stats, middles = cv2.connectedComponentsWithStats(core)
        return [
            (float(middles[n][0]), float(middles[n][1]), _RADIUS * self._dpi)
            for n in range(1, count)
            if 0.08 < max(stats[n, 2], stats[n, 3]) / self._dpi < 0.7
        ]

    def judge(self, place: BoxPlace) -> BoxInk:
        """Judge one box."""
        if place.area is None:
            return BoxInk(BoxState.UNSURE, "在扫描页上没有找到这一栏")
        height, width = self.pen.shape
        x0, y0, x1, y1 = (round(value) for value in place.area)
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height or x1 - x0 < 4 or y1 - y0 < 4:
            return BoxInk(BoxState.UNSURE, "这一栏不在扫描页内")
        state, extent = self._strokes(self.pen, place, (x0, y0, x1, y1))
        if state is BoxState.WRITTEN:
            return BoxInk(state, "", extent)
        area = self._seal_ink[y0:y1, x0:x1]
        sealed = np.count_nonzero(area) > 0.004 * self._dpi**2
        if sealed and place.box.seal and self._seal_over((x0, y0, x1, y1)):
            return BoxInk(BoxState.STAMPED, "", None)
        hidden = np.count_nonzero(self._hidden[y0:y1, x0:x1]) > 0.1 * area.size
        if sealed and (hidden or self._strokes(self._likely, place, (x0, y0, x1, y1))[0] is BoxState.WRITTEN):
            return BoxInk(BoxState.UNSURE, "印章压住这一栏，分不出印章和字迹")
        return BoxInk(state, "墨迹太小或只有一部分在栏内" if state is BoxState.UNSURE else "", extent)

    def _seal_over(self, area: tuple[int, int, int, int]) -> bool:
        """Whether a seal stands on the box, not only the edge of one beside it."""
        x0, y0, x1, y1 = area
        reach = 0.2 * self._dpi
        if any(x0 - reach < x < x1 + reach and y0 - reach < y < y1 + reach for x, y, _ in self.seals):
            return True
        ink = self._seal_ink[y0:y1, x0:x1]
        return not self.seals and bool(np.count_nonzero(ink) > 0.02 * self._dpi**2)

    def _strokes(
        self, inked: Picture, place: BoxPlace, area: tuple[int, int, int, int]
    ) -> tuple[BoxState, tuple[float, float, float, float] | None]:
        """Pieces of ink that belong to the box, print left out; ink that comes in from outside is not the box's."""
        dpi, reach = self._dpi, round(0.45 * self._dpi)
        left, top = max(area[0] - reach, 0), max(area[1] - reach, 0)
        ink = inked[top : area[3] + reach, left : area[2] + reach].astype(np.uint8)
        for x0, y0, x1, y1 in place.printed:
            ink[
                max(round(y0) - top, 0) : max(round(y1) - top, 0), max(round(x0) - left, 0) : max(round(x1) - left, 0)
            ] = 0
        close = round(0.045 * dpi) | 1
        joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((close, close), np.uint8))
        count, labels = cv2.connectedComponents(joined)
        labels = labels * ink
        inner = labels[area[1] - top : area[3] - top, area[0] - left : area[2] - left]
        whole, own = np.bincount(labels.ravel(), minlength=count), np.bincount(inner.ravel(), minlength=count)
        state, extents = BoxState.EMPTY, []
        for number in np.flatnonzero(own[1:]) + 1:
            rows, columns = np.nonzero(inner == number)
            long = max(np.ptp(rows), np.ptp(columns)) + 1
            amount, share = own[number] / dpi**2, own[number] / whole[number]
            if long < _SPECK * dpi or amount < _LITTLE or share < _PARTLY:
                continue
            if long < _STROKE * dpi or amount < _AMOUNT or share < _OWN:
                state = BoxState.UNSURE if state is BoxState.EMPTY else state
                continue
            state = BoxState.WRITTEN
            extents.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
        if not extents:
            return state, None
        edges = np.array(extents, float)
        box = (*edges[:, :2].min(axis=0), *edges[:, 2:].max(axis=0))
        return state, (box[0] + area[0], box[1] + area[1], box[2] + area[0], box[3] + area[1])


def judge_boxes(ink: PageInk, places: Sequence[BoxPlace]) -> list[BoxInk]:
    """Judge the boxes of a page in order."""
    return [ink.judge(place) for place in places]


def _straightened(picture: PagePicture, straight: StraightPage) -> Picture:
    """The page as scanned in the pixels of the straightened page."""
    to_straight = (np.linalg.inv(straight.to_page) @ picture.to_page)[:2]
    height, width = straight.grey.shape
    white = (255, 255, 255) if picture.pixels.ndim == 3 else 255
    return np.asarray(cv2.warpAffine(picture.pixels, to_straight, (width, height), borderValue=white), np.uint8)


def _is_bitonal(pixels: Picture) -> bool:
    part = pixels[::7, ::7]
    return float(np.mean((part > 40) & (part < 215))) < _BITONAL


def _ruled(mask: Picture, dpi: float) -> Picture:
    width = max(round(dpi * 0.02), 3) | 1
    return cv2.dilate(mask, np.ones((width, width), np.uint8)) > 0


def _disc(shape: tuple[int, ...], seal: Circle, more: float) -> Picture:
    disc = np.zeros(shape, np.uint8)
    cv2.circle(disc, (round(seal[0]), round(seal[1])), max(round(seal[2] + more), 1), 1, -1)
    return disc > 0


def _among(seal: Circle, seals: Sequence[Circle]) -> bool:
    return any(np.hypot(seal[0] - x, seal[1] - y) < radius for x, y, radius in seals)
