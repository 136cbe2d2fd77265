"""Children run this program's code and nobody else's, with no secret in their environment; what they lack is told."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT
from planted import plant

from archive.files.limited_child import LimitedChildren
from ssj_docs.ground import child_process
from ssj_docs.ground.child_process import LACKING, clean_environment, find_on_path, python_child
from ssj_docs.ground.errors import MissingProgramError
from ssj_docs.ground.external_tool import find_program
from ssj_docs.intake.sheets.workbook import read_workbook

CHILDREN = ("archive.files.pdf_child", "archive.signatures.child", "web.cache.picture_child")


@pytest.mark.parametrize("module", CHILDREN)
def test_nothing_in_the_current_folder_is_run(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "note"
    plant(tmp_path, note)
    monkeypatch.chdir(tmp_path)
    for name, value in {"PYTHONPATH": f".{os.pathsep}", "PYTHONSTARTUP": "json.py", "PYTHONHOME": "."}.items():
        monkeypatch.setenv(name, value)
    with LimitedChildren(module) as children:
        children.start()
    assert not note.exists()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="the environment is seen in /proc")
def test_no_secret_goes_with_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "SSJ_TOKEN", "PGPASSWORD", "LD_PRELOAD_X", "PYTHONWARNINGS"):
        monkeypatch.setenv(name, "geheim")
    with LimitedChildren() as children:
        environment = Path(f"/proc/{children.start().pid}/environ").read_text()
    assert "geheim" not in environment
    assert "OMP_NUM_THREADS=1" in environment


def test_relative_folders_of_the_search_path_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "fc-match"
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join((".", "", "bin/..")))
    assert find_on_path("fc-match") is None
    assert "PATH" not in clean_environment()
    with pytest.raises(MissingProgramError):
        find_program(("fc-match",), "试验", "")
    monkeypatch.setenv("PATH", os.pathsep.join((".", str(tmp_path))))
    assert find_on_path("fc-match") == program
    assert clean_environment()["PATH"] == str(tmp_path)


def broken_installation(folder: Path, monkeypatch: pytest.MonkeyPatch, module: str, error: str) -> None:
    """As if a library could not be imported: a folder of this program's code, before all others, says so."""
    (folder / f"{module}.py").write_text(f"raise ImportError({error!r})\n")
    monkeypatch.setattr(child_process, "CODE", (folder, ROOT))


@pytest.mark.parametrize(
    ("error", "named"),
    [
        ("libGL.so.1: cannot open shared object file: No such file or directory", "系统库 libGL.so.1"),
        ("No module named 'cv2'", "程序库 cv2"),
        ("DLL load failed", "DLL load failed"),
    ],
)
def test_what_is_missing_is_told(error: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_installation(tmp_path, monkeypatch, "cv2", error)
    with LimitedChildren() as children, pytest.raises(MissingProgramError, match=named) as caught:
        children.run("examine", {"path": "none.pdf"})
    assert caught.value.exit_code == 4


def test_a_zygote_that_does_not_come_up_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mute_child.py").write_text("import sys\nsys.exit('no room')\n")
    monkeypatch.setattr(child_process, "CODE", (tmp_path, ROOT))
    with LimitedChildren("mute_child") as children, pytest.raises(MissingProgramError, match="no room"):
        children.start()


def test_a_table_is_not_blamed_for_a_missing_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_installation(tmp_path, monkeypatch, "csv", "No module named '_csv'")
    (tmp_path / "名录.csv").write_text("名称\n甲\n", "utf-8")
    with pytest.raises(MissingProgramError, match="程序库 _csv"):
        read_workbook(tmp_path / "名录.csv")


def test_a_child_gets_its_arguments_and_its_own_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "told.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(7)\n")
    monkeypatch.setattr(child_process, "CODE", (tmp_path,))
    done = subprocess.run(python_child("told", "甲 乙", ""), capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("['甲 乙', '']\n", 7)
    lost = subprocess.run(python_child("nowhere"), capture_output=True, check=False)
    assert lost.returncode == LACKING
    assert sys.executable in python_child("told")
