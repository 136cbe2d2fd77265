"""The index on disk: damage is noticed and mended, a killed writer harms nobody, readers see what is new."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive.search.engines.disk import DiskIndex, engine_kind, open_index
from archive.search.engines.generations import Store, read_manifest
from archive.search.engines.port import Wanted
from archive.search.fields.fields import PageRecord
from archive.search.query.parser import Everything, Word
from benchmarks.search_corpus import make_pages
from ssj_docs.ground.errors import DataError, UsageError
from ssj_docs.ground.remedies import do

ALL = Wanted(limit=10_000)
PAGES = list(make_pages(30, seed=5))
DISK_ENGINES = ("tantivy", "whoosh")


def source() -> list[PageRecord]:
    return PAGES


def make(folder: Path, engine: str) -> None:
    index = open_index(folder, engine)
    index.rebuild(PAGES, "full")
    index.close()


def generation(folder: Path) -> Path:
    current = Store(folder).current()
    assert current is not None
    return current


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


HARMS: list[Callable[[Path], None]] = [cut, flip, empty, Path.unlink]


@pytest.mark.parametrize("engine", DISK_ENGINES)
@pytest.mark.parametrize("harm", HARMS)
def test_every_damaged_file_is_noticed_and_mended(tmp_path: Path, engine: str, harm: Callable[[Path], None]) -> None:
    """Each file of the index in turn; a smaller file is harmed by whichever way changes it."""
    make(tmp_path / "whole", engine)
    names = [
        p.name for p in generation(tmp_path / "whole").iterdir() if p.stat().st_size and "lock" not in p.name.lower()
    ]
    assert len(names) > 2
    for name in names:
        folder = tmp_path / f"harmed-{name}"
        shutil.copytree(tmp_path / "whole", folder)
        harm(generation(folder) / name)
        with pytest.raises(DataError, match="索引") as refused:
            open_index(folder, engine)
        assert do("reindex") in refused.value.remedy.actions
        mended = open_index(folder, engine, source)
        assert isinstance(mended, DiskIndex) and mended.find(Everything(), ALL).total == 30, name
        mended.close()
        shutil.rmtree(folder)


def test_a_copied_or_touched_index_is_sound(tmp_path: Path) -> None:
    make(tmp_path / "a", "tantivy")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    for path in generation(tmp_path / "b").iterdir():
        os.utime(path)
    assert open_index(tmp_path / "b", "tantivy").find(Everything(), ALL).total == 30


def test_damage_with_unchanged_times_is_found_by_verify(tmp_path: Path) -> None:
    make(tmp_path / "a", "tantivy")
    path = max(generation(tmp_path / "a").iterdir(), key=lambda p: p.stat().st_size)
    times = path.stat()
    flip(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    index = open_index(tmp_path / "a", "tantivy")
    assert isinstance(index, DiskIndex) and path.name in index.verify()


@pytest.mark.parametrize("change", ["current", "schema", "engine", "foreign"])
def test_foreign_and_outdated_indexes_are_rebuilt(tmp_path: Path, change: str) -> None:
    folder = tmp_path / "index"
    make(folder, "whoosh" if change == "engine" else "tantivy")
    if change == "current":
        (folder / "CURRENT").write_text("g9999")
    elif change == "schema":
        path = generation(folder) / "ssj.json"
        manifest = read_manifest(generation(folder))
        assert manifest
        path.write_bytes(type(manifest)(**{**manifest.__dict__, "schema": 0}).as_bytes())
    elif change == "foreign":
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / "_MAIN_1.toc").write_bytes(b"something else")
        (folder / "CURRENT").write_bytes(b"\xff\xfe")
    index = open_index(folder, "tantivy", source)
    assert isinstance(index, DiskIndex) and index.fault and index.find(Everything(), ALL).total == 30
    assert len([p for p in folder.iterdir() if p.is_dir()]) == 1


def test_a_missing_index_is_made(tmp_path: Path) -> None:
    assert open_index(tmp_path / "new", "tantivy", source).find(Everything(), ALL).total == 30
    assert open_index(tmp_path / "empty", "tantivy").find(Everything(), ALL).total == 0


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UsageError, match="lucene"):
        engine_kind("lucene")
    assert engine_kind("auto").name == "tantivy"


@pytest.mark.parametrize("engine", DISK_ENGINES)
def test_readers_see_what_is_new_and_what_is_swapped(tmp_path: Path, engine: str) -> None:
    make(tmp_path, engine)
    reader, writer = open_index(tmp_path, engine), open_index(tmp_path, engine)
    assert reader.find(Word("新来的"), ALL).total == 0
    writer.add([PageRecord("new", "0001", 1, text="新来的一页")])
    assert reader.find(Word("新来的"), ALL).total == 1
    writer.rebuild(PAGES[:10], "ten")
    assert reader.find(Everything(), ALL).total == 10 and reader.state == "ten"
    writer.add([PageRecord("new", "0001", 1, text="新来的一页")])
    assert reader.find(Word("新来的"), ALL).total == 1
    # the reader may become the writer of what another process began
    reader.update([("new", "0001")], [])
    assert writer.find(Word("新来的"), ALL).total == 0


def test_readers_go_on_while_another_writes_and_a_second_writer_waits(tmp_path: Path) -> None:
    make(tmp_path, "tantivy")
    reader, writer = open_index(tmp_path, "tantivy"), DiskIndex(tmp_path, engine_kind("tantivy"), None, wait=0.2)

    def slow() -> Iterator[PageRecord]:
        yield PageRecord("new", "0001", 1, text="新来的一页")
        assert reader.find(Everything(), ALL).total == 30
        assert open_index(tmp_path, "tantivy").find(Everything(), ALL).total == 30
        with pytest.raises(DataError, match="另一个程序写入"):
            writer.add([PageRecord("other", "0001", 1)])

    open_index(tmp_path, "tantivy").update((), slow())
    writer.add([PageRecord("other", "0001", 1)])
    assert reader.find(Everything(), ALL).total == 32


_WRITER = """
import sys
from pathlib import Path
from archive.search.engines.disk import open_index
from archive.search.fields.fields import PageRecord
from benchmarks.search_corpus import make_pages
folder, engine, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
pages = list(make_pages(30, seed=5))
index = open_index(folder, engine, lambda: pages)
print("ready", flush=True)
number = 0
while True:
    number += 1
    if what == "rebuild":
        index.rebuild(pages, "full")
    else:
        index.update([("new", "0001")], [PageRecord("new", "0001", n, text=f"第{number}次") for n in range(1, 31)])
