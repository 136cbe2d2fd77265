"""Compares a scan with the page that was issued: what is the same, what was added by hand, what was altered.

The scan is aligned with the issued page and compared with it (`archive.comparing.page_check`). It is never assumed to be
equal (DESIGN, invariant 12).
"""

from __future__ import annotations

import numpy as np
from rapidfuzz import fuzz

from archive.comparing.character_verdict import plain
from archive.comparing.comparison import Comparison, Mark
from archive.comparing.issued_render import IssuedPage
from archive.comparing.page_check import PageCheck, placed, scaled
from archive.comparing.page_register import register
from archive.files.page_prepare import PagePicture, StraightPage, straighten
from archive.ocr.engine import OcrEngine, ocr_engine
from archive.ocr.page_reader import UPSIDE_DOWN, read_straight

#: if fewer lines are found, the scan is another page, or unreadable
_SAME_SHEET = 0.35


def compare_with_issued(
    scan: PagePicture, issued: IssuedPage, *, turn: int | None = None, engine: OcrEngine | None = None
) -> Comparison:
    """Compare a scanned page with the page that was issued.

    Args:
        scan: the page as scanned.
        issued: the page as issued.
        turn: degrees clockwise that turn the scan upright, if known.
        engine: the OCR engine for places that do not match; None loads the process's engine when needed.
    """
    return compare_picture(scan, issued, turn=turn, engine=engine)[0]


def compare_picture(
    scan: PagePicture, issued: IssuedPage, *, turn: int | None = None, engine: OcrEngine | None = None
) -> tuple[Comparison, StraightPage]:
    """Like `compare_with_issued`, and also return the straightened page."""
    straight = straighten(scan, turn=turn)
    drawn = issued.draw(straight.dpi)
    scale = straight.dpi / 72
    boxes = [scaled(line.box, scale) for line in issued.lines]
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
    return PageCheck(straight, issued, drawn, fitted, engine).comparison(), straight


def place_issued_words(issued: IssuedPage, comparison: Comparison) -> list[tuple[str, float, float, float, float]]:
    """Return the issued words with their places on the scanned page, in points from its top left."""
    from_issued = np.array(comparison.to_page)
    return [(line.text, *placed(line.box, from_issued)) for line in issued.lines]


def _other_sheet(straight: StraightPage, issued: IssuedPage, engine: OcrEngine | None) -> Comparison:
    """The result for a scan that has little in common with the issued page."""
    read = read_straight(straight, engine or ocr_engine())
    if read.confidence < UPSIDE_DOWN:
        read = max(
            read, read_straight(straight.upside_down(), engine or ocr_engine()), key=lambda page: page.confidence
        )
    found, printed = plain(read.text), plain(issued.text)
    likeness = fuzz.ratio(found, printed) / 100
    if read.confidence > 0.8 and len(found) >= 20 and likeness < 0.6:
        height, width = straight.grey.shape
        whole = placed((0.0, 0.0, float(width), float(height)), straight.to_page)
        mark = Mark("altered", "整页不是发出的那一页", printed[:40], found[:40], whole, 1 - likeness)
        return Comparison(False, likeness, altered=(mark,))
    return Comparison(None, likeness)
