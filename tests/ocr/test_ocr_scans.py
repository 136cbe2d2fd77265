"""Made scans are the same each time, and what is read on them is what was printed, in its order."""

from __future__ import annotations

import io
import unicodedata
from collections import Counter

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
from rapidfuzz.distance import LCSseq

from archive.files.page_prepare import fade_grey_seals, find_seals, page_picture, straighten, turned
from archive.files.page_probe import is_believable
from archive.ocr import engine
from archive.ocr.page_reader import read_scan
from archive.ocr.reading_order import find_ruling, reading_order
from archive.text.page_text import read_page_text
from benchmarks.foreign_forms import FOREIGN_FORMS
from benchmarks.printed_pages import Line, Sheet, notice, print_pdf, record_form
from examples.scanner import blank_sheet, make_scan, pictures_to_pdf
from ssj_docs.ground.errors import DataError, MissingProgramError, NotFoundError

SEAL = "青禾县市场监督管理局"


def letters(text: str) -> list[str]:
    return [letter for letter in unicodedata.normalize("NFKC", text) if not letter.isspace()]


def wrong(printed: str, read: str) -> float:
    """Share of wrong characters, in whatever order."""
    a, b = Counter(letters(printed)), Counter(letters(read))
    return max((a - b).total(), (b - a).total()) / a.total()


def out_of_order(printed: str, read: str) -> float:
    """Share of the characters common to both that do not stand in sequence."""
    a, b = letters(printed), letters(read)
    return 1 - LCSseq.similarity(a, b) / (Counter(a) & Counter(b)).total()


def first_picture(pdf: bytes):
    with pdfium.PdfDocument(pdf) as document:
        return page_picture(document[0])


@pytest.fixture(scope="module")
def form() -> bytes:
    return print_pdf([record_form()])


def test_the_same_arguments_make_the_same_scan_and_it_holds_pictures_only(form):
    scan = make_scan(form, seed=5, dpi=100, tilt=2, stamp=SEAL)
    assert scan == make_scan(form, seed=5, dpi=100, tilt=2, stamp=SEAL)
    assert scan != make_scan(form, seed=6, dpi=100, tilt=2, stamp=SEAL)
    with pdfium.PdfDocument(scan) as document:
        assert document[0].get_textpage().get_text_range() == ""
        assert document[0].get_size() == pytest.approx((595.4, 842.0), abs=1)


@pytest.mark.parametrize("tilt", [-5.0, -1.3, 0.0, 2.4, 5.0])
def test_tilt_is_found_within_a_tenth_of_a_degree(form, tilt):
    straight = straighten(first_picture(make_scan(form, seed=7, dpi=150, tilt=tilt, stamp=SEAL)))
    assert straight.tilt == pytest.approx(tilt, abs=0.1)
    assert straight.turned == 0


def test_a_page_on_its_side_is_turned_upright(form):
    picture = first_picture(make_scan(form, seed=7, dpi=150))
    lying, _ = turned(picture.pixels, picture.to_page, 270)
    straight = straighten(first_picture(pictures_to_pdf([lying], dpi=150)))
    assert straight.turned in (90, 270)


@pytest.mark.parametrize("seed", range(8))
def test_a_grey_seal_among_the_rules_of_a_table_is_found(form, seed):
    straight = straighten(first_picture(make_scan(form, seed=seed, dpi=150, tilt=1.1, stamp=SEAL)))
    assert straight.seals
    assert min(abs(radius / 150 * 25.4 - 20.4) for _, _, radius in straight.seals) < 1.5  # 42 mm across, ring's middle


def test_no_seal_is_seen_where_none_is(form):
    assert find_seals(straighten(first_picture(make_scan(form, seed=3, dpi=150))).grey, 150) == []


def test_a_stamped_tilted_form_is_read_cell_by_cell(form):
    text = read_page_text(make_scan(form, seed=3, dpi=200, tilt=1.5, stamp=SEAL), 1)
    assert text.origin == "ocr"
    assert text.confidence > 0.95
    assert wrong(record_form().text, text.text) <= 0.005
    assert out_of_order(record_form().text, text.text) <= 0.02
    # a cell's wrapped lines belong together, and its neighbour does not come between
    assert "年度报告中通信地址、从业人数、股东出资信息是否真实，即时信息是否按规定时限公示" in text.text
    assert "91410999MA9K3T7X2H" in text.text


