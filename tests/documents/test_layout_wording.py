"""Plain prose is read by its numbering and never altered; titles break where a clerk would break them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import SHARED

from ssj_docs.documents.official.flow import line
from ssj_docs.documents.official.pages import count_lines
from ssj_docs.documents.text.wording import NOT_FIRST, NOT_LAST, break_title, parse_body, text_width


@pytest.mark.parametrize(
    ("text", "level", "heading"),
    [
        ("一、总体要求", 1, "一、总体要求"),
        ("十二、工作要求", 1, "十二、工作要求"),
        ("（一）提高思想认识。各部门要加强领导。", 2, "（一）提高思想认识。"),
        ("(二) 抽查比例及频次", 2, "(二) 抽查比例及频次"),
        ("（一）县应急管理局：对工矿商贸单位的随机抽查。", 2, "（一）县应急管理局："),
        ("1. 对A(低风险)等级的对象，比例不低于1%；", 3, ""),
        ("2、检查小组应当提前告知。", 3, ""),
        ("（1）未发现问题；", 4, ""),
        ("- (10) 不合格。", 4, ""),
        ("第一章  总则", 5, "第一章  总则"),
        ("第十二条  检查对象随机抽取。", 6, "第十二条"),
        ("第三条规定的情形除外。", 0, ""),
        ("2026年3月起开展检查。", 0, ""),
        ("1.5倍以上的，按上限计算。", 0, ""),
        ("一是规范工作措施。", 0, ""),
        ("为规范检查行为，制定本方案。", 0, ""),
        ("三是一公开，即结果公开。", 0, ""),
        ("表1 抽查事项", 7, "表1 抽查事项"),
    ],
)
def test_levels_are_known_by_their_numbers(text: str, level: int, heading: str) -> None:
    (block,) = parse_body(text)
    assert (block.level, block.text, block.text[: block.heading]) == (level, text, heading)


def test_items_of_an_article_are_text() -> None:
    blocks = parse_body("第五条  名录库包括：\n（一）严重失信单位。\n1、其他单位；")
    assert [block.heading for block in blocks] == [3, 0, 0]


@pytest.mark.skipif(not (SHARED / "seeds").is_dir(), reason="the seeds are not beside this checkout")
@pytest.mark.parametrize("number", range(5))
def test_no_character_of_a_seed_is_lost(number: int) -> None:
    path = next((SHARED / "seeds").glob(f"{number:03}_*.txt"))
    text = path.read_text(encoding="utf-8")
    blocks = parse_body(text)
    assert [block.text for block in blocks] == [line.strip() for line in text.splitlines() if line.strip()]
    assert all(0 <= block.heading <= len(block.text) for block in blocks)


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于开展联合检查的通知", ("关于开展联合检查的通知",)),
        (
            "关于印发《青禾县工贸行业和住宿行业部门联合“双随机、一公开”检查工作安排》的通知",
            ("关于印发《青禾县工贸行业和住宿行业", "部门联合“双随机、一公开”", "检查工作安排》的通知"),
        ),
    ],
)
def test_titles_break_between_words(title: str, lines: tuple[str, ...]) -> None:
    assert break_title(title) == lines


def test_lines_broken_by_the_author_stay() -> None:
    assert break_title(["青禾县应急管理局", "关于印发方案的通知"]) == ("青禾县应急管理局", "关于印发方案的通知")
    assert break_title("甲\n乙") == ("甲", "乙")


@given(st.text(alphabet="关于印发青禾县双随机一公开抽查检查计划的通知《》“”（）、2026年度AB", min_size=1, max_size=90))
def test_any_title_keeps_its_text_and_breaks_by_the_rules(title: str) -> None:
    lines = break_title(title)
    assert "".join(lines) == title.strip() or len(lines) == 1
    for upper, lower in pairwise(lines):
        assert lower[0] not in NOT_FIRST and upper[-1] not in NOT_LAST
        assert not (upper[-1].isascii() and lower[0].isascii())
    if len(lines) > 1:
        assert all(text_width(part) <= 20 for part in lines)


@given(st.text(alphabet="检查对象，。“”（）《》%；a1 ", min_size=0, max_size=200))
def test_counting_lines_ends_and_agrees_with_the_width(text: str) -> None:
    counted = count_lines(line("GwBody", text))
    assert 1 <= counted <= 1 + len(text)
    assert counted * 28 >= text_width(text) * 0.8 - 28
