"""Below the faces no message names a command, an option or a page: what is to be done is an action, which each face says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_floors import FLOORS, MODULES, room

from ssj_docs.ground.remedies import ACTIONS
from web.access.rights import NAVIGATION

#: the faces, and the demo, which is a command
FACES = {"", "archive", "archive/commands", "ssj_docs/commands"} | {name for name in FLOORS if name.startswith("web")}
_PAGES = "|".join(f"“{title}”" for title, *_ in NAVIGATION)
_NAMED = re.compile(rf"\bssj [a-z]|(?<![\w-])--[a-z]|{_PAGES}")
#: a word handed to a program of another maker, or told to somebody without ours
_WORD_OF_A_PROGRAM = re.compile(r"--[a-z-]+(=\S*)?|(?s:.*)cksum --check(?s:.*)")
#: where office.toml itself is what a message is about
_OF_SETTINGS = ("ssj_docs.office.", "ssj_docs.planning.dates.workdays")


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every literal that is no docstring; in an f-string ``{}`` stands for what is put in."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | parts:
            yield node.lineno, node.value


def named(path: Path, name: str) -> list[str]:
    """Messages of a module that name a command, an option, a page or the file of the settings."""
    found = []
    for line, text in texts(ast.parse(path.read_text(encoding="utf-8"))):
        of_settings = "office.toml" in text and re.search("[\u4e00-\u9fff]", text) and not name.startswith(_OF_SETTINGS)
        if of_settings or (_NAMED.search(text) and not _WORD_OF_A_PROGRAM.fullmatch(text)):
            found.append(f"{name}:{line}: {text}")
    return found


@pytest.mark.parametrize("folder", sorted(set(FLOORS) - FACES))
def test_no_message_below_the_faces_names_a_command_or_a_page(folder: str) -> None:
    assert not [said for name, path in MODULES.items() if room(name) == folder for said in named(path, name)]


def test_a_message_that_names_one_would_be_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    for said in ('f"没有 {x}，先用 ssj import plan 导入"', '"加上 --task 编号"', '"回到“归档”"', '"改 office.toml"'):
        module.write_text(f'"""`ssj draw` --here."""\nx = 1\ny = {said}\n', encoding="utf-8")
        assert len(named(module, "module")) == 1
    module.write_text('words = ["--headless", "甲公司 --- 乙公司", "ssjx"]\n', encoding="utf-8")
    assert not named(module, "module")


def test_every_action_in_the_source_is_of_the_list() -> None:
    """Where a rare fault is told, a slip would be seen only then."""
    seen = set()
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("do", "_on"):
                (action,) = [a.value for a in node.args[:1] if isinstance(a, ast.Constant)] or [None]
                if action is None:  # handed on
                    continue
                given = {keyword.arg for keyword in node.keywords} - {None}
                assert given <= set(ACTIONS[action].takes), f"{name}:{node.lineno}"
                seen.add(action)
    assert seen == set(ACTIONS)
