"""An installed copy runs outside the source tree: templates, migrations and the example year are in the wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from places import ROOT

from ssj_docs.office.workspace import EXAMPLE_KEY


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    listed = subprocess.run(
        ["git", "-c", "core.quotepath=off", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, source],
        check=True,
        capture_output=True,
        text=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(site: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    code = "import cli, ssj_docs; assert 'site' in cli.__file__ and 'site' in ssj_docs.__file__; cli.main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


def test_the_wheel_works_away_from_the_source(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    (tmp_path / "office" / "ssj.key").write_text(
        EXAMPLE_KEY + "\n", "ascii"
    )  # the sample office issues only in the example
    made = run(installed, tmp_path, "init", "office", "--json")
    assert made.returncode == 0, made.stderr
    (tmp_path / "office" / "drafts" / "a.md").write_text(
        "---\n标题: 关于试用的通知\n主送: 各单位\n---\n正文。\n", "utf-8"
    )
    issued = run(installed, tmp_path, "--workspace", "office", "issue", "a.md", "--json")
    assert issued.returncode == 0, issued.stderr
    (document,) = json.loads(issued.stdout)
    assert document["number"].endswith("1号")
    assert (tmp_path / "office" / document["path"]).is_file()


def test_the_wheel_holds_the_example_year(installed: Path) -> None:
    assert len(list((installed / "examples" / "qinghe").glob("*.xlsx"))) == 6
    assert list((installed / "examples" / "qinghe" / "signed").glob("*.pdf"))


def test_the_wheel_says_what_it_is(installed: Path) -> None:
    (about,) = installed.glob("ssj_docs-*.dist-info")
    said = (about / "METADATA").read_text("utf-8").split("\n\n", 1)[0]
    assert "License-Expression: Apache-2.0" in said
    assert "Provides-Extra: archive" in said
    assert "Provides-Extra: dev" not in said
    assert (about / "licenses" / "LICENSE").read_text("utf-8") == (ROOT / "LICENSE").read_text("utf-8")
    for package in ("ssj_docs", "archive", "web"):
        assert (installed / package / "py.typed").is_file()
