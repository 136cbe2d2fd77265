"""Papers laid out here, turned into PDF by the real LibreOffice and measured; planted faults are found."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from layout_papers import LONG_PROSE, MANY_SIGNERS, PAPERS, PLAIN, spoiled

from ssj_docs.documents.official.official import render_official
from ssj_docs.documents.pdf.convert import convert_to_pdf
from ssj_docs.documents.pdf.layout_check import LayoutReport, measure_layout
from ssj_docs.documents.pdf.layout_reading import read_pages
from ssj_docs.ground.errors import DataError, NotFoundError

DOCUMENT, STYLES = "word/document.xml", "word/styles.xml"
CLEAN = render_official(PLAIN)


def styled(key: str, old: str, new: str) -> Callable[[], bytes]:
    """The plain paper with one style changed."""

    def make() -> bytes:
        text = zipfile.ZipFile(io.BytesIO(CLEAN)).read(STYLES).decode("utf-8")
        start = text.index(f'w:styleId="{key}"')
        end = text.index("</w:style>", start)
        assert old in text[start:end], (key, old)
        return spoiled(CLEAN, STYLES, (text[start:end], text[start:end].replace(old, new)))

    return make


def drawn(*changes: tuple[str, str], part: str = DOCUMENT) -> Callable[[], bytes]:
    """The plain paper with its XML changed."""
    return lambda: spoiled(CLEAN, part, *changes)


def paper(**changes: object) -> Callable[[], bytes]:
    """The plain paper with other elements."""
    return lambda: render_official(replace(PLAIN, **changes))  # type: ignore[arg-type]


BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
#: fault → (the spoiled paper, the element that must report it)
FAULTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "top_margin": (drawn(('w:top="1905"', 'w:top="2098"')), "text.top"),
    "left_margin": (drawn(('w:left="1587"', 'w:left="1800"')), "text.left"),
    "right_margin": (drawn(('w:right="1474"', 'w:right="1600"')), "text.right"),
    "paper_size": (drawn(('w:w="11906" w:h="16838"', 'w:w="12240" w:h="15840"')), "sheet.height"),
    "few_lines": (
        lambda: spoiled(render_official(LONG_PROSE), DOCUMENT, ('w:bottom="1847"', 'w:bottom="2500"')),
        "text.bottom",
    ),
    "line_pitch": (styled("GwBody", 'w:line="592"', 'w:line="560"'), "text.pitch"),
    "character_spacing": (styled("GwBody", '<w:spacing w:val="-5"/>', ""), "grid"),
    "mark_missing": (paper(red_header=()), "mark.top"),
    "mark_black": (styled("GwMark", "FF0000", "000000"), "mark.top"),
    "number_missing": (paper(number=""), "number.gap"),
    "rule_missing": (drawn(('<w:bottom w:val="single" w:sz="12" w:space="7" w:color="FF0000"/>', "")), "rule.width"),
    "rule_far": (drawn(('w:sz="12" w:space="7"', 'w:sz="12" w:space="18"')), "rule.gap"),
    "title_left": (styled("GwTitle", '<w:jc w:val="center"/>', '<w:jc w:val="left"/>'), "title.centre"),
    "title_font": (
        drawn(
            (
                'w:ascii="方正小标宋简体" w:hAnsi="方正小标宋简体" w:eastAsia="方正小标宋简体"',
                'w:ascii="黑体" w:hAnsi="黑体" w:eastAsia="黑体"',
            )
        ),
        "font.title",
    ),
    "body_font": (drawn(("仿宋_GB2312", "宋体")), "font.body"),
    "heading_font": (drawn(("黑体", "仿宋_GB2312")), "font.heading1"),
    "body_size": (styled("GwBody", '<w:sz w:val="32"/>', '<w:sz w:val="28"/>'), "body.size"),
    "no_indent": (styled("GwBody", 'w:firstLine="630"', 'w:firstLine="0"'), "body.indent"),
    "addressee_indented": (
        styled("GwAddressee", '<w:jc w:val="both"/>', '<w:ind w:left="100"/><w:jc w:val="both"/>'),
        "addressee.left",
    ),
    "no_date": (paper(date=""), "date.right"),
    "date_flush": (drawn(('<w:ind w:right="1260"/>', '<w:ind w:right="0"/>')), "date.left"),
    "signature_alone": (
        drawn(('<w:pStyle w:val="GwSignature"/>', '<w:pStyle w:val="GwSignature"/><w:pageBreakBefore/>')),
        "signature.page",
    ),
    "no_page_number": (drawn(("rIdFooterOdd", "rIdFooterNone")), "page_number.present"),
    "page_number_inside": (
        drawn(("rIdFooterOdd", "rIdFooterX"), ("rIdFooterEven", "rIdFooterOdd"), ("rIdFooterX", "rIdFooterEven")),
        "page_number.odd",
    ),
    "page_number_low": (drawn(('w:footer="1423"', 'w:footer="1100"')), "page_number.top"),
    "no_imprint": (paper(cc="", printer="", print_date=""), "imprint.bottom"),
    "imprint_high": (drawn(("<wp:posOffset>94", "<wp:posOffset>91")), "imprint.bottom"),
}


@pytest.fixture(scope="module")
def pdfs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every paper and every spoiled one as PDF, by name, made in one go."""
    folder = tmp_path_factory.mktemp("layout")
    sources = {name: render_official(document) for name, document in PAPERS.items()}
    sources |= {f"fault_{name}": make() for name, (make, _) in FAULTS.items()}
    paths = []
    for name, content in sources.items():
        path = folder / f"{name}.docx"
        path.write_bytes(content)
        paths.append(path)
    return {path.stem: path for path in convert_to_pdf(paths, folder / "pdf", workers=1)}


