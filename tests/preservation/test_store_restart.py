"""An object of derived records starts again with its newest state, so that its inventory does not grow for ever."""

from __future__ import annotations

from pathlib import Path

import ocfl
import pytest
from places import NOW

from archive.preservation import register_snapshot
from archive.store.ocfl import FileStore
from ssj_docs.office.workspace import Workspace


def test_restart_keeps_the_newest_state_as_the_only_version(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "archive")
    for n in range(3):
        store.add_version("registers", {"a.txt": f"{n}".encode(), f"{n}.txt": b"x"}, message="m", user="u", created=NOW)
    assert store.restart("registers", message="again", user="u", created=NOW) == "v1"
    assert store.read("registers", "a.txt") == b"2"
    assert {p for p in store.inventory("registers").version().state if p.endswith(".txt") and "sm3" not in p} == {
        "a.txt",
        "0.txt",
        "1.txt",
        "2.txt",
    }
    root = ocfl.StorageRoot(root=str(tmp_path / "archive"))
    assert root.validate()
    assert root.good_objects == root.num_objects == 1


def test_the_snapshot_of_the_registers_stays_small(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_snapshot, "_MOST_VERSIONS", 3)
    store = FileStore(workspace.root / "archive")
    for n in range(8):
        with workspace.transaction() as connection:
            workspace.log(connection, "test", str(n))
        register_snapshot.keep_registers(workspace)
        assert len(store.inventory(register_snapshot.OBJECT).versions) <= 3
    kept = register_snapshot.kept_head(store)
    assert kept is not None
    assert kept.rows == 8
