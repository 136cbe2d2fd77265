"""Drafts with mistakes in them: told in Chinese, and no number is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssj_docs.documents.drafts.draft_file import read_draft
from ssj_docs.documents.issue import issue_draft
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.documents.text.wording import break_title, text_width
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.office.workspace import Workspace

HEAD = "标题: 关于有关事项的通知\n主送: 各成员单位\n成文日期: 2026-03-05\n"


def written(folder: Path, head: str) -> Path:
    """A draft with this head."""
    path = folder / "draft.md"
    path.write_text(f"---\n{head}---\n请遵照执行。\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("title", "width"), [("关于" + "很长的标题" * 60 + "的通知", 20), ("字" * 500, 20), ("A" * 500, 20)]
)
def test_a_title_of_hundreds_of_characters_is_broken_at_once(title: str, width: int) -> None:
    lines = break_title(title, width)
    assert "".join(lines) == title
    assert max(map(text_width, lines)) <= width


def test_a_day_in_no_calendar_is_a_fault_of_the_draft(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_draft(written(tmp_path, HEAD.replace("03-05", "02-30")))
    (problem,) = caught.value.problems
    assert (problem.cell, problem.field, problem.message) == ("第 4 行", "成文日期", "不在日历上")


@pytest.mark.parametrize("name", ["信函", "信函格式", "letter"])
def test_the_letter_format_may_be_written_in_chinese(name: str, tmp_path: Path) -> None:
    assert read_draft(written(tmp_path, f"{HEAD}格式: {name}\n")).head.format == "letter"


@pytest.mark.parametrize("line", ["格式: 明信片", "格式: [a]", "盖章: 也许", "附件: 一", "标题: []", "主送: [a, b]"])
def test_faults_of_the_head_are_told_in_chinese(line: str, tmp_path: Path) -> None:
    head = "".join(kept + "\n" for kept in HEAD.splitlines() if kept.split(":")[0] != line.split(":", maxsplit=1)[0])
    with pytest.raises(DataError) as caught:
        read_draft(written(tmp_path, f"{head}{line}\n"))
    assert "Input" not in str(caught.value.problems[0])


@pytest.mark.parametrize("line", ["任务: 2026-999", "案件: 2026-001-9999"])
def test_a_draft_for_a_task_that_does_not_exist_takes_no_number(
    line: str, workspace: Workspace, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError):
        issue_draft(workspace, written(tmp_path, f"{HEAD}{line}\n"), check_fonts=False)
    with workspace.read() as connection:
        assert number_ledger.register(connection) == []


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("盖章: 也许\n", "盖章"),
        ("sealed: 也许\n", "sealed"),
        ("格式: 横幅\n", "格式"),
        ("附件:\n  - 标题: 计划表\n    年度: 今年\n", "附件 第 1 项 年度"),
        ("附件:\n  - 文件: a.md\n", "附件 第 1 项 标题"),
    ],
)
def test_a_fault_names_the_key_as_the_clerk_wrote_it(line: str, field: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_draft(written(tmp_path, HEAD + line))
    assert [problem.field for problem in caught.value.problems] == [field]


# --- what a clerk's hand writes (nothing is lost in silence) ------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("标题: 关于核查 #3 号储罐等问题的通知", "关于核查 #3 号储罐等问题的通知"),
        ("标题：关于有关事项的通知", "关于有关事项的通知"),
        ("标题: 关于甲: 乙有关事项的通知", "关于甲: 乙有关事项的通知"),
        ("标题: 2023", "2023"),
        ("标题: 关于“双随机”的通知  # 改过", "关于“双随机”的通知  # 改过"),
    ],
)
def test_a_value_is_the_rest_of_its_line(line: str, title: str, tmp_path: Path) -> None:
    head = read_draft(written(tmp_path, HEAD.replace("标题: 关于有关事项的通知", line))).head
    assert (head.title, head.to) == ([title], "各成员单位")


def test_a_title_in_lines_a_list_and_quotes_are_read_as_ever(tmp_path: Path) -> None:
    for lines in ("标题: |\n  关于核查 #3 号\n  主送: 储罐的通知", "标题:\n  - 关于核查 #3 号\n  - '主送: 储罐的通知'"):
        head = read_draft(written(tmp_path, HEAD.replace("标题: 关于有关事项的通知", lines))).head
        assert head.title == ["关于核查 #3 号", "主送: 储罐的通知"]
    text = HEAD + "# 备注一行\n附件:\n  - 标题：计划 #2\n    文字: |\n      主送: 甲\n      主送: 乙\n    横排: 是\n"
    (attached,) = read_draft(written(tmp_path, text)).head.attachments
    assert (attached.title, attached.text, attached.landscape) == ("计划 #2", "主送: 甲\n主送: 乙\n", True)


@pytest.mark.parametrize("second", ["主送: 各乡镇", "主送机关：各乡镇", "to: 各乡镇"])
def test_a_name_given_twice_is_refused_with_both_lines(second: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_draft(written(tmp_path, f"{HEAD}{second}\n"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.cell) == ("draft.twice", "第 5 行")
    assert "第 3 行" in problem.message


@pytest.mark.parametrize("day", ["2023年3月22日", "2023/3/22", "2023.3.22", "2023-3-22", "2023 年 3 月 22 日"])
def test_days_are_understood_as_papers_write_them(day: str, tmp_path: Path) -> None:
    head = read_draft(written(tmp_path, HEAD.replace("2026-03-05", day) + f"印发日期：{day}\n")).head
    assert str(head.date) == str(head.print_date) == "2023-03-22"


def test_a_day_that_is_none_is_one_problem(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_draft(written(tmp_path, HEAD.replace("2026-03-05", "三月五日")))
    (problem,) = caught.value.problems
    assert "不是日期" in problem.message


@pytest.mark.parametrize("code", ['""', "无", "不编号"])
def test_a_paper_may_go_without_a_number(code: str, workspace: Workspace, tmp_path: Path) -> None:
    issued = issue_draft(workspace, written(tmp_path, f"{HEAD}代字: {code}\n"), check_fonts=False).document
    assert issued.number == ""
    with workspace.read() as connection:
        assert number_ledger.register(connection) == []