def test_boxes_lie_where_the_words_stand_on_the_page_as_scanned(form):
    scan = make_scan(form, seed=9, dpi=150, tilt=-3, upside_down=True)
    text = read_page_text(scan, 1)
    assert wrong(record_form().text, text.text) <= 0.01
    boxes = {piece: box for piece, *box in text.boxes}
    x0, y0, x1, y1 = boxes["青禾县云栖谷食品有限公司"]
    with pdfium.PdfDocument(form) as document:
        searcher = document[0].get_textpage()
        index = searcher.search("青禾县云栖谷食品有限公司").get_next()[0]
        left, bottom, _, _ = searcher.get_charbox(index)
        _, _, right, top = searcher.get_charbox(index + 11)
    # the sheet lies upside down, turned by 3 degrees round its middle
    centre = np.array([(left + right) / 2 - 595.28 / 2, 841.89 / 2 - (top + bottom) / 2])
    angle = np.radians(3 + 180)
    place = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ centre
    assert (x0 + x1) / 2 - 595.28 / 2 == pytest.approx(place[0], abs=6)
    assert (y0 + y1) / 2 - 841.89 / 2 == pytest.approx(place[1], abs=6)
    assert x1 - x0 == pytest.approx(right - left, abs=12)


def test_text_under_a_red_seal_in_colour_is_read():
    page = print_pdf([notice()])
    text = read_page_text(make_scan(page, seed=6, dpi=150, tilt=1, stamp=SEAL, colour=True), 1)
    assert wrong(notice().text, text.text) <= 0.005
    assert out_of_order(notice().text, text.text) <= 0.02


@pytest.mark.parametrize("seed", [1, 2])
def test_text_under_a_grey_seal_is_read_and_the_seal_itself_is_not(seed):
    page, family = FOREIGN_FORMS["告知函附回证"]
    scan = make_scan(print_pdf([page()], family=family), seed=seed, dpi=200, tilt=1.5, stamp=SEAL, stamp_at=(250, 230))
    text = read_page_text(scan, 1)
    assert wrong(page().text, text.text) <= 0.004
    assert "市场监督" not in text.text


def test_a_seal_as_black_as_the_print_does_not_take_the_print_with_it():
    grey = np.full((600, 600), 250, np.uint8)
    cv2.circle(grey, (300, 300), 165, 20, 7)
    cv2.putText(grey, "HOLD 2026", (200, 320), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 20, 3)
    faded = fade_grey_seals(grey, 200, [(300.0, 300.0, 165.0)])
    assert np.count_nonzero(faded[280:330, 200:420] < 120) > 0.8 * np.count_nonzero(grey[280:330, 200:420] < 120)


def test_labels_that_run_down_a_cell_and_columns_under_a_heading_are_read_in_order():
    for kind, parts in (
        ("合并格申请表", ("申请单位\n单位名称", "申请事项\n事项名称")),
        ("两栏简报", ("下降两成以上。\n二、发现的问题", "机关立案六户。\n三、经验做法")),
    ):
        page, family = FOREIGN_FORMS[kind]
        text = read_page_text(make_scan(print_pdf([page()], family=family), seed=4, dpi=200, tilt=-1), 1).text
        assert out_of_order(page().text, text) <= 0.01
        for part in parts:
            assert "".join(letters(part)) in "".join(letters(text)), part


def test_a_table_without_upright_rules_is_read_row_by_row():
    page, family = FOREIGN_FORMS["三线表通报"]
    text = read_page_text(
        make_scan(print_pdf([page()], family=family), seed=5, dpi=150, stamp=SEAL, colour=True), 1
    ).text
    assert "青禾县\n96\n96\n0\n0\n松溪县" in text


def test_a_blank_sheet_has_no_text():
    text = read_page_text(blank_sheet(seed=2, dpi=100), 1)
    assert (text.text, text.boxes, text.origin, text.confidence) == ("", (), "ocr", 0.0)


