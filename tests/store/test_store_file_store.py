"""The OCFL storage root: what an independent validator says, versions, altered bytes, crashes at any instant."""

from __future__ import annotations

import errno
import hashlib
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
from archive.files.digests import Sm3, digest_of, sm3
from archive.store import version_staging
from archive.store.ocfl import FileStore
from archive.store.ocfl_inventory import SM3_SUMS, folder_name
from ssj_docs.ground.errors import DataError, FixityError, NotFoundError

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def add(store: FileStore, object_id: str, files: dict[str, bytes | Path], remove: tuple[str, ...] = ()) -> str:
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
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "archive")


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


def test_versions_are_kept_and_the_root_is_valid(store: FileStore, tmp_path: Path) -> None:
    scan = tmp_path / "扫描.pdf"
    scan.write_bytes(b"%PDF-1.7 first")
    assert add(store, "2026-003-0012", {"items/0001/记录表.pdf": scan, "case.json": b"{}"}) == "v1"
    assert add(store, "2026-003-0012", {"case.json": b'{"a": 1}'}) == "v2"
    assert add(store, "2026-003-0013", {"case.json": b"{}"}) == "v1"
    assert store.objects() == ("2026-003-0012", "2026-003-0013")
    assert store.read("2026-003-0012", "case.json") == b'{"a": 1}'
    assert store.read("2026-003-0012", "case.json", "v1") == b"{}"
    assert store.read("2026-003-0012", "items/0001/记录表.pdf") == b"%PDF-1.7 first"
    assert (tmp_path / "archive/2026-003-0012/v1/content/items/0001/记录表.pdf").is_file()
    assert_valid(tmp_path / "archive")
    version = store.inventory("2026-003-0012").version()
    assert (version.user, version.message, version.created) == ("王档案", "归档", "2026-05-04T09:30:00+00:00")


def test_no_change_gives_no_version(store: FileStore) -> None:
    add(store, "c", {"a.txt": b"1"})
    assert add(store, "c", {"a.txt": b"1"}) == "v1"
    assert store.inventory("c").head == "v1"


def test_same_bytes_are_stored_once(store: FileStore, tmp_path: Path) -> None:
    add(store, "c", {"a/one.bin": b"same", "b/two.bin": b"same"})
    add(store, "c", {"c/three.bin": b"same"})
    stored = list((tmp_path / "archive/c").rglob("*.bin"))
    assert len(stored) == 1
    assert all(store.read("c", path) == b"same" for path in ("a/one.bin", "b/two.bin", "c/three.bin"))
    assert_valid(tmp_path / "archive")


def test_removed_files_stay_in_earlier_versions(store: FileStore, tmp_path: Path) -> None:
    add(store, "c", {"a.txt": b"1", "b.txt": b"2"})
    add(store, "c", {}, remove=("a.txt",))
    with pytest.raises(NotFoundError):
        store.read("c", "a.txt")
    assert store.read("c", "a.txt", "v1") == b"1"
    assert_valid(tmp_path / "archive")


def test_three_digests_of_every_file(store: FileStore, tmp_path: Path) -> None:
    add(store, "c", {"a.txt": b"abc"})
    add(store, "c", {"b.txt": b"abcd" * 16})
    inventory = store.inventory("c")
    assert inventory.sha256["v1/content/a.txt"] == hashlib.sha256(b"abc").hexdigest()
    sums = version_staging.read_sm3_sums(store.read("c", SM3_SUMS))
    assert sums["v2/content/b.txt"] == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    assert sums["v1/content/sm3sum.txt"] == digest_of(tmp_path / "archive/c/v1/content/sm3sum.txt").sm3
    content, _ = inventory.content(SM3_SUMS)
    if shutil.which("cksum"):
        subprocess.run(
            ["cksum", "--check", "--strict", content], cwd=tmp_path / "archive/c", check=True, capture_output=True
        )


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a/./b", "a\\b", "a:b", "x\n", "", "a.", "长" * 90])
def test_paths_that_lead_out_or_cannot_be_files(store: FileStore, tmp_path: Path, path: str) -> None:
    with pytest.raises(DataError):
        add(store, "c", {path: b"1"})
    assert store.objects() == ()
    assert_valid(tmp_path / "archive")


def test_a_path_cannot_be_file_and_folder(store: FileStore) -> None:
    add(store, "c", {"a": b"1"})
    with pytest.raises(DataError):
        add(store, "c", {"a/b": b"2"})
    assert store.inventory("c").head == "v1"


def test_folder_names_agree_with_the_registered_extension(store: FileStore) -> None:
    layout = ocfl.layout_registry.get_layout("0003-hash-and-id-n-tuple-storage-layout")
    layout.check_and_set_layout_params(
        {"extensionName": layout.NAME, "digestAlgorithm": "sha256", "tupleSize": 0, "numberOfTuples": 0}
    )
    for object_id in ("2026-003-0012", "..", "a/b", "青禾", "x" * 120):
        assert folder_name(object_id) == layout.identifier_to_path(object_id)


def test_altered_bytes_are_refused(store: FileStore, tmp_path: Path) -> None:
    add(store, "c", {"a.txt": b"hello"})
    place = tmp_path / "archive/c/v1/content/a.txt"
    place.write_bytes(b"hellp")
    with pytest.raises(FixityError):
        store.read("c", "a.txt")
    place.unlink()
    with pytest.raises(FixityError):
        store.read("c", "a.txt")
    inventory = tmp_path / "archive/c/inventory.json"
    inventory.write_bytes(inventory.read_bytes().replace(b'"head": "v1"', b'"head":  "v1"'))
    with pytest.raises(FixityError):
        store.inventory("c")


def test_full_disk_changes_nothing(store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        store = FileStore(root)
        if not first:
            add(store, "c", {"a.txt": b"old"})
        pid = os.fork()
        if pid == 0:
            _crash_at(monkeypatch, step)
            add(store, "c", {"a.txt": b"new", "b/b.txt": b"more"})
            os._exit(0)
        finished = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        again = FileStore(root)
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
    store = FileStore(Path(root))
    for number in range(12):
        add(store, "shared", {f"{name}/{number}.txt": f"{name}{number}".encode()})


def test_killed_at_random_instants(tmp_path: Path) -> None:
    root, seed = tmp_path / "archive", random.Random(5)
    FileStore(root)
    context = multiprocessing.get_context("fork")
    for round_number in range(8):
        writer = context.Process(target=_write_many, args=(str(root), f"r{round_number}"))
        writer.start()
        time.sleep(seed.uniform(0.0, 0.15))
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        store = FileStore(root)
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
    store = FileStore(root)
    state = store.inventory("shared").version().state
    assert {p for p in state if p != SM3_SUMS} == {f"w{n}/{i}.txt" for n in range(3) for i in range(12)}
    assert store.inventory("shared").head == "v36"
    assert_valid(root)


def test_what_a_kill_left_while_the_root_was_laid_out_is_cleared(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    root.mkdir()
    (root / ".说明.txt.6936").write_bytes(b"half")
    (root / ".ocfl_layout.json.1").write_bytes(b"{")
    FileStore(root)
    assert [path.name for path in root.iterdir() if path.is_file() and path.name.startswith(".")] in ([], [".lock"])
    assert (root / "说明.txt").is_file()
