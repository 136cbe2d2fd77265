"""A scanned, stamped record form is found by the words under its stamp, and they are marked where they stand."""

from __future__ import annotations

import pypdfium2 as pdfium
import pytest
from sqlalchemy import update

from archive.files.page_prepare import page_picture, straighten
from archive.search.marks import page_marks
from archive.search.search import search_workspace
from archive.text.page_text import read_page_text
from benchmarks.printed_pages import print_pdf, record_form
from examples.scanner import make_scan
from ssj_docs.database.schema import page_texts
from ssj_docs.office.workspace import Workspace

CASE, ITEM = "2026-003-0001", "0001"
WIDTH, HEIGHT = 595.28, 841.89
COMPANY = "青禾县云栖谷食品有限公司"
#: part of a line, so that a mark at the wrong end of the line would not do
WORDS = "食品有限公司"


def printed_place(form: bytes) -> tuple[float, float]:
    """The middle of the words on the page as printed, in points from the top left."""
    with pdfium.PdfDocument(form) as document:
        texts = document[0].get_textpage()
        first = texts.search(COMPANY).get_next()[0] + COMPANY.index(WORDS)
        left, _, _, top = texts.get_charbox(first)
        _, bottom, right, _ = texts.get_charbox(first + len(WORDS) - 1)
    return (left + right) / 2, HEIGHT - (top + bottom) / 2


@pytest.mark.parametrize("upside_down", [False, True])
def test_words_under_a_stamp_are_found_and_marked_on_the_picture(office: Workspace, upside_down: bool) -> None:
    form = print_pdf([record_form()])
    x, y = printed_place(form)
    scan = make_scan(
        form, seed=9, dpi=200, tilt=1.0, stamp="青禾县市场监督管理局", stamp_at=(x + 40, y), upside_down=upside_down
    )
    with pdfium.PdfDocument(scan) as document:
        assert straighten(page_picture(document[0])).seals, "the stamp is on the page"
    read = read_page_text(scan, 1)
    values = {
        "text": read.text,
        "boxes": [list(box) for box in read.boxes],
        "origin": read.origin,
        "read_at": "2",
        "width": WIDTH,
        "height": HEIGHT,
    }
    t = page_texts.c
    with office.transaction() as connection:
        connection.execute(update(page_texts).where(t.case == CASE, t.item == ITEM, t.page == 1).values(**values))
        office.log(connection, "read", CASE)
    (hit,) = search_workspace(office, WORDS + " 来源:ocr 正文:云栖谷").hits
    assert (hit.record.item, hit.record.page) == (ITEM, 1)
    marked = page_marks(office, CASE, ITEM, 1, f"正文:{WORDS}").rectangles
    assert marked
    wanted = (WIDTH - x, HEIGHT - y) if upside_down else (x, y)
    # the sheet is turned by a degree about its middle, that is 7 points at its edge
    assert any(abs((x0 + x1) / 2 - wanted[0]) < 12 and abs((y0 + y1) / 2 - wanted[1]) < 12 for x0, y0, x1, y1 in marked)
