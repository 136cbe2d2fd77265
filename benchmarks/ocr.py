"""Reading scanned pages, side by side: this project and rapidocr as it comes; one run, one core.

    OMP_NUM_THREADS=1 taskset -c 1 python -m benchmarks.ocr [--rounds N] [--workspace DIR] [--pdf FILE.pdf …] [--tesseract]

Every page is printed, scanned (noise, tilt, a seal over the text) and read by each reader in turn, so that all see the
same phase of the machine. Seconds are processor seconds of reader and children, with the clock's beside them, models
loaded beforehand; medians of the rounds, each with a scan of its own. "Wrong" is the share of wrong characters in
whatever order, "out of order" the share of text not in sequence. The papers: two of ours, six of other offices
(`foreign_forms`), and with ``--pdf`` pages with a text layer of their own. ``--workspace`` adds the scans kept in a
workspace (`ssj demo DIR` keeps those of examples/): there the issued page is the truth, and as the hand wrote on them
too, only what was printed counts.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import cv2
import pypdfium2 as pdfium
from rapidfuzz.distance import LCSseq
from rapidocr import RapidOCR

from archive.cases.case_file import local_item
from archive.cases.catalogue import load_items
from archive.comparing.issued_render import issued_page
from archive.files.page_prepare import PagePicture, page_picture
from archive.files.page_probe import load_page
from archive.ocr.engine import ocr_engine
from archive.ocr.page_reader import read_scan
from archive.text.text_queue import issued_pages
from benchmarks.foreign_forms import FOREIGN_FORMS
from benchmarks.printed_pages import notice, print_pdf, record_form
from examples.scanner import make_scan
from ssj_docs.office.workspace import open_workspace

SEAL = "青禾县市场监督管理局"
#: (name, dpi, tilt, seal, colour)
SCANS = (
    ("200 dpi 无章", 200, 0.6, None, False),
    ("200 dpi 红章", 200, 1.5, SEAL, True),
    ("200 dpi 灰度章", 200, -1.5, SEAL, False),
    ("150 dpi 灰度章", 150, 3.0, SEAL, False),
)
OURS, RAPID = "本项目", "rapidocr 缺省"


@dataclass(frozen=True)
class Sample:
    """A page to read: kind of paper, kind of scan, picture, what is printed on it, whether something is written too."""

    kind: str
    scan: str
    picture: PagePicture
    text: str
    written_on: bool = False


@dataclass(frozen=True)
class Result:
    """One page read once: processor and clock seconds, shares of wrong characters and of text out of order."""

    kind: str
    scan: str
    reader: str
    seconds: float
    clock: float
    wrong: float
    out_of_order: float


def letters(text: str) -> list[str]:
    """Characters that count: half-width forms, no blanks, no underscores (blanks to fill in)."""
    return [letter for letter in unicodedata.normalize("NFKC", text) if not letter.isspace() and letter != "_"]


def errors(printed: str, read: str) -> tuple[float, float, float]:
    """Shares of wrong characters, of characters not read, and of text out of order."""
    a, b = letters(printed), letters(read)
    common = (Counter(a) & Counter(b)).total()
    missed, extra = len(a) - common, len(b) - common
    return max(missed, extra) / len(a), missed / len(a), 1 - LCSseq.similarity(a, b) / max(common, 1)


def processor_seconds() -> float:
    """Of this process and its ended children."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def readers(tesseract: bool = False) -> dict[str, Callable[[PagePicture], str]]:
    """Each reader takes a page picture and gives its text."""
    one = {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
    rapid = RapidOCR(params={f"EngineConfig.onnxruntime.{key}": value for key, value in one.items()})
    engine = ocr_engine()

    def read_with_rapidocr(picture: PagePicture) -> str:
        pixels = picture.pixels if picture.pixels.ndim == 3 else cv2.cvtColor(picture.pixels, cv2.COLOR_GRAY2RGB)
        return "\n".join(rapid(pixels[:, :, ::-1]).txts or ())

    found: dict[str, Callable[[PagePicture], str]] = {
        OURS: lambda picture: read_scan(picture, engine=engine).text,
        RAPID: read_with_rapidocr,
    }
    if tesseract and shutil.which("tesseract"):
        found["Tesseract chi_sim"] = read_with_tesseract
    return found


def read_with_tesseract(picture: PagePicture) -> str:
    """Tesseract 5 with chi_sim, one thread."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.png"
        pixels = picture.pixels if picture.pixels.ndim == 2 else cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(path), pixels)
        return subprocess.run(
            ["tesseract", path, "-", "-l", "chi_sim", "--dpi", str(round(picture.dpi))],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        ).stdout


def papers(extra: Sequence[Path]) -> list[tuple[str, bytes, str]]:
    """(kind, PDF of one page, its text)."""
    sheets = {
        "记录表": (record_form(), "Noto Serif CJK SC"),
        "通知": (notice(), "Noto Serif CJK SC"),
        **{kind: (page(), family) for kind, (page, family) in FOREIGN_FORMS.items()},
    }
    found = [(kind, print_pdf([sheet], family=family), sheet.text) for kind, (sheet, family) in sheets.items()]
    return [*found, *((path.stem, path.read_bytes(), issued_page(path, 1).text) for path in extra)]


def made_scans(extra: Sequence[Path], rounds: int) -> Iterator[Sample]:
    """Every paper, scanned every way, anew for each round."""
    for place, (kind, pdf, text) in enumerate(papers(extra)):
        for number, (scan, dpi, tilt, seal, colour) in enumerate(SCANS):
            for turn in range(rounds):
                seed = 10_000 * place + 100 * number + turn + 50
                made = make_scan(pdf, seed=seed, dpi=dpi, tilt=tilt * (-1) ** turn, stamp=seal, colour=colour)
                with pdfium.PdfDocument(made) as document:
                    yield Sample(kind, scan, page_picture(document[0]), text)


def kept_scans(folder: Path) -> Iterator[Sample]:
    """Every page of the scans in a workspace whose issued page is known."""
    workspace = open_workspace(folder, today=date.today(), now=datetime.now().astimezone())
    with workspace.read() as connection:
        items = [item for item in load_items(connection) if item.origin == "scan" and item.issued]
        known = [(item, issued_pages(workspace, connection, item)[0]) for item in items]
    for item, pages in known:
        for page, issued in pages.items():
            with local_item(workspace, item) as file:
                picture = load_page(file, page, draw=True).picture
            if picture is not None:
                yield Sample("examples 的扫描件", f"{picture.dpi:.0f} dpi 红章", picture, issued.text, True)


def measure(samples: Iterator[Sample], everyone: dict[str, Callable[[PagePicture], str]]) -> list[Result]:
    """Read every page with every reader."""
    results: list[Result] = []
    for sample in samples:
        for reader, read in everyone.items():
            if not results:
                read(sample.picture)
            before, started = processor_seconds(), time.perf_counter()
            answer = read(sample.picture)
            used, clock = processor_seconds() - before, time.perf_counter() - started
            wrong, missed, out_of_order = errors(sample.text, answer)
            share = missed if sample.written_on else wrong
            results.append(Result(sample.kind, sample.scan, reader, used, clock, share, out_of_order))
    return results


def table(results: Sequence[Result]) -> str:
    """A Markdown table: a row for each kind of paper and scan, sums by scan, by kind and of all below."""
    names = list(dict.fromkeys(result.reader for result in results))
    head = [f"{name}：秒（钟表）· 错字 · 乱序" for name in names]
    lines = [f"| 页 | 扫描 | {' | '.join(head)} | 快几倍 |", "|---|---|" + "---|" * (len(names) + 1)]
    kinds = list(dict.fromkeys(result.kind for result in results))
    scans = list(dict.fromkeys(result.scan for result in results))
    both = list(dict.fromkeys((result.kind, result.scan) for result in results))
    groups = [*both, *(("", scan) for scan in scans), *((kind, "") for kind in kinds), ("", "")]
    for kind, scan in groups:
        chosen = [r for r in results if kind in ("", r.kind) and scan in ("", r.scan)]
        cells, seconds = [], {}
        for name in names:
            own = [result for result in chosen if result.reader == name]
            seconds[name] = _typical(own, "seconds")
            wrong, order = (statistics.mean(getattr(r, part) for r in own) for part in ("wrong", "out_of_order"))
            cells.append(f"{seconds[name]:.2f}（{_typical(own, 'clock'):.2f}）· {wrong:.2%} · {order:.2%}")
        ratio = seconds[RAPID] / seconds[OURS]
        lines.append(f"| {kind or '全部'} | {scan or '全部'} | {' | '.join(cells)} | {ratio:.1f} |")
    return "\n".join(lines)


def _typical(results: Sequence[Result], part: str) -> float:
    """The mean over kinds of page and scan of the medians of their rounds."""
    keys = dict.fromkeys((result.kind, result.scan) for result in results)
    return statistics.mean(
        statistics.median(getattr(r, part) for r in results if (r.kind, r.scan) == key) for key in keys
    )


def main() -> None:
    """Run and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pdf", type=Path, action="append", default=[])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--tesseract", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    everyone = readers(options.tesseract)
    if options.rounds:
        print(table(measure(made_scans(options.pdf, options.rounds), everyone)), flush=True)
    if options.workspace:
        print(f"\n{table(measure(kept_scans(options.workspace), everyone))}")


if __name__ == "__main__":
    main()
