"""The snapshot of the registers starts again with its newest state, so that its inventory does not grow for ever."""

from __future__ import annotations

import pytest

from archive.preservation import register_snapshot
from archive.store.opening import store_of
from ssj_docs.office.workspace import Workspace


def test_the_snapshot_of_the_registers_stays_small(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_snapshot, "_MOST_VERSIONS", 3)
    store = store_of(workspace)
    for n in range(8):
        with workspace.transaction() as connection:
            workspace.log(connection, "test", str(n))
        register_snapshot.keep_registers(workspace)
        assert len(store.inventory(register_snapshot.OBJECT).versions) <= 3
    kept = register_snapshot.kept_head(store)
    assert kept is not None
    assert kept.rows == 9  # and the row that tells of the first snapshot