@pytest.fixture(scope="module")
def reports(pdfs: dict[str, Path]) -> dict[str, LayoutReport]:
    return {name: measure_layout(path) for name, path in pdfs.items()}


@pytest.mark.parametrize("name", PAPERS)
def test_own_papers_keep_the_standard(reports: dict[str, LayoutReport], name: str) -> None:
    report = reports[name]
    assert not report.failures()
    assert (report.lines_per_page, report.characters_per_line) == (22, 28)
    assert report.ok


@pytest.mark.parametrize("name", PAPERS)
def test_own_papers_are_within_a_millimetre(reports: dict[str, LayoutReport], name: str) -> None:
    for element in reports[name].elements:
        if element.measured_mm is not None and element.expected_mm is not None:
            assert abs(element.measured_mm - element.expected_mm) <= 1.0, element


@pytest.mark.parametrize("name", MANY_SIGNERS)
def test_many_signers_of_a_short_paper_are_not_alone(pdfs: dict[str, Path], name: str) -> None:
    """7.3.3 and 7.3.5.4: the first page shows text, and so does the page of the signatures; none is torn from the rest."""
    text = MANY_SIGNERS[name].blocks[0].text
    with pypdfium2.PdfDocument(pdfs[name]) as document:
        pages = [re.sub(r"\s", "", page.get_textpage().get_text_bounded()) for page in document]
    signed = next(page for page in pages if "2026年3月5日" in page)
    assert text[:6] in pages[0] and text[-6:] in signed
    assert all(office in signed for office in MANY_SIGNERS[name].signature)


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_found(reports: dict[str, LayoutReport], fault: str) -> None:
    report = reports[f"fault_{fault}"]
    wanted = FAULTS[fault][1]
    assert not report.ok
    if wanted == "grid":
        assert report.characters_per_line != 28
    else:
        assert wanted in {element.id for element in report.failures()}
        assert all(element.remark for element in report.failures())


def test_a_deep_bottom_margin_gives_21_lines(reports: dict[str, LayoutReport]) -> None:
    assert reports["fault_few_lines"].lines_per_page == 21


def test_a_line_pitch_of_28_points_gives_23_lines(reports: dict[str, LayoutReport]) -> None:
    assert reports["fault_line_pitch"].lines_per_page == 23


