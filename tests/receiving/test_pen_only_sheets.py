"""A sheet with only a few words by hand is no blank sheet: approvals and refusals stand on backs."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest

from archive.files.page_extract import ExtractedPage
from archive.files.scan_quality import ink_mask, judge
from archive.receiving.stack import PageReading, plan_stack
from examples.scanner import Writing, blank_sheet, make_scan
from ssj_docs.documents.forms.page_code import CodeFault


def empty_page() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(out)
    return out.getvalue()


def is_blank(scan: bytes, dpi: int) -> bool:
    with pdfium.PdfDocument(scan) as document:
        pixels = document[0].render(scale=dpi / 72, grayscale=True).to_numpy()
    grey = np.ascontiguousarray(pixels[:, :, 0] if pixels.ndim == 3 else pixels)
    page = ExtractedPage(grey, None, dpi, dpi, 210.0, 297.0)
    return judge(page, ink_mask(grey, dpi)).blank


@pytest.mark.parametrize(
    ("words", "size", "dpi"),
    [("同意。", 14, 150), ("拒签", 14, 200), ("见附件", 10, 150), ("见附件", 10, 200), ("", 16, 150)],
)
def test_a_few_words_by_hand_are_no_blank_sheet(words: str, size: float, dpi: int) -> None:
    writing = [Writing(0, 220, 300, words, size)]
    assert not is_blank(make_scan(empty_page(), seed=1, dpi=dpi, handwriting=writing, dirt=0.6), dpi)


@pytest.mark.parametrize(("dirt", "dpi"), [(0.3, 150), (0.6, 200), (1.0, 150)])
def test_dirt_is_no_writing(dirt: float, dpi: int) -> None:
    assert [is_blank(blank_sheet(seed=seed, dpi=dpi, dirt=dirt), dpi) for seed in range(3)] == [True] * 3


def test_it_is_offered_with_its_front_and_a_text_layer_is_content() -> None:
    readings = [
        PageReading(1, quality={"blank": False, "ink": 0.05}),
        PageReading(2, quality={"blank": False, "ink": 0.0004}),
        PageReading(3, quality={"blank": True, "ink": 0.0}, text="hello"),
        PageReading(4, quality={"blank": True, "ink": 0.0}),
    ]
    plan = plan_stack(readings, lambda text: CodeFault("not_ours", text, ""))
    assert plan.blanks == (4,)
    told = {page.page: page.message for page in plan.odd}
    assert "前一页的背面" in told[2]
    assert "前一页的背面" not in told[1]
    assert 3 in told
