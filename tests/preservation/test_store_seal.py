"""A check while a server has the database open: what is written afterwards is there for every other program."""

from __future__ import annotations

import subprocess
import sys

from archive.preservation.fixity import verify
from ssj_docs.office.workspace import Workspace

_COUNT = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute('SELECT count(*) FROM journal').fetchone()[0]); c.close()"


def rows_seen_by_another_program(office: Workspace) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _COUNT, office.root / "ssj.db"], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_a_check_gives_up_no_lock_of_the_open_database(office: Workspace) -> None:
    with office.transaction() as connection:
        office.log(connection, "before", "")
    assert verify(office).sound
    before = rows_seen_by_another_program(office)  # it would remove the log in use if it took itself for the only one
    with office.transaction() as connection:
        office.log(connection, "after", "")
    assert rows_seen_by_another_program(office) == before + 1
