"""`ssj layout`: measures a PDF in mm against GB/T 9704-2012, element by element, with clause and tolerance.

The numbers are those of the standard, independent of those in the templates, so that each can reveal faults of the other.
A missing required element is a failure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Literal

from ssj_docs.documents.pdf import layout_elements as elements
from ssj_docs.documents.pdf.layout_elements import Element, PaperReading
from ssj_docs.documents.pdf.layout_reading import MeasuredPage, TextLine, read_pages
from ssj_docs.model.document import parse_number

LINES_PER_PAGE = 22
CHARACTERS_PER_LINE = 28
#: number of full lines needed to count characters
_ENOUGH = 6
_PAGE_NUMBER = re.compile(r"^[—–－-]\s*(\d+)\s*[—–－-]$")
_DATE = re.compile(
    r"^[0-9〇零一二三四五六七八九]{4}年[0-9一二三四五六七八九十]{1,2}月[0-9一二三四五六七八九十]{1,3}日$"
)
_NUMBER = re.compile(r"^.{1,20}?[〔﹝\[［【（(]\d{4}[〕﹞\]］】）)]第?\d+号")
_LABEL = re.compile(r"^附件\d*$")

Format = Literal["document", "letter"]


@dataclass(frozen=True)
class LayoutReport:
    """The result of a measurement.

    Attributes:
        ok: every element is correct and the page has 22 lines of 28 characters.
        format: 文件式 or 信函格式.
        lines_per_page, characters_per_line: as counted, or from the pitch on a short paper.
        elements: one for each element of the standard.
        fonts: name → embedded.
        pages: number of pages.
    """

    ok: bool
    format: Format
    lines_per_page: int
    characters_per_line: int
    elements: tuple[Element, ...]
    fonts: dict[str, bool]
    pages: int

    def failures(self) -> tuple[Element, ...]:
        """The elements that are wrong or missing."""
        return tuple(element for element in self.elements if not element.ok)

    def as_json(self) -> dict[str, Any]:
        """The report as `ssj layout --json` gives it."""
        return {
            "ok": self.ok,
            "lines_per_page": self.lines_per_page,
            "characters_per_line": self.characters_per_line,
            "elements": [element.as_json() for element in self.elements],
            "format": self.format,
            "fonts": [{"name": name, "embedded": embedded} for name, embedded in sorted(self.fonts.items())],
            "pages": self.pages,
        }


def measure_layout(pdf: Path, *, without: Iterable[str] = ()) -> LayoutReport:
    """Measure a PDF of a 公文.

    Args:
        pdf: a PDF with text (not a scan).
        without: ids of elements that this paper need not have, complete or up to the point: ``imprint`` for an internal
            notice, ``number`` and ``rule.gap`` for one without 发文字号.

    Raises:
        NotFoundError: no such file. DataError: no readable PDF, or one without text.
    """
    pages, fonts = read_pages(pdf)
    paper = _understand(pages)
    lines, characters = lines_per_page(paper), characters_per_line(paper)
    checks: Sequence[Callable[[PaperReading], Iterable[Element]]] = (
        elements.sheet,
        elements.text_area,
        elements.head,
        elements.title,
        elements.body,
        elements.signature,
        elements.attachments,
        elements.page_numbers,
        elements.imprint,
        elements.fonts,
    )
    skipped = frozenset(without)
    measured = [element for check in checks for element in check(paper)]
    measured = [
        element
        for element in measured
        if element.measured_mm is not None or element.ok or not {element.id, element.id.split(".")[0]} & skipped
    ]
    loose = sorted(name for name, embedded in fonts.items() if not embedded)
    measured.append(
        Element(
            "font.embedded",
            "字体嵌入",
            "GB/T 33476.2",
            None,
            None,
            0.0,
            not loose,
            f"未嵌入：{'、'.join(loose)}" if loose else "",
        )
    )
    grid = lines == LINES_PER_PAGE and characters == CHARACTERS_PER_LINE
    ok = grid and all(element.ok for element in measured)
    return LayoutReport(ok, paper.format, lines, characters, tuple(measured), fonts, len(pages))


def _understand(pages: list[MeasuredPage]) -> PaperReading:
    """Recognise the parts of the paper by their text and position."""
    first = pages[0]
    red = [rule for rule in first.rules if rule.red]
    kind: Format = "letter" if any(rule.width > 165 for rule in red) else "document"
    numbers: dict[int, TextLine] = {}
    text: dict[int, list[TextLine]] = {}
    for page in pages:
        number = next((line for line in reversed(page.lines) if _PAGE_NUMBER.match(line.text)), None)
        if number is not None:
            numbers[page.number] = number
        text[page.number] = [line for line in page.lines if line is not number]
    mark = [line for line in text[1] if line.is_red]
    black = [line for line in text[1] if not line.is_red]
    issued = next((line for line in black if _is_number(line.text)), None)
    red_edge = min((rule.top for rule in red), default=None)
    start = issued.base if issued is not None else (mark[-1].base if mark else 0.0)
    title = _title(black, start)
    last_labelled = next(
        (page.number for page in pages if text[page.number] and _LABEL.match(text[page.number][0].text)), None
    )
    found = [(page, line) for page in pages for line in text[page.number] if _DATE.match(line.text) and line.left > 70]
    main = [pair for pair in found if last_labelled is None or pair[0].number < last_labelled] or found[:1]
    rules = [page for page in pages if sum(not rule.red and rule.width > 140 for rule in page.rules) >= 2]
    stamped = (
        [page for page in rules if any("印发" in line.text for line in text[page.number])] if kind == "document" else []
    )
    imprint_page = next((page for page in reversed(stamped) if not page.landscape), None)
    return PaperReading(
        tuple(pages),
        kind,
        text,
        numbers,
        tuple(mark),
        issued,
        tuple(red),
        red_edge,
        tuple(title),
        main[0][1] if main else None,
        imprint_page,
    )


def _is_number(text: str) -> bool:
    """A document number at the start of its line; names of 签发人 may follow it."""
    return bool(_NUMBER.match(text)) or parse_number(text) is not None


def _title(lines: Sequence[TextLine], start: float) -> list[TextLine]:
    """The lines of the title: the first of more than 18 pt below the number, and those close below it."""
    title: list[TextLine] = []
    for line in lines:
        if line.base <= start or line.size < 6.4:
            if title:
                break
            continue
        if title and line.base - title[-1].base > 2.2 * line.size:
            break
        title.append(line)
    return title


def body_lines(paper: PaperReading) -> list[TextLine]:
    """Lines in the size of the text on portrait pages, without the imprint."""
    return [
        line
        for page in paper.pages
        if not page.landscape
        for line in paper.text[page.number]
        if abs(line.size - 5.64) < 0.25 and not line.is_red
    ]


def lines_per_page(paper: PaperReading) -> int:
    """Lines of a full page after the first; on a short paper as many as the line pitch allows."""
    full = elements.full_pages(paper)
    if full:
        return max(len(lines) for lines in full)
    pitch = elements.line_pitch(paper)
    return int((225.0 + 0.6 - 5.64) / pitch) + 1 if pitch else 0


def characters_per_line(paper: PaperReading) -> int:
    """Characters of full lines with only wide characters; on a short paper as many as the pitch allows.

    A full line may be stretched because the next word or mark does not fit, so the pitch of lines that are not full is more
    reliable than a few lines of 27 characters.
    """
    lines = body_lines(paper)
    counts = Counter(
        len(line.text)
        for line in lines
        if line.left < 29.5 and line.right > 181.5 and all(ord(c) > 0x2000 for c in line.text)
    )
    usual = [count for count, times in counts.items() if times * 20 >= counts.total()]
    if usual and (counts.total() >= _ENOUGH or max(usual) >= CHARACTERS_PER_LINE):
        return max(usual)
    steps = _steps([line for line in lines if line.left < 45 and line.right < 175]) or _steps(lines)
    return round(156.0 / median(steps)) if steps else 0


def _steps(lines: Sequence[TextLine]) -> list[float]:
    """Distances of adjacent Chinese characters."""
    return [
        b.x - a.x for line in lines for a, b in pairwise(line.glyphs) if ord(a.text) > 0x3400 and ord(b.text) > 0x3400
    ]
