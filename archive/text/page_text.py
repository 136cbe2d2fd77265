"""The text of a page: its text layer if that is credible, the issued text if the scan confirms it, otherwise OCR."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from archive.comparing.comparison import Comparison
from archive.comparing.issued_render import IssuedPage
from archive.comparing.issued_text import compare_picture, place_issued_words
from archive.comparing.page_boxes import BoxFinding, find_hand_boxes
from archive.files.page_prepare import Matrix, PagePicture, StraightPage
from archive.files.page_probe import PageContent, load_page
from archive.files.text_layer import TextBox, is_wide
from archive.ocr.engine import OcrEngine, ocr_engine
from archive.ocr.page_reader import OcrLine, OcrPage, read_scan
from ssj_docs.documents.forms.form_layout import FormPage
from ssj_docs.model.paper_kind import HandBox

#: opens a page of a file: (file, page from 1, whether a picture is needed in any case)
Opener = Callable[[Path, int, bool], PageContent]


@dataclass(frozen=True)
class HandForm:
    """The geometry of an issued form's page, and what a person fills in on it."""

    page: FormPage
    boxes: tuple[HandBox, ...]


@dataclass(frozen=True)
class PageText:
    """The text of a page and where it comes from.

    Attributes:
        page: number of the page in its file, from 1.
        text: in reading order, not normalised; the wrapped lines of a table cell are joined.
        origin: "text" for the file's own text layer, "ocr" for OCR, "issued" for the issued text confirmed on the scan.
        confidence: 0 to 1; 1 for a text layer.
        boxes: pieces of text with their places; the characters of a piece are evenly spaced.
        width, height: of the page in points as shown.
        dpi: resolution of the scan, 0 for a text layer.
        comparison: how the scan agrees with the issued page, if there is one.
        filled: what was filled in by hand, for a scanned form; None if that was not looked at.
    """

    page: int
    text: str
    origin: str
    confidence: float
    boxes: tuple[TextBox, ...]
    width: float
    height: float
    dpi: float = 0.0
    comparison: Comparison | None = field(default=None, compare=False)
    filled: tuple[BoxFinding, ...] | None = field(default=None, compare=False)


def read_page_text(
    pdf: Path | bytes,
    page: int,
    *,
    issued: IssuedPage | None = None,
    form: HandForm | None = None,
    turn: int | None = None,
    engine: OcrEngine | None = None,
    opener: Opener | None = None,
) -> PageText:
    """Read one page.

    Args:
        pdf: the file, or its bytes.
        page: page number from 1.
        issued: the issued page, if this is a scan of one. If the comparison confirms it, its text is returned, followed by
            what was added by hand.
        form: the issued form's page, if this is a scan of one; then its boxes are looked at.
        turn: degrees clockwise that turn the scan upright, if known (from a page code).
        engine: the OCR engine; None uses the process's.
        opener: opens files from outside in a limited child (`archive.files.page_probe.PageOpener`); None opens it here.

    Raises:
        DataError: the file cannot be opened.
        NotFoundError: there is no such page.
        MissingProgramError: the page needs OCR and the models are not installed.
    """
    whole = issued is not None or form is not None
    content = opener(pdf, page, whole) if opener and isinstance(pdf, Path) else load_page(pdf, page, draw=whole)
    picture = content.picture
    if picture is None:
        return PageText(page, content.text, "text", 1.0, content.boxes, content.width, content.height)
    comparison: Comparison | None = None
    if issued is not None:
        comparison, straight = compare_picture(picture, issued, turn=turn, engine=engine)
        turn = straight.turned if comparison.registered else turn
        if comparison.confirmed:
            lines = [(line.text, line.box) for line in issued.lines]
            to_straight = np.linalg.inv(straight.to_page) @ np.array(comparison.to_page)
            printed = [(text, placed(box, to_straight)) for text, box in lines]
            filled = _filled(picture, straight, form, printed, engine)
            return replace(_from_issued(comparison, issued, picture, page), filled=filled)
    read = read_scan(picture, engine=engine, turn=turn)
    filled = _filled(picture, read.straight, form, [(line.text, line.box) for line in read.lines], engine)
    return replace(_from_ocr(read, picture, page, comparison), filled=filled)


def _filled(
    picture: PagePicture,
    straight: StraightPage,
    form: HandForm | None,
    printed: Sequence[tuple[str, tuple[float, float, float, float]]],
    engine: OcrEngine | None,
) -> tuple[BoxFinding, ...] | None:
    if form is None:
        return None
    return find_hand_boxes(picture, straight, form.page, form.boxes, printed, engine or ocr_engine())


def _from_ocr(read: OcrPage, picture: PagePicture, page: int, comparison: Comparison | None = None) -> PageText:
    boxes = tuple(box for line in read.lines for box in _ocr_boxes(line, read.straight.to_page))
    return PageText(
        page,
        read.text,
        "ocr",
        round(read.confidence, 4),
        boxes,
        picture.width,
        picture.height,
        round(picture.dpi, 1),
        comparison,
    )


def _from_issued(comparison: Comparison, issued: IssuedPage, picture: PagePicture, page: int) -> PageText:
    added = [mark for mark in comparison.added if mark.found]
    text = "\n".join([issued.text, *(mark.found for mark in added)])
    boxes = (*place_issued_words(issued, comparison), *((mark.found, *mark.box) for mark in added))
    return PageText(
        page,
        text,
        "issued",
        round(comparison.confidence, 4),
        boxes,
        picture.width,
        picture.height,
        round(picture.dpi, 1),
        comparison,
    )


def _ocr_boxes(line: OcrLine, to_page: Matrix) -> list[TextBox]:
    """A line as pieces of evenly spaced characters, with their places on the page."""
    x0, y0, x1, y1 = line.box
    edges = [x0, *((a + b) / 2 for a, b in zip(line.centres, line.centres[1:], strict=False)), x1]
    pieces: list[TextBox] = []
    start = 0
    for index in range(1, len(line.text) + 1):
        if index == len(line.text) or is_wide(line.text[index]) != is_wide(line.text[start]):
            pieces.append((line.text[start:index], *placed((edges[start], y0, edges[index], y1), to_page)))
            start = index
    return pieces


def placed(box: tuple[float, float, float, float], to_page: Matrix) -> tuple[float, float, float, float]:
    """The upright rectangle round a box, through ``to_page``, in points to a tenth."""
    x0, y0, x1, y1 = box
    corners = [to_page @ (x, y, 1.0) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
    across, down = [float(corner[0]) for corner in corners], [float(corner[1]) for corner in corners]
    return round(min(across), 1), round(min(down), 1), round(max(across), 1), round(max(down), 1)
