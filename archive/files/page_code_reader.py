"""Finds QR codes on pages in any orientation, tilted, grey or noisy: a fast search first, thorough ones only if it fails.

Runs in limited children without the key: it returns texts, which `ssj_docs.documents.forms.page_code.decode` checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2 as pdfium
import zxingcpp

from archive.files.page_extract import ExtractedPage, Mask, Picture, extract_page, image_file_pictures
from archive.files.scan_quality import WORK_DPI, ink_mask, judge

_TEXT_LIMIT = 6_000

_FORMATS = zxingcpp.barcode_formats_from_str("QRCode")

#: (resolution to enlarge to, blur, grey level above which everything is paper), most successful first; the levels are for
#: codes under a seal in a grey scan, whose ink is lighter than print.
_WAYS: tuple[tuple[float, float, int | None], ...] = (
    (450, 0.0, None),
    (600, 0.7, None),
    (300, 0.0, None),
    (450, 0.0, 100),
    (450, 0.5, 80),
    (450, 0.5, 140),
    (600, 1.2, None),
)


@dataclass(frozen=True)
class FoundCode:
    """A QR code on a page.

    Attributes:
        text: its content.
        angle: degrees by which the symbol is turned clockwise on the page as displayed (-180 to 180).
        x, y: its centre in millimetres from the top left of the page as displayed.
        side: its side in millimetres.
    """

    text: str
    angle: float
    x: float
    y: float
    side: float

    @property
    def upright_turn(self) -> int:
        """Degrees (0, 90, 180, 270) by which the page must be turned clockwise to be upright."""
        return (-round(self.angle / 90) * 90) % 360


def find_codes(picture: ExtractedPage, ink: Mask, thorough: bool = True) -> tuple[FoundCode, ...]:
    """Find all QR codes of a page.

    Args:
        picture: the page.
        ink: its `archive.files.scan_quality.ink_mask`.
        thorough: search the whole page if the places that look like a code give none.

    Returns: the codes, each text once, in no particular order.
    """
    grey = picture.grey if picture.colour is None else np.ascontiguousarray(picture.colour[:, :, 0])  # red seals vanish
    found: dict[str, FoundCode] = {}
    for place in _places(ink):
        found.update({code.text: code for code in _look_closely(grey, picture.dpi, place)})
    if found or not thorough:
        return tuple(found.values())
    for factor, blur, flat in ((1.0, 0.0, False), (min(300 / picture.dpi, 3.0), 0.0, True), (1.0, 1.0, True)):
        whole = _prepared(_flattened(grey) if flat else grey, factor, blur, None)
        codes = _look(whole, picture.dpi * factor, (0.0, 0.0), everywhere=True)
        if codes:
            return codes
    return ()


def _places(ink: Mask) -> list[tuple[int, int, int, int]]:
    """Places that may hold a code: dense marks of 9 to 60 mm (a seal over the code enlarges them), densest first."""
    joined = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    places = []
    for x, y, wide, high, area in (tuple(int(value) for value in row) for row in stats[1:]):
        sides = (wide / WORK_DPI * 25.4, high / WORK_DPI * 25.4)
        if min(sides) > 9 and max(sides) < 60 and area > 0.25 * wide * high:
            places.append((area / (wide * high), (x, y, wide, high)))
    return [place for _, place in sorted(places, reverse=True)[:8]]


def _look_closely(grey: Picture, dpi: float, place: tuple[int, int, int, int]) -> tuple[FoundCode, ...]:
    """Cut out a place with a margin and try each of `_WAYS` until one reads it."""
    scale, margin = dpi / WORK_DPI, 20
    x, y, wide, high = place
    left, top = max(0, round((x - margin) * scale)), max(0, round((y - margin) * scale))
    crop = grey[top : round((y + high + margin) * scale), left : round((x + wide + margin) * scale)]
    for target, blur, level in _WAYS:
        factor = min(target / dpi, 4.0)
        codes = _look(
            _prepared(crop, factor, blur, level), dpi * factor, (left / dpi * 25.4, top / dpi * 25.4), everywhere=False
        )
        if codes:
            return codes
    mended = _prepared(_mended(crop), 450 / dpi, 0.0, None)
    return _look(mended, 450.0, (left / dpi * 25.4, top / dpi * 25.4), everywhere=False)


def _mended(crop: Picture) -> Picture:
    """Paint the centres of all four corner patterns dark, because a speck in one of them hides the whole symbol.

    The fourth corner has no such pattern; error correction repairs the few modules painted there.
    """
    dark = (crop < (int(crop.min()) + int(np.median(crop))) // 2).astype(np.uint8)
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return crop
    corners = cv2.boxPoints(cv2.minAreaRect(max(contours, key=cv2.contourArea)))
    side = float(np.hypot(*(corners[1] - corners[0])))
    inward = 3.5 / 30 * ((np.roll(corners, 1, axis=0) - corners) + (np.roll(corners, -1, axis=0) - corners))
    painted = crop.copy()
    for x, y in corners + inward:
        cv2.circle(painted, (round(float(x)), round(float(y))), max(round(side / 30 * 1.5), 1), int(crop.min()), -1)
    return painted


def read_pages(path: str, first: int, last: int, text: bool = True) -> Iterator[dict[str, Any]]:
    """Read pages ``first`` to ``last`` (from 0, inclusive); one message per page.

    Each message: page, codes, quality (see `archive.files.scan_quality`), width, height, scan_dpi, text (of the text layer).
    """
    with pdfium.PdfDocument(path) as document:
        for number in range(first, last + 1):
            page = document[number]
            picture = extract_page(page)
            yield {"page": number, **_reading(picture), "text": _layer_text(page) if text else ""}
            page.close()


def read_image_file(path: str) -> Iterator[dict[str, Any]]:
    """Like `read_pages`, for the pages of an image file."""
    for number, picture in enumerate(image_file_pictures(Path(path))):
        yield {"page": number, **_reading(picture), "text": ""}


def _reading(picture: ExtractedPage) -> dict[str, Any]:
    ink = ink_mask(picture.grey, picture.dpi)
    quality = judge(picture, ink)
    codes = find_codes(picture, ink, thorough=not quality.blank)
    return {
        "codes": [{**asdict(code), "turn": code.upright_turn} for code in codes],
        "quality": asdict(quality),
        "width": round(picture.width, 1),
        "height": round(picture.height, 1),
        "scan_dpi": picture.scan_dpi,
    }


def _layer_text(page: pdfium.PdfPage) -> str:
    layer = page.get_textpage()
    try:
        return str(layer.get_text_range(0, min(layer.count_chars(), _TEXT_LIMIT))) if layer.count_chars() else ""
    finally:
        layer.close()


def _look(grey: Picture, dpi: float, offset: tuple[float, float], everywhere: bool) -> tuple[FoundCode, ...]:
    results = zxingcpp.read_barcodes(
        grey,
        formats=_FORMATS,
        try_rotate=everywhere,
        try_downscale=everywhere,
        try_invert=False,
    )
    found = {}
    for result in results:
        corners = [getattr(result.position, name) for name in ("top_left", "top_right", "bottom_right", "bottom_left")]
        points = np.array([(corner.x, corner.y) for corner in corners], np.float64) / dpi * 25.4
        right = points[1] - points[0]
        centre = points.mean(axis=0) + np.array(offset)
        found[result.text] = FoundCode(
            text=result.text,
            angle=round(float(np.degrees(np.arctan2(right[1], right[0]))), 1),
            x=round(float(centre[0]), 1),
            y=round(float(centre[1]), 1),
            side=round(float(np.hypot(*right)), 1),
        )
    return tuple(found.values())


def _prepared(grey: Picture, factor: float, blur: float, level: int | None) -> Picture:
    """Smooth, make everything lighter than ``level`` white, and enlarge."""
    if blur:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), blur), np.uint8)
    if level is not None:
        stretched = (grey.astype(np.float32) - 10) * (255 / (level - 10))
        grey = np.asarray(np.clip(stretched, 0, 255), np.uint8)
    if abs(factor - 1) < 0.1:
        return grey
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=way), np.uint8)


def _flattened(grey: Picture) -> Picture:
    """Remove uneven light and increase contrast, for pale prints."""
    paper = cv2.GaussianBlur(cv2.dilate(grey, np.ones((9, 9), np.uint8)), (0, 0), 15).astype(np.float32)
    even = np.clip(grey.astype(np.float32) / np.maximum(paper, 1) * 255, 0, 255)
    low, high = np.percentile(even, (1, 90))
    return np.asarray(np.clip((even - low) / max(high - low, 1.0) * 255, 0, 255), np.uint8)
