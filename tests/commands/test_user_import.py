"""Importing with wishes that cannot be met: said before anything is imported."""

from __future__ import annotations

import pytest
from foreign_tables import find_tables
from places import ROOT

from ssj_docs.commands.remedies import said
from ssj_docs.database import registers
from ssj_docs.ground.problems import Problem
from ssj_docs.intake.sheets.columns import KIND_NAMES, Kind
from ssj_docs.intake.sheets.workbook import read_workbook
from ssj_docs.office.workspace import Workspace

SUBJECTS = ROOT / "examples" / "qinghe" / "03-检查对象名录.xlsx"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (["--annotate", "/没有/批注.xlsx"], 7),
        (["--save-mapping", "/没有/列.toml"], 7),
        (["--annotate", "批注.xlsx", str(SUBJECTS)], 2),
    ],
)
def test_nothing_comes_in_when_the_copy_cannot_be_written(
    wish: list[str], code: int, ssj, workspace: Workspace
) -> None:
    done, answer = ssj("--workspace", workspace.root, "import", "subjects", SUBJECTS, *wish)
    assert done == answer["exit_code"] == code
    with workspace.read() as connection:
        assert registers.load_subjects(connection) == []


def test_a_long_value_of_several_lines_is_told_on_one_line() -> None:
    told = str(Problem("表.xlsx", "不一致", value="第一行\n第二行" * 30))
    assert "\n" not in told
    assert len(told) < 100
    assert "……" in told


@pytest.mark.parametrize(
    ("kind", "file", "right"),
    [
        ("subjects", "01-抽查计划表.xlsx", "plan"),
        ("subjects", "04-执法检查人员名录.xlsx", "inspectors"),
        ("plan", "06-检查结果.xlsx", "results"),
    ],
)
def test_a_table_of_another_kind_is_refused_and_named(kind: Kind, file: str, right: Kind) -> None:
    path = SUBJECTS.with_name(file)
    tables, problems = find_tables(read_workbook(path), kind, file)
    assert tables == []
    assert [(problem.code, problem.severity) for problem in problems] == [("header.other_kind", "error")]
    assert KIND_NAMES[right] in problems[0].message
    assert f"ssj import {right} {file}" in said(problems[0].remedy)


def test_the_wrong_kind_of_table_brings_nothing_in(ssj, workspace: Workspace) -> None:
    done, _ = ssj("--workspace", workspace.root, "import", "subjects", SUBJECTS.with_name("01-抽查计划表.xlsx"))
    assert done == 3
    with workspace.read() as connection:
        assert registers.load_subjects(connection) == []


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("plan", "01-抽查计划表.xlsx"),
        ("items", "02-抽查事项清单.xlsx"),
        ("subjects", "03-检查对象名录.xlsx"),
        ("inspectors", "04-执法检查人员名录.xlsx"),
        ("draw", "05-抽取结果.xlsx"),
        ("results", "06-检查结果.xlsx"),
    ],
)
def test_every_example_is_still_of_its_own_kind(kind: Kind, file: str) -> None:
    tables, problems = find_tables(read_workbook(SUBJECTS.with_name(file)), kind, file)
    assert len(tables) == 1
    assert problems == []
