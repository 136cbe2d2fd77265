"""What every file store does, whatever it keeps its files on: one test for all adapters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_store_file_store import assert_valid

from archive.files.digests import digest_of
from archive.store.memory import MemoryStore
from archive.store.object_check import Tally
from archive.store.ocfl import OcflStore
from archive.store.ocfl_inventory import SM3_SUMS
from archive.store.port import FileStore
from archive.store.version_building import read_sm3_sums
from ssj_docs.ground.errors import DataError, FixityError, NotFoundError

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
CASE = "2026-003-0012"


@dataclass(frozen=True)
class Adapter:
    """A store, and how another hand changes a file of it by its name there (None: takes it away)."""

    store: FileStore
    change: Callable[[str, bytes | None], None]


def on_disk(root: Path) -> Adapter:
    def change(name: str, data: bytes | None) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).unlink() if data is None else (root / name).write_bytes(data)

    return Adapter(OcflStore(root), change)


def in_memory(_root: Path) -> Adapter:
    store = MemoryStore()

    def change(name: str, data: bytes | None) -> None:
        if data is None:
            del store.raw[name]
        else:
            store.raw[name] = data

    return Adapter(store, change)


ADAPTERS = (on_disk, in_memory)


@pytest.fixture(params=ADAPTERS, ids=lambda make: make.__name__)
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Adapter:
    return request.param(tmp_path / "archive")


@pytest.fixture
def store(adapter: Adapter) -> FileStore:
    return adapter.store


def add(store: FileStore, object_id: str, files: dict[str, bytes | Path], remove: tuple[str, ...] = ()) -> str:
    return store.add_version(object_id, files, message="归档", user="王档案", created=NOW, remove=remove)


def faults(store: FileStore) -> list[tuple[str, str]]:
    tally = Tally()
    store.check_root(tally)
    for name in store.names():
        store.check(name, tally)
    return [(fault.path, fault.fault) for fault in tally.faults]


def everything(store: FileStore) -> dict[str, bytes]:
    """Every file of the store, as a copy of it takes them."""
    found = {}
    for name in ("", *store.names()):
        with store.files(name) as files:
            for file in files:
                with file.open() as stream:
                    found[file.name] = stream.read()
                assert len(found[file.name]) == file.size
    return found


# --- reading and writing ----------------------------------------------------------------------------------------------
def test_versions_are_kept(store: FileStore, tmp_path: Path) -> None:
    scan = tmp_path / "扫描.pdf"
    scan.write_bytes(b"%PDF-1.7 first")
    assert add(store, CASE, {"items/0001/记录表.pdf": scan, "case.json": b"{}"}) == "v1"
    assert add(store, CASE, {"case.json": b'{"a": 1}'}) == "v2"
    assert add(store, "2026-003-0013", {"case.json": b"{}"}) == "v1"
    assert store.objects() == (CASE, "2026-003-0013")
    assert store.has(CASE)
    assert not store.has("2026-003-0014")
    assert store.read(CASE, "case.json") == b'{"a": 1}'
    assert store.read(CASE, "case.json", "v1") == b"{}"
    assert store.read_from(store.inventory(CASE), "items/0001/记录表.pdf") == b"%PDF-1.7 first"
    assert store.location(CASE, "items/0001/记录表.pdf") == f"{CASE}/v1/content/items/0001/记录表.pdf"
    version = store.inventory(CASE).version()
    assert (version.user, version.message, version.created) == ("王档案", "归档", "2026-05-04T09:30:00+00:00")
    assert faults(store) == []


def test_no_change_gives_no_version(store: FileStore) -> None:
    add(store, "c", {"a.txt": b"1"})
    before = everything(store)
    assert add(store, "c", {"a.txt": b"1"}) == "v1"
    assert everything(store) == before


def test_same_bytes_are_stored_once(store: FileStore) -> None:
    add(store, "c", {"a/one.bin": b"same", "b/two.bin": b"same"})
    add(store, "c", {"c/three.bin": b"same"})
    assert [name for name in everything(store) if name.endswith(".bin")] == ["c/v1/content/a/one.bin"]
    assert all(store.read("c", path) == b"same" for path in ("a/one.bin", "b/two.bin", "c/three.bin"))
    assert faults(store) == []


def test_removed_files_stay_in_earlier_versions(store: FileStore) -> None:
    add(store, "c", {"a.txt": b"1", "b.txt": b"2"})
    add(store, "c", {}, remove=("a.txt",))
    with pytest.raises(NotFoundError):
        store.read("c", "a.txt")
    assert store.read("c", "a.txt", "v1") == b"1"
    assert faults(store) == []


def test_three_digests_of_every_file(store: FileStore) -> None:
    add(store, "c", {"a.txt": b"abc"})
    add(store, "c", {"b.txt": b"abcd" * 16})
    inventory = store.inventory("c")
    assert inventory.sha256["v1/content/a.txt"] == hashlib.sha256(b"abc").hexdigest()
    sums = read_sm3_sums(store.read("c", SM3_SUMS))
    assert sums["v2/content/b.txt"] == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    assert sums["v1/content/sm3sum.txt"] == digest_of(store.read("c", SM3_SUMS, "v1")).sm3
    assert store.digests("c", "a.txt") == digest_of(b"abc")


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a/./b", "a\\b", "a:b", "x\n", "", "a.", "长" * 90])
def test_paths_that_lead_out_or_cannot_be_files(store: FileStore, path: str) -> None:
    before = everything(store)
    with pytest.raises(DataError):
        add(store, "c", {"good.txt": b"1", path: b"1"})
    assert store.objects() == ()
    assert everything(store) == before


def test_a_path_cannot_be_file_and_folder(store: FileStore) -> None:
    add(store, "c", {"a": b"1"})
    with pytest.raises(DataError):
        add(store, "c", {"a/b": b"2"})
    assert store.inventory("c").head == "v1"


def test_what_is_not_there_is_said_so(store: FileStore) -> None:
    add(store, "c", {"a.txt": b"1"})
    for ask in (store.inventory, lambda name: store.read(name, "a.txt"), lambda name: store.location(name, "a.txt")):
        with pytest.raises(NotFoundError):
            ask("d")
    for verb in (store.read, store.open, store.digests, store.location):
        with pytest.raises(NotFoundError):
            verb("c", "b.txt")
    with pytest.raises(NotFoundError), store.local_copy("c", "b.txt"):
        pass
    assert not store.lies("d")


def test_streams_and_local_copies(store: FileStore) -> None:
    data = bytes(range(256)) * 1024
    add(store, "c", {"items/0001/大.bin": data})
    with store.open("c", "items/0001/大.bin") as stream:
        assert stream.read(1000) == data[:1000]
        assert stream.read() == data[1000:]
    with store.open("c", "items/0001/大.bin") as stream:
        assert digest_of(stream) == digest_of(data)
    with store.local_copy("c", "items/0001/大.bin") as place:
        assert place.suffix == ".bin"
        assert place.read_bytes() == data
    with store.local_folder("c") as folder:
        assert (folder / "v1/content/items/0001/大.bin").read_bytes() == data
        assert (folder / "inventory.json").is_file()


# --- bytes that another hand changed ----------------------------------------------------------------------------------
def test_altered_bytes_are_refused(adapter: Adapter) -> None:
    store = adapter.store
    add(store, "c", {"a.txt": b"hello", "b.txt": b"1"})
    adapter.change(store.location("c", "a.txt"), b"hellp")
    with pytest.raises(FixityError, match="已被改动"):
        store.read("c", "a.txt")
    with store.open("c", "a.txt") as stream, pytest.raises(FixityError, match="已被改动"):
        digest_of(stream)
    assert store.digests("c", "a.txt") == digest_of(b"hellp")
    assert faults(store) == [("archive/c/v1/content/a.txt", "内容被改动（SHA-512 不符）")]
    with pytest.raises(FixityError):
        store.purge("c", ["b.txt"], {}, message="", user="", created=NOW)
    with pytest.raises(FixityError):
        store.restart("c", message="", user="", created=NOW)
    assert store.read("c", "b.txt") == b"1"


def test_lost_bytes_are_missed(adapter: Adapter) -> None:
    store = adapter.store
    add(store, "c", {"a.txt": b"hello", "b.txt": b"1"})
    adapter.change(store.location("c", "a.txt"), None)
    for verb in (store.read, store.open, store.digests):
        with pytest.raises(FixityError, match="不见了"):
            verb("c", "a.txt")
    with pytest.raises(FixityError, match="不见了"), store.local_copy("c", "a.txt"):
        pass
    assert faults(store) == [("archive/c/v1/content/a.txt", "文件缺失")]
    with pytest.raises(FixityError):
        store.purge("c", ["b.txt"], {}, message="", user="", created=NOW)
    assert store.read("c", "b.txt") == b"1"


@pytest.mark.parametrize("damage", [b"hellp", b"", None])
def test_damaged_bytes_are_put_back_and_no_others(adapter: Adapter, damage: bytes | None, tmp_path: Path) -> None:
    store, right, wrong = adapter.store, tmp_path / "right", tmp_path / "wrong"
    right.write_bytes(b"hello")
    wrong.write_bytes(b"other")
    add(store, "c", {"a.txt": b"hello", "b.txt": b"1"})
    before = everything(store)
    assert not store.mend("c", "a.txt", right)
    adapter.change(store.location("c", "a.txt"), damage)
    with pytest.raises(FixityError, match="不是同样的字节"):
        store.mend("c", "a.txt", wrong)
    assert store.mend("c", "a.txt", right)
    assert everything(store) == before
    assert (store.read("c", "a.txt"), faults(store)) == (b"hello", [])
    with pytest.raises(NotFoundError):
        store.mend("c", "none.txt", right)
    with pytest.raises(NotFoundError):
        store.mend("d", "a.txt", right)
    adapter.change("c/inventory.json", b"{}")
    with pytest.raises(FixityError):
        store.mend("c", "a.txt", right)


def test_an_altered_inventory_is_refused(adapter: Adapter) -> None:
    store = adapter.store
    add(store, "c", {"a.txt": b"1"})
    add(store, "d", {"a.txt": b"1"})
    whole = everything(store)["c/inventory.json"]
    adapter.change("c/inventory.json", whole.replace(b'"head": "v1"', b'"head":  "v1"'))
    for ask in (store.inventory, lambda name: store.read(name, "a.txt"), lambda _: store.objects()):
        with pytest.raises(FixityError):
            ask("c")
    assert faults(store) == [("archive/c/inventory.json", "清单被改动，与摘要不符")]
    adapter.change("c/inventory.json", None)
    assert not store.has("c")
    assert store.lies("c")
    assert faults(store) == [("archive/c/inventory.json", "清单缺失")]
    adapter.change("c/inventory.json", whole)
    adapter.change("c/v1/inventory.json.sha512", None)
    with pytest.raises(FixityError):
        store.inventory("c")
    assert store.read("d", "a.txt") == b"1"


def test_strays_and_lost_declarations_are_named(adapter: Adapter) -> None:
    add(adapter.store, "c", {"a.txt": b"1"})
    adapter.change("0=ocfl_1.1", None)
    adapter.change("ocfl_layout.json", b"{}")
    adapter.change("stray.txt", b"x")
    adapter.change("extensions/other/config.json", b"{}")
    adapter.change("c/v1/content/extra.txt", b"x")
    adapter.change("c/notes/extra.txt", b"x")
    adapter.change("nobody/x.txt", b"x")
    assert set(faults(adapter.store)) == {
        ("archive/0=ocfl_1.1", "文件缺失"),
        ("archive/ocfl_layout.json", "文件被改动"),
        ("archive/stray.txt", "多出的文件"),
        ("archive/extensions/other", "多出的文件夹"),
        ("archive/c/v1/content/extra.txt", "多出的文件，不在清单中"),
        ("archive/c/notes/extra.txt", "多出的文件，不在清单中"),
        ("archive/c/notes", "多出的文件夹"),
        ("archive/nobody/0=ocfl_object_1.1", "对象声明缺失"),
        ("archive/nobody/inventory.json", "清单缺失"),
        ("archive/nobody/inventory.json.sha512", "清单摘要缺失"),
    }


# --- objects written anew ---------------------------------------------------------------------------------------------
def test_purged_bytes_are_in_no_version(store: FileStore) -> None:
    add(store, "c", {"items/0001/a.pdf": b"secret", "case.json": b"1", "b.txt": b"kept"})
    add(store, "c", {"items/0001/a.pdf": b"secret too", "again.txt": b"kept"})
    assert store.purge("c", ["items/0001/a.pdf"], {"case.json": b"2"}, message="销毁", user="王", created=NOW) == "v3"
    for version in ("v1", "v2", "v3"):
        with pytest.raises(NotFoundError):
            store.read("c", "items/0001/a.pdf", version)
    assert not [name for name, data in everything(store).items() if data.startswith(b"secret")]
    assert store.read("c", "again.txt") == b"kept"
    assert (store.read("c", "case.json", "v1"), store.read("c", "case.json")) == (b"1", b"2")
    assert faults(store) == []


def test_an_object_is_started_again_with_its_newest_state(store: FileStore) -> None:
    for number in range(3):
        add(store, "registers", {"state.json": str(number).encode(), f"{number}.txt": b"x"})
    assert store.restart("registers", message="登记快照", user="王", created=NOW) == "v1"
    assert store.read("registers", "state.json") == b"2"
    assert {path for path in store.inventory("registers").version().state if path != SM3_SUMS} == {
        "state.json",
        "0.txt",
        "1.txt",
        "2.txt",
    }
    assert not [name for name in everything(store) if name.startswith("registers/v2")]
    assert faults(store) == []


# --- between adapters -------------------------------------------------------------------------------------------------
def test_the_same_writes_give_the_same_files_in_every_adapter(tmp_path: Path) -> None:
    scan = tmp_path / "扫描.pdf"
    scan.write_bytes(b"%PDF-1.7 " + bytes(range(256)))
    kept = []
    for make in ADAPTERS:
        store = make(tmp_path / "archive").store
        add(store, "registers", {"state.json": b"1"})
        add(store, "青禾/1", {"items/0001/记录表.pdf": scan, "items/0001/又.pdf": scan, "case.json": b"{}"})
        add(store, "青禾/1", {"case.json": b'{"a": 1}', "同.pdf": scan}, remove=("items/0001/又.pdf",))
        add(store, "青禾/1", {"密.txt": b"secret", "又.txt": b"secret"})
        store.purge("青禾/1", ["密.txt"], {"case.json": b"3"}, message="销毁", user="王", created=NOW)
        add(store, "registers", {"state.json": b"2"})
        store.restart("registers", message="快照", user="王", created=NOW)
        assert faults(store) == []
        kept.append(everything(store))
    assert kept[0] == kept[1]
    assert_valid(tmp_path / "archive")
    assert len(kept[0]) > 25