"""


@pytest.mark.parametrize(
    ("engine", "what", "kills"), [("tantivy", "add", 7), ("tantivy", "rebuild", 5), ("whoosh", "add", 3)]
)
def test_a_killed_writer_harms_nobody(tmp_path: Path, engine: str, what: str, kills: int) -> None:
    """Kill at random moments; right afterwards the old or the new state answers, never half of one."""
    make(tmp_path, engine)
    rng = random.Random(1)
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, tmp_path, engine, what],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout and process.stdout.readline() == b"ready\n"
        time.sleep(rng.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        index = open_index(tmp_path, engine, source)
        assert index.find(Word("new", "case"), ALL).total in (0, 30)
        old = {record.id for record, _ in index.find(Word("检查"), ALL).records if record.case != "new"}
        assert old == {page.id for page in PAGES if "检查" in page.text or "检查" in page.title}
        index.add([PageRecord("after", "0001", 1, text="写得进")])
        assert index.find(Word("写得进"), ALL).total == 1
        index.update([("after", "0001"), ("new", "0001")], [])
        index.close()


def test_a_full_disk_is_told_and_leaves_the_index(tmp_path: Path) -> None:
    make(tmp_path, "tantivy")
    index = open_index(tmp_path, "tantivy")

    def full() -> Iterator[PageRecord]:
        yield PageRecord("new", "0001", 1)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DataError, match="磁盘已满"):
        index.add(full())
    assert index.find(Everything(), ALL).total == 30


def test_the_list_of_files_is_readable_and_guarded(tmp_path: Path) -> None:
    make(tmp_path, "tantivy")
    lines = (generation(tmp_path) / "ssj.json").read_bytes().split(b"\n", 1)
    content = json.loads(lines[1])
    assert content["engine"] == "tantivy" and content["state"] == "full" and "meta.json" in content["files"]
