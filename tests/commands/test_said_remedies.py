"""Every action is a command that exists, with options that it has."""

from __future__ import annotations

import json
import shlex

import click
import pytest

import cli
from ssj_docs.commands import remedies
from ssj_docs.ground.remedies import ACTIONS, Action, Remedy, do

SAMPLES = {
    "count": 5,
    "kind": "plan",
    "objects_only": True,
    "no_font_check": True,
    "number": "青双随机办〔2026〕3号",
    "ratio": "3",
    "round": 2,
    "task": "2026-001",
    "year": 2026,
}


def typed(line: str) -> click.Command:
    """The command that click takes a line for; click's own error if it would not run."""
    words = shlex.split(line)
    assert words.pop(0) == "ssj"
    command: click.Command = cli.ssj
    context = command.make_context("ssj", words)
    while isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        if not rest:
            break
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command, context = found, found.make_context(name, rest, parent=context)
    return command


@pytest.mark.parametrize("name", sorted(set(ACTIONS) - {"set", "choose_workspace"}))
def test_the_command_of_an_action_can_be_run(name: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("表 一.xlsx", "列.toml", "清册.csv", "批准.pdf"):
        (tmp_path / file).touch()
    files = {"file": "表 一.xlsx", "mapping": "列.toml", "list": "清册.csv", "approval": "批准.pdf"}
    kind = {"kind": "tongzhi"} if name not in ("import", "save_mapping", "blank_table") else {}
    values = {key: (files | SAMPLES | kind).get(key, "甲") for key in ACTIONS[name].takes}
    if name in ("list_expired", "restore"):
        values["file"] = "新.csv"
    try:
        typed(remedies.command(do(name, **values)))
    except click.exceptions.Exit as left:
        assert (name, left.exit_code) == ("search_options", 0)


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_what_the_user_has_to_give_is_named_in_its_place(name: str) -> None:
    every = do(name, **dict.fromkeys(ACTIONS[name].takes)) if name != "set" else do("set", key="departments")
    line = remedies.said(Remedy(every))
    assert "None" not in line and "{" not in line
    assert ("office.toml" if name == "set" else "“ssj ") in line


def test_a_clerk_reads_an_exact_command() -> None:
    advice = Remedy("确需重抽的，", do("draw", task="2026-001", redraw=""), "（记入流水）")
    assert remedies.said(advice) == "确需重抽的，用“ssj draw 2026-001 --redraw 重抽的原因”抽取（记入流水）"
    assert remedies.command(do("import", kind="plan", file="计划 表.xlsx")) == "ssj import plan '计划 表.xlsx'"
    assert remedies.said("请重新扫描") == "请重新扫描"
    assert remedies.said(Remedy("改正，或", do("set", key="departments"))) == (
        "改正，或修改 office.toml 中的 departments（成员单位）"
    )


def test_a_workspace_is_named_before_the_command() -> None:
    assert remedies.command(do("choose_workspace")) == "ssj --workspace 文件夹 …"
    assert typed("ssj --workspace . missing").name == "missing"


def test_an_action_that_the_command_line_cannot_say_would_be_seen() -> None:
    assert set(remedies.COMMANDS) == set(ACTIONS) - {"set"}
    with pytest.raises(KeyError):
        remedies.command(Action("pray"))


def test_errors_for_programs_hold_words_and_actions(tmp_path, capsys) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--workspace", str(tmp_path), "missing", "--json"])
    assert left.value.code == 7
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"error", "remedy", "actions", "exit_code", "problems"}
