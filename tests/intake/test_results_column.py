"""A column of the results is the import's column, the model's field, a migration, and, where the list shows it, one there.

A copy of the program gets 检查方式, one of two values, by changing those files, and goes on with an office that was made
without it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from changed_program import Program, changed_program
from places import NOW

from archive.preservation.register_snapshot import keep_registers
from ssj_docs.database import registers
from ssj_docs.database.engine import newest_revision
from ssj_docs.model.case import Case, Finding
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace

REVISION = f"{int(newest_revision()) + 1:04d}"
ADDED = {
    "ssj_docs/intake/sheets/columns.py": {
        '    _c("note", "备注", "情况说明': """
    _c("method", "检查方式", "抽查方式 检查方法", choices=("现场检查", "书面检查")),
    _c("note", "备注", "情况说明""",
    },
    "ssj_docs/model/case.py": {
        "    found: date | None = None\n": '    found: date | None = None\n    method: str = ""\n',
    },
    "ssj_docs/facts/list_columns.py": {
        '    ListColumn("result", "抽查结果"': """
    ListColumn("method", "检查方式", 10, lambda row: row.found("method")),
    ListColumn("result", "抽查结果\"""",
    },
}
MIGRATION = f'''
"""How each item was inspected."""

import sqlalchemy as sa
from alembic import op

revision = "{REVISION}"
down_revision = "{newest_revision()}"


def upgrade() -> None:
    op.add_column("findings", sa.Column("method", sa.Text(), nullable=False, server_default=""))
'''
CASE = "2026-003-0001"


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program with one more column of the results: four files, the migration among them."""
    added = {f"ssj_docs/database/migrations/versions/{REVISION}_method.py": MIGRATION}
    assert len(ADDED) + len(added) == 4
    return changed_program(tmp_path_factory.mktemp("program"), ADDED, added)


@pytest.fixture
def before(tmp_path: Path) -> Workspace:
    """An office of the program as it is: a case with a result, in the archive's snapshot."""
    init_workspace(tmp_path / "office")
    workspace = open_workspace(tmp_path / "office", today=NOW.date(), now=NOW, who="文书")
    departments = [department.name for department in workspace.office.departments]
    task = InspectionTask(
        *("2026-003", 2026, 5, "3", "年度计划", "食品企业联合抽查", "食品", ("许可检查", "标签检查"), (), "食品厂", "重点", "不定向"),
        *((departments[0],), (departments[1],), "县级", Ratio("10%"), Frequency(), Window("")),
    )  # fmt: skip
    with workspace.transaction() as connection:
        registers.save_tasks(connection, [task])
        registers.save_subjects(connection, [Subject("S1", "青禾县丰登食品加工厂")])
        registers.save_cases(connection, [Case(CASE, "2026-003", 1, "S1")])
        found = Finding(CASE, departments[0], "许可检查", ("R01",), found=date(2026, 4, 8))
        registers.save_findings(connection, [found])
        workspace.log(connection, "import", CASE)
    keep_registers(workspace)
    workspace.close()
    return workspace


def table(path: Path, workspace: Workspace, method: str) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["案件编号", "检查单位", "抽查事项", "抽查结果", "检查方式", "检查日期"])
    department, label = workspace.office.departments[1].name, workspace.office.results[0].label
    book.active.append([CASE, department, "标签检查", label, method, "2026-04-09"])
    book.save(path)
    return path


def test_an_office_made_before_goes_on(changed: Program, before: Workspace, tmp_path: Path) -> None:
    (row,) = changed.ssj(before.root, "stats", "--task", "2026-003")["统计表"]
    assert row["检查方式"] == ""
    assert changed.ssj(before.root, "verify")["faults"] == []
    good = table(tmp_path / "结果.xlsx", before, "书面检查")
    assert changed.ssj(before.root, "import", "results", good)["imported"] == 1
    (row,) = changed.ssj(before.root, "stats", "--task", "2026-003")["统计表"]
    assert row["检查方式"] == "书面检查"
    assert changed.ssj(before.root, "verify")["faults"] == []
    before.path("ssj.db").unlink()
    changed.ssj(before.root, "rebuild")
    (row,) = changed.ssj(before.root, "stats", "--task", "2026-003")["统计表"]
    assert row["检查方式"] == "书面检查"


def test_a_database_is_rebuilt_from_a_snapshot_that_does_not_know_the_column(
    changed: Program, before: Workspace
) -> None:
    before.path("ssj.db").unlink()
    changed.ssj(before.root, "rebuild")
    (row,) = changed.ssj(before.root, "stats", "--task", "2026-003")["统计表"]
    assert (row["抽查结果"], row["检查方式"]) == (before.office.results[0].label, "")


def test_another_value_is_named_by_its_cell(changed: Program, before: Workspace, tmp_path: Path) -> None:
    bad = table(tmp_path / "结果.xlsx", before, "电话询问")
    report = changed.ssj(before.root, "import", "results", bad, code=3)
    (problem,) = [one for one in report["problems"] if one["severity"] == "error"]
    assert (problem["cell"], problem["value"]) == ("E2", "电话询问")
    assert "现场检查、书面检查" in str(problem)


def test_the_blank_workbook_offers_it(changed: Program, before: Workspace, tmp_path: Path) -> None:
    changed.ssj(before.root, "import", "--blank", "results", tmp_path / "空白.xlsx")
    book = openpyxl.load_workbook(tmp_path / "空白.xlsx")
    assert "检查方式" in [cell.value for cell in book.worksheets[0][1]]
    assert "书面检查" in [cell.value for row in book["选项"] for cell in row]
