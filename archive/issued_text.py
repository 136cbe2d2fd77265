"""A scan held against the page that was issued: what is the same, what was added by hand, what was altered.

The issued page is known to the pixel, so the scan is laid over it and compared character by character as a picture.
Only a line that does not fit is read. A reading that gives the issued characters confirms them; else a character
counts as altered when other ink stands in its place, as missing when there is none. What a seal or a pen covers is
undetermined, never altered; and nothing is assumed equal (DESIGN, invariant 12).
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rapidfuzz import fuzz

from archive.added_ink import AddedInk, added_ink, unprinted
from archive.character_check import Sight, State, see_character
from archive.issued_page import IssuedPage
from archive.ocr import UPSIDE_DOWN, read_straight
from archive.ocr_engine import OcrEngine, Reading, ocr_engine
from archive.ocr_lines import line_picture, without_ruling
from archive.page_image import Matrix, PagePicture, Picture, StraightPage, find_seals, straighten
from archive.page_register import LINE_FOUND, Registration, line_offset, register, warp
from archive.reading_order import find_ruling
from archive.text_layer import PrintedLine

Box = tuple[float, float, float, float]

#: below this share of lines found in place the sheet is not the page that was issued, or cannot be read
_SAME_SHEET = 0.35
#: characters that may stay undetermined (under a seal) on a page that counts as confirmed
_MOST_UNDETERMINED = 0.05
#: median correlation of the characters of a scan that is clear enough to accuse by small differences
_CLEAR_SCAN = 0.9
#: below this resolution small print under a seal is never called altered
_LEAST_DPI = 140


@dataclass(frozen=True)
class Mark:
    """A place where the scan and the issued page differ.

    Attributes:
        kind: "altered" other words stand there, "missing" nothing stands there, "added" was not printed,
            "undetermined" covered or unreadable.
        place: where, in words, for a person.
        issued: what was printed there.
        found: what stands there now, as far as it can be read; for additions what was read, or "".
        box: x0, y0, x1, y1 in points from the top left of the scanned page as it lies in the file.
        confidence: 0 to 1.
        what: for additions "印章" or "书写".
    """

    kind: str
    place: str
    issued: str
    found: str
    box: Box
    confidence: float
    what: str = ""


@dataclass(frozen=True)
class Comparison:
    """How a scan agrees with the page that was issued.

    Attributes:
        confirmed: True no difference was found and nearly every character was seen to be the issued one; False
            something was altered or is missing; None it cannot be told.
        confidence: share of the issued characters seen to be there, 0 to 1.
        added, altered, missing, undetermined: the places.
        registered: whether the scan could be laid over the issued page.
        to_page: 3 × 3 matrix from points of the issued page to points of the scanned page.
    """

    confirmed: bool | None
    confidence: float
    added: tuple[Mark, ...] = ()
    altered: tuple[Mark, ...] = ()
    missing: tuple[Mark, ...] = ()
    undetermined: tuple[Mark, ...] = ()
    registered: bool = False
    to_page: tuple[tuple[float, ...], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values, for the catalogue."""
        marks = {
            kind: [[m.place, m.issued, m.found, list(m.box), round(m.confidence, 3), m.what] for m in found]
            for kind, found in (
                ("added", self.added), ("altered", self.altered),
                ("missing", self.missing), ("undetermined", self.undetermined),
            )
        }  # fmt: skip
        return {"confirmed": self.confirmed, "confidence": round(self.confidence, 4), **marks}


def compare_with_issued(
    scan: PagePicture, issued: IssuedPage, *, turn: int | None = None, engine: OcrEngine | None = None
) -> Comparison:
    """Hold a scanned page against the page issued.

    Args:
        scan: the page as scanned.
        issued: the page as issued.
        turn: degrees clockwise that bring the scan upright, if known.
        engine: OCR engine for the places that do not fit; None takes the process's, loaded only when needed.
    """
    return compare_picture(scan, issued, turn=turn, engine=engine)[0]


def compare_picture(
    scan: PagePicture, issued: IssuedPage, *, turn: int | None = None, engine: OcrEngine | None = None
) -> tuple[Comparison, StraightPage]:
    """As `compare_with_issued`; also gives the straightened page, upright if it could be told."""
    straight = straighten(scan, turn=turn)
    drawn = issued.draw(straight.dpi)
    scale = straight.dpi / 72
    boxes = [_scaled(line.box, scale) for line in issued.lines]
    if not boxes:
        return Comparison(None, 0.0), straight
    fitted = register(straight.grey, drawn, boxes, straight.dpi)
    if turn is None and fitted.found < _SAME_SHEET:
        other = straight.upside_down()
        again = register(other.grey, drawn, boxes, straight.dpi)
        if again.found > fitted.found:
            straight, fitted = other, again
    if fitted.found < _SAME_SHEET:
        return _other_sheet(straight, issued, engine), straight
    return _Check(straight, issued, drawn, fitted, engine).comparison(), straight


