"""What a person filled in on one scanned page of a form: each box with its state, and results as far as they can be read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from archive.comparing.box_ink import BoxInk, BoxState, PageInk
from archive.comparing.form_grid import Box, find_grid
from archive.comparing.hand_boxes import BoxPlace, Printed, hand_boxes
from archive.files.page_prepare import PagePicture, StraightPage
from archive.ocr.engine import OcrEngine
from archive.ocr.reading_order import find_ruling
from ssj_docs.documents.forms.form_layout import FormPage
from ssj_docs.model.paper_kind import HandBox

#: a reading is certain if it is the same at every size, on average with this probability, and never below the other
SURE, _LEAST = 0.8, 0.5
#: heights of the line picture, as multiples of the writing's height, at which a mark is read
_SIZES = (1.3, 1.5, 1.9)
#: one upright stroke, this much higher than wide, is a 1
_UPRIGHT = 4.5
#: a single number or mark; anything else counts only as words of at least so many characters
_MARK, _WORDS = re.compile(r"[0-9√×○]"), 3
#: what OCR reads for handwritten marks → the mark
_MARKS: Mapping[str, str] = {
    **dict.fromkeys("√✓✔Vv∨", "√"),
    **dict.fromkeys("×xX✕✗乂", "×"),
    **dict.fromkeys("○〇O o".replace(" ", ""), "○"),
    **dict.fromkeys("lI|丨", "1"),
}


@dataclass(frozen=True)
class BoxFinding:
    """One box as the scan shows it.

    Attributes:
        id, name, what, who, seal, instead, required: of `HandBox`.
        row: the name of its row, for a box in a column.
        state: ``empty``, ``written``, ``stamped`` or ``unsure``; why it cannot be told.
        place: in points of the scanned page; None if it was not found.
        read: the number, mark or words read in it; empty if nothing could be read with certainty.
        sure: probability of the reading.
    """

    id: str
    name: str
    what: str
    row: str
    state: str
    why: str = ""
    who: str = ""
    instead: str = ""
    required: bool = False
    place: Box | None = None
    read: str = ""
    sure: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The finding as plain values, for the table of page texts."""
        return {**self.__dict__, "place": list(self.place) if self.place else None}


def find_hand_boxes(
    picture: PagePicture,
    straight: StraightPage,
    page: FormPage,
    boxes: Sequence[HandBox],
    printed: Sequence[Printed],
    engine: OcrEngine,
) -> tuple[BoxFinding, ...]:
    """Find and judge the boxes of one page of a form.

    Args:
        picture: the page as scanned.
        straight: the same page, straightened and upright.
        page: the geometry of the form's page.
        boxes: those of its kind.
        printed: lines seen on the page with their places in pixels of ``straight``.
        engine: reads what is written in results.
    """
    ruling = find_ruling(straight.grey, straight.dpi)
    grid = find_grid(page, ruling, straight.dpi)
    scale = grid.scale if grid else straight.dpi / 72
    places = hand_boxes(boxes, page, grid, printed, scale)
    if not places:
        return ()
    ink = PageInk(picture, straight, ruling)
    found = []
    for place in places:
        judged = ink.judge(place)
        read, sure = "", 0.0
        if place.box.what == "result" and judged.state is BoxState.WRITTEN:
            read, sure = _read(ink, judged, engine)
        found.append(_finding(place, judged, straight, read, sure))
    return tuple(found)


def _finding(place: BoxPlace, judged: BoxInk, straight: StraightPage, read: str, sure: float) -> BoxFinding:
    box = place.box
    where = _on_page(place.area, straight) if place.area else None
    return BoxFinding(
        box.id,
        box.name,
        box.what,
        place.row,
        judged.state.value,
        judged.why,
        box.who,
        box.instead,
        box.required,
        where,
        read,
        round(sure, 3),
    )


def _read(ink: PageInk, judged: BoxInk, engine: OcrEngine) -> tuple[str, float]:
    """Read a number, mark or word: certain only if it reads the same at every size."""
    if judged.extent is None:
        return "", 0.0
    x0, y0, x1, y1 = (round(value) for value in judged.extent)
    part = np.where(ink.pen[y0:y1, x0:x1], 0, 255).astype(np.uint8)
    high, wide = part.shape
    if high > _UPRIGHT * wide:
        return "1", 0.95
    readings = []
    for size in _SIZES:
        around = max(round((size - 1) / 2 * high), 3)
        side = max(around, round((size * high - wide) / 2))
        canvas = cv2.copyMakeBorder(part, around, around, side, side, cv2.BORDER_CONSTANT, value=255)
        readings.append(engine.read_line(cv2.GaussianBlur(canvas, (0, 0), 0.8)))
    told = {_mark(reading.text) for reading in readings}
    sures = [min(reading.sureness, default=0.0) for reading in readings]
    sure, read = sum(sures) / len(sures), told.pop() if len(told) == 1 else ""
    readable = _MARK.fullmatch(read) or len(read) >= _WORDS
    return (read, sure) if readable and sure >= SURE and min(sures) >= _LEAST else ("", sure)


def _mark(text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", text).split()).rstrip(".、。")
    return _MARKS.get(plain, plain)


def _on_page(area: Box, straight: StraightPage) -> Box:
    corners = np.array([straight.to_page @ (x, y, 1.0) for x in (area[0], area[2]) for y in (area[1], area[3])])
    (left, top), (right, bottom) = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
    return round(float(left), 1), round(float(top), 1), round(float(right), 1), round(float(bottom), 1)
