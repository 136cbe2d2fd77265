"""What a file says besides its ink: metadata, annotations, fields, bookmarks, hidden text, attachments."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from archive.files.file_words import UNREAD, FileWords, file_words, office_words, read_words
from archive.files.limited_child import LimitedChildren

NUMBER = "13900001111"
Change = Callable[[pikepdf.Pdf], None]


@pytest.fixture(scope="module")
def children() -> Iterator[LimitedChildren]:
    with LimitedChildren() as running:
        yield running


def _pdf(path: Path, change: Change) -> Path:
    with pikepdf.new() as pdf:
        for _ in range(2):
            pdf.add_blank_page(page_size=(300, 300))
        change(pdf)
        pdf.save(path)
    return path


def _annotated(pdf: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[0, 0, 9, 9], Contents=f"电话{NUMBER}"
    )
    pdf.pages[1].obj.Annots = pikepdf.Array([pdf.make_indirect(note)])


def _field_of_a_parent(pdf: pikepdf.Pdf) -> None:
    parent = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="电话", V=NUMBER))
    widget = pikepdf.Dictionary(Subtype=pikepdf.Name.Widget, Rect=[0, 0, 9, 9], Parent=parent)
    pdf.pages[1].obj.Annots = pikepdf.Array([pdf.make_indirect(widget)])
    parent.Kids = pdf.pages[1].obj.Annots
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[parent])


def _hidden_text(pdf: pikepdf.Pdf) -> None:
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page = pdf.pages[1]
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    page.contents_add(f"BT 3 Tr /F 9 Tf 20 20 Td ({NUMBER}) Tj ET".encode())


@pytest.mark.parametrize("change", [_annotated, _field_of_a_parent, _hidden_text])
def test_what_belongs_to_a_page_is_told_with_it(tmp_path: Path, children: LimitedChildren, change: Change) -> None:
    words = read_words(_pdf(tmp_path / "a.pdf", change), children)
    assert (words.whole, NUMBER in words.pages[0], NUMBER in words.pages[1]) == (True, False, True)


def _information(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Keywords"] = f"号码 {NUMBER}"


def _xmp(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata() as metadata:
        metadata["dc:description"] = NUMBER


def _bookmark(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(f"张三 {NUMBER}", 0))


def _label(pdf: pikepdf.Pdf) -> None:
    pdf.Root.PageLabels = pikepdf.Dictionary(Nums=[0, pikepdf.Dictionary(P=NUMBER)])


@pytest.mark.parametrize("change", [_information, _xmp, _bookmark, _label])
def test_what_belongs_to_no_page_is_told(tmp_path: Path, children: LimitedChildren, change: Change) -> None:
    words = read_words(_pdf(tmp_path / "a.pdf", change), children)
    assert words.whole and len(words.pages) == 2
    assert NUMBER in words.rest and NUMBER in words.text


def test_what_cannot_be_read_is_said(tmp_path: Path, children: LimitedChildren) -> None:
    attached = _pdf(tmp_path / "a.pdf", lambda pdf: pdf.attachments.__setitem__("a.txt", b"x"))
    locked, broken, odd = tmp_path / "b.pdf", tmp_path / "c.pdf", tmp_path / "d.bin"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(locked, encryption=pikepdf.Encryption(user="a", owner="b"))
    broken.write_bytes(b"%PDF-1.7 nothing")
    odd.write_bytes(b"\x01\x02")
    assert [read_words(path, children).whole for path in (attached, locked, broken, odd)] == [False] * 4


def test_words_of_office_files() -> None:
    paper = docx.Document()
    line = paper.add_paragraph("电话 139")
    line.add_run("0000").bold = True
    line.add_run("1111。")
    paper.core_properties.comments = "号 410000199001010011"
    table = paper.add_table(1, 11)
    for cell, digit in zip(table.rows[0].cells, "13100000000", strict=True):
        cell.text = digit
    out = io.BytesIO()
    paper.save(out)
    words = office_words(out.getvalue())
    assert words.whole and NUMBER in words.text and "410000199001010011" in words.text
    assert "13100000000" not in words.text.replace(" ", ""), "cells stay apart"
    book = openpyxl.Workbook()
    book.active.append(["甲", int(NUMBER)])
    out = io.BytesIO()
    book.save(out)
    assert NUMBER in office_words(out.getvalue()).text


def test_words_of_a_workbook_inside_a_paper() -> None:
    """The workbook of a chart is looked into; what lies in that again counts as unread."""

    def package(name: str, data: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            packed.writestr(name, data)
        return out.getvalue()

    book = package("xl/sharedStrings.xml", f"<t>{NUMBER}</t>".encode())
    paper = office_words(package("word/embeddings/a.xlsx", book))
    assert paper.whole and NUMBER in paper.text
    assert not office_words(package("word/embeddings/a.xlsx", package("b.xlsx", book))).whole


def test_words_of_other_files(tmp_path: Path, children: LimitedChildren) -> None:
    assert file_words("a.csv", f"电话,{NUMBER}".encode("gb18030")).text.endswith(NUMBER)
    assert file_words("a.exe", b"MZ") == UNREAD
    png, told = tmp_path / "a.png", PngInfo()
    told.add_text("Comment", NUMBER)
    Image.new("L", (9, 9)).save(png, pnginfo=told)
    assert read_words(png, children) == FileWords(("",), NUMBER)
    for name, whole in (("图.jpg", False), ("Content.xml", True)):
        ofd = tmp_path / "a.ofd"
        with zipfile.ZipFile(ofd, "w") as packed:
            packed.writestr("OFD.xml", f"<ofd:TextCode>{NUMBER}</ofd:TextCode>")
            packed.writestr(name, b"<a/>")
        assert read_words(ofd, children).whole is whole
