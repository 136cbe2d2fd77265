"""Bags made here are valid by bagit-python, and whatever is changed in one is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import bagit
import pytest

from archive.files.bag import check_bag, make_bag, read_manifest


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    folder = tmp_path / "bag"
    for name in ("data/a.txt", "比例5%的说明.txt", "b/空 格.pdf", "b/c/零.bin", "e\N{COMBINING ACUTE ACCENT}.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode() if "零" not in name else b"")
    (folder / "line\nbreak.txt").write_bytes(b"x")
    make_bag(folder, {"Source-Organization": "清河县\n办公室", "Bagging-Date": "2026-12-31"})
    return folder


def test_a_bag_is_valid_by_the_standard_tool(bag: Path) -> None:
    standard = bagit.Bag(str(bag))
    assert standard.validate()
    assert standard.info["Source-Organization"] == "清河县 办公室"
    assert standard.info["Payload-Oxum"].endswith(".6")
    payload = {normalize("NFC", name): digests["sha256"] for name, digests in standard.payload_entries().items()}
    assert read_manifest(bag, "sha256") == payload
    assert check_bag(bag) == []


def test_a_bag_made_by_the_standard_tool_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    bagit.make_bag(str(tmp_path), {"Contact-Name": "甲"}, checksums=["sha256", "sha512"])
    assert check_bag(tmp_path) == []


def test_the_same_files_make_the_same_bag(bag: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(bag / "data", again)
    make_bag(again, {"Source-Organization": "清河县\n办公室", "Bagging-Date": "2026-12-31"})
    for path in (path for path in bag.rglob("*") if path.is_file()):
        assert (again / path.relative_to(bag)).read_bytes() == path.read_bytes()


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


@pytest.mark.parametrize(
    ("change", "path", "fault"),
    [
        (lambda bag: _append(bag / "data/b/空 格.pdf"), "data/b/空 格.pdf", "内容与清单不符"),
        (lambda bag: (bag / "data/b/c/零.bin").unlink(), "data/b/c/零.bin", "清单中有，文件没有"),
        (lambda bag: (bag / "data/多出.txt").write_bytes(b""), "data/多出.txt", "不在清单中"),
        (lambda bag: (bag / "说明.html").write_bytes(b""), "说明.html", "不在清单中"),
        (lambda bag: _append(bag / "bag-info.txt"), "bag-info.txt", "内容与清单不符"),
        (lambda bag: _append(bag / "manifest-sha512.txt"), "manifest-sha512.txt", "内容与清单不符"),
        (lambda bag: _append(bag / "tagmanifest-sha256.txt"), "", "清单 tagmanifest-sha256.txt 不是制作时的写法"),
        (lambda bag: (bag / "tagmanifest-sha512.txt").unlink(), "", "清单 tagmanifest-sha512.txt 读不出来"),
        (lambda bag: (bag / "bagit.txt").unlink(), "bagit.txt", "没有这个文件"),
    ],
)
def test_what_was_changed_is_named(bag: Path, change: Callable[[Path], object], path: str, fault: str) -> None:
    change(bag)
    assert (path, fault) in [(found.path, found.fault) for found in check_bag(bag)]


def test_a_name_listed_twice_is_refused(bag: Path) -> None:
    manifest = bag / "tagmanifest-sha256.txt"
    manifest.write_bytes(manifest.read_bytes() + manifest.read_bytes().splitlines(keepends=True)[0])
    assert [found.fault for found in check_bag(bag)] == ["清单 tagmanifest-sha256.txt 不是制作时的写法"]
