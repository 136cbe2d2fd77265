"""The docx of a 公文: every text unaltered and in order, fonts on each run, the same bytes, an office's own frame."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from layout_papers import JOINT, LETTER, NOTICE, PAPERS, PLAIN, PLAN, spoiled
from lxml import etree
from places import ROOT, SHARED

from ssj_docs.documents.official.official import render_official
from ssj_docs.documents.text.wording import break_title, parse_body
from ssj_docs.ground.errors import DataError
from ssj_docs.model.document import Attachment, Block, OfficialDocument, Table

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def body_text(content: bytes) -> str:
    """All text of word/document.xml in order, white space dropped."""
    tree = etree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml"))
    return re.sub(r"\s+", "", "".join(node.text or "" for node in tree.iter(f"{W}t")))


def in_order(content: bytes, texts: list[str]) -> None:
    whole, place = body_text(content), 0
    for text in texts:
        wanted = re.sub(r"\s+", "", text)
        found = whole.find(wanted, place)
        assert found >= 0, wanted
        place = found + len(wanted)


def texts_of(document: OfficialDocument) -> list[str]:
    """Every text of a document in the order of the standard."""
    texts = [document.copy_number, document.classification, document.urgency, *document.red_header]
    texts += [] if document.signers else [document.number]
    texts += [*document.title, document.addressees, *(block.text for block in document.blocks), document.contact]
    texts += [attachment.title for attachment in document.attachments if document.list_attachments]
    texts += [*document.signature, document.seal_for, document.date, document.note]
    for attachment in document.attachments:
        texts += [attachment.title, *(block.text for block in attachment.blocks)]
        if attachment.table:
            texts += [
                *attachment.table.columns,
                *(cell for row in attachment.table.rows for cell in row),
                attachment.table.note,
            ]
    return [text for text in [*texts, document.cc, document.printer, document.print_date] if text]


@pytest.mark.parametrize("name", PAPERS)
def test_every_text_is_there_unaltered_and_in_order(name: str) -> None:
    content = render_official(PAPERS[name])
    in_order(content, texts_of(PAPERS[name]))


@pytest.mark.parametrize("name", PAPERS)
def test_the_same_document_gives_the_same_bytes(name: str) -> None:
    assert render_official(PAPERS[name]) == render_official(PAPERS[name])


@pytest.mark.parametrize("name", PAPERS)
def test_every_run_names_its_chinese_font(name: str) -> None:
    package = zipfile.ZipFile(io.BytesIO(render_official(PAPERS[name])))
    for part in ("word/document.xml", "word/footer1.xml", "word/footer2.xml"):
        for run in etree.fromstring(package.read(part)).iter(f"{W}r"):
            if run.find(f"{W}t") is not None:
                fonts = run.find(f"{W}rPr/{W}rFonts")
                assert fonts is not None and fonts.get(f"{W}eastAsia") == fonts.get(f"{W}ascii")


def test_texts_that_could_break_the_xml_print_as_they_are() -> None:
    hostile = "青禾<甲>&乙“丙”公司 {{ 7*7 }} {% for %} </w:t>]]>\u2028𠮷" + "长" * 300
    document = replace(PLAIN, blocks=(Block(0, hostile),), addressees=hostile, signature=(hostile[:30],), cc=hostile)
    document = replace(
        document, attachments=(Attachment(hostile[:40], table=Table(("列<1>", "&"), ((hostile, "=1+1"),))),)
    )
    content = render_official(document)
    in_order(content, [hostile, hostile, "列<1>", hostile, "=1+1", hostile])
    docx.Document(io.BytesIO(content))


def test_a_control_character_is_shown_not_lost() -> None:
    content = render_official(replace(PLAIN, blocks=(Block(0, "甲\x02乙\ud800丙"),)))
    in_order(content, ["甲\ufffd乙\ufffd丙"])


def test_headings_have_their_fonts_and_text_its_own() -> None:
    content = render_official(PLAIN)
    document = docx.Document(io.BytesIO(content))
    fonts = {}
    for paragraph in document.paragraphs:
        for run in paragraph.runs:
            if not run.text:  # a drawing
                continue
            fonts[run.text] = run._r.rPr.rFonts.get(f"{W}eastAsia")
    assert fonts["一、总体要求"] == "黑体"
    assert fonts["（一）提高认识。"] == "楷体_GB2312"
    assert fonts["（1）第一项；"] == "仿宋_GB2312"
    assert next(font for text, font in fonts.items() if text.startswith("关于开展")) == "方正小标宋简体"


def test_wide_tables_have_their_own_landscape_section() -> None:
    sections = docx.Document(io.BytesIO(render_official(NOTICE))).sections
    turned = [section.page_width > section.page_height for section in sections]
    assert turned[:2] == [False, True] and not any(turned[2:]) and len(turned) > 2  # the imprint stands upright


def test_a_table_keeps_its_merged_cells_and_header_rows() -> None:
    table = Table(
        columns=("单位", "户数", "抽查结果", "", "", "备注"),
        header_rows=(("单位", "户数", "抽查结果", "", "", "备注"), ("", "", "未发现问题", "已责令改正", "待处理", "")),
        rows=(("青禾县应急管理局", "3", "1", "1", "1", ""), ("青禾县应急管理局", "2", "2", "0", "0", "")),
        spans=((0, 0, 2, 1), (0, 1, 2, 1), (0, 2, 1, 3), (0, 5, 2, 1), (2, 0, 2, 1), (2, 1, 2, 1)),
    )
    content = render_official(replace(PLAIN, attachments=(Attachment("抽查结果汇总表", table=table),)))
    made = docx.Document(io.BytesIO(content)).tables[-1]
    assert made.cell(0, 2)._tc is made.cell(0, 4)._tc
    assert made.cell(2, 0)._tc is made.cell(3, 0)._tc
    assert made.cell(3, 1).text == "2"  # a span over unlike texts would hide one: it is not applied
    assert [len(row._tr.findall(f"{W}trPr/{W}tblHeader")) for row in made.rows] == [1, 1, 0, 0]
    assert all(row._tr.find(f"{W}trPr/{W}cantSplit") is not None for row in made.rows)


def test_an_office_frame_replaces_the_shipped_one(tmp_path: Path) -> None:
    shipped = (ROOT / "templates" / "gongwen.docx").read_bytes()
    own = spoiled(shipped, "word/styles.xml", ("仿宋_GB2312", "仿宋"))
    (tmp_path / "gongwen.docx").write_bytes(own)
    content = render_official(PLAIN, tmp_path)
    xml = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode("utf-8")
    assert 'w:eastAsia="仿宋"' in xml and "仿宋_GB2312" not in xml
    assert render_official(LETTER, tmp_path) == render_official(LETTER)  # only the one of that name


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("word/styles.xml", ('w:styleId="GwTitle"', 'w:styleId="Other"'), "GwTitle"),
        ("word/document.xml", ("{{主体}}", "正文"), "主体"),
        ("word/document.xml", ("<w:pgSz", "<w:pgSzX"), "页面设置"),
    ],
)
def test_a_frame_that_lacks_something_is_refused_by_name(
    tmp_path: Path, part: str, change: tuple[str, str], message: str
) -> None:
    shipped = (ROOT / "templates" / "gongwen.docx").read_bytes()
    (tmp_path / "gongwen.docx").write_bytes(spoiled(shipped, part, change))
    with pytest.raises(DataError, match=message) as caught:
        render_official(PLAIN, tmp_path)
    assert "gongwen.docx" in str(caught.value) and caught.value.remedy


def test_a_frame_that_is_no_document_is_refused(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "gongwen.docx")
    with pytest.raises(DataError, match=r"gongwen\.docx"):
        render_official(PLAIN, tmp_path)


def test_the_shipped_frames_are_what_the_script_makes() -> None:
    """The templates are made, not edited: the script is their source."""
    import runpy

    made = runpy.run_path(str(ROOT / "scripts" / "make_official_templates.py"))["template"]
    assert made(letter=False) == (ROOT / "templates" / "gongwen.docx").read_bytes()
    assert made(letter=True) == (ROOT / "templates" / "gongwen_letter.docx").read_bytes()


def test_signers_stand_two_a_row_and_the_number_beside_the_last() -> None:
    lines = [p.text for p in docx.Document(io.BytesIO(render_official(JOINT))).paragraphs]
    assert "\t签发人：陈望舒　林一禾" in lines
    assert f"{JOINT.number}\t\t周景行" in lines


# -- the real documents ------------------------------------------------------------------------------------------

needs_seeds = pytest.mark.skipif(not (SHARED / "seeds").is_dir(), reason="the seeds are not beside this checkout")


def seed(number: str) -> list[str]:
    path = next((SHARED / "seeds").glob(f"{number}_*.txt"))
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@needs_seeds
@pytest.mark.parametrize(
    ("number", "title", "first", "last"), [("000", 2, 3, None), ("001", 2, 4, None), ("004", 1, 4, None)]
)
def test_the_prose_of_a_seed_comes_out_whole(number: str, title: int, first: int, last: int | None) -> None:
    lines = seed(number)
    document = OfficialDocument(
        "tongzhi",
        "通知",
        (lines[0],),
        "青双随机办〔2024〕54号",
        break_title(re.sub(r"\s", "", lines[title])),
        tuple(parse_body("\n".join(lines[first:last]))),
        signature=("青禾县应急管理局",),
        date="2024年6月24日",
        printer="青禾县应急管理局办公室",
        print_date="2024年6月24日",
    )
    content = render_official(document)
    in_order(content, [lines[0], lines[title], *lines[first:last]])


@needs_seeds
def test_seed_003_with_its_attached_forms_comes_out_whole() -> None:
    lines = seed("003")
    start = next(n for n, line in enumerate(lines) if "跨部门联合抽查实施方案" in line)
    notes = next(n for n, line in enumerate(lines) if line.startswith("- 附件"))
    forms = next(n for n, line in enumerate(lines) if line.startswith("附件 1"))
    people = tuple(next(line for line in lines if line.startswith("序号\t")).split("\t"))
    attached = Attachment("随机抽取执法检查人员信息表", table=Table(people, (("1", *[""] * 7),), landscape=True))
    document = OfficialDocument(
        "tongzhi",
        "通知",
        (lines[0],),
        lines[1],
        (lines[2],),
        tuple(parse_body(lines[4])),
        addressees=lines[3],
        contact=lines[5],
        attachments=(Attachment(lines[start], tuple(parse_body("\n".join(lines[start + 1 : notes])))), attached),
        list_attachments=False,
        signature=tuple(lines[6:8]),
        seal_for=lines[8],
        date=lines[9],
        printer="青禾县应急管理局",
        print_date=lines[-1].split()[-1],
    )
    content = render_official(document)
    in_order(content, [*lines[:4], *lines[4:notes], *people, lines[-1].split()[-1]])
    assert forms > notes


def test_the_plan_table_has_its_fourteen_columns() -> None:
    made = docx.Document(io.BytesIO(render_official(NOTICE))).tables[-1]
    assert len(made.columns) == 14 and len(made.rows) == len(PLAN.rows) + 1
    assert [re.sub(r"\s", "", cell.text) for cell in made.rows[0].cells] == [re.sub(r"\s", "", c) for c in PLAN.columns]
