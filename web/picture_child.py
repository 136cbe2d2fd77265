"""Draws a page of a PDF or a scan as a JPEG, in a limited child; started as ``python -m web.picture_child``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from PIL import Image

from archive.child_loop import serve

#: points across the picture; and no more pixels than this, whatever the page says of its size
_WIDE = 1100
_MOST = 12_000_000
Image.MAX_IMAGE_PIXELS = 120_000_000
warnings.simplefilter("error", Image.DecompressionBombWarning)


def draw(path: str, page: int, out: str) -> Iterator[Mapping[str, Any]]:
    """Write the picture of a page (from 1) to ``out``; says the page's size in points and how many pages there are."""
    source = Path(path)
    with source.open("rb") as stream:
        is_pdf = b"%PDF-" in stream.read(1024)
    if is_pdf:
        with pdfium.PdfDocument(source) as document:
            count = len(document)
            if not 1 <= page <= count:
                raise IndexError("no such page")
            sheet = document[page - 1]
            width, height = sheet.get_size()
            scale = min(_WIDE / max(width, 1.0), (_MOST / max(width * height, 1.0)) ** 0.5)
            picture = sheet.render(scale=scale).to_pil().convert("RGB")
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


if __name__ == "__main__":
    serve({"draw": draw})
