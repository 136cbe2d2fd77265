"""Extracts cited pages of archived papers as separate PDFs with the words marked."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pikepdf

from archive.assessment.evidence_finder import Proof
from archive.assessment.pack.cover import covered_page, holds_unseen, restricted_boxes
from archive.assessment.pack.workdir import PackWorkdir
from archive.search.marks import page_marks
from archive.store.opening import store_of
from ssj_docs.documents.numbers.issued_files import safe_name
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.office.workspace import Workspace

Rectangle = tuple[float, float, float, float]


def write_pages(
    workspace: Workspace,
    proofs: Sequence[Proof],
    workdir: PackWorkdir,
    progress: Callable[[Iterable[Any]], Iterable[Any]],
    *,
    covered: bool,
) -> dict[Proof, str]:
    """Write each cited page as one PDF with its words marked to ``pages``; returns the file name by proof.

    Pages of other formats and unreadable pages are cited by name only.

    Args:
        covered: hide mobile and identity numbers. Such a page becomes a picture, and a page that has not been read is
            cited by name only.
    """
    store = store_of(workspace)
    places: dict[tuple[str, str, int], list[Proof]] = {}
    for proof in proofs:
        places.setdefault((proof.case, proof.item, proof.page), []).append(proof)
    cited: dict[Proof, str] = {}

    def make(mine: list[Proof]) -> bytes:
        try:
            with store.local_copy(mine[0].case, mine[0].path) as source:
                return marked_page(workspace, source, mine, covered=covered)
        except pikepdf.PdfError as error:
            raise ValueError(str(error)) from error

    for number, (place, mine) in enumerate(progress(list(places.items())), 1):
        case, item, page = place
        name = f"pages/{number:04d}-{safe_name(f'{case}-{item}-第{page}页')}.pdf"
        if workdir.add(name, partial(make, mine)):
            cited |= dict.fromkeys(mine, name)
    return cited


def marked_page(workspace: Workspace, source: Path, proofs: Sequence[Proof], *, covered: bool) -> bytes:
    """The page with all words marked for which it is cited; ``covered`` as in `write_pages`."""
    case, item, page = proofs[0].case, proofs[0].item, proofs[0].page
    phrases = (proof.words.replace('"', "") for proof in proofs)
    queries = [proof.query for proof in proofs if proof.query] + [f'"{words}"' for words in phrases if words]
    rectangles: dict[Rectangle, None] = {}
    width = height = 0.0
    for query in dict.fromkeys(queries):
        marks = page_marks(workspace, case, item, page, query)
        width, height = marks.width, marks.height
        rectangles |= dict.fromkeys(marks.rectangles)
    boxes, shown = restricted_boxes(workspace, case, item, page) if covered else ((), 0.0)
    data = cited_page(source, page, list(rectangles), width, height)
    if boxes:
        return covered_page(data, boxes, shown)
    if covered and holds_unseen(data):
        raise NotFoundError(f"案卷 {case} 第 {item} 件第 {page} 页的文字层里有个人信息，页上没有认出，无法遮盖")
    return data


def cited_page(pdf: Path, page: int, marks: Sequence[Rectangle], width: float, height: float) -> bytes:
    """Extract one page with yellow marks over the words; the same input gives the same bytes.

    Args:
        page: from 1.
        marks: in points from the top left of the page as displayed, ``width`` by ``height``.

    Raises: ValueError, pikepdf.PdfError if the file or page cannot be read.
    """
    with pikepdf.open(pdf) as source:
        if not 1 <= page <= len(source.pages):
            raise ValueError(f"没有第 {page} 页")
        single = pikepdf.new()
        single.pages.append(source.pages[page - 1])
        sheet = single.pages[0]
        for name in ("/Annots", "/AA", "/Metadata"):
            if name in sheet.obj:
                del sheet.obj[name]
        if marks:
            sheet.contents_add(_marks(sheet, marks, width, height).encode("ascii"))
            _transparent(single, sheet)
        out = io.BytesIO()
        single.save(out, deterministic_id=True, linearize=False)
        return out.getvalue()


def _marks(sheet: pikepdf.Page, marks: Sequence[Rectangle], width: float, height: float) -> str:
    """Rectangles in the page's own coordinates, whatever its /Rotate and boxes."""
    x0, y0, x1, y1 = (float(v) for v in sheet.mediabox)
    turn = int(sheet.obj.get("/Rotate", 0)) % 360
    shown = (x1 - x0, y1 - y0) if turn in (0, 180) else (y1 - y0, x1 - x0)
    sx, sy = (shown[0] / width if width else 1.0), (shown[1] / height if height else 1.0)
    parts = ["q /SsjMark gs 1 0.85 0.2 rg"]
    for a, b, c, d in marks:
        left, top, right, bottom = a * sx, b * sy, c * sx, d * sy
        box = {
            0: (left, shown[1] - bottom, right, shown[1] - top),
            90: (top, left, bottom, right),
            180: (shown[0] - right, top, shown[0] - left, bottom),
            270: (shown[1] - bottom, shown[0] - right, shown[1] - top, shown[0] - left),
        }[turn]
        parts.append(f"{x0 + box[0]:.2f} {y0 + box[1]:.2f} {box[2] - box[0]:.2f} {box[3] - box[1]:.2f} re f")
    return "\n".join([*parts, "Q"])


def _transparent(pdf: pikepdf.Pdf, sheet: pikepdf.Page) -> None:
    state = pikepdf.Dictionary(Type=pikepdf.Name.ExtGState, ca=0.4, BM=pikepdf.Name.Multiply)
    resources = sheet.obj.get("/Resources")
    if resources is None:
        sheet.obj["/Resources"] = resources = pikepdf.Dictionary()
    if "/ExtGState" not in resources:
        resources["/ExtGState"] = pikepdf.Dictionary()
    resources["/ExtGState"]["/SsjMark"] = pdf.make_indirect(state)
