"""Converts the report to PDF if LibreOffice is installed; the same report gives the same bytes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf

from ssj_docs.documents.pdf.convert import convert_to_pdf
from ssj_docs.ground.errors import MissingProgramError


def report_pdf(docx: Path) -> Path | None:
    """Convert the report; None without LibreOffice. Times and ids written by the program are removed.

    Raises: DataError if LibreOffice cannot convert it.
    """
    with TemporaryDirectory(prefix="ssj-report-") as room:
        try:
            made = convert_to_pdf([docx], Path(room), workers=1)[0]
        except MissingProgramError:
            return None
        target = docx.with_suffix(".pdf")
        with pikepdf.open(made) as pdf:
            for name in ("/CreationDate", "/ModDate"):
                if name in pdf.docinfo:
                    del pdf.docinfo[name]
            for holder, name in ((pdf.Root, "/Metadata"), (pdf.trailer, "/DocChecksum"), (pdf.trailer, "/ID")):
                if name in holder:
                    del holder[name]
            pdf.save(target, deterministic_id=True)
    return target
