"""ssj.db: SQLite in WAL behind SQLAlchemy; PostgreSQL takes the same statements.

One action is one `transaction`: BEGIN IMMEDIATE takes the write lock at once, so that two processes wait for each
other instead of failing halfway. Readers never wait.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, text, update

from ssj_docs.database.schema import table_changes
from ssj_docs.ground.canonical import canonical_json
from ssj_docs.ground.file_lock import one_writer

_BUSY_MS = 120_000
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_WRITTEN = "ssj_written"


def _connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("ssj_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _note_write(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if found := _WRITES.match(statement):
        connection.info.setdefault(_WRITTEN, set()).add(found[1])


def _count_changes(connection: Connection) -> None:
    """Count this transaction for every table that it wrote to."""
    t = table_changes
    for name in sorted(connection.info.pop(_WRITTEN, ())):
        if not connection.execute(update(t).where(t.c.name == name).values(changes=t.c.changes + 1)).rowcount:
            connection.execute(insert(t).values(name=name, changes=1))


def open_database(path: Path) -> Engine:
    """Open ssj.db at ``path``, creating it and bringing it to the newest migration.

    Returns: an engine; use `transaction` to write and `reading` to read.
    """
    created = not path.exists()
    engine = create_engine(
        f"sqlite:///{path}",
        json_serializer=canonical_json,
        connect_args={"timeout": _BUSY_MS / 1000},
        hide_parameters=True,  # personal data must not stand in an error's text, which goes into a log
    )
    event.listen(engine, "connect", _connect)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _note_write)
    if created or _revision(engine) != newest_revision():
        _upgrade(engine)
    if created:
        path.chmod(0o600)  # holds restricted personal data
    return engine


def newest_revision() -> str:
    """The newest migration, by the names of their files: Alembic, which says the same, is slow to import."""
    return max(path.name[:4] for path in _migrations().joinpath("versions").iterdir() if path.name[:4].isdigit())


def _migrations() -> Traversable:
    return resources.files("ssj_docs.database") / "migrations"


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(engine: Engine) -> None:
    # Alembic takes half a second to import and is needed once a version, not at every command
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_migrations()))
    with engine.connect().execution_options(ssj_write=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One action: commits when the block ends, rolls back when it raises.

    Writers queue at a lock file beside the database: SQLite's own waiting lets a late comer pass before one who has
    waited long, until that one gives up.
    """
    queue = one_writer(Path(f"{engine.url.database}.lock")) if engine.dialect.name == "sqlite" else nullcontext()
    with queue, engine.connect().execution_options(ssj_write=True) as connection, connection.begin():
        connection.info.pop(_WRITTEN, None)  # of a transaction that failed
        yield connection
        _count_changes(connection)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A consistent view for reading."""
    with engine.connect() as connection, connection.begin():
        yield connection
