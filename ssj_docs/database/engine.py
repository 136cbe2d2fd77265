"""ssj.db: the office's database behind SQLAlchemy.

One action is one `Database.transaction`, which takes the write lock at once, so that two processes wait for each other
instead of failing halfway. Readers never wait.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, insert, inspect, text, update

from ssj_docs.database import seal, sqlite
from ssj_docs.database.schema import table_changes

#: exceptions caused by reading a damaged database
FAILURES = sqlite.FAILURES
#: the names of the tables that a transaction wrote to
Written = frozenset[str]
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_WRITTEN = "ssj_written"


def is_hindered(failure: BaseException) -> bool:
    """Return whether the database could not be reached, which is not damage: disk full, no permission, in use."""
    return sqlite.is_hindered(failure)


class Database:
    """A database, opened at first use; may be used from any thread.

    Args:
        path: the file; created if missing, and migrated to the newest version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    @property
    def opened(self) -> bool:
        """Whether it is open."""
        return self._engine is not None

    def open(self) -> Engine:
        """Return the engine, opening the database if needed."""
        with self._opening:
            if self._engine is None:
                self._engine = _open(self.path)
            return self._engine

    @contextmanager
    def transaction(self, committed: Callable[[Written], None] = lambda _: None) -> Iterator[Connection]:
        """One action: committed when the block ends, rolled back when it raises.

        Args:
            committed: called after the commit with the tables that were written to.
        """
        engine = self.open()
        with (
            sqlite.one_writer_of(self.path),
            engine.connect().execution_options(ssj_write=True) as connection,
            connection.begin(),
        ):
            connection.info.pop(_WRITTEN, None)  # left by a failed transaction
            yield connection
            written = _count_changes(connection)
        committed(written)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view for reading."""
        with self.open().connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close all connections; the database is opened again when needed."""
        with self._opening:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    # --- preservation -------------------------------------------------------------------------------------------------
    def faults(self, connection: Connection) -> Iterator[str]:
        """Faults found by the database's own integrity check."""
        return sqlite.integrity_faults(connection)

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy to a new file, also while others write. Raises: FixityError if the database is damaged."""
        sqlite.copy(self.path, target)

    def seal(self) -> bool:
        """Record digests of bytes and content, for `broken_seal`; returns False if another process is writing."""
        return seal.seal(self.path, newest_revision())

    def broken_seal(self) -> str:
        """What changed in the bytes since the last seal although the content did not; empty if nothing is wrong."""
        return seal.broken_seal(self.path, newest_revision())

    def replace_with(self, fresh: Database, aside: str) -> str:
        """Replace the database by another one and open it; the old one is kept beside it.

        Args:
            fresh: the new database; it is closed.
            aside: the name for the old file; a number is added if the name is taken.

        Returns: the name of the old file, empty if there was none.
        """
        sqlite.empty_log(fresh.open())
        fresh.close()
        name = ""
        if self.path.exists():
            name, serial = aside, 1
            while self.path.with_name(name).exists():
                serial += 1
                name = f"{aside}-{serial}"
            self.close()
            sqlite.move(self.path, self.path.with_name(name))
        sqlite.remove(self.path)
        sqlite.move(fresh.path, self.path)
        self.open()
        return name

    def remove(self) -> None:
        """Close it and remove its files."""
        self.close()
        sqlite.remove(self.path)


def _open(path: Path) -> Engine:
    created = not path.exists()
    engine = sqlite.engine_of(path)
    event.listen(engine, "before_cursor_execute", _note_write)
    try:
        if created or _revision(engine) != newest_revision():
            _upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    if created:
        path.chmod(0o600)  # holds restricted personal data
    return engine


def _note_write(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if found := _WRITES.match(statement):
        connection.info.setdefault(_WRITTEN, set()).add(found[1])


def _count_changes(connection: Connection) -> Written:
    """Count this transaction for every table that it wrote to."""
    t = table_changes
    written = frozenset(connection.info.pop(_WRITTEN, ()))
    for name in sorted(written):
        if not connection.execute(update(t).where(t.c.name == name).values(changes=t.c.changes + 1)).rowcount:
            connection.execute(insert(t).values(name=name, changes=1))
    return written


def newest_revision() -> str:
    """The newest migration, from the names of the files, because importing Alembic is slow."""
    return max(path.name[:4] for path in _migrations().joinpath("versions").iterdir() if path.name[:4].isdigit())


def _migrations() -> Traversable:
    return resources.files("ssj_docs.database") / "migrations"


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(engine: Engine) -> None:
    # importing Alembic takes half a second and is needed only for migrations
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_migrations()))
    with engine.connect().execution_options(ssj_write=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
