"""Modules planted in inbox, workspace and current folder are never run; a broken installation is no file's fault."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from office import form_of, make_office, open_office
from paper import join
from places import ROOT
from planted import plant

from archive.cases import receipts
from web.worker.worker import WorkerProcess

_BROKEN = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from ssj_docs.ground import child_process
child_process.CODE = (Path({broken!r}), *child_process.CODE)
import cli
cli.main(sys.argv[1:])
"""


def ssj(root: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "cli.py"), "--workspace", str(root), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240)


@pytest.mark.parametrize("where", ["inbox", ".", "elsewhere"])
def test_planted_modules_are_not_run(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = make_office(tmp_path / "w", 2)
    folder = office.root / where if where != "elsewhere" else tmp_path
    note = tmp_path / "note"
    plant(folder, note)
    (tmp_path / "form.pdf").write_bytes(join(form_of(office, 1)))
    (tmp_path / "名录.csv").write_text("名称,统一社会信用代码\n甲商行,\n", "utf-8")
    received = ssj(office.root, folder, "receive", str(tmp_path / "form.pdf"), "--no-read", "--json")
    assert json.loads(received.stdout)["items"] == 1, received.stderr
    assert ssj(office.root, folder, "read", "--json").returncode == 0
    assert ssj(office.root, folder, "import", "subjects", str(tmp_path / "名录.csv"), "--dry-run").returncode in (0, 3)
    monkeypatch.chdir(folder)
    room, now = WorkerProcess(), datetime.now(UTC)  # commands have written since
    later = open_office(office.root).at(today=now.date(), now=now, who="周收发")
    try:
        assert room.run("read", later)[0].startswith("识别 0 页")
    finally:
        room.close()
    assert not note.exists(), note.read_text()


def test_a_broken_installation_is_told_before_anything_is_taken(tmp_path: Path) -> None:
    office = make_office(tmp_path / "w", 1)
    scan = office.root / "inbox" / "form.pdf"
    scan.write_bytes(join(form_of(office, 1)))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "cv2.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file: No such file')\n")
    code = _BROKEN.format(root=str(ROOT), broken=str(broken))
    command = [sys.executable, "-c", code, "--workspace", str(office.root), "receive", "--inbox"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 4
    assert "系统库 libGL.so.1" in done.stderr
    assert "核实来源" not in done.stderr + done.stdout
    assert scan.is_file()
    with office.read() as connection:
        assert receipts.staged_receipts(connection) == []
    assert ssj(office.root, tmp_path, "receive", "--inbox", "--no-read").returncode == 0
    assert not scan.exists()
