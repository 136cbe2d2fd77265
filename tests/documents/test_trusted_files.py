"""Files that other programs trust: cell properties in the order of the schema; title, author and date in every docx."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from lxml import etree
from places import NOW

from archive.demonstration import open_example
from ssj_docs.documents.batch import form_orders
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.issue import issue_draft, issue_forms
from ssj_docs.documents.statistics_files import load_records, write_statistics
from ssj_docs.documents.templates.table_grid import in_schema_order
from ssj_docs.facts.statistics import statistics
from ssj_docs.office.workspace import Workspace

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: ISO/IEC 29500-1 17.4.69, CT_TcPr
ORDER = (
    *("cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge", "tcBorders", "shd", "noWrap", "tcMar", "textDirection"),
    *("tcFitText", "vAlign", "hideMark"),
)
CASE = "2026-001-0005"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return open_example(tmp_path_factory.mktemp("trusted") / "office", now=NOW)


@pytest.fixture(scope="module")
def made(example: Workspace) -> list[Path]:
    """Forms of a case and a task, both tables, a notice with its plan."""
    kinds = [kind.id for kind in example.kinds.values() if kind.per == "case" and kind.fields and kind.id != "fucha"]
    orders = form_orders(example, CASE[:8], [*kinds, "renyuanxinxi", "mingdan", "gongshibiao"], CASE)
    paths = [one.document.path for one in issue_forms(example, orders, check_fonts=False)]
    notice = make_draft(example, "tongzhi", year=2026)[0]
    paths.append(issue_draft(example, notice, check_fonts=False).document.path)
    with example.read() as connection:
        records, scope = load_records(connection, example.kinds, year=2026)
    paths += [path for path in write_statistics(example, statistics(records, example.office), scope) if "docx" in path]
    return [example.root / path for path in paths]


def test_properties_of_every_cell_are_in_the_order_of_the_schema(made: list[Path]) -> None:
    seen = 0
    for path in made:
        body = etree.fromstring(zipfile.ZipFile(path).read("word/document.xml"))
        for cell in body.iter(f"{W}tcPr"):
            places = [ORDER.index(str(one.tag).removeprefix(W)) for one in cell]
            assert places == sorted(places), (path.name, [one.tag for one in cell])
            seen += len(places) > 2
    assert seen > 40


def test_every_docx_has_title_author_and_date(made: list[Path]) -> None:
    for path in made:
        properties = docx.Document(io.BytesIO(path.read_bytes())).core_properties
        assert properties.title, path.name
        assert properties.created, path.name
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert len(archive.namelist()) == len(set(archive.namelist()))
    notice = docx.Document(str(next(path for path in made if "通知" in path.name and "〔2026〕" in path.name)))
    assert notice.core_properties.title == "关于印发《2026年度部门联合“双随机、一公开”抽查计划》的通知"
    assert notice.core_properties.author == "青禾县部门联合“双随机、一公开”监管工作联席会议办公室"
    assert notice.core_properties.created.date().isoformat() == "2026-11-20"
    record = docx.Document(str(next(path for path in made if "记录表" in path.name)))
    assert record.core_properties.title == "工贸企业安全生产联合抽查记录表（青禾县盛达建材有限公司）"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (
            '<w:tcPr><w:tcW w:w="9"/><w:vAlign w:val="center"/><w:vMerge w:val="{% if a > b %}restart{% endif %}"/></w:tcPr>',
            '<w:tcPr><w:tcW w:w="9"/><w:vMerge w:val="{% if a > b %}restart{% endif %}"/><w:vAlign w:val="center"/></w:tcPr>',
        ),
        (
            '<w:tcPr><w:vAlign w:val="top"/><w:tcBorders><w:top w:val="nil"/></w:tcBorders></w:tcPr>',
            '<w:tcPr><w:tcBorders><w:top w:val="nil"/></w:tcBorders><w:vAlign w:val="top"/></w:tcPr>',
        ),
        ("<w:tcPr>{% if a %}<w:tcW/>{% endif %}</w:tcPr>", "<w:tcPr>{% if a %}<w:tcW/>{% endif %}</w:tcPr>"),
    ],
)
def test_the_order_is_mended_once_a_template(given: str, wanted: str) -> None:
    assert in_schema_order(given) == wanted


def test_serial_numbers_of_a_workbook_are_numbers(example: Workspace) -> None:
    with example.read() as connection:
        records, scope = load_records(connection, example.kinds, task=CASE[:8])
    paths = write_statistics(example, statistics(records, example.office), scope)
    book = openpyxl.load_workbook(example.root / next(path for path in paths if path.endswith("统计表.xlsx")))
    sheet = book.worksheets[0]
    head = next(row for row in sheet.iter_rows() if row[0].value == "抽取序号")[0].row
    assert [sheet.cell(head + n, 1).value for n in range(1, 9)] == list(range(1, 9))
