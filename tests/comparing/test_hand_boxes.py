"""A record form issued by the example office, scanned empty, stamped, written on: what each box is found to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pypdfium2 as pdfium
import pytest

from archive.cases.catalogue import ArchiveItem
from archive.cases.filled_forms import FilledCopy, results_seen, signed
from archive.comparing.page_boxes import BoxFinding, find_hand_boxes
from archive.demonstration import open_example
from archive.files.page_prepare import page_picture, straighten
from archive.ocr.engine import ocr_engine
from examples.make_signed import places
from examples.scanner import Writing, make_scan
from ssj_docs.database import registers
from ssj_docs.documents.batch import convert_issued, form_orders
from ssj_docs.documents.forms.form_layout import FormPage, form_layout
from ssj_docs.documents.issue import issue_forms
from ssj_docs.model.case import Finding
from ssj_docs.office.workspace import Workspace

CASE = "2026-001-0001"
HEADS = ("检查结果", "检查人员签字", "检查人员（不少于两人）", "市场主体法定代表人")


@dataclass(frozen=True)
class Form:
    """An issued form: printed, its geometry, and what the register says."""

    office: Workspace
    pdf: bytes
    layout: FormPage
    findings: list[Finding]


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Form:
    office = open_example(tmp_path_factory.mktemp("boxes") / "w", now=datetime(2026, 11, 20, 9, tzinfo=UTC))
    made = list(issue_forms(office, form_orders(office, CASE[:8], ["jilubiao"], CASE)))
    (one,) = convert_issued(office, made)
    with office.read() as connection:
        findings = registers.load_findings(connection, [CASE])
    layout = form_layout(office.path(one.document.path).read_bytes())[0]
    return Form(office, office.path(one.document.pdf_path).read_bytes(), layout, findings)


def seen(form: Form, writing: list[Writing], **how: object) -> FilledCopy:
    """The boxes of the form after it was written on and scanned."""
    scan = make_scan(form.pdf, seed=7, handwriting=writing, **how)  # type: ignore[arg-type]
    with pdfium.PdfDocument(scan) as document:
        picture = page_picture(document[0])
    boxes = form.office.kinds["jilubiao"].boxes
    found: tuple[BoxFinding, ...] = find_hand_boxes(
        picture, straighten(picture, turn=0), form.layout, boxes, (), ocr_engine()
    )
    return FilledCopy(tuple({**one.as_json(), "page": 1} for one in found))


def states(copy: FilledCopy, what: str) -> list[str]:
    return [box["state"] for box in copy.boxes if box["id"] == what]


def filled_in(form: Form, digit: str = "") -> list[Writing]:
    """Every result, and both signatures."""
    found = places(form.pdf, [*HEADS, *(one.item for one in form.findings)])
    order = [result.code for result in form.office.office.results]
    written = [
        Writing(
            0,
            found["检查结果"][1] + 12,
            found[one.item][2] - 5,
            digit or str(order.index(one.results[0]) + 1),
            13,
        )
        for one in form.findings
    ]
    _, _, top, right = found["市场主体法定代表人"]
    written.append(Writing(0, right + 150, top + 12, "", 13))
    _, left, top, _ = found["检查人员（不少于两人）"]
    return [*written, Writing(0, left + 198, top - 6, "钱春梅", 12), Writing(0, left + 260, top - 6, "吴秀英", 12)]


def verdict(form: Form, copy: FilledCopy) -> str:
    item = ArchiveItem(CASE, "0001", "jilubiao", "", (), "", "", origin="scan", verdict="undetermined")
    return signed(item, form.office.kinds["jilubiao"], copy)[0]


@pytest.mark.parametrize(
    ("how", "below", "told"),
    [
        ({"dpi": 200, "tilt": -1.3, "colour": True}, "empty", "unsigned"),
        ({"dpi": 300, "tilt": 0.4, "colour": True}, "empty", "unsigned"),
        # the seal's edge lies on the box below, and in grey its ink might be a pen's: nobody can tell, so it counts for nothing
        ({"dpi": 150, "tilt": 2.0, "colour": False}, "unsure", "undetermined"),
    ],
)
def test_a_stamped_form_with_every_box_empty_is_not_signed_and_proves_no_result(
    form: Form, how: dict[str, object], below: str, told: str
) -> None:
    spot = places(form.pdf, ["市场主体法定代表人"])["市场主体法定代表人"]
    copy = seen(form, [], stamp="青禾县检查对象", stamp_at=(spot[3] + 60, spot[2] + 14), **how)
    assert states(copy, "result") == ["empty"] * len(form.findings)
    assert states(copy, "subject") == ["stamped"]
    assert states(copy, "inspectors") == [below]
    assert verdict(form, copy) == told
    assert {one.verdict for one in results_seen(copy, form.findings, form.office.office)} == {"empty"}


def test_a_filled_form_agrees_with_the_register(form: Form) -> None:
    copy = seen(form, filled_in(form), dpi=200, tilt=1.0, colour=True)
    assert states(copy, "result") == ["written"] * len(form.findings)
    assert verdict(form, copy) == "present"
    verdicts = [one.verdict for one in results_seen(copy, form.findings, form.office.office)]
    assert "contradicts" not in verdicts
    assert verdicts.count("agrees") >= len(form.findings) - 1


def test_another_result_on_the_paper_contradicts_the_register(form: Form) -> None:
    copy = seen(form, filled_in(form, "6"), dpi=200, tilt=-0.7, colour=False)
    verdicts = [one.verdict for one in results_seen(copy, form.findings, form.office.office)]
    assert "agrees" not in verdicts
    assert verdicts.count("contradicts") >= len(form.findings) - 1


def test_a_page_without_its_tables_cannot_be_told(form: Form) -> None:
    blank = FormPage((), ())
    boxes = form.office.kinds["jilubiao"].boxes
    with pdfium.PdfDocument(make_scan(form.pdf, seed=1, dpi=150)) as document:
        picture = page_picture(document[0])
    straight = straighten(picture, turn=0)
    assert find_hand_boxes(picture, straight, blank, boxes, (), ocr_engine()) == ()
    upside_down = find_hand_boxes(picture, straight.upside_down(), form.layout, boxes, (), ocr_engine())
    assert not {one.state for one in upside_down if one.required} & {"written", "stamped"}
