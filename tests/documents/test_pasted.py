"""A paper pasted from Word or WPS becomes a draft: its elements in the head, its words as written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssj_docs.documents.drafts.draft_file import parse_draft
from ssj_docs.documents.drafts.pasted import draft_of_paste, plain_paste
from ssj_docs.documents.text.wording import parse_body
from ssj_docs.ground.errors import DataError
from ssj_docs.office.settings import load_office

OFFICE = load_office(Path(__file__).resolve().parents[2] / "templates" / "office.toml")
PAPER = (
    "青禾县部门联合“双随机、一公开”监管工作联席会议办公室文件\r\n青双随机办〔2026〕3号\r\n关于做好岁末年初\v联合抽查工作的通知\r\n"
    "各成员单位：\r\n为做好工作，现通知如下：\r\n一、\t提高认识。各部门\u00a0要重视。\r\n（一）\t抓紧实施\r\n具体要求见下。\r\n"
    "青禾县部门联合“双随机、一公开”\r\n监管工作联席会议办公室\r\n2026年1月8日\r\n（此件公开发布）\r\n抄送：县人大常委会办公室。\r\n"
    "青禾县双随机办 2026年1月9日印发"
)


def test_the_elements_of_a_pasted_paper_are_found() -> None:
    made = draft_of_paste(PAPER, "通知", OFFICE)
    draft = parse_draft(made.text, Path("x.md"))
    assert draft.head.title == ["关于做好岁末年初", "联合抽查工作的通知"]
    assert (draft.head.to, draft.head.cc, draft.head.note) == ("各成员单位", "县人大常委会办公室", "此件公开发布")
    assert draft.head.date is not None
    assert draft.head.date.isoformat() == "2026-01-08"
    assert draft.head.signature is None, "the office's own signature is printed anyway"
    assert [(block.level, block.text) for block in parse_body(draft.body)] == [
        (0, "为做好工作，现通知如下："),
        (1, "一、提高认识。各部门 要重视。"),
        (2, "（一）抓紧实施"),
        (0, "具体要求见下。"),
    ]
    assert "3号" in made.told[0]
    assert "印发" in made.told[1]


def test_another_signature_stays_and_doubtful_lines_stay_in_the_body() -> None:
    made = draft_of_paste(
        "关于某事的函\n县应急管理局：\n请予支持。\n附件：1.名单\n青禾县应急管理局\n2026年3月5日", "函", OFFICE
    )
    head = parse_draft(made.text, Path("x.md")).head
    assert head.signature == ["青禾县应急管理局"]
    assert "附件：1.名单" in made.text
    assert "附件" in made.told[1]
    text = draft_of_paste(
        "随便写的一段话，没有标题。\n2026年3月5日\n后面还有文字，所以日期不是成文日期。", "通知", OFFICE
    ).text
    assert text.endswith("2026年3月5日\n后面还有文字，所以日期不是成文日期。\n")


def test_yaml_in_a_pasted_title_stays_text() -> None:
    made = draft_of_paste("关于“a: b”与#号的通知\n正文。", "通知", OFFICE)
    assert parse_draft(made.text, Path("x.md")).head.title == ["关于“a: b”与#号的通知"]


def test_a_table_keeps_its_cells() -> None:
    assert (
        plain_paste("序号\t名称\n1.\t甲公司\n2.\t乙公司\n\n1.\t一项工作")
        == "序号\t名称\n1.\t甲公司\n2.\t乙公司\n\n1.一项工作"
    )


def test_nothing_pasted_is_told() -> None:
    with pytest.raises(DataError, match="没有粘贴文字"):
        draft_of_paste(" \u200b\r\n", "通知", OFFICE)
