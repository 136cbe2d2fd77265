"""Pen over print: is a word accused because somebody wrote across it, and is an alteration still found beneath the pen?

    python -m benchmarks.pen_over_print [--pages 60] [--seed 1] [--pdf issued.pdf …]

Every page gets strokes of five kinds (a signature, a line through a word, a tick, a ring round a word, handwriting) over
printed words, in blue or black, 0.3 to 0.7 mm wide; it is scanned at 150 or 200 dpi in grey or colour, tilted up to 4.5°,
and held against what was issued. Then the same with a character altered in print somewhere on the page, and with a stroke
across the altered character itself. Counts strokes by what was said of the words beneath.
"""

from __future__ import annotations

import argparse
import ctypes
import io
import math
import random
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from archive.comparing.comparison import Comparison  # noqa: E402
from archive.comparing.issued_render import issued_page  # noqa: E402
from archive.comparing.issued_text import compare_with_issued  # noqa: E402
from archive.files.page_prepare import page_picture  # noqa: E402
from archive.files.text_layer import Character  # noqa: E402
from benchmarks.printed_pages import Sheet, notice, print_pdf, record_form  # noqa: E402
from examples.scanner import make_scan  # noqa: E402

Point = tuple[float, float]
Box = tuple[float, float, float, float]
KINDS = ("signature", "line", "tick", "ring", "letters")
INKS = ((24, 36, 120), (20, 20, 24), (30, 30, 160))
#: one character altered in print: what stood there, what stands there now
ALTERATIONS = (
    ("6月18日", "6月13日"),
    ("6月18日", "8月18日"),
    ("食品有限", "饮品有限"),
    ("柳溪路十八", "柳溪路十人"),
    ("37号", "31号"),
    ("K3T7X2H", "K3T1X2H"),
    ("云栖谷", "云栖合"),
    ("限十五日", "限二十五日"),
    ("二号楼", "一号楼"),
    ("二号楼", "三号楼"),
    ("三层", "二层"),
    ("沈青岚", "沈青风"),
    ("叉车两台", "叉车四台"),
    ("不适用", "适用"),
    ("发现问题已责令", "未现问题已责令"),
)


@dataclass(frozen=True)
class Stroke:
    """One piece of handwriting: its lines in points from the top left, and what it covers."""

    kind: str
    lines: tuple[tuple[Point, ...], ...]
    width: float
    ink: tuple[int, int, int]

    @property
    def box(self) -> Box:
        """x0, y0, x1, y1."""
        across, down = zip(*(point for line in self.lines for point in line), strict=True)
        return min(across), min(down), max(across), max(down)


def _curve(points: Sequence[Point], steps: int = 12) -> tuple[Point, ...]:
    """A smooth line through the points (Catmull-Rom)."""
    whole = [points[0], *points, points[-1]]
    drawn = []
    for a, b, c, d in zip(whole, whole[1:], whole[2:], whole[3:], strict=False):
        for step in range(steps):
            t = step / steps
            drawn.append(
                tuple(
                    0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t * t + (3 * q - p - 3 * r + s) * t**3)
                    for p, q, r, s in zip(a, b, c, d, strict=True)
                )
            )
    return (*drawn, points[-1])  # type: ignore[arg-type]


