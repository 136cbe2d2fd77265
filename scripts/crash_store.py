"""Try the archive's promises hard: kill -9 while filing, bits flipped in archive and database.

    python scripts/crash_store.py --kills 300 --flips 500

Every round works on a real workspace in a temporary folder. Prints what was found; leaves with 1 if a promise broke.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import ocfl

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from archive.cases import case_file, catalogue  # noqa: E402
from archive.cases.case_file import NewItem, add_item  # noqa: E402
from archive.preservation.fixity import verify  # noqa: E402
from archive.store.opening import store_of  # noqa: E402
from ssj_docs.database import registers  # noqa: E402
from ssj_docs.model.case import Case  # noqa: E402
from ssj_docs.model.people import Subject  # noqa: E402
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace  # noqa: E402

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
CASES = [f"2026-001-{number:04d}" for number in range(1, 6)]


@dataclass
class Tally:
    """What was tried and what broke."""

    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def opened(root: Path) -> Workspace:
    """The workspace, as a new process sees it."""
    return open_workspace(root, today=NOW.date(), now=NOW, who="试验")


def prepared(root: Path) -> None:
    """A workspace with five cases."""
    init_workspace(root)
    office = opened(root)
    with office.transaction() as connection:
        registers.save_subjects(connection, [Subject(case, f"青禾{case}商行") for case in CASES])
        registers.save_cases(
            connection, [Case(case, "2026-001", n, case, (), date(2026, 3, 2)) for n, case in enumerate(CASES, 1)]
        )
    office.close()


def paper(number: int) -> NewItem:
    """The number-th paper of the trial, recognisable by its bytes."""
    return NewItem(
        "jilubiao", f"记录表 {number}", {"记录表.pdf": f"paper {number} ".encode() * 400}, date=date(2026, 4, 1)
    )


def file_papers(root: str, first: int, inbox: str, count: int = 40) -> None:
    """Receive as the product does: file each waiting paper, commit, and only then take it from the inbox."""
    office = opened(Path(root))
    for number in range(first, first + count):
        waiting = Path(inbox) / str(number)
        with office.transaction() as connection:
            add_item(office, connection, CASES[number % len(CASES)], paper(number))
        waiting.unlink(missing_ok=True)


def kill_rounds(root: Path, rounds: int, seed: random.Random) -> Tally:
    """Kill the filing process at a random instant, restart it until everything is filed, count."""
    tally, inbox, context = Tally(), root / "inbox", multiprocessing.get_context("fork")
    number = 0
    for _ in range(rounds):
        waiting = sorted(int(path.name) for path in inbox.iterdir() if path.name.isdigit())
        if not waiting:
            for fresh in range(number, number + 40):
                (inbox / str(fresh)).write_bytes(b"x")
            first, number = number, number + 40
        else:
            first = waiting[0]
        child = context.Process(target=file_papers, args=(str(root), first, str(inbox)))
        child.start()
        time.sleep(seed.uniform(0.0, 1.2))
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        tally.tried += 1
        tally.broken += _state_faults(root, inbox)
    return tally


def _state_faults(root: Path, inbox: Path) -> list[str]:
    """After a kill: each paper is in the inbox or in the archive, none twice, the storage root valid."""
    office = opened(root)
    store = store_of(office)
    stored = [item.title for case in CASES for item in case_file.stored_items(store, case)]
    with office.read() as connection:
        listed = [item.title for item in catalogue.load_items(connection)]
    office.close()
    waiting = {f"记录表 {path.name}" for path in inbox.iterdir() if path.name.isdigit()}
    faults = [f"重复：{title}" for title, count in Counter(stored).items() if count > 1]
    faults += [f"目录有而档案无：{title}" for title in set(listed) - set(stored)]
    highest = max((int(title.split()[1]) for title in stored), default=-1)
    faults += [f"丢失：{n}" for n in range(highest) if f"记录表 {n}" not in waiting and f"记录表 {n}" not in listed]
    return faults


def finish(root: Path) -> list[str]:
    """Let everything be filed, then verify with our own check and with ocfl-py's."""
    inbox = root / "inbox"
    waiting = sorted(int(path.name) for path in inbox.iterdir() if path.name.isdigit())
    for number in waiting:
        file_papers(str(root), number, str(inbox), 1)
    office = opened(root)
    report = verify(office)
    office.close()
    storage = ocfl.StorageRoot(root=str(root / "archive"))
    valid = storage.validate() and storage.good_objects == storage.num_objects and not storage.errors
    return (
        [f.path + f.fault for f in report.faults]
        + ([] if report.journal == "intact" else [report.journal])
        + ([] if valid else [f"ocfl-py：{storage.errors}"])
    )


