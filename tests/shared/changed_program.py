"""A copy of the program with something added, to hold in how few files that is done."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from places import ROOT

#: file → a piece of it that stands there once → what it becomes
Changes = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Program:
    """The copy in ``folder``."""

    folder: Path

    def run(self, *arguments: str | Path, code: int = 0) -> Any:
        """The JSON that it says when Python is run in it with these arguments."""
        done = subprocess.run(
            [sys.executable, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr or done.stdout
        return json.loads(done.stdout)

    def ssj(self, workspace: Path, *arguments: str | Path, code: int = 0) -> Any:
        """What a command says with --json."""
        return self.run("cli.py", *arguments, "--workspace", workspace, "--json", code=code)


def changed_program(folder: Path, changes: Changes, added: Mapping[str, str] | None = None) -> Program:
    """Copy the program, make the changes, add files."""
    for name in ("archive", "ssj_docs", "web", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "cli.py", folder)
    for name, pieces in changes.items():
        text = (folder / name).read_text("utf-8")
        for before, after in pieces.items():
            assert text.count(before) == 1, f"{name}: {before}"
            text = text.replace(before, after)
        (folder / name).write_text(text, "utf-8")
    for name, text in (added or {}).items():
        (folder / name).write_text(text, "utf-8")
    return Program(folder)
