"""Prepares the picture of a page for reading: native resolution, seals faded, light evened, straightened.

Coordinates: pixels count from the top left corner; page points (1/72 inch) count from the top left corner of the page as
displayed. Every picture has the matrix from its pixels to page points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[Any]
Matrix: TypeAlias = NDArray[Any]

#: maximum resolution for reading; more takes time without recognising more
READING_DPI = 200.0
#: maximum tilt that is corrected, in degrees
MAX_TILT = 7.0
#: maximum number of pixels of a rendered page (A3 at 400 dpi has 31 million)
MAX_PIXELS = 40_000_000
#: seals this dark in a grey scan (0 black, 255 paper) cannot be distinguished from print
_DARKEST_SEAL = 75.0
#: factor by which a page is narrowed to find its tilt
_STRIP = 8


@dataclass(frozen=True)
class PagePicture:
    """A page as pixels.

    Attributes:
        pixels: grey (height, width) or RGB (height, width, 3), 8 bit.
        dpi: pixels per inch of paper.
        width, height: size of the page in points as shown.
        to_page: 3 × 3 matrix from pixels to page points.
    """

    pixels: Picture
    dpi: float
    width: float
    height: float
    to_page: Matrix


@dataclass(frozen=True)
class StraightPage:
    """A page picture that is upright, level, grey and evenly lit: the input of segmentation and OCR.

    Attributes:
        grey: (height, width), paper near 255.
        dpi: pixels per inch.
        to_page: 3 × 3 matrix from these pixels to page points.
        tilt: degrees by which the scan was tilted, counter-clockwise positive.
        turned: degrees by which the picture was turned clockwise: 0, 90, 180 or 270.
        seals: round seals as (x, y, radius) in these pixels.
    """

    grey: Picture
    dpi: float
    to_page: Matrix
    tilt: float
    turned: int
    seals: tuple[tuple[float, float, float], ...] = ()

    def upside_down(self) -> StraightPage:
        """The same page turned by 180 degrees."""
        grey, to_page = turned(self.grey, self.to_page, 180)
        height, width = grey.shape
        seals = tuple((width - x, height - y, radius) for x, y, radius in self.seals)
        return StraightPage(grey, self.dpi, to_page, self.tilt, (self.turned + 180) % 360, seals)


def page_picture(page: pdfium.PdfPage, *, dpi: float = READING_DPI) -> PagePicture:
    """Return the page at its native resolution if it is one scanned image, otherwise rendered at ``dpi``.

    A finer scan than ``dpi`` × 1.05 is reduced.
    """
    width, height = page.get_size()
    dpi = min(dpi, 72 * (MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
    scan = _scanned_image(page, width, height)
    pixels = page.render(scale=dpi / 72, rev_byteorder=True).to_numpy()[:, :, :3] if scan is None else scan
    native = pixels.shape[1] / width * 72
    if native > dpi * 1.05:
        size = (round(width / 72 * dpi), round(height / 72 * dpi))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        native = dpi
    to_page = np.diag([width / pixels.shape[1], height / pixels.shape[0], 1.0])
    return PagePicture(np.ascontiguousarray(pixels), float(native), width, height, to_page)


def _scanned_image(page: pdfium.PdfPage, width: float, height: float) -> Picture | None:
    """The pixels of the one image that fills the page, unless it is turned, mirrored or masked."""
    if page.get_rotation() != 0:
        return None
    objects = list(page.get_objects(max_depth=1))
    if len(objects) != 1 or objects[0].type != pdfium_c.FPDF_PAGEOBJ_IMAGE:
        return None
    a, b, c, d, e, f = objects[0].get_matrix().get()
    fills = abs(a - width) < width * 0.02 and abs(d - height) < height * 0.02
    placed = abs(e) < width * 0.01 and abs(f) < height * 0.01 and abs(b) < 0.5 and abs(c) < 0.5
    across, down = objects[0].get_px_size()
    if not (fills and placed) or across * down > MAX_PIXELS:
        return None
    try:
        bitmap = objects[0].get_bitmap(render=False)
    except pdfium.PdfiumError:
        return None
    pixels: Picture = bitmap.to_numpy()
    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] == 1:
        return pixels[:, :, 0]
    return pixels[:, :, 2::-1] if bitmap.mode.startswith("BGR") else pixels[:, :, :3]


def fade_stamp(pixels: Picture) -> Picture:
    """Convert to grey from the red channel, in which red ink nearly vanishes and black and blue ink stay dark."""
    if pixels.ndim == 2:
        return pixels
    return np.ascontiguousarray(pixels[:, :, 0])


def even_light(grey: Picture) -> Picture:
    """Divide by the brightness of the paper, so that paper is near 255 everywhere."""
    height, width = grey.shape
    small = cv2.resize(grey, (max(width // 16, 8), max(height // 16, 8)), interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), (0, 0), 4)
    paper = cv2.resize(np.maximum(paper, 40), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(grey, paper, scale=250), np.uint8)


def find_seals(grey: Picture, dpi: float) -> list[tuple[float, float, float]]:
    """Find round seals as (x, y, radius) in pixels: nearly complete rings of 34 to 50 mm."""
    scale = min(60 / dpi, 1.0)
    thin = round(dpi * 0.026) | 1
    thick = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((thin, thin), np.uint8))  # removes print and rules
    small = cv2.GaussianBlur(cv2.resize(thick, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), (0, 0), 0.8)
    per_mm = dpi * scale / 25.4
    circles = cv2.HoughCircles(
        small,
        cv2.HOUGH_GRADIENT,
        dp=1.5,
        minDist=15 * per_mm,
        param1=80,
        param2=22,
        minRadius=round(17 * per_mm),
        maxRadius=round(25 * per_mm),
    )
    if circles is None:
        return []
    dark = small < 215
    seals: list[tuple[float, float, float]] = []
    for column, row, _ in circles.reshape(-1, 3)[:8]:
        share, x, y, radius = _best_ring(dark, float(column), float(row), per_mm)
        if share > 0.8 and all(np.hypot(x - a * scale, y - b * scale) > 8 * per_mm for a, b, _ in seals):
            seals.append((x / scale, y / scale, radius / scale))
    return seals


def _best_ring(dark: Picture, x: float, y: float, per_mm: float) -> tuple[float, float, float, float]:
    """The circle near (x, y) with the largest dark share: (share, x, y, radius)."""
    angles = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    shifts = np.arange(-4.0, 4.1, 2.0)
    radii = np.arange(16 * per_mm, 26 * per_mm, 1.0)
    across, down, radius = np.meshgrid(x + shifts, y + shifts, radii, indexing="ij")
    columns = np.rint(across[..., None] + radius[..., None] * np.cos(angles)).astype(int)
    rows = np.rint(down[..., None] + radius[..., None] * np.sin(angles)).astype(int)
    height, width = dark.shape
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    shares = (dark[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)] & inside).mean(axis=-1)
    best = np.unravel_index(int(np.argmax(shares)), shares.shape)
    return float(shares[best]), float(across[best]), float(down[best]), float(radius[best])


def redness(pixels: Picture) -> Picture:
    """A grey picture in which only red ink is dark."""
    red, green, blue = (pixels[:, :, channel] for channel in range(3))
    return np.asarray(cv2.addWeighted(cv2.subtract(red, cv2.max(green, blue)), -2.0, red, 0.0, 255.0), np.uint8)


def fade_grey_seals(grey: Picture, dpi: float, seals: Sequence[tuple[float, float, float]]) -> Picture:
    """Remove seals from a grey scan and keep the print under them.

    The ring shows how dark the seal's ink is at most; anything darker was printed. Up to that darkness everything thicker
    than a hairline is considered seal.
    """
    if not seals:
        return grey
    result = grey.copy()
    for x, y, radius in seals:
        reach = radius + dpi * 0.06
        x0, x1 = max(int(x - reach), 0), min(int(x + reach), grey.shape[1])
        y0, y1 = max(int(y - reach), 0), min(int(y + reach), grey.shape[0])
        part = grey[y0:y1, x0:x1]
        rows, columns = np.ogrid[y0:y1, x0:x1]
        away = np.hypot(rows - y, columns - x)
        level = float(np.percentile(part[np.abs(away - radius) < dpi * 0.016], 20))
        told_apart = level > _DARKEST_SEAL
        width = 3 if told_apart else round(dpi * 0.028) | 1
        shape = cv2.getStructuringElement(cv2.MORPH_RECT if told_apart else cv2.MORPH_ELLIPSE, (width, width))
        layer = np.maximum(cv2.morphologyEx(part, cv2.MORPH_CLOSE, shape), int(level) if told_apart else 30)
        result[y0:y1, x0:x1][away <= reach] = cv2.divide(part, layer, scale=250)[away <= reach]
    return result


def ink_mask(grey: Picture, *, level: int = 150) -> Picture:
    """255 where there is ink, in a picture with even light."""
    return np.asarray(cv2.threshold(grey, level, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)


def straighten(picture: PagePicture, *, turn: int | None = None) -> StraightPage:
    """Fade seals, even the light, and turn the page upright and level.

    Args:
        picture: the page.
        turn: degrees clockwise by which to turn it (0, 90, 180, 270) if known, for example from a QR code; None detects
            whether lines are horizontal or vertical, and leaves 0 or 180 to OCR.
    """
    grey = even_light(fade_stamp(picture.pixels))
    matrix = picture.to_page
    quarter = turn if turn is not None else (90 if _lines_run_along(grey) else 0)
    grey, matrix = turned(grey, matrix, quarter)
    tilt = find_tilt(grey)
    if abs(tilt) > 0.04:
        grey, matrix = _level(grey, matrix, tilt)
    if picture.pixels.ndim == 2:
        seals = find_seals(grey, picture.dpi)
        return StraightPage(fade_grey_seals(grey, picture.dpi, seals), picture.dpi, matrix, tilt, quarter, tuple(seals))
    to_straight = np.linalg.inv(matrix) @ picture.to_page
    seals = [
        (*(to_straight @ (x, y, 1.0))[:2].tolist(), radius)
        for x, y, radius in find_seals(redness(picture.pixels), picture.dpi)
    ]
    return StraightPage(grey, picture.dpi, matrix, tilt, quarter, tuple(seals))


def turned(grey: Picture, to_page: Matrix, degrees: int) -> tuple[Picture, Matrix]:
    """Turn a picture clockwise by a multiple of 90 degrees, with its matrix."""
    height, width = grey.shape[:2]
    back = {
        0: [[1, 0, 0], [0, 1, 0]],
        90: [[0, 1, 0], [-1, 0, height]],
        180: [[-1, 0, width], [0, -1, height]],
        270: [[0, -1, width], [1, 0, 0]],
    }[degrees % 360]
    result = np.ascontiguousarray(np.rot90(grey, -(degrees // 90)))
    return result, to_page @ np.array([*back, [0, 0, 1]], float)


def _level(grey: Picture, to_page: Matrix, tilt: float) -> tuple[Picture, Matrix]:
    height, width = grey.shape
    rotation = cv2.getRotationMatrix2D((width / 2, height / 2), -tilt, 1.0)
    level = cv2.warpAffine(grey, rotation, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)
    back = np.linalg.inv(np.vstack([rotation, [0, 0, 1]]))
    return np.asarray(level, np.uint8), to_page @ back


def find_tilt(grey: Picture) -> float:
    """The tilt in degrees, counter-clockwise positive: the angle at which text lines and rules are sharpest."""
    ink = ink_mask(_reduced(grey, 500), level=175)
    if int(np.count_nonzero(ink)) < 200:
        return 0.0
    strips = _strips(ink)
    best = max(np.arange(-MAX_TILT, MAX_TILT + 0.01, 0.5), key=lambda angle: _sharpness(strips, float(angle)))
    strips = _strips(ink_mask(_reduced(grey, 1000), level=170))
    angles = np.arange(best - 0.5, best + 0.51, 0.1)
    scores = [_sharpness(strips, float(angle)) for angle in angles]
    top = int(np.argmax(scores))
    if 0 < top < len(scores) - 1:
        left, middle, right = scores[top - 1], scores[top], scores[top + 1]
        bend = left - 2 * middle + right
        shift = 0.5 * (left - right) / bend if bend else 0.0
        return float(angles[top] + 0.1 * shift)
    return float(angles[top])


def _strips(ink: Picture) -> Picture:
    """Reduce the width of the picture to one column for each `_STRIP` pixels."""
    size = (max(ink.shape[1] // _STRIP, 1), ink.shape[0])
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.uint8)


def _reduced(grey: Picture, longest: int) -> Picture:
    scale = longest / max(grey.shape)
    if scale >= 1:
        return grey
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _sharpness(strips: Picture, angle: float) -> float:
    """Sum of squared steps of the row profile after shearing by ``angle`` (a shear is enough, and fast)."""
    height, width = strips.shape
    slope = np.tan(np.radians(angle)) * _STRIP
    shear = np.array([[1, 0, 0], [slope, 1, -slope * width / 2]], float)
    level = cv2.warpAffine(strips, shear, (width, height), flags=cv2.INTER_LINEAR)
    profile = cv2.reduce(level, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[:, 0].astype(np.float64)
    return float(np.sum(np.diff(profile) ** 2))


def _lines_run_along(grey: Picture) -> bool:
    """Return whether text lines are vertical in the picture, so that the page lies on its side."""
    ink = ink_mask(_reduced(grey, 900), level=170)
    for shape in ((1, 50), (50, 1)):  # ignore ruled lines
        rules = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        ink = cv2.subtract(ink, cv2.dilate(rules, np.ones((3, 3), np.uint8)))
    along, across = _length_of_lines(np.ascontiguousarray(ink.T)), _length_of_lines(ink)
    return along > 1.5 * across and along > 100


def _length_of_lines(ink: Picture) -> int:
    """The number of pixels of writing in horizontal strips at least three times as long as high."""
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
    stats = cv2.connectedComponentsWithStats(joined)[2][1:]
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    return int(width[(width > 3 * height) & (area > 40)].sum())
