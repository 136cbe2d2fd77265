"""Estimates the height of paragraphs and table cells from their XML, in points; rather too high than too low."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Literal, NamedTuple

#: width of a Latin letter or digit relative to the type size, rather too wide
_LATIN = 0.58
_LATIN_CAPITAL = 0.8
_LATIN_WIDEST = 0.66
#: line height of automatic spacing relative to the type size, rather too high (Noto CJK)
_AUTO = 1.45
_DEFAULT_SIZE = 10.5
_EMU_PER_POINT = 12700

#: what is not split at the end of a line: a Latin word, or a character with adjacent punctuation
_UNIT = re.compile(r"\s|[（《〈“‘【〔]*(?:[!-~]+|[^\s])[，。、；：！？）》〉”’】〕…—％℃·]*")
_PROPERTIES = re.compile(r"<w:pPr>(.*?)</w:pPr>", re.DOTALL)
_SPACING = re.compile(r"<w:spacing ([^>]*)/>")
_INDENT = re.compile(r"<w:ind ([^>]*)/>")
_SIZE = re.compile(r'<w:sz w:val="(\d+)"')
_KEEP = re.compile(r'<w:keepNext(?: w:val="(?:1|true|on)")?/>')
_ATTRIBUTE = re.compile(r'w:(\w+)="([^"]*)"')
_TEXT = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>|(<w:br/>)|(<w:tab/>)")
_INLINE = re.compile(r'<wp:inline\b.*?<wp:extent [^>]*?cy="(\d+)"', re.DOTALL)
_PARAGRAPHS = re.compile(r"<w:p(?: [^>]*)?/>|<w:p(?=[ >]).*?</w:p>", re.DOTALL)
_CELL = re.compile(r"<w:tc(?=[ >])")
_BREAKING = re.compile(r'<w:pageBreakBefore(?: w:val="(?:1|true|on)")?/>')
_HEIGHT = re.compile(r"<w:trHeight ([^>]*)/>")
_HEADER = re.compile(r'<w:tblHeader(?: w:val="(?:1|true|on)")?/>')
_WIDTH = re.compile(r"<w:tcW ([^>]*)/>")
_SPAN = re.compile(r'<w:gridSpan w:val="(\d+)"/>')
_MERGE = re.compile(r'<w:vMerge(?: w:val="(\w+)")?/>')


class MeasuredParagraph(NamedTuple):
    """A measured paragraph: height in points, whether kept with the next, whether it begins a page."""

    height: float
    keep: bool
    breaks: bool


@dataclass(frozen=True)
class MeasuredCell:
    """A measured table cell: height in points, whether kept with the next row, vertical merge, grid columns."""

    height: float
    keep: bool
    merge: Literal["", "restart", "continue"]
    span: int


@dataclass(frozen=True)
class Merged:
    """A cell of a vertical merge: its place in the row, its grid column, ``restart`` or ``continue``, its height."""

    index: int
    column: int
    kind: Literal["", "restart", "continue"]
    height: float


@dataclass(frozen=True)
class MeasuredRow:
    """A measured table row.

    Attributes:
        height: needed by its cells or requested, without vertical merges.
        keep: kept with the next row.
        header: it is a heading.
        nested: it contains a table.
        texts: the XML of its cells.
        merged: the cells of vertical merges.
        single: grid columns of the other cells.
    """

    height: float
    keep: bool
    header: bool
    nested: bool
    texts: tuple[str, ...]
    merged: tuple[Merged, ...]
    single: frozenset[int]


def measure_row(row: str, across: float, above_and_below: float) -> MeasuredRow:
    """Measure a table row; see `measure_cell`."""
    texts = tuple(cells_of(row))
    found = _HEIGHT.search(row)
    height = float(dict(_ATTRIBUTE.findall(found[1])).get("val", "0")) / 20 if found else 0.0
    keep, column = False, 0
    merged: list[Merged] = []
    single: set[int] = set()
    for index, text in enumerate(texts):
        cell = measure_cell(text, across, above_and_below)
        keep = keep or cell.keep
        if cell.merge:
            merged.append(Merged(index, column, cell.merge, cell.height))
        else:
            single.add(column)
            height = max(height, cell.height)
        column += cell.span
    header = _HEADER.search(row) is not None
    return MeasuredRow(height, keep, header, "<w:tbl>" in row, texts, tuple(merged), frozenset(single))


def cells_of(row: str) -> list[str]:
    """The XML of each cell of a row."""
    pieces = row.split("</w:tc>")[:-1]
    return [piece[_CELL.search(piece).start() :] + "</w:tc>" for piece in pieces]  # type: ignore[union-attr]


@lru_cache(maxsize=1024)
def measure_cell(cell: str, across: float, above_and_below: float) -> MeasuredCell:
    """Measure a cell.

    Args:
        cell: its XML.
        across: width of its left and right margins in points.
        above_and_below: height of the other two.
    """
    properties, _, content = cell.partition("</w:tcPr>")
    width = _WIDTH.search(properties)
    points = float(dict(_ATTRIBUTE.findall(width[1])).get("w", "0")) / 20 if width else 100.0
    height, keep = above_and_below, False
    for paragraph in _PARAGRAPHS.findall(content):
        measured = measure_paragraph(paragraph, points - across)
        height += measured.height
        keep = keep or measured.keep
    span, merge = _SPAN.search(properties), _MERGE.search(properties)
    kind: Literal["", "restart", "continue"] = ""
    if merge:
        kind = "restart" if merge[1] == "restart" else "continue"
    return MeasuredCell(height, keep, kind, int(span[1]) if span else 1)


@lru_cache(maxsize=1024)
def measure_paragraph(paragraph: str, available: float) -> MeasuredParagraph:
    """Measure a paragraph within ``available`` points of width."""
    found = _PROPERTIES.search(paragraph)
    properties = found[1] if found else ""
    own = properties.partition("<w:rPr>")[0]
    line = around = first = 0.0
    if spacing := _SPACING.search(own):
        values = dict(_ATTRIBUTE.findall(spacing[1]))
        around = (float(values.get("before", "0")) + float(values.get("after", "0"))) / 20
        if values.get("lineRule") in ("exact", "atLeast"):
            line = float(values.get("line", "0")) / 20
    if indent := _INDENT.search(own):
        values = dict(_ATTRIBUTE.findall(indent[1]))
        available -= (float(values.get("left", "0")) + float(values.get("right", "0"))) / 20
        first = float(values.get("firstLine", "0")) / 20
    size_mark = _SIZE.search(properties) or _SIZE.search(paragraph)
    size = float(size_mark[1]) / 2 if size_mark else _DEFAULT_SIZE
    lines = 0
    for number, part in enumerate(_text(paragraph).split("\n")):
        lines += count_lines(part, size, available, 0.0 if number else first)
    pictures = sum(int(height) / _EMU_PER_POINT for height in _INLINE.findall(paragraph))
    height = lines * (line or size * _AUTO) + around + pictures
    return MeasuredParagraph(height, _KEEP.search(own) is not None, _BREAKING.search(own) is not None)


def count_lines(text: str, size: float, available: float, first: float = 0.0) -> int:
    """The number of lines of a text without line breaks; rather one too many than one too few.

    Args:
        text: the text.
        size: of the type.
        available: width of a line.
        first: indent of the first line. All in points.
    """
    latin = len(text.encode("ascii", "ignore"))
    width = ((len(text) - latin) + latin * _LATIN_WIDEST) * size + first
    available *= 0.98
    if width <= available:
        return 1
    lines, used = 1, first
    for unit in _UNIT.findall(text):
        needed = sum(_char_width(sign) for sign in unit) * size
        if used + needed > available and used:
            lines, used = lines + 1, 0.0
            if unit.isspace():
                continue
        if needed > available:  # a word longer than a line is broken anywhere
            lines += int(needed / available)
            needed %= available
        used += needed
    return lines


def _char_width(sign: str) -> float:
    """The width of a character relative to the type size, rather too wide."""
    if sign > "\x7f":
        return 1.0
    return _LATIN_CAPITAL if sign.isupper() or sign in "@%&#" else _LATIN


def _text(paragraph: str) -> str:
    parts = [text or ("\n" if broken else "　　" if tab else "") for text, broken, tab in _TEXT.findall(paragraph)]
    joined = "".join(parts)
    return unescape(joined) if "&" in joined else joined
