"""A child process that renders pages of a PDF or a scan as JPEG; started by `archive.files.limited_child`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from PIL import Image

from archive.files.child_loop import serve
from ssj_docs.documents.pdf.layout_check import measure_layout

#: width of the picture, and the maximum number of pixels for pages of unusual size
_WIDE = 1100
_MOST = 12_000_000
Image.MAX_IMAGE_PIXELS = 120_000_000
warnings.simplefilter("error", Image.DecompressionBombWarning)


def draw(path: str, page: int, out: str) -> Iterator[Mapping[str, Any]]:
    """Write the picture of a page (counted from 1) to ``out`` and report the page's size in points and the number of pages."""
    source = Path(path)
    with source.open("rb") as stream:
        is_pdf = b"%PDF-" in stream.read(1024)
    if is_pdf:
        with pdfium.PdfDocument(source) as document:
            count = len(document)
            if not 1 <= page <= count:
                raise IndexError("no such page")
            picture, width, height = _drawn(document[page - 1])
    else:
        with Image.open(source) as image:
            count = getattr(image, "n_frames", 1)
            if not 1 <= page <= count:
                raise IndexError("no such page")
            image.seek(page - 1)
            width, height = image.size
            picture = image.convert("RGB")
            picture.thumbnail((_WIDE, 3 * _WIDE))
    picture.save(out, "JPEG", quality=82)
    yield {"width": width, "height": height, "pages": count}


def _drawn(sheet: pdfium.PdfPage) -> tuple[Image.Image, float, float]:
    width, height = sheet.get_size()
    scale = min(_WIDE / max(width, 1.0), (_MOST / max(width * height, 1.0)) ** 0.5)
    return sheet.render(scale=scale).to_pil().convert("RGB"), width, height


def sheets(path: str, out: str, most: int, without: list[str]) -> Iterator[Mapping[str, Any]]:
    """Write pictures of the first pages to ``out``/1.jpg and so on, and report the number of pages and layout faults."""
    with pdfium.PdfDocument(path) as document:
        for number in range(1, min(len(document), most) + 1):
            _drawn(document[number - 1])[0].save(Path(out) / f"{number}.jpg", "JPEG", quality=82)
        count = len(document)
    report = measure_layout(Path(path), without=without)
    yield {"pages": count, "ok": report.ok, "faults": [f"{one.name}：{one.remark}" for one in report.failures()]}


if __name__ == "__main__":
    serve({"draw": draw, "sheets": sheets})
