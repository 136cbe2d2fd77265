"""Estimates where the pages of a 公文 end without a layout program, and arranges its parts accordingly.

22 lines per page, 28 characters per line. This is needed because the signature must not be alone on a page and the 版记 is
on the last even page, which a docx cannot express. The rules of line breaking are those of LibreOffice and Word for
Chinese: no punctuation at the start of a line, no opening bracket at its end, no hanging punctuation, Latin words and
numbers unbroken. An office's LibreOffice or Word may differ by a line; a reserve is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ssj_docs.documents.official.flow import (
    CELL,
    LINE,
    TEXT_BOTTOM,
    TEXT_WIDTH,
    TWIPS_PER_MM,
    Cell,
    ChartBox,
    Flow,
    Grid,
    Paragraph,
    Parts,
    SectionEnd,
)
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
#: maximum lines of a paragraph that moves to the next page as a whole
SHORT = 4
#: lines kept free between the text and the 版记, as a reserve for errors of the estimate
_RESERVE = LINE
_SIZES = {"GwTitle": 440, "GwAttachmentTitle": 440, "GwImprint": 280, "GwTableHead": 210, "GwTableCell": 210}
_GRID_SPACING = -5
_INDENTED = ("GwBody", "GwHeading1", "GwHeading2", "GwHeading3", "GwHeading4", "GwArticle", "GwNote")
_CELL_PADDING = 60


@dataclass(frozen=True)
class PageEnd:
    """Where a flow ends: the page, counted from 1, and the twips used on it."""

    page: int
    used: int


@dataclass(frozen=True)
class PageSpec:
    """Exact line heights by style and the height of the text area, in twips."""

    pitches: Mapping[str, int]
    height: int

    def ends(self, flow: Sequence[Flow]) -> list[PageEnd]:
        """Where each item of a flow ends."""
        return estimate_ends(flow, self.pitches, self.height)


@dataclass(frozen=True)
class Arranged:
    """A 公文 with its page breaks: marker of the frame → content, and its last section."""

    flows: Mapping[str, Sequence[Flow]]
    last: SectionEnd


def arrange(parts: Parts, sheet: PageSpec) -> Arranged:
    """Choose sizes and spacing by where pages end, and the page of the 版记 (7.3.3, 7.3.5.4, 7.4)."""
    head = _fitting_head(parts, sheet)
    main = _main_part(parts, head, sheet)
    flows: dict[str, list[Flow]] = {"版头": head, "主体": main, "附件": parts.attachments, "版记": []}
    if not parts.imprint:
        return Arranged(flows, SectionEnd(landscape=parts.turned))
    whole = [*head, *main, *parts.attachments, SectionEnd(landscape=parts.turned)]
    end = sheet.ends(whole)[-2]
    box = (TEXT_BOTTOM - min(shape.top for shape in parts.imprint)) * TWIPS_PER_MM
    if not parts.turned and _fits(parts, end, sheet.height - box - _RESERVE):
        return Arranged(flows, SectionEnd(shapes=parts.imprint))
    flows["版记"] = [SectionEnd(landscape=parts.turned)]
    if parts.letter:
        return Arranged(flows, SectionEnd(numbered=False, shapes=parts.imprint))
    if end.page % 2 == 0:  # an explicit blank page, because LibreOffice omits those that evenPage inserts
        flows["版记"].append(SectionEnd(numbered=False))
    return Arranged(flows, SectionEnd(start="evenPage", numbered=False, shapes=parts.imprint))


def _fits(parts: Parts, end: PageEnd, room: float) -> bool:
    """Return whether the 版记 fits below the text: the text ends on an even page with room (for letters, on any page)."""
    return (parts.letter or end.page % 2 == 0) and end.used <= room


def _fitting_head(parts: Parts, sheet: PageSpec) -> list[Flow]:
    """版头 with the largest mark that leaves two lines of text on the first page (7.3.3)."""
    for head in parts.heads[:-1]:
        end = sheet.ends([*head, *parts.title])[-1]
        if end.page == 1 and end.used + 2 * LINE <= sheet.height:
            return head
    return parts.heads[-1]


def _main_part(parts: Parts, head: Sequence[Flow], sheet: PageSpec) -> list[Flow]:
    """标题 to 附注, so that the signature is never alone on a page (7.3.5.4: no 此页无正文)."""
    text, opening = parts.text, [*head, *parts.title]
    if not text:
        return [*parts.title, *parts.notes, *parts.closings[0]]
    for signed in parts.closings:
        closing = [*parts.notes, *signed]
        ends = sheet.ends([*opening, *text, *closing])
        last = len(opening) + len(text) - 1
        if ends[last].page == ends[-1].page:
            whole = ends[last].used > ends[last - 1].used and ends[last - 1].page == ends[last].page
            return [*parts.title, *kept(text, together=whole and len(text) > 1), *closing]
    text = _divided(text)
    for signed in parts.closings:
        closing = [*parts.notes, *signed]
        ends = sheet.ends([*opening, *text, *closing])
        if ends[len(opening) + len(text) - 1].page == ends[-1].page:
            break
    return [*parts.title, *text, *closing]


def kept(text: Sequence[Flow], *, together: bool) -> list[Flow]:
    """The text with its last paragraph kept with the signature if it is on one page anyway."""
    last = text[-1]
    return [*text[:-1], replace(last, keep_next=together) if isinstance(last, Paragraph) else last]


def _divided(text: Sequence[Flow]) -> list[Flow]:
    """The text whose end must move to the next page with the signature.

    A short last paragraph moves as a whole if the first page keeps other text (7.3.3). Of a long or only paragraph the last
    lines move; LibreOffice moves whole paragraphs only, so it is written as two that read as one. A text of a single line is
    spaced out to two (7.3.5.4: 调整字距).
    """
    last = text[-1]
    if not isinstance(last, Paragraph):
        return list(text)
    starts = line_starts(last)
    kept_all = all(isinstance(one, Paragraph) and one.keep_next for one in text[:-1])
    if len(starts) <= SHORT and not kept_all:
        return [*text[:-1], replace(last, keep_next=True)]
    cut = starts[max(-2, 1 - len(starts))] if len(starts) > 1 else _end_cut(last.text)
    spread = replace(last, align="distribute") if len(starts) == 1 else last
    upper, lower, seen = [], [], 0
    for span in last.spans:
        split = min(max(cut - seen, 0), len(span.text))
        upper.append(replace(span, text=span.text[:split]))
        lower.append(replace(span, text=span.text[split:]))
        seen += len(span.text)
    head_part = replace(spread, spans=tuple(span for span in upper if span.text))
    tail_part = replace(last, spans=tuple(span for span in lower if span.text), before=0, first=0, keep_next=True)
    return [*text[:-1], head_part, tail_part]


def _end_cut(text: str) -> int:
    """Where the words of a single line that move to the next page begin: about the last third."""
    cut = max(1, len(text) * 2 // 3)
    while cut > 1 and (text[cut] in NOT_FIRST or text[cut - 1] in NOT_LAST):
        cut -= 1
    return cut


def estimate_ends(flow: Sequence[Flow], pitches: Mapping[str, int], height: int) -> list[PageEnd]:
    """Place the flow on pages of ``height`` twips and return where each item ends.

    ``pitches`` are the exact line heights by style. A section is landscape if the following `SectionEnd` says so; without one
    it is portrait.
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
    """The height that a kept paragraph needs: the chain of kept ones and one line of the first free one."""
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
    """The number of lines of a paragraph in a column of ``width`` twips."""
    return len(line_starts(item, width))


def spreads(item: Paragraph) -> bool:
    """Return whether a line ends more than three characters short, so that justifying it would leave wide gaps."""
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
    """The starts of the lines of a text without forced breaks."""
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
    """The last possible break at or before ``stop``; at least one character fits on the line."""
    place = max(stop, start + 1)
    while place > start + 1 and not _may_break(text, place):
        place -= 1
    return place if place > start + 1 or _may_break(text, place) else max(stop, start + 1)


def _may_break(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if after in NOT_FIRST or before in NOT_LAST:
        return False
    return not (before.isascii() and after.isascii() and before.isalnum() and after.isalnum())
