"""Hides personal data on a page: the page becomes a picture, so that nothing is left underneath."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise

import pikepdf
from PIL import ImageDraw
from pypdfium2 import PdfDocument
from sqlalchemy import select

from ssj_docs.database.schema import page_texts
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.ground.personal_data import cut_restricted
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.workspace import Workspace

Rectangle = tuple[float, float, float, float]
_DPI = 150
_MARGIN = 2.0


def restricted_boxes(workspace: Workspace, case: str, item: str, page: int) -> tuple[tuple[Rectangle, ...], float]:
    """The pieces of a page's text that contain a mobile or identity number, and the page's width, in points.

    Whole pieces, from the page's top left; if a number spans two pieces, both are returned.

    Raises: NotFoundError if the page has not been read, because its content is unknown.
    """
    t = page_texts.c
    with workspace.read() as connection:
        row = connection.execute(
            select(t.boxes, t.width).where(t.case == case, t.item == item, t.page == page, t.state == "done")
        ).first()
    if row is None:
        raise NotFoundError(
            f"案卷 {case} 第 {item} 件第 {page} 页还没有读取文字，无法遮盖个人信息", Remedy("先", do("read"))
        )
    boxes, width = row.boxes, row.width
    texts = [str(box[0]) for box in boxes]
    hidden = {n for n, text in enumerate(texts) if cut_restricted(text) != text}
    for n, (one, two) in enumerate(pairwise(texts)):
        apart = cut_restricted(one) + "\n" + cut_restricted(two)
        if cut_restricted(f"{one}\n{two}") != apart:
            hidden |= {n, n + 1}
    return tuple((x0, y0, x1, y1) for n, (_, x0, y0, x1, y1) in enumerate(boxes) if n in hidden), width


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
