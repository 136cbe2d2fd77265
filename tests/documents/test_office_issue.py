"""Issuing: the same draft twice is one document; what is issued never changes; bad input leaves nothing half done."""

from __future__ import annotations

import hashlib
import io
import json
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import docx
import pytest
from places import ROOT, TODAY

from ssj_docs.documents.drafts.draft_file import parse_draft
from ssj_docs.documents.drafts.text_and_tables import split_table
from ssj_docs.documents.issue import issue_draft
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.documents.numbers.issued_files import safe_name, write_once
from ssj_docs.ground.errors import DataError, NotFoundError, NumberConflictError
from ssj_docs.office.workspace import Workspace

DRAFT = "---\n标题: 关于开展联合抽查的通知\n主送: 各成员单位\n成文日期: 2026-03-05\n---\n一、总体要求\n请按计划实施。\n"


def write(workspace: Workspace, text: str, name: str = "a.md") -> Path:
    path = workspace.root / "drafts" / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(workspace: Workspace) -> list[Any]:
    with workspace.read() as connection:
        return number_ledger.register(connection)


def text_of(workspace: Workspace, path: str) -> str:
    document = docx.Document(io.BytesIO((workspace.root / path).read_bytes()))
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def test_the_same_draft_is_issued_once(workspace: Workspace) -> None:
    path = write(workspace, DRAFT)
    first, again = issue_draft(workspace, path), issue_draft(workspace, path)
    assert (first.fresh, again.fresh) == (True, False)
    assert first.document == again.document
    assert first.document.number == "青双随机办〔2026〕1号"
    assert len(rows(workspace)) == 1
    stored = (workspace.root / first.document.path).read_bytes()
    assert hashlib.sha256(stored).hexdigest() == first.document.sha256 == rows(workspace)[0].sha256
    text = text_of(workspace, first.document.path)
    for part in ("青双随机办〔2026〕1号", "各成员单位：", "一、总体要求", "请按计划实施。", "2026年3月5日"):
        assert part in text, part


def test_a_draft_changed_after_issue_is_refused_and_the_paper_stays(workspace: Workspace) -> None:
    path = write(workspace, DRAFT)
    issued = issue_draft(workspace, path).document
    before = (workspace.root / issued.path).read_bytes()
    write(workspace, DRAFT.replace("请按计划实施", "请立即实施"))
    with pytest.raises(NumberConflictError, match="青双随机办〔2026〕1号"):
        issue_draft(workspace, path)
    assert (workspace.root / issued.path).read_bytes() == before
    assert len(rows(workspace)) == 1


def test_same_draft_and_day_give_the_same_bytes(workspace: Workspace, tmp_path: Path) -> None:
    from places import NOW

    from ssj_docs.office.workspace import init_workspace, open_workspace

    init_workspace(tmp_path / "other", example=True)
    other = open_workspace(tmp_path / "other", today=TODAY, now=NOW)
    digests = {issue_draft(place, write(place, DRAFT)).document.sha256 for place in (workspace, other)}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("没有说明部分的正文", "开头没有说明部分"),
        ("---\n主送: 各单位\n---\n正文\n", "说明部分"),
        ("---\n标题: 通知\n颜色: 红\n---\n正文\n", "说明部分"),
        ("---\n标题: 通知\n成文日期: 三月五日\n---\n正文\n", "说明部分"),
        ("---\n标题: [通知\n---\n正文\n", "写法有误"),
        ("---\n标题: 通知\n---\n\n\n", "没有正文"),
        ("---\n标题: 通知\n印发日期: 2026-03-01\n成文日期: 2026-03-05\n---\n正文\n", "印发日期早于成文日期"),
        ("---\n标题: 通知\n附件:\n  - 标题: 计划\n    表格: plan\n---\n正文\n", "还没有导入计划"),
        ("---\n标题: 通知\n附件:\n  - 标题: 外面的\n    文件: ../../office.toml\n---\n正文\n", "不在拟稿所在文件夹"),
        ("---\n标题: 通知\n附件:\n  - 标题: 空的\n---\n正文\n", "没有内容"),
    ],
)
def test_a_faulty_draft_takes_no_number(workspace: Workspace, text: str, told: str) -> None:
    with pytest.raises(DataError, match=told) as caught:
        issue_draft(workspace, write(workspace, text))
    assert caught.value.remedy or caught.value.problems
    assert rows(workspace) == []
    assert not list((workspace.root / "issued").rglob("*.docx"))


