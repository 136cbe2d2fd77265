"""Handing in freezes: numbered in the journal, never overwritten, and a later run says what changed and by what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from archive.assessment.assessment import assess
from archive.assessment.pack.evidence_pack import make_pack
from archive.assessment.pack.handing_in import differences, hand_in
from archive.assessment.pack.verification import verify_pack
from archive.assessment.pack.versions import latest_pack, pack_folder, seal
from archive.demonstration import EXAMPLE_YEAR
from ssj_docs.database import journal, registers
from ssj_docs.ground.errors import FixityError, UsageError
from ssj_docs.model.case import CaseEvent
from ssj_docs.office.workspace import Workspace


def made(workspace: Workspace) -> Path:
    target = pack_folder(workspace, EXAMPLE_YEAR, "internal")
    make_pack(workspace, assess(workspace, EXAMPLE_YEAR), target, rendition="internal", pdf=False)
    return target


@pytest.mark.timeout(240)
def test_a_pack_that_was_handed_in_stays_and_the_next_says_what_changed(copied: Workspace) -> None:
    first = made(copied)
    assert made(copied) == first  # a draft is made again in its place
    done = hand_in(copied, first, "市双随机办")
    assert (done.version, done.pack, done.to) == (1, seal(first), "市双随机办")
    assert hand_in(copied, first).version == 1
    with pytest.raises(UsageError, match="第1次上报"):
        make_pack(copied, assess(copied, EXAMPLE_YEAR), first, rendition="internal", pdf=False)
    assert latest_pack(copied, EXAMPLE_YEAR, "internal") == first
    open_case = next(
        u.key
        for r in assess(copied, EXAMPLE_YEAR).indicators
        if r.indicator.id == "closure_rate"
        for u in r.units
        if not u.met
    )
    with copied.transaction() as connection:
        event = CaseEvent(open_case, "closed", date(2026, 11, 19))
        registers.save_events(connection, [event])
        copied.log(connection, "import.results", open_case)
    assert verify_pack(first, copied) == []  # what was handed in stands, whatever is registered since
    second = made(copied)
    assert second.name == f"{first.name}-第2版"
    said = differences(copied, EXAMPLE_YEAR, "internal")
    moved = {name for name, _, _ in said.figures}
    assert moved == {"立案办结率"} or "立案办结率" in moved
    (closed,) = [c for c in said.changes if c.indicator == "立案办结率"]
    assert (closed.key, closed.before, closed.after) == (open_case, "未计入", "计入分子")
    assert [cause.action for cause in closed.causes] == ["import.results"]
    assert hand_in(copied, second).version == 2
    between = differences(copied, EXAMPLE_YEAR, "internal", 1, 2)
    assert between.figures == said.figures
    with copied.read() as connection:
        assert journal.verify(connection).state == "intact"


@pytest.mark.timeout(240)
def test_a_pack_that_is_not_what_it_says_is_not_handed_in(
    copied: Workspace, ssj: Callable[..., tuple[int, Any]]
) -> None:
    here = ("--workspace", copied.root, "--today", "2026-11-20")
    code, told = ssj("assess", 2026, "--rendition", "public", *here)
    assert code == 0
    with (Path(told["pack"]) / "data" / "index.html").open("ab") as page:
        page.write(b" ")
    assert ssj("pack", "submit", 2026, "--rendition", "public", *here)[0] == FixityError.exit_code
    assert ssj("pack", "versions", 2026, *here) == (0, [])
    assert ssj("assess", 2026, "--rendition", "public", *here)[1]["pack"] == told["pack"]
    code, done = ssj("pack", "submit", 2026, "--rendition", "public", *here)
    assert (code, done["version"], done["cutoff"]) == (0, 1, "2026-11-20")
    assert ssj("assess", 2026, "--rendition", "public", *here)[1]["pack"].endswith("-第2版")
    assert ssj("assess", "diff", 2026, *here)[0] == 7  # no version of this rendition
