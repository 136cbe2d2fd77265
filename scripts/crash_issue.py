"""Issue the forms of the example office with kill -9 at random instants: nothing lost, nothing double.

    python scripts/crash_issue.py --times 300

A child issues form after form and is killed; the next goes on where it stopped. Checked at every kill: the journal is
whole, no number is given twice, and every registered paper lies in issued/ with its digest. Checked when all is issued:
every order is there once, no file without a row, `verify` without a fault. Then a fresh copy of the office starts over.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from archive.demonstration import open_example  # noqa: E402
from archive.preservation.fixity import verify  # noqa: E402
from ssj_docs.database import journal, registers  # noqa: E402
from ssj_docs.documents.batch import form_orders  # noqa: E402
from ssj_docs.documents.issue import issue_forms  # noqa: E402
from ssj_docs.documents.numbers import number_ledger  # noqa: E402
from ssj_docs.office.workspace import Workspace, open_workspace  # noqa: E402

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TASK, KINDS = "2026-001", ("gaozhishu", "jilubiao", "fankui")


def opened(root: Path) -> Workspace:
    """The office, as a new process sees it."""
    return open_workspace(root, today=NOW.date(), now=NOW, who="试验")


def issue_all(root: str) -> None:
    """Issue everything that is not issued yet, one after the other."""
    office = opened(Path(root))
    for order in form_orders(office, TASK, KINDS):
        list(issue_forms(office, [order]))


def broken(office: Workspace) -> list[str]:
    """What must never be, at any instant."""
    with office.read() as connection:
        state = journal.verify(connection).state
        papers = registers.issued_documents(connection, task=TASK, current=None)
        numbers = [row.number for row in number_ledger.register(connection)]
    found = [] if state == "intact" else [f"journal: {state}"]
    found += [f"number given twice: {number}" for number, times in Counter(numbers).items() if times > 1]
    for paper in papers:
        place = office.path(paper.path)
        if not place.is_file() or hashlib.sha256(place.read_bytes()).hexdigest() != paper.sha256:
            found.append(f"registered and not there: {paper.path}")
    return found


def finished(office: Workspace) -> list[str]:
    """What must not be when all is issued."""
    with office.read() as connection:
        papers = registers.issued_documents(connection, task=TASK, current=None)
    times = Counter((paper.case, paper.kind) for paper in papers)
    wanted = len(form_orders(office, TASK, KINDS))
    found = [f"issued {times[key]} times: {key}" for key in times if times[key] > 1]
    found += [] if len(times) == wanted else [f"{len(times)} of {wanted} issued"]
    known = {office.path(paper.path) for paper in papers}
    files = {path for path in (office.root / "issued").rglob("*") if path.is_file()}
    found += [f"file without a row: {path.name}" for path in files - known]
    return found + [f"verify: {fault.path} {fault.fault}" for fault in verify(office).faults]


def done(office: Workspace) -> bool:
    """Whether every form is registered."""
    with office.read() as connection:
        papers = registers.issued_documents(connection, task=TASK, current=None)
    return len(papers) >= len(form_orders(office, TASK, KINDS))


def main() -> int:
    """Run the rounds and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, context = random.Random(options.seed), multiprocessing.get_context("fork")
    kills, rounds, faults = 0, 0, []
    with tempfile.TemporaryDirectory(prefix="ssj-crash-") as folder:
        template = Path(folder) / "template"
        open_example(template, now=NOW).close()
        while kills < options.times:
            rounds += 1
            root = Path(folder) / f"round-{rounds}"
            shutil.copytree(template, root)
            patience = 0.7
            while True:
                child = context.Process(target=issue_all, args=(str(root),))
                child.start()
                time.sleep(chance.uniform(0.0, patience))
                patience *= 1.1  # a busy machine must get somewhere
                if child.is_alive():
                    os.kill(child.pid or 0, signal.SIGKILL)
                    kills += 1
                    print(f"{kills} kills, {len(faults)} faults", flush=True)
                child.join()
                office = opened(root)
                faults += [f"round {rounds}, kill {kills}: {fault}" for fault in broken(office)]
                print(*faults[-3:], sep="\n", end="\n" if faults else "", flush=True)
                whole = done(office)
                if whole:
                    issue_all(str(root))
                    faults += [f"round {rounds}, end: {fault}" for fault in finished(office)]
                office.close()
                if whole:
                    break
            shutil.rmtree(root)
            print(f"round {rounds}: {kills} kills so far, {len(faults)} faults", flush=True)
    print(f"{kills} kills in {rounds} rounds, {len(faults)} faults", *faults, sep="\n  ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
