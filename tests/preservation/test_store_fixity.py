"""`ssj verify`: clean when clean; single-bit flips, missing, extra and exchanged things found and named."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete

from archive.cases.case_file import NewItem, add_item
from archive.preservation import fixity, register_snapshot
from archive.preservation.fixity import UNCHECKED, verify
from archive.store.opening import store_of
from ssj_docs.database.schema import journal as journal_table
from ssj_docs.ground.errors import FixityError, NotFoundError
from ssj_docs.office import workspace
from ssj_docs.office.workspace import Workspace

CASE = "2026-003-0012"


@pytest.fixture
def filled(office: Workspace, paper: Callable[..., NewItem]) -> Workspace:
    """Two cases with papers, verified once, so that the register snapshot is there."""
    for case, data in ((CASE, b"%PDF-1.7 " + bytes(range(256)) * 8), (CASE, b"second"), ("2026-003-0013", b"third")):
        with office.transaction() as connection:
            add_item(office, connection, case, paper(data))
    assert verify(office).sound
    return office


def reopened(office: Workspace) -> Workspace:
    """The same workspace as another process sees it."""
    office.close()
    return workspace.open_workspace(office.root, today=office.today, now=office.now + timedelta(hours=1), who="核验员")


def checked(office: Workspace) -> fixity.VerifyReport:
    """Verify as another process would, leaving no connection behind."""
    with reopened(office) as again:
        return verify(again)


def faults(office: Workspace, case: str | None = None) -> list[tuple[str, str, str]]:
    return [(f.case, f.path, f.fault) for f in verify(office, case).faults]


def test_clean_workspace(filled: Workspace) -> None:
    report = verify(filled)
    assert report.anchor is not None and report.as_json()["code"] == report.anchor.code
    assert report.as_json() | {"files": 0, "bytes": 0, "code": ""} == {
        "objects": 3,
        "files": 0,
        "bytes": 0,
        "faults": [],
        "journal": "intact",
        "recorded": True,
        "begun": [],
        "code": "",
    }
    assert report.bytes > 2048
    one = verify(filled, CASE)
    assert one.sound and one.objects == 1
    with filled.read() as connection:
        assert [row["scope"] for row in fixity.history(connection)] == ["", "", CASE]


def test_unknown_case(filled: Workspace) -> None:
    with pytest.raises(NotFoundError):
        verify(filled, "2026-003-9999")


def test_every_flipped_bit_in_the_storage_root_is_found_and_named(filled: Workspace) -> None:
    """150 places here; scripts/crash_store.py tries more."""
    filled.close()
    files = sorted(p for p in (filled.root / "archive").rglob("*") if p.is_file() and p.stat().st_size)
    seed = random.Random(7)
    for number in range(150):
        place = files[number % len(files)]
        whole = place.read_bytes()
        bit = seed.randrange(len(whole) * 8)
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        place.write_bytes(broken)
        named = {path for _, path, _ in faults(filled)}
        place.write_bytes(whole)
        assert place.relative_to(filled.root).as_posix() in named, (place, bit)
    assert verify(filled).sound


def test_flipped_bits_in_rows_of_the_database_are_found(filled: Workspace) -> None:
    """Each value of each table in turn; also those no archive item tells of, by the register snapshot."""
    filled.close()
    database = filled.root / "ssj.db"
    spare = filled.root.parent / "spare.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cells = [
            (table.name, column.name)
            for table in register_snapshot.kept_tables()
            for column in table.c
            if connection.execute(f'SELECT 1 FROM "{table.name}"').fetchone()
        ]
    cells += [("archive_items", name) for name in ("title", "sha256", "files", "verdict", "kind", "received_at")]
    shutil.copy(database, spare)
    tried = 0
    for table, column in cells:
        with closing(sqlite3.connect(database)) as connection, connection:
            value = connection.execute(f'SELECT "{column}" FROM "{table}" LIMIT 1').fetchone()[0]
            if value is None or value == "":
                continue
            flipped = value ^ 1 if isinstance(value, int) else chr(ord(value[0]) ^ 1) + value[1:]
            connection.execute(
                f'UPDATE "{table}" SET "{column}" = ? WHERE rowid IN (SELECT rowid FROM "{table}" LIMIT 1)', (flipped,)
            )
        tried += 1
        assert not checked(filled).sound, (table, column, value, flipped)
        for suffix in ("", "-wal", "-shm"):
            database.with_name("ssj.db" + suffix).unlink(missing_ok=True)
        shutil.copy(spare, database)
    assert tried > 40
    assert checked(filled).sound


def test_missing_extra_and_exchanged_files(filled: Workspace) -> None:
    folder = filled.root / "archive" / CASE
    first, second = folder / "v1/content/items/0001/记录表.pdf", folder / "v2/content/items/0002/记录表.pdf"
    (folder / "v1/content/extra.txt").write_text("x")
    (filled.root / "archive/stray").mkdir()
    first_bytes, second_bytes = first.read_bytes(), second.read_bytes()
    first.write_bytes(second_bytes)
    second.unlink()
    found = faults(filled)
    assert (CASE, f"archive/{CASE}/v1/content/items/0001/记录表.pdf", "内容被改动（SHA-512 不符）") in found
    assert (CASE, f"archive/{CASE}/v2/content/items/0002/记录表.pdf", "文件缺失") in found
    assert (CASE, f"archive/{CASE}/v1/content/extra.txt", "多出的文件，不在清单中") in found
    assert any(path.startswith("archive/stray") for _, path, _ in found)
    first.write_bytes(first_bytes)


def test_a_removed_case_is_missed(filled: Workspace) -> None:
    shutil.rmtree(filled.root / "archive" / CASE)
    assert (CASE, f"archive/{CASE}", "目录中有此案卷而档案中没有") in faults(filled)


def test_rows_removed_from_catalogue_and_journal_are_missed(filled: Workspace) -> None:
    with filled.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM archive_items WHERE item = '0002'")
    assert {f for _, _, f in faults(filled)} >= {"档案中有此件而目录中没有", "流水中有归档记录而目录中没有此件"}
    with filled.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM journal WHERE id > 2")
    assert any("被截断或改写" in fault for _, _, fault in faults(filled))


def test_rows_cut_from_the_end_of_the_journal_are_not_covered_up_by_the_next_snapshot(filled: Workspace) -> None:
    assert checked(filled).sound  # leaves a snapshot that knows where the journal ends
    kept = register_snapshot.kept_head(store_of(filled))
    with reopened(filled).transaction() as connection:
        last = register_snapshot.journal_head(connection).rows
        connection.execute(delete(journal_table).where(journal_table.c.id > last - 2))
        filled.log(connection, "later", "on top of the cut")
    with pytest.raises(FixityError, match="被截断或改写"):
        register_snapshot.keep_registers(reopened(filled))
    assert register_snapshot.kept_head(store_of(filled)) == kept
    assert any("被截断或改写" in fault for _, _, fault in faults(filled))


def test_a_database_that_is_no_database(filled: Workspace) -> None:
    filled.close()
    database = filled.root / "ssj.db"
    for suffix in ("-wal", "-shm"):
        database.with_name("ssj.db" + suffix).unlink(missing_ok=True)
    database.write_bytes(b"not a database" * 500)
    report = verify(replace(filled))
    assert {f.path for f in report.faults} == {"ssj.db"}
    assert report.journal != "intact" and not report.recorded


def test_every_flipped_bit_in_the_database_file_is_found(filled: Workspace) -> None:
    """Also in unused space, where no value changes: the bytes differ while the content does not."""
    filled.close()
    database, seed = filled.root / "ssj.db", random.Random(3)
    whole, seal = database.read_bytes(), (filled.root / "ssj.db.seal").read_bytes()
    for _ in range(60):
        bit = seed.randrange(len(whole) * 8)
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        for suffix in ("-wal", "-shm"):
            database.with_name("ssj.db" + suffix).unlink(missing_ok=True)
        database.write_bytes(flipped)
        (filled.root / "ssj.db.seal").write_bytes(seal)
        report = checked(filled)
        assert any(fault.path.startswith("ssj.db") for fault in report.faults) or report.journal != "intact", bit
    for suffix in ("-wal", "-shm"):
        database.with_name("ssj.db" + suffix).unlink(missing_ok=True)
    database.write_bytes(whole)
    assert checked(filled).sound


def test_a_database_out_of_reach_is_not_called_damaged(office: Workspace, paper: Callable[..., NewItem]) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper())
    office.close()
    (office.root / "ssj.db-wal").unlink(missing_ok=True)
    (office.root / "ssj.db-wal").mkdir()  # as little to be opened as in a folder without the right to write
    report = verify(office)
    assert [(fault.path, fault.fault) for fault in report.faults] == [("ssj.db", f"{UNCHECKED}（打不开文件）")]
    assert not report.sound and report.journal == "未能核验"
