"""What was filed wrongly is put right: decided, moved, filed as another kind, withdrawn, rejected; nothing is lost of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from archive.cases import receipts
from archive.cases.case_view import show_case
from archive.cases.catalogue import load_items
from archive.cases.missing import missing
from archive.preservation.fixity import verify
from archive.receiving.file_by_hand import file_by_hand
from archive.receiving.mending import decide, move, reject, withdraw
from archive.receiving.receive import receive
from examples.scanner import pictures_to_pdf
from ssj_docs.database.schema import journal
from ssj_docs.ground.errors import UsageError
from ssj_docs.office.workspace import Workspace

CASE, OTHER = "2026-003-0012", "2026-003-0013"


@pytest.fixture
def filed(office: Workspace, tmp_path: Path) -> Workspace:
    """Two pages without a code, written on; the first filed by hand as a record form."""
    page = np.full((1754, 1240), 255, np.uint8)
    page[300:900:40, 200:1000] = 0
    file = tmp_path / "两页.pdf"
    file.write_bytes(pictures_to_pdf([page, page[::-1].copy()], dpi=150))
    report = receive(office, [file])
    file_by_hand(office, report.files[0].sha256[:12], case=CASE, kind="jilubiao", pages=(1,))
    return office


def waiting(office: Workspace) -> list[tuple[int, str]]:
    with office.read() as connection:
        return [(page.page, page.reason) for _, pages in receipts.unfiled_pages(connection) for page in pages]


def items(office: Workspace, case: str) -> list[tuple[str, str, str]]:
    with office.read() as connection:
        return [(item.item, item.kind, item.state) for item in load_items(connection, case)]


def told(office: Workspace, action: str) -> list[dict[str, object]]:
    with office.read() as connection:
        rows = connection.execute(select(journal).where(journal.c.action == action)).mappings().all()
    return [dict(row) for row in rows]


def record_state(office: Workspace) -> str:
    return next(paper.state for paper in missing(office, 2026) if (paper.case, paper.kind) == (CASE, "jilubiao"))


def test_a_form_without_its_code_filed_by_hand_is_not_taken_for_signed(filed: Workspace) -> None:
    assert record_state(filed) == "undetermined"


def test_a_person_decides_and_may_decide_otherwise(filed: Workspace) -> None:
    decide(filed, CASE, "0001", signed=True, why="原件有双方签名")
    assert record_state(filed) == "present"
    decide(filed, CASE, "0001", signed=False, why="看错了")
    assert record_state(filed) == "unsigned"
    assert [row["who"] for row in told(filed, "archive.decided")] == [filed.who] * 2
    with pytest.raises(UsageError):
        decide(filed, CASE, "0001", signed=True, why=" ")
    assert verify(filed).sound


def test_withdrawn_pages_wait_again_and_the_number_stays(filed: Workspace) -> None:
    withdraw(filed, CASE, "0001", why="归错了")
    assert items(filed, CASE) == [("0001", "jilubiao", "withdrawn")]
    assert (1, "withdrawn") in waiting(filed)
    with filed.read() as connection:
        sha256 = receipts.unfiled_pages(connection)[0][0].sha256
    again = file_by_hand(filed, sha256[:12], case=CASE, kind="gaozhishu", pages=(1,))
    assert again.item == "0002"
    assert items(filed, CASE) == [("0001", "jilubiao", "withdrawn"), ("0002", "gaozhishu", "filed")]
    assert any("已撤出" in line for line in show_case(filed, CASE).lines())
    assert verify(filed).sound


def test_moved_to_another_case_and_kind(filed: Workspace) -> None:
    made = move(filed, CASE, "0001", to=OTHER, kind="bilu", why="是另一家的笔录")
    assert (made.case, made.item, made.kind) == (OTHER, "0001", "bilu")
    assert items(filed, CASE) == [("0001", "jilubiao", "withdrawn")]
    with filed.read() as connection:
        gone = load_items(connection, CASE)[0].verdict_detail["withdrawn"]
    assert (gone["to"], gone["why"], gone["who"]) == (f"{OTHER}/0001", "是另一家的笔录", filed.who)
    retyped = move(filed, OTHER, "0001", to=OTHER, kind="jilubiao", why="是记录表")
    assert (retyped.item, retyped.kind) == ("0002", "jilubiao")
    with pytest.raises(UsageError):
        move(filed, OTHER, "0002", to=OTHER, kind="jilubiao", why="没有变")
    with pytest.raises(UsageError):
        move(filed, CASE, "0001", to=OTHER, kind="bilu", why="已不在卷")
    assert verify(filed).sound


def test_rejected_pages_do_not_wait_and_can_still_be_filed(filed: Workspace) -> None:
    with filed.read() as connection:
        sha256 = receipts.unfiled_pages(connection)[0][0].sha256
    assert reject(filed, sha256[:12], (2,), why="不是本单位的文书") == (2,)
    assert waiting(filed) == []
    assert "不是本单位的文书" in str(told(filed, "receive.rejected")[0]["detail"])
    assert file_by_hand(filed, sha256[:12], case=CASE, kind="bilu", pages=(2,)).item == "0002"
