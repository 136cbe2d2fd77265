"""The registers one can see: `ssj list`, in the keys of the contract, without personal data nobody asked for."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from places import NOW, ROOT, TODAY
from sqlalchemy import select

from cli import ssj as program
from ssj_docs.database import registers, schema
from ssj_docs.facts.register_rows import Register, register_rows
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace

KEYS: dict[Register, str] = {
    "subjects": "id name credit_code registration representative address phone district jurisdiction registrar type industry"
    " scope founded grade status tags",
    "inspectors": "id name sex department post fields valid_from valid_until status recuse",
    "items": "id department partners field name object category method basis level",
    "cases": "case task task_name serial subject credit_code inspectors drawn",
    "results": "case task subject credit_code department item results note handling inspected found disclosed handled",
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Workspace:
    """The example office with all six tables."""
    root = tmp_path_factory.mktemp("office")
    init_workspace(root)
    workspace = open_workspace(root, today=TODAY, now=NOW, who="tester")
    for number, kind in enumerate(("plan", "items", "subjects", "inspectors", "draw", "results"), 1):
        assert not import_files(
            workspace, kind, [next((ROOT / "examples" / "qinghe").glob(f"0{number}-*.xlsx"))], ImportOptions()
        ).failed
    return workspace


@pytest.mark.parametrize("register", KEYS)
def test_every_register_is_listed_with_the_keys_of_the_contract(register: Register, filled: Workspace, ssj) -> None:
    code, rows = ssj("--workspace", filled.root, "list", register)
    assert code == 0
    assert len(rows) == {"subjects": 64, "inspectors": 16, "items": 10, "cases": 35, "results": 203}[register]
    for row in rows:
        assert set(KEYS[register].split()) <= set(row)


def test_a_case_tells_its_people_and_the_leader_first(filled: Workspace) -> None:
    with filled.read() as connection:
        rows = register_rows(connection, filled.office, "cases", task="2026-001")
        names = {one.id: (one.name, one.department) for one in registers.load_inspectors(connection)}
    assert len(rows) == 8
    for row in rows:
        assert [one["leader"] for one in row["inspectors"]] == [True, *[False] * (len(row["inspectors"]) - 1)]
        assert all((one["name"], one["department"]) == names[one["certificate"]] for one in row["inspectors"])


def test_results_tell_their_handling_and_days(filled: Workspace) -> None:
    with filled.read() as connection:
        rows = register_rows(connection, filled.office, "results", year=2026)
        handled = [event for event in registers.load_events(connection) if event.event == "handled"]
        assert register_rows(connection, filled.office, "results", year=2025) == []
    told = {(row["case"], row["department"], row["handling"], row["handled"]) for row in rows if row["handling"]}
    assert told == {(one.case, one.department, one.handling, one.date.isoformat()) for one in handled}
    assert handled


def test_numbers_of_people_are_not_listed_and_looks_at_phones_are_in_the_journal(workspace: Workspace, ssj) -> None:
    with workspace.transaction() as connection:
        registers.save_subjects(connection, [Subject("S0001", "丰田宾馆", phone="13812345678")])
        person = Inspector("A1", "王一", phone="13912345678", id_number="11010519491231002X", department="公安局")
        registers.save_inspectors(connection, [person])
    where = ("--workspace", workspace.root, "list")
    assert ssj(*where, "subjects")[1][0]["phone"] == "13812345678"
    told = str(ssj(*where, "inspectors")[1])
    assert "王一" in told
    assert "13912345678" not in told and "11010519491231002X" not in told
    t = schema.journal.c
    with workspace.read() as connection:
        looks = list(connection.execute(select(t.subject, t.detail).where(t.action == "restricted.look")))
    assert [look.subject for look in looks] == ["subjects"]
    assert "13812345678" not in str(looks)


def test_words_find_rows_and_an_unknown_task_is_said(filled: Workspace, ssj) -> None:
    where = ("--workspace", filled.root, "list")
    found = ssj(*where, "subjects", "--find", "西岭镇 机械")[1]
    assert found and all("西岭镇" in str(row) and "机械" in str(row) for row in found)
    assert ssj(*where, "cases", "--task", "2026-099")[0] == 7


def test_the_screen_shows_a_table_without_phones(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)  # no width is asked for: wide enough that no name is broken
    shown = CliRunner().invoke(program, ["--workspace", str(filled.root), "list", "subjects"]).output
    assert "青禾县恒泰机械制造有限公司" in shown and "0399-8000001" not in shown
