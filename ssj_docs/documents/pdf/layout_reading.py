"""Reads a PDF page in mm from its upper left corner: lines of characters, ruled lines, fonts.

Characters are located by base line and size, not by their ink or the font's box: in every font a Chinese character is 88 %
above the base line and 12 % below, so that official fonts and substitutes measure alike.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from ssj_docs.ground.errors import DataError, NotFoundError

MM = 25.4 / 72
_ABOVE, _BELOW = 0.88, 0.12
_RULE_HEIGHT = 1.5  # thicker is a bar or a box, not a ruled line
_RULE_WIDTH = 100.0


@dataclass(frozen=True)
class Glyph:
    """A character: left edge, base line, size, width of a full cell and ink box in mm; font, colour, whether rotated."""

    text: str
    x: float
    y: float
    size: float
    cell: float
    ink: tuple[float, float, float, float]
    font: str
    red: bool
    angle: float

    @property
    def right(self) -> float:
        """The right edge: a wide character is as wide as high, a narrow one as wide as its ink."""
        return self.x + self.cell if ord(self.text) > 0x2000 else max(self.ink[2], self.x)


@dataclass(frozen=True)
class TextLine:
    """Characters on one base line, from left to right."""

    page: int
    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        """The characters without spaces."""
        return "".join(glyph.text for glyph in self.glyphs)

    @property
    def size(self) -> float:
        """The usual size, mm."""
        return Counter(round(glyph.size, 2) for glyph in self.glyphs).most_common(1)[0][0]

    @property
    def base(self) -> float:
        """Base line, mm from the top."""
        return self.glyphs[0].y

    @property
    def top(self) -> float:
        """Upper edge of the characters."""
        return self.base - _ABOVE * self.size

    @property
    def bottom(self) -> float:
        """Lower edge of the characters."""
        return self.base + _BELOW * self.size

    @property
    def left(self) -> float:
        """Left edge."""
        return self.glyphs[0].x

    @property
    def right(self) -> float:
        """Right edge."""
        return self.glyphs[-1].right

    @property
    def centre(self) -> float:
        """Middle between the edges."""
        return (self.left + self.right) / 2

    @property
    def ink_top(self) -> float:
        """Upper edge of the ink."""
        return min(glyph.ink[1] for glyph in self.glyphs)

    def last_part(self, gap: float) -> TextLine:
        """The text after the last gap of more than so many mm: the last of the signers in a row."""
        glyphs = self.glyphs
        starts = [i for i in range(1, len(glyphs)) if glyphs[i].x - glyphs[i - 1].right > gap]
        return TextLine(self.page, glyphs[starts[-1] :]) if starts else self

    @property
    def is_red(self) -> bool:
        """True if most of it is red."""
        return sum(glyph.red for glyph in self.glyphs) * 2 > len(self.glyphs)


@dataclass(frozen=True)
class Rule:
    """A horizontal ruled line."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    red: bool

    @property
    def width(self) -> float:
        """Length, mm."""
        return self.right - self.left

    @property
    def weight(self) -> float:
        """Thickness, mm."""
        return self.bottom - self.top


@dataclass(frozen=True)
class MeasuredPage:
    """A page: size in mm, upright lines from the top, rotated lines (page numbers of landscape pages), rules."""

    number: int
    width: float
    height: float
    lines: tuple[TextLine, ...]
    turned: tuple[Glyph, ...]
    rules: tuple[Rule, ...]

    @property
    def landscape(self) -> bool:
        """Whether the page is wider than high."""
        return self.width > self.height


def read_pages(path: Path) -> tuple[list[MeasuredPage], dict[str, bool]]:
    """Read every page of a PDF.

    Returns:
        The pages, and each font's name with whether it is embedded.

    Raises:
        NotFoundError: no such file. DataError: not a PDF, damaged or encrypted, or without any text.
    """
    if not path.is_file():
        raise NotFoundError(f"没有找到文件“{path}”。", "请检查路径。")
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise DataError(f"“{path.name}”不是可读的 PDF。", "请检查文件是否损坏或加密；扫描件不能测量版式。") from error
    fonts: dict[str, bool] = {}
    try:
        pages = [_read_page(document[index], index + 1, fonts) for index in range(len(document))]
    finally:
        document.close()
    if not any(page.lines for page in pages):
        raise DataError(f"“{path.name}”里没有文字，无法测量版式。", "扫描件只有图像；请用由文书直接转换的 PDF。")
    return pages, fonts


def _read_page(page: pypdfium2.PdfPage, number: int, fonts: dict[str, bool]) -> MeasuredPage:
    width, height = page.get_size()
    text = page.get_textpage()
    try:
        glyphs = list(_glyphs(text.raw, height, fonts))
    finally:
        text.close()
    upright = [glyph for glyph in glyphs if abs(glyph.angle) < 0.1]
    turned = tuple(glyph for glyph in glyphs if abs(glyph.angle) >= 0.1)
    rules = tuple(sorted(_rules(page, number, height), key=lambda rule: rule.top))
    page.close()
    return MeasuredPage(number, width * MM, height * MM, tuple(_lines(upright, number)), turned, rules)


