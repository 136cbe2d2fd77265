"""Shared fixtures: a workspace with the default office, and where the shared seeds lie, if they do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from places import NOW, ROOT, TODAY

from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace of the default office on a fixed day."""
    init_workspace(tmp_path / "office", example=True)
    return open_workspace(tmp_path / "office", today=TODAY, now=NOW, who="tester")


Ssj = Callable[..., tuple[int, Any]]


@pytest.fixture
def ssj() -> Ssj:
    """Run the real command with --json; gives the exit code and the JSON value (None if there is none)."""

    def run(*arguments: str | Path) -> tuple[int, Any]:
        done = subprocess.run(
            [sys.executable, ROOT / "cli.py", *map(str, arguments), "--json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None

    return run
