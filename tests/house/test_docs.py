"""The documentation is the program's own: commands, kinds, settings and files that it names exist."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from places import ROOT

import cli

_spec = importlib.util.spec_from_file_location("make_docs", ROOT / "scripts" / "make_docs.py")
assert _spec is not None
assert _spec.loader is not None
make_docs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_docs)


@pytest.mark.parametrize("path", make_docs.PAGES)
def test_generated_pages_are_up_to_date(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == make_docs.PAGES[path](), "run scripts/make_docs.py"


def test_the_command_map_holds_every_command() -> None:
    modules = {name: import_module(name) for name in cli.COMMANDS.values()}
    held = {command.name: module for module, found in modules.items() for command in found.COMMANDS}
    assert set(held) == set(cli.COMMANDS)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_names_only_what_exists(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    for command in re.findall(r"\bssj ([a-z]+)", text):
        assert command in cli.COMMANDS, command
    for path in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / path).exists(), path
    for script in re.findall(r"scripts/[a-z-]+", text):
        assert (ROOT / script).is_file(), script


def test_both_readmes_show_the_same_commands() -> None:
    shown = [
        re.findall(r"^(?:ssj|scripts/)\S+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert shown[0] == shown[1]


def test_every_setting_is_explained_in_office_toml() -> None:
    text = (ROOT / "templates" / "office.toml").read_text(encoding="utf-8")
    sections = tomllib.loads(text)
    comments = "\n".join(line for line in text.splitlines() if "#" in line)
    for name in ("series", "departments", "results", "handlings", "deadlines", "rules", "retention", "indicators"):
        assert name in sections
        head = text.index(f"[{name}]") if f"\n[{name}]" in text else text.index(f"[[{name}]]")
        before = text[:head].rstrip().splitlines()[-1]
        assert before.startswith("#"), name
    for key in sections["office"]:
        assert re.search(rf"^{key} = .*#", text, re.MULTILINE), key
    assert comments


def test_no_machine_path_or_host_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        path = ROOT / name
        if path.suffix in {".png", ".pdf", ".docx", ".xlsx", ".lock"} or not path.is_file() or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        assert "/work/main" not in text, name
        assert "pypi.org" not in text, name
        assert "deb.debian.org" not in text, name
