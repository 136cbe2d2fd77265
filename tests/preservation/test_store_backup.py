"""Backup while in use, restore elsewhere, hostile and damaged backups."""

from __future__ import annotations

import io
import json
import multiprocessing
import tarfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from archive.cases import catalogue
from archive.cases.case_file import NewItem, add_item, read_item
from archive.preservation.backup import MANIFEST, backup
from archive.preservation.fixity import verify
from archive.preservation.restore import restore
from ssj_docs.ground.errors import FixityError, UsageError
from ssj_docs.office import workspace
from ssj_docs.office.workspace import Workspace

CASE = "2026-003-0012"


@pytest.fixture
def filled(office: Workspace, paper: Callable[..., NewItem]) -> Workspace:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper())
    (office.root / "inbox/waiting.pdf").write_bytes(b"waiting")
    (office.root / "index").mkdir(exist_ok=True)
    (office.root / "index/segment").write_bytes(b"derived")
    return office


@pytest.mark.parametrize("name", ["b.tar", "b.tar.gz"])
def test_restored_elsewhere_it_is_the_same(filled: Workspace, tmp_path: Path, name: str) -> None:
    report = backup(filled, tmp_path / name)
    there = tmp_path / "elsewhere/w"
    back = restore(tmp_path / name, there, now=filled.now)
    assert back.files == report.files and back.entered == 0
    again = workspace.open_workspace(there, today=filled.today, now=filled.now, who="恢复员")
    assert verify(again).sound
    with again.read() as connection:
        assert read_item(again, catalogue.load_item(connection, CASE, "0001")) == b"%PDF-1.7 signed"
    assert (there / "inbox/waiting.pdf").read_bytes() == b"waiting"
    assert again.key == filled.key
    assert not (there / "index").exists()
    assert (there / "ssj.key").stat().st_mode & 0o077 == 0


def _file_many(root: Path, now: datetime, ready: Any) -> None:
    writer = workspace.open_workspace(root, today=now.date(), now=now, who="收件员")
    for number in range(20):
        with writer.transaction() as connection:
            add_item(writer, connection, CASE, NewItem("jilubiao", "记录表", {"a.pdf": f"paper {number}".encode()}))
        ready.set()


def test_while_others_are_filing(filled: Workspace, tmp_path: Path) -> None:
    filled.close()
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    writer = context.Process(target=_file_many, args=(filled.root, filled.now, ready))
    writer.start()
    ready.wait(60)
    backup(filled, tmp_path / "b.tar")
    writer.join()
    assert writer.exitcode == 0
    restore(tmp_path / "b.tar", tmp_path / "r", now=filled.now)
    again = workspace.open_workspace(tmp_path / "r", today=filled.today, now=filled.now, who="恢复员")
    report = verify(again)
    assert report.sound, report.faults
    assert report.objects == 2


def test_no_overwriting(filled: Workspace, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b.tar")
    with pytest.raises(UsageError):
        backup(filled, tmp_path / "b.tar")
    with pytest.raises(UsageError):
        restore(tmp_path / "b.tar", filled.root, now=filled.now)
    with pytest.raises(UsageError):
        backup(filled, filled.root / "archive/b.tar")
    assert [p.name for p in tmp_path.iterdir() if "part" in p.name or "restoring" in p.name] == []


def _tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> None:
    with tarfile.open(path, "w") as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def _link(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "infos",
    [
        [tarfile.TarInfo("../outside.txt")],
        [tarfile.TarInfo("/tmp/outside.txt")],
        [tarfile.TarInfo("a/../../outside.txt")],
        [_link("x", tarfile.SYMTYPE)],
        [_link("x", tarfile.LNKTYPE)],
        [_link("x", tarfile.CHRTYPE)],
        [tarfile.TarInfo("a.txt"), tarfile.TarInfo("A.TXT")],
        [tarfile.TarInfo("a\\b")],
        [tarfile.TarInfo("C:/x")],
        [tarfile.TarInfo("a.txt")],
    ],
    ids=lambda infos: ",".join(info.name for info in infos),
)
def test_hostile_backups(tmp_path: Path, filled: Workspace, infos: list[tarfile.TarInfo]) -> None:
    _tar(tmp_path / "evil.tar", *[(info, b"x" if info.isreg() else b"") for info in infos])
    with pytest.raises(FixityError):
        restore(tmp_path / "evil.tar", tmp_path / "r", now=filled.now)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["evil.tar", "w"]


def test_a_size_beyond_the_disk(tmp_path: Path, filled: Workspace) -> None:
    info = tarfile.TarInfo("big")
    info.size = 1 << 50
    (tmp_path / "evil.tar").write_bytes(info.tobuf() + b"\0" * 1024)
    with pytest.raises(FixityError, match="磁盘"):
        restore(tmp_path / "evil.tar", tmp_path / "r", now=filled.now)


def test_altered_and_cut_off_backups(filled: Workspace, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b.tar")
    whole = (tmp_path / "b.tar").read_bytes()
    at = whole.index(b"%PDF-1.7 signed")
    (tmp_path / "b1.tar").write_bytes(whole[:at] + b"%PDF-1.7 sigmed" + whole[at + 15 :])
    with pytest.raises(FixityError, match="被改动"):
        restore(tmp_path / "b1.tar", tmp_path / "r", now=filled.now)
    for share in (0.01, 0.3, 0.7):
        (tmp_path / "b2.tar").write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(FixityError):
            restore(tmp_path / "b2.tar", tmp_path / "r", now=filled.now)
    (tmp_path / "b3.tar").write_bytes(b"no tar at all")
    with pytest.raises(FixityError):
        restore(tmp_path / "b3.tar", tmp_path / "r", now=filled.now)
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert "ssj.db" in json.loads(tar.extractfile(MANIFEST).read())["files"]
    assert not (tmp_path / "r").exists()
