"""One document at a time by a LibreOffice that stands ready: the right one comes back, nothing stays behind."""

from __future__ import annotations

import io
import os
from pathlib import Path

import docx
import pypdfium2 as pdfium
import pytest

from ssj_docs.documents.pdf.warm_convert import WarmConverter
from ssj_docs.ground.errors import MissingProgramError


def paper(text: str) -> bytes:
    document = docx.Document()
    document.add_paragraph(text)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def text_of(pdf: bytes) -> str:
    with pdfium.PdfDocument(pdf) as opened:
        return str(opened[0].get_textpage().get_text_range())


def running(folder: str) -> list[str]:
    """Programs whose command line names the folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = place.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if folder in command and int(place.parent.name) != os.getpid():
            found.append(command)
    return found


def test_each_document_is_converted_to_its_own_pages_and_nothing_stays_behind() -> None:
    converter = WarmConverter()
    folder = converter._room.name
    try:
        converter.warm()
        for words in ("the first paper", "the second paper"):
            assert words in text_of(converter.convert(paper(words)))
    finally:
        converter.close()
    assert not running(folder)
    assert not Path(folder).exists()


def test_without_libreoffice_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSJ_SOFFICE", "/nowhere/soffice")
    converter = WarmConverter()
    converter.warm()
    with pytest.raises(MissingProgramError):
        converter.convert(paper("x"))
    converter.close()
