"""Boxes filled in by hand: found, judged and read on scans of issued record forms whose truth was fixed beforehand.

    python -m benchmarks.hand_boxes [--half tuned|unseen] [--limit N]       needs LibreOffice, which prints the forms
    python -m benchmarks.hand_boxes --write                                 writes the truth anew (never after tuning)

The truth is benchmarks/hand_boxes.csv: one row a scan, made once by chance (`write_truth`) before anything was tuned. The
even rows may be looked at while tuning, the odd ones are for the last measurement. The hands are synthetic: two typefaces
that imitate writing, a thin sans bent by chance, and polylines; nobody has written anything.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import cv2
import numpy as np
import pikepdf
import pypdfium2 as pdfium
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "examples")]

from archive.comparing.page_boxes import BoxFinding, find_hand_boxes  # noqa: E402
from archive.demonstration import open_example  # noqa: E402
from archive.files.page_prepare import Picture, page_picture, straighten  # noqa: E402
from archive.ocr.engine import ocr_engine  # noqa: E402
from examples.make_signed import Paper, collect, places  # noqa: E402
from examples.scanner import PEN_BLUE, _dirty, _draw, _font, _multiply, _press_stamp, _turn, pictures_to_pdf  # noqa: E402
from ssj_docs.database import registers  # noqa: E402
from ssj_docs.documents.forms.form_layout import FormPage, form_layout  # noqa: E402
from ssj_docs.office.workspace import Workspace  # noqa: E402

TRUTH = Path(__file__).with_suffix(".csv")
HEADS = ("检查结果", "检查人员签字", "检查人员（不少于两人）", "市场主体法定代表人")
HANDS = ("wenkai", "kai", "thin", "lines")
_FONTS = {"wenkai": "LXGW WenKai", "kai": "FandolKai", "thin": "Noto Sans CJK SC:light"}
#: digits as polylines in a square of one
_LINES = {
    "1": [[(0.5, 0.05), (0.5, 0.95)]],
    "2": [[(0.2, 0.25), (0.5, 0.05), (0.8, 0.25), (0.2, 0.95), (0.85, 0.95)]],
    "3": [[(0.2, 0.1), (0.7, 0.1), (0.45, 0.45), (0.8, 0.7), (0.5, 0.95), (0.2, 0.85)]],
    "4": [[(0.6, 0.05), (0.15, 0.65), (0.9, 0.65)], [(0.65, 0.35), (0.65, 0.98)]],
    "5": [[(0.8, 0.05), (0.3, 0.05), (0.25, 0.45), (0.65, 0.45), (0.8, 0.7), (0.55, 0.95), (0.2, 0.88)]],
    "6": [[(0.7, 0.05), (0.3, 0.45), (0.22, 0.75), (0.45, 0.96), (0.75, 0.78), (0.6, 0.55), (0.28, 0.65)]],
    "7": [[(0.15, 0.07), (0.85, 0.07), (0.4, 0.97)]],
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """One scan to make.

    Attributes:
        number: from 0; even rows are for tuning.
        case: whose record form.
        dpi, mode, tilt, seed: of the scan; the mode is grey, colour or bitonal.
        hand, pen: how it is written: one of `HANDS`, and millimetres.
        results: by item what is written, "" for nothing; ``~`` before it: struck out and written anew.
        beside: by item, whether it is signed beside.
        signed: the two signatures below: who.
        stamp: nothing, ``subject`` (where it belongs) or ``across`` the results.
    """

    number: int
    case: str
    dpi: int
    mode: str
    tilt: float
    seed: int
    hand: str
    pen: float
    results: dict[str, str]
    beside: dict[str, bool]
    signed: tuple[str, ...]
    stamp: str


def write_truth(papers: Sequence[Paper], registered: dict[str, dict[str, str]], count: int = 320) -> None:
    """Draw the truth by chance, once."""
    chance = random.Random(15)
    with TRUTH.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(Sheet.__dataclass_fields__)
        for number in range(count):
            paper = papers[number % len(papers)]
            due = registered[paper.case]
            how = chance.choice(("full", "full", "full", "empty", "some", "some", "other", "struck"))
            results = dict(due)
            if how in ("empty", "some"):
                results = {item: told if how == "some" and chance.random() < 0.6 else "" for item, told in due.items()}
            if how in ("other", "struck"):
                item = chance.choice(list(due))
                other = chance.choice([digit for digit in "1234567" if digit != due[item]])
                results[item] = other if how == "other" else f"~{other}"
            beside = {item: how != "empty" and (how == "full" or chance.random() < 0.6) for item in due}
            signed = [] if how == "empty" else [who for who in ("subject", "inspectors") if chance.random() < 0.75]
            sheet = Sheet(
                number, paper.case, chance.choice((150, 200, 300)), chance.choice(("grey", "colour", "bitonal")),
                round(chance.uniform(-2.5, 2.5), 2), chance.randrange(10**6), chance.choice(HANDS),
                round(chance.uniform(0.3, 0.7), 2), results, beside, tuple(signed),
                chance.choice(("", "subject", "subject", "across")),
            )  # fmt: skip
            rows.writerow(json.dumps(value, ensure_ascii=False) for value in sheet.__dict__.values())


def read_truth() -> list[Sheet]:
    """The truth as checked in."""
    with TRUTH.open(newline="", encoding="utf-8") as file:
        return [Sheet(**{key: json.loads(value) for key, value in row.items()}) for row in csv.DictReader(file)]


def make_scan_of(sheet: Sheet, paper: Paper) -> tuple[bytes, dict[tuple[str, str], tuple[float, float]]]:
    """The scan as PDF, and the middle of every box in points of the issued page by (box, item)."""
    random_ = np.random.default_rng(sheet.seed)
    found = places(paper.pdf, [*HEADS, *sheet.results])
    with pdfium.PdfDocument(paper.pdf) as document:
        page = _draw(document, 0, sheet.dpi)
    column = {"result": found["检查结果"], "beside": found["检查人员签字"]}
    middles: dict[tuple[str, str], tuple[float, float]] = {}
    for item, told in sheet.results.items():
        _, _, top, _ = found[item]
        for box in ("result", "beside"):
            middles[box, item] = ((column[box][1] + column[box][3]) / 2, top + 5)
        x, y = middles["result", item]
        x += float(random_.uniform(-14, 14))
        if told:
            page = write(page, sheet, told[-1], x, y, 13, random_)
        if told.startswith("~"):
            page = write(page, sheet, "1" if told[-1] != "1" else "2", x - 14, y, 13, random_)
            page = strike(page, sheet, x - 14, y)
        if sheet.beside[item]:
            page = write(page, sheet, paper.names[0], *middles["beside", item], 11, random_)
    _, left, top, right = found["市场主体法定代表人"]
    middles["subject", ""] = (left + 200, top + 17)
    middles["inspectors", ""] = (found["检查人员（不少于两人）"][1] + 250, found["检查人员（不少于两人）"][2] + 6)
    if "subject" in sheet.signed:
        page = write(page, sheet, paper.names[-1], left + 120, top + 20, 13, random_)
    if "inspectors" in sheet.signed:
        for place, name in enumerate(paper.names[:2]):
            x = found["检查人员（不少于两人）"][1] + 222 + 58 * place
            page = write(page, sheet, name, x, found["检查人员（不少于两人）"][2] + 5, 12, random_)
    if sheet.stamp:
        rows = sorted(middles["result", item][1] for item in sheet.results)
        at = (right + 60, top + 14) if sheet.stamp == "subject" else (column["result"][1], rows[len(rows) // 2])
        page = _press_stamp(page, "青禾县检查对象专用章", sheet.dpi, at, random_)
    page = _dirty(_turn(page, sheet.tilt), 0.7, random_)
    if sheet.mode == "colour":
        return pictures_to_pdf([page], dpi=sheet.dpi, quality=55), middles
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    if sheet.mode == "grey":
        return pictures_to_pdf([grey], dpi=sheet.dpi, quality=55), middles
    return bitonal_pdf(np.where(grey < 150, 0, 255).astype(np.uint8), sheet.dpi), middles


def write(
    page: Picture, sheet: Sheet, text: str, x: float, y: float, size: float, chance: np.random.Generator
) -> Picture:
    """Write in the sheet's hand with the middle of the words at (x, y) in points."""
    scale = sheet.dpi / 72
    size = size * float(chance.uniform(0.85, 1.2)) * scale
    canvas = Image.new("L", (round(size * (len(text) + 1)), round(size * 2)), 0)
    draw, wide = ImageDraw.Draw(canvas), sheet.pen / 25.4 * sheet.dpi
    for place, letter in enumerate(text):
        left, top = size * (0.5 + place), size * 0.5
        if sheet.hand == "lines" or (letter not in "1234567" and sheet.hand == "kai" and chance.random() < 0.3):
            for line in _LINES.get(letter) or scribble(chance):
                bent = [
                    (left + (a * 0.75 + chance.normal(0, 0.03)) * size, top + (b + chance.normal(0, 0.03)) * size)
                    for a, b in line
                ]
                draw.line(bent, fill=255, width=max(round(wide), 1), joint="curve")
        else:
            font = _font(_FONTS[sheet.hand if sheet.hand in _FONTS else "kai"], max(round(size), 6))
            glyph = Image.new("L", (round(size * 2), round(size * 2)), 0)
            ImageDraw.Draw(glyph).text((size, size), letter, 255, font, anchor="mm")
            glyph = glyph.rotate(float(chance.uniform(-9, 9)), Image.Resampling.BICUBIC)
            canvas.paste(255, (round(left - size / 2), round(float(chance.uniform(-0.06, 0.06)) * size)), glyph)
    cover = cv2.GaussianBlur(np.asarray(canvas), (0, 0), sheet.dpi / 500).astype(np.float32) / 255 * 0.92
    ink = np.full((*cover.shape, 3), PEN_BLUE if sheet.seed % 3 else (20, 20, 24), np.uint8)
    return _multiply(page, ink, cover, round(x * scale - cover.shape[1] / 2), round(y * scale - cover.shape[0] / 2))


