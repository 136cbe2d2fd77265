"""Our PDF/A-2b against ISO 19005-2: real files of every kind of source are clean, planted breaches are named by clause."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from forms_data import every_kind, record
from layout_papers import LETTER, NOTICE
from pikepdf import Array, Dictionary, Name, Pdf, String

from ssj_docs.documents.forms.forms import make_form
from ssj_docs.documents.official.official import render_official
from ssj_docs.documents.pdf import convert
from ssj_docs.documents.pdf.convert import convert_to_pdf
from ssj_docs.documents.pdf.pdfa_check import PdfaFault, check_pdfa
from ssj_docs.ground.errors import DataError

CODE = "SSJ1*QHX*2026-003-0001*JLB*1*1.1*0A1B2C3D*ABCDEFGHIJ"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A form with its code, a landscape table, a notice with attachments and a letter, as PDF/A."""
    folder = tmp_path_factory.mktemp("pdfa")
    sources = {
        "form": make_form("jilubiao", record(), codes=[CODE]),
        "table": make_form("mingdan", every_kind()["mingdan"]),
        "notice": render_official(NOTICE),
        "letter": render_official(LETTER),
    }
    for name, content in sources.items():
        (folder / f"{name}.docx").write_bytes(content)
    paths = convert_to_pdf([folder / f"{name}.docx" for name in sources], folder / "pdf", pdfa=True, workers=1)
    return {path.stem: path.read_bytes() for path in paths}


@pytest.mark.parametrize("name", ["form", "table", "notice", "letter"])
def test_what_we_make_conforms(made: dict[str, bytes], name: str) -> None:
    assert check_pdfa(made[name]) == []
    with pikepdf.open(io.BytesIO(made[name])) as document:
        assert b"<pdfaid:part>2<" in document.Root.Metadata.read_bytes()


def test_a_page_code_is_kept_as_drawn(made: dict[str, bytes]) -> None:
    """Every pixel, and no JPEG: eight a module."""
    with pikepdf.open(io.BytesIO(made["form"])) as document:
        pictures = [
            thing
            for thing in document.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
        ]
        assert [str(picture.Filter) for picture in pictures] == ["/FlateDecode"]
        assert int(pictures[0].Width) % 8 == 0 and set(pictures[0].read_bytes()) == {0, 255}


def _without_font_program(document: Pdf) -> None:
    for thing in document.objects:
        if isinstance(thing, Dictionary) and thing.get("/Type") == "/FontDescriptor":
            for key in [key for key in thing.keys() if key.startswith("/FontFile")]:  # noqa: SIM118 — no mapping
                del thing[key]
            return


def _note(**changes: Any) -> Callable[[Pdf], None]:
    def plant(document: Pdf) -> None:
        keys = {"Type": Name.Annot, "Subtype": Name.Link, "Rect": Array([0, 0, 20, 30]), "F": 4} | changes
        note = Dictionary({f"/{key}": value for key, value in keys.items()})
        document.pages[0].obj["/Annots"] = Array([document.make_indirect(note)])

    return plant


def _root(key: str, value: Any) -> Callable[[Pdf], None]:
    return lambda document: document.Root.__setitem__(key, value)


def _drawn(operators: bytes, **resources: Any) -> Callable[[Pdf], None]:
    def plant(document: Pdf) -> None:
        for key, value in resources.items():
            document.pages[0].obj.Resources[f"/{key}"] = value
        document.pages[0].contents_add(document.make_stream(operators))

    return plant


def _said(old: bytes, new: bytes) -> Callable[[Pdf], None]:
    def plant(document: Pdf) -> None:
        stream = document.Root.Metadata
        assert old in stream.read_bytes()
        stream.write(stream.read_bytes().replace(old, new))

    return plant


def _picture(key: str, value: Any) -> Callable[[Pdf], None]:
    def plant(document: Pdf) -> None:
        next(
            thing
            for thing in document.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
        )[key] = value

    return plant


SCRIPT = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
#: what is done to a clean file → clause that must be named
FAULTS: dict[str, tuple[Callable[[Pdf], None], str]] = {
    "script_on_opening": (_root("/OpenAction", SCRIPT), "6.5.1"),
    "program_started": (_note(A=Dictionary(S=Name.Launch, F=String("x.exe"))), "6.5.1"),
    "action_on_closing": (_root("/AA", Dictionary(WC=SCRIPT)), "6.5.2"),
    "font_not_embedded": (_without_font_program, "6.2.11.4.1"),
    "no_output_intent": (lambda document: document.Root.__delitem__("/OutputIntents"), "6.2.3"),
    "cmyk_in_rgb": (_drawn(b"0 0 0 1 k 0 0 9 9 re f"), "6.2.4.3"),
    "transfer_function": (_drawn(b"/G gs", ExtGState=Dictionary(G=Dictionary(TR=Name.Identity))), "6.2.5"),
    "unknown_blending": (_drawn(b"/G gs", ExtGState=Dictionary(G=Dictionary(BM=Name.Odd))), "6.2.10"),
    "interpolated_picture": (_picture("/Interpolate", True), "6.2.8"),
    "picture_elsewhere": (_picture("/F", String("x")), "6.1.7.1"),
    "other_part": (_said(b"<pdfaid:part>2", b"<pdfaid:part>1"), "6.6.4"),
    "no_metadata": (lambda document: document.Root.__delitem__("/Metadata"), "6.6.2.1"),
    "attached_file": (lambda document: document.attachments.__setitem__("a.txt", b"hello"), "6.8"),
    "film": (_note(Subtype=Name.Movie), "6.3.1"),
    "unprinted_note": (_note(F=0), "6.3.2"),
    "note_without_look": (_note(Subtype=Name.Text), "6.3.3"),
    "form_program": (
        lambda document: document.Root.__setitem__(
            "/AcroForm", Dictionary(Fields=Array([]), XFA=document.make_stream(b"<x/>"))
        ),
        "6.4.2",
    ),
    "nameless_layer": (_root("/OCProperties", Dictionary(OCGs=Array([]), D=Dictionary())), "6.9"),
    "huge_page": (
        lambda document: document.pages[0].obj.__setitem__("/MediaBox", Array([0, 0, 20000, 20000])),
        "6.1.13",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_breach_is_named_by_its_clause(made: dict[str, bytes], fault: str) -> None:
    plant, clause = FAULTS[fault]
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(made["form"])) as document:
        plant(document)
        document.save(target)
    assert clause in {found.clause for found in check_pdfa(target.getvalue())}


def test_breaches_of_the_file_itself(made: dict[str, bytes]) -> None:
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(made["form"])) as document:
        document.save(locked, encryption=pikepdf.Encryption(owner="a", user=""))
    assert check_pdfa(locked.getvalue())[0].clause == "6.1.3"
    assert check_pdfa(made["form"] + b"more\n") == [PdfaFault("6.1.3", "文件结尾之后还有内容")]
    assert check_pdfa(b"no pdf at all")[0].clause == "6.1"


def test_a_file_that_breaks_a_rule_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "_PDFA", {})  # an ordinary PDF instead
    source = tmp_path / "名单.docx"
    source.write_bytes(make_form("renyuanxinxi", every_kind()["renyuanxinxi"]))
    with pytest.raises(DataError) as caught:
        convert_to_pdf([source], tmp_path / "out", pdfa=True, workers=1)
    (problem,) = caught.value.problems
    assert problem.code == "convert.pdfa" and "6.2.3" in problem.message and "PDF/A" in problem.remedy
    assert not (tmp_path / "out" / "名单.pdf").exists()
