"""Kill -9 at random instants while receiving; after each restart nothing may be lost, nothing double, verify clean.

    python scripts/crash_receive.py [--times 60] [--seed 1]

Each round: a fresh office with an inbox (a stack of five forms, a single form, a digitally unsigned letter without
a code, a broken file); `receive` runs in a process that is killed at a random instant, four to eight times; then it runs
to its end. Checked at every kill: each file that came in is, byte for byte, in the inbox or in the archive. Checked at
the end: every form in its case exactly once, in the catalogue and in the storage root; the journal intact; `verify`
without a fault; inbox and staging empty; a further run changes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "shared")]

from office import case_id, form_of, make_office, open_office  # noqa: E402
from paper import join, paper  # noqa: E402

from archive.cases import catalogue, receipts  # noqa: E402
from archive.cases.case_file import stored_items  # noqa: E402
from archive.preservation.fixity import verify  # noqa: E402
from archive.receiving.receive import receive  # noqa: E402
from archive.store.opening import store_of  # noqa: E402
from ssj_docs.database import journal  # noqa: E402

STACKED, SINGLE = 5, 1


def prepare(folder: Path) -> dict[str, bytes]:
    """Make the office and fill its inbox; give the files by name."""
    office = make_office(folder, STACKED + SINGLE)
    pages = [page for number in range(1, STACKED + 1) for page in form_of(office, number)]
    random.Random(3).shuffle(pages)
    files = {
        "stack.pdf": join(pages),
        "letter.pdf": paper([(["a letter", "no code"], "")]),
        "broken.pdf": b"%PDF-1.4 x",
    }
    for number in range(STACKED + 1, STACKED + SINGLE + 1):
        files[f"single-{number}.pdf"] = join(form_of(office, number))
    for name, data in files.items():
        (folder / "inbox" / name).write_bytes(data)
    office.close()
    return files


def start(folder: Path) -> subprocess.Popen[bytes]:
    """A process that says "ready" when it begins to receive."""
    child = subprocess.Popen(
        [sys.executable, __file__, "--child", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert child.stdout is not None
    child.stdout.readline()
    return child


def lost(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Files that are, byte for byte, neither in the inbox nor in the storage root."""
    held = {hashlib.sha256(p.read_bytes()).hexdigest() for p in (folder / "inbox").iterdir() if p.is_file()}
    held |= {hashlib.sha256(p.read_bytes()).hexdigest() for p in (folder / "archive").rglob("*.pdf")}
    return [name for name, data in files.items() if hashlib.sha256(data).hexdigest() not in held]


def faults(folder: Path, files: dict[str, bytes]) -> list[str]:
    """What is wrong after the last run."""
    office = open_office(folder)
    found = [f"lost: {name}" for name in lost(folder, files)]
    store = store_of(office)
    with office.read() as connection:
        items = catalogue.load_items(connection)
        state = journal.verify(connection).state
        begun = receipts.staged_receipts(connection)
    counted = Counter(item.case for item in items)
    expected = {case_id(number): 1 for number in range(1, STACKED + SINGLE + 1)}
    if dict(counted) != expected:
        found.append(f"catalogue: {dict(counted)}")
    stored = {case: len(stored_items(store, case)) for case in expected}
    if stored != expected:
        found.append(f"storage root: {stored}")
    if state != "intact":
        found.append(f"journal: {state}")
    found += [f"still begun: {receipt.name}" for receipt in begun]
    found += [f"verify: {fault}" for fault in verify(office).faults]
    found += [f"inbox: {p.name}" for p in (folder / "inbox").iterdir() if p.is_file()]
    found += [f"staging: {p.name}" for p in (folder / "inbox" / ".receiving").iterdir() if p.name != ".lock"]
    receive(office, inbox=True)
    with office.read() as connection:
        if catalogue.load_items(connection) != items:
            found.append("a further run changed the catalogue")
    office.close()
    return found


def one_round(
    template: Path, files: dict[str, bytes], folder: Path, chance: random.Random, length: float
) -> tuple[int, list[str]]:
    """Kill several times, then finish; give the number of kills that hit and the faults."""
    shutil.copytree(template, folder)
    kills, found = 0, []
    for _ in range(chance.randint(4, 8)):
        child = start(folder)
        time.sleep(chance.uniform(0, 0.45 * length))
        if child.poll() is None:
            child.kill()
            kills += 1
        child.wait()
        found += [f"lost at the kill: {name}" for name in lost(folder, files)]
    if start(folder).wait() != 0:
        found.append("the last run failed")
    return kills, found + faults(folder, files)


def main() -> int:
    """Run the rounds and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child")
    options = parser.parse_args()
    if options.child:
        office = open_office(Path(options.child))
        print("ready", flush=True)
        receive(office, inbox=True)
        return 0
    chance, kills, bad, rounds = random.Random(options.seed), 0, 0, 0
    with tempfile.TemporaryDirectory() as place:
        files = prepare(Path(place) / "template")
        shutil.copytree(Path(place) / "template", Path(place) / "trial")
        begun = time.monotonic()
        start(Path(place) / "trial").wait()
        length = time.monotonic() - begun
        print(f"one undisturbed run: {length:.1f} s")
        while kills < options.times:
            rounds += 1
            folder = Path(place) / f"round-{rounds}"
            hit, found = one_round(Path(place) / "template", files, folder, chance, length)
            kills += hit
            bad += bool(found)
            print(f"round {rounds}: {hit} kills, {len(found)} faults", *found, sep="\n  ", flush=True)
            if not found:
                shutil.rmtree(folder)
    print(f"{kills} kills in {rounds} rounds, {bad} rounds with faults")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
