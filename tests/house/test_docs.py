"""The documentation is the program's own: commands, kinds, settings and files that it names exist."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
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
    modules = {listed.module for listed in cli.COMMANDS.values()}
    held = {command.name: (name, command.help) for name in modules for command in import_module(name).COMMANDS}
    assert set(held) == set(cli.COMMANDS)
    for name, listed in cli.COMMANDS.items():
        assert listed.module == held[name][0], name
        assert listed.help == held[name][1].split("。")[0], name


@pytest.mark.parametrize("asked", ["--help", "--version"])
def test_the_list_of_commands_loads_no_command(asked: str) -> None:
    code = f"import sys, cli; sys.argv = ['ssj', '{asked}']\ntry: cli.main()\nfinally: print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(ran.stderr.split())
    assert "cli" in loaded
    assert not loaded & {listed.module for listed in cli.COMMANDS.values()}
    assert not loaded & {"sqlalchemy", "pydantic", "openpyxl", "lxml", "ssj_docs.office.workspace"}


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_names_only_what_exists(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    for command in re.findall(r"\bssj ([a-z]+)", text):
        assert command in cli.COMMANDS, command
    for path in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / path).exists(), path
    for script in re.findall(r"scripts/[a-z-]+", text):
        assert (ROOT / script).is_file(), script


def test_the_files_that_contributing_names_are_there() -> None:
    named = re.findall(r"`([\w/]+/(?:\w+\.\w+)?)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []


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
        if path.suffix in {".png", ".pdf", ".docx", ".xlsx", ".whl"} or not path.is_file() or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        assert "/work/main" not in text, name
        assert "pypi.org" not in text, name
        assert "deb.debian.org" not in text, name
        if path.suffix == ".lock":
            assert "://" not in text, name
            assert not re.search(r"^ *--(?!hash=)", text, re.MULTILINE), name
