"""Every kind of the catalogue, made from the example office to Word and PDF, each with what only it can say.

All 公文 among them, and drafts that use every key of the head, are measured against GB/T 9704-2012.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

import docx
import pypdfium2
import pytest
from filling import CASES, departments_number_letters, fill
from places import NOW

from archive.demonstration import open_example
from ssj_docs.documents.batch import convert_issued, draft_or_kind_orders, form_orders
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.issue import Issued, issue_draft, issue_forms
from ssj_docs.documents.pdf.convert import convert_to_pdf
from ssj_docs.documents.pdf.layout_check import measure_layout
from ssj_docs.documents.statistics_files import load_records, write_statistics
from ssj_docs.facts.statistics import statistics
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.office.workspace import Workspace, init_workspace

CASE, TASK = "2026-001-0005", "2026-001"
FIRM, BUREAU, OFFICE = "青禾县盛达建材有限公司", "青禾县应急管理局", "监管工作联席会议办公室"
#: what a paper of the kind must say, in this order, in Word and in PDF (white space dropped)
SAYS: dict[str, tuple[str, ...]] = {
    "tongzhi": (
        "青双随机办〔2026〕",
        "抽查计划》的通知",
        "各成员单位：",
        "全年共安排抽查任务7项",
        "附件：",
        "（此件主动公开）",
        "抽取比例",
        "印发",
    ),
    "tongbao": ("青双随机办〔2026〕", "抽查情况的通报", "已检查的33户次中", "发现问题15户次", OFFICE),
    "baogao": (
        "青双随机办〔2026〕",
        "签发人：",
        "沈知秋",
        "情况的报告",
        "青禾县人民政府：",
        "特此报告。",
        "2026年11月5日",
    ),
    "yijiaohan": (
        "青双随机办函〔2026〕",
        "关于移交双随机抽查有关问题的函",
        FIRM,
        "91419999MA0000066R",
        "发现问题待后续处理",
    ),
    "gaozhihan": ("青双随机办函〔2026〕", "许可事项问题的函", FIRM, "现函告你单位"),
    "fuhan": (BUREAU, "青应急函〔2026〕", "有关问题处理情况的复函", OFFICE + "：", "审核认定情况", BUREAU),
    "jiean": (
        "青禾县",
        "函〔2026〕",
        "案件查处结果的函",
        OFFICE + "：",
        "消防设施完好有效情况的检查",
        "二、查处结果",
    ),
    "jianbao": ("专项简报", "一、工作进展", "联合抽查任务7项", "三、处置情况"),
    "zongjie": ("工作总结", "四、分部门情况", "（一）应急管理局：检查18户次", "五、存在的不足"),
    "shishifangan": (
        "部门联合抽查实施方案",
        "发起部门：应急管理局。配合部门：市场监督管理局。",
        "四、检查事项",
        "八、归档",
    ),
    "gongzuofangan": ("抽查工作方案", "全年完成7项部门联合抽查任务", "三、时间安排"),
    "xize": ("抽查工作细则", "第一章", "第一条", "（三）执法检查人员名录库。", "第五条", "不超过2次", "第十条"),
    "gaozhishu": (BUREAU, "部门联合检查告知书", FIRM + "：", "孙雨桐（41-9999-0002）", "申请回避", BUREAU, "签收人"),
    "jilubiao": (
        "工贸企业安全生产联合抽查记录表",
        FIRM,
        "检查单位",
        "抽查事项",
        "检查结果",
        "检查人员签字",
        "隐患排查治理台账的检查",
        "8.发现问题待后续处理",
        "拒绝签字、盖章或者不在场的，由检查人员注明情况",
    ),
    "bilu": (BUREAU, "现场检查笔录", FIRM, "安全生产责任制落实情况的检查：发现问题待后续处理", "以上笔录经核对无误"),
    "zeling": (
        BUREAU,
        "责令限期整改指令书",
        "青应急责改〔2026〕1号",
        FIRM,
        "2026年4月3日，本机关",
        "安全生产责任制落实情况的检查",
        "依据",
        "整改期限：",
        "行政复议",
        BUREAU,
        "2026年11月20日",
    ),
    "fucha": (BUREAU, "整改复查意见书", "青应急责改〔2026〕2号", "青应急责改〔2026〕1号", "复查意见"),
    "shenpibiao": ("行政检查审批表", BUREAU, FIRM, "41-9999-0002", "机关负责人审批意见"),
    "jianchatongzhi": (BUREAU, "行政检查通知书", FIRM, "一、检查事项", "二、检查人员", "签收人"),
    "fankui": (
        BUREAU,
        "行政检查结果反馈书",
        FIRM,
        "安全生产责任制落实情况的检查",
        "发现问题待后续处理",
        "2026年4月3日",
    ),
    "renyuanxinxi": ("随机抽取执法检查人员信息表", "手机号码", "身份证号", "钱", "41-9999-000"),
    "mingdan": ("抽取结果名单", "先抽对象、后抽人员", FIRM, "91419999MA0000066R"),
    "tongjibiao": ("联合抽查统计表", "抽取序号", "统一社会信用代码", "是否公示", FIRM),
    "huizongbiao": ("联合抽查汇总表", "抽查结果", "处理结果", "移送司法机关", "合计"),
    "shixiangqingdan": ("青禾县随机抽查事项清单", "检查依据", "消防设施完好有效情况的检查"),
    "duixiangminglu": ("青禾县检查对象名录", "青禾县恒泰机械制造有限公司", FIRM),
    "renyuanminglu": ("青禾县执法检查人员名录", "证件有效期至", "41-9999-0001"),
    "gongshibiao": ("工贸企业安全生产联合抽查结果公示表", FIRM, "发现问题待后续处理"),
    "jihuabiao": ("抽查计划", "事项类别（重点/一般检查事项）", "抽取比例", "工贸企业安全生产联合抽查"),
}
#: drafts as a clerk writes them, with every element that the standard knows
DRAFTS = {
    "报告": (
        "---\n文种: 报告\n标题: 关于2026年部门联合抽查工作情况的报告\n主送: 青禾县人民政府\n签发人: 沈知秋\n成文日期: 2026-11-05\n"
        "联系人: 陆一鸣，0399-5550100\n---\n现将有关情况报告如下。\n一、总体情况\n全年任务按计划完成。\n特此报告。\n"
    ),
    "联合行文": (
        "---\n文种: 通知\n标题: 关于联合开展加油站安全检查的通知\n主送: 各乡镇人民政府\n红头:\n  - 青禾县应急管理局\n"
        "  - 青禾县市场监督管理局\n  - 文件\n署名:\n  - 青禾县应急管理局\n  - 青禾县市场监督管理局\n成文日期: 2026-11-06\n"
        "抄送: 县消防救援大队，县公安局\n附注: 此件公开发布\n印发日期: 2026-11-07\n---\n请按照分工抓好落实。\n"
    ),
    "代章": (
        "---\n文种: 通知\n标题: 关于报送抽查台账的通知\n主送: 各成员单位\n代章: 青禾县市场监督管理局\n成文日期: 2026-11-08\n---\n"
        "请于月底前报送台账。\n"
    ),
    "不盖章": (
        "---\n文种: 通知\n标题: 关于召开工作例会的通知\n主送: 各成员单位\n署名: 县双随机办\n盖章: false\n成文日期: 2026-11-09\n"
        '份号: "000012"\n密级: 秘密★1年\n紧急程度: 特急\n---\n定于近期召开例会，请准时参加。\n'
    ),
}


@dataclass(frozen=True)
class Paper:
    """A paper in both forms: the text of its docx and of its PDF without white space, and the PDF itself."""

    word: str
    printed: str
    pdf: Path


def squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)


def word_text(path: Path) -> str:
    document = docx.Document(io.BytesIO(path.read_bytes()))
    name = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"
    return squeeze("".join(node.text or "" for node in document.element.body.iter(name)))


def pdf_text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        texts = [squeeze(page.get_textpage().get_text_range()) for page in document]
    return "".join(re.sub(r"—\d+—", "", text) for text in texts)  # a sentence may go over the page


def _paper(workspace: Workspace, one: Issued) -> Paper:
    pdf = workspace.path(one.document.pdf_path)
    return Paper(word_text(workspace.path(one.document.path)), pdf_text(pdf), pdf)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("kinds") / "office"
    init_workspace(root, example=True)
    departments_number_letters(root)
    return open_example(root, now=NOW)


@pytest.fixture(scope="module")
def papers(workspace: Workspace) -> dict[str, Paper]:
    """One paper of every kind, and the drafts above, by kind or name; everything converted in one go."""
    made: dict[str, Issued] = {}
    for name in load_kinds().drafts:
        task = TASK if name.startswith("fangan") else ""
        case = CASES.get(name, "")
        path = make_draft(workspace, name, task=task, case=case, year=None if task or case else 2026)[0]
        one = issue_draft(workspace, fill(path))
        made[f"draft {name}"] = one
        if one.document.kind != "tongzhi" or name == "tongzhi":
            made[one.document.kind] = one
    for name, text in DRAFTS.items():
        path = workspace.path("drafts", f"{name}.md")
        path.write_text(text, encoding="utf-8")
        made[name] = issue_draft(workspace, path)
    made["baogao"] = made["报告"]
    for kind in load_kinds().values():
        if kind.fields and kind.id not in ("tongjibiao", "huizongbiao"):
            year = kind.per == "year"
            orders = (
                draft_or_kind_orders(workspace, [kind.id], task="", case="", year=2026)[1]
                if year
                else (form_orders(workspace, TASK, [kind.id], CASE))
            )
            made[kind.id] = next(iter(issue_forms(workspace, orders)))
    done = convert_issued(workspace, list({one.document.id: one for one in made.values()}.values()))
    by_id = {one.document.id: _paper(workspace, one) for one in done}
    return {name: by_id[one.document.id] for name, one in made.items()} | _tables(workspace)


def _tables(workspace: Workspace) -> dict[str, Paper]:
    with workspace.read() as connection:
        records, scope = load_records(connection, workspace.kinds, task="", year=2026)
    paths = write_statistics(workspace, statistics(records, workspace.office), scope)
    words = [workspace.path(path) for path in paths if path.endswith(".docx")]
    pdfs = convert_to_pdf(words, workspace.path("issued", "stats"))
    return {
        kind: Paper(word_text(word), pdf_text(pdf), pdf)
        for kind, word, pdf in zip(("tongjibiao", "huizongbiao"), words, pdfs, strict=True)
    }


def test_every_kind_is_tried() -> None:
    assert set(SAYS) == set(load_kinds())


@pytest.mark.parametrize("kind", SAYS)
def test_a_kind_says_what_it_must(papers: dict[str, Paper], kind: str) -> None:
    place = 0
    for text in SAYS[kind]:
        found = papers[kind].word.find(squeeze(text), place)
        assert found >= 0, f"{text} is missing after {papers[kind].word[max(0, place - 40) : place]}"
        place = found + len(squeeze(text))
        assert squeeze(text) in papers[kind].printed or text == FIRM, f"{text} is not in the PDF"
    for left in ("{{", "{%", "None", "（，", "（）", "《》"):
        assert left not in papers[kind].word, left


OFFICIAL = [kind.id for kind in load_kinds().values() if kind.format in ("document", "letter")]


@pytest.mark.parametrize("name", [*OFFICIAL, *(f"draft {name}" for name in load_kinds().drafts), *DRAFTS])
def test_the_layout_of_every_official_paper_is_true(papers: dict[str, Paper], name: str) -> None:
    numbered = "〔2026〕" in papers[name].printed[:200]
    report = measure_layout(papers[name].pdf, without=() if numbered else ("number", "rule.gap"))
    told = [(e.id, e.expected_mm, e.measured_mm, e.remark) for e in report.failures()]
    assert report.ok, (told, report.lines_per_page, report.characters_per_line)
    for element in report.elements:
        if element.expected_mm is not None and element.measured_mm is not None and not element.id.startswith("sheet"):
            limit = 1.5 if element.tolerance_mm > 1 else 1.0
            assert abs(element.measured_mm - element.expected_mm) <= limit + 0.005, element


def test_a_joint_paper_has_all_its_bodies(papers: dict[str, Paper]) -> None:
    text = papers["联合行文"].printed
    for bureau in ("青禾县应急管理局", "青禾县市场监督管理局"):
        assert text.count(bureau) >= 2, bureau  # in the mark and in the signature
    assert text.index("2026年11月6日") < text.index("（此件公开发布）") < text.index("抄送：县消防救援大队，县公安局。")
    assert "2026年11月7日印发" in text


def test_seal_of_another_body_and_marks_of_urgency(papers: dict[str, Paper]) -> None:
    assert "青禾县市场监督管理局（代章）2026年11月8日" in papers["代章"].printed
    plain = papers["不盖章"].printed
    assert plain.startswith("000012秘密★1年特急")


@pytest.mark.parametrize(
    "name", ["draft tongzhi", "draft xize_tongzhi", "draft fangan_tongzhi", "draft tongbao", *DRAFTS]
)
def test_the_imprint_is_on_the_last_even_page(papers: dict[str, Paper], name: str) -> None:
    with pypdfium2.PdfDocument(papers[name].pdf) as document:
        assert len(document) % 2 == 0
        assert "印发" in document[len(document) - 1].get_textpage().get_text_range()


def test_a_year_of_signed_papers_keeps_to_one_sheet(papers: dict[str, Paper]) -> None:
    for kind in ("gaozhishu", "jilubiao", "bilu", "zeling", "fucha", "fankui"):
        with pypdfium2.PdfDocument(papers[kind].pdf) as document:
            assert len(document) == 1, kind
