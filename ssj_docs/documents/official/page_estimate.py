"""Where the text of a 公文 will end, counted without a layout program: 22 lines a page, 28 characters a line.

Needed because the 版记 stands on the last even page, and a docx cannot say so by itself. The rules of line breaking are
those of LibreOffice and Word for Chinese: no punctuation at the start of a line, no opening bracket at its end, no
hanging punctuation, Latin words and numbers whole. An office's LibreOffice or Word may differ by a line; the caller
keeps a reserve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ssj_docs.documents.official.flow import CELL, TEXT_WIDTH, Cell, ChartBox, Flow, Grid, Paragraph, SectionEnd
from ssj_docs.documents.text.wording import NOT_FIRST, NOT_LAST, is_joint, is_wide

#: widths in ems of narrow characters in the stand-in 仿宋 (FandolFang); an official 仿宋 has 0.5 for each
_NARROW = {
    character: width
    for width, characters in (
        (0.28, "!',.:;[]il|"),
        (0.31, "fj"),
        (0.33, " -°"),
        (0.35, "I"),
        (0.39, "()rst"),
        (0.44, "cez"),
        (0.47, "?a"),
        (0.5, "–"),
        (0.53, "kqvxy"),
        (0.56, "Sbdhnpu"),
        (0.61, "Z^~L"),
        (0.67, "FEPB"),
        (0.73, "CTRwAHNUVXYD"),
        (0.78, "K&+<=>@GOQ_"),
        (0.83, "#%m"),
        (0.91, "M"),
        (1.02, "W"),
    )
    for character in characters
}
_SIZES = {"GwTitle": 440, "GwAttachmentTitle": 440, "GwImprint": 280, "GwTableHead": 210, "GwTableCell": 210}
_GRID_SPACING = -5
_INDENTED = ("GwBody", "GwHeading1", "GwHeading2", "GwHeading3", "GwHeading4", "GwArticle", "GwNote")
_CELL_PADDING = 60


@dataclass(frozen=True)
class PageEnd:
    """Where a flow ends: the page, counted from 1, and the twips used on it."""

    page: int
    used: int


def estimate_ends(flow: Sequence[Flow], pitches: Mapping[str, int], height: int) -> list[PageEnd]:
    """Lay the flow on pages of ``height`` twips and tell where each item ends.

    ``pitches`` are the exact line heights by style. A section is turned if the `SectionEnd` after it says so; without
    one it is upright.
    """
    page, used = 1, 0
    found: list[PageEnd] = []
    landscape = next((item.landscape for item in flow if isinstance(item, SectionEnd)), False)
    for number, item in enumerate(flow):
        rest = flow[number + 1 :]
        room = TEXT_WIDTH if landscape else height  # turned, the sheet is as high as the text was wide
        if isinstance(item, SectionEnd):
            landscape = next((end.landscape for end in rest if isinstance(end, SectionEnd)), False)
            page, used = page + 1, 0
        elif isinstance(item, Paragraph):
            page, used = _place(item, rest, (page, used), room, pitches)
        elif isinstance(item, ChartBox):
            page, used = (page, used + item.height) if used + item.height <= room else (page + 1, item.height)
        else:
            page, used = _place_table(item, (page, used), room, pitches)
        found.append(PageEnd(page, used))
    return found


def _place(
    item: Paragraph, rest: Sequence[Flow], at: tuple[int, int], room: int, pitches: Mapping[str, int]
) -> tuple[int, int]:
    page, used = at
    if item.new_page and used:
        page, used = page + 1, 0
    pitch = item.line or pitches.get(item.style) or 1
    count = count_lines(item)
    extra = item.before + (round((item.rule + 1.5) * 20) if item.rule is not None else 0)
    if item.keep_next:
        need = extra + count * pitch + _first_lines(rest, pitches)
        if used and used + need > room and need <= room:
            page, used = page + 1, 0
    used += extra
    for _ in range(count):
        if used + pitch > room:
            page, used = page + 1, 0
        used += pitch
    return page, used


def _first_lines(rest: Sequence[Flow], pitches: Mapping[str, int]) -> int:
    """Height of what a kept paragraph must take along: the chain of kept ones and one line of the first free one."""
    height = 0
    for item in rest:
        if not isinstance(item, Paragraph):
            return height + (_table_height(item, pitches) if isinstance(item, Grid) and item.keep_together else 0)
        if item.new_page:
            return height
        pitch = item.line or pitches.get(item.style) or 1
        if not item.keep_next:
            return height + item.before + pitch
        height += item.before + count_lines(item) * pitch
    return height


def _place_table(item: Grid, at: tuple[int, int], room: int, pitches: Mapping[str, int]) -> tuple[int, int]:
    page, used = at
    head = sum(_row_height(item, row, pitches) for row in item.rows[: item.header_rows])
    if item.keep_together and used and used + _table_height(item, pitches) > room:
        page, used = page + 1, 0
    for row in item.rows:
        tall = _row_height(item, row, pitches)
        if used and used + tall > room:
            page, used = page + 1, head
        used += tall
    return page, used


def _table_height(item: Grid, pitches: Mapping[str, int]) -> int:
    return sum(_row_height(item, row, pitches) for row in item.rows)


def _row_height(grid: Grid, row: Sequence[Cell], pitches: Mapping[str, int]) -> int:
    tallest, column = 0, 0
    for cell in row:
        width = sum(grid.widths[column : column + cell.columns]) - (90 if grid.ruled else 0)
        column += cell.columns
        if cell.rows != 1:
            continue
        tall = sum(p.before + count_lines(p, width) * (p.line or pitches.get(p.style) or 1) for p in cell.paragraphs)
        tallest = max(tallest, tall)
    return tallest + (_CELL_PADDING + 10 if grid.ruled else 0)


def count_lines(item: Paragraph, width: int = TEXT_WIDTH) -> int:
    """Lines a paragraph takes in a column of ``width`` twips."""
    return len(line_starts(item, width))


def spreads(item: Paragraph) -> bool:
    """True if a line ends more than three characters short, so that setting it full would tear it apart."""
    starts = [*line_starts(item), len(item.text)]
    for number, (start, stop) in enumerate(pairwise(starts[:-1])):
        used = sum(1.0 if is_wide(c) else _NARROW.get(c, 0.5) for c in item.text[start:stop])
        if used < (26 if number == 0 else 28) - 3:
            return True
    return False


def line_starts(item: Paragraph, width: int = TEXT_WIDTH) -> list[int]:
    """Where each line of a paragraph begins in its text."""
    size = item.half_points * 10 if item.half_points else _SIZES.get(item.style, 320)
    spacing = _GRID_SPACING if size == 320 else 0
    full = width - (item.left or 0) - (item.right or 0)
    indented = item.style in _INDENTED
    first = full - (item.first if item.first is not None else (2 * CELL if indented else 0))
    starts: list[int] = []
    offset = 0
    for part in item.text.split("\n"):
        starts += [offset + at for at in _break_lines(part, full if starts else first, full, (size, spacing))]
        offset += len(part) + 1
    return starts


def _break_lines(text: str, first: int, full: int, size: tuple[int, int]) -> list[int]:
    """Starts of the lines of a text without forced breaks."""
    ems, spacing = size
    widths = [round(_NARROW.get(c, 1.0 if is_wide(c) else 0.5) * ems) + spacing + 3 * c.isascii() for c in text]
    for place in range(1, len(text)):
        if is_joint(text[place - 1], text[place]):
            widths[place] += ems // 5
    starts = [0]
    while True:
        limit = first if len(starts) == 1 else full
        used, stop = 0, starts[-1]
        while stop < len(text) and used + widths[stop] <= limit + 1:
            used += widths[stop]
            stop += 1
        while stop < len(text) and text[stop] == " ":
            stop += 1
        if stop >= len(text):
            return starts
        starts.append(_break_before(text, starts[-1], stop))


def _break_before(text: str, start: int, stop: int) -> int:
    """The last allowed break at or before ``stop``; at least one character goes on the line."""
    place = max(stop, start + 1)
    while place > start + 1 and not _may_break(text, place):
        place -= 1
    return place if place > start + 1 or _may_break(text, place) else max(stop, start + 1)


def _may_break(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if after in NOT_FIRST or before in NOT_LAST:
        return False
    return not (before.isascii() and after.isascii() and before.isalnum() and after.isalnum())