def table_picture() -> np.ndarray:
    """300 × 400, one merged cell over two rows at the left, three columns."""
    grey = np.full((300, 400), 255, np.uint8)
    for x0, y0, x1, y1 in [
        (20, 20, 380, 20),
        (140, 150, 380, 150),
        (20, 280, 380, 280),
        (20, 20, 20, 280),
        (140, 20, 140, 280),
        (260, 20, 260, 280),
        (380, 20, 380, 280),
    ]:
        cv2.line(grey, (x0, y0), (x1, y1), 0, 2)
    return grey


def test_merged_cells_come_first_and_wrapped_lines_stay_in_their_cell():
    ruling = find_ruling(table_picture(), 150)
    assert len(ruling.cells) == 5
    lines = [
        (150, 170, 250, 185),
        (270, 40, 370, 55),
        (150, 40, 250, 55),
        (30, 140, 130, 155),
        (150, 60, 250, 75),
        (270, 60, 370, 75),
        (30, 5, 200, 15),
        (270, 170, 370, 185),
        (30, 285, 200, 296),
    ]
    assert reading_order(lines, ruling) == [[6], [3], [2, 4], [1, 5], [0], [7], [8]]


def test_columns_of_text_are_read_one_after_the_other():
    ruling = find_ruling(np.full((300, 400), 255, np.uint8), 150)
    lines = [box for y in range(20, 120, 20) for box in ((20, y, 180, y + 14), (220, y, 380, y + 14))]
    order = [index for group in reading_order(lines, ruling) for index in group]
    assert order == [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]


def test_a_text_layer_is_taken_as_it_is(form):
    text = read_page_text(form, 1)
    assert (text.origin, text.confidence, text.dpi) == ("text", 1.0, 0.0)
    assert out_of_order(record_form().text, text.text) == 0.0
    assert wrong(record_form().text, text.text) == 0.0
    assert ("青禾县云栖谷食品有限公司") in {piece for piece, *_ in text.boxes}


@pytest.mark.parametrize(
    ("text", "believable"),
    [
        ("关于开展联合抽查的通知", True),
        ("第 1 页", True),
        ("", False),
        ("\n  \n", False),
        ("\ue012\ue013\ue0a4\ue0ff\ue100", False),
        ("\x01\x02\x03\x04通知\x05\x06", False),
        ("(cid:12)(cid:345)(cid:7)(cid:88)", False),
        ("\ufffd\ufffd\ufffd抽\ufffd\ufffd", False),
    ],
)
def test_nonsense_in_a_text_layer_is_noticed(text, believable):
    assert is_believable(text) is believable


def test_a_scan_with_only_a_scanner_mark_as_text_is_read():
    sheet = Sheet((Line(80, 100, "限期改正情况复查意见", 20), Line(80, 150, "经复查，问题已经整改到位。", 16)))
    scan = make_scan(print_pdf([sheet]), seed=1, dpi=150)
    with pdfium.PdfDocument(scan) as document:
        page = document[0]
        font = pdfium.raw.FPDFText_LoadStandardFont(document, b"Helvetica")
        item = pdfium.raw.FPDFPageObj_CreateTextObj(document, font, 8)
        wide = (pdfium.raw.FPDF_WCHAR * 6)(*[ord(letter) for letter in "Scan7"], 0)
        pdfium.raw.FPDFText_SetText(item, wide)
        pdfium.raw.FPDFPageObj_Transform(item, 1, 0, 0, 1, 500, 10)
        pdfium.raw.FPDFPage_InsertObject(page, item)
        page.gen_content()
        target = io.BytesIO()
        document.save(target)
    text = read_page_text(target.getvalue(), 1)
    assert text.origin == "ocr"
    assert "问题已经整改到位" in text.text


def test_files_and_pages_that_are_not_there_are_named(tmp_path, form):
    broken = tmp_path / "坏.pdf"
    broken.write_bytes(b"no pdf")
    with pytest.raises(DataError, match=r"坏\.pdf"):
        read_page_text(broken, 1)
    with pytest.raises(NotFoundError, match="第 2 页"):
        read_page_text(form, 2)


def test_without_the_models_the_remedy_is_named(monkeypatch, form):
    monkeypatch.setattr(engine, "onnxruntime", None)
    engine.ocr_engine.cache_clear()
    try:
        with pytest.raises(MissingProgramError) as caught:
            read_scan(first_picture(make_scan(form, seed=1, dpi=100)))
    finally:
        engine.ocr_engine.cache_clear()
    assert "pip install rapidocr" in caught.value.remedy
