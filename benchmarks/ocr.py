"""Reading scanned pages, side by side: this project, rapidocr as it comes, Tesseract; one run, one core.

    OMP_NUM_THREADS=1 python -m benchmarks.ocr [--pdf FILE.pdf …] [--rounds N]

Every page is printed, scanned (noise, tilt, a seal over the text) and read by each reader in turn, so that all see the
same phase of the machine. Seconds are processor seconds of reader and children, models loaded beforehand. "Wrong" is
the share of wrong characters in whatever order, "out of order" the share of text not in sequence, as in the table of
measured candidates. ``--pdf`` adds pages with a text layer of their own (forms printed by `ssj forms --pdf`, or forms
from elsewhere); their text layer is the truth.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import pypdfium2 as pdfium
from rapidfuzz.distance import LCSseq
from rapidocr import RapidOCR

from archive.issued_page import IssuedPage, issued_page
from archive.issued_text import compare_with_issued
from archive.ocr import read_scan
from archive.ocr_engine import ocr_engine
from archive.page_image import PagePicture, page_picture
from benchmarks.printed_pages import notice, print_pdf, record_form
from examples.scanner import make_scan

SEAL = "青禾县市场监督管理局"
#: (name, dpi, tilt, seal, colour)
SCANS = (
    ("200 dpi 无章", 200, 0.0, None, False),
    ("200 dpi 1.5° 灰度章", 200, 1.5, SEAL, False),
    ("200 dpi 1.5° 红章", 200, 1.5, SEAL, True),
    ("150 dpi 3° 灰度章", 150, 3.0, SEAL, False),
)


@dataclass(frozen=True)
class Result:
    """One page read once."""

    page: str
    scan: str
    reader: str
    seconds: float
    wrong: float
    missed: float
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


def readers() -> dict[str, Callable[[PagePicture], str]]:
    """Each reader takes a page picture and gives its text."""
    one = {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
    rapid = RapidOCR(params={f"EngineConfig.onnxruntime.{key}": value for key, value in one.items()})
    engine = ocr_engine()

    def read_with_rapidocr(picture: PagePicture) -> str:
        pixels = picture.pixels if picture.pixels.ndim == 3 else cv2.cvtColor(picture.pixels, cv2.COLOR_GRAY2RGB)
        return "\n".join(rapid(pixels[:, :, ::-1]).txts or ())

    found: dict[str, Callable[[PagePicture], str]] = {
        "本项目": lambda picture: read_scan(picture, engine=engine).text,
        "rapidocr 缺省": read_with_rapidocr,
    }
    if shutil.which("tesseract"):
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
            check=True, capture_output=True, text=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        ).stdout  # fmt: skip


def pages(extra: Sequence[Path]) -> list[tuple[str, bytes, int, str]]:
    """(name, PDF, page, its text)."""
    found = []
    for name, sheet in (("记录表", record_form()), ("通知", notice())):
        found.append((name, print_pdf([sheet]), 1, sheet.text))
    for path in extra:
        page: IssuedPage = issued_page(path, 1)
        found.append((path.stem, path.read_bytes(), 1, page.text))
    return found


def measure(extra: Sequence[Path], rounds: int) -> list[Result]:
    """Read every page, scanned every way, with every reader; also hold it against the page issued."""
    results: list[Result] = []
    everyone = readers()
    for name, pdf, page, text in pages(extra):
        for number, (scan_name, dpi, tilt, seal, colour) in enumerate(SCANS):
            for seed in range(rounds):
                scan = make_scan(pdf, seed=100 * number + seed, dpi=dpi, tilt=tilt, stamp=seal, colour=colour)
                with pdfium.PdfDocument(scan) as document:
                    picture = page_picture(document[page - 1])
                for reader, read in everyone.items():
                    before = processor_seconds()
                    answer = read(picture)
                    used = processor_seconds() - before
                    results.append(Result(name, scan_name, reader, used, *errors(text, answer)))
                issued = issued_page(pdf, page)
                before = processor_seconds()
                comparison = compare_with_issued(picture, issued)
                used = processor_seconds() - before
                wrong = 0.0 if comparison.confirmed else 1.0
                results.append(Result(name, scan_name, "本项目 与发出件比对", used, wrong, wrong, 0.0))
    return results


def table(results: Sequence[Result]) -> str:
    """Medians of seconds, means of errors, as a Markdown table; the last rows sum over all pages."""
    lines = ["| 页 | 扫描 | 识别 | 秒/页 | 错字 | 漏字 | 乱序 |", "|---|---|---|---|---|---|---|"]
    keys = list(dict.fromkeys((r.page, r.scan, r.reader) for r in results))
    for key in [*keys, *(("全部", "", reader) for reader in dict.fromkeys(r.reader for r in results))]:
        chosen = [
            r for r in results if (r.page, r.scan, r.reader) == key or (key[0] == "全部" and r.reader == key[2])
        ]
        seconds = statistics.median(r.seconds for r in chosen) if key[0] != "全部" else sum(
            r.seconds for r in chosen) / len(chosen)  # fmt: skip
        shares = (statistics.mean(getattr(r, part) for r in chosen) for part in ("wrong", "missed", "out_of_order"))
        lines.append(f"| {' | '.join(key)} | {seconds:.2f} | " + " | ".join(f"{share:.2%}" for share in shares) + " |")
    return "\n".join(lines)


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pdf", type=Path, action="append", default=[])
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    print(table(measure(options.pdf, options.rounds)))


if __name__ == "__main__":
    main()
