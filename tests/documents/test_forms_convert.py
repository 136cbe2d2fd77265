"""Conversion survives a program that crashes, hangs, or is not there, and goes on where it stopped."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from ssj_docs.documents.pdf.convert import convert_to_pdf
from ssj_docs.ground.errors import DataError, MissingProgramError, NotFoundError, UsageError
from ssj_docs.ground.external_tool import RunningProgram

#: stands for LibreOffice: converts what it is given, crashes at files holding 'crash', hangs at 'hang' (the second of
#: these only on the first try), and notes every run
FAKE = r"""#!/usr/bin/env python3
import os, sys, time, pathlib
here = pathlib.Path(__file__).parent
arguments = sys.argv[1:]
out = pathlib.Path(arguments[arguments.index("--outdir") + 1])
files = [pathlib.Path(a) for a in arguments[arguments.index("--outdir") + 2:]]
with (here / "runs").open("a") as log:
    log.write(f"{len(files)}\n")
for file in files:
    text = file.read_text()
    if "crash" in text:
        os.abort()
    if "once" in text and not (here / "hung").exists():
        (here / "hung").touch()
        time.sleep(60)
    if "hang" in text:
        (out / (file.stem + ".pdf")).write_bytes(b"%PDF-1.6 half")
        time.sleep(60)
    (out / (file.stem + ".pdf")).write_bytes(b"%PDF-1.6\n" + text.encode() * 80 + b"\n%%EOF\n")
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    program = tmp_path / "program" / "soffice"
    program.parent.mkdir()
    program.write_text(FAKE)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("SSJ_SOFFICE", str(program))
    monkeypatch.setattr("ssj_docs.documents.pdf.convert._START_ALLOWANCE", 0.5)
    return program.parent


def sources(folder: Path, *texts: str) -> list[Path]:
    made = []
    for number, text in enumerate(texts):
        path = folder / f"文书{number}.docx"
        path.write_text(text)
        made.append(path)
    return made


def test_a_crash_costs_only_the_file_that_causes_it(tmp_path, fake):
    files = sources(tmp_path, "a", "b", "crash", "c", "d")
    with pytest.raises(DataError) as caught:
        convert_to_pdf(files, tmp_path / "out", workers=1)
    assert [problem.source for problem in caught.value.problems] == [str(files[2])]
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert made == ["文书0.pdf", "文书1.pdf", "文书3.pdf", "文书4.pdf"]


def test_a_hang_is_ended_and_half_written_files_are_not_kept(tmp_path, fake):
    files = sources(tmp_path, "a", "hang", "c")
    began = time.monotonic()
    with pytest.raises(DataError, match="文书1"):
        convert_to_pdf(files, tmp_path / "out", timeout=0.5, workers=1)
    assert time.monotonic() - began < 30
    assert not (tmp_path / "out" / "文书1.pdf").exists()
    assert (tmp_path / "out" / "文书2.pdf").exists()


def test_a_file_that_fails_once_is_tried_again(tmp_path, fake):
    files = sources(tmp_path, "a", "once", "c")
    assert len(convert_to_pdf(files, tmp_path / "out", timeout=0.5, workers=1)) == 3


def test_resumes_and_reports_progress(tmp_path, fake):
    files = sources(tmp_path, "a", "b", "c", "d")
    convert_to_pdf(files[:2], tmp_path / "out", workers=1)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    seen: list[tuple[int, int]] = []
    made = convert_to_pdf(files, tmp_path / "out", workers=1, progress=lambda done, total: seen.append((done, total)))
    assert (fake / "runs").read_text().split() == ["2", "2"]
    assert seen[-1] == (4, 4)
    assert [path.stem for path in made] == [path.stem for path in files]
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in before.items())
    files[0].write_text("renewed")
    os.utime(files[0], ns=(1, 1))
    convert_to_pdf(files, tmp_path / "out", workers=1)
    assert (fake / "runs").read_text().split() == ["2", "2", "1"]


def test_missing_program_and_files(tmp_path, monkeypatch):
    (file,) = sources(tmp_path, "a")
    monkeypatch.setenv("SSJ_SOFFICE", str(tmp_path / "nothing"))
    with pytest.raises(MissingProgramError) as caught:
        convert_to_pdf([file], tmp_path / "out")
    assert caught.value.exit_code == 4 and "LibreOffice" in caught.value.remedy
    monkeypatch.delenv("SSJ_SOFFICE")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingProgramError):
        convert_to_pdf([file], tmp_path / "out")
    with pytest.raises(NotFoundError):
        convert_to_pdf([tmp_path / "没有.docx"], tmp_path / "out")
    (tmp_path / "b").mkdir()
    with pytest.raises(UsageError, match="同名"):
        convert_to_pdf([file, *sources(tmp_path / "b", "x")], tmp_path / "out")


def test_stopping_ends_the_children_too(tmp_path):
    note = tmp_path / "child"
    with RunningProgram(["sh", "-c", f"sleep 60 & echo $! > {note}; wait"], tmp_path / "log") as running:
        while not note.exists() or not note.read_text().strip():
            time.sleep(0.02)
        assert running.wait(lambda: False) is None
    if not offline():
        with pytest.raises(ProcessLookupError):
            os.kill(int(note.read_text()), 0)


def offline() -> bool:
    from ssj_docs.ground.external_tool import offline_prefix

    return bool(offline_prefix())


def test_what_a_killed_run_left_is_cleared(tmp_path, fake):
    old, new = tmp_path / "out" / ".converting-old", tmp_path / "out" / ".converting-new"
    old.mkdir(parents=True)
    new.mkdir()
    os.utime(old, (1, 1))
    convert_to_pdf(sources(tmp_path, "a"), tmp_path / "out")
    assert not old.exists() and new.exists()
