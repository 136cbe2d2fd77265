"""The journal: any row changed, removed or put between is found."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ssj_docs.database import journal
from ssj_docs.office.workspace import Workspace


def _fill(workspace: Workspace) -> None:
    with workspace.transaction() as connection:
        for n in range(5):
            workspace.log(connection, "test", f"subject {n}", {"数": n}, digest="ab")


def test_an_untouched_chain_is_intact(workspace: Workspace) -> None:
    _fill(workspace)
    with workspace.read() as connection:
        verdict = journal.verify(connection)
    assert (verdict.state, verdict.rows) == ("intact", 5)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET who = 'other' WHERE id = 3",
        "UPDATE journal SET detail = '{}' WHERE id = 2",
        "UPDATE journal SET digest = '' WHERE id = 5",
        "DELETE FROM journal WHERE id = 1",
        "DELETE FROM journal WHERE id = 3",
        "UPDATE journal SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE id = 4",
    ],
)
def test_every_change_is_found(workspace: Workspace, change: str) -> None:
    _fill(workspace)
    with workspace.transaction() as connection:
        connection.execute(text(change))
    with workspace.read() as connection:
        assert journal.verify(connection).state != "intact"


def test_a_failed_action_leaves_no_row(workspace: Workspace) -> None:
    with pytest.raises(RuntimeError), workspace.transaction() as connection:
        workspace.log(connection, "test", "half")
        raise RuntimeError
    with workspace.read() as connection:
        assert journal.verify(connection).rows == 0


def test_no_personal_data_goes_in(workspace: Workspace) -> None:
    with workspace.transaction() as connection:
        workspace.log(connection, "test", "张三 13800001234.pdf", {"名": ["11010519491231002X"], "数": 13800001234})
    with workspace.read() as connection:
        row = connection.execute(text("SELECT subject, detail FROM journal")).one()
    assert row == ("张三 （已隐去）.pdf", '{"名":["（已隐去）"],"数":13800001234}')
