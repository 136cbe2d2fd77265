"""A digest of the bytes of ssj.db, recorded after a clean check, to detect even a flipped bit in unused space.

The file changes with every action, so a digest of its bytes alone is not enough. A digest of the content is recorded too:
as long as the content is the same, the bytes must be the same.
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
    """Return whether everything is in the file itself and nothing in the write-ahead log."""
    log = database.with_name(database.name + "-wal")
    return not log.exists() or log.stat().st_size == 0


def _content(database: Path, migration: str) -> tuple[str, str]:
    """Digests of a migration's schema and of every row of every table."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()
        for kind, name, _, _ in schema:
            if kind == "table":
                for row in connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid'):  # noqa: S608 - our own schema
                    digest.update(repr(row).encode())
    return hashlib.sha256(repr((migration, schema)).encode()).hexdigest(), digest.hexdigest()


def _bytes(database: Path) -> str:
    """Digest of the file's bytes, calculated by another process.

    Closing a file releases every POSIX lock that the process holds on it, including SQLite's own
    (https://www.sqlite.org/howtocorrupt.html, 2.2). The next program would believe to be alone and remove the write-ahead log
    in use, and everything that a server writes afterwards would be lost.
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
    """Record the digests; returns False (without a seal) if another process is writing or the log cannot be emptied.

    Args:
        migration: the newest migration, which the database has.
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
    """What is wrong; empty if nothing is, or if that cannot be told (no seal, or changed content)."""
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
