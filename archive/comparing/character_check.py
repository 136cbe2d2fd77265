"""Compares one printed character with its picture in the scan: equal, different, gone or covered.

Thresholds come from scans at 150 and 200 dpi tilted up to 5 degrees (docs/performance.md): an unaltered character
correlates at 0.84 or more (0.65 under a seal) and lacks no ink; a different character correlates below 0.6 and lacks at
least a twentieth of the ink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from archive.files.page_prepare import Picture

Box = tuple[float, float, float, float]


class State(StrEnum):
    """What the picture shows of a character."""

    EQUAL = "equal"
    UNSURE = "unsure"
    DIFFERENT = "different"
    GONE = "gone"


@dataclass(frozen=True)
class CharacterMatch:
    """How a character compares with its picture in the scan.

    Attributes:
        state: the verdict from the picture alone.
        fit: correlation with the printed character, -1 to 1.
        lacking: share of the expected ink that is missing, even one pixel aside.
        bare: share of the expected ink where the scan shows paper; 0 for an unaltered character.
        patch: x0, y0, x1, y1 of its picture in the issued page.
        place: x, y of that picture in the scan; None outside the scan.
    """

    state: State
    fit: float
    lacking: float
    bare: float
    patch: tuple[int, int, int, int]
    place: tuple[int, int] | None


#: share of its ink that an unaltered character may lack
LEAST_LACKING = 0.03
#: share of its ink where paper may show: unaltered characters with pen strokes across stay below 0.03
LEAST_BARE = 0.06
#: correlation of an unaltered character
_THERE = 0.84
#: number of characters that must be found in a line to locate the others
_ENOUGH = 3
_CROSS = np.ones((3, 3), np.uint8)


def match_line(
    expected: Picture, seen: Picture, boxes: Sequence[Box], offset: tuple[float, float]
) -> list[CharacterMatch]:
    """Compare the characters of a line. Those that are equal tell closely where the others must be.

    Args:
        expected: the issued page, in grey.
        seen: the scan aligned with it, in grey.
        boxes: the ink of each character, in pixels.
        offset: how far the line is displaced, in pixels.
    """
    matches = [match_character(expected, seen, box, offset) for box in boxes]
    sure = [
        (match.place[0] - match.patch[0], match.place[1] - match.patch[1])
        for match in matches
        if match.state is State.EQUAL and match.place is not None
    ]
    if len(sure) < _ENOUGH or len(sure) == len(matches):
        return matches
    dx, dy = np.median(np.array(sure), axis=0)
    return [
        match if match.state is State.EQUAL else match_character(expected, seen, box, (float(dx), float(dy)), slack=1)
        for match, box in zip(matches, boxes, strict=True)
    ]


def match_character(
    expected: Picture, seen: Picture, box: Box, offset: tuple[float, float], *, slack: int = 2
) -> CharacterMatch:
    """Compare one character of the issued page with the same place in the aligned scan.

    Args:
        expected: the issued page, in grey.
        seen: the scan aligned with it, in grey.
        box: the character's ink, in pixels.
        offset: how far its line is displaced, in pixels.
        slack: how much further it may be displaced in each direction, in pixels.
    """
    height, width = expected.shape
    x0, y0 = max(round(box[0]) - 1, 0), max(round(box[1]) - 1, 0)
    x1, y1 = min(round(box[2]) + 1, width), min(round(box[3]) + 1, height)
    patch = expected[y0:y1, x0:x1]
    dx, dy = round(offset[0]), round(offset[1])
    left, top = max(x0 + dx - slack, 0), max(y0 + dy - slack, 0)
    area = seen[top : y1 + dy + slack, left : x1 + dx + slack]
    core = patch < 110
    if area.shape[0] < patch.shape[0] or area.shape[1] < patch.shape[1] or not core.any():
        return CharacterMatch(State.UNSURE, 0.0, 0.0, 0.0, (x0, y0, x1, y1), None)
    fits = cv2.matchTemplate(area, patch, cv2.TM_CCOEFF_NORMED)
    _, fit, _, at = cv2.minMaxLoc(fits)
    bare = cv2.dilate((area < 175).astype(np.uint8), _CROSS) == 0
    ink = float(np.count_nonzero(core))
    lacking = int(np.count_nonzero(core & bare[at[1] : at[1] + core.shape[0], at[0] : at[0] + core.shape[1]])) / ink
    if LEAST_LACKING < lacking < 0.5:
        # ink across a character shifts the best correlation; what counts is whether all its strokes can be there
        lacks = cv2.matchTemplate(bare.astype(np.float32), core.astype(np.float32), cv2.TM_CCORR) / ink
        lacking = max(float(lacks.min()), 0.0)
        fit, row, column = max((float(fits[y, x]), int(y), int(x)) for y, x in np.argwhere(lacks <= lacking + 1e-3))
        at = (column, row)
    bare_core = 0.0 if fit >= _THERE and lacking <= LEAST_LACKING else _bare(area, core)
    state = _state(float(fit), lacking, bare_core, float(area.min()))
    return CharacterMatch(state, float(fit), lacking, bare_core, (x0, y0, x1, y1), (left + at[0], top + at[1]))


def _bare(area: Picture, core: Picture) -> float:
    """The share of a character's ink where the scan shows paper, at the best position, without tolerance."""
    paper = (area >= 190).astype(np.float32)
    missing = cv2.matchTemplate(paper, core.astype(np.float32), cv2.TM_CCORR)
    return max(float(missing.min()) / float(np.count_nonzero(core)), 0.0)


def _state(fit: float, lacking: float, bare: float, darkest: float) -> State:
    if fit >= _THERE and lacking <= LEAST_LACKING:
        return State.EQUAL
    if lacking >= 0.85 and darkest > 160:
        return State.GONE
    if fit < 0.62 and (lacking > LEAST_LACKING or bare > LEAST_BARE):
        return State.DIFFERENT
    return State.UNSURE
