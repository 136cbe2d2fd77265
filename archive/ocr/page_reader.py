"""Reads a scanned page: straighten it, find tables and lines, recognise them, and put them in reading order."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import numpy as np

from archive.files.page_prepare import PagePicture, Picture, StraightPage, ink_mask, straighten
from archive.ocr.engine import LineReading, OcrEngine, ocr_engine
from archive.ocr.lines import find_text_lines, line_picture, without_ruling
from archive.ocr.reading_order import Box, find_ruling, reading_order

#: by how much a line is narrowed before it is read; lines of digits, which are narrow already, less
NARROW = 0.56
FIGURES = 0.75
#: confidence below which a line is read again at full width
READ_AGAIN = 0.93
#: confidence below which a line is noise, such as a signature or the ring of a seal
LEAST_CONFIDENCE = 0.55
#: confidence below which a page is also read upside down
UPSIDE_DOWN = 0.82
#: maximum width of digits and Latin letters, relative to the height of the line's picture
_NARROW_MARK = 0.5
_NUMBER = re.compile(r"[0-9A-Za-z]{3,}")
_ONLY_NUMBER = re.compile(r"[0-9A-Za-z]+")


@dataclass(frozen=True)
class OcrLine:
    """One line of text on a scanned page.

    Attributes:
        text: what was read.
        confidence: 0 to 1.
        box: x0, y0, x1, y1 in pixels of the straightened page.
        group: the same number for the lines of one table cell; lines outside tables have their own.
        centres: x of each character in pixels of the straightened page.
        sureness: the probability of each character.
    """

    text: str
    confidence: float
    box: Box
    group: int
    centres: tuple[float, ...]
    sureness: tuple[float, ...]


@dataclass(frozen=True)
class OcrPage:
    """A page after OCR: its lines in reading order, and the picture they were read from."""

    lines: tuple[OcrLine, ...]
    straight: StraightPage

    @property
    def text(self) -> str:
        """The text; the lines of one cell are joined, cells and free lines are separate lines."""
        parts: list[str] = []
        last = -1
        for line in self.lines:
            if line.group == last:
                parts[-1] += _joint(parts[-1], line.text) + line.text
            else:
                parts.append(line.text)
            last = line.group
        return "\n".join(parts)

    @property
    def confidence(self) -> float:
        """Mean confidence, weighted by the length of lines; 0 without text."""
        total = sum(len(line.text) for line in self.lines)
        return sum(line.confidence * len(line.text) for line in self.lines) / total if total else 0.0


def _joint(before: str, after: str) -> str:
    """The separator between lines of a cell: a blank between Latin words, nothing between Chinese characters."""
    ends = before[-1:] + after[:1]
    return " " if len(ends) == 2 and ends.isascii() and ends.isalpha() else ""


def read_scan(picture: PagePicture, *, engine: OcrEngine | None = None, turn: int | None = None) -> OcrPage:
    """Read a scanned page.

    Args:
        picture: the page as scanned, in any orientation, tilted up to 7 degrees.
        engine: the OCR engine; None uses the process's engine.
        turn: degrees clockwise that turn it upright, if known.

    Returns: the lines in reading order; none for a page without text.
    Raises:
        MissingProgramError: the OCR models are not installed.
    """
    reader = engine or ocr_engine()
    straight = straighten(picture, turn=turn)
    page = read_straight(straight, reader)
    if turn is None and page.lines and page.confidence < UPSIDE_DOWN:
        again = read_straight(straight.upside_down(), reader)
        if again.confidence > page.confidence:
            return again
    return page


def read_straight(straight: StraightPage, engine: OcrEngine) -> OcrPage:
    """Read a page that is already upright and level."""
    ruling = find_ruling(straight.grey, straight.dpi)
    clean = without_ruling(straight.grey, ruling, straight.dpi)
    boxes = find_text_lines(clean, ruling, engine, straight.dpi)
    if not boxes:
        return OcrPage((), straight)
    usual = float(np.median([box[3] - box[1] for box in boxes]))
    lines: list[OcrLine] = []
    for group, members in enumerate(reading_order(boxes, ruling)):
        for index in members:
            box = boxes[index]
            reading = _read_line(engine, line_picture(clean, box, usual))
            if reading.text.strip() and reading.confidence >= LEAST_CONFIDENCE:
                lines.append(_line(reading, box, group))
    return OcrPage(tuple(lines), straight)


def _read_line(engine: OcrEngine, picture: Picture) -> LineReading:
    runs = _ink_runs(picture)
    if _only_narrow(runs, picture.shape[1] / picture.shape[0]):
        return engine.read_line(picture, narrow=FIGURES)
    first = engine.read_line(picture, narrow=NARROW)
    if any(not _counted(first, run.span(), runs) for run in _NUMBER.finditer(first.text)):
        first = _with_numbers_read_again(engine, picture, first)
    if first.confidence >= READ_AGAIN and min(first.sureness, default=0.0) >= 0.6:
        return first
    second = engine.read_line(picture, narrow=0.85)
    return second if second.confidence > first.confidence else first


def _ink_runs(picture: Picture) -> Picture:
    """Horizontal runs of ink in a line: (start, end) of each, as shares of the line's width."""
    high, wide = picture.shape
    inked = np.count_nonzero(ink_mask(picture[round(high * 0.12) : round(high * 0.88)]), axis=0) > 0
    steps = np.flatnonzero(np.diff(np.concatenate(([False], inked, [False]))))
    return np.asarray(steps.reshape(-1, 2) / wide)


