"""Aligns a scan with the issued page: an affine map, refined from the whole page to single lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from archive.files.page_prepare import Matrix, Picture

Box = tuple[float, float, float, float]

#: resolution of the coarse fit
_COARSE_DPI = 50.0
#: correlation from which a line counts as found
LINE_FOUND = 0.55


@dataclass(frozen=True)
class Registration:
    """The position of a scan relative to the issued page.

    Attributes:
        to_scan: 2 × 3 matrix from pixels of the issued page to pixels of the scan.
        found: share of the issued lines found in place, 0 to 1.
        offsets: for each line its displacement in pixels and the correlation there.
    """

    to_scan: Matrix
    found: float
    offsets: tuple[tuple[float, float, float], ...]


def register(scan: Picture, issued: Picture, lines: Sequence[Box], dpi: float) -> Registration:
    """Align the scan with the issued page; both in grey at the same resolution, the scan upright and level.

    Args:
        scan: the straightened scan.
        issued: the rendered issued page.
        lines: boxes of the issued lines of text, in pixels.
        dpi: the resolution of both pictures.
    """
    to_scan = _coarse(scan, issued, dpi)
    half = dpi / 100.0
    for scale, reach in ((1 / half, 14), (1.0, round(dpi * 0.04))):
        fitted = _refine(scan, issued, lines, to_scan, scale, reach)
        if fitted is not None:
            to_scan = fitted
    warped = warp(scan, to_scan, issued.shape)
    offsets = tuple(line_offset(warped, issued, box, round(dpi * 0.025)) for box in lines)
    found = sum(fit >= LINE_FOUND for _, _, fit in offsets) / len(offsets) if offsets else 0.0
    return Registration(to_scan, found, offsets)


def warp(scan: Picture, to_scan: Matrix, shape: tuple[int, ...]) -> Picture:
    """Transform the scan to the pixels of the issued page."""
    return np.asarray(
        cv2.warpAffine(
            scan, to_scan, (shape[1], shape[0]), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=255
        ),
        np.uint8,
    )


def line_offset(
    warped: Picture, issued: Picture, box: Box, reach: int, *, down: int | None = None
) -> tuple[float, float, float]:
    """Find where the picture of a line matches best near its place: (dx, dy, correlation)."""
    x0, y0, x1, y1 = _whole(box, issued.shape, 2)
    deep = reach if down is None else down
    left, top = max(x0 - reach, 0), max(y0 - deep, 0)
    area = warped[top : y1 + deep, left : x1 + reach]
    patch = issued[y0:y1, x0:x1]
    if patch.size == 0 or area.shape[0] < patch.shape[0] or area.shape[1] < patch.shape[1] or patch.std() < 1:
        return 0.0, 0.0, 0.0
    fit = cv2.matchTemplate(area, patch, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(fit)
    return float(left + column - x0), float(top + row - y0), float(best)


def _whole(box: Box, shape: tuple[int, ...], margin: int) -> tuple[int, int, int, int]:
    x0, y0 = max(int(box[0]) - margin, 0), max(int(box[1]) - margin, 0)
    return x0, y0, min(int(np.ceil(box[2])) + margin, shape[1]), min(int(np.ceil(box[3])) + margin, shape[0])


def _coarse(scan: Picture, issued: Picture, dpi: float) -> Matrix:
    """Estimate shift, rotation and scale from the blurred page: first by phase, then by maximising the correlation."""
    scale = _COARSE_DPI / dpi
    size = (round(issued.shape[1] * scale), round(issued.shape[0] * scale))
    target = _blurred(cv2.resize(issued, size, interpolation=cv2.INTER_AREA))
    small = cv2.resize(scan, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    source = np.full((size[1], size[0]), 255, np.uint8)
    high, wide = min(small.shape[0], size[1]), min(small.shape[1], size[0])
    source[:high, :wide] = small[:high, :wide]
    moved = _blurred(source)
    (dx, dy), _ = cv2.phaseCorrelate(target, moved, cv2.createHanningWindow(size, cv2.CV_32F))
    guess = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    if max(abs(dx), abs(dy)) > 0.08 * size[0]:
        guess[:, 2] = 0
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
    try:
        _, fitted = cv2.findTransformECC(target, moved, guess.copy(), cv2.MOTION_AFFINE, ends)
    except cv2.error:  # does not converge for unrelated pages
        fitted = guess
    result = np.asarray(fitted, float).copy()
    if abs(result[0, 0] - 1) > 0.08 or abs(result[1, 1] - 1) > 0.08:
        result = np.asarray(guess, float)
    result[:, 2] /= scale
    return result


def _blurred(grey: Picture) -> Picture:
    return np.asarray(cv2.GaussianBlur(255.0 - grey.astype(np.float32), (0, 0), 1.6), np.float32)


def _refine(
    scan: Picture, issued: Picture, lines: Sequence[Box], to_scan: Matrix, scale: float, reach: int
) -> Matrix | None:
    """Fit again from the lines found near the last fit; None if there are too few."""
    scale = min(scale, 1.0)
    drawn = issued if scale == 1 else cv2.resize(issued, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    seen = scan if scale == 1 else cv2.resize(scan, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = np.asarray(to_scan, float).copy()
    small[:, 2] *= scale
    warped = warp(seen, small, drawn.shape)
    here, there = [], []
    for line in lines:
        box = tuple(value * scale for value in line)
        dx, dy, fit = line_offset(warped, drawn, (box[0], box[1], box[2], box[3]), reach)
        if fit < LINE_FOUND:
            continue
        for x in (line[0], line[2]):
            y = (line[1] + line[3]) / 2
            here.append((x, y))
            there.append(to_scan @ (x + dx / scale, y + dy / scale, 1.0))
    if len(here) < 8:
        return None
    fitted, _ = cv2.estimateAffine2D(
        np.array(here, float), np.array(there, float), method=cv2.RANSAC, ransacReprojThreshold=2.5 / scale
    )
    return None if fitted is None else np.asarray(fitted, float)
