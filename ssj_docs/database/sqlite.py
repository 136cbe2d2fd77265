"""Everything specific to SQLite: pragmas, write lock, integrity check, online copy, files.

No other room knows which database is used; another one needs these functions and a `seal` of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from ssj_docs.ground.canonical import canonical_json
from ssj_docs.ground.errors import FixityError
from ssj_docs.ground.file_lock import one_writer
from ssj_docs.ground.library_words import in_chinese
from ssj_docs.ground.remedies import Remedy, do

#: exceptions caused by reading a damaged database
FAILURES = (SQLAlchemyError, sqlite3.Error)
_BUSY_MS = 120_000
#: disk full, no permission, in use
_HINDERED = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_IOERR,
    }
)
_PARTS = ("", "-wal", "-shm")


def engine_of(path: Path) -> Engine:
    """An engine for the file, which is created if missing."""
    engine = create_engine(
        f"sqlite:///{path}",
        json_serializer=canonical_json,
        connect_args={"timeout": _BUSY_MS / 1000},
        hide_parameters=True,  # error messages go to a log and must not contain personal data
    )
    event.listen(engine, "connect", _connect)
    event.listen(engine, "begin", _begin)
    return engine


def _connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is sent explicitly
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("ssj_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def one_writer_of(path: Path) -> AbstractContextManager[None]:
    """Make writers queue at a lock file, because SQLite's own waiting can let later writers pass until earlier ones give up."""
    return one_writer(Path(f"{path}.lock"))


def integrity_faults(connection: Connection) -> Iterator[str]:
    """Faults that SQLite finds in its pages and indexes."""
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            yield str(line)


def is_hindered(error: BaseException) -> bool:
    """Return whether SQLite could not access the file, whatever its content."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _HINDERED


def copy(path: Path, target: Path) -> None:
    """Write a consistent copy with SQLite's backup function, also while others write. Raises: FixityError."""
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copied:
            source.backup(copied)
    except sqlite3.DatabaseError as error:
        raise FixityError(f"数据库损坏，不能备份（{in_chinese(error)}）", Remedy("先", do("rebuild"))) from error
    target.chmod(0o600)


def empty_log(engine: Engine) -> None:
    """Move everything from the write-ahead log to the file itself."""
    with engine.connect() as raw:
        raw.exec_driver_sql("COMMIT")
        raw.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.exec_driver_sql("BEGIN")


def remove(path: Path) -> None:
    """Remove the file and its logs."""
    for part in _PARTS:
        path.with_name(path.name + part).unlink(missing_ok=True)


def move(path: Path, target: Path) -> None:
    """Rename the file and its logs; first the logs, which are useless without it."""
    for part in reversed(_PARTS):
        place = path.with_name(path.name + part)
        if place.exists():
            place.rename(target.with_name(target.name + part))
