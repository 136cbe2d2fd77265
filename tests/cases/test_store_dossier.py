"""`ssj case dossier`: one PDF for people; originals untouched; the same bytes each time."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import pikepdf
import pypdfium2
import pytest
from case_office import stored_path
from pikepdf import Dictionary, Name
from PIL import Image

from archive.cases.case_file import NewItem, add_item
from archive.cases.dossier import make_dossier
from ssj_docs.ground.errors import FixityError, NotFoundError
from ssj_docs.office.workspace import Workspace

CASE = "2026-003-0012"


def pdf_of(*texts: str, rotate: int = 0, size: tuple[int, int] = (595, 842)) -> bytes:
    """A PDF with one text a page."""
    pdf, out = pikepdf.Pdf.new(), io.BytesIO()
    font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    for text in texts:
        frame = f"20 20 {size[0] - 40} {size[1] - 40} re S"
        page = pdf.add_blank_page(page_size=size)
        page.obj.Resources = Dictionary(Font=Dictionary(F=font))
        page.obj.Contents = pdf.make_stream(f"{frame} BT /F 20 Tf 60 {size[1] - 80} Td ({text}) Tj ET".encode())
        page.obj.Rotate = rotate
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def texts_of(data: bytes) -> list[str]:
    with pypdfium2.PdfDocument(data) as document:
        return [page.get_textpage().get_text_range() for page in document]


@pytest.fixture(scope="module")
def pictures() -> bytes:
    out = io.BytesIO()
    Image.new("L", (800, 1100), 200).save(out, "PNG")
    return out.getvalue()


def test_the_whole_case_in_one_pdf(office: Workspace, paper: Callable[..., NewItem], pictures: bytes) -> None:
    record, notice = pdf_of("RECORD ONE", "RECORD TWO"), pdf_of("ACROSS", size=(842, 595))
    with office.transaction() as connection:
        first = add_item(office, connection, CASE, paper(record, department="青禾县商务局", verdict="undetermined"))
        add_item(office, connection, CASE, paper(notice, title="检查告知书", number="青商务〔2026〕8号"))
        add_item(office, connection, CASE, paper(pictures, files={"照片.png": pictures}, title="现场照片"))
        add_item(office, connection, CASE, paper(b"PK\x03\x04", files={"表.xlsx": b"PK\x03\x04"}, title="附表"))
        add_item(office, connection, CASE, paper(pdf_of("TURNED", rotate=90), title="旋转的扫描件"))
    before = hashlib.sha256(stored_path(office, first).read_bytes()).hexdigest()
    dossier = make_dossier(office, CASE)
    assert make_dossier(office, CASE).data == dossier.data
    assert hashlib.sha256(stored_path(office, first).read_bytes()).hexdigest() == before
    assert (dossier.pages, dossier.numbered) == (8, 5)
    assert dossier.left_out == ("第 0004 件 附表：.xlsx 格式，请另行打开原件",)
    texts = texts_of(dossier.data)
    assert "青禾县第12加油站" in texts[0] and "定期30年" in texts[0]
    assert "卷内目录" in texts[1] and "青商务〔2026〕8号" in texts[1]
    assert "RECORD ONE" in texts[2] and "0001" in texts[2]
    assert "RECORD TWO" in texts[3] and texts[3].startswith("2")
    assert "ACROSS" in texts[4] and "TURNED" in texts[6]
    assert "本卷共 5 件，5 页" in texts[7] and "签署真实性不能由机器判定：第 0001 件" in texts[7]
    with pikepdf.open(io.BytesIO(dossier.data)) as pdf, pdf.open_outline() as outline:
        assert [entry.title for entry in outline.root] == [
            "封面",
            "卷内目录",
            "0001 联合抽查记录表",
            "0002 检查告知书",
            "0003 现场照片",
            "0005 旋转的扫描件",
            "备考表",
        ]
        sizes = [(round(float(p.mediabox[2])), round(float(p.mediabox[3]))) for p in pdf.pages]
    assert sizes == [(595, 842)] * 4 + [(842, 595), (595, 842), (842, 595), (595, 842)]


def test_empty_and_altered(office: Workspace, paper: Callable[..., NewItem]) -> None:
    with pytest.raises(NotFoundError):
        make_dossier(office, CASE)
    with office.transaction() as connection:
        item = add_item(office, connection, CASE, paper(pdf_of("ORIGINAL")))
    stored_path(office, item).write_bytes(pdf_of("OTHER"))
    with pytest.raises(FixityError):
        make_dossier(office, CASE)


def test_a_broken_pdf_is_named_and_left_out(office: Workspace, paper: Callable[..., NewItem]) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper(b"%PDF-1.7 nothing else", title="坏件"))
    dossier = make_dossier(office, CASE)
    assert dossier.numbered == 0
    assert "第 0001 件 坏件" in dossier.left_out[0]
