"""The pages that were computed are the pages that come out of LibreOffice, each with its own code."""

from __future__ import annotations

import io

import pypdfium2
import pytest
import zxingcpp
from docx import Document
from docx.oxml.ns import qn
from forms_data import ADDRESS, every_kind, record

from ssj_docs.documents.forms.forms import make_form, page_count, prepare_form
from ssj_docs.documents.pdf.convert import convert_to_pdf
from ssj_docs.ground.errors import DataError, UsageError
from ssj_docs.office.paper_kinds import load_kinds

KINDS = load_kinds()
LONG = "青禾县" + "长" * 60 + "＆<R&D>“双”{{ x }}有限公司"
CASES = {
    **{kind: (kind, data) for kind, data in every_kind().items() if KINDS[kind].coded},
    "three-pages": ("jilubiao", record(3)),
    "six-pages": ("jilubiao", record(8)),
    "filled": (
        "jilubiao",
        record(2, opinion="存在隐患，责令改正。" * 20, refusal="当事人拒绝签字。" * 10, remark="备注" * 60),
    ),
    "long": ("jilubiao", record(subject_name=LONG, address=ADDRESS * 10, scope="制造销售" * 90)),
    "minutes": ("bilu", every_kind()["bilu"] | {"found": ["检查所见情况记录" * 30] * 12}),
    "order": (
        "zeling",
        every_kind()["zeling"]
        | {
            "problems": [
                {"text": f"第{i}项隐患没有及时消除" * 4, "basis": "有关规定", "deadline": "三十日内"} for i in range(15)
            ]
        },
    ),
    "review": (
        "fucha",
        every_kind()["fucha"]
        | {"problems": [{"text": f"第{i}项隐患没有及时消除" * 3, "outcome": "已整改"} for i in range(40)]},
    ),
}


def code(kind: str, page: int, pages: int) -> str:
    return f"SSJ1*QHX*2026-003-0012*{KINDS[kind].code}*1*{page}.{pages}*0A1B2C3D*ABCDEFGHIJ"


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """Every case as docx and as PDF: name → (pages computed, docx, PDF)."""
    folder = tmp_path_factory.mktemp("papers")
    made = {}
    for name, (kind, data) in CASES.items():
        form = prepare_form(KINDS[kind], data)
        pages = form.pages
        path = folder / f"{name}.docx"
        path.write_bytes(form.finish([code(kind, page, pages) for page in range(1, pages + 1)]))
        made[name] = (pages, path)
    pdfs = convert_to_pdf([path for _, path in made.values()], folder / "pdf")
    return {name: (*paper, pdf) for (name, paper), pdf in zip(made.items(), pdfs, strict=True)}


@pytest.mark.parametrize("name", CASES)
def test_computed_pages_come_out_each_with_its_code(papers, name):
    pages, _, pdf = papers[name]
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == pages
        for number, page in enumerate(document, 1):
            image = page.render(scale=150 / 72, grayscale=True).to_pil()
            read = zxingcpp.read_barcodes(image)
            assert [found.text for found in read] == [code(CASES[name][0], number, pages)]
            # Top right, at the same place of each page.
            corner = read[0].position.top_left
            assert corner.x / image.width > 0.8 and corner.y / image.height < 0.12


def page_texts(pdf) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def test_long_record_repeats_its_heading_and_keeps_signatures_together(papers):
    texts = page_texts(papers["six-pages"][2])
    assert len(texts) >= 4
    for number, text in enumerate(texts, 1):
        assert f"第{number}页共{len(texts)}页" in text
        if any(item in text for item in ("定期检验有效期", "设备技术档案")):
            assert "抽查事项检查结果检查人员签字" in text
            assert "市场监管局" in text
    (last,) = [text for text in texts if "市场主体法定代表人或者现场负责人签字" in text]
    assert "检查人员（不少于两人）签字" in last and "处理意见" in last
    joined = "".join(texts)
    for i in range(1, 8):
        assert joined.count(f"定期检验有效期{i}") == 1


def test_long_names_and_addresses_are_whole(papers):
    text = "".join(page_texts(papers["long"][2]))
    assert "".join(LONG.split()) in text
    assert ADDRESS * 10 in text
    assert len(ADDRESS * 10) >= 300


def test_merged_department_starts_again_on_each_page(papers):
    document = Document(io.BytesIO(papers["three-pages"][1].read_bytes()))
    for table in document.tables:
        open_merges: set[int] = set()
        for row in table._tbl.tr_lst:
            for column, cell in enumerate(row.tc_lst):
                merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
                if merge is not None and merge.get(qn("w:val")) == "restart":
                    open_merges.add(column)
                elif merge is not None:
                    assert column in open_merges
            properties = row.find(qn("w:trPr"))
            assert properties is not None and properties.find(qn("w:cantSplit")) is not None


def test_codes_must_match_the_pages():
    pages = page_count("jilubiao", record())
    with pytest.raises(UsageError, match=str(pages)):
        make_form("jilubiao", record(), codes=["x"] * (pages + 1))
    with pytest.raises(UsageError):
        make_form("renyuanxinxi", every_kind()["renyuanxinxi"], codes=["x"])


def test_same_data_and_codes_same_bytes():
    data = record(3)
    pages = page_count("jilubiao", data)
    codes = [code("jilubiao", page, pages) for page in range(1, pages + 1)]
    first = make_form("jilubiao", data, codes=codes)
    assert first == make_form("jilubiao", data, codes=codes)
    assert first != make_form("jilubiao", data, codes=codes[::-1])


def test_usual_papers_are_one_sheet():
    """Twelve items of two departments: the notice with its receipt, the record with all its signatures, the minutes."""
    for kind in ("gaozhishu", "jilubiao", "bilu"):
        assert page_count(kind, every_kind()[kind]) == 1, kind


def test_a_cell_higher_than_a_page_is_refused():
    with pytest.raises(DataError, match="超过一页"):
        page_count("jilubiao", record(opinion="很长的处理意见" * 500))


def test_digest_does_not_depend_on_the_codes():
    assert prepare_form("jilubiao", record()).digest == prepare_form("jilubiao", record()).digest
    assert prepare_form("jilubiao", record()).digest != prepare_form("jilubiao", record(opinion="改")).digest


def test_pdf_a_on_request(tmp_path):
    (tmp_path / "表.docx").write_bytes(make_form("mingdan", every_kind()["mingdan"]))
    (made,) = convert_to_pdf([tmp_path / "表.docx"], tmp_path / "out", pdfa=True)
    content = made.read_bytes()
    assert b"<pdfaid:part>2</pdfaid:part>" in content and b"<pdfaid:conformance>B</pdfaid:conformance>" in content
    heading = "抽取序号检查对象统一社会信用代码地址检查部门检查人员"
    texts = page_texts(made)
    assert len(texts) > 2 and all(heading in text for text in texts)
    with pypdfium2.PdfDocument(made) as document:
        width, height = document[0].get_size()
        assert width > height
