"""A workspace shares one database with its copies, tells its listeners of every commit, and is closed once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from places import NOW, TODAY
from sqlalchemy import text

from ssj_docs.database.engine import Written
from ssj_docs.ground.errors import FixityError
from ssj_docs.office.workspace import Workspace


class Heard:
    """Notes what it hears."""

    def __init__(self) -> None:
        self.commits: list[Written] = []
        self.ends: list[str] = []

    def committed(self, written: Written) -> None:
        self.commits.append(written)

    def closing(self, workspace: Workspace) -> None:
        with workspace.read() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
        self.ends.append(workspace.who)


class Failing(Heard):
    """Cannot end its work."""

    def closing(self, workspace: Workspace) -> None:
        raise FixityError("没有写入", "")


def test_listeners_hear_of_commits_with_the_tables_and_not_of_what_was_rolled_back(workspace: Workspace) -> None:
    heard = Heard()
    office = workspace.heard_by(heard)
    with office.transaction() as connection:
        office.log(connection, "import", "one")
        assert heard.commits == []
    with pytest.raises(ZeroDivisionError), office.transaction() as connection:
        office.log(connection, "import", "two")
        _ = 1 / 0
    with office.at(today=TODAY, now=NOW, who="另一人").transaction() as connection:
        connection.exec_driver_sql("DELETE FROM items")
    with office.read():
        pass
    assert heard.commits == [{"journal"}, {"items"}]
    assert heard.ends == []


def test_a_workspace_closes_what_was_opened_once(workspace: Workspace) -> None:
    heard = Heard()
    with workspace.heard_by(heard) as office:
        assert not office.database.opened
    assert heard.ends == []  # never opened: nothing to end
    with workspace.heard_by(heard) as office, office.read():
        assert replace(office, who="x").database is office.database
        assert workspace.database.opened
    assert not workspace.database.opened
    office.close()
    assert heard.ends == ["tester"]


def test_the_database_is_closed_though_a_listener_fails(workspace: Workspace) -> None:
    office = workspace.heard_by(Failing())
    with office.read():
        pass
    with pytest.raises(FixityError):
        office.close()
    assert not workspace.database.opened
    with office.read():  # and opened again when it is needed again
        assert workspace.database.opened
    workspace.close()
