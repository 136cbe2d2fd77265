"""A deterministic scanner: what comes back from the office copier, made from a PDF.

Each page is drawn, written on, stamped, tilted, dirtied, compressed as JPEG and put into a PDF that
holds pictures only. The same arguments give the same bytes. Used by the example year, by the tests
and by the benchmarks; it is no part of the installed product.
"""

from __future__ import annotations

import functools
import io
import math
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pikepdf
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
STAMP_RED = (214, 30, 38)
PEN_BLUE = (24, 36, 120)
STAMP_DIAMETER_MM = 42.0
MM = 72 / 25.4


@dataclass(frozen=True)
class Writing:
    """Something written by hand.

    Attributes:
        page: 0-based page of the PDF.
        x, y: top left corner in PDF points from the page's top left corner.
        text: what is written; empty means an unreadable signature of strokes.
        size: height of the writing in points.
    """

    page: int
    x: float
    y: float
    text: str = ""
    size: float = 16.0


def make_scan(
    pdf: bytes,
    *,
    seed: int,
    dpi: int = 200,
    tilt: float = 0.0,
    stamp: str | None = None,
    handwriting: Sequence[Writing] = (),
    upside_down: bool = False,
    colour: bool = False,
    stamp_at: tuple[float, float] | None = None,
    quality: int = 80,
    dirt: float = 1.0,
) -> bytes:
    """Scan every page of `pdf` and give a PDF of pictures.

    Args:
        pdf: the printed document.
        seed: fixes noise, strokes, and where the stamp lands.
        dpi: resolution of the scan.
        tilt: degrees, positive turns the sheet counter-clockwise.
        stamp: name round the red seal, or None for no seal; pressed on every page.
        handwriting: what is written on the pages before scanning.
        upside_down: the sheets lay the wrong way round.
        colour: False is the usual grey scan, in which the seal is grey too.
        stamp_at: centre of the seal in points from the top left; None puts it on the text.
        quality: JPEG quality.
        dirt: 0 is a clean glass, 1 an ordinary one.
    """
    with pdfium.PdfDocument(pdf) as document:
        pages = [_draw(document, number, dpi) for number in range(len(document))]
    sheets = []
    for number, page in enumerate(pages):
        random = np.random.default_rng((seed, number))
        sheet = page
        for writing in handwriting:
            if writing.page == number:
                sheet = _write(sheet, writing, dpi, random)
        if stamp is not None:
            sheet = _press_stamp(sheet, stamp, dpi, stamp_at, random)
        sheet = _dirty(_turn(sheet, tilt), dirt, random)
        if upside_down:
            sheet = np.ascontiguousarray(sheet[::-1, ::-1])
        sheets.append(sheet if colour else cv2.cvtColor(sheet, cv2.COLOR_RGB2GRAY))
    return pictures_to_pdf(sheets, dpi=dpi, quality=quality)


def blank_sheet(
    *, seed: int, dpi: int = 200, size_mm: tuple[float, float] = (210.0, 297.0), dirt: float = 1.0
) -> bytes:
    """The empty back of a sheet as the scanner sees it: a one-page PDF of a picture."""
    width, height = (round(side / 25.4 * dpi) for side in size_mm)
    paper = np.full((height, width, 3), 255, np.uint8)
    dirtied = _dirty(paper, dirt, np.random.default_rng(seed))
    return pictures_to_pdf([cv2.cvtColor(dirtied, cv2.COLOR_RGB2GRAY)], dpi=dpi)


def pictures_to_pdf(pictures: Sequence[Picture], *, dpi: int, quality: int = 80) -> bytes:
    """A PDF with one JPEG a page; the page is as large as the picture at `dpi`."""
    document = pikepdf.new()
    for picture in pictures:
        height, width = picture.shape[:2]
        grey = picture.ndim == 2
        encoded = cv2.imencode(
            ".jpg", picture if grey else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
        )[1].tobytes()
        image = document.make_stream(
            encoded,
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=width,
            Height=height,
            ColorSpace=pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
        points = (round(width * 72 / dpi, 2), round(height * 72 / dpi, 2))
        document.add_blank_page(page_size=points)
        page = document.pages[-1]
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=image))
        page.Contents = document.make_stream(f"q {points[0]} 0 0 {points[1]} 0 0 cm /Scan Do Q".encode())
    target = io.BytesIO()
    document.save(target, deterministic_id=True)
    return target.getvalue()