def make_stroke(kind: str, at: Character, chance: random.Random) -> Stroke:
    """A stroke of this kind across a printed character and, for most kinds, its neighbours."""
    size = max(at.x1 - at.x0, at.y1 - at.y0, 8.0)
    x, y = (at.x0 + at.x1) / 2 + chance.uniform(-0.2, 0.2) * size, (at.y0 + at.y1) / 2
    lines: list[tuple[Point, ...]] = []
    if kind == "line":
        long = chance.uniform(1.5, 5) * size
        lines.append(_curve([(x + long * t, y + chance.uniform(-0.2, 0.2) * size) for t in (-0.5, -0.2, 0.2, 0.5)]))
    elif kind == "tick":
        tall = chance.uniform(0.8, 2.2) * size
        lines.append(_curve([(x - 0.4 * tall, y), (x, y + 0.4 * tall), (x + 0.9 * tall, y - 0.7 * tall)]))
    elif kind == "ring":
        wide, high = chance.uniform(0.7, 2.2) * size, chance.uniform(0.55, 0.9) * size
        turns = [2 * math.pi * n / 9 for n in range(11)]
        lines.append(
            _curve([(x + wide * math.cos(t), y + high * math.sin(t) * chance.uniform(0.9, 1.1)) for t in turns])
        )
    elif kind == "signature":
        for _ in range(chance.randint(2, 4)):
            start = (x + chance.uniform(-1.5, 0.5) * size, y + chance.uniform(-0.8, 0.8) * size)
            points = [start]
            for _ in range(chance.randint(3, 6)):
                points.append((points[-1][0] + chance.uniform(-0.5, 1.1) * size, y + chance.uniform(-1.1, 1.1) * size))
            lines.append(_curve(points))
    else:  # a few characters of short straight strokes, larger than print
        for letter in range(chance.randint(1, 3)):
            left, scale = x + letter * 1.5 * size, chance.uniform(1.2, 1.8) * size
            for _ in range(chance.randint(3, 7)):
                across = chance.random() < 0.5
                a = (left + chance.uniform(-0.5, 0.2) * scale, y + chance.uniform(-0.5, 0.4) * scale)
                long = chance.uniform(0.3, 0.9) * scale
                lines.append(
                    _curve([a, (a[0] + (long if across else 0.1 * long), a[1] + (-0.1 * long if across else long))])
                )
    return Stroke(kind, tuple(lines), chance.uniform(0.3, 0.7) / 25.4 * 72, chance.choice(INKS))


def written_on(pdf: bytes, strokes: Sequence[Stroke]) -> bytes:
    """The PDF's first page with the strokes over it."""
    with pdfium.PdfDocument(pdf) as document:
        page = document[0]
        height = page.get_height()
        for stroke in strokes:
            for line in stroke.lines:
                path = raw.FPDFPageObj_CreateNewPath(line[0][0], height - line[0][1])
                for x, y in line[1:]:
                    raw.FPDFPath_LineTo(path, x, height - y)
                raw.FPDFPageObj_SetStrokeColor(path, *stroke.ink, 235)
                raw.FPDFPageObj_SetStrokeWidth(path, stroke.width)
                raw.FPDFPageObj_SetLineCap(path, raw.FPDF_LINECAP_ROUND)
                raw.FPDFPageObj_SetLineJoin(path, raw.FPDF_LINEJOIN_ROUND)
                raw.FPDFPageObj_SetBlendMode(path, ctypes.create_string_buffer(b"Multiply"))
                raw.FPDFPath_SetDrawMode(path, raw.FPDF_FILLMODE_NONE, True)
                raw.FPDFPage_InsertObject(page, path)
        page.gen_content()
        target = io.BytesIO()
        document.save(target)
        return target.getvalue()


def _meet(a: Box, b: Box, reach: float = 0.0) -> bool:
    return a[0] - reach < b[2] and b[0] - reach < a[2] and a[1] - reach < b[3] and b[1] - reach < a[3]


def choose_strokes(
    characters: Sequence[Character], count: int, chance: random.Random, *, clear_of: Box | None = None
) -> list[Stroke]:
    """Strokes over random characters, apart from each other."""
    chosen: list[Stroke] = []
    for _ in range(200):
        if len(chosen) == count:
            break
        stroke = make_stroke(chance.choice(KINDS), chance.choice(list(characters)), chance)
        x0, y0, x1, y1 = stroke.box
        inside = x0 > 20 and y0 > 20 and x1 < 575 and y1 < 820
        apart = all(not _meet(stroke.box, other.box, 14) for other in chosen)
        if inside and apart and (clear_of is None or not _meet(stroke.box, clear_of, 14)):
            chosen.append(stroke)
    return chosen


@dataclass(frozen=True)
class Task:
    """One page to try: the issued PDF, the altered one if any, and how."""

    issued: bytes
    sent: bytes
    altered: Box | None
    across: bool
    seed: int


def held_against_issued(task: Task) -> tuple[Task, list[Stroke], Comparison]:
    """Write on the page, scan it, compare."""
    chance = random.Random(task.seed)
    issued = issued_page(task.issued, 1)
    characters = [c for line in issued.lines for c in line.characters if c.text.isalnum()]
    strokes = choose_strokes(characters, 6, chance, clear_of=task.altered)
    if task.across and task.altered:
        x0, y0, x1, y1 = task.altered
        strokes.append(make_stroke(chance.choice(KINDS), Character("", x0, y0, x1, y1), chance))
    scan = make_scan(
        written_on(task.sent, strokes),
        seed=task.seed,
        dpi=chance.choice((150, 200)),
        tilt=chance.uniform(-4.5, 4.5),
        colour=chance.random() < 0.5,
        dirt=chance.choice((0.5, 1.0, 1.5)),
        quality=chance.choice((50, 80)),
    )
    with pdfium.PdfDocument(scan) as document:
        return task, strokes, compare_with_issued(page_picture(document[0]), issued)


