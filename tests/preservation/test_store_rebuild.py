"""`ssj rebuild`: without the database, the archive gives the same answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, Table, insert, select, update

from archive.cases.case_file import NewItem, add_item
from archive.cases.case_view import show_case
from archive.cases.missing import missing
from archive.preservation import register_snapshot
from archive.preservation.fixity import verify
from archive.preservation.rebuild import rebuild
from archive.store.opening import store_of
from ssj_docs.database import registers, schema
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.ground.errors import FixityError, NotFoundError
from ssj_docs.model.case import CaseEvent
from ssj_docs.office import workspace
from ssj_docs.office.workspace import Workspace

CASE = "2026-003-0012"


def fill(office: Workspace, paper: Callable[..., NewItem]) -> None:
    """Numbers of every state, an issued paper, filed copies, page texts."""
    path = office.root / "issued/2026/a.docx"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"docx")
    digest = hashlib.sha256(b"docx").hexdigest()
    with office.transaction() as connection:
        row = number_ledger.take(
            connection, office.office.series[0], 2026, claim="a", title="通知", day=date(2026, 3, 1), now=office.now
        )
        number_ledger.complete(connection, row, path="issued/2026/a.docx", sha256=digest)
        number_ledger.take(
            connection, office.office.series[0], 2026, claim="b", title="作废的", day=None, now=office.now
        )
        number_ledger.void(connection, f"{office.office.series[0].code}〔2026〕2号", "重复")
        connection.execute(
            insert(schema.issued).values(
                id="jilubiao-2026-003-0012-v1",
                kind="jilubiao",
                title="联合抽查记录表",
                number="",
                task="2026-003",
                case=CASE,
                department="",
                date=date(2026, 3, 5),
                path="issued/2026/a.docx",
                sha256=digest,
                content_digest="",
                pdf_path="",
                pdf_sha256="",
                pages=2,
                version=1,
                current=True,
                issued_at="x",
            )
        )
        office.log(connection, "issue", "jilubiao-2026-003-0012-v1", {"path": "issued/2026/a.docx"}, digest)
        add_item(office, connection, CASE, paper(issued="jilubiao-2026-003-0012-v1"))
        add_item(office, connection, "2026-003", paper(b"notice", kind="tongzhi"))
        for page in (1, 2):
            connection.execute(
                insert(schema.page_texts).values(
                    case=CASE,
                    item="0001",
                    page=page,
                    state="done",
                    origin="ocr",
                    confidence=0.98,
                    text=f"现场第{page}页",
                    boxes=[["现场", 1.0, 2.0, 3.5, 4.0]],
                    width=595.0,
                    height=842.0,
                    comparison=None,
                    source="s",
                    note="",
                    read_at="2026-05-04T10:00:00+00:00",
                )
            )


def answers(office: Workspace) -> dict[str, object]:
    with office.read() as connection:
        return {
            "numbers": [row.as_json() for row in number_ledger.register(connection)],
            "case": show_case(office, CASE).as_json(),
            "task": show_case(office, "2026-003").as_json(),
            "missing": missing(office, 2026),
            "tasks": registers.load_tasks(connection),
            "subjects": registers.load_subjects(connection),
            "inspectors": registers.load_inspectors(connection),
            "texts": [dict(row) for row in connection.execute(select(schema.page_texts)).mappings()],
        }


def without_database(office: Workspace) -> Workspace:
    office.close()
    for suffix in ("", "-wal", "-shm"):
        (office.root / f"ssj.db{suffix}").unlink(missing_ok=True)
    return workspace.open_workspace(office.root, today=office.today, now=office.now, who="重建员")


def test_the_same_answers_as_before(office: Workspace, paper: Callable[..., NewItem]) -> None:
    fill(office, paper)
    register_snapshot.keep_registers(office)
    before = answers(office)
    again = without_database(office)
    report = rebuild(again)
    assert report.rows["numbers"] == 2 and report.rows["archive_items"] == 2 and report.rows["page_texts"] == 2
    assert (report.set_aside, report.unregistered) == ("", ())
    assert answers(again) == before
    assert verify(again).sound
    with again.read() as connection:
        actions = [row.action for row in connection.execute(select(schema.journal).order_by(schema.journal.c.id))]
    assert actions == ["issue", "archive", "archive", "adopt", "rebuild", "verify", "registers.begin"]


def test_what_came_after_the_snapshot_comes_from_the_case_files(
    office: Workspace, paper: Callable[..., NewItem]
) -> None:
    fill(office, paper)
    register_snapshot.keep_registers(office)
    with office.transaction() as connection:
        registers.save_events(connection, [CaseEvent(CASE, "disclosed", date(2026, 4, 20))])
        add_item(office, connection, CASE, paper(b"later"))
    (office.root / "issued/2026/unknown.docx").write_bytes(b"x")
    again = without_database(office)
    report = rebuild(again)
    shown = show_case(again, CASE)
    assert [item["item"] for item in shown.items] == ["0001", "0002"]
    assert "公示" in [row["what"] for row in shown.timeline]
    assert report.unregistered == ("issued/2026/unknown.docx",)


def test_without_any_snapshot_the_cases_still_come_back(office: Workspace, paper: Callable[..., NewItem]) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper())
    before = show_case(office, CASE).as_json()
    again = without_database(office)
    rebuild(again)
    after = show_case(again, CASE).as_json()
    assert {key: after[key] for key in ("subject", "findings", "events", "items")} == {
        key: before[key] for key in ("subject", "findings", "events", "items")
    }
    with again.read() as connection:
        assert registers.load_subject(connection, "S12").phone == "13800000012"


def test_the_old_database_is_set_aside(office: Workspace, paper: Callable[..., NewItem]) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper())
    report = rebuild(replace(office))
    assert (office.root / report.set_aside).is_file()
    assert report.set_aside == "ssj.db.before-20260504093000"


def test_altered_records_stop_it_before_anything_changes(office: Workspace, paper: Callable[..., NewItem]) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper())
    place = office.root / "archive" / CASE / "v1/content/items/0001/item.json"
    place.write_text(place.read_text().replace("记录表", "记录衰"))
    with pytest.raises(FixityError):
        rebuild(office)
    with office.read() as connection:
        assert registers.load_cases(connection)


def test_an_empty_archive(office: Workspace) -> None:
    with pytest.raises(NotFoundError):
        rebuild(office)


def state_of(office: Workspace) -> dict[str, str]:
    """Path → digest of the newest snapshot, its story apart."""
    kept = dict(store_of(office).inventory(register_snapshot.OBJECT).version().state)
    return {path: digest for path, digest in kept.items() if path.startswith(("tables/", "restricted/"))}


def written_anew(office: Workspace) -> dict[str, str]:
    """The same as `state_of`, dumped whole from the database."""
    with office.read() as connection:
        return {
            path: hashlib.sha512(lines).hexdigest()
            for table in register_snapshot.kept_tables()
            for path, lines in register_snapshot.dump(connection, table)
        }


def test_a_snapshot_of_what_changed_equals_a_whole_one(
    office: Workspace, paper: Callable[..., NewItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_snapshot, "_PART_ROWS", 2)
    dumped: list[str] = []
    whole = register_snapshot.dump

    def watched(connection: Connection, table: Table, after: int = 0) -> Iterator[tuple[str, bytes]]:
        dumped.append(table.name)
        return whole(connection, table, after)

    fill(office, paper)
    register_snapshot.keep_registers(office)
    assert state_of(office) == written_anew(office)
    for action in ("one", "two", "three", "four"):
        with office.transaction() as connection:
            if action == "two":
                number_ledger.void(connection, f"{office.office.series[0].code}〔2026〕1号", "重复")
            if action == "three":
                connection.execute(update(schema.issued).values(title="改了题名"))
            office.log(connection, action, "x")
        monkeypatch.setattr(register_snapshot, "dump", watched)
        dumped.clear()
        register_snapshot.keep_registers(office)
        monkeypatch.setattr(register_snapshot, "dump", whole)
        assert set(dumped) == {"journal"} | {"two": {"numbers"}, "three": {"issued"}}.get(action, set())
        assert state_of(office) == written_anew(office)
    again = without_database(office)
    rebuild(again)
    with again.transaction() as connection:
        registers.save_events(connection, [CaseEvent(CASE, "disclosed", date(2026, 4, 20))])
    register_snapshot.keep_registers(again)
    assert state_of(again) == written_anew(again)
    assert verify(again).sound
