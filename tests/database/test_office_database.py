"""The database: migrations give what tables.py says; one action is one transaction; writers wait for each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from places import ROOT
from sqlalchemy import insert, select, text, update

from ssj_docs.database import schema
from ssj_docs.database.engine import Database, newest_revision
from ssj_docs.database.schema import metadata, table_changes
from ssj_docs.office.workspace import Workspace


def test_migrations_give_the_tables(tmp_path: Path) -> None:
    database = Database(tmp_path / "ssj.db")
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_the_newest_migration_is_the_one_alembic_goes_to() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "ssj_docs" / "database" / "migrations"))
    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()


def test_the_migrations_are_written_out() -> None:
    versions = (ROOT / "ssj_docs" / "database" / "migrations" / "versions").glob("0*.py")
    source = "".join(path.read_text(encoding="utf-8") for path in versions)
    assert "create_all" not in source
    for table in metadata.tables:
        assert f'"{table}"' in source or f"'{table}'" in source, table


def test_a_database_of_the_first_version_is_brought_up(workspace: Workspace) -> None:
    with workspace.transaction() as connection:
        workspace.log(connection, "import", "before")
        connection.exec_driver_sql("DROP TABLE table_changes")
        connection.exec_driver_sql("DROP TABLE recipes")
        connection.exec_driver_sql("ALTER TABLE received_pages DROP COLUMN personal")
        for table, column in (
            ("items", "partners"),
            ("subjects", "status"),
            ("inspectors", "valid_from"),
            ("inspectors", "status"),
        ):
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        connection.info.clear()  # nothing to count: the table is gone
    workspace.close()
    again = Database(workspace.root / "ssj.db")
    with again.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.execute(text("SELECT count(*) FROM journal")).scalar() == 1
    again.close()


def test_every_way_of_writing_to_a_table_is_counted(workspace: Workspace) -> None:
    def counts() -> dict[str, int]:
        with workspace.read() as connection:
            return {row.name: row.changes for row in connection.execute(select(table_changes))}

    before = counts().get("items", 0)
    with workspace.transaction() as connection:
        connection.execute(text("INSERT INTO items VALUES ('a','b','c','','',NULL,'','','','[]')"))
        connection.execute(insert(schema.items), [{c.name: "x" for c in schema.items.c}])
    with workspace.transaction() as connection:
        connection.execute(update(schema.items).values(name="y"))
    with workspace.transaction() as connection:
        connection.exec_driver_sql("delete from items")
    with pytest.raises(ZeroDivisionError), workspace.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO items VALUES ('a','b','c','','',NULL,'','','','[]')")
        _ = 1 / 0
    with workspace.transaction() as connection:
        connection.execute(select(schema.items))
    assert counts()["items"] == before + 3


def test_the_database_is_private_and_in_wal(workspace: Workspace) -> None:
    with workspace.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
    assert (workspace.root / "ssj.db").stat().st_mode & 0o077 == 0


def test_a_failed_action_leaves_nothing(workspace: Workspace) -> None:
    with pytest.raises(ZeroDivisionError), workspace.transaction() as connection:
        connection.execute(text("INSERT INTO items VALUES ('a','b','c','','',NULL,'','','','[]')"))
        _ = 1 / 0
    with workspace.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM items")).scalar() == 0


_COUNT = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from sqlalchemy import insert, select, text, update
from ssj_docs.database.engine import Database
database = Database(Path(sys.argv[2]))
for _ in range(25):
    with database.transaction() as connection:
        held = connection.execute(text("SELECT count(*) FROM items")).scalar()
        connection.execute(text(f"INSERT INTO items VALUES ('{held:04d}','b','c','','',NULL,'','','','[]')"))
"""


def test_writers_wait_for_each_other(workspace: Workspace) -> None:
    workspace.database.open()
    running = [
        subprocess.Popen([sys.executable, "-c", _COUNT, str(ROOT), str(workspace.root / "ssj.db")]) for _ in range(4)
    ]
    assert [process.wait(timeout=120) for process in running] == [0] * 4
    with workspace.read() as connection:
        assert connection.execute(text("SELECT count(*), max(id) FROM items")).one() == (100, "0099")
