"""A table that names departments the office does not know: asked about, then added in the same step, never by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path

import openpyxl
import pytest
from places import NOW, TODAY
from sqlalchemy import select

from ssj_docs.database import registers, schema
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions, ImportReport
from ssj_docs.office.workspace import Workspace, open_workspace

HEAD = ["姓名", "单位", "执法证号"]


def people(folder: Path, *departments: str) -> Path:
    """A table of inspectors, one a department, after one of the 公安局."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        HEAD,
        ["林知远", "公安局", "GA001"],
        *([f"王{n}", d, f"X{n:03d}"] for n, d in enumerate(departments, 1)),
    ):
        sheet.append(row)
    path = folder / "人员.xlsx"
    book.save(path)
    return path


def bring(workspace: Workspace, path: Path, dry_run: bool = False, **answers: str) -> ImportReport:
    given = {key if key == "departments" else f"department:{key}": value for key, value in answers.items()}
    return import_files(workspace, "inspectors", [path], ImportOptions(dry_run=dry_run, answers=given))


def held(workspace: Workspace) -> dict[str, str]:
    with workspace.read() as connection:
        return {one.name: one.department for one in registers.load_inspectors(connection)}


def test_one_unknown_department_is_asked_about_and_nothing_comes_in(workspace: Workspace, tmp_path: Path) -> None:
    report = bring(workspace, people(tmp_path, "青禾县粮食和物资储备局"))
    (question,) = report.questions
    assert question.id == "department:青禾县粮食和物资储备局"
    assert question.cell == "B3"
    assert ("new", "增加为新部门“粮食和物资储备局”") in [(c.value, c.text) for c in question.choices]
    assert question.choices[-1].value == "stop"
    assert report.failed and held(workspace) == {}
    assert [p.code for p in report.problems if p.severity == "error"] == ["department.unknown"]


def test_the_answer_adds_it_in_the_same_step_with_journal_rows(workspace: Workspace, tmp_path: Path) -> None:
    path = people(tmp_path, "青禾县粮食和物资储备局")
    before = (workspace.root / "office.toml").read_text("utf-8")
    assert not bring(workspace, path, dry_run=True, 青禾县粮食和物资储备局="new").failed
    assert (workspace.root / "office.toml").read_text("utf-8") == before
    report = bring(workspace, path, 青禾县粮食和物资储备局="new")
    assert report.departments == ("粮食和物资储备局",)
    assert held(workspace)["王1"] == "粮食和物资储备局"
    text = (workspace.root / "office.toml").read_text("utf-8")
    (added,) = [row for row in tomllib.loads(text)["departments"] if row["name"] == "粮食和物资储备局"]
    assert added == {"code": "LS", "name": "粮食和物资储备局", "aliases": ["青禾县粮食和物资储备局"]}
    assert all(line in text.splitlines() for line in before.splitlines())
    t = schema.journal.c
    with workspace.read() as connection:
        rows = list(connection.execute(select(t.action, t.subject).order_by(t.id)))
    assert ("settings.change", "成员单位：粮食和物资储备局") in [tuple(row) for row in rows]
    again = open_workspace(workspace.root, today=TODAY, now=NOW)
    assert not bring(again, path).failed  # known from now on


def test_a_known_department_learns_a_further_name(workspace: Workspace, tmp_path: Path) -> None:
    path = people(tmp_path, "公安局治安管理队伍")
    (question,) = bring(workspace, path).questions
    assert question.choices[0].value == "公安局"
    assert bring(workspace, path, 公安局治安管理队伍="公安局").departments == ("公安局（又称公安局治安管理队伍）",)
    assert held(workspace)["王1"] == "公安局"
    known = open_workspace(workspace.root, today=TODAY, now=NOW).office.department("公安局")
    assert known is not None and known.aliases == ("公安部门", "公安局治安管理队伍")


@pytest.mark.parametrize(("all_of_them", "asked"), [("each", 3), ("stop", 0), ("", 1)])
def test_several_are_asked_about_at_once_or_one_by_one(
    all_of_them: str, asked: int, workspace: Workspace, tmp_path: Path
) -> None:
    path = people(tmp_path, "供销合作社联合会", "信访工作局", "机关事务管理中心")
    report = bring(workspace, path, departments=all_of_them)
    assert len(report.questions) == asked
    assert report.failed and held(workspace) == {}


def test_one_answer_adds_them_all(workspace: Workspace, tmp_path: Path) -> None:
    report = bring(workspace, people(tmp_path, "供销合作社联合会", "信访工作局", "信访工作二局"), departments="new")
    assert not report.failed
    assert held(workspace) == {
        "林知远": "公安局", "王1": "供销合作社联合会", "王2": "信访工作局", "王3": "信访工作二局",
    }  # fmt: skip
    office = open_workspace(workspace.root, today=TODAY, now=NOW).office
    assert len({department.code for department in office.departments}) == len(office.departments)


def test_an_answer_that_means_nothing_is_asked_again(workspace: Workspace, tmp_path: Path) -> None:
    assert len(bring(workspace, people(tmp_path, "信访工作局"), 信访工作局="没有这个局").questions) == 1


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("青禾县信访工作局", "信访工作局"),
        ("河口市信访工作局", "信访工作局"),
        ("住房和城市更新局", "住房和城市更新局"),
        ("文化市场综合执法总队", "文化市场综合执法总队"),
        ("区域协作局", "区域协作局"),
    ],
)
def test_only_plain_area_words_are_taken_off(written: str, bare: str, workspace: Workspace, tmp_path: Path) -> None:
    (question,) = bring(workspace, people(tmp_path, written)).questions
    assert f"增加为新部门“{bare}”" in [choice.text for choice in question.choices]


def test_a_sentence_in_the_column_is_no_department(workspace: Workspace, tmp_path: Path) -> None:
    report = bring(workspace, people(tmp_path, "2024年方案第3条所列"))
    assert report.failed and report.questions == ()
