"""Compares an aligned scan with the issued page, line by line and character by character.

The issued page is known to the pixel, so each character is compared as a picture. Only lines in which a character does
not match, or has other ink on it, are read by OCR. A reading equal to the issued characters confirms them; other readings
are judged by `archive.comparing.character_verdict`. Places covered by a seal or a pen are undetermined, never altered.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from archive.comparing.added_ink import AddedInk, UnprintedInk, added_ink, unprinted
from archive.comparing.character_check import LEAST_LACKING, CharacterMatch, State, match_line
from archive.comparing.character_verdict import SURE, CharacterView, filled_in, plain, typed_in, verdict, whole_number
from archive.comparing.comparison import SEAL, WRITING, WRITTEN_IN, Box, Comparison, Mark
from archive.comparing.issued_render import IssuedPage
from archive.comparing.page_register import LINE_FOUND, Registration, line_offset, warp
from archive.files.page_prepare import Matrix, Picture, StraightPage, find_seals
from archive.files.text_layer import PrintedLine, is_wide
from archive.ocr.engine import LineReading, OcrEngine, ocr_engine
from archive.ocr.lines import line_picture, without_ruling
from archive.ocr.reading_order import find_ruling

#: number of characters that may be undetermined (under a seal) on a confirmed page
_MOST_UNDETERMINED = 0.05
#: median correlation of characters above which small differences count as alterations
_CLEAR_SCAN = 0.9
#: below this resolution small print under a seal is never reported as altered
_LEAST_DPI = 140
#: unprinted ink on a character, in square inches, above which it is not a speck of dust
_SPECK = 0.00025
#: ink crosses a character if it continues outside its place by this share of its size
_BEYOND = 0.15


class PageCheck:
    """One comparison: both pictures in the issued page's pixels, and the result for each character."""

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
        self.different: list[Box] = []
        self.touched: list[tuple[PrintedLine, Box]] = []
        self.equal = 0
        self.doubtful = False
        self.clear = True

    def comparison(self) -> Comparison:
        """Check every line, then look for additions."""
        total = sum(len(line.characters) for line in self.issued.lines)
        looks = [
            self._look(line, (dx, dy), fit)
            for line, (dx, dy, fit) in zip(self.issued.lines, self.fitted.offsets, strict=True)
        ]
        every = [match for _, matches in looks for match in matches]
        self.clear = float(np.median([match.fit for match in every])) >= _CLEAR_SCAN
        strange = unprinted(self.drawn, self.seen, every, self.ruling.mask, self.dpi)
        self.ink = UnprintedInk(strange, self.dpi)
        for line, (offset, matches) in zip(self.issued.lines, looks, strict=True):
            views = self._views(matches)
            self._note_touched(line, views)
            if all(view.plain for view in views):
                self.equal += len(views)
            else:
                self._judge(line, views, self._read(scaled(line.box, self.scale), offset))
        added = self._added(strange)
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
            confirmed, share, added, by_kind["altered"], by_kind["missing"], by_kind["undetermined"], True, matrix
        )

    def _look(
        self, line: PrintedLine, offset: tuple[float, float], fit: float
    ) -> tuple[tuple[float, float], list[CharacterMatch]]:
        """Match each character of a line, and return where the line was found."""
        if fit < LINE_FOUND:
            # an altered line above may have moved this one
            box, down = scaled(line.box, self.scale), round(self.dpi * 0.6)
            dx, dy, moved_fit = line_offset(self.seen, self.drawn, box, round(self.dpi * 0.04), down=down)
            offset = (dx, dy) if moved_fit > 0.75 and not self._taken(line, (dx, dy)) else (0.0, 0.0)
        boxes = [scaled((c.x0, c.y0, c.x1, c.y1), self.scale) for c in line.characters]
        return offset, match_line(self.drawn, self.seen, boxes, offset)

    def _views(self, matches: Sequence[CharacterMatch]) -> list[CharacterView]:
        """The characters of a line with the ink that was added to them."""
        size = max(max(s.patch[2] - s.patch[0], s.patch[3] - s.patch[1]) for s in matches)
        views: list[CharacterView] = []
        for match in matches:
            x, y = match.place or match.patch[:2]
            wide, high = match.patch[2] - match.patch[0], match.patch[3] - match.patch[1]
            touched = match.place is not None and self.ink.amount((x, y, x + wide, y + high)) > _SPECK * self.dpi**2
            # printed type stays in its square: 一 may have become 三, but never reaches outside
            across, down = max(size - wide, 0) / 2, max(size - high, 0) / 2
            square = (x - across, y - down, x + wide + across, y + high + down)
            crossed = touched and self.ink.runs_beyond((x, y, x + wide, y + high), square, _BEYOND * size)
            views.append(CharacterView(match, touched, crossed))
        return [
            replace(view, crossed=True)
            if view.touched and any(near.touched for near in (*views[max(at - 1, 0) : at], *views[at + 1 : at + 2]))
            else view
            for at, view in enumerate(views)
        ]

    def _note_touched(self, line: PrintedLine, views: Sequence[CharacterView]) -> None:
        """Remember where a stroke runs over several characters, even if little of it shows between them."""
        start = 0
        for at in range(1, len(views) + 1):
            if at < len(views) and views[at].touched and views[at - 1].touched:
                continue
            if at - start > 1:
                self.touched.append((line, PrintedLine(line.characters[start:at]).box))
            start = at

    def _taken(self, line: PrintedLine, offset: tuple[float, float]) -> bool:
        """Return whether another line was found at this place; the same words in the next row are not this line, moved."""
        x0, y0, x1, y1 = moved(scaled(line.box, self.scale), offset)
        for other, (dx, dy, fit) in zip(self.issued.lines, self.fitted.offsets, strict=True):
            if other is line or fit < LINE_FOUND:
                continue
            a, b, c, d = moved(scaled(other.box, self.scale), (dx, dy))
            if _shared((a, b, c, d), (x0, y0, x1, y1)) > 0.3 * min((c - a) * (d - b), (x1 - x0) * (y1 - y0)):
                return True
        return False

    def _read(self, box: Box, offset: tuple[float, float]) -> LineReading:
        """Read the place of a line, one character further on each side, up to the next printed line or rule."""
        x0, y0, x1, y1 = moved(box, offset)
        reach = self.usual * 1.2
        left, right = x0 - reach, x1 + reach
        for other in self.issued.lines:
            a, b, c, d = scaled(other.box, self.scale)
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

    def _judge(self, line: PrintedLine, views: Sequence[CharacterView], reading: LineReading) -> None:
        """Combine picture and reading character by character, and record the differences."""
        issued = [plain(character.text) for character in line.characters]
        found = [plain(character) for character in reading.text]
        keep = [index for index, character in enumerate(found) if character]
        seen = [found[index] for index in keep]
        sure = [reading.sureness[index] for index in keep]
        for tag, a, b, c, d in difflib.SequenceMatcher(None, issued, seen, autojunk=False).get_opcodes():
            if tag == "equal":
                self._note_read(line, views, range(a, b))
                continue
            if tag == "insert":
                self._note_inserted(line, a, views, "".join(seen[c:d]), min(sure[c:d]))
                continue
            self._note(line, (a, b), views[a:b], "".join(seen[c:d]), min(sure[c:d], default=0.0))

    def _note_read(self, line: PrintedLine, views: Sequence[CharacterView], span: range) -> None:
        """Treat characters read as issued as equal, unless their picture contradicts it while the rest of the line matches."""
        in_place = any(view.match.lacking <= LEAST_LACKING for view in views)
        odd = [at for at in span if in_place and views[at].plainly_other]
        self.equal += len(span) - len(odd)
        if odd:
            part = line.characters[odd[0] : odd[-1] + 1]
            words = ("".join(character.text for character in part), "")
            self.doubtful = True
            self._mark("undetermined", PrintedLine(part).box, words, 0.5, place=f"“{line.text[:24]}”处")

    def _note_inserted(
        self, line: PrintedLine, at: int, views: Sequence[CharacterView], found: str, sureness: float
    ) -> None:
        """Record words that were not printed: an alteration if they displaced printed ones, otherwise ink to examine."""
        if not any(character.isalnum() for character in found):
            return
        first, last = max(at - 1, 0), min(at + 1, len(views))
        near = views[max(at - 2, 0) : at + 2]
        pushed = any(view.match.state is State.DIFFERENT and not view.written_over for view in near)
        if pushed and sureness >= 0.6:
            before, after = line.text[first:at], line.text[at:last]
            box = PrintedLine(line.characters[first:last]).box
            words = (before + after, before + found + after)
            self._mark("altered", box, words, sureness, place=f"“{line.text[:24]}”处")

    def _note(
        self, line: PrintedLine, span: tuple[int, int], views: Sequence[CharacterView], found: str, sureness: float
    ) -> None:
        """Judge printed characters that were not read: equal by their picture, gone, replaced or undetermined."""
        odd = [index for index, view in enumerate(views) if not view.plain]
        self.equal += len(views) - len(odd)
        crossed = [index for index in odd if views[index].written_over]
        own = [index for index in odd if index not in crossed]
        for indexes in (crossed, own):
            if indexes:
                whole = len(found) == len(views)
                part = found[indexes[0] : indexes[-1] + 1] if whole else found
                chosen = [views[index] for index in indexes]
                self._note_part(line, (span[0] + indexes[0], span[0] + indexes[-1] + 1), chosen, part, sureness)

    def _note_part(
        self, line: PrintedLine, span: tuple[int, int], views: Sequence[CharacterView], found: str, sureness: float
    ) -> None:
        first, last = span
        covered = self._under_seal(line, first, last)
        poor = not self.clear or self.dpi < _LEAST_DPI
        small = not any(
            character.isalnum() for character in line.text[first:last]
        )  # punctuation: a few pixels prove little
        kind, confidence, what = verdict(views, found, sureness, covered or poor or small)
        if kind == "altered" and covered and poor:
            kind, confidence = "undetermined", 0.5
        different = any(view.match.state is State.DIFFERENT for view in views)
        other_word = len(found) == len(views) and sureness >= SURE
        if kind == "undetermined" and not covered and ((different and not what) or other_word):
            self.doubtful = True
        if not any(character.isalnum() for character in found):
            found = ""  # a stray mark
        if kind == "altered":
            first, last, found = whole_number(line.text, first, last, found)
        text = line.text[first:last]
        box = PrintedLine(line.characters[first:last]).box
        place = f"“{line.text[:24]}”处" if kind != "missing" or len(text) < len(line.text) else self._beside(box)
        self._mark(kind, box, (text, found), confidence, place=place, what=what)

    def _mark(
        self, kind: str, box: Box, words: tuple[str, str], confidence: float, *, place: str, what: str = ""
    ) -> None:
        """Record a place given in points of the issued page."""
        self.marks.append(Mark(kind, place, *words, placed(box, self.to_page), confidence, what))
        if kind in ("altered", "missing"):
            self.different.append(scaled(box, self.scale))

    def _under_seal(self, line: PrintedLine, first: int, last: int) -> bool:
        x0, y0, x1, y1 = scaled(PrintedLine(line.characters[first:last]).box, self.scale)
        return any(np.hypot((x0 + x1) / 2 - x, (y0 + y1) / 2 - y) < radius + self.usual for x, y, radius in self.seals)

    def _added(self, strange: Picture) -> tuple[Mark, ...]:
        for x, y, radius in find_seals(strange, self.dpi):
            if all(np.hypot(x - a, y - b) > radius for a, b, _ in self.seals):
                self.seals.append((x, y, radius))
        found = [ink for ink in added_ink(strange, self.seals, self.dpi) if not self._told(ink.box)]
        marks = [self._added_mark(ink) for ink in found]
        for x, y, radius in self.seals:
            box = scaled((x - radius, y - radius, x + radius, y + radius), 1 / self.scale)
            marks.append(Mark("added", self._beside(box), "", "", placed(box, self.to_page), 0.9, SEAL))
        told = [mark.box for mark in (*self.marks, *marks)]
        for line, box in self.touched:
            mark = Mark("added", f"“{line.text[:24]}”处", "", "", placed(box, self.to_page), 0.6, WRITING)
            marks += [] if any(overlap(mark.box, other) for other in told) else [mark]
        return tuple(marks)

    def _told(self, box: Box) -> bool:
        """Return whether this ink belongs to words already reported as altered."""
        x, y, near = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 0.3 * self.usual
        return any(a - near < x < c + near and b - near < y < d + near for a, b, c, d in self.different)

    def _added_mark(self, ink: AddedInk) -> Mark:
        engine = self.engine or ocr_engine()
        reading = engine.read_line(line_picture(self.clean, ink.box, 1.0), narrow=0.85)
        text = reading.text.strip() if reading.confidence >= 0.85 else ""
        box = scaled(ink.box, 1 / self.scale)
        self._note_typed_in(box, text)
        return Mark("added", self._beside(box), "", text, placed(box, self.to_page), ink.certainty, WRITING)

    def _note_typed_in(self, ink: Box, text: str) -> None:
        """Record words close to a printed line and as high as it: they may be typed in, as in 合格 to 不合格."""
        if not any(character.isdigit() or (is_wide(character) and character.isalnum()) for character in text):
            return  # OCR reads squiggles as Latin letters
        for line in self.issued.lines:
            after = ink[0] > (line.box[0] + line.box[2]) / 2
            if typed_in(line.box, ink, after=after) and not filled_in(line.text, text, after=after):
                words = (line.text, line.text + text if after else text + line.text)
                self.doubtful = True
                self._mark("undetermined", line.box, words, 0.5, place=f"“{line.text[:24]}”处", what=WRITTEN_IN)

    def _beside(self, box: Box) -> str:
        """Describe a place by the printed line it is on, or else the one to its left or above."""
        under = max(self.issued.lines, key=lambda line: _shared(line.box, box))
        if _shared(under.box, box) > 0.4 * (box[2] - box[0]) * (box[3] - box[1]):
            return f"“{under.text[:24]}”处"
        level = [
            line
            for line in self.issued.lines
            if line.box[2] <= box[0] + 6 and min(line.box[3], box[3]) - max(line.box[1], box[1]) > 0
        ]
        if level:
            return f"“{max(level, key=lambda line: line.box[2]).text[:24]}”右侧"
        above = [line for line in self.issued.lines if line.box[3] <= box[1] + 6]
        if above:
            return f"“{max(above, key=lambda line: line.box[3]).text[:24]}”下方"
        return "页首"


def scaled(box: Box, scale: float) -> Box:
    """Scale a box."""
    return box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale


def moved(box: Box, offset: tuple[float, float]) -> Box:
    """Shift a box by (dx, dy)."""
    return box[0] + offset[0], box[1] + offset[1], box[2] + offset[0], box[3] + offset[1]


def _shared(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def overlap(a: Box, b: Box) -> bool:
    """Return whether two boxes overlap."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def placed(box: Box, matrix: Matrix) -> Box:
    """Transform a box by a matrix and return the upright rectangle around it, rounded to a tenth."""
    corners = [matrix @ (x, y, 1.0) for x in (box[0], box[2]) for y in (box[1], box[3])]
    across, down = [float(corner[0]) for corner in corners], [float(corner[1]) for corner in corners]
    return round(min(across), 1), round(min(down), 1), round(max(across), 1), round(max(down), 1)
