"""A stack of real forms through the copier and into the archive: is every form in its case, is every fault named?

    python benchmarks/receiving.py [--forms 200] [--seed 1]

Issues forms of the example office, prints them to PDF (LibreOffice), scans every page grey at 150 or 200 dpi, tilted
up to 5°, some upside down; takes 3 pages out, puts 2 in twice, adds 2 forged pages and 20 blank backs, shuffles, and
receives the stack in one go. Prints what was expected beside what was reported, and pages a second.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pikepdf

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from archive.demonstration import EXAMPLE_YEAR, open_example  # noqa: E402
from archive.receiving.receive import receive  # noqa: E402
from archive.receiving.report import FileReport  # noqa: E402
from examples.scanner import blank_sheet, make_scan  # noqa: E402
from ssj_docs.database import registers  # noqa: E402
from ssj_docs.documents.batch import convert_issued, form_orders  # noqa: E402
from ssj_docs.documents.issue import issue_forms  # noqa: E402
from ssj_docs.office.workspace import Workspace  # noqa: E402

#: forms that every case has, whatever was found
KINDS = ("jilubiao", "gaozhishu", "bilu", "shenpibiao", "jianchatongzhi", "fankui")
BLANKS, MISSING, DOUBLES, FORGED = 20, 3, 2, 2


@dataclass(frozen=True)
class Sheet:
    """One page of the stack: what it is, its printed PDF, how it is scanned."""

    label: tuple[str, str, int]
    pdf: bytes
    seed: int
    dpi: int
    tilt: float
    upside_down: bool


def printed_forms(workspace: Workspace, count: int) -> dict[tuple[str, str], list[bytes]]:
    """(case, kind) → the pages of its form, printed."""
    with workspace.read() as connection:
        tasks = sorted({case.task for case in registers.load_cases(connection, year=EXAMPLE_YEAR)})
    orders = [order for kind in KINDS for task in tasks for order in form_orders(workspace, task, [kind])][:count]
    forms = {}
    for made in convert_issued(workspace, list(issue_forms(workspace, orders))):
        document = made.document
        pages = []
        with pikepdf.open(workspace.path(document.pdf_path)) as pdf:
            for page in pdf.pages:
                with pikepdf.new() as single:
                    single.pages.append(page)
                    out = io.BytesIO()
                    single.save(out)
                pages.append(out.getvalue())
        forms[(document.case, document.kind)] = pages
    return forms


def make_stack(
    forms: dict[tuple[str, str], list[bytes]], forged: dict[tuple[str, str], list[bytes]], chance: random.Random
) -> tuple[list[Sheet], set[tuple[str, str, int]]]:
    """The shuffled sheets and the pages left out."""
    every = [((case, kind, n), pdf) for (case, kind), pages in forms.items() for n, pdf in enumerate(pages, 1)]
    several = [label for label, _ in every if len(forms[label[:2]]) > 1]
    gone = {several[n] for n in chance.sample(range(len(several)), MISSING)}
    kept = [pair for pair in every if pair[0] not in gone]
    kept += [(("double", case, n), pdf) for (case, _, n), pdf in chance.sample(kept, DOUBLES)]
    fakes = list(forged.items())[:FORGED]
    kept += [(("forged", case, 1), pages[0]) for (case, _), pages in fakes]
    kept += [(("blank", "", n), b"") for n in range(BLANKS)]
    chance.shuffle(kept)
    return [
        Sheet(label, pdf, n, chance.choice((150, 200)), chance.uniform(-5, 5), chance.random() < 0.15)
        for n, (label, pdf) in enumerate(kept)
    ], gone


def scan(sheet: Sheet) -> bytes:
    """One sheet on the copier."""
    if not sheet.pdf:
        return blank_sheet(seed=sheet.seed, dpi=sheet.dpi)
    return make_scan(
        sheet.pdf, seed=sheet.seed, dpi=sheet.dpi, tilt=sheet.tilt, upside_down=sheet.upside_down, quality=60
    )


def processor_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def compare(report: FileReport, sheets: list[Sheet], gone: set[tuple[str, str, int]]) -> list[str]:
    """Everything in which the report differs from what was put in."""
    wrong = []
    labels = {n: sheet.label for n, sheet in enumerate(sheets, 1)}
    for item in report.items:
        for page in item.pages:
            case, kind, _ = labels[page]
            if (case, kind) != (item.case, item.kind) and case != "double":
                wrong.append(f"第 {page} 页是 {labels[page]}，归入了 {item.case} {item.kind}")
    filed = {(item.case, item.kind) for item in report.items}
    wanted = {label[:2] for label in labels.values() if label[0] not in ("double", "forged", "blank")}
    wrong += [f"没有归档：{form}" for form in sorted(wanted - filed)]
    missing = {(item.case, item.kind, page) for item in report.items for page in item.missing}
    wrong += [f"缺页不符：{label}" for label in sorted(missing ^ {g for g in gone if g[:2] in wanted})]
    blanks = {n for n, label in labels.items() if label[0] == "blank"}
    wrong += [f"空白页不符：{n}" for n in sorted(set(report.blanks) ^ blanks)]
    reasons = sorted(page.reason for page in report.left)
    if reasons != sorted(["double"] * DOUBLES + ["forged"] * FORGED):
        wrong.append(f"待人工页：{[(page.page, page.reason, labels[page.page]) for page in report.left]}")
    wrong += [f"多报：{n.code} {n.message} {n.pages}" for n in report.notices if n.code != "missing_pages"]
    return wrong


def main() -> int:
    """Print the figures; 1 if anything was not as it should be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--forms", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, now = random.Random(options.seed), datetime.now(UTC)
    with tempfile.TemporaryDirectory() as place:
        workspace = open_example(Path(place) / "office", now=now)
        forms = printed_forms(workspace, options.forms)
        stranger = open_example(Path(place) / "stranger", now=now)
        (stranger.root / "ssj.key").write_text("5a" * 32)
        forged = printed_forms(stranger, FORGED)
        sheets, gone = make_stack(forms, forged, chance)
        with ProcessPoolExecutor() as pool:
            scans = list(pool.map(scan, sheets, chunksize=4))
        with pikepdf.new() as whole:
            for data in scans:
                with pikepdf.open(io.BytesIO(data)) as pdf:
                    whole.pages.extend(pdf.pages)
            whole.save(workspace.root / "inbox" / "stack.pdf")
        size = (workspace.root / "inbox" / "stack.pdf").stat().st_size
        reading: list[float] = []
        begun, worked = time.monotonic(), processor_seconds()
        report = receive(workspace, inbox=True, progress=lambda *_: reading.append(time.monotonic() - begun)).files[0]
        took, worked = time.monotonic() - begun, processor_seconds() - worked
        wrong = compare(report, sheets, gone)
    print(f"{len(forms)} forms, {len(sheets)} pages, {size / 1e6:.0f} MB in one PDF")
    print(
        f"reading {len(sheets) / reading[-1]:.1f} pages/s; reading, splitting and filing {len(sheets) / took:.1f} pages/s"
    )
    print(
        f"processor time {worked:.0f} s, {1000 * worked / len(sheets):.0f} ms a page, checks of the filed papers included"
    )
    print(f"{len(report.items)} forms filed; {len(wrong)} differences from what was put in", *wrong, sep="\n  ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
