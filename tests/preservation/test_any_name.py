"""A file name of any bytes, wherever in the workspace, stops neither verify nor backup nor restore."""

from __future__ import annotations

import os
from pathlib import Path

from archive.preservation.backup import backup
from archive.preservation.fixity import verify
from archive.preservation.restore import restore
from ssj_docs.office.workspace import Workspace

NAMES = ("测试.md".encode("gb18030"), b"a\nb.md", b"a:b\\c.md", b"\xff.md")


def test_any_bytes_are_a_name(workspace: Workspace, tmp_path: Path) -> None:
    for folder in ("inbox", "issued", "drafts"):
        for name in NAMES:
            (workspace.root / folder / os.fsdecode(name)).write_bytes(name)
    report = verify(workspace)
    assert report.recorded
    assert {"issued/测试.md", "issued/a%0Ab.md", "issued/a:b\\c.md"} <= {fault.path for fault in report.faults}
    "".join(fault.path for fault in report.faults).encode()
    backup(workspace, tmp_path / "b.tar")
    restore(tmp_path / "b.tar", tmp_path / "elsewhere", now=workspace.now)
    for folder in ("inbox", "issued", "drafts"):
        for name in NAMES:
            assert (tmp_path / "elsewhere" / folder / os.fsdecode(name)).read_bytes() == name