def _only_narrow(runs: Picture, wide_over_high: float) -> bool:
    """Return whether a line has only digits and Latin letters: no mark is as wide as a Chinese character."""
    return len(runs) >= 4 and float((runs[:, 1] - runs[:, 0]).max()) * wide_over_high < _NARROW_MARK


def _counted(reading: LineReading, span: tuple[int, int], runs: Picture) -> bool:
    """Return whether a number has as many characters as there are marks in its place, each read with certainty."""
    start, end = span
    edges = (0.0, *((a + b) / 2 for a, b in itertools.pairwise(reading.centres)), 1.0)
    middles = runs.mean(axis=1)
    marks = np.count_nonzero((middles > edges[start]) & (middles < edges[end]))
    return int(marks) == end - start and min(reading.sureness[start:end]) > 0.95


def _with_numbers_read_again(engine: OcrEngine, picture: Picture, first: LineReading) -> LineReading:
    """Read numbers and Latin words again at full width, because 00 becomes 0 in a narrowed line.

    Only their part of the line is read; if that changes the number of characters, the whole line is read again.
    """
    wide = picture.shape[1]
    middles = [0.0, *((a + b) / 2 for a, b in itertools.pairwise(first.centres)), 1.0]
    text, done = "", 0
    centres: tuple[float, ...] = ()
    sureness: tuple[float, ...] = ()
    for run in _NUMBER.finditer(first.text):
        start, end = run.span()
        left, right = middles[start], middles[end]
        again = engine.read_line(picture[:, round(left * wide) : max(round(right * wide), round(left * wide) + 8)])
        if not _ONLY_NUMBER.fullmatch(again.text) or len(again.text) != end - start or again.confidence < READ_AGAIN:
            return engine.read_line(picture)
        placed = tuple(left + share * (right - left) for share in again.centres)
        text, centres = text + first.text[done:start] + again.text, (*centres, *first.centres[done:start], *placed)
        sureness, done = (*sureness, *first.sureness[done:start], *again.sureness), end
    text, centres = text + first.text[done:], (*centres, *first.centres[done:])
    sureness = (*sureness, *first.sureness[done:])
    return LineReading(text, sum(sureness) / len(sureness), centres, sureness)


def _line(reading: LineReading, box: Box, group: int) -> OcrLine:
    wide = box[2] - box[0]
    centres = tuple(box[0] + share * wide for share in reading.centres)
    return OcrLine(reading.text, reading.confidence, box, group, centres, reading.sureness)
