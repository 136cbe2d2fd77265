"""What boxes filled in by hand mean: signed or not, results that agree with the register or contradict it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert

from archive.cases.case_file import NewItem, add_item
from archive.cases.filled_forms import FilledCopy, results_seen
from archive.cases.missing import missing
from ssj_docs.database import registers
from ssj_docs.database.schema import page_texts
from ssj_docs.office.workspace import Workspace

CASE = "2026-003-0012"


def box(id: str, state: str, **more: Any) -> dict[str, Any]:
    what = "result" if id == "result" else "remark" if id == "refusal" else "signature"
    told = {"name": id, "row": "", "why": "", "who": "", "read": "", "sure": 0.0, "place": [1, 2, 3, 4]}
    required = id in ("subject", "inspectors")
    instead = "subject" if id == "refusal" else ""
    return {**told, "id": id, "what": what, "state": state, "required": required, "instead": instead, **more}


def filed(office: Workspace, new: NewItem, *boxes: dict[str, Any]) -> tuple[str, str]:
    """The state of the record form after it was filed and read with these boxes."""
    with office.transaction() as connection:
        item = add_item(office, connection, CASE, new)
        seen = {"confirmed": None, "confidence": 0, "added": [], "altered": [], "missing": [], "undetermined": []}
        values: dict[str, Any] = dict.fromkeys(("text", "note", "read_at"), "")
        values |= {"case": CASE, "item": item.item, "page": 1, "state": "done", "origin": "ocr", "confidence": 0.9}
        values |= {"boxes": [], "width": 595.0, "height": 842.0, "source": item.sha256}
        connection.execute(insert(page_texts).values(**values, comparison={**seen, "boxes": list(boxes)}))
    paper = next(p for p in missing(office, 2026) if p.case == CASE and p.kind == "jilubiao")
    return paper.state, paper.note


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        ({"subject": "written", "inspectors": "written"}, "present"),
        ({"subject": "stamped", "inspectors": "written"}, "present"),
        ({"subject": "stamped", "inspectors": "empty"}, "unsigned"),
        ({"subject": "empty", "inspectors": "written"}, "unsigned"),
        ({"subject": "empty", "refusal": "written", "inspectors": "written"}, "present"),
        ({"subject": "empty", "refusal": "unsure", "inspectors": "written"}, "unsigned"),
        ({"subject": "stamped", "inspectors": "unsure"}, "undetermined"),
        ({"subject": "unsure", "inspectors": "empty"}, "unsigned"),
    ],
)
def test_signed_by_its_boxes(
    office: Workspace, paper: Callable[..., NewItem], states: dict[str, str], verdict: str
) -> None:
    state, note = filed(office, paper(issued="x"), *(box(name, state) for name, state in states.items()))
    assert state == verdict
    assert bool(note) is (verdict != "present")


def signed_with(read: str, state: str = "written") -> list[dict[str, Any]]:
    return [box("subject", "written"), box("inspectors", "written"), box("result", state, row="登记事项", read=read)]


def found(office: Workspace, *codes: str) -> None:
    """The register has these results for the item."""
    with office.transaction() as connection:
        finding = registers.load_findings(connection, [CASE])[0]
        registers.save_findings(connection, [replace(finding, item="登记 事项", results=codes, found=date(2026, 4, 8))])


@pytest.mark.parametrize(
    ("read", "state", "verdict", "paper_state"),
    [
        ("1", "written", "agrees", "present"),
        ("2", "written", "contradicts", "contradicted"),
        ("", "written", "undetermined", "present"),
        ("√", "written", "undetermined", "present"),
        ("9", "written", "undetermined", "present"),
        ("", "empty", "empty", "unfilled"),
        ("", "unsure", "undetermined", "present"),
    ],
)
def test_results_are_held_against_the_register(
    office: Workspace, paper: Callable[..., NewItem], read: str, state: str, verdict: str, paper_state: str
) -> None:
    found(office, office.office.results[0].code)
    boxes = signed_with(read, state)
    seen = results_seen(FilledCopy(tuple({**one, "page": 1} for one in boxes)), findings(office), office.office)
    assert [one.verdict for one in seen] == [verdict]
    assert filed(office, paper(issued="x"), *boxes)[0] == paper_state


def test_words_are_held_against_the_register(office: Workspace) -> None:
    found(office, office.office.results[0].code)
    for result, verdict in ((office.office.results[0], "agrees"), (office.office.results[1], "contradicts")):
        copy = FilledCopy(({**box("result", "written", row="登记事项", read=result.label), "page": 1},))
        assert [one.verdict for one in results_seen(copy, findings(office), office.office)] == [verdict]


def test_a_result_corrected_later_contradicts_the_signed_form(office: Workspace, paper: Callable[..., NewItem]) -> None:
    found(office, office.office.results[0].code)
    assert filed(office, paper(issued="x"), *signed_with("1"))[0] == "present"
    found(office, office.office.results[1].code)
    told = next(p for p in missing(office, 2026) if p.case == CASE and p.kind == "jilubiao")
    assert told.state == "contradicted"
    assert "写的是“1”" in told.note
    assert "登记为2." in told.note


def findings(office: Workspace) -> Any:
    with office.read() as connection:
        return registers.load_findings(connection, [CASE])
