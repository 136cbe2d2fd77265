"""`ssj missing`: every planned case, what should be there, what is wrong with what is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from archive.case_file import NewItem, add_item
from archive.missing import counts, missing
from ssj_docs import registers
from ssj_docs.workspace import Workspace

CASE, OTHER = "2026-003-0012", "2026-003-0013"


def states(office: Workspace) -> dict[tuple[str, str], str]:
    return {(p.case, p.kind): p.state for p in missing(office, 2026)}


def test_nothing_filed(office: Workspace) -> None:
    papers = missing(replace(office, today=date(2026, 4, 10)), 2026)
    assert {(p.case, p.kind): p.state for p in papers} == {
        (case, kind): "not_scanned" for case in (CASE, OTHER) for kind in ("gaozhishu", "jilubiao")}
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
    assert found[CASE, "jilubiao"] == ("present", "")
    assert found[CASE, "gaozhishu"] == ("unsigned", "电子件没有电子签名")
    assert found[OTHER, "jilubiao"] == ("unsigned", "电子签名无效：证书过期")
    assert found[OTHER, "gaozhishu"] == ("unreadable", "整页空白")
    with office.transaction() as connection:
        add_item(office, connection, OTHER, paper(b"d", verdict="passed"))
    assert states(office)[OTHER, "jilubiao"] == "present"
    assert counts(missing(office, 2026))["present"] == 2


def test_a_task_that_was_never_drawn_is_listed(office: Workspace) -> None:
    with office.transaction() as connection:
        task = registers.load_task(connection, "2026-003")
        registers.save_tasks(connection, [replace(task, id="2026-004", name="未抽取的任务", row=6)])
    papers = [p for p in missing(office, 2026) if p.state == "not_drawn"]
    assert [(p.task, p.title) for p in papers] == [("2026-004", "未抽取的任务")]
    assert missing(office, 2025) == []
