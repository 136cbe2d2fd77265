"""Ink on a scan that was not printed: handwriting, ticks, strokes through words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from archive.page_image import Picture

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class AddedInk:
    """One piece of added ink.

    Attributes:
        box: in pixels of the issued page.
        certainty: 0 to 1, by how much ink there is.
    """

    box: Box
    certainty: float


def unprinted(drawn: Picture, seen: Picture, rules: Picture, dpi: float) -> Picture:
    """The scan with everything that was printed painted over: what is left was added.

    Args:
        drawn: the issued page, grey.
        seen: the scan laid over it, grey.
        rules: 255 on the issued page's ruled lines.
        dpi: of the pictures.
    """
    slack = round(dpi * 0.03) | 1
    printed = cv2.dilate(np.where(drawn < 215, 255, 0).astype(np.uint8), np.ones((slack, slack), np.uint8))
    printed = cv2.bitwise_or(printed, cv2.dilate(rules, np.ones((5, 5), np.uint8)))
    return np.where(printed > 0, 255, seen).astype(np.uint8)


def added_ink(strange: Picture, seals: Sequence[tuple[float, float, float]], dpi: float) -> list[AddedInk]:
    """Find pieces of ink in what was not printed.

    Args:
        strange: the result of `unprinted`.
        seals: round seals as (x, y, radius): their own ink is not an addition to read.
        dpi: of the picture.
    """
    ink = np.where(strange < 150, 255, 0).astype(np.uint8)
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
        if amount[number] < 0.0016 * dpi * dpi:
            continue
        rows, columns = np.nonzero((labels == number) & (ink > 0))
        box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
        if max(box[2] - box[0], box[3] - box[1]) < 0.09 * dpi:
            continue
        pieces.append(AddedInk(box, min(0.6 + amount[number] / (0.02 * dpi * dpi), 0.99)))
    return pieces


def _without_specks(ink: Picture, dpi: float) -> Picture:
    """Drop dots of dirt: pieces smaller than half a millimetre each way."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    keep = np.where(np.maximum(stats[:, 2], stats[:, 3]) > dpi * 0.028, 255, 0).astype(np.uint8)
    keep[0] = 0
    return np.asarray(keep[labels], np.uint8)