def _draw(document: pdfium.PdfDocument, number: int, dpi: int) -> Picture:
    page = document[number]
    try:
        picture = page.render(scale=dpi / 72, draw_annots=True, rev_byteorder=True).to_numpy()
    finally:
        page.close()
    return np.ascontiguousarray(picture[:, :, :3])


def _multiply(sheet: Picture, ink: Picture, cover: NDArray[np.float32], left: int, top: int) -> Picture:
    """Lay transparent ink on the sheet: dark stays dark under it, as with real ink."""
    height, width = cover.shape
    top0, left0 = max(top, 0), max(left, 0)
    bottom, right = min(top + height, sheet.shape[0]), min(left + width, sheet.shape[1])
    if top0 >= bottom or left0 >= right:
        return sheet
    part = (slice(top0 - top, bottom - top), slice(left0 - left, right - left))
    result = sheet.copy()
    target = result[top0:bottom, left0:right].astype(np.float32)
    factor = 1 - cover[part][:, :, None] * (1 - ink[part].astype(np.float32) / 255)
    result[top0:bottom, left0:right] = np.clip(target * factor, 0, 255).astype(np.uint8)
    return result


def _press_stamp(
    sheet: Picture, name: str, dpi: int, at: tuple[float, float] | None, random: np.random.Generator
) -> Picture:
    side = round(STAMP_DIAMETER_MM / 25.4 * dpi)
    face = _stamp_face(name, side).rotate(float(random.uniform(-12, 12)), Image.Resampling.BICUBIC)
    cover = np.asarray(face, np.float32) / 255
    coarse = random.uniform(0.45, 1.0, (max(side // 24, 2), max(side // 24, 2))).astype(np.float32)
    cover = cover * np.clip(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), 0.3, 0.95)
    ink = np.full((side, side, 3), STAMP_RED, np.uint8)
    if at is None:
        rows, columns = np.nonzero(sheet.min(axis=2) < 128)
        if len(rows) == 0:
            rows, columns = np.array([sheet.shape[0] // 2]), np.array([sheet.shape[1] // 2])
        pick = int(random.integers(len(rows)))
        centre = (
            float(np.clip(columns[pick], side // 2, sheet.shape[1] - side // 2)),
            float(np.clip(rows[pick], side // 2, sheet.shape[0] - side // 2)),
        )
    else:
        centre = (at[0] * dpi / 72, at[1] * dpi / 72)
    return _multiply(sheet, ink, cover, round(centre[0] - side / 2), round(centre[1] - side / 2))


@functools.lru_cache(maxsize=16)
def _stamp_face(name: str, side: int) -> Image.Image:
    """The seal's cover as a grey picture: ring, star, and the name along the upper arc."""
    scale = 3
    big = side * scale
    face = Image.new("L", (big, big), 0)
    draw = ImageDraw.Draw(face)
    edge = round(big * 0.028)
    draw.ellipse((edge, edge, big - edge, big - edge), outline=255, width=edge)
    middle = big / 2
    star = []
    for corner in range(10):
        radius = big * (0.15 if corner % 2 == 0 else 0.0573)
        angle = math.pi / 5 * corner
        star.append((middle + radius * math.sin(angle), middle - radius * math.cos(angle)))
    draw.polygon(star, fill=255)
    size = round(min(big * 0.14, big * 1.9 / max(len(name), 1)))
    font = _font("Noto Serif CJK SC:bold", size)
    spread = min(250.0, 22.0 * max(len(name) - 1, 1))
    for number, character in enumerate(name):
        share = 0.5 if len(name) == 1 else number / (len(name) - 1)
        angle = -spread / 2 + spread * share
        glyph = Image.new("L", (size * 2, size * 2), 0)
        ImageDraw.Draw(glyph).text((size, size), character, 255, font, anchor="mm")
        glyph = glyph.rotate(-angle, Image.Resampling.BICUBIC)
        radius = big * 0.5 - edge * 2 - size * 0.62
        x = middle + radius * math.sin(math.radians(angle)) - size
        y = middle - radius * math.cos(math.radians(angle)) - size
        face.paste(255, (round(x), round(y)), glyph)
    return face.resize((side, side), Image.Resampling.LANCZOS)


def _write(sheet: Picture, writing: Writing, dpi: int, random: np.random.Generator) -> Picture:
    size = round(writing.size * dpi / 72)
    letters = writing.text or "签名"
    width, height = round(size * (len(letters) * 1.15 + 1)), size * 2
    canvas = Image.new("L", (width, height), 0)
    if writing.text:
        _write_letters(canvas, letters, size, random)
    else:
        _write_strokes(canvas, size, random)
    cover = cv2.GaussianBlur(_wobble(np.asarray(canvas), size, random), (0, 0), dpi / 400).astype(np.float32) / 255
    ink = np.full((height, width, 3), PEN_BLUE, np.uint8)
    left, top = round(writing.x * dpi / 72), round(writing.y * dpi / 72)
    return _multiply(sheet, ink, cover * 0.92, left - size // 4, top - size // 2)


def _write_letters(canvas: Image.Image, letters: str, size: int, random: np.random.Generator) -> None:
    x = size * 0.3
    for letter in letters:
        font = _font("Noto Sans CJK SC:light", max(round(size * float(random.uniform(0.9, 1.1))), 6))
        glyph = Image.new("L", (size * 2, size * 2), 0)
        ImageDraw.Draw(glyph).text((size, size), letter, 255, font, anchor="mm")
        glyph = glyph.rotate(float(random.uniform(-9, 9)), Image.Resampling.BICUBIC)
        canvas.paste(255, (round(x - size / 2), round(float(random.uniform(-0.07, 0.07)) * size)), glyph)
        x += font.getlength(letter) * 1.08


def _write_strokes(canvas: Image.Image, size: int, random: np.random.Generator) -> None:
    draw = ImageDraw.Draw(canvas)
    width, height = canvas.size
    for _ in range(7):
        points = []
        x, y = float(random.uniform(0.1, 0.6)) * width, float(random.uniform(0.3, 0.7)) * height
        for _ in range(5):
            points.append((x, y))
            x = float(np.clip(x + random.uniform(-0.3, 0.5) * size, 2, width - 3))
            y = float(np.clip(y + random.uniform(-0.5, 0.5) * size, 2, height - 3))
        draw.line(points, fill=255, width=max(round(size * 0.07), 1), joint="curve")


def _wobble(picture: Picture, size: int, random: np.random.Generator) -> Picture:
    """Bend the writing a little, so that no two letters are the printed shape."""
    height, width = picture.shape
    straight = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = random.normal(0, 0.05 * size, (2, 3, max(width // size, 2) + 1)).astype(np.float32)
    rows, columns = (
        axis + cv2.resize(shift, (width, height), interpolation=cv2.INTER_CUBIC)
        for axis, shift in zip(straight, bend, strict=True)
    )
    return np.asarray(cv2.remap(picture, columns, rows, cv2.INTER_LINEAR), np.uint8)


def _turn(sheet: Picture, degrees: float) -> Picture:
    if degrees == 0:
        return sheet
    height, width = sheet.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned = cv2.warpAffine(sheet, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    return np.asarray(turned, np.uint8)


def _dirty(sheet: Picture, amount: float, random: np.random.Generator) -> Picture:
    """Optics, paper and glass: a slight blur, uneven light, grain and specks."""
    if amount == 0:
        return sheet
    height, width = sheet.shape[:2]
    result = cv2.GaussianBlur(sheet, (0, 0), 0.6 * amount).astype(np.float32)
    light = random.uniform(1 - 0.06 * amount, 1.0, (3, 3)).astype(np.float32)
    result *= cv2.resize(light, (width, height), interpolation=cv2.INTER_CUBIC)[:, :, None] * 0.985
    grain = random.normal(0, 5 * amount, (height, width)).astype(np.float32)
    result += grain[:, :, None]
    result = np.clip(result, 0, 255).astype(np.uint8)
    for _ in range(round(12 * amount)):
        spot = (int(random.integers(width)), int(random.integers(height)))
        shade = int(random.integers(60, 200))
        cv2.circle(result, spot, int(random.integers(1, 3)), (shade, shade, shade), -1)
    return result


@functools.lru_cache(maxsize=64)
def _font(pattern: str, size: int) -> ImageFont.FreeTypeFont:
    program = shutil.which("fc-match")
    if program is None:
        raise RuntimeError("缺少 fontconfig（fc-match），无法找到中文字体；请安装 fontconfig 和 Noto CJK 字体")
    answer = subprocess.run(
        [program, "-f", "%{file}\n%{index}", pattern], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return ImageFont.truetype(answer[0], size, index=int(answer[1]) & 0xFFFF)
