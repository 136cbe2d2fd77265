"""Forms of a task: made from the registers, coded, made again only when their data change; three renditions."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from filling import CASES, departments_number_letters, fill
from places import NOW

from archive.demonstration import open_example
from ssj_docs.database import registers
from ssj_docs.documents.batch import draft_or_kind_orders, form_orders
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.issue import issue_draft, issue_forms
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.office.workspace import Workspace, init_workspace

RESTRICTED = ("1990000", "419999198")  # beginnings of the made-up mobile and ID numbers


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("example") / "office"
    init_workspace(root, example=True)
    departments_number_letters(root)
    return open_example(root, now=NOW)


def all_text(path: Path) -> str:
    document = docx.Document(io.BytesIO(path.read_bytes()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([p.text for p in document.paragraphs] + cells)


def test_all_usual_forms_of_a_task_are_made_once(example: Workspace) -> None:
    orders = form_orders(example, "2026-001")
    made = list(issue_forms(example, orders))
    cases = 8
    assert len(made) == 2 * cases + 3 + 1  # two forms a case, the roster in three renditions, the list of the draw
    assert all(one.fresh for one in made)
    again = list(issue_forms(example, form_orders(example, "2026-001")))
    assert not any(one.fresh for one in again)
    assert [one.document.sha256 for one in made] == [one.document.sha256 for one in again]


def test_changed_data_give_a_new_version_and_keep_the_old(example: Workspace) -> None:
    (first,) = issue_forms(example, form_orders(example, "2026-002", ["jilubiao"], "2026-002-0001"))
    with example.transaction() as connection:
        case = registers.load_case(connection, "2026-002-0001")
        subject = registers.load_subject(connection, case.subject)
        registers.save_subjects(connection, [replace(subject, address="青禾县新址路1号")])
    (second,) = issue_forms(example, form_orders(example, "2026-002", ["jilubiao"], "2026-002-0001"))
    assert (second.fresh, second.document.version) == (True, 2)
    assert (example.root / first.document.path).is_file()
    assert "青禾县新址路1号" in all_text(example.root / second.document.path)
    with example.read() as connection:
        current = registers.issued_documents(connection, case="2026-002-0001", kind="jilubiao")
    assert [document.version for document in current] == [2]


def test_restricted_columns_are_dropped_from_the_other_renditions(example: Workspace) -> None:
    made = list(issue_forms(example, form_orders(example, "2026-003", ["renyuanxinxi"])))
    texts = {one.document.id.split("-2026")[0]: all_text(example.root / one.document.path) for one in made}
    assert all(number in texts["renyuanxinxi"] for number in RESTRICTED)
    assert RESTRICTED[0] in texts["renyuanxinxi-internal"]
    assert RESTRICTED[1] not in texts["renyuanxinxi-internal"]
    assert not any(number in texts["renyuanxinxi-public"] for number in RESTRICTED)
    assert "身份证号" not in texts["renyuanxinxi-public"]


@pytest.mark.parametrize("kind", ["bilu", "shenpibiao", "jianchatongzhi", "fankui", "gaozhishu", "jilubiao"])
def test_every_case_form_is_made_from_data(example: Workspace, kind: str) -> None:
    (one,) = issue_forms(example, form_orders(example, "2026-004", [kind], "2026-004-0002"))
    text = all_text(example.root / one.document.path)
    with example.read() as connection:
        subject = registers.load_subject(connection, registers.load_case(connection, "2026-004-0002").subject)
    assert subject.name in text
    assert "青禾县生态环境局" in text  # a statutory department's name, not the coordinating office's
    assert "联席会议办公室" not in text


def test_orders_and_reviews_are_numbered_per_case(example: Workspace) -> None:
    with example.read() as connection:
        findings = registers.load_findings(connection)
    bad = next(f.case for f in findings if f.results == ("R05",))
    clean = next(
        f.case
        for f in findings
        if f.results == ("R01",) and all(g.results == ("R01",) for g in findings if g.case == f.case)
    )
    (order,) = issue_forms(example, form_orders(example, bad[:8], ["zeling"], bad))
    assert order.document.number
    (again,) = issue_forms(example, form_orders(example, bad[:8], ["zeling"], bad))
    assert (again.fresh, again.document.number) == (False, order.document.number)
    with pytest.raises(DataError, match="没有发现问题"):
        form_orders(example, clean[:8], ["zeling"], clean)


@pytest.mark.parametrize("kind", ["shixiangqingdan", "duixiangminglu", "renyuanminglu", "jihuabiao"])
def test_every_year_table_is_made_from_data(example: Workspace, kind: str) -> None:
    _, orders = draft_or_kind_orders(example, [kind], task="", case="", year=2026)
    made = list(issue_forms(example, orders))
    wanted = {
        "shixiangqingdan": "消防设施完好有效情况的检查",
        "duixiangminglu": "青禾县恒泰机械制造有限公司",
        "renyuanminglu": "41-9999-0001",
        "jihuabiao": "工贸企业安全生产联合抽查",
    }[kind]
    for one in made:
        assert wanted in all_text(example.root / one.document.path)


@pytest.mark.parametrize("name", load_kinds().drafts)
def test_every_draft_can_be_issued_once_its_open_places_are_filled(example: Workspace, name: str) -> None:
    task, case = "2026-001" if name.startswith("fangan") else "", CASES.get(name, "")
    path = make_draft(example, name, task=task, case=case, year=None if task or case else 2026)[0]
    if "填写）" in path.read_text("utf-8") or case:
        with pytest.raises(DataError, match="没有取号"):
            issue_draft(example, path)
    issued = issue_draft(example, fill(path)).document
    text = all_text(example.root / issued.path)
    assert "{{" not in text
    assert "{%" not in text
    if case:
        assert "案" not in issued.title or issued.case == case
    if name == "tongbao":
        assert "已检查的33户次中" in text


def test_what_is_unknown_is_named(example: Workspace) -> None:
    with pytest.raises(NotFoundError, match="2026-099"):
        form_orders(example, "2026-099")
    with pytest.raises(DataError, match="还没有抽取结果"):
        form_orders(example, "2026-007")
    with pytest.raises(NotFoundError, match="没有“布告”"):
        form_orders(example, "2026-001", ["布告"])
    with pytest.raises(UsageError, match="任务"):
        make_draft(example, "fangan")
    with pytest.raises(NotFoundError, match="拟稿"):
        draft_or_kind_orders(example, ["没有.md"], task="", case="", year=None)
    assert load_kinds().usual == ("gaozhishu", "jilubiao", "renyuanxinxi", "mingdan")
