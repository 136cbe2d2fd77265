"""What is imported is declared, what is declared is used, and making papers needs no library of the archive."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from places import ROOT

from ssj_docs.office.workspace import EXAMPLE_KEY

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: declared for another library's sake, as the comments in pyproject.toml say
NOT_IMPORTED = {"python-multipart", "rapidocr"}
OWN = {"cli", "ssj_docs", "archive", "web", "templates", "examples"}
PROVIDERS = {
    name: {_.lower().replace("_", "-") for _ in found} for name, found in metadata.packages_distributions().items()
}


def declared(requirements: list[str]) -> set[str]:
    """Names of distributions without versions and markers."""
    return {re.match(r"[A-Za-z0-9-]+", line)[0].lower() for line in requirements}


PAPERS = declared(PROJECT["project"]["dependencies"])
ARCHIVE = declared(PROJECT["project"]["optional-dependencies"]["archive"])


def imported(package: str) -> set[str]:
    """Distributions that the modules of a package import."""
    found: set[str] = set()
    for path in [ROOT / "cli.py"] if package == "cli" else (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            found |= {name.split(".")[0] for name in names}
    outside = found - OWN - set(sys.stdlib_module_names)
    return {min(PROVIDERS[name] & (PAPERS | ARCHIVE), default=name) for name in outside}


def test_what_makes_papers_imports_only_what_is_declared_for_it() -> None:
    assert imported("ssj_docs") | imported("cli") <= PAPERS


def test_every_import_is_declared_and_every_declared_library_is_imported() -> None:
    used = set().union(*(imported(package) for package in ("cli", "ssj_docs", "archive", "web")))
    assert used <= PAPERS | ARCHIVE
    assert used == (PAPERS | ARCHIVE) - NOT_IMPORTED


def locked(name: str) -> set[str]:
    """Lines of a lock, without hashes and comments."""
    text = (ROOT / "locks" / name).read_text(encoding="utf-8")
    return {line.removesuffix(" \\") for line in text.splitlines() if re.match(r"[a-z0-9]", line)}


def test_the_development_lock_holds_the_runtime_lock() -> None:
    assert locked("runtime.lock") <= locked("dev.lock")
    names = {line.split("==")[0] for line in locked("runtime.lock")}
    assert names >= PAPERS | ARCHIVE
    assert not names & {"pytest", "mypy", "ruff", "playwright", "ocfl-py", "s3fs", "aiobotocore", "bagit", "hypothesis"}


def test_every_locked_version_has_a_hash() -> None:
    for name in ("runtime.lock", "dev.lock"):
        text = (ROOT / "locks" / name).read_text(encoding="utf-8")
        blocks = re.split(r"\n(?=[a-z0-9])", text)[1:]
        assert len(blocks) == len(locked(name))
        assert [block for block in blocks if "--hash=sha256:" not in block] == []


BLOCKED = """
import json, sys
from importlib.abc import MetaPathFinder
class Without(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Without())
import cli
cli.main()
"""


@pytest.fixture(scope="module")
def program() -> str:
    """The command line where the libraries of the archive are not installed."""
    only = ARCHIVE - {name for name in ARCHIVE if _needed_by_papers(name)}
    return BLOCKED.format(blocked={name for name, found in PROVIDERS.items() if found & only})


def _needed_by_papers(name: str) -> bool:
    """A library that one of those for papers requires, as pikepdf requires Pillow."""
    lines = (line for paper in PAPERS for line in metadata.requires(paper) or () if "extra ==" not in line)
    return name in declared(list(lines))


def test_papers_are_made_without_the_libraries_of_the_archive(program: str, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-c", program, *arguments],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    (tmp_path / "office").mkdir()
    (tmp_path / "office" / "ssj.key").write_text(
        EXAMPLE_KEY + "\n", "ascii"
    )  # the sample office issues only in the example
    assert run("init", "office").returncode == 0
    (tmp_path / "office" / "drafts" / "a.md").write_text("---\n标题: 关于试用的通知\n---\n正文。\n", "utf-8")
    issued = run("--workspace", "office", "issue", "a.md", "--json")
    assert issued.returncode == 0, issued.stderr
    assert json.loads(issued.stdout)[0]["number"].endswith("1号")
    refused = run("--workspace", "office", "receive", "--inbox")
    assert refused.returncode == 4, refused.stderr
    assert "ssj-docs[archive]" in refused.stderr
