"""`ssj missing`: every planned case, what should be there, what is wrong with what is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert

from archive.cases import catalogue
from archive.cases.case_file import NewItem, add_item
from archive.cases.case_view import show_case
from archive.cases.missing import counts, missing, missing_of_case
from ssj_docs.database import registers
from ssj_docs.database.schema import page_texts
from ssj_docs.office.workspace import Workspace

CASE, OTHER = "2026-003-0012", "2026-003-0013"


def load_items(office: Workspace, case: str, kind: str) -> Any:
    with office.read() as connection:
        return next(item for item in catalogue.load_items(connection, case) if item.kind == kind)


def states(office: Workspace) -> dict[tuple[str, str], str]:
    return {(p.case, p.kind): p.state for p in missing(office, 2026)}


def test_nothing_filed(office: Workspace) -> None:
    papers = missing(replace(office, today=date(2026, 4, 10)), 2026)
    assert {(p.case, p.kind): p.state for p in papers} == {
        (case, kind): "not_scanned" for case in (CASE, OTHER) for kind in ("gaozhishu", "jilubiao")
    }
    assert papers[0].subject == "青禾县第12加油站"
    # inspected on 8 April: ten working days later is 22 April 2026
    assert papers[0].due == date(2026, 4, 22)
    assert states(replace(office, today=date(2026, 4, 22)))[CASE, "jilubiao"] == "not_scanned"
    assert states(replace(office, today=date(2026, 4, 23)))[CASE, "jilubiao"] == "late"


def test_signed_unsigned_unreadable(office: Workspace, paper: Callable[..., NewItem]) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper())
        add_item(office, connection, CASE, paper(b"a", kind="gaozhishu", origin="digital"))
        add_item(office, connection, OTHER, paper(b"b", verdict="failed", verdict_detail={"reason": "证书过期"}))
        add_item(office, connection, OTHER, paper(b"c", kind="gaozhishu", source={"unreadable": "整页空白"}))
    found = {(p.case, p.kind): (p.state, p.note) for p in missing(office, 2026)}
    assert found[CASE, "jilubiao"] == ("undetermined", "还没有识别，签字盖章处没有看过")
    assert found[CASE, "gaozhishu"] == ("unsigned", "电子件没有电子签名")
    assert found[OTHER, "jilubiao"] == ("unsigned", "电子签名无效：证书过期")
    assert found[OTHER, "gaozhishu"] == ("unreadable", "整页空白")
    with office.transaction() as connection:
        add_item(office, connection, OTHER, paper(b"d", verdict="passed"))
    assert states(office)[OTHER, "jilubiao"] == "present"
    assert counts(missing(office, 2026)) | {"present": 1, "undetermined": 1} == counts(missing(office, 2026))
    item = load_items(office, CASE, kind="jilubiao")
    read_as(office, item, 1, compared("检查人员签名：/书写"))
    assert counts(missing(office, 2026))["present"] == 2


def test_a_task_that_was_never_drawn_is_listed(office: Workspace) -> None:
    with office.transaction() as connection:
        task = registers.load_task(connection, "2026-003")
        registers.save_tasks(connection, [replace(task, id="2026-004", name="未抽取的任务", row=6)])
    papers = [p for p in missing(office, 2026) if p.state == "not_drawn"]
    assert [(p.task, p.title) for p in papers] == [("2026-004", "未抽取的任务")]
    assert missing(office, 2025) == []


def read_as(office: Workspace, item: Any, page: int, comparison: dict[str, Any] | None) -> None:
    with office.transaction() as connection:
        connection.execute(
            insert(page_texts).values(
                case=item.case,
                item=item.item,
                page=page,
                state="done",
                origin="ocr",
                confidence=0.9,
                text="",
                boxes=[],
                width=595.0,
                height=842.0,
                comparison=comparison,
                source=item.sha256,
                note="",
                read_at="x",
            )
        )


def compared(*added: str, confirmed: bool | None = True) -> dict[str, Any]:
    marks = [[f"“{place}”右侧", "", "", [0, 0, 1, 1], 0.9, what] for place, what in (mark.split("/") for mark in added)]
    return {"confirmed": confirmed, "confidence": 0.99, "added": marks, "altered": [], "missing": []}


@pytest.mark.parametrize(
    ("pages", "state"),
    [
        ((compared(), compared()), "unsigned"),
        ((compared("备注/书写"), compared()), "unsigned"),  # written on, but not where one signs
        ((compared(), compared("检查人员签名：/书写")), "present"),
        ((compared("检查对象（盖章）/印章"), compared()), "present"),
        # a page that could not be judged accuses nobody, and proves nothing either
        ((compared(), compared(confirmed=None)), "undetermined"),
        ((compared(), None), "undetermined"),
    ],
)
def test_a_copy_without_seal_or_writing_where_one_signs_is_unsigned(
    office: Workspace, paper: Callable[..., NewItem], pages: tuple[Any, ...], state: str
) -> None:
    with office.transaction() as connection:
        item = add_item(office, connection, CASE, paper(verdict="undetermined", issued="jilubiao-v1"))
    for number, comparison in enumerate(pages, 1):
        read_as(office, item, number, comparison)
    assert states(office)[CASE, "jilubiao"] == state


def test_a_case_shows_what_it_lacks(office: Workspace, paper: Callable[..., NewItem]) -> None:
    with office.transaction() as connection:
        item = add_item(office, connection, CASE, paper())
    read_as(office, item, 1, compared("检查人员签名：/书写"))
    assert missing_of_case(office, CASE) == [p for p in missing(office, 2026) if p.case == CASE]
    view = show_case(office, CASE)
    assert [(row["kind"], row["state"]) for row in view.as_json()["missing"]] == [("gaozhishu", "late")]
    assert any(line.startswith("缺件：") and "逾期未归档" in line for line in view.lines())
    assert show_case(office, "2026-003").missing == []
