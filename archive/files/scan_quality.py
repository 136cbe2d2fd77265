"""Measures the quality of a scan: blank, too coarse, cut off; and looks for a red seal.

Results have a confidence; what cannot be told is ``undetermined``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from archive.files.page_extract import ExtractedPage, Mask, Picture

Presence = Literal["present", "absent", "undetermined"]

#: resolution below which text and codes may be unreadable (the lowest setting of copiers is usually 150)
MIN_DPI = 140.0
#: Resolution of `ink_mask`.
WORK_DPI = 100.0
_BLANK_INK = 0.0006  # share of dark pixels below which a page is blank
#: in inches: what is shorter is a speck, longer a crease; what is filled and wider than a pen is a hole or a blot
_STROKE, _CREASE, _PEN, _SOLID = 0.1, 3.0, 0.06, 0.72
_SEAL_MM = (28.0, 52.0)  # GB/T and State Council rules: seals of offices and companies are 38 to 50 mm across


@dataclass(frozen=True)
class Sighting:
    """Whether something was found, with a confidence (0 to 1) and its place (x, y, width, height in mm)."""

    presence: Presence
    confidence: float
    place: tuple[float, float, float, float] | None = None
    reason: str = ""


@dataclass(frozen=True)
class ScanQuality:
    """The quality of one page.

    Attributes:
        blank: nothing is printed or written on it.
        ink: share of dark pixels.
        coarse: its resolution is below `MIN_DPI`.
        cut_off: edges (上下左右) at which writing leaves the page.
        seal: a red seal anywhere on the page.
    """

    blank: bool
    ink: float
    coarse: bool
    cut_off: str
    seal: Sighting


def judge(picture: ExtractedPage, ink: Mask) -> ScanQuality:
    """Measure one page, given its `ink_mask`."""
    border = round(6 / 25.4 * WORK_DPI)  # ignore shadows of the copier's lid
    inner = ink[border:-border, border:-border] if min(ink.shape) > 3 * border else ink
    share = float(inner.mean()) if inner.size else 0.0
    blank = share < _BLANK_INK and not _written_on(inner)
    return ScanQuality(
        blank=blank,
        ink=round(share, 5),
        coarse=0 < picture.scan_dpi < MIN_DPI,
        cut_off="" if blank or not picture.is_scan else _cut_edges(ink),
        seal=find_seal(picture),
    )


def ink_mask(grey: Picture, dpi: float) -> Mask:
    """Dark marks on the paper at 100 dpi, with specks and uneven light removed."""
    factor = WORK_DPI / dpi
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=way)
    paper = cv2.blur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8)), (31, 31))
    dark = small.astype(np.int16) < paper.astype(np.int16) - 40
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    keep = np.zeros(count, np.bool_)
    keep[1:] = stats[1:, cv2.CC_STAT_AREA] >= 4
    return np.asarray(keep[labels], np.bool_)


def _written_on(ink: Mask) -> bool:
    """Whether there is a stroke of a pen, however little: neither a speck of dirt, nor a punched hole, nor a crease."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    sides = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    if not len(sides):
        return False
    long, short = sides.max(axis=1) / WORK_DPI, sides.min(axis=1) / WORK_DPI
    solid = stats[1:, cv2.CC_STAT_AREA] / np.prod(sides, axis=1) > _SOLID
    return bool(np.any((long >= _STROKE) & (long < _CREASE) & ~(solid & (short > _PEN))))


def find_seal(picture: ExtractedPage) -> Sighting:
    """Find a red round or oval seal of 28 to 52 mm.

    A grey scan cannot show colour: ``undetermined``.
    """
    if picture.colour is None:
        reason = "灰度扫描件看不出颜色" if picture.is_scan else "页面无彩色内容"
        return Sighting("undetermined" if picture.is_scan else "absent", 0.0 if picture.is_scan else 0.95, None, reason)
    factor = 75 / picture.dpi
    small = cv2.resize(picture.colour, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    hue, saturation, value = cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2HSV))
    red = ((hue < 10) | (hue > 168)) & (saturation > 60) & (value > 60)
    joined = cv2.morphologyEx(red.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    best: Sighting | None = None
    for label in range(1, count):
        sighting = _as_seal(stats[label], red & (labels == label))
        if sighting and (best is None or sighting.confidence > best.confidence):
            best = sighting
    if best:
        return best
    return Sighting("absent", 0.9 if float(red.mean()) < 0.0005 else 0.6, None, "未见红色印章")


def _as_seal(stats: Sequence[int], red: Mask) -> Sighting | None:
    x, y, wide, high = (int(value) * 25.4 / 75 for value in stats[:4])
    if not (_SEAL_MM[0] <= max(wide, high) <= _SEAL_MM[1] and min(wide, high) >= 0.6 * max(wide, high)):
        return None
    rows, columns = np.nonzero(red)
    middle_x, middle_y = stats[0] + stats[2] / 2, stats[1] + stats[3] / 2
    radius = np.hypot((columns - middle_x) / (stats[2] / 2), (rows - middle_y) / (stats[3] / 2))
    ring = float((radius > 0.8).mean())  # a seal has a rim, unlike a red heading or a photograph
    roundness = min(wide, high) / max(wide, high)
    corners = float((radius > 1.08).mean())
    if ring < 0.2 or corners > 0.12:
        return None
    confidence = round(min(0.98, 0.45 + 0.3 * roundness + min(ring, 0.6) * 0.4), 2)
    return Sighting("present", confidence, (round(x, 1), round(y, 1), round(wide, 1), round(high, 1)), "红色圆形印迹")


def _cut_edges(ink: Mask) -> str:
    """Edges touched by at least four separate marks of the size of writing."""
    depth = round(0.8 / 25.4 * WORK_DPI)
    strips = {
        "上": ink[:depth].any(axis=0),
        "下": ink[-depth:].any(axis=0),
        "左": ink[:, :depth].any(axis=1),
        "右": ink[:, -depth:].any(axis=1),
    }
    small, large = round(0.5 / 25.4 * WORK_DPI), round(9 / 25.4 * WORK_DPI)
    cut = ""
    for name, line in strips.items():
        changes = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
        lengths = changes[1::2] - changes[::2]
        if int(((lengths >= small) & (lengths <= large)).sum()) >= 4:
            cut += name
    return cut