def scribble(chance: np.random.Generator) -> list[list[tuple[float, float]]]:
    """A letter of a signature that nobody can read."""
    return [[tuple(chance.uniform(0, 1, 2)) for _ in range(4)] for _ in range(3)]  # type: ignore[misc]


def strike(page: Picture, sheet: Sheet, x: float, y: float) -> Picture:
    """Strike out what is written there."""
    scale, made = sheet.dpi / 72, page.copy()
    ends = [(round((x + sign * 7) * scale), round((y - sign * 2) * scale)) for sign in (-1, 1)]
    cv2.line(made, ends[0], ends[1], PEN_BLUE, max(round(sheet.pen / 25.4 * sheet.dpi), 1), cv2.LINE_AA)
    return made


def bitonal_pdf(picture: Picture, dpi: int) -> bytes:
    """A page of pure black and white, without the noise of JPEG."""
    document, (height, width) = pikepdf.new(), picture.shape
    packed = np.packbits(picture > 0, axis=1).tobytes()
    image = document.make_stream(
        packed, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=width, Height=height,
        ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=1,
    )  # fmt: skip
    size = (round(width * 72 / dpi, 2), round(height * 72 / dpi, 2))
    document.add_blank_page(page_size=size)
    document.pages[-1].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=image))
    document.pages[-1].Contents = document.make_stream(f"q {size[0]} 0 0 {size[1]} 0 0 cm /Scan Do Q".encode())
    target = io.BytesIO()
    document.save(target, deterministic_id=True)
    return target.getvalue()