def _glyphs(text: ctypes.c_void_p, height: float, fonts: dict[str, bool]) -> Iterable[Glyph]:
    x, y = ctypes.c_double(), ctypes.c_double()
    box = [ctypes.c_double() for _ in range(4)]
    colour = [ctypes.c_uint() for _ in range(4)]
    for index in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code <= 0x20 or code == 0xA0 or pdfium.FPDFText_IsGenerated(text, index) == 1:
            continue
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        pdfium.FPDFText_GetCharBox(text, index, *box)
        pdfium.FPDFText_GetFillColor(text, index, *colour)
        left, right, bottom, top = (value.value for value in box)
        red, green, blue = (value.value for value in colour[:3])
        name = _font_name(text, index, fonts)
        size, cell = _size(text, index)
        yield Glyph(
            chr(code),
            x.value * MM,
            (height - y.value) * MM,
            size * MM,
            cell * MM,
            (left * MM, (height - top) * MM, right * MM, (height - bottom) * MM),
            name,
            red > 150 and green < 90 and blue < 90,
            _signed(pdfium.FPDFText_GetCharAngle(text, index)),
        )


def _signed(angle: float) -> float:
    return angle - 2 * math.pi if angle > math.pi else angle


def _size(text: ctypes.c_void_p, index: int) -> tuple[float, float]:
    """The font size multiplied by the scale of the text matrix."""
    matrix = pdfium.FS_MATRIX()
    size = float(pdfium.FPDFText_GetFontSize(text, index))
    if pdfium.FPDFText_GetMatrix(text, index, matrix):
        return size * math.hypot(matrix.c, matrix.d), size * math.hypot(matrix.a, matrix.b)
    return size, size


def _font_name(text: ctypes.c_void_p, index: int, fonts: dict[str, bool]) -> str:
    handle = pdfium.FPDFText_GetTextObject(text, index)
    font = pdfium.FPDFTextObj_GetFont(handle) if handle else None
    if not font:
        return ""
    length = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFFont_GetBaseFontName(font, buffer, length)
    name = buffer.value.decode("utf-8", "replace")
    name = name.split("+", 1)[-1]
    fonts[name] = fonts.get(name, True) and pdfium.FPDFFont_GetIsEmbedded(font) == 1
    return name


def _lines(glyphs: Sequence[Glyph], page: int) -> list[TextLine]:
    """Characters grouped by base line; columns of a table on one base line are one line."""
    found: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda one: (one.y, one.x)):
        if found and abs(found[-1][0].y - glyph.y) < 0.5:
            found[-1].append(glyph)
        else:
            found.append([glyph])
    return [TextLine(page, tuple(sorted(row, key=lambda one: one.x))) for row in found]


def _rules(page: pypdfium2.PdfPage, number: int, height: float) -> Iterable[Rule]:
    """Horizontal lines, drawn as strokes or as thin filled boxes; parts at one height are joined."""
    parts: list[Rule] = []
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=5):
        left, bottom, right, top = item.get_bounds()
        filled, pen = _drawn(item)
        if not filled:  # pdfium's bounds of a stroke are wider than its ink, by its pen width
            left, right, bottom, top = left + pen, right - pen, bottom + pen / 2, top - pen / 2
        if (top - bottom) * MM > _RULE_HEIGHT or (right - left) * MM < 5:
            continue
        red = _is_red(item, filled)
        parts.append(Rule(number, left * MM, (height - top) * MM, right * MM, (height - bottom) * MM, red))
    parts.sort(key=lambda rule: (round(rule.top, 1), rule.left))
    joined: list[Rule] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and abs(last.top - part.top) < 0.1 and part.left - last.right < 0.5:
            joined[-1] = Rule(number, last.left, last.top, max(last.right, part.right), last.bottom, last.red)
        else:
            joined.append(part)
    return [rule for rule in joined if rule.width >= _RULE_WIDTH]


def _drawn(item: pypdfium2.PdfObject) -> tuple[bool, float]:
    """Whether a path is filled, and the width of its pen in points."""
    mode, stroke, pen = ctypes.c_int(), ctypes.c_int(), ctypes.c_float()
    pdfium.FPDFPath_GetDrawMode(item.raw, mode, stroke)
    pdfium.FPDFPageObj_GetStrokeWidth(item.raw, pen)
    return bool(mode.value), float(pen.value)


def _is_red(item: pypdfium2.PdfObject, filled: bool) -> bool:
    colour = [ctypes.c_uint() for _ in range(4)]
    read = pdfium.FPDFPageObj_GetFillColor if filled else pdfium.FPDFPageObj_GetStrokeColor
    read(item.raw, *colour)
    return colour[0].value > 150 and colour[1].value < 90 and colour[2].value < 90
