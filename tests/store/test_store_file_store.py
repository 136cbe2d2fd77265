"""The OCFL storage root on disk: what independent programs say of it, and crashes at any instant."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import ocfl
import pytest

from archive.files import durable_files
from archive.files.digests import Sm3, sm3
from archive.store.ocfl import OcflStore
from archive.store.ocfl_inventory import SM3_SUMS, folder_name
from ssj_docs.ground.errors import DataError

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def add(store: OcflStore, object_id: str, files: dict[str, bytes | Path], remove: tuple[str, ...] = ()) -> str:
    return store.add_version(object_id, files, message="归档", user="王档案", created=NOW, remove=remove)


def assert_valid(root: Path) -> None:
    """ocfl-py's validator, strict about digest names, reading every byte."""
    storage = ocfl.StorageRoot(root=str(root))
    passed = storage.validate(check_digests=True, log_errors=True)
    # its result leaves out invalid objects: they only show in the counts
    assert passed and storage.good_objects == storage.num_objects and not storage.errors, (
        storage.errors,
        storage.num_traversal_errors,
        storage.log and storage.log.messages,
    )


@pytest.fixture
def store(tmp_path: Path) -> OcflStore:
    return OcflStore(tmp_path / "archive")


def test_sm3_standard_vectors() -> None:
    """GB/T 32905-2016 appendix A, and block borders against OpenSSL where it has SM3."""
    for data, expected in (
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ):
        own = Sm3()
        own.update(data[:5])
        own.update(data[5:])
        assert own.hexdigest() == expected
    for length in (0, 1, 55, 56, 63, 64, 65, 119, 120, 200):
        own, other = Sm3(), sm3()
        own.update(b"x" * length)
        other.update(b"x" * length)
        assert own.hexdigest() == other.hexdigest(), length


@pytest.mark.skipif(shutil.which("cksum") is None, reason="needs cksum of GNU coreutils")
def test_the_sm3_sums_are_read_by_cksum(store: OcflStore, tmp_path: Path) -> None:
    add(store, "c", {"a.txt": b"abc"})
    add(store, "c", {"b.txt": b"abcd" * 16})
    content, _ = store.inventory("c").content(SM3_SUMS)
    subprocess.run(
        ["cksum", "--check", "--strict", content], cwd=tmp_path / "archive/c", check=True, capture_output=True
    )


def test_folder_names_agree_with_the_registered_extension(store: OcflStore) -> None:
    layout = ocfl.layout_registry.get_layout("0003-hash-and-id-n-tuple-storage-layout")
    layout.check_and_set_layout_params(
        {"extensionName": layout.NAME, "digestAlgorithm": "sha256", "tupleSize": 0, "numberOfTuples": 0}
    )
    for object_id in ("2026-003-0012", "..", "a/b", "青禾", "x" * 120):
        assert folder_name(object_id) == layout.identifier_to_path(object_id)


def test_full_disk_changes_nothing(store: OcflStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store, "c", {"a.txt": b"1"})
    calls = 0

    def fail(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable_files.os, "fsync", fail)
    with pytest.raises(DataError, match="磁盘已满"):
        add(store, "c", {"b.txt": b"2", "c.txt": b"3"})
    monkeypatch.undo()
    assert store.inventory("c").head == "v1"
    assert not (tmp_path / "archive/extensions/ssj-staging").exists()
    assert_valid(tmp_path / "archive")


class _Crash(BaseException):
    """Stands for the power cut: nothing of ours may run after it."""


def _crash_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Make the n-th fsync or rename the last thing that happens."""
    count = 0

    def counted(real):
        def call(*args, **kwargs):
            nonlocal count
            count += 1
            if count == step:
                os._exit(9)
            return real(*args, **kwargs)

        return call

    for module, name in ((durable_files.os, "fsync"), (Path, "rename"), (Path, "replace"), (shutil, "rmtree")):
        monkeypatch.setattr(module, name, counted(getattr(module, name)))


@pytest.mark.parametrize("first", [True, False], ids=["new object", "further version"])
def test_crash_at_every_step_leaves_old_or_new(tmp_path: Path, first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child process dies at the 1st, 2nd, … fsync, rename or removal; then the store is opened again."""
    finished, step, outcomes = False, 0, set()
    while not finished:
        step += 1
        root = tmp_path / f"archive{step}"
        store = OcflStore(root)
        if not first:
            add(store, "c", {"a.txt": b"old"})
        pid = os.fork()
        if pid == 0:
            _crash_at(monkeypatch, step)
            add(store, "c", {"a.txt": b"new", "b/b.txt": b"more"})
            os._exit(0)
        finished = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        again = OcflStore(root)
        state = (
            tuple(again.read("c", path) for path in again.inventory("c").version().state if path != SM3_SUMS)
            if again.has("c")
            else ()
        )
        assert state in {(b"new", b"more"), () if first else (b"old",)}
        outcomes.add(state)
        assert not (root / "extensions/ssj-staging").exists()
        assert_valid(root)
        add(again, "c", {"a.txt": b"after"})
        assert again.read("c", "a.txt") == b"after"
    assert step > 8
    assert len(outcomes) == 2


def _write_many(root: str, name: str) -> None:
    store = OcflStore(Path(root))
    for number in range(12):
        add(store, "shared", {f"{name}/{number}.txt": f"{name}{number}".encode()})


def test_killed_at_random_instants(tmp_path: Path) -> None:
    root, seed = tmp_path / "archive", random.Random(5)
    OcflStore(root)
    context = multiprocessing.get_context("fork")
    for round_number in range(8):
        writer = context.Process(target=_write_many, args=(str(root), f"r{round_number}"))
        writer.start()
        time.sleep(seed.uniform(0.0, 0.15))
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        store = OcflStore(root)
        if store.has("shared"):
            for path, _ in store.inventory("shared").version().state.items():
                if path != SM3_SUMS:
                    assert store.read("shared", path) == path.removesuffix(".txt").replace("/", "").encode()
    assert_valid(root)


def test_writers_in_several_processes_lose_nothing(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_many, args=(str(root), f"w{n}")) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    store = OcflStore(root)
    state = store.inventory("shared").version().state
    assert {p for p in state if p != SM3_SUMS} == {f"w{n}/{i}.txt" for n in range(3) for i in range(12)}
    assert store.inventory("shared").head == "v36"
    assert_valid(root)


def test_what_a_kill_left_while_the_root_was_laid_out_is_cleared(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    root.mkdir()
    (root / ".说明.txt.6936").write_bytes(b"half")
    (root / ".ocfl_layout.json.1").write_bytes(b"{")
    OcflStore(root)
    assert [path.name for path in root.iterdir() if path.is_file() and path.name.startswith(".")] in ([], [".lock"])
    assert (root / "说明.txt").is_file()