def place_issued_words(issued: IssuedPage, comparison: Comparison) -> list[tuple[str, float, float, float, float]]:
    """The issued words with their places on the scanned page, in points from its top left."""
    from_issued = np.array(comparison.to_page)
    return [(line.text, *_placed(line.box, from_issued)) for line in issued.lines]


def _other_sheet(straight: StraightPage, issued: IssuedPage, engine: OcrEngine | None) -> Comparison:
    """The pictures have little in common: another page, or one that cannot be compared."""
    read = read_straight(straight, engine or ocr_engine())
    if read.confidence < UPSIDE_DOWN:
        read = max(
            read, read_straight(straight.upside_down(), engine or ocr_engine()), key=lambda page: page.confidence
        )
    found, printed = _plain(read.text), _plain(issued.text)
    likeness = fuzz.ratio(found, printed) / 100
    if read.confidence > 0.8 and len(found) >= 20 and likeness < 0.6:
        height, width = straight.grey.shape
        whole = _placed((0.0, 0.0, float(width), float(height)), straight.to_page)
        mark = Mark("altered", "整页不是发出的那一页", printed[:40], found[:40], whole, 1 - likeness)
        return Comparison(False, likeness, altered=(mark,))
    return Comparison(None, likeness)


class _Check:
    """One comparison: the pictures in the issued page's pixels, and what each character turned out to be."""

    def __init__(
        self, straight: StraightPage, issued: IssuedPage, drawn: Picture, fitted: Registration, engine: OcrEngine | None
    ) -> None:
        self.issued, self.drawn, self.fitted, self.engine = issued, drawn, fitted, engine
        self.scale = straight.dpi / 72
        self.dpi = straight.dpi
        self.seen = warp(straight.grey, fitted.to_scan, drawn.shape)
        self.ruling = find_ruling(drawn, straight.dpi)
        self.clean = without_ruling(self.seen, self.ruling, self.dpi)
        to_scan = np.vstack([fitted.to_scan, [0, 0, 1]])
        self.to_page: Matrix = straight.to_page @ to_scan @ np.diag([self.scale, self.scale, 1.0])
        back = np.linalg.inv(to_scan)
        self.seals = [((back @ (x, y, 1.0))[0], (back @ (x, y, 1.0))[1], radius) for x, y, radius in straight.seals]
        self.usual = float(np.median([(line.box[3] - line.box[1]) * self.scale for line in issued.lines]))
        self.marks: list[Mark] = []
        self.equal = 0
        self.doubtful = False
        self.clear = True

    def comparison(self) -> Comparison:
        """Check every line, then look for what was added."""
        total = sum(len(line.characters) for line in self.issued.lines)
        looks = [
            self._look(line, (dx, dy), fit)
            for line, (dx, dy, fit) in zip(self.issued.lines, self.fitted.offsets, strict=True)
        ]
        self.clear = float(np.median([sight.fit for _, sights in looks for sight in sights])) >= _CLEAR_SCAN
        for line, (offset, sights) in zip(self.issued.lines, looks, strict=True):
            if all(sight.state is State.EQUAL for sight in sights):
                self.equal += len(sights)
            else:
                self._judge(line, sights, self._read(_scaled(line.box, self.scale), offset))
        by_kind = {
            kind: tuple(mark for mark in self.marks if mark.kind == kind)
            for kind in ("altered", "missing", "undetermined")
        }
        share = self.equal / total
        differs = bool(by_kind["altered"] or by_kind["missing"])
        seen = share >= 1 - _MOST_UNDETERMINED and not self.doubtful
        confirmed = False if differs else (True if seen else None)
        matrix = tuple(tuple(float(value) for value in row) for row in self.to_page)
        return Comparison(
            confirmed, share, self._added(), by_kind["altered"], by_kind["missing"], by_kind["undetermined"],
            True, matrix,
        )  # fmt: skip

    def _look(
        self, line: PrintedLine, offset: tuple[float, float], fit: float
    ) -> tuple[tuple[float, float], list[Sight]]:
        """Each character of a line as the picture shows it, and where the line was found."""
        if fit < LINE_FOUND:
            # an altered line above may have pushed this one up or down
            box, down = _scaled(line.box, self.scale), round(self.dpi * 0.6)
            dx, dy, moved = line_offset(self.seen, self.drawn, box, round(self.dpi * 0.04), down=down)
            offset = (dx, dy) if moved > 0.75 and not self._taken(line, (dx, dy)) else (0.0, 0.0)
        return offset, [
            see_character(self.drawn, self.seen, _scaled((c.x0, c.y0, c.x1, c.y1), self.scale), offset)
            for c in line.characters
        ]

    def _taken(self, line: PrintedLine, offset: tuple[float, float]) -> bool:
        """Whether another line was found there: the same words in the next row are not this line, moved."""
        x0, y0, x1, y1 = _moved(_scaled(line.box, self.scale), offset)
        for other, (dx, dy, fit) in zip(self.issued.lines, self.fitted.offsets, strict=True):
            if other is line or fit < LINE_FOUND:
                continue
            a, b, c, d = _moved(_scaled(other.box, self.scale), (dx, dy))
            shared = max(0.0, min(c, x1) - max(a, x0)) * max(0.0, min(d, y1) - max(b, y0))
            if shared > 0.3 * min((c - a) * (d - b), (x1 - x0) * (y1 - y0)):
                return True
        return False

    def _read(self, box: Box, offset: tuple[float, float]) -> Reading:
        """Read the place of a line, a character further to each side, up to the next printed line or rule."""
        x0, y0, x1, y1 = _moved(box, offset)
        reach = self.usual * 1.2
        left, right = x0 - reach, x1 + reach
        for other in self.issued.lines:
            a, b, c, d = _scaled(other.box, self.scale)
            if min(d, y1) - max(b, y0) > 0:
                if c <= x0 + 1:
                    left = max(left, c + 2)
                if a >= x1 - 1:
                    right = min(right, a - 2)
        cell = self.ruling.cell_at((x0 + x1) / 2, (y0 + y1) / 2)
        if cell is not None:
            left, right = max(left, self.ruling.cells[cell][0]), min(right, self.ruling.cells[cell][2])
        picture = line_picture(self.clean, (min(left, x0), y0, max(right, x1), y1), self.usual)
        engine = self.engine or ocr_engine()
        return engine.read_line(picture, narrow=0.85)

    def _judge(self, line: PrintedLine, sights: Sequence[Sight], reading: Reading) -> None:
        """Put picture and reading together, character by character, and note what differs."""
        issued = [_plain(character.text) for character in line.characters]
        found = [_plain(character) for character in reading.text]
        keep = [index for index, character in enumerate(found) if character]
        seen = [found[index] for index in keep]
        sure = [reading.sureness[index] for index in keep]
        for tag, a, b, c, d in difflib.SequenceMatcher(None, issued, seen, autojunk=False).get_opcodes():
            if tag == "equal":
                self.equal += b - a
                continue
            if tag == "insert":
                self._note_inserted(line, a, sights, "".join(seen[c:d]), min(sure[c:d]))
                continue
            self._note(line, (a, b), sights[a:b], "".join(seen[c:d]), min(sure[c:d], default=0.0))

    def _note_inserted(
        self, line: PrintedLine, at: int, sights: Sequence[Sight], found: str, sureness: float
    ) -> None:
        """Words between the printed ones are an alteration if they pushed those aside; else they are looked at as ink."""
        first, last = max(at - 1, 0), min(at + 1, len(sights))
        pushed = any(sight.state is State.DIFFERENT for sight in sights[first:last])
        if not pushed or sureness < 0.6 or not any(character.isalnum() for character in found):
            return
        before, after = line.text[first:at], line.text[at:last]
        box = _placed(PrintedLine(line.characters[first:last]).box, self.to_page)
        place = f"“{line.text[:24]}”处"
        self.marks.append(Mark("altered", place, before + after, before + found + after, box, sureness))

    def _note(
        self, line: PrintedLine, span: tuple[int, int], sights: Sequence[Sight], found: str, sureness: float
    ) -> None:
        """Printed characters that were not read: equal by their picture, gone, other ones, or undetermined."""
        odd = [index for index, sight in enumerate(sights) if sight.state is not State.EQUAL]
        self.equal += len(sights) - len(odd)
        if not odd:
            return
        first, last = span[0] + odd[0], span[0] + odd[-1] + 1
        chosen = [sights[index] for index in odd]
        covered = self._under_seal(line, first, last)
        poor = not self.clear or self.dpi < _LEAST_DPI
        kind, confidence = _verdict(chosen, found, sureness, covered or poor)
        if kind == "altered" and covered and poor:
            kind, confidence = "undetermined", 0.5
        if kind == "undetermined" and not covered and any(sight.state is State.DIFFERENT for sight in chosen):
            self.doubtful = True
        if len(odd) < len(sights) and len(found) == len(sights):
            found = found[odd[0] : odd[-1] + 1]
        if not any(character.isalnum() for character in found):
            found = ""  # a stray mark
        if kind == "altered":
            first, last, found = _whole_number(line.text, first, last, found)
        text = line.text[first:last]
        box = PrintedLine(line.characters[first:last]).box
        place = f"“{line.text[:24]}”处" if kind != "missing" or len(text) < len(line.text) else self._beside(box)
        self.marks.append(Mark(kind, place, text, found, _placed(box, self.to_page), confidence))

    def _under_seal(self, line: PrintedLine, first: int, last: int) -> bool:
        x0, y0, x1, y1 = _scaled(PrintedLine(line.characters[first:last]).box, self.scale)
        return any(
            np.hypot((x0 + x1) / 2 - x, (y0 + y1) / 2 - y) < radius + self.usual for x, y, radius in self.seals
        )

    def _added(self) -> tuple[Mark, ...]:
        strange = unprinted(self.drawn, self.seen, self.ruling.mask, self.dpi)
        for x, y, radius in find_seals(strange, self.dpi):
            if all(np.hypot(x - a, y - b) > radius for a, b, _ in self.seals):
                self.seals.append((x, y, radius))
        found: list[AddedInk] = added_ink(strange, self.seals, self.dpi)
        marks = [self._added_mark(ink) for ink in found]
        for x, y, radius in self.seals:
            box = _scaled((x - radius, y - radius, x + radius, y + radius), 1 / self.scale)
            marks.append(Mark("added", self._beside(box), "", "", _placed(box, self.to_page), 0.9, "印章"))
        return tuple(marks)

    def _added_mark(self, ink: AddedInk) -> Mark:
        engine = self.engine or ocr_engine()
        reading = engine.read_line(line_picture(self.clean, ink.box, 1.0), narrow=0.85)
        text = reading.text.strip() if reading.confidence >= 0.85 else ""
        box = _scaled(ink.box, 1 / self.scale)
        return Mark("added", self._beside(box), "", text, _placed(box, self.to_page), ink.certainty, "书写")

    def _beside(self, box: Box) -> str:
        """Name a place by the printed line to its left, or above it."""
        level = [
            line for line in self.issued.lines
            if line.box[2] <= box[0] + 6 and min(line.box[3], box[3]) - max(line.box[1], box[1]) > 0
        ]  # fmt: skip
        if level:
            return f"“{max(level, key=lambda line: line.box[2]).text[:24]}”右侧"
        above = [line for line in self.issued.lines if line.box[3] <= box[1] + 6]
        if above:
            return f"“{max(above, key=lambda line: line.box[3]).text[:24]}”下方"
        return "页首"


