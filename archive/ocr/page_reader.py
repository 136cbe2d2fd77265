"""Reading a scanned page: straighten, find tables and lines, recognise, put in the order a person reads."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import numpy as np

from archive.files.page_prepare import PagePicture, Picture, StraightPage, ink_mask, straighten
from archive.ocr.engine import OcrEngine, Reading, ocr_engine
from archive.ocr.lines import find_text_lines, line_picture, without_ruling
from archive.ocr.reading_order import Box, find_ruling, reading_order

#: how much a line is narrowed before it is read; a line of figures, which fill its height, less
NARROW = 0.56
FIGURES = 0.75
#: below what confidence a line is read again at full width
READ_AGAIN = 0.93
#: lines read with less confidence than this are noise: strokes of a signature, rings of a seal
LEAST_CONFIDENCE = 0.55
#: a page whose lines are read with less than this is tried the other way up
UPSIDE_DOWN = 0.82
#: widest mark of a line of figures and Latin letters, in heights of the line's picture
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
        group: lines of one cell of a table have the same number; a line outside tables has its own.
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
    """A page as read: its lines in reading order, and the picture they were read from."""

    lines: tuple[OcrLine, ...]
    straight: StraightPage

    @property
    def text(self) -> str:
        """Lines of one cell joined, cells and free lines each on a line of their own."""
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
        """Mean confidence, each line counting by its length; 0 without text."""
        total = sum(len(line.text) for line in self.lines)
        return sum(line.confidence * len(line.text) for line in self.lines) / total if total else 0.0


def _joint(before: str, after: str) -> str:
    """A blank between Latin words broken over lines, nothing between Chinese characters."""
    ends = before[-1:] + after[:1]
    return " " if len(ends) == 2 and ends.isascii() and ends.isalpha() else ""


def read_scan(picture: PagePicture, *, engine: OcrEngine | None = None, turn: int | None = None) -> OcrPage:
    """Read a scanned page.

    Args:
        picture: the page as scanned, any way up, tilted up to 7 degrees.
        engine: what recognises; None takes the process's engine.
        turn: degrees clockwise that bring it upright, if known.

    Returns: the lines in reading order. A page without text gives no lines.
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
    """Read a page that already stands upright and level."""
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


def _read_line(engine: OcrEngine, picture: Picture) -> Reading:
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
    """Where ink stands in a line's columns: (start, end) of each run, as shares of the line's width."""
    high, wide = picture.shape
    inked = np.count_nonzero(ink_mask(picture[round(high * 0.12) : round(high * 0.88)]), axis=0) > 0
    steps = np.flatnonzero(np.diff(np.concatenate(([False], inked, [False]))))
    return np.asarray(steps.reshape(-1, 2) / wide)


def _only_narrow(runs: Picture, wide_over_high: float) -> bool:
    """True for a line of figures and Latin letters: none of its marks is as wide as a Chinese character."""
    return len(runs) >= 4 and float((runs[:, 1] - runs[:, 0]).max()) * wide_over_high < _NARROW_MARK


def _counted(reading: Reading, span: tuple[int, int], runs: Picture) -> bool:
    """Whether a number has as many characters as marks stand in its place, and each was read with certainty."""
    start, end = span
    edges = (0.0, *((a + b) / 2 for a, b in itertools.pairwise(reading.centres)), 1.0)
    middles = runs.mean(axis=1)
    marks = np.count_nonzero((middles > edges[start]) & (middles < edges[end]))
    return int(marks) == end - start and min(reading.sureness[start:end]) > 0.95


def _with_numbers_read_again(engine: OcrEngine, picture: Picture, first: Reading) -> Reading:
    """Read numbers and Latin words again at full width: squeezed, 00 becomes 0.

    Only their part of the line is read; if that gives another number of characters, the whole line is.
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
    return Reading(text, sum(sureness) / len(sureness), centres, sureness)


def _line(reading: Reading, box: Box, group: int) -> OcrLine:
    wide = box[2] - box[0]
    centres = tuple(box[0] + share * wide for share in reading.centres)
    return OcrLine(reading.text, reading.confidence, box, group, centres, reading.sureness)
