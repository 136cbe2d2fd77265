"""Codes on pages any way up, tilted, grey, noisy, under a seal; blank, coarse and cut-off pages; seals and signatures."""

import random

import numpy as np
import pypdfium2
import pytest
from office import case_id
from paper import form, join, paper

from archive.files.limited_child import LimitedChildren
from archive.files.page_code_reader import find_codes
from archive.files.page_extract import extract_page
from archive.files.scan_quality import find_seal, ink_mask, judge
from archive.receiving.page_guess import KnownCases, guess
from archive.receiving.page_reading import PageReaders
from examples.scanner import Writing, blank_sheet, make_scan
from ssj_docs.documents.forms.page_code import PageCode, encode

KEY = bytes(range(32))


def code(number):
    return PageCode("QH", case_id(number), "JLB", 1, 1, 1, "A1B2C3D4")


def picture_of(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return extract_page(document[0])


def codes_of(picture):
    return find_codes(picture, ink_mask(picture.grey, picture.dpi))


@pytest.mark.parametrize("dpi", [150, 200, 300])
@pytest.mark.parametrize("upside_down", [False, True])
@pytest.mark.parametrize("tilt", [-5.0, 0.0, 5.0])
def test_code_is_read_tilted_either_way_up(dpi, upside_down, tilt):
    scan = make_scan(form(code(1), KEY)[0], seed=dpi, dpi=dpi, tilt=tilt, upside_down=upside_down)
    found = codes_of(picture_of(scan))
    assert [f.text for f in found] == [encode(code(1), KEY)]
    assert found[0].upright_turn == (180 if upside_down else 0)


def test_code_under_a_grey_seal_on_a_dirty_scan_is_read():
    centre = (505.0, 57.0)
    for number in range(6):
        page = form(code(number), KEY)[0]
        place = (centre[0] + 6 * number - 15, centre[1] + 5 * number)
        scan = make_scan(page, seed=number, dpi=150, tilt=number - 2.5, stamp="青禾县商务局", stamp_at=place, dirt=1.6)
        assert [f.text for f in codes_of(picture_of(scan))] == [encode(code(number), KEY)], number


@pytest.mark.parametrize("tilt", [-4.0, 0.0, 4.0])
@pytest.mark.parametrize("eye", [(-1, -1), (1, -1), (-1, 1)])
def test_code_with_a_light_speck_in_the_eye_of_a_corner_is_read(tilt, eye):
    whole = picture_of(make_scan(form(code(1), KEY)[0], seed=1, dpi=150, tilt=tilt))
    found = codes_of(whole)[0]
    reach = found.side * (0.5 - 3.5 / 29)
    turn = np.radians(found.angle)
    x = found.x + reach * (eye[0] * np.cos(turn) - eye[1] * np.sin(turn))
    y = found.y + reach * (eye[0] * np.sin(turn) + eye[1] * np.cos(turn))
    grey = whole.grey.copy()
    column, row = round(x / 25.4 * 150), round(y / 25.4 * 150)
    grey[row - 2 : row + 3, column - 2 : column + 3] = 200
    specked = type(whole)(grey, None, whole.dpi, whole.scan_dpi, whole.width, whole.height)
    assert [f.text for f in codes_of(specked)] == [encode(code(1), KEY)]


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_turn_counts_the_rotation_of_the_page(rotate):
    import io

    import pikepdf

    with pikepdf.open(io.BytesIO(make_scan(form(code(1), KEY)[0], seed=1, dpi=150))) as pdf:
        pdf.pages[0].rotate(rotate, relative=False)
        out = io.BytesIO()
        pdf.save(out)
    picture = picture_of(out.getvalue())
    found = codes_of(picture)
    assert picture.is_scan
    assert found[0].upright_turn == 360 - rotate


def test_printed_pdf_is_rendered_and_read_and_is_no_scan():
    picture = picture_of(form(code(3), KEY)[0])
    assert not picture.is_scan
    assert [f.text for f in codes_of(picture)] == [encode(code(3), KEY)]


def test_blank_backs_are_blank_and_pages_with_one_line_are_not():
    for seed in range(4):
        back = picture_of(blank_sheet(seed=seed, dpi=150, dirt=1.5))
        assert judge(back, ink_mask(back.grey, back.dpi)).blank
    line = picture_of(make_scan(paper([(["one line only"], "")]), seed=1, dpi=150))
    signature = picture_of(make_scan(paper([([], "")]), seed=1, dpi=150, handwriting=[Writing(0, 200, 300)]))
    for page in (line, signature):
        ink = ink_mask(page.grey, page.dpi)
        assert not judge(page, ink).blank


def test_coarse_scan_is_named():
    page = picture_of(make_scan(form(code(1), KEY)[0], seed=1, dpi=100))
    assert judge(page, ink_mask(page.grey, page.dpi)).coarse
    fine = picture_of(make_scan(form(code(1), KEY)[0], seed=1, dpi=150))
    assert not judge(fine, ink_mask(fine.grey, fine.dpi)).coarse


def test_writing_that_runs_out_of_the_page_is_named_with_its_edge():
    whole = picture_of(make_scan(paper([([f"row {n}"], "") for n in range(1)]), seed=1, dpi=150))
    assert judge(whole, ink_mask(whole.grey, whole.dpi)).cut_off == ""
    grey = whole.grey.copy()
    random_ = np.random.default_rng(1)
    for y in range(200, 1500, 90):  # marks cut by the left edge, as of a sheet laid too far over
        grey[y : y + 25, : random_.integers(10, 60)] = 20
    cut = type(whole)(grey, None, whole.dpi, whole.scan_dpi, whole.width, whole.height)
    assert judge(cut, ink_mask(grey, whole.dpi)).cut_off == "左"


def test_red_seal_is_seen_in_colour_and_left_open_in_grey():
    page = form(code(1), KEY)[0]
    for seed in range(4):
        options = {"seed": seed, "dpi": 150, "tilt": seed - 1.5, "stamp": "青禾县第一加油站", "stamp_at": (400, 600)}
        seen = find_seal(picture_of(make_scan(page, colour=True, **options)))
        assert seen.presence == "present"
        assert abs(seen.place[0] + seen.place[2] / 2 - 400 / 72 * 25.4) < 12
        assert find_seal(picture_of(make_scan(page, **options))).presence == "undetermined"
    bare = find_seal(picture_of(make_scan(page, seed=9, dpi=150, colour=True)))
    assert bare.presence != "present"


def test_crew_reads_all_pages_in_order_and_names_the_one_that_kills(tmp_path, monkeypatch):
    pages = [make_scan(form(code(n), KEY)[0], seed=n, dpi=150) for n in range(1, 15)]
    path = tmp_path / "stack.pdf"
    path.write_bytes(join(pages))
    real = LimitedChildren.run

    def deadly(self, operation, arguments, *rest, **named):
        if operation == "read_pages" and arguments["first"] <= 4 <= arguments["last"]:
            arguments = {**arguments, "path": "/nowhere"}
            if arguments["first"] != 4:  # the child dies in the middle of its chunk
                arguments = {**arguments, "path": str(path), "last": 3}
        return real(self, operation, arguments, *rest, **named)

    monkeypatch.setattr(LimitedChildren, "run", deadly)
    seen = []
    with PageReaders(2) as readers:
        readings = readers.read_pdf(path, 14, seen.append)
    assert [reading.page for reading in readings] == list(range(1, 15))
    assert [reading.page for reading in readings if reading.fault] == [5]
    assert sum(seen) == 14
    random.Random(1).shuffle(readings)


def test_guesses_name_case_number_company_and_neighbours():
    known = KnownCases(
        cases={
            "2026-003-0001": ("2026-003", "S1"),
            "2026-004-0001": ("2026-004", "S1"),
            "2026-003-0002": ("2026-003", "S2"),
        },
        subjects={"S1": ("青禾县第一加油站有限公司", "91410100MA0000001X"), "S2": ("青禾县第二加油站有限公司", "")},
        tasks={"2026-003": "加油站经营资质联合抽查", "2026-004": "餐饮单位联合抽查"},
        numbers={"青双随机办〔2026〕7号": "2026-003-0002"},
    )
    text = "关于青 禾 县 第一加油站有限公司的整改报告（餐饮单位联合抽查）"
    assert [g["case"] for g in guess(text, known)] == ["2026-004-0001", "2026-003-0001"]
    assert guess("案卷号 2026-003-0002", known)[0]["case"] == "2026-003-0002"
    assert guess("按青双随机办〔2026〕7号的要求", known)[0]["case"] == "2026-003-0002"
    assert {g["case"] for g in guess("代码９１４１０１００ＭＡ０００００01X", known)} == {
        "2026-003-0001",
        "2026-004-0001",
    }
    assert guess("毫无线索", known) == []
    assert guess("毫无线索", known, ["2026-003-0002"])[0]["case"] == "2026-003-0002"
