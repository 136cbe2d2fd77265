"""Made papers for the tests of receiving: forms with a real QR code, drawn as vectors, with a text layer."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
import segno

from ssj_docs.documents.forms.page_code import QR_SIDE_MM, PageCode, encode

MM = 72 / 25.4


def page_content(lines: Sequence[str], code: str = "", rules: bool = True, side: float = QR_SIDE_MM) -> bytes:
    """Content stream of an A4 page: lines of Helvetica, a table frame, the QR code at the top right."""
    parts = []
    for number, line in enumerate(lines):
        safe = line.replace("\\", "").replace("(", "").replace(")", "")
        parts.append(f"BT /F1 12 Tf 70 {760 - 22 * number} Td ({safe}) Tj ET")
    if rules:
        parts.extend(f"70 {500 - 30 * n} 455 0.8 re f" for n in range(8))
        parts.extend(f"{70 + 151 * n} 290 0.8 211 re f" for n in range(4))
    if code:
        matrix = [list(row) for row in segno.make_qr(code, error="m", boost_error=False).matrix]
        module = side * MM / len(matrix)
        left, top = 595 - 20 * MM - side * MM, 842 - 12 * MM
        for row, cells in enumerate(matrix):
            for column, dark in enumerate(cells):
                if dark:
                    x, y = left + column * module, top - (row + 1) * module
                    parts.append(f"{x:.3f} {y:.3f} {module:.3f} {module:.3f} re f")
    return "\n".join(parts).encode("ascii")


def paper(pages: Sequence[tuple[Sequence[str], str]], side: float = QR_SIDE_MM) -> bytes:
    """A PDF with one page for each (lines, code text)."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for lines, code in pages:
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Contents = pdf.make_stream(page_content(lines, code, side=side))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    return _bytes(pdf)


def form(code: PageCode, key: bytes, title: str = "INSPECTION RECORD", side: float = QR_SIDE_MM) -> list[bytes]:
    """The pages of one issued form, each as a PDF of its own."""
    result = []
    for number in range(1, code.pages + 1):
        mine = PageCode(code.office, code.subject, code.kind, code.version, number, code.pages, code.digest)
        lines = [title, f"case {code.subject}", f"page {number} of {code.pages}", "items checked and results found"]
        result.append(paper([(lines, encode(mine, key))], side))
    return result


def join(parts: Sequence[bytes]) -> bytes:
    """One PDF of all pages in this order, streams as they are."""
    whole = pikepdf.new()
    for part in parts:
        with pikepdf.open(io.BytesIO(part)) as pdf:
            whole.pages.extend(pdf.pages)
    return _bytes(whole)


def _bytes(pdf: pikepdf.Pdf) -> bytes:
    buffer = io.BytesIO()
    pdf.save(buffer, deterministic_id=True, compress_streams=False)
    return buffer.getvalue()