def test_faults_of_the_head_name_line_and_remedy() -> None:
    with pytest.raises(DataError) as caught:
        parse_draft("---\n标题: 通知\n颜色: 红\n---\n正文\n", Path("a.md"))
    (problem,) = caught.value.problems
    assert (problem.cell, problem.field) == ("第 3 行", "颜色")
    assert "检查拼写" in problem.remedy


def test_unknown_series_and_kind_are_named(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="没有代字"):
        issue_draft(workspace, write(workspace, DRAFT.replace("主送", "代字: 无此代字\n主送")))
    with pytest.raises(NotFoundError, match="没有“布告”"):
        issue_draft(workspace, write(workspace, DRAFT.replace("主送", "文种: 布告\n主送")))
    assert rows(workspace) == []


def test_pasted_rows_become_a_table() -> None:
    before, table, after = split_table("前文\n序号\t名称\n1\t甲\n2\t乙\t多出\n后文")
    assert (before, after) == ("前文", "后文")
    assert table is not None
    assert table.columns == ("序号", "名称", "")
    assert table.rows == (("1", "甲", ""), ("2", "乙", "多出"))


def tables_of(workspace: Workspace, path: str) -> list[list[list[str]]]:
    document = docx.Document(io.BytesIO((workspace.root / path).read_bytes()))
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]


def test_two_tables_of_an_attachment_are_two_with_the_sentence_between(workspace: Workspace) -> None:
    (workspace.root / "drafts" / "两表.md").write_text(
        "甲\t乙\n1\t2\n表二说明文字在中间。\n丙\t丁\t戊\n3\t4\t5\n", encoding="utf-8"
    )
    text = DRAFT.replace("---\n一、", "附件:\n  - 标题: 两张表\n    文件: 两表.md\n    说明: 表后的说明\n---\n一、")
    issued = issue_draft(workspace, write(workspace, text), check_fonts=False).document
    assert tables_of(workspace, issued.path) == [[["甲", "乙"], ["1", "2"]], [["丙", "丁", "戊"], ["3", "4", "5"]]]
    printed = text_of(workspace, issued.path)
    assert "表二说明文字在中间。" in printed
    assert "表后的说明" in printed


@pytest.mark.parametrize(
    "body",
    [
        "任务如下：\n序号\t任务\t户数\n1\t加油站\t3\n2\t饭店\t4\n请照此执行。\n",
        "序号\t任务\t户数\n1\t加油站\t3\n2\t饭店\t4\n",
    ],
)
def test_rows_in_the_main_text_are_a_table(workspace: Workspace, body: str) -> None:
    text = DRAFT.replace("一、总体要求\n请按计划实施。\n", body)
    issued = issue_draft(workspace, write(workspace, text), check_fonts=False).document
    assert [["序号", "任务", "户数"], ["1", "加油站", "3"], ["2", "饭店", "4"]] in tables_of(workspace, issued.path)


def test_numbered_paragraphs_and_single_lines_with_tabs_are_no_table(workspace: Workspace) -> None:
    text = DRAFT.replace("请按计划实施。\n", "1.\t第一项工作。\n2.\t第二项工作。\n联系人：\t陆一鸣\n")
    issued = issue_draft(workspace, write(workspace, text), check_fonts=False).document
    assert tables_of(workspace, issued.path) == []
    assert "第二项工作。" in text_of(workspace, issued.path)


def test_registered_files_are_never_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    write_once(path, b"one")
    assert write_once(path, b"one", registered=True) == hashlib.sha256(b"one").hexdigest()
    with pytest.raises(DataError, match="不能改写"):
        write_once(path, b"two", registered=True)
    assert path.read_bytes() == b"one"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a/b\\c:d*?"<>|e', "a_b_c_d_e"),
        ("..", "未命名"),
        ("  名 ", "名"),
        ("平〔2024〕5号 通知", "平〔2024〕5号 通知"),
        ("\x00x\n", "_x_"),
    ],
)
def test_file_names_are_safe_everywhere(text: str, expected: str) -> None:
    assert safe_name(text) == expected


def test_a_full_disk_leaves_nothing_half_done(workspace: Workspace) -> None:
    write(workspace, DRAFT)
    workspace.database.open()  # the database exists before the disk is full

    def small_files_only() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run(
        [sys.executable, ROOT / "cli.py", "--workspace", workspace.root, "issue", "a.md", "--json"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=small_files_only,
        timeout=120,
    )
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert "磁盘空间" in told["remedy"]
    assert "Traceback" not in done.stderr
    assert rows(workspace) == []
    assert not [p for p in (workspace.root / "issued").rglob("*") if p.is_file()]
    assert issue_draft(workspace, workspace.root / "drafts" / "a.md").document.number.endswith("〕1号")
