"""A platform's own export is enough: what it names and the registers lack is made if the clerk says so, never unasked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from places import NOW, ROOT, TODAY
from sqlalchemy import select

from ssj_docs.database import registers, schema
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions, ImportReport
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.model.people import Subject
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace

TASK = "工贸企业安全生产联合抽查"
CODES = ["91411700MA000101K9", "91411700MA000102KA", "91411700MA000103KB"]
FIRMS = ["丰田宾馆有限公司", "悦来酒店有限公司", "顺达加油站"]
RESULTS = [
    "抽查任务名称",
    "企业名称",
    "统一社会信用代码",
    "住所",
    "检查机关",
    "检查人员",
    "执法证号",
    "抽查事项",
    "检查结果",
    "检查完成日期",
]
YES = {"create:subjects": "yes", "create:inspectors": "yes", "create:cases": "yes"}


@pytest.fixture
def planned(tmp_path: Path) -> Workspace:
    """An office that has a plan and nothing else."""
    init_workspace(tmp_path / "office")
    workspace = open_workspace(tmp_path / "office", today=TODAY, now=NOW, who="tester")
    plan = ROOT / "examples" / "qinghe" / "01-抽查计划表.xlsx"
    assert not import_files(workspace, "plan", [plan], ImportOptions()).failed
    return workspace


def results(folder: Path, head: Sequence[str] = RESULTS) -> Path:
    """The platform's export of results: two departments in the first case, one in the others."""
    rows = [
        [TASK, FIRMS[0], CODES[0], "青禾县丰田镇1号", "应急管理局", "李一、李二", "16110000001、16110000002", "应急检查", "未发现问题", "2026-04-02"],
        [TASK, FIRMS[0], CODES[0], "青禾县丰田镇1号", "市场监督管理局", "王三、王四", "16110000003、16110000004", "特种设备检查", "未发现问题", "2026-04-02"],
        [TASK, FIRMS[1], CODES[1], "青禾县城关镇2号", "应急管理局", "李一、李二", "16110000001、16110000002", "应急检查", "未发现问题", "2026-04-03"],
        [TASK, FIRMS[2], CODES[2], "青禾县城关镇3号", "应急管理局", "李一、李二", "16110000001、16110000002", "应急检查", "未发现问题", "2026-04-03"],
    ]  # fmt: skip
    return book(folder / "结果.xlsx", head, [[row[RESULTS.index(name)] for name in head] for row in rows])


