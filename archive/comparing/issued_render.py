"""An issued page: its text with positions, and its picture at any resolution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium

from archive.files.page_prepare import Picture
from archive.files.text_layer import PrintedLine, page_characters, page_string, printed_lines
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.remedies import Remedy, do


@dataclass(frozen=True)
class IssuedPage:
    """One page of a paper that this office issued as PDF.

    Attributes:
        pdf: the issued PDF.
        page: page number from 1.
        text: its text layer.
        lines: its printed lines with the place of every character, in points from the top left.
        width, height: in points.
    """

    pdf: bytes
    page: int
    text: str
    lines: tuple[PrintedLine, ...]
    width: float
    height: float

    def draw(self, dpi: float) -> Picture:
        """Render the page in grey at ``dpi``, slightly blurred like a scan."""
        document = pdfium.PdfDocument(self.pdf)
        try:
            page = document[self.page - 1]
            pixels = page.render(scale=dpi / 72, grayscale=True).to_numpy()
            page.close()
            sharp = pixels[:, :, 0] if pixels.ndim == 3 else pixels
            return np.asarray(cv2.GaussianBlur(sharp, (0, 0), 0.7), np.uint8)
        finally:
            document.close()


def issued_page(pdf: bytes | Path, page: int) -> IssuedPage:
    """Open a page (counted from 1) of an issued PDF.

    Raises:
        DataError: it cannot be opened as PDF.
        NotFoundError: there is no such page.
    """
    data = pdf.read_bytes() if isinstance(pdf, Path) else pdf
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise DataError(
            "发出件的 PDF 无法打开，不能与扫描件比对。", Remedy(do("verify"), "，查明印发的文件是否被改动")
        ) from error
    try:
        if not 1 <= page <= len(document):
            raise NotFoundError(f"发出件没有第 {page} 页（共 {len(document)} 页）。")
        sheet = document[page - 1]
        try:
            lines = tuple(printed_lines(page_characters(sheet)))
            return IssuedPage(data, page, page_string(sheet), lines, *sheet.get_size())
        finally:
            sheet.close()
    finally:
        document.close()
