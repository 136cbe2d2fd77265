"""One printed character, expected and seen: is it there, another one, gone, or covered?

Thresholds come from scans of 150 and 200 dpi tilted up to 5 degrees (docs/performance.md): a character that is
there correlates at 0.84 or more, 0.65 under a seal, and none of its ink is missing; another character correlates below
0.6 and lacks at least a twentieth of the ink.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from archive.page_image import Picture

Box = tuple[float, float, float, float]


class State(StrEnum):
    """What the picture says of a character."""

    EQUAL = "equal"
    UNSURE = "unsure"
    DIFFERENT = "different"
    GONE = "gone"


@dataclass(frozen=True)
class Sight:
    """A character as seen.

    Attributes:
        state: the verdict of the picture alone.
        fit: correlation with what was printed, -1 to 1.
        lacking: share of the expected ink that is not there.
        strange: share of the place covered with ink that was not printed.
    """

    state: State
    fit: float
    lacking: float
    strange: float


_CROSS = np.ones((3, 3), np.uint8)
_SLACK = 2


def see_character(expected: Picture, seen: Picture, box: Box, offset: tuple[float, float]) -> Sight:
    """Compare the place of one character in the issued page and in the scan laid over it.

    Args:
        expected: the issued page, grey.
        seen: the scan in the same pixels, grey.
        box: the character's ink in pixels.
        offset: how far its line lies from its place, in pixels.
    """
    height, width = expected.shape
    x0, y0 = max(round(box[0]) - 1, 0), max(round(box[1]) - 1, 0)
    x1, y1 = min(round(box[2]) + 1, width), min(round(box[3]) + 1, height)
    patch = expected[y0:y1, x0:x1]
    dx, dy = round(offset[0]), round(offset[1])
    left, top = max(x0 + dx - _SLACK, 0), max(y0 + dy - _SLACK, 0)
    area = seen[top : y1 + dy + _SLACK, left : x1 + dx + _SLACK]
    core = patch < 110
    if area.shape[0] < patch.shape[0] or area.shape[1] < patch.shape[1] or not core.any():
        return Sight(State.UNSURE, 0.0, 0.0, 0.0)
    fit_map = cv2.matchTemplate(area, patch, cv2.TM_CCOEFF_NORMED)
    _, fit, _, (column, row) = cv2.minMaxLoc(fit_map)
    place = area[row : row + patch.shape[0], column : column + patch.shape[1]]
    near = cv2.dilate((place < 175).astype(np.uint8), _CROSS) > 0
    lacking = float(np.count_nonzero(core & ~near)) / float(np.count_nonzero(core))
    printed = cv2.dilate((patch < 200).astype(np.uint8), _CROSS) > 0
    strange = float(np.count_nonzero((place < 120) & ~printed)) / place.size
    return Sight(_state(float(fit), lacking, float(area.min())), float(fit), lacking, strange)


def _state(fit: float, lacking: float, darkest: float) -> State:
    if fit >= 0.84 and lacking <= 0.03:
        return State.EQUAL
    if lacking >= 0.85 and darkest > 160:
        return State.GONE
    if fit < 0.62 and lacking > 0.03:
        return State.DIFFERENT
    return State.UNSURE
