"""The characters in the text layer of a PDF page, with their places."""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

#: text and its box: x0, y0, x1, y1 in points from the top left of the page as shown
TextBox = tuple[str, float, float, float, float]


@dataclass(frozen=True)
class Character:
    """A visible character; the box is its ink in page points from the page's top left corner."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class PrintedLine:
    """Consecutive characters of one line."""

    characters: tuple[Character, ...]

    @property
    def text(self) -> str:
        """The line's text without blanks."""
        return "".join(character.text for character in self.characters)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 in page points from the top left."""
        return (
            min(c.x0 for c in self.characters),
            min(c.y0 for c in self.characters),
            max(c.x1 for c in self.characters),
            max(c.y1 for c in self.characters),
        )


def page_string(page: pdfium.PdfPage) -> str:
    """The text layer in pdfium's order, one line feed per line, without soft hyphens and noncharacters."""
    textpage = page.get_textpage()
    try:
        text: str = textpage.get_text_range()
    finally:
        textpage.close()
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "").replace("\x02", "").strip("\n")


def page_characters(page: pdfium.PdfPage) -> list[Character]:
    """All visible characters in the order of the text layer."""
    width, height = page.get_size()
    left, bottom, right, top = page.get_cropbox()
    rotation = page.get_rotation()
    textpage = page.get_textpage()
    edges = [ctypes.c_double() for _ in range(4)]
    found: list[Character] = []
    try:
        for index in range(textpage.count_chars()):
            code = pdfium_c.FPDFText_GetUnicode(textpage, index)
            if code <= 32 or code in (0xA0, 0x3000, 0xFFFE, 0xFEFF) or 0xD800 <= code < 0xE000:
                continue
            if not pdfium_c.FPDFText_GetCharBox(textpage, index, *edges):
                continue
            x0, x1, y0, y1 = (edge.value for edge in edges)
            if x1 <= x0 or y1 <= y0:
                continue
            box = _shown((x0 - left, y0 - bottom, x1 - left, y1 - bottom), rotation, (right - left, top - bottom))
            if box[2] > 0 and box[0] < width and box[3] > 0 and box[1] < height:
                found.append(Character(chr(code), *box))
    finally:
        textpage.close()
    return found


def _shown(
    box: tuple[float, float, float, float], rotation: int, size: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Convert from user space (origin bottom left) to points from the top left of the page as displayed."""
    x0, y0, x1, y1 = box
    width, height = size
    if rotation == 90:
        return y0, x0, y1, x1
    if rotation == 180:
        return width - x1, y0, width - x0, y1
    if rotation == 270:
        return height - y1, width - x1, height - y0, width - x0
    return x0, height - y1, x1, height - y0


def printed_lines(characters: Sequence[Character]) -> list[PrintedLine]:
    """Split the characters into lines: a step back, a step down, or a gap of two characters starts a new one."""
    lines: list[list[Character]] = []
    for character in characters:
        if lines:
            last = lines[-1][-1]
            size = max(last.y1 - last.y0, last.x1 - last.x0, character.y1 - character.y0, 4.0)
            level = abs((character.y0 + character.y1) - (last.y0 + last.y1)) / 2 < size * 0.7
            if level and -0.5 * size < character.x0 - last.x1 < 1.6 * size:
                lines[-1].append(character)
                continue
        lines.append([character])
    return [PrintedLine(tuple(line)) for line in lines]


def even_runs(line: PrintedLine) -> list[tuple[str, float, float, float, float]]:
    """Split a line into boxes of evenly spaced characters: wide and narrow characters separately."""
    runs: list[list[Character]] = []
    for character in line.characters:
        if runs and is_wide(runs[-1][-1].text) == is_wide(character.text):
            runs[-1].append(character)
        else:
            runs.append([character])
    _, top, _, bottom = line.box
    return [
        ("".join(c.text for c in run), round(run[0].x0, 1), round(top, 1), round(run[-1].x1, 1), round(bottom, 1))
        for run in runs
    ]


def is_wide(character: str) -> bool:
    """Return whether a character is full-width in print."""
    return unicodedata.east_asian_width(character) in ("W", "F", "A")