def say(strokes: Sequence[Stroke], comparison: Comparison) -> list[tuple[Stroke, str]]:
    """What the comparison says where each stroke lies (in the issued page's points)."""
    inverse = _inverse(comparison)
    said = []
    for stroke in strokes:
        here = {m.kind for m in _all(comparison) if _meet(inverse(m.box), stroke.box, 2)}
        word = next((kind for kind in ("altered", "missing", "undetermined", "added") if kind in here), "nothing")
        said.append((stroke, word))
    return said


def _all(comparison: Comparison):  # type: ignore[no-untyped-def]
    return (*comparison.altered, *comparison.missing, *comparison.undetermined, *comparison.added)


def _inverse(comparison: Comparison):  # type: ignore[no-untyped-def]
    back = np.linalg.inv(np.array(comparison.to_page or np.eye(3)))

    def placed(box: Box) -> Box:
        corner = back @ ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 1.0)
        wide, high = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
        return float(corner[0] - wide), float(corner[1] - high), float(corner[0] + wide), float(corner[1] + high)

    return placed


def place_of(sheet: Sheet, old: str, new: str) -> Box:
    """Where the altered characters of `old` stand."""
    page = issued_page(print_pdf([sheet]), 1)
    first = next(n for n, (a, b) in enumerate(zip(old + "\0", new + "\0", strict=False)) if a != b)
    for line in page.lines:
        at = line.text.find(old)
        if at >= 0:
            c = line.characters[at + min(first, len(old) - 1)]
            return c.x0, c.y0, c.x1, c.y1
    raise ValueError(old)


def main() -> int:
    """Print the figures; 1 if an unaltered word was accused or an alteration passed in silence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pdf", nargs="*", type=Path, default=[])
    options = parser.parse_args()
    form = record_form()
    papers = [print_pdf([form]), print_pdf([notice()]), *(path.read_bytes() for path in options.pdf)]
    tasks = [
        Task(papers[n % len(papers)], papers[n % len(papers)], None, False, options.seed * 1000 + n)
        for n in range(options.pages)
    ]
    for n in range(options.pages):
        old, new = ALTERATIONS[n % len(ALTERATIONS)]
        sent = print_pdf([form.with_change(old, new)])
        tasks.append(Task(papers[0], sent, place_of(form, old, new), n % 2 == 1, options.seed * 1000 + 500 + n))
    unaltered: Counter[str] = Counter()
    by_kind: Counter[tuple[str, str]] = Counter()
    found: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    wrong = []
    with ProcessPoolExecutor() as pool:
        for task, strokes, comparison in pool.map(held_against_issued, tasks):
            inverse = _inverse(comparison)
            accused = [
                m
                for m in (*comparison.altered, *comparison.missing)
                if task.altered is None or not _meet(inverse(m.box), task.altered, 12)
            ]
            wrong += [(task.seed, m.kind, m.issued, m.found, m.place) for m in accused]
            for stroke, word in say(
                [s for s in strokes if task.altered is None or not _meet(s.box, task.altered, 12)], comparison
            ):
                unaltered[word] += 1
                by_kind[stroke.kind, word] += 1
            if task.altered:
                here = {m.kind for m in _all(comparison) if _meet(inverse(m.box), task.altered, 3)}
                if "added" in here and len(here) == 1:
                    here = set()
                word = next((kind for kind in ("altered", "missing", "undetermined") if kind in here), "SILENT")
                found[task.across][word] += 1
                if word == "SILENT":
                    wrong.append(
                        (
                            task.seed,
                            "silent",
                            ALTERATIONS[(task.seed - options.seed * 1000 - 500) % len(ALTERATIONS)],
                            "",
                            "",
                        )
                    )
    print("strokes over unaltered words:", dict(unaltered))
    for kind in KINDS:
        print(f"  {kind}:", {word: n for (k, word), n in by_kind.items() if k == kind})
    print("alterations, strokes elsewhere:", dict(found[False]))
    print("alterations, a stroke across them:", dict(found[True]))
    print(f"{len(wrong)} wrong", *wrong, sep="\n  ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
