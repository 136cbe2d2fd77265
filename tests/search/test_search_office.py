"""One search over everything: issued papers, drafts, numbers, plan, cases and registers, apart from the archived pages."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from search_office import CREDIT_CODE, ID_NUMBER, PHONE, Ssj

from archive.search.office_records import GROUPS, office_records
from archive.search.office_search import FOLDER, open_office_index, refresh_office
from archive.search.query.filters import Filters
from archive.search.results import Group
from archive.search.search import search_workspace
from ssj_docs.database import registers
from ssj_docs.database.schema import issued, numbers
from ssj_docs.model.case import CaseEvent
from ssj_docs.model.people import Inspector
from ssj_docs.office.template_files import find_template
from ssj_docs.office.workspace import Workspace

CASE = "2026-003-0001"


@pytest.fixture
def full(office: Workspace) -> Workspace:
    """The office with an issued form, a draft, a void number, and a handled case."""
    paper = office.path("issued/记录表.docx")
    paper.write_bytes(find_template("jilubiao.docx").read_bytes())
    office.path("drafts/tongbao.md").write_text("---\ntitle: 关于抽查情况的通报\n---\n稿中的话：蓝溪谷", "utf-8")
    row: dict[str, Any] = {
        **{
            "id": "jilubiao-1-v1",
            "kind": "jilubiao",
            "title": "联合抽查记录表（丰登）",
            "number": "",
            "task": "2026-003",
        },
        **{"case": CASE, "department": "", "date": date(2026, 4, 1), "path": "issued/记录表.docx", "sha256": "0" * 64},
        **{"content_digest": "", "pdf_path": "", "pdf_sha256": "", "pages": None, "version": 1, "current": True},
        "issued_at": "",
    }
    number: dict[str, Any] = {
        **{"series": "青双随机办", "year": 2026, "serial": 9, "state": "void", "claim": None, "title": "误编的函"},
        **{"date": date(2026, 5, 1), "path": "", "sha256": "", "reason": "内容有误", "taken": ""},
    }
    with office.transaction() as connection:
        connection.execute(issued.insert(), [row])
        connection.execute(numbers.insert(), [number])
        handling = office.office.handlings[0]
        event = CaseEvent(CASE, "handled", date(2026, 5, 6), office.office.departments[0].name, handling.code, "已交款")
        registers.save_events(connection, [event])
        office.log(connection, "test", CASE)
    return office


def groups(workspace: Workspace, query: str, viewer: str = "", engine: str = "") -> dict[str, Group]:
    result = search_workspace(workspace, query, Filters(viewer=viewer), groups=tuple(GROUPS), engine=engine)
    return {group.name: group for group in result.groups}


@pytest.mark.parametrize("engine", ["tantivy", "whoosh"])
@pytest.mark.parametrize(
    ("query", "group"),
    [
        ("拒绝签字、盖章或者不在场的", "issued"),
        ("联合抽查记录表（丰登）", "issued"),
        ("蓝溪谷", "draft"),
        ("抽查情况的通报", "draft"),
        ("青双随机办〔2026〕9号", "number"),
        ("内容有误", "number"),
        ("食品企业联合抽查 食品厂", "plan"),
        ("已交款 处理:责令改正", "case"),
        ("2026年5月6日", "case"),
        ("苗有粮 企业:丰登", "subject"),
        (CREDIT_CODE, "subject"),
        ("SA01", "inspector"),
        ("戚守正 文种:inspector", "inspector"),
    ],
)
def test_everything_the_office_holds_is_found(full: Workspace, query: str, group: str, engine: str) -> None:
    found = groups(full, query, engine=engine)
    assert found[group].total >= 1
    assert found[group].label == GROUPS[group]


def test_the_archive_stays_exact(full: Workspace, ssj: Ssj) -> None:
    apart = search_workspace(full, "联合抽查")
    together = search_workspace(full, "联合抽查", groups=tuple(GROUPS))
    assert (apart.total, apart.facets, apart.groups) == (together.total, together.facets, ())
    assert [hit.record.id for hit in apart.hits] == [hit.record.id for hit in together.hits]
    code, told = ssj("search", "蓝溪谷", "--json", "--workspace", str(full.root))
    assert (code, told["total"], told["hits"]) == (0, 0, [])
    (group,) = told["groups"]
    assert (group["group"], group["total"], group["hits"][0]["path"]) == ("draft", 1, "drafts/tongbao.md")


def test_phones_and_id_numbers_are_not_there(full: Workspace) -> None:
    with full.transaction() as connection:
        registers.save_inspectors(connection, [Inspector("SA02", "另一人", id_number=ID_NUMBER, phone=PHONE)])
    with full.read() as connection:
        told = repr(list(office_records(full, connection)))
    assert PHONE not in told and ID_NUMBER not in told and "另一人" in told
    assert groups(full, PHONE) == {} == groups(full, ID_NUMBER)


def test_other_departments_find_nothing(full: Workspace) -> None:
    mine = full.office.departments[0].name
    assert {"issued", "plan", "case", "subject"} <= groups(full, "食品 OR 记录表", viewer=mine).keys()
    assert groups(full, "食品 OR 记录表 OR 通报 OR 误编 OR 戚守正", viewer="别的局") == {}


def test_changes_are_taken_up_and_a_damaged_index_is_rebuilt(full: Workspace) -> None:
    assert "draft" in groups(full, "蓝溪谷")
    index = open_office_index(full)
    assert refresh_office(full, index) == 0
    full.path("drafts/tongbao.md").write_text("title: 改过的通报\n稿中的话：红溪谷", "utf-8")
    assert refresh_office(full, index) == 1
    index.close()
    assert "draft" not in groups(full, "蓝溪谷") and "draft" in groups(full, "红溪谷")
    for path in full.path(FOLDER).rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:20])
    assert "draft" in groups(full, "红溪谷")


def test_pages_of_an_issued_pdf_and_a_lost_one(full: Workspace, tmp_path: Path) -> None:
    document = pdfium.PdfDocument.new()
    for _ in range(3):
        document.new_page(595, 842)
    document.save(tmp_path / "three.pdf")
    full.path("issued/三页.pdf").write_bytes((tmp_path / "three.pdf").read_bytes())
    for path, pages in (("issued/三页.pdf", 3), ("issued/没有.pdf", 1)):
        with full.transaction() as connection:
            connection.execute(issued.update().values(pdf_path=path))
        with full.read() as connection:
            records = [one for one in office_records(full, connection) if one.group == "issued"]
        assert [one.page for one in records] == list(range(1, pages + 1))
