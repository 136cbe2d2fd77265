"""`rm ssj.db index/`, `ssj rebuild`, `ssj reindex`: the example office answers as before."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from places import NOW

from archive.demonstration import example_folder, open_example
from archive.receive import receive
from archive.register_snapshot import keep_registers

QUESTIONS = (
    ("search", "加油站"), ("search", "记录表"), ("numbers",), ("plan", "show", "--year", "2026"),
    ("missing", "--year", "2026"), ("case", "show", "2026-001-0001"), ("case", "show", "2026-001-0002"),
    ("due", "--within", "400"),
)  # fmt: skip


def answers(ssj: Any, root: Path) -> list[Any]:
    given = [ssj(*question, "--workspace", root, "--today", "2026-11-20") for question in QUESTIONS]
    assert all(code == 0 for code, _ in given)
    return [value for _, value in given]


def test_the_example_office_answers_as_before(tmp_path: Path, ssj: Any) -> None:
    office = open_example(tmp_path / "office", now=NOW)
    stack = next((example_folder() / "signed").glob("扫描 2026-001*"))
    assert receive(office, [stack]).files[0].items
    keep_registers(office)
    office.engine.dispose()
    assert ssj("reindex", "--workspace", office.root)[0] == 0
    before = answers(ssj, office.root)
    draws = {path.name: path.read_bytes() for path in (office.root / "issued").rglob("*.json")}
    for name in ("ssj.db", "ssj.db-wal", "ssj.db-shm", "ssj.db.seal"):
        (office.root / name).unlink(missing_ok=True)
    shutil.rmtree(office.root / "index")
    assert ssj("rebuild", "--workspace", office.root)[0] == 0
    assert ssj("reindex", "--workspace", office.root)[0] == 0
    assert answers(ssj, office.root) == before
    assert {path.name: path.read_bytes() for path in (office.root / "issued").rglob("*.json")} == draws
    assert ssj("verify", "--workspace", office.root)[0] == 0
