"""`rm ssj.db index/`, `ssj rebuild`, `ssj reindex`: the example office answers as before."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from places import NOW
from sqlalchemy import select

from archive.demonstration import example_folder, open_example
from archive.preservation.register_snapshot import keep_registers
from archive.receiving.receive import receive
from ssj_docs.database import schema
from ssj_docs.documents.batch import form_orders
from ssj_docs.documents.issue import issue_forms
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.office.workspace import Workspace, open_workspace
from ssj_docs.planning.draw.algorithm import Seed
from ssj_docs.planning.draw.drawing import commit_draw, make_draw
from ssj_docs.planning.draw.pool import DrawOptions

UNDRAWN = "2026-007"
NOT_COMPARED = {"journal", "table_changes", "fixity_checks", "web_users", "web_sessions", "web_tokens"}

QUESTIONS = (
    ("search", "加油站"),
    ("search", "记录表"),
    ("numbers",),
    ("plan", "show", "--year", "2026"),
    ("missing", "--year", "2026"),
    ("case", "show", "2026-001-0001"),
    ("case", "show", "2026-001-0002"),
    ("due", "--within", "400"),
)


def answers(ssj: Any, root: Path) -> list[Any]:
    given = [ssj(*question, "--workspace", root, "--today", "2026-11-20") for question in QUESTIONS]
    assert all(code == 0 for code, _ in given)
    return [value for _, value in given]


def contents(office: Workspace) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, but for what a rebuild adds to the story and for the logins of the web pages."""
    with office.read() as connection:
        return {
            table.name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=str)
            for table in schema.metadata.sorted_tables
            if table.name not in NOT_COMPARED
        }


def test_the_example_office_answers_as_before(tmp_path: Path, ssj: Any) -> None:
    office = open_example(tmp_path / "office", now=NOW)
    stack = next((example_folder() / "signed").glob("扫描 2026-001*"))
    assert receive(office, [stack]).files[0].items
    list(issue_forms(office, form_orders(office, "2026-001", ["jilubiao"])[:1]))
    with office.transaction() as connection:
        number_ledger.take(connection, office.office.series[0], 2026, claim="a", title="通知", day=NOW.date(), now=NOW)
    options = DrawOptions(count=2)
    commit_draw(office, UNDRAWN, options, "5a" * 32)
    make_draw(office, UNDRAWN, options, Seed(""))
    commit_draw(office, UNDRAWN, replace(options, round=2), "6b" * 32)
    keep_registers(office)
    tables_before = contents(office)
    assert {row["state"] for row in tables_before["draws"]} == {"drawn", "committed"}
    assert all(tables_before[name] for name in ("cases", "numbers", "issued", "receipts", "archive_items"))
    office.close()
    assert ssj("reindex", "--workspace", office.root)[0] == 0
    before = answers(ssj, office.root)
    for name in ("ssj.db", "ssj.db-wal", "ssj.db-shm", "ssj.db.seal"):
        (office.root / name).unlink(missing_ok=True)
    shutil.rmtree(office.root / "index")
    assert ssj("rebuild", "--workspace", office.root)[0] == 0
    assert ssj("reindex", "--workspace", office.root)[0] == 0
    assert answers(ssj, office.root) == before
    again = open_workspace(office.root, today=NOW.date(), now=NOW, who="核对员")
    assert contents(again) == tables_before
    again.close()
    assert ssj("verify", "--workspace", office.root)[0] == 0
    stray = office.root / "issued/draws/other.json"
    stray.write_text("{}", encoding="utf-8")
    (office.root / "issued/~$通知.docx").write_bytes(b"")  # what Word leaves beside a paper it has open
    code, report = ssj("verify", "--workspace", office.root)
    assert (code, [fault["path"] for fault in report["faults"]]) == (5, ["issued/draws/other.json"])
    stray.unlink()
    record = next((office.root / "issued/draws").glob("*-1.json"))
    record.write_bytes(record.read_bytes().replace(b"5a", b"5b", 1))
    code, report = ssj("verify", "--workspace", office.root)
    assert (code, [fault["path"] for fault in report["faults"]]) == (5, [record.relative_to(office.root).as_posix()])