def _verdict(sights: Sequence[Sight], found: str, sureness: float, obscured: bool) -> tuple[str, float]:
    """What printed characters are that were not read as issued; under a seal or in a poor scan only plain cases."""
    gone = sum(sight.state is State.GONE for sight in sights)
    if gone >= 0.7 * len(sights) and len(found) <= 0.2 * len(sights):
        return "missing", 0.95
    lacking = max(sight.lacking for sight in sights)
    strange = max(sight.strange for sight in sights)
    other = any(sight.state in (State.DIFFERENT, State.GONE) for sight in sights)
    if obscured:
        plain = other and lacking > 0.15 and (lacking > 0.5 or (bool(found) and sureness >= 0.8))
        return ("altered", max(lacking, sureness)) if plain else ("undetermined", 0.5)
    if other:
        if lacking > 0.3 or not found or sureness >= 0.5:
            return "altered", max(lacking, sureness)
        return "undetermined", 0.5
    if found and sureness >= 0.85 and strange < 0.06:
        return "altered", sureness * 0.8
    return "undetermined", 0.5


def _whole_number(text: str, first: int, last: int, found: str) -> tuple[int, int, str]:
    """Widen a change inside a number or a Latin word to the whole of it, so that a person sees 18 → 28."""
    before = after = ""
    if text[first].isascii():
        while first > 0 and text[first - 1].isascii() and text[first - 1].isalnum():
            first -= 1
            before = text[first] + before
    if text[last - 1].isascii():
        while last < len(text) and text[last].isascii() and text[last].isalnum():
            after += text[last]
            last += 1
    return first, last, before + found + after


def _plain(text: str) -> str:
    """Half-width forms, no blanks, look-alike marks as one."""
    kept = (character for character in unicodedata.normalize("NFKC", text) if not character.isspace())
    return "".join(_ALIKE.get(character, character) for character in kept)


#: marks that recognisers take for each other, and that no alteration hinges on
_ALIKE = dict(zip("“”„‘’·•—–〔〕【】", "\"\"\"''・・--[][]", strict=True))


def _scaled(box: Box, scale: float) -> Box:
    return box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale


def _moved(box: Box, offset: tuple[float, float]) -> Box:
    return box[0] + offset[0], box[1] + offset[1], box[2] + offset[0], box[3] + offset[1]


def _placed(box: Box, matrix: Matrix) -> Box:
    corners = [matrix @ (x, y, 1.0) for x in (box[0], box[2]) for y in (box[1], box[3])]
    across, down = [float(corner[0]) for corner in corners], [float(corner[1]) for corner in corners]
    return round(min(across), 1), round(min(down), 1), round(max(across), 1), round(max(down), 1)
