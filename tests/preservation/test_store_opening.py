"""Whoever writes to an office leaves a snapshot of its registers in the archive, once, when the office is closed."""

from __future__ import annotations

import pytest

from archive.preservation.opening import open_office
from archive.preservation.register_snapshot import OBJECT, kept_head
from archive.store.opening import store_of
from ssj_docs.ground.errors import FixityError
from ssj_docs.office.workspace import Workspace


def versions(office: Workspace) -> int:
    store = store_of(office)
    return len(store.inventory(OBJECT).versions) if store.has(OBJECT) else 0


def test_many_transactions_are_one_snapshot(office: Workspace) -> None:
    with open_office(office.root, today=office.today, now=office.now) as opened:
        for number in range(3):
            with opened.transaction() as connection:
                opened.log(connection, "import", str(number))
        assert versions(office) == 0
    assert versions(office) == 1
    head = kept_head(store_of(office))
    assert head is not None
    with open_office(office.root, today=office.today, now=office.now) as opened, opened.read():
        pass
    assert versions(office) == 1
    assert kept_head(store_of(office)) == head


def test_what_a_crash_left_out_is_made_up_for_by_whoever_comes_next(office: Workspace) -> None:
    with office.transaction() as connection:
        office.log(connection, "import", "then the power went")
    office.close()  # nobody listened, as if the process had been killed
    assert versions(office) == 0
    with open_office(office.root, today=office.today, now=office.now) as opened, opened.read():
        pass
    assert versions(office) == 1


def test_a_snapshot_that_cannot_be_kept_is_told_and_the_database_closed(office: Workspace) -> None:
    with open_office(office.root, today=office.today, now=office.now) as opened, opened.transaction() as connection:
        opened.log(connection, "import", "one")
        opened.log(connection, "import", "two")
    opened = open_office(office.root, today=office.today, now=office.now)
    with opened.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM journal WHERE id > 1")
    with pytest.raises(FixityError, match="被截断或改写"):
        opened.close()
    assert not opened.database.opened
