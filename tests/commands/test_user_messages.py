"""What a clerk reads when a command was written wrongly, and how tables stand on a screen."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from places import ROOT

from ssj_docs.commands.screen import show_table

ENGLISH = re.compile(r"\b(is not|directory|Usage|Options|Missing|Error|range|valid)\b")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real command, as a clerk runs it."""
    return subprocess.run(
        [sys.executable, ROOT / "cli.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "foo", "x.xlsx"], "没有“foo”，可用："),
        (["import", "plan", "x.xlsx", "--year", "99"], "99 超出范围，应在 2000 到 2100 之间"),
        (["import", "plan", "x.xlsx", "--year", "abc"], "“abc”不是数字"),
        (["layout", str(ROOT)], "是文件夹，这里要的是文件"),
        (["due", "--within", "-5"], "-5 太小，至少是 0"),
        (["numbers", "--year"], "--year 后面要写值"),
        (["plan", "show", "more"], "多出 more"),
        ([], "没有写命令"),
        (["case"], "没有写命令"),
        (["case", "--json"], "选项 --json 前没有写命令，可用：show、dossier"),
        (["plan", "shwo"], "没有命令“shwo”，是不是 show"),
        (["--nosuch"], "没有选项 --nosuch"),
        (["check", "--nosuch"], "没有选项 --nosuch"),
        (["numbers", "void", "青双随机办〔2026〕1号"], "缺少 --reason"),
    ],
)
def test_a_wrong_command_is_answered_in_chinese_and_in_json(arguments: list[str], said: str) -> None:
    done = run("--json", *arguments)
    answer = json.loads(done.stdout)
    assert done.returncode == answer["exit_code"] == 2
    assert said in answer["error"]
    assert not ENGLISH.search(answer["error"])


def test_a_damaged_database_is_a_fault_in_the_data_not_a_defect(tmp_path: Path) -> None:
    office = ["--workspace", str(tmp_path / "office")]
    assert run("init", str(tmp_path / "office")).returncode == 0
    with closing(sqlite3.connect(tmp_path / "office" / "ssj.db")) as connection:
        connection.execute("DROP TABLE numbers")
    done = run("--json", *office, "numbers")
    assert done.returncode == json.loads(done.stdout)["exit_code"] == 3
    assert "数据库 ssj.db 读写失败" in done.stderr


def test_help_pages_have_chinese_headings() -> None:
    page = run("numbers", "--help").stdout
    assert "用法：" in page
    assert "选项" in page
    assert not ENGLISH.search(page)


def test_a_failure_of_the_system_is_said_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = run("init", str(tmp_path / "file" / "office"), "--json")
    assert done.returncode in (2, 3)
    assert not ENGLISH.search(json.loads(done.stdout)["error"])


def test_a_folder_that_is_no_workspace_is_named_in_full(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "cli.py", "numbers", "--json"],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
        env={key: value for key, value in os.environ.items() if key != "SSJ_WORKSPACE"},
    )
    assert done.returncode == 7
    assert str(tmp_path) in json.loads(done.stdout)["error"]


@pytest.mark.parametrize("width", [80, 120])
def test_tables_never_cut_numbers_and_days(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    name = "名称很长的一家企业有限责任公司第三分公司" * 3
    rows = [("2026-001-0001", name, name, "逾期未归档", "2026-04-08", "v1", name, "青双随机办〔2026〕12号")]
    show_table(("案卷", "检查对象", "文书", "状态", "应归档", "件", "说明", "文号"), rows)
    printed = capsys.readouterr().out
    assert "2026-001-0001" in printed
    assert "2026-04-08" in printed
    assert "青双随机办〔2026〕12号" in printed
    assert name[0] in printed
    assert "…" not in printed


def test_brackets_in_names_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("名称",), [("[/b]甲[red]公司:smile:",)])
    assert "[/b]甲[red]公司:smile:" in capsys.readouterr().out


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("文号",), [], empty="登记簿里还没有文号。")
    assert capsys.readouterr().out == "登记簿里还没有文号。\n"