def flip_rounds(root: Path, rounds: int, seed: random.Random) -> Tally:
    """Flip one bit at a time: in the archive, anywhere in the database, in a row of the journal; verify must name it."""
    tally = Tally()
    office = opened(root)
    verify(office)  # leaves the registers kept and the database sealed
    office.close()
    files = [path for path in sorted((root / "archive").rglob("*")) if path.is_file() and path.stat().st_size]
    told = _journal_words(root)
    for number in range(rounds):
        where = ("档案", "数据库", "流水")[number % 3]
        place = seed.choice(files) if where == "档案" else root / "ssj.db"
        whole = place.read_bytes()
        word = seed.choice(told) if where == "流水" else whole
        first = whole.find(word)
        bit = first * 8 + seed.randrange(len(word) * 8)
        outcome = _flipped(root, place, whole, bit)
        tally.tried += 1
        tally.outcomes[f"{where}：{outcome}"] += 1
        if outcome == "漏掉":
            tally.broken.append(f"{place.relative_to(root)} 第 {bit} 位")
        if number % 50 == 49:
            print(f"  {number + 1} 位，漏掉 {len(tally.broken)} 处", flush=True)
    return tally


def _journal_words(root: Path) -> list[bytes]:
    """Values of the journal's rows, as they stand in the database file."""
    with closing(sqlite3.connect(root / "ssj.db")) as connection:
        rows = connection.execute('SELECT hash, digest, detail, subject, "when", who FROM journal').fetchall()
    whole = (root / "ssj.db").read_bytes()
    return [word for row in rows for value in row if (word := str(value).encode()) and word in whole]


def _flipped(root: Path, place: Path, whole: bytes, bit: int) -> str:
    """What verify says of a copy of the workspace with this bit flipped."""
    flipped = bytearray(whole)
    flipped[bit // 8] ^= 1 << bit % 8
    copy = root.parent / "copy"
    shutil.copytree(root, copy, copy_function=os.link, ignore=shutil.ignore_patterns("*-wal", "*-shm", "ssj.db.seal"))
    target = copy / place.relative_to(root)
    target.unlink()
    target.write_bytes(flipped)
    try:
        if place.name == "ssj.db":
            shutil.copy(root / "ssj.db.seal", copy / "ssj.db.seal")
            return _database_outcome(copy, root)
        (copy / "ssj.db").unlink()
        shutil.copy(root / "ssj.db", copy / "ssj.db")
        named = place.relative_to(root).as_posix() in {f.path for f in _checked(copy).faults}
        return "发现并指明" if named else "漏掉"
    finally:
        shutil.rmtree(copy)


def _checked(root: Path):  # type: ignore[no-untyped-def]
    with opened(root) as office:
        return verify(office)


def _database_outcome(copy: Path, root: Path) -> str:
    """Found, or without effect on any stored value (unused space in a page), or missed."""
    if not _checked(copy).sound:
        return "发现"
    return "空白处，不影响任何内容" if _dump(copy, skip=True) == _dump(root, skip=True) else "漏掉"


def _dump(root: Path, *, skip: bool) -> list[str]:
    """Every value stored, but for what the check itself adds."""
    with closing(sqlite3.connect(root / "ssj.db")) as connection:
        lines = list(connection.iterdump())
    added = ("fixity_checks", '"journal"', "sqlite_sequence")
    return [line for line in lines if not (skip and line.startswith("INSERT") and any(name in line for name in added))]


def main() -> None:
    """Run the trials."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--flips", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    seed = random.Random(options.seed)
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="ssj-crash-") as folder:
        root = Path(folder) / "w"
        prepared(root)
        kills = kill_rounds(root, options.kills, seed)
        after = finish(root)
        print(
            f"kill -9：{kills.tried} 次，破坏 {len(kills.broken)} 处；全部归档后核验的问题 {len(after)} 处", flush=True
        )
        flips = flip_rounds(root, options.flips, seed)
    print(
        f"翻转一位：{flips.tried} 处，" + "，".join(f"{name} {count}" for name, count in sorted(flips.outcomes.items()))
    )
    for fault in (*kills.broken, *after, *flips.broken):
        print(f"  · {fault}")
    sys.exit(1 if kills.broken or after or flips.broken else 0)


if __name__ == "__main__":
    main()