def look(scan: bytes, layout: FormPage, workspace: Workspace) -> tuple[BoxFinding, ...]:
    """What the product finds on the scan."""
    with pdfium.PdfDocument(scan) as document:
        picture = page_picture(document[0])
    boxes = workspace.kinds["jilubiao"].boxes
    return find_hand_boxes(picture, straighten(picture, turn=0), layout, boxes, (), ocr_engine())


def count(
    sheet: Sheet, found: Sequence[BoxFinding], middles: dict, due: dict[str, str], tally: Counter
) -> Iterator[str]:
    """Count one sheet against its truth; yields a line for each fault."""
    angle, centre = np.radians(sheet.tilt), (595.3 / 2, 841.9 / 2)
    by_key = {(one.id, one.row): one for one in found}
    for (box, item), (x, y) in middles.items():
        dx, dy = x - centre[0], y - centre[1]
        seen = centre[0] + dx * np.cos(angle) + dy * np.sin(angle), centre[1] - dx * np.sin(angle) + dy * np.cos(angle)
        told = {"result": sheet.results.get(item), "beside": sheet.beside.get(item)}.get(box, box in sheet.signed)
        one = by_key.get((box, item))
        tally["boxes"] += 1
        placed = one and one.place and one.place[0] < seen[0] < one.place[2] and one.place[1] < seen[1] < one.place[3]
        tally["found"] += bool(placed)
        state = one.state if one else "lost"
        truth = "written" if told else "empty"
        tally[f"{truth}→{state}"] += 1
        tally[f"{sheet.mode} {truth}→{state}"] += 1
        if not placed or (truth == "empty" and state == "written") or (truth == "written" and state == "empty"):
            yield f"{sheet.number} {sheet.mode} {sheet.dpi} {sheet.stamp} {sheet.hand} {box} {item}: {truth}→{state} {placed}"
        if box == "result" and told and one and not told.startswith("~"):
            tally["digits"] += 1
            tally["digits read"] += one.read == told
            tally["digits read wrong"] += bool(one.read) and one.read != told
            tally["contradictions"] += told != due[item]
            tally["contradictions found"] += told != due[item] and one.read == told
        if box == "result" and one and one.read and told != due[item] and one.read != told:
            tally["other reading"] += 1
        accused = box == "result" and one and one.read and one.read != due[item] and (told or "") == due[item]
        if accused:
            tally["accused wrongly"] += 1
            yield f"{sheet.number} {sheet.mode} {sheet.dpi} {sheet.hand} {item}: {told} read as {one.read} {one.sure}"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=("tuned", "unseen"), default="tuned")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_example(Path(folder) / "office", now=datetime(2026, 11, 20, tzinfo=UTC))
        papers = collect(workspace)
        order = [result.code for result in workspace.office.results]
        registered = {p.case: {f.item: str(order.index(f.results[0]) + 1) for f in p.findings} for p in papers}
        if chosen.write:
            write_truth(papers, registered)
            return
        with workspace.read() as connection:
            issued = {d.case: d for d in registers.issued_documents(connection, kind="jilubiao")}
        by_case = {paper.case: paper for paper in papers}
        sheets = [one for one in read_truth() if one.number % 2 == (chosen.half == "unseen")][: chosen.limit or None]
        tally, spent = Counter(), 0.0
        for sheet in sheets:
            scan, middles = make_scan_of(sheet, by_case[sheet.case])
            layout = form_layout(workspace.path(issued[sheet.case].path).read_bytes())[0]
            begun = process_time()
            found = look(scan, layout, workspace)
            spent += process_time() - begun
            for fault in count(sheet, found, middles, registered[sheet.case], tally):
                print(fault)
    print(f"{len(sheets)} scans, half {chosen.half}, {spent / len(sheets):.2f} s of processor a page")
    for key, value in sorted(tally.items()):
        print(f"{key}\t{value}")


if __name__ == "__main__":
    main()
