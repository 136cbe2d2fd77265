"""A digest of ssj.db's bytes, taken after a clean check, so that even a bit flipped in unused space is noticed.

The file changes with every action, so its digest alone says nothing. Beside it stands a digest of what the database
says: while that is the same, the bytes must be the same too.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from ssj_docs.ground.child_process import clean_environment

SEAL = "ssj.db.seal"
_DIGEST = "import hashlib, sys; print(hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256').hexdigest())"


def _quiet(database: Path) -> bool:
    """True if everything is in the file itself, nothing in the write-ahead log."""
    log = database.with_name(database.name + "-wal")
    return not log.exists() or log.stat().st_size == 0


def _content(database: Path, migration: str) -> tuple[str, str]:
    """Digests of the schema of a migration, and of every row of every table."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()
        for kind, name, _, _ in schema:
            if kind == "table":
                for row in connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid'):  # noqa: S608 - our own schema
                    digest.update(repr(row).encode())
    return hashlib.sha256(repr((migration, schema)).encode()).hexdigest(), digest.hexdigest()


def _bytes(database: Path) -> str:
    """Digest of the file's bytes, taken by another process.

    To close a file is to give up every POSIX lock that the process holds on it, SQLite's own too
    (https://www.sqlite.org/howtocorrupt.html, 2.2): the next program to come would take itself for the only one, remove the
    write-ahead log in use, and what a server writes afterwards would be lost.
    """
    done = subprocess.run(
        [sys.executable, "-IS", "-c", _DIGEST, str(database)],
        capture_output=True,
        check=True,
        text=True,
        env=clean_environment(),
    )
    return done.stdout.strip()


def seal(database: Path, migration: str) -> bool:
    """Note the digests; False (and no seal) where another process is writing or the log cannot be emptied.

    Args:
        migration: the newest one, which the database is at.
    """
    place = database.with_name(SEAL)
    place.unlink(missing_ok=True)
    with suppress(sqlite3.Error), closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("BEGIN IMMEDIATE")
        if _quiet(database):
            schema, content = _content(database, migration)
            told = {"bytes": _bytes(database), "migration": migration, "schema": schema, "content": content}
            place.write_text(json.dumps(told), encoding="ascii")
        connection.execute("ROLLBACK")
    return place.exists()


def broken_seal(database: Path, migration: str) -> str:
    """What is wrong, empty if nothing is or nothing can be said (there is no seal, or the content has moved on)."""
    place = database.with_name(SEAL)
    if not place.is_file() or not database.is_file() or not _quiet(database):
        return ""
    try:
        told: dict[str, Any] = json.loads(place.read_bytes())
        expected, sealed_at = (told["bytes"], told["schema"], told["content"]), told["migration"]
    except (ValueError, KeyError, TypeError):
        return f"封存记录 {SEAL} 被改动"
    if _bytes(database) == expected[0]:
        return ""
    schema, content = _content(database, migration)
    if schema != expected[1]:
        return "数据库的表结构被改动" if sealed_at == migration else ""
    if content == expected[2]:
        return "数据库文件的字节与上次核验后不同，而内容没有变（空白处被改动）"
    return ""
