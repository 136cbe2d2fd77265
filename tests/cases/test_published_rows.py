"""A 公示表 is held against the register row by row: it may list a company nobody published, or another result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert

from archive.cases.case_file import NewItem, add_item
from archive.cases.missing import missing, missing_of_case
from ssj_docs.database import registers
from ssj_docs.database.schema import page_texts
from ssj_docs.model.case import CaseEvent
from ssj_docs.office.workspace import Workspace

TASK, CASE, OTHER = "2026-003", "2026-003-0012", "2026-003-0013"
CODES = {CASE: "91419999MA0000170X", OTHER: "91419999MA00001812"}


@pytest.fixture
def published(office: Workspace, paper: Callable[..., NewItem]) -> Callable[..., Workspace]:
    """Both companies stand in the table with these results; only those named were published."""

    def make(results: dict[str, str], *, disclosed: tuple[str, ...] = (CASE, OTHER)) -> Workspace:
        first = office.office.results[0]
        with office.transaction() as connection:
            subjects = registers.load_subjects(connection)
            codes = {"S12": CODES[CASE], "S13": CODES[OTHER]}
            registers.save_subjects(connection, [replace(s, credit_code=codes[s.id]) for s in subjects])
            finding = registers.load_findings(connection, [CASE])[0]
            found = [replace(finding, case=case, results=(first.code,)) for case in CODES]
            registers.save_findings(connection, found)
            day = date(2026, 4, 20)
            events = [CaseEvent(case, "disclosed", day, department=finding.department) for case in disclosed]
            registers.save_events(connection, events)
            item = add_item(office, connection, TASK, paper(kind="gongshibiao", origin="digital"))
            rows = (
                f"{n} 青禾县加油站 {CODES[case]} 商务局 2026年4月8日 {told}"
                for n, (case, told) in enumerate(results.items(), 1)
            )
            values: dict[str, Any] = dict.fromkeys(("note", "read_at"), "")
            values |= {"case": TASK, "item": item.item, "page": 1, "state": "done", "origin": "text", "confidence": 1.0}
            values |= {"boxes": [], "width": 595.0, "height": 842.0, "source": item.sha256, "text": "\n".join(rows)}
            connection.execute(insert(page_texts).values(**values))
        return office

    return make


def contradictions(office: Workspace) -> dict[str, str]:
    return {p.case: p.note for p in missing(office, 2026) if p.kind == "gongshibiao" and p.state == "contradicted"}


def test_a_table_that_agrees(published: Callable[..., Workspace], office: Workspace) -> None:
    label = office.office.results[0].label
    assert contradictions(published({CASE: label, OTHER: label})) == {}


def test_a_company_nobody_published_is_told(published: Callable[..., Workspace], office: Workspace) -> None:
    label = office.office.results[0].label
    told = contradictions(published({CASE: label, OTHER: label}, disclosed=(CASE,)))
    assert list(told) == [OTHER]
    assert told[OTHER].endswith("公示表列有这一户，登记中没有公示")


def test_a_result_corrected_after_publication_is_told(published: Callable[..., Workspace], office: Workspace) -> None:
    first, other = office.office.results[:2]
    told = contradictions(published({CASE: first.label, OTHER: other.label}))
    assert list(told) == [OTHER]
    assert f"公示表上的结果是“{other.label}”，登记为“{first.label}”" in told[OTHER]
    assert [p.state for p in missing_of_case(office, OTHER) if p.kind == "gongshibiao"] == ["contradicted"]
    assert not [p for p in missing_of_case(office, CASE) if p.kind == "gongshibiao"]


def test_a_table_without_codes_or_not_read_yet_accuses_nobody(
    published: Callable[..., Workspace], office: Workspace
) -> None:
    assert contradictions(published({})) == {}
