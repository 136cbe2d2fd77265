"""ssj assess, ssj evidence and ssj pack verify as they are called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssj_docs.office.workspace import Workspace


def test_from_a_saved_search_to_a_verified_pack(
    copied: Workspace, ssj: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    here = ("--workspace", copied.root, "--today", "2026-11-20")
    code, found = ssj("evidence", "add", "handling_rate", "公示表", *here)
    assert (code, [row["state"] for row in found]) == (0, ["found"])
    code, picked = ssj("evidence", "pick", found[0]["id"], "--note", "见第一行", *here)
    assert (code, picked[0]["state"], picked[0]["note"]) == (0, "picked", "见第一行")
    assert ssj("evidence", "pick", 999, *here)[0] == 7
    code, done = ssj("assess", 2026, "--rendition", "public", "--out", tmp_path / "pack", *here)
    assert code == 0
    assert set(done) >= {"year", "indicators", "pack"}
    assert set(done["indicators"][0]) >= {
        "id",
        "name",
        "numerator",
        "denominator",
        "value",
        "target",
        "met",
        "evidence",
        "missing",
    }
    assert ssj("pack", "verify", done["pack"], *here) == (0, {"faults": []})
    with (tmp_path / "pack" / "data" / "index.html").open("ab") as page:
        page.write(b" ")
    code, told = ssj("pack", "verify", done["pack"], "--alone", *here)
    assert code == 5
    assert told["faults"]
    assert ssj("assess", 2031, *here)[0] == 7
