"""The number register: atomic, never twice, never lost; void numbers and gaps stay visible."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from places import NOW, ROOT

from ssj_docs.documents.numbers import number_ledger
from ssj_docs.ground.errors import NotFoundError, NumberConflictError, UsageError
from ssj_docs.model.document import DocumentNumber, parse_number
from ssj_docs.model.office import NumberSeries
from ssj_docs.office.workspace import Workspace

SERIES = NumberSeries("青双随机办")


def _take(workspace: Workspace, claim: str, year: int = 2026) -> str:
    with workspace.transaction() as connection:
        return number_ledger.take(
            connection, SERIES, year, claim=claim, title=claim, day=date(year, 3, 1), now=NOW
        ).number


def test_numbers_run_per_series_and_year_and_repeat_for_the_same_claim(workspace: Workspace) -> None:
    assert _take(workspace, "a") == "青双随机办〔2026〕1号"
    assert _take(workspace, "b") == "青双随机办〔2026〕2号"
    assert _take(workspace, "a") == "青双随机办〔2026〕1号"
    assert _take(workspace, "c", 2025) == "青双随机办〔2025〕1号"


def test_void_keeps_the_row_and_is_not_given_again(workspace: Workspace) -> None:
    _take(workspace, "a")
    with workspace.transaction() as connection:
        number_ledger.void(connection, "青双随机办[2026]1号", "标题有误")
    assert _take(workspace, "a") == "青双随机办〔2026〕2号"
    with workspace.read() as connection:
        rows = number_ledger.register(connection)
    assert [(row.serial, row.state, row.reason) for row in rows] == [(1, "void", "标题有误"), (2, "issued", "")]
    with workspace.transaction() as connection:
        with pytest.raises(NumberConflictError):
            number_ledger.void(connection, "青双随机办〔2026〕1号", "再次")
        with pytest.raises(UsageError):
            number_ledger.void(connection, "青双随机办〔2026〕2号", "  ")
        with pytest.raises(NotFoundError):
            number_ledger.void(connection, "青双随机办〔2026〕99号", "没有")


def test_backfill_leaves_gaps_that_are_reported(workspace: Workspace) -> None:
    with workspace.transaction() as connection:
        number_ledger.record(connection, workspace.office, "青双随机办（2026）0004号", title="旧文", day=None, now=NOW)
        with pytest.raises(NumberConflictError):
            number_ledger.record(
                connection, workspace.office, "青双随机办〔2026〕4号", title="又一份", day=None, now=NOW
            )
        with pytest.raises(UsageError):
            number_ledger.record(connection, workspace.office, "没有号的", title="无号", day=None, now=NOW)
    assert _take(workspace, "a") == "青双随机办〔2026〕5号"
    with workspace.read() as connection:
        rows = number_ledger.register(connection)
    assert number_ledger.gaps(rows, workspace.office) == [f"青双随机办〔2026〕{n}号" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("平卫双随机办〔2024〕54号", ("平卫双随机办", 2024, 54)),
        ("西双随机办字〔2022〕5号", ("西双随机办字", 2022, 5)),
        ("豫政办发﹝2018﹞58号", ("豫政办发", 2018, 58)),
        ("锡署发(2010)183号", ("锡署发", 2010, 183)),
        ("青双随机办【２０２６】３号", ("青双随机办", 2026, 3)),
        ("浙建法2006 82号", ("浙建法", 2006, 82)),
        ("黄管委办通„2017‟135号", ("黄管委办通", 2017, 135)),
        ("镇政办明电〔2019〕13号", ("镇政办明电", 2019, 13)),
        ("应急厅函〔2020〕第075号", ("应急厅函", 2020, 75)),
        ("关于印发方案的通知", None),
        ("〔2024〕5号", None),
    ],
)
def test_numbers_are_read_in_every_bracket_style(text: str, expected: tuple[str, int, int] | None) -> None:
    assert parse_number(text) == (DocumentNumber(*expected) if expected else None)
    if expected:
        assert str(parse_number(text)) == f"{expected[0]}〔{expected[1]}〕{expected[2]}号"


_WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from datetime import date, datetime, timezone
from ssj_docs.office.workspace import open_workspace
from ssj_docs.documents.issue import issue_draft
w = open_workspace(Path(sys.argv[2]), today=date(2026, 5, 6), now=datetime(2026, 5, 6, tzinfo=timezone.utc), who="p")
for name in sys.argv[3:]:
    issue_draft(w, w.root / "drafts" / name)
"""


def test_twenty_processes_issue_two_hundred_documents_at_once(workspace: Workspace) -> None:
    names = [f"通知{n}.md" for n in range(200)]
    for name in names:
        (workspace.root / "drafts" / name).write_text(
            f"---\n标题: 关于{name}的通知\n主送: 各单位\n---\n正文{name}。\n", "utf-8"
        )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(ROOT), str(workspace.root), *names[n::20]],
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(20)
    ]
    for process in running:
        _, told = process.communicate(timeout=240)
        assert process.returncode == 0, told
    done = subprocess.run(
        [sys.executable, ROOT / "cli.py", "--workspace", workspace.root, "numbers", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = json.loads(done.stdout)
    assert [row["serial"] for row in rows] == list(range(1, 201))
    assert len({row["title"] for row in rows}) == len({row["path"] for row in rows}) == 200
    assert all((Path(workspace.root) / row["path"]).is_file() for row in rows)
