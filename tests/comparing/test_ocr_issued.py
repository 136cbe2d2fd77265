"""A scan held against the page issued: every alteration is found, nothing unaltered is accused."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pypdfium2 as pdfium
import pytest

from archive.comparing.character_check import State, match_character
from archive.comparing.comparison import Comparison
from archive.comparing.issued_render import issued_page
from archive.comparing.issued_text import compare_with_issued
from archive.files.page_prepare import page_picture
from archive.text.page_text import read_page_text
from benchmarks.pen_over_print import Stroke, choose_strokes, place_of, written_on
from benchmarks.printed_pages import Line, Sheet, notice, print_pdf, record_form
from examples.scanner import Writing, blank_sheet, make_scan
from ssj_docs.ground.errors import DataError, NotFoundError

SEAL = "青禾县市场监督管理局"
FORM = record_form(result="不合格", date="2024年6月13日")
SIGNED = (Writing(0, 160, 540, "", 20), Writing(0, 425, 538, "410233", 15))


@pytest.fixture(scope="module")
def issued():
    return issued_page(print_pdf([FORM]), 1)


def scanned(sheet: Sheet, seed: int, **options) -> bytes:
    return make_scan(print_pdf([sheet]), seed=seed, stamp=SEAL, **{"dpi": 150, "stamp_at": (300, 500), **options})


def compared(scan: bytes, issued) -> Comparison:
    with pdfium.PdfDocument(scan) as document:
        return compare_with_issued(page_picture(document[0]), issued)


@pytest.mark.parametrize(
    ("seed", "options"),
    [
        (1, {"dpi": 200, "tilt": 1.5}),
        (2, {"dpi": 150, "tilt": -4.8}),
        (3, {"dpi": 150, "tilt": 3.1, "upside_down": True}),
        (4, {"dpi": 150, "tilt": 0.7, "colour": True}),
        (5, {"dpi": 150, "tilt": -2.2, "handwriting": SIGNED, "stamp_at": None}),
    ],
)
def test_an_unaltered_form_is_confirmed(issued, seed, options):
    comparison = compared(scanned(FORM, seed, **options), issued)
    assert comparison.confirmed is True
    assert comparison.altered == comparison.missing == ()
    assert comparison.confidence > 0.98


@pytest.mark.parametrize(
    ("name", "sheet", "printed", "found"),
    [
        ("a date", record_form(result="不合格", date="2024年6月18日"), "13", "18"),
        ("a month", record_form(result="不合格", date="2024年8月13日"), "6", "8"),
        ("a result", record_form(result="合格", date="2024年6月13日"), "不", ""),
        (
            "a company",
            record_form(result="不合格", date="2024年6月13日", company="青禾县云栖谷饮品有限公司"),
            "食",
            "饮",
        ),
        ("a document number", FORM.with_change("37号", "31号"), "37", "31"),
        ("a credit code", FORM.with_change("K3T7X2H", "K3T1X2H"), "91410999MA9K3T7X2H", "91410999MA9K3T1X2H"),
        ("a longer period", FORM.with_change("限十五日", "限二十五日"), "限十", "限二十"),
        ("a house number", FORM.with_change("十八号院", "十人号院"), "八", "人"),
    ],
)
def test_an_altered_word_is_found_with_its_place(issued, name, sheet, printed, found):
    comparison = compared(scanned(sheet, 7, tilt=1.8), issued)
    assert comparison.confirmed is False, name
    assert [(mark.issued, mark.found) for mark in comparison.altered] == [(printed, found)]
    mark = comparison.altered[0]
    assert 0 < mark.box[0] < mark.box[2] < 596 and 0 < mark.box[1] < mark.box[3] < 842
    assert mark.place


def test_a_removed_line_is_missing(issued):
    comparison = compared(scanned(FORM.without_line("本表一式三份"), 8, tilt=-1), issued)
    assert comparison.confirmed is False
    assert [mark.issued for mark in comparison.missing] == ["本表一式三份，当事人、检查单位、县双随机办各存一份。"]


@pytest.mark.parametrize("upside_down", [False, True])
def test_a_swapped_page_is_not_the_page_issued(issued, upside_down):
    comparison = compared(scanned(notice(), 9, upside_down=upside_down), issued)
    assert comparison.confirmed is False
    assert comparison.altered[0].place == "整页不是发出的那一页"
    assert "关于开展" in comparison.altered[0].found


def test_a_blank_sheet_is_neither_confirmed_nor_accused(issued):
    comparison = compared(blank_sheet(seed=1, dpi=100), issued)
    assert comparison.confirmed is None
    assert comparison.altered == ()


def test_handwriting_and_the_seal_are_additions_beside_the_words_they_belong_to(issued):
    comparison = compared(scanned(FORM, 10, dpi=200, tilt=1, handwriting=SIGNED, stamp_at=(300, 700)), issued)
    assert comparison.confirmed is True
    places = {(mark.place, mark.what) for mark in comparison.added}
    assert ("“检查人员签名”右侧", "书写") in places
    assert "印章" in {what for _, what in places}
    assert any("410233" in mark.found for mark in comparison.added)


def test_a_confirmed_page_says_exactly_what_was_issued_and_then_what_was_written(issued):
    text = read_page_text(scanned(FORM, 10, dpi=200, tilt=1, handwriting=SIGNED, stamp_at=(300, 700)), 1, issued=issued)
    assert text.origin == "issued"
    assert text.text.startswith(issued.text)
    assert "410233" in text.text.removeprefix(issued.text)
    words = {piece: box for piece, *box in text.boxes}
    assert words["91410999MA9K3T7X2H"][0] == pytest.approx(144, abs=12)


def test_an_altered_page_is_read_not_taken_as_issued(issued):
    sheet = record_form(result="不合格", date="2024年6月13日", company="青禾县云栖谷饮品有限公司")
    text = read_page_text(scanned(sheet, 11), 1, issued=issued)
    assert text.origin == "ocr"
    assert "云栖谷饮品" in text.text and "云栖谷食品" not in text.text
    assert text.comparison is not None and text.comparison.as_json()["altered"][0][1:3] == ["食", "饮"]


def test_an_issued_pdf_that_cannot_be_opened_is_named():
    with pytest.raises(DataError, match="发出件"):
        issued_page(b"not a pdf", 1)
    with pytest.raises(NotFoundError, match="第 9 页"):
        issued_page(print_pdf([FORM]), 9)


def square(value: int = 255) -> np.ndarray:
    return np.full((60, 60), value, np.uint8)


def test_what_a_picture_says_of_one_character():
    printed = square()
    printed[20:40, 28:32] = printed[28:32, 20:40] = 0  # 十
    box = (20.0, 20.0, 40.0, 40.0)
    assert match_character(printed, printed, box, (0, 0)).state is State.EQUAL
    assert match_character(printed, np.roll(printed, (6, 5), (0, 1)), box, (5, 6)).state is State.EQUAL
    assert match_character(printed, square(), box, (0, 0)).state is State.GONE
    other = square()
    other[20:24, 20:40] = other[36:40, 20:40] = 0  # 二
    assert match_character(printed, other, box, (0, 0)).state is State.DIFFERENT
    covered = np.minimum(printed, 90)  # a seal's ink all over it
    assert match_character(printed, covered, box, (0, 0)).state is not State.DIFFERENT


def written_over(sheet: Sheet, seed: int, count: int, *, clear_of=None, **options) -> Comparison:
    """The sheet with strokes of a pen over its words, scanned and held against the form issued."""
    paper = issued_page(print_pdf([FORM]), 1)
    words = [character for line in paper.lines for character in line.characters if character.text.isalnum()]
    strokes = choose_strokes(words, count, random.Random(seed), clear_of=clear_of)
    return compared(make_scan(written_on(print_pdf([sheet]), strokes), seed=seed, **options), paper)


@pytest.mark.parametrize(
    ("seed", "options"),
    [
        (21, {"dpi": 150, "tilt": 2.4}),
        (22, {"dpi": 200, "tilt": -4.1, "colour": True}),
        (23, {"dpi": 150, "tilt": -1.2, "colour": True, "dirt": 1.5}),
        (24, {"dpi": 200, "tilt": 0.6, "quality": 50}),
    ],
)
def test_a_pen_across_printed_words_accuses_nobody(seed, options):
    comparison = written_over(FORM, seed, 10, **options)
    assert comparison.altered == comparison.missing == ()
    assert len([mark for mark in (*comparison.added, *comparison.undetermined) if mark.what]) >= 7


def test_a_line_through_a_word_is_marked_where_it_runs(issued):
    line = next(line for line in issued.lines if line.text.endswith("不合格"))
    x0, y0, x1, y1 = line.box
    struck = Stroke("line", (((x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2 + 1)),), 1.4, (20, 20, 24))
    comparison = compared(make_scan(written_on(print_pdf([FORM]), [struck]), seed=1, dpi=200, tilt=-0.7), issued)
    assert not comparison.altered and not comparison.missing
    assert "“不合格”处" in {mark.place for mark in (*comparison.added, *comparison.undetermined)}


@pytest.mark.parametrize(
    ("old", "new", "printed", "found"),
    [
        ("13日", "18日", "13", "18"),
        ("6月", "8月", "6", "8"),
        ("云栖谷食品", "云栖谷饮品", "食", "饮"),
        ("二号楼", "三号楼", "二", "三"),
    ],
)
def test_an_alteration_is_found_among_handwriting(old, new, printed, found):
    place = place_of(FORM, old, new)
    comparison = written_over(FORM.with_change(old, new), 31, 6, clear_of=place, dpi=200, tilt=1.7)
    assert comparison.confirmed is False
    assert [(mark.issued, mark.found) for mark in comparison.altered] == [(printed, found)]


def test_a_word_typed_in_beside_another_is_a_place_to_look_at():
    form = record_form(result="合格", date="2024年6月13日")
    line = next(line for line in form.lines if line.text == "合格")
    forged = replace(form, lines=(*form.lines, Line(line.x - line.size * 1.05, line.baseline, "不", line.size)))
    scan = make_scan(print_pdf([forged]), seed=3, dpi=200, tilt=1)
    comparison = compared(scan, issued_page(print_pdf([form]), 1))
    assert comparison.confirmed is not True
    assert ("合格", "不合格") in {
        (mark.issued[:2], mark.found[:3]) for mark in comparison.undetermined + comparison.altered
    }
    assert "“合格”处“合格”（紧邻加字）" in comparison.doubts()
