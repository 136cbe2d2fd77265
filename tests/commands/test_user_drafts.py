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
