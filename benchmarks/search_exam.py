"""Search for random pieces of pages and compare with a plain scan of the same pages.

    python -m benchmarks.search_exam --workspace DIR [--strings 1000] [--real 24]
    python -m benchmarks.search_exam --pages 20000 [--strings 1000]

Every string goes through `ssj search --json`: in this process, and the first ``--real`` of them through the command
itself. With ``--pages`` a workspace is made and filled with made-up pages. Both engines are asked. Of an answer of more
than 1,500 pages the first 1,000 and the last 500 are compared, and the count; of the others every page. Prints the
figures; leaves with 1 if an answer differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from archive.cases.catalogue import ArchiveItem, StoredFile
from archive.search.fields.analyzer import normalise
from archive.search.fields.fields import PageRecord
from archive.search.query.match import Prepared, matches
from archive.search.query.parser import Word
from archive.search.records import iter_page_records
from archive.search.search import reindex
from benchmarks.search_corpus import make_pages
from cli import ssj
from ssj_docs.database import registers
from ssj_docs.database.schema import archive_items, page_texts
from ssj_docs.ground.personal_data import HIDDEN
from ssj_docs.model.case import Case
from ssj_docs.model.people import Subject
from ssj_docs.office.workspace import init_workspace, open_workspace

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("tantivy", "whoosh")
TODAY = datetime(2026, 12, 31, tzinfo=UTC)
#: pages listed at the beginning and at the end of a long answer
FIRST, LAST = 1000, 500
#: the JSON value for what follows `ssj` on the command line
Ask = Callable[[list[str]], Any]


def pieces(pages: Sequence[PageRecord], number: int, rng: random.Random) -> list[str]:
    """Strings of 1 to 12 characters that stand on the pages, as they stand there."""
    texts = [page.text for page in pages if page.text.strip()]
    found: list[str] = []
    while len(found) < number:
        text = rng.choice(texts)
        at = rng.randrange(len(text))
        piece = text[at : at + rng.randint(1, 12)]
        if normalise(piece).strip() and HIDDEN not in piece:
            found.append(piece)
    return found


def truth(pages: Sequence[Prepared], piece: str) -> set[str]:
    """The pages with the string, looked at one by one."""
    word = Word(normalise(piece).strip())
    return {page.record.id for page in pages if matches(word, page)}


def quoted(piece: str) -> str:
    """The piece as a query that is taken literally."""
    return '"' + piece.replace('"', '\\"') + '"'


def arguments(workspace: Path, engine: str, piece: str, *slice_wanted: str) -> list[str]:
    """What follows `ssj` on the command line."""
    return ["search", quoted(piece), "--workspace", str(workspace), "--engine", engine, *slice_wanted, "--json"]


def in_this_process(line: list[str]) -> Any:
    """Ask in this process, through the same command."""
    return json.loads(CliRunner().invoke(ssj, line).stdout)


def in_its_own_process(line: list[str]) -> Any:
    """Ask the command in a process of its own."""
    command = [sys.executable, str(ROOT / "cli.py"), *line]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def is_right(ask: Ask, workspace: Path, engine: str, piece: str, wanted: set[str]) -> bool:
    """True if the count is right and the pages listed are all different, of the right ones, and as many as asked for."""
    value = ask(arguments(workspace, engine, piece, "--limit", str(FIRST + LAST)))
    total, hits = value["total"], value["hits"]
    if total > FIRST + LAST:
        tail = arguments(workspace, engine, piece, "--limit", str(LAST), "--offset", str(total - LAST))
        hits = hits[:FIRST] + ask(tail)["hits"]
    listed = {f"{hit['case']}/{hit['item']}/{hit['page']}" for hit in hits}
    return total == len(wanted) and listed <= wanted and len(listed) == len(hits) == min(total, FIRST + LAST)


def differing(ask: Ask, workspace: Path, engine: str, truths: dict[str, set[str]]) -> int:
    """How many answers differ from the plain scan; each is printed."""
    wrong = [piece for piece, wanted in truths.items() if not is_right(ask, workspace, engine, piece, wanted)]
    title = f"{engine}，{'程序内' if ask is in_this_process else '命令行'}"
    print(f"{title}：{len(truths)} 串，与逐页查看不同的 {len(wrong)} 串", *map(repr, wrong), sep="\n  ", flush=True)
    return len(wrong)


def fill(root: Path, number: int) -> None:
    """Make a workspace whose archive holds made-up pages that have been read."""
    init_workspace(root)
    workspace = open_workspace(root, today=TODAY.date(), now=TODAY)
    pages = list(make_pages(number, 1))
    first = {page.case: page for page in pages[::-1]}
    with workspace.transaction() as connection:
        registers.save_subjects(
            connection, [Subject(case, page.company, credit_code=page.credit_code) for case, page in first.items()]
        )
        registers.save_cases(connection, [Case(case, page.task, 1, case) for case, page in first.items()])
        items = [item_row(list(of_item)) for _, of_item in groupby(pages, lambda page: (page.case, page.item))]
        connection.execute(archive_items.insert(), items)
        connection.execute(page_texts.insert(), list(map(page_row, pages)))
        workspace.log(connection, "read", "made-up pages")


def item_row(pages: Sequence[PageRecord]) -> dict[str, Any]:
    """An item as the catalogue has it; its file is not stored."""
    page = pages[0]
    item = ArchiveItem(
        page.case,
        page.item,
        page.kind,
        page.title,
        (StoredFile("0001.pdf", "0001.pdf", "0" * 64, 0, "application/pdf"),),
        "0" * 64,
        "2026-01-01T00:00:00+08:00",
        page.number,
        page.date,
        page.departments[0],
        len(pages),
        "scan",
    )
    return {**item.as_json(), "date": page.date}


def page_row(page: PageRecord) -> dict[str, Any]:
    """A page as the reader of pages leaves it."""
    return {
        "case": page.case,
        "item": page.item,
        "page": page.page,
        "state": "done",
        "origin": page.origin,
        "confidence": 0.9,
        "text": page.text,
        "boxes": [],
        "width": 595.0,
        "height": 842.0,
        "comparison": None,
        "source": "0" * 64,
        "note": "",
        "read_at": "2026-01-01T00:00:00",
    }


def examine(root: Path, options: argparse.Namespace) -> int:
    """A workspace, through `ssj search --json`."""
    rng = random.Random(options.seed)
    workspace = open_workspace(root, today=TODAY.date(), now=TODAY)
    with workspace.read() as connection:
        records = [record.without_restricted() for record in iter_page_records(workspace, connection)]
    pages, asked = list(map(Prepared.of, records)), pieces(records, options.strings, rng)
    print(f"{len(records)} 页，{sum(len(record.text) for record in records)} 字", flush=True)
    truths = {piece: truth(pages, piece) for piece in asked}
    real = dict(list(truths.items())[: options.real])
    wrong = 0
    for engine in options.engines.split(","):
        reindex(workspace, engine)
        wrong += differing(in_this_process, root, engine, truths)
        wrong += differing(in_its_own_process, root, engine, real)
    return wrong


def main() -> None:
    """Examine and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--strings", type=int, default=1000)
    parser.add_argument("--real", type=int, default=24)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.pop("SSJ_WORKSPACE", None)
    with tempfile.TemporaryDirectory() as folder:
        root = options.workspace or Path(folder) / "made-up"
        if not options.workspace:
            fill(root, options.pages)
        wrong = examine(root, options)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
