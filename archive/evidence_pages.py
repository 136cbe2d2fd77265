"""The cited page of an archived paper as a PDF of its own, the words marked; the original is only read."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pikepdf

from archive import case_file
from archive.page_cover import covered_page, restricted_boxes
from archive.proofs import Proof
from archive.search_marks import page_marks
from ssj_docs.documents.issued_files import safe_name
from ssj_docs.errors import SsjError
from ssj_docs.workspace import Workspace

Rectangle = tuple[float, float, float, float]


def write_pages(workspace: Workspace, proofs: Sequence[Proof], folder: Path,
                progress: Callable[[Iterable[Any]], Iterable[Any]], *, covered: bool) -> dict[Proof, str]:
    """Each cited page as a PDF with its words marked, in ``folder``/pages; the file's name by proof.

    A page of another format, or one that cannot be read, is cited by name only.

    Args:
        covered: paint over mobile and identity numbers; such a page becomes a picture.
    """
    (folder / "pages").mkdir()
    cited: dict[Proof, str] = {}
    by_place: dict[tuple[str, str, int, str, str], str] = {}
    for proof in progress(proofs):
        key = (proof.case, proof.item, proof.page, proof.words, proof.query)
        if key not in by_place:
            name = f"pages/{len(by_place) + 1:04d}-{safe_name(f'{proof.case}-{proof.item}-第{proof.page}页')}.pdf"
            try:
                data = _marked(workspace, proof, covered)
            except (SsjError, ValueError, OSError, pikepdf.PdfError):
                continue
            (folder / name).write_bytes(data)
            by_place[key] = name
        cited[proof] = by_place[key]
    return cited


def _marked(workspace: Workspace, proof: Proof, covered: bool) -> bytes:
    words = proof.words.replace('"', "")
    marks = page_marks(workspace, proof.case, proof.item, proof.page, proof.query or f'"{words or "检查"}"')
    rectangles = marks.rectangles if words or proof.query else ()
    data = cited_page(case_file.store_of(workspace).path(proof.case, proof.path), proof.page, rectangles, marks.width,
                      marks.height)
    boxes = restricted_boxes(workspace, proof.case, proof.item, proof.page) if covered else ()
    return covered_page(data, boxes, marks.width) if boxes else data


def cited_page(pdf: Path, page: int, marks: Sequence[Rectangle], width: float, height: float) -> bytes:
    """One page with yellow marks over the words; the same page and marks give the same bytes.

    Args:
        page: from 1. marks: in points from the top left of the page as shown, ``width`` by ``height``.

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
    """Rectangles in the page's own coordinates, whatever its /Rotate and its box."""
    x0, y0, x1, y1 = (float(v) for v in sheet.mediabox)
    turn = int(sheet.obj.get("/Rotate", 0)) % 360
    shown = (x1 - x0, y1 - y0) if turn in (0, 180) else (y1 - y0, x1 - x0)
    sx, sy = (shown[0] / width if width else 1.0), (shown[1] / height if height else 1.0)
    parts = ["q /SsjMark gs 1 0.85 0.2 rg"]
    for a, b, c, d in marks:
        left, top, right, bottom = a * sx, b * sy, c * sx, d * sy
        box = {0: (left, shown[1] - bottom, right, shown[1] - top),
               90: (top, left, bottom, right),
               180: (shown[0] - right, top, shown[0] - left, bottom),
               270: (shown[1] - bottom, shown[0] - right, shown[1] - top, shown[0] - left)}[turn]
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
