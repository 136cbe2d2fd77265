"""The picture of a page: the scanned image itself if the page is one image, otherwise the rendered page.

Runs in limited children only.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

RENDER_DPI = 200
#: maximum number of pixels for rendering and decoding (A3 at 400 dpi has 31 million)
MAX_PIXELS = 40_000_000
_COVERS = 0.85  # share of the page an image must cover to be the scan of it

Image.MAX_IMAGE_PIXELS = 400_000_000
warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(frozen=True)
class ExtractedPage:
    """The picture of a page.

    Attributes:
        grey: the picture as a viewer displays it (page rotation applied).
        colour: RGB, or None for a grey scan.
        dpi: pixels per inch of ``grey``.
        scan_dpi: resolution of the scanned image, 0 if the page is not a scan.
        width, height: of the page as displayed, in millimetres.
    """

    grey: Picture
    colour: Picture | None
    dpi: float
    scan_dpi: float
    width: float
    height: float

    @property
    def is_scan(self) -> bool:
        """Whether the page is one picture."""
        return self.scan_dpi > 0


def extract_page(page: pdfium.PdfPage) -> ExtractedPage:
    """Return the page's own scanned image, or render the page at 200 dpi (less if the page is very large)."""
    width, height = page.get_size()
    scan = _scan_image(page, width, height)
    if scan is not None:
        return scan
    scale = RENDER_DPI / 72
    if width * height * scale * scale > MAX_PIXELS:
        scale = (MAX_PIXELS / max(width * height, 1.0)) ** 0.5
    colour = _array(page.render(scale=scale, rev_byteorder=True).to_numpy())
    grey = _grey(colour)
    return ExtractedPage(grey, _if_coloured(colour), scale * 72, 0.0, width / 72 * 25.4, height / 72 * 25.4)


def image_file_pictures(path: Path) -> Iterator[ExtractedPage]:
    """The pages of a JPEG, PNG, BMP or TIFF file; 200 dpi if the file does not say."""
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            dpi = float(image.info.get("dpi", (0, 0))[0]) or float(RENDER_DPI)
            if dpi < 50:
                dpi = float(RENDER_DPI)
            colour = np.asarray(image.convert("RGB"))
            high, wide = colour.shape[:2]
            yield ExtractedPage(_grey(colour), _if_coloured(colour), dpi, dpi, wide / dpi * 25.4, high / dpi * 25.4)


def _scan_image(page: pdfium.PdfPage, width: float, height: float) -> ExtractedPage | None:
    """The page's single image, if it covers the page and is not rotated in it."""
    objects = list(page.get_objects(max_depth=2))
    images = [item for item in objects if item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE]
    others = [item for item in objects if item.type not in (pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_TEXT)]
    if len(images) != 1 or len(others) > 4:
        return None
    matrix = images[0].get_matrix()
    rotate = page.get_rotation() % 360
    across, along = (height, width) if rotate in (90, 270) else (width, height)
    upright = abs(matrix.b) + abs(matrix.c) < 0.01 * across and matrix.a > 0 and matrix.d > 0
    if not upright or matrix.a < _COVERS * across or matrix.d < _COVERS * along:
        return None
    if _visible_text(page, objects):
        return None
    picture = _decode(images[0])
    if picture is None:
        return None
    for _ in range(rotate // 90):
        picture = np.ascontiguousarray(np.rot90(picture, -1))
    dpi = picture.shape[1] / max(width / 72, 0.01)
    colour = picture if picture.ndim == 3 else None
    grey = _grey(picture) if picture.ndim == 3 else picture
    return ExtractedPage(grey, _if_coloured(colour), dpi, round(dpi, 1), width / 72 * 25.4, height / 72 * 25.4)


def _visible_text(page: pdfium.PdfPage, objects: list[pdfium.PdfObject]) -> bool:
    """Return whether text is drawn on the image; the invisible layer of OCR programs (render mode 3) does not count."""
    del page
    for item in objects:
        if item.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
            mode = pdfium_c.FPDFTextObj_GetTextRenderMode(item.raw)
            if mode != pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE:
                return True
    return False


def _decode(image: pdfium.PdfImage) -> Picture | None:
    """The image's pixels, grey or RGB; None if the page has to be rendered instead."""
    wide, high = image.get_px_size()
    if wide * high > MAX_PIXELS or wide < 50 or high < 50:
        return None
    filters = image.get_filters()
    if filters == ["DCTDecode"]:
        with Image.open(io.BytesIO(bytes(image.get_data(decode_simple=True)))) as jpeg:
            if jpeg.mode in ("L", "RGB"):
                return np.asarray(jpeg)
        return None
    bitmap = image.get_bitmap(render=False, scale_to_original=True)
    array = bitmap.to_numpy()
    if array.ndim == 3 and array.shape[2] >= 3:
        return np.ascontiguousarray(array[:, :, 2::-1])
    return np.ascontiguousarray(array.reshape(array.shape[:2]))


def _array(data: object) -> Picture:
    return np.ascontiguousarray(np.asarray(data, np.uint8)[:, :, :3])


def _grey(colour: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), np.uint8)


def _if_coloured(colour: Picture | None) -> Picture | None:
    """None for a picture that is actually grey, so that no red is searched in it."""
    if colour is None:
        return None
    small = colour[::4, ::4].astype(np.int16)
    spread = small.max(axis=2) - small.min(axis=2)
    return colour if float((spread > 24).mean()) > 0.0002 else None
