"""The commands about trust as typed: edits by hand named, warned of and adopted; a code, a receipt, a second copy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from certificates import authority
from places import ROOT
from test_store_tampering import kept

from ssj_docs.office.workspace import Workspace

__all__ = ["kept"]


def test_a_hand_edit_from_warning_to_adoption(
    kept: Workspace, tmp_path: Path, ssj: Callable[..., tuple[int, dict]]
) -> None:
    kept.close()
    root, toml = kept.root, kept.root / "office.toml"
    toml.write_text(toml.read_text("utf-8").replace("years = 30", "years = 15", 1), "utf-8")
    run = [sys.executable, ROOT / "cli.py", "--workspace", root]
    warned = subprocess.run([*run, "retention", "number"], capture_output=True, text=True, check=True).stderr
    assert "office.toml 被改动，没有登记" in warned and "ssj adopt --reason" in warned
    shown = subprocess.run([*run, "verify"], capture_output=True, text=True, check=False)
    assert shown.returncode == 5 and "ssj adopt --reason" in shown.stdout and "ssj restore" not in shown.stdout
    code, edits = ssj("--workspace", root, "adopt", "--reason", "保管期限表调整，主任同意")
    assert (code, [edit["path"] for edit in edits]) == (0, ["office.toml"])
    assert any("years = 15" in line for line in edits[0]["difference"])
    code, report = ssj("--workspace", root, "verify", "--receipt", tmp_path / "r.json")
    assert (code, report["faults"]) == (0, []) and report["code"] in (tmp_path / "r.txt").read_text("utf-8")
    (tmp_path / "root.crt").write_bytes(authority().certificate)
    assert ssj("--workspace", root, "trust", "add", tmp_path / "root.crt")[0] == 0
    assert ssj("--workspace", root, "trust", "list") == (0, ["root.crt"])
    assert ssj("--workspace", root, "copy", tmp_path / "second")[0] == 0
    for given in (report["code"], tmp_path / "r.json", tmp_path / "second"):
        code, again = ssj("--workspace", root, "verify", "--against", given)
        assert (code, again["faults"]) == (0, []), given
    code, wrong = ssj("--workspace", root, "verify", "--against", "3-ABCDE")
    assert code == 2 and "抄写" in wrong["error"]
