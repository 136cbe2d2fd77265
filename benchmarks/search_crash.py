"""Try the search index hard: kill -9 the writer at random moments, then cut and flip each of its files.

    python -m benchmarks.search_crash --kills 50

Right after each kill the index must answer with the old or the new state, whole, and take new pages. Every harmed file
must be noticed and the index built again. Prints what was found; leaves with 1 if a promise broke.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

from archive.search.engines.disk import DiskIndex, engine_kind
from archive.search.engines.generations import Store
from archive.search.engines.port import Wanted
from archive.search.fields.fields import PageRecord
from archive.search.query.parser import Everything, Word
from benchmarks.search_corpus import make_pages

PAGES = list(make_pages(300, seed=5))
NEW = 30
ALL = Wanted(limit=10_000)
KINDS = (("tantivy", "add"), ("tantivy", "rebuild"), ("whoosh", "add"), ("whoosh", "rebuild"))


def opened(folder: Path, engine: str) -> DiskIndex:
    """The index, as a new process sees it."""
    return DiskIndex(folder, engine_kind(engine), lambda: PAGES)


def write_for_ever(folder: Path, engine: str, what: str, ready: Connection) -> None:
    """Put in the same item anew, or rebuild, until killed."""
    index = opened(folder, engine)
    ready.send(True)
    number = 0
    while True:
        number += 1
        if what == "rebuild":
            index.rebuild(PAGES, "full")
        else:
            index.update([("new", "1")], (PageRecord("new", "1", n, text=f"第{number}次") for n in range(1, NEW + 1)))


def faults_after_kill(folder: Path, engine: str, truth: set[str]) -> str:
    """What is wrong with the index now; empty if nothing is."""
    index = opened(folder, engine)
    texts = {record.text for record, _ in index.find(Word("new", "case"), ALL).records}
    if index.find(Word("new", "case"), ALL).total not in (0, NEW) or len(texts) > 1:
        return "半新半旧"
    found = {record.id for record, _ in index.find(Word("检查", "text"), ALL).records if record.case != "new"}
    if found != truth:
        return f"查到 {len(found)} 页，应为 {len(truth)} 页"
    index.add([PageRecord("after", "1", 1, text="写得进")])
    written = index.find(Word("写得进"), ALL).total == 1
    index.update([("after", "1"), ("new", "1")], [])
    index.close()
    return "" if written else "写不进"


def kill_writers(root: Path, kills: int, rng: random.Random) -> list[str]:
    """What broke after each kill."""
    context = multiprocessing.get_context("spawn")
    truth = {page.id for page in PAGES if "检查" in page.text}
    broken: list[str] = []
    for number in range(kills):
        engine, what = KINDS[number % len(KINDS)]
        folder = root / f"{engine}-{what}"
        opened(folder, engine).close()
        here, there = context.Pipe()
        writer = context.Process(target=write_for_ever, args=(folder, engine, what, there))
        writer.start()
        here.recv()
        time.sleep(rng.random() * 0.6)
        writer.kill()
        writer.join()
        fault = faults_after_kill(folder, engine, truth)
        broken += [f"第 {number + 1} 次（{engine} {what}）：{fault}"] if fault else []
    return broken


def harm(path: Path, way: str, rng: random.Random) -> None:
    """Cut the file somewhere, or flip one bit of it."""
    data = bytearray(path.read_bytes())
    at = rng.randrange(len(data))
    if way == "cut":
        del data[at:]
    else:
        data[at] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def harm_files(root: Path, rng: random.Random) -> tuple[Counter[str], list[str]]:
    """Each file of each engine's index cut once and flipped once: how many, and which were not noticed."""
    tried: Counter[str] = Counter()
    unnoticed: list[str] = []
    for engine in ("tantivy", "whoosh"):
        whole = root / f"whole-{engine}"
        opened(whole, engine).close()
        current = Store(whole).current()
        assert current is not None
        for name in sorted(p.name for p in current.iterdir() if p.stat().st_size and "lock" not in p.name.lower()):
            for way in ("cut", "flip"):
                folder = root / "harmed"
                shutil.copytree(whole, folder)
                harm(folder / current.name / name, way, rng)
                index = opened(folder, engine)
                tried[f"{engine} {way}"] += 1
                if not index.fault or index.find(Everything(), ALL).total != len(PAGES):
                    unnoticed.append(f"{engine} {way} {name}")
                index.close()
                shutil.rmtree(folder)
    return tried, unnoticed


def main() -> None:
    """Run both trials and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        broken = kill_writers(Path(folder), options.kills, rng)
        print(f"写者被杀 {options.kills} 次，之后不对 {len(broken)} 次", *broken, sep="\n  ", flush=True)
        tried, unnoticed = harm_files(Path(folder), rng)
        print(f"索引文件改坏 {dict(tried)}，没有发觉 {len(unnoticed)} 次", *unnoticed, sep="\n  ")
    sys.exit(1 if broken or unnoticed else 0)


if __name__ == "__main__":
    main()
