"""A small office with one task, two cases and their facts, in a real workspace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from archive.cases.case_file import NewItem, item_location
from archive.cases.catalogue import ArchiveItem
from ssj_docs.database import registers
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.office import workspace

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
CASE = "2026-003-0012"

TASK = InspectionTask(
    "2026-003",
    2026,
    5,
    "3",
    "2026年度部门联合抽查计划",
    "加油站联合抽查",
    "成品油",
    ("经营资质检查",),
    (),
    "加油站",
    "重点",
    "不定向",
    ("青禾县商务局",),
    ("青禾县市场监督管理局",),
    "县级",
    Ratio("10%"),
    Frequency(),
    Window("3月-6月"),
)


@pytest.fixture
def office(tmp_path: Path) -> workspace.Workspace:
    """One task, cases 0012 and 0013; findings and events of 0012; phones and an ID number that must not leak."""
    root = tmp_path / "w"
    workspace.init_workspace(root, example=True)
    opened = workspace.open_workspace(root, today=NOW.date(), now=NOW, who="王档案")
    inspector = Inspector(
        "SA01", "钱守正", department="青禾县商务局", phone="13900000001", id_number="11010519491231002X"
    )
    with opened.transaction() as connection:
        registers.save_tasks(connection, [TASK])
        registers.save_subjects(
            connection,
            [Subject(f"S{n}", f"青禾县第{n}加油站", representative="赵有田", phone="13800000012") for n in (12, 13)],
        )
        registers.save_inspectors(connection, [inspector])
        registers.save_cases(
            connection,
            [Case(f"2026-003-{n:04d}", "2026-003", n, f"S{n}", ("SA01",), date(2026, 3, 2)) for n in (12, 13)],
        )
        registers.save_findings(
            connection, [Finding(CASE, "青禾县商务局", "经营资质检查", ("R01",), found=date(2026, 4, 8))]
        )
        registers.save_events(connection, [CaseEvent(CASE, "inspected", date(2026, 4, 8), "青禾县商务局")])
    return opened


@pytest.fixture
def paper() -> Callable[..., NewItem]:
    """A signed record form; bytes and attributes as wanted."""

    def make(data: bytes = b"%PDF-1.7 signed", **changes: object) -> NewItem:
        item = NewItem(
            "jilubiao",
            "联合抽查记录表",
            {"记录表.pdf": data},
            date=date(2026, 4, 8),
            pages=2,
            origin="scan",
            source={"file": "stack.pdf", "pages": [3, 4]},
        )
        return replace(item, **changes)

    return make


def stored_path(office: workspace.Workspace, item: ArchiveItem) -> Path:
    """Where an item's main file lies on this disk, for tests that look at the bytes or damage them."""
    return office.root / item_location(office, item)
