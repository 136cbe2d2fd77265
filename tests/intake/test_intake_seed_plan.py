"""The 25 real rows: their facts, their faults with cells, and no fault that is not there."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ssj_docs.database import registers
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions, ImportReport
from ssj_docs.intake.rows.plan_json import task_json
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.office.workspace import Workspace
from ssj_docs.planning.checked_year import load_year
from ssj_docs.planning.rules import check

PLAN = Path(__file__).resolve().parents[3] / "shared" / "cases" / "plan_jiaozuo_2023.xlsx"
pytestmark = pytest.mark.skipif(not PLAN.is_file(), reason="the real plan is not on this machine")


@pytest.fixture
def imported(workspace: Workspace) -> tuple[Workspace, ImportReport]:
    return workspace, import_files(workspace, "plan", [PLAN], ImportOptions(year=2023))


def rows(workspace: Workspace) -> list[dict[str, Any]]:
    with workspace.read() as connection:
        return [task_json(task) for task in registers.load_tasks(connection, 2023)]


def test_all_faults_and_none_invented(imported: tuple[Workspace, ImportReport]) -> None:
    _, report = imported
    assert (report.rows, report.imported, report.failed) == (25, 25, False)
    found = Counter((problem.code, problem.cell) for problem in report.problems)
    variants = found.copy()
    expected = {
        "plan.shifted": ["G13"],
        "plan.category": ["G22"],
        "plan.draw_type_slip": [f"H{row}" for row in range(23, 28)],
        "plan.items_differ": ["K13", "K27"],
        "plan.object_slip": ["F10", "F12"],
        "plan.general_cap": ["M3"],
        "plan.category_variant": ["G3", "G14"],
        "plan.window_styles": ["N3"],
        "window.no_year": ["N4", "N5", "N6"],
        "window.before_month": ["N25"],
        "cell.line_break": ["D22", "F22", "D26", "N27"],
        "plan.duplicate": ["C11", "C12", "C16", "C17", "C24"],
        "plan.swapped": ["I25", "I27", "I26"],
        "plan.repeated_object": ["F14"],
        "plan.note_draw_type": ["A28"],
        "department.variant": [
            "J3",
            "J9",
            "I4",
            "J25",
            "J4",
            "I25",
            "J5",
            "J7",
            "J9",
            "J22",
            "J23",
            "J9",
            "J23",
            "I26",
        ],
    }
    assert variants == Counter((code, cell) for code, cells in expected.items() for cell in cells)
    assert {problem.severity for problem in report.problems} == {"warning"}
    assert all(problem.sheet == "抽查计划" and problem.remedy for problem in report.problems)


def test_facts(imported: tuple[Workspace, ImportReport]) -> None:
    plan = rows(imported[0])
    assert [row["serial"] for row in plan] == [str(number) for number in range(1, 26)]
    percents = Counter(row["ratio"]["low"] for row in plan)
    assert percents == {100.0: 1, 30.0: 1, 20.0: 4, 10.0: 5, 5.0: 6, 3.0: 8}
    assert {row["type"] for row in plan} == {"不定向"}
    assert Counter(row["category"] for row in plan) == {"一般": 15, "重点": 8, None: 2}
    assert len({row["window"]["raw"] for row in plan}) == 17
    assert [row["serial"] for row in plan if row["window"]["start"] is None] == ["23"]
    assert plan[0]["window"] == {"raw": "2023.6-2023.10", "start": "2023-06-01", "end": "2023-10-31"}
    assert plan[0]["initiators"] == ["住房和城乡建设局"]
    assert plan[0]["partners"] == ["劳动保障监察大队", "消防救援大队"]
    assert [len(row["items"]) for row in plan] == [
        3,
        1,
        1,
        1,
        3,
        3,
        4,
        2,
        4,
        2,
        1,
        3,
        2,
        3,
        2,
        3,
        2,
        3,
        2,
        2,
        3,
        3,
        1,
        3,
        4,
    ]
    assert plan[10]["items"] == ["项目实施情况"], "a shifted row comes in as it is written"
    assert plan[19]["object"] == "示范区劳动用工主体"
    assert plan[23]["raw"]["抽查领域"] == "\n全区中小学"


def test_windows_before_the_issue_date(imported: tuple[Workspace, ImportReport]) -> None:
    workspace, _ = imported
    with workspace.read() as connection:
        findings = check(load_year(connection, workspace.office, load_kinds(), 2023, issued=date(2023, 3, 22)))
    early = [finding.tasks[0][-3:] for finding in findings if finding.rule == "before_issue"]
    assert [int(serial) for serial in early] == [2, 3, 4, 5, 7, 8, 12, 13, 20, 21, 24]
    assert Counter(f.rule for f in findings) == {
        "before_issue": 11,
        "duplicate": 5,
        "swapped": 3,
        "repeated_object": 3,
        "general_cap": 1,
    }
    assert all(finding.clause for finding in findings)


def test_again_changes_nothing(imported: tuple[Workspace, ImportReport]) -> None:
    workspace, _ = imported
    again = import_files(workspace, "plan", [PLAN], ImportOptions())
    assert again.year == 2023
    assert (again.changes.added, again.changes.changed, again.changes.unchanged) == ((), (), 25)
