"""Hides personal data on a page: the page becomes a picture, so that nothing is left underneath."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
from PIL import ImageDraw
from pypdfium2 import PdfDocument
from sqlalchemy import select

from archive.files.text_layer import page_string
from ssj_docs.database.schema import page_texts
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.ground.personal_data import HIDDEN, cut_restricted, holds_restricted
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.workspace import Workspace

Rectangle = tuple[float, float, float, float]
_DPI = 150
_MARGIN = 2.0


def restricted_boxes(workspace: Workspace, case: str, item: str, page: int) -> tuple[tuple[Rectangle, ...], float]:
    """The pieces of a page's text that hold restricted personal data, and the page's width, in points.

    Whole pieces, from the page's top left; data that runs over several pieces has all of them covered.

    Raises: NotFoundError if the page has not been read, or the place of such data on it is not known.
    """
    t = page_texts.c
    with workspace.read() as connection:
        row = connection.execute(
            select(t.text, t.boxes, t.width).where(t.case == case, t.item == item, t.page == page, t.state == "done")
        ).first()
    if row is None:
        raise NotFoundError(
            f"案卷 {case} 第 {item} 件第 {page} 页还没有读取文字，无法遮盖个人信息", Remedy("先", do("read"))
        )
    hidden = _hidden_pieces(row.text, [str(box[0]) for box in row.boxes])
    if hidden is None:
        raise NotFoundError(f"案卷 {case} 第 {item} 件第 {page} 页上个人信息的位置不明，无法遮盖")
    return tuple((x0, y0, x1, y1) for n, (_, x0, y0, x1, y1) in enumerate(row.boxes) if n in hidden), row.width


def _hidden_pieces(text: str, pieces: Sequence[str]) -> set[int] | None:
    """Numbers of the pieces that hold restricted data of the page's text; None if some of it stands in no piece."""
    cut = cut_restricted(text)
    places = [at for at, character in enumerate(text) if not character.isspace()]
    letters = "".join(text[at] for at in places)
    hidden, found, covered, here = {n for n, at in enumerate(places) if cut[at] == HIDDEN}, set(), set(), 0
    for number, piece in enumerate(pieces):
        plain = "".join(piece.split())
        start = letters.find(plain, here) if plain else -1
        inside = set(range(start, start + len(plain))) if start >= 0 else set()
        if inside & hidden or holds_restricted(piece):
            found.add(number)
        covered |= inside
        here = start + len(plain) if start >= 0 else here
    return found if hidden <= covered else None


def holds_unseen(pdf: bytes) -> bool:
    """True if the text layer of the first page holds restricted data, be it under a scan where nobody sees it."""
    with PdfDocument(pdf) as document:
        return holds_restricted(page_string(document[0]))


def covered_page(pdf: bytes, boxes: Sequence[Rectangle], width: float) -> bytes:
    """Render the first page with the boxes painted black; ``width`` is the displayed width in points."""
    with PdfDocument(pdf) as document:
        picture = document[0].render(scale=_DPI / 72).to_pil().convert("RGB")
    scale = picture.width / width if width else _DPI / 72
    draw = ImageDraw.Draw(picture)
    for x0, y0, x1, y1 in boxes:
        draw.rectangle(
            [(x0 - _MARGIN) * scale, (y0 - _MARGIN) * scale, (x1 + _MARGIN) * scale, (y1 + _MARGIN) * scale],
            fill="black",
        )
    drawn = io.BytesIO()
    picture.save(drawn, "JPEG", quality=85)
    made = pikepdf.new()
    size = (picture.width * 72 / _DPI, picture.height * 72 / _DPI)
    sheet = made.add_blank_page(page_size=size)
    image = made.make_stream(
        drawn.getvalue(),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=picture.width,
        Height=picture.height,
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    sheet.obj["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Page=image))
    sheet.contents_add(f"q {size[0]:.2f} 0 0 {size[1]:.2f} 0 0 cm /Page Do Q".encode("ascii"))
    out = io.BytesIO()
    made.save(out, deterministic_id=True)
    return out.getvalue()