def test_the_parts_measured_on_a_full_notice(reports: dict[str, LayoutReport]) -> None:
    """Nothing is silently left out of the check."""
    ids = {element.id for name in ("notice", "long_prose") for element in reports[name].elements}
    assert ids >= {
        "sheet.width",
        "sheet.height",
        "text.top",
        "text.left",
        "text.right",
        "text.bottom",
        "text.pitch",
        "mark.top",
        "mark.centre",
        "number.gap",
        "number.centre",
        "rule.gap",
        "rule.width",
        "rule.left",
        "title.gap",
        "title.centre",
        "title.size",
        "addressee.left",
        "addressee.gap",
        "body.first_page",
        "body.size",
        "body.indent",
        "date.right",
        "signature.centre",
        "signature.page",
        "attachment.label_left",
        "attachment.label_top",
        "attachment.title",
        "page_number.present",
        "page_number.none",
        "page_number.order",
        "page_number.top",
        "page_number.odd",
        "page_number.even",
        "imprint.page",
        "imprint.bottom",
        "imprint.width",
        "imprint.rule_first",
        "imprint.rule_middle",
        "imprint.rule_last",
        "imprint.left",
        "imprint.right",
        "imprint.size",
        "font.mark",
        "font.title",
        "font.body",
        "font.heading1",
        "font.heading2",
        "font.page_number",
        "font.embedded",
    }


def test_the_json_has_the_shape_of_the_contract(reports: dict[str, LayoutReport]) -> None:
    value = reports["notice"].as_json()
    assert {"ok", "lines_per_page", "characters_per_line", "elements"} <= value.keys()
    for element in value["elements"]:
        assert {"id", "clause", "expected_mm", "measured_mm", "tolerance_mm", "ok"} <= element.keys()
        assert element["clause"]
    assert any("Fang" in font["name"] or "仿宋" in font["name"] for font in value["fonts"])


def squeezed(pdf: Path, page: int) -> str:
    """A page's text without white space, cell by cell."""
    document = pypdfium2.PdfDocument(pdf)
    text = document[page - 1].get_textpage().get_text_range()
    document.close()
    return re.sub(r"\s+", "", text)


def test_a_wide_table_repeats_its_head_and_splits_no_row(pdfs: dict[str, Path]) -> None:
    pages, _ = read_pages(pdfs["notice"])
    wide = [page for page in pages if page.landscape]
    assert len(wide) >= 3
    for page in wide:
        text = squeezed(pdfs["notice"], page.number)
        assert "检查主体（省/市/县级）" in text, page.number
        assert "".join(glyph.text for glyph in page.turned) == f"—{page.number}—"
    whole = "".join(squeezed(pdfs["notice"], page.number) for page in wide)
    for number in range(1, 26):
        assert whole.count(f"对第{number}类") == 1  # a split row would show its first line and go on elsewhere
    tops = [min(line.top for line in page.lines) for page in wide[1:]]
    assert max(tops) - min(tops) < 0.5


def test_the_imprint_is_on_an_even_page_without_a_number(
    pdfs: dict[str, Path], reports: dict[str, LayoutReport]
) -> None:
    for name in ("notice", "short", "joint", "table_upright"):
        pages, _ = read_pages(pdfs[name])
        assert len(pages) % 2 == 0
        assert any("印发" in line.text for line in pages[-1].lines)
        assert reports[name].pages == len(pages)


def test_no_signature_stands_alone(pdfs: dict[str, Path], tmp_path: Path) -> None:
    """Papers of every length around a page: the signature always has a line of the text on its page."""
    papers = {
        f"n{n:03}": replace(PLAIN, blocks=PLAIN.blocks[:1] * 2 + (replace(PLAIN.blocks[0], text="甲" * n + "。"),))
        for n in range(20, 420, 28)
    }
    sources = []
    for name, document in papers.items():
        path = tmp_path / f"{name}.docx"
        path.write_bytes(render_official(document))
        sources.append(path)
    for path in convert_to_pdf(sources, tmp_path / "pdf", workers=1):
        report = measure_layout(path)
        assert not [e for e in report.failures() if e.id not in ("text.bottom",)], path.stem


def test_what_cannot_be_measured_says_why(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="没有找到文件"):
        measure_layout(tmp_path / "none.pdf")
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(DataError, match=r"broken\.pdf"):
        measure_layout(broken)


def test_the_command_ends_with_3_on_a_fault(
    pdfs: dict[str, Path], ssj: Callable[..., tuple[int, dict[str, object]]]
) -> None:
    code, value = ssj("layout", pdfs["plain"])
    assert (code, value["ok"]) == (0, True)
    code, value = ssj("layout", pdfs["fault_no_imprint"])
    assert (code, value["ok"]) == (3, False)
    code, value = ssj("layout", pdfs["fault_no_imprint"], "--without", "imprint")
    assert (code, value["ok"]) == (0, True)
