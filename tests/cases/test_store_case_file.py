"""Filing papers in a case: bytes, catalogue, self-explaining object, doubles, crash between store and catalogue."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from archive.cases import case_file, catalogue
from archive.cases.case_file import NewItem, add_item, add_items
from archive.cases.metadata import OFFICIAL_ELEMENTS
from archive.store.opening import store_of
from ssj_docs.database import journal, registers
from ssj_docs.documents.issue import issue_draft
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.model.case import CaseEvent
from ssj_docs.office.workspace import Workspace

CASE = "2026-003-0012"
Make = Callable[..., NewItem]


def test_bytes_are_kept_and_the_object_explains_itself(office: Workspace, paper: Make, tmp_path: Path) -> None:
    with office.transaction() as connection:
        item = add_item(office, connection, CASE, paper())
    assert (item.item, item.version, item.retention) == ("0001", "v1", "D30")
    assert case_file.read_item(office, item) == b"%PDF-1.7 signed"
    content = tmp_path / "w/archive" / CASE / "v1/content"
    facts = json.loads((content / "case.json").read_text())
    assert facts["subject"]["name"] == "青禾县第12加油站"
    assert facts["findings"][0]["labels"] == ["未发现问题"]
    assert facts["events"][0]["label"] == "检查结束"
    assert [i["file"] for i in facts["items"]] == ["items/0001/记录表.pdf"]
    assert json.loads((content / "items/0001/item.json").read_text())["source"]["pages"] == [3, 4]
    element = ET.parse(content / "items/0001/metadata.xml").getroot()
    space = {"m": "urn:ssj:metadata:1"}
    assert element.findtext("m:内容描述/m:题名", namespaces=space) == "联合抽查记录表"
    assert element.findtext("m:电子属性/m:摘要", namespaces=space) == item.sha256
    with office.read() as connection:
        assert catalogue.load_items(connection, CASE) == [item]
        assert journal.verify(connection).state == "intact"


def official_elements(office: Workspace, case: str, item: str) -> dict[str, str]:
    told = ET.fromstring(store_of(office).read(case, f"items/{item}/metadata.xml"))
    element = told.find("{urn:ssj:metadata:1}公文元数据")
    assert element is not None
    return {part.tag.partition("}")[2]: part.text or "" for part in element}


def test_official_papers_from_outside_carry_what_is_known_of_them(office: Workspace, paper: Make) -> None:
    with office.transaction() as connection:
        add_item(
            office,
            connection,
            "2026-003",
            paper(kind="tongzhi", title="关于印发方案的通知", number="青双随机办〔2026〕3号"),
        )
    told = official_elements(office, "2026-003", "0001")
    assert told["发文字号"] == "青双随机办〔2026〕3号"
    assert told["文种"] == "通知"


DRAFT = """---
kind: baogao
title: 关于联合抽查情况的报告
to: 市联席会议办公室
copy_number: "000012"
classification: 秘密★1年
urgency: 加急
signers: [钱守正, 孙清和]
date: 2026-05-04
attachments: [{title: 抽查统计表, file: table.txt}]
note: 此件发至县级部门
cc: 县人民政府办公室
print_date: 2026-05-05
---
现将有关情况报告如下。
"""


def test_official_papers_issued_here_carry_all_elements_as_they_were_printed(office: Workspace, paper: Make) -> None:
    (office.root / "drafts/a.md").write_text(DRAFT, encoding="utf-8")
    (office.root / "drafts/table.txt").write_text("共抽查四十户。", encoding="utf-8")
    issued = issue_draft(office, office.root / "drafts/a.md", check_fonts=False).document
    with office.transaction() as connection:
        add_item(office, connection, "2026-003", paper(kind="baogao", title=issued.title, number=issued.number))
    told = official_elements(office, "2026-003", "0001")
    assert tuple(told) == OFFICIAL_ELEMENTS
    assert (told["份号"], told["密级和保密期限"], told["紧急程度"]) == ("000012", "秘密★1年", "加急")
    assert (told["发文字号"], told["主送机关"], told["附件说明"]) == (issued.number, "市联席会议办公室", "抽查统计表")
    assert (told["抄送机关"], told["印发日期"], told["发布层次"]) == (
        "县人民政府办公室",
        "2026年5月5日",
        "发至县级部门",
    )
    office.path(issued.path).write_bytes(b"altered")
    with office.transaction() as connection:
        add_item(office, connection, "2026-003", paper(b"2", kind="baogao", title=issued.title, number=issued.number))
    assert "份号" not in official_elements(office, "2026-003", "0002")


def test_personal_data_is_in_the_restricted_file_only(office: Workspace, paper: Make, tmp_path: Path) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper())
    holding = [
        p.name
        for p in (tmp_path / "w/archive").rglob("*")
        if p.is_file()
        and any(secret in p.read_bytes() for secret in (b"13800000012", b"13900000001", b"11010519491231002X"))
    ]
    assert holding == ["people.json"]


def test_filing_the_same_paper_again_changes_nothing(office: Workspace, paper: Make) -> None:
    for _ in range(2):
        with office.transaction() as connection:
            first, second = add_items(office, connection, CASE, [paper(), paper(b"other")])
    assert (first.item, second.item) == ("0001", "0002")
    with office.read() as connection:
        assert len(catalogue.load_items(connection)) == 2
    assert store_of(office).inventory(CASE).head == "v1"


def test_a_crash_between_store_and_catalogue_loses_and_doubles_nothing(office: Workspace, paper: Make) -> None:
    with pytest.raises(RuntimeError), office.transaction() as connection:
        add_item(office, connection, CASE, paper())
        raise RuntimeError("power cut")
    with office.read() as connection:
        assert catalogue.load_items(connection) == []
    with office.transaction() as connection:
        other = add_item(office, connection, CASE, paper(b"second paper"))
        again = add_item(office, connection, CASE, paper())
    assert (again.item, again.version, other.item) == ("0001", "v1", "0002")
    with office.read() as connection:
        assert [i.item for i in catalogue.load_items(connection)] == ["0001", "0002"]
        assert case_file.stored_items(store_of(office), CASE) == catalogue.load_items(connection)


def test_task_papers_and_unknown_cases(office: Workspace, paper: Make) -> None:
    with office.transaction() as connection:
        assert add_item(office, connection, "2026-003", paper()).case == "2026-003"
        with pytest.raises(NotFoundError):
            add_item(office, connection, "2026-003-9999", paper())
        with pytest.raises(DataError, match="是空的"):
            add_item(office, connection, CASE, paper(b""))
    assert store_of(office).objects() == ("2026-003",)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("a:b?.pdf", "a_b_.pdf"),
        ("item.json", "_item.json"),
        ("", "文件"),
        ("记" * 200 + ".pdf", "记" * 60 + ".pdf"),
        (" . ", "文件"),
        ("x\n.pdf", "x_.pdf"),
    ],
)
def test_file_names_from_outside(name: str, safe: str) -> None:
    assert case_file.safe_name(name) == safe


def test_later_facts_make_a_new_version(office: Workspace, paper: Make) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper())
        registers.save_events(connection, [CaseEvent(CASE, "disclosed", date(2026, 4, 20))])
        assert case_file.renew_records(office, connection, CASE, "公示") == "v2"
        assert case_file.renew_records(office, connection, CASE, "公示") == "v2"
    facts = json.loads(store_of(office).read(CASE, "case.json"))
    assert [e["event"] for e in facts["events"]] == ["inspected", "disclosed"]
