"""Layouts of plans that need more than a row of names: groups over columns, headings between tasks, no task names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
from foreign_tables import find_tables

from ssj_docs.intake.rows.plan_rows import read_plan
from ssj_docs.intake.rows.reading_result import Outcome
from ssj_docs.intake.sheets import workbook_child
from ssj_docs.intake.sheets.workbook import sheets_of
from ssj_docs.model.plan import InspectionTask
from ssj_docs.office.settings import load_office

ROOT = Path(__file__).resolve().parents[2]


def read(path: Path, rows: list[list[Any]], merged: tuple[str, ...] = ()) -> Outcome[InspectionTask]:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in merged:
        book.active.merge_cells(area)
    book.save(path)
    tables, problems = find_tables(tuple(sheets_of(workbook_child.read(path), path.name)), "plan", path.name)
    assert problems == []
    return read_plan(tables[0], load_office(ROOT / "templates" / "office.toml"), 2026)


def test_groups_over_columns(tmp_path: Path) -> None:
    head = [
        "序号",
        "任务名称",
        "发起部门",
        None,
        "配合部门",
        None,
        "检查对象",
        "抽查比例（%）",
        "频次（次/年）",
        "开始时间",
        "结束时间",
    ]
    second = [None, None, "名称", "抽查事项", "名称", "抽查事项"]
    task = [1, "甲抽查", "县公安局", "1.治安检查", "县卫健委", "1.卫生检查", "旅馆", 5, 2, "2026-03-01", "2026-06-30"]
    merged = ("C1:D1", "E1:F1", *(f"{letter}1:{letter}2" for letter in "ABGHIJK"))
    (read_task,) = read(tmp_path / "a.xlsx", [head, second, task], merged).models
    assert (read_task.initiators, read_task.items) == (("公安局",), ("治安检查",))
    assert (read_task.partners, read_task.partner_items) == (("卫生健康委员会",), ("卫生检查",))
    assert (read_task.ratio.low, read_task.frequency.per_year) == (5.0, 2)
    assert str(read_task.window.end) == "2026-06-30"


def test_headings_totals_and_a_header_repeated(tmp_path: Path) -> None:
    head = ["序号", "抽查领域", "抽查任务", "抽查事项", "检查对象", "牵头部门", "配合部门", "抽查比例", "实施时间"]
    rows = [
        head,
        ["一", "商贸领域"],
        [1, "商贸", "甲抽查", "甲检查", "加油站", "发改委、商务局", "应急局", "≥3%\n（2次/年）", "二季度"],
        head,
        [2, "商贸", "乙抽查", "乙检查", "旅馆", "公安局", "/", "1户", "三季度"],
        ["合计", "2项"],
        ["注：按季度实施。"],
    ]
    outcome = read(tmp_path / "a.xlsx", rows)
    assert [task.name for task in outcome.models] == ["甲抽查", "乙抽查"]
    assert outcome.models[0].initiators == ("发展和改革委员会", "商务局")
    assert ("row.heading", "A2") in {(problem.code, problem.cell) for problem in outcome.problems}


def test_a_list_of_joint_items_without_task_names(tmp_path: Path) -> None:
    rows = [
        ["联合抽查事项", "监管对象", "牵头单位", "协同单位", "抽查比例/频次", "时间节点"],
        ["用工检查", "人力资源机构", "人社局", "市监局", "5%/1次/年", "全年"],
    ]
    outcome = read(tmp_path / "a.xlsx", rows)
    assert (outcome.models[0].name, outcome.models[0].frequency.per_year) == ("用工检查", 1)
    assert "plan.name_from_items" in {problem.code for problem in outcome.problems}