def book(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (head, *rows):
        sheet.append(list(row))
    made.save(path)
    return path


def bring(workspace: Workspace, path: Path, kind: Kind = "results", **more: object) -> ImportReport:
    return import_files(workspace, kind, [path], ImportOptions(**more))  # type: ignore[arg-type]


def counts(workspace: Workspace) -> tuple[int, int, int, int]:
    with workspace.read() as connection:
        return (
            len(registers.load_subjects(connection)),
            len(registers.load_inspectors(connection)),
            len(registers.load_cases(connection)),
            len(registers.load_findings(connection)),
        )


def test_one_question_a_kind_with_two_samples_and_nothing_made(planned: Workspace, tmp_path: Path) -> None:
    report = bring(planned, results(tmp_path))
    assert [question.id for question in report.questions] == ["create:subjects", "create:inspectors", "create:cases"]
    told = [question.text for question in report.questions]
    assert "3 个检查对象" in told[0] and f"“{FIRMS[0]}”、“{FIRMS[1]}”" in told[0]
    assert "4 个执法检查人员" in told[1] and "“李一”、“李二”" in told[1]
    assert "3 个案件" in told[2]
    assert report.failed and counts(planned) == (0, 0, 0, 0)


def test_yes_makes_them_all_in_one_step_with_a_journal_row(planned: Workspace, tmp_path: Path) -> None:
    report = bring(planned, results(tmp_path), answers=YES)
    assert not report.failed, report.problems
    assert counts(planned) == (3, 4, 3, 4)
    with planned.read() as connection:
        firm = registers.load_subject(connection, CODES[0])
        assert (firm.name, firm.address) == (FIRMS[0], "青禾县丰田镇1号")
        people = {one.id: (one.name, one.department) for one in registers.load_inspectors(connection)}
        first = registers.load_cases(connection)[0]
        t = schema.journal.c
        rows = [tuple(row) for row in connection.execute(select(t.action, t.detail).order_by(t.id))]
    assert people["16110000003"] == ("王三", "市场监督管理局")
    assert first.id == "2026-001-0001"
    assert first.inspectors == ("16110000001", "16110000002", "16110000003", "16110000004")
    assert [detail for action, detail in rows if action == "import.created" and CODES[0] in detail]
    assert not [one for one in report.left if "青禾县" in one.text]
    again = bring(planned, results(tmp_path))
    assert not again.failed and counts(planned) == (3, 4, 3, 4)


def test_a_no_leaves_the_errors_and_makes_nothing(planned: Workspace, tmp_path: Path) -> None:
    report = bring(planned, results(tmp_path), answers={**YES, "create:subjects": "no"})
    assert report.failed and counts(planned) == (0, 0, 0, 0)
    assert "create:subjects" not in [question.id for question in report.questions]
    assert {problem.code for problem in report.problems} >= {"subject.unknown"}


def test_a_trial_makes_nothing(planned: Workspace, tmp_path: Path) -> None:
    assert not bring(planned, results(tmp_path), answers=YES, dry_run=True).failed
    assert counts(planned) == (0, 0, 0, 0)


def test_a_draw_brings_its_subjects_and_people(planned: Workspace, tmp_path: Path) -> None:
    head = ["抽查任务名称", "市场主体名称", "统一社会信用代码", "检查人员", "抽取日期"]
    rows = [
        [TASK, FIRMS[0], CODES[0], "应急管理局：李一、李二；市场监督管理局：王三", "2026-03-05"],
        [TASK, FIRMS[1], CODES[1], "应急管理局：李一；市场监督管理局：王三", "2026-03-05"],
    ]
    path = book(tmp_path / "抽取.xlsx", head, rows)
    assert [one.id for one in bring(planned, path, "draw").questions] == ["create:subjects", "create:inspectors"]
    assert not bring(planned, path, "draw", answers=YES).failed
    with planned.read() as connection:
        people = {one.name: (one.id, one.department) for one in registers.load_inspectors(connection)}
    assert people == {
        "李一": ("P0001", "应急管理局"), "李二": ("P0002", "应急管理局"), "王三": ("P0003", "市场监督管理局"),
    }  # fmt: skip
    assert counts(planned)[2] == 2


def test_a_name_like_one_of_the_register_is_told_before_it_is_made(planned: Workspace, tmp_path: Path) -> None:
    with planned.transaction() as connection:
        registers.save_subjects(connection, [Subject("S0001", "丰田滨馆有限公司")])
    (question, *_) = bring(planned, results(tmp_path)).questions
    assert "“丰田宾馆有限公司”与名录里的“丰田滨馆有限公司”" in question.text


def test_the_same_number_for_two_names_stays_an_error(planned: Workspace, tmp_path: Path) -> None:
    head = ["抽查任务名称", "市场主体名称", "统一社会信用代码", "抽取日期"]
    rows = [[TASK, FIRMS[0], CODES[0], "2026-03-05"], [TASK, FIRMS[1], CODES[0], "2026-03-05"]]
    report = bring(planned, book(tmp_path / "抽取.xlsx", head, rows), "draw", answers=YES)
    assert report.failed and counts(planned)[0] == 0


def test_the_platform_s_own_case_numbers_do_not_matter_where_the_name_stands(
    planned: Workspace, tmp_path: Path
) -> None:
    path = results(tmp_path)
    made = openpyxl.load_workbook(path)
    sheet = made.active
    assert sheet is not None
    sheet.cell(1, len(RESULTS) + 1, "案件编号")
    for row in range(2, 6):
        sheet.cell(row, len(RESULTS) + 1, f"HN41{row:06d}")
    made.save(path)
    assert not bring(planned, path, answers=YES).failed
    assert counts(planned) == (3, 4, 3, 4)
