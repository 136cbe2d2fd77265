"""Foreign tables of the corpus: those that are read right stay right; a question, an answer and a receipt."""

from __future__ import annotations

from pathlib import Path

import exam
import pytest

from ssj_docs.database import registers
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions
from ssj_docs.office.workspace import Workspace

#: one of each mechanism, right at the first try; the whole corpus takes minutes (tests/intake/exam.py)
RIGHT = (
    "a-plan-01",
    "a-plan-03",
    "a-plan-05",
    "a-plan-07",
    "a-plan-09",
    "a-plan-11",
    "a-plan-04",
    "a-plan-12",
    "b-plan-11",
    "b-plan-12",
    "a-items-01",
    "a-items-05",
    "b-items-06",
    "c-items-02",
    "a-items-03",
    "a-items-11",
    "b-items-01",
    "b-items-10",
    "c-items-07",
    "a-subjects-01",
    "a-subjects-03",
    "a-subjects-05",
    "a-subjects-07",
    "a-subjects-09",
    "b-subjects-01",
    "b-subjects-05",
    "c-subjects-02",
    "a-inspectors-01",
    "a-inspectors-03",
    "a-inspectors-05",
    "a-inspectors-07",
    "a-inspectors-09",
    "a-inspectors-11",
    "a-draw-01",
    "a-draw-03",
    "a-draw-09",
    "b-draw-01",
    "b-draw-08",
    "b-draw-11",
    "a-results-01",
    "a-results-03",
    "a-results-05",
    "a-results-09",
    "b-results-02",
    "b-results-08",
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exam") / "template"
    with exam.office(folder) as workspace, workspace.read():
        pass
    return folder


@pytest.mark.parametrize("name", RIGHT)
def test_a_foreign_table_is_right_at_the_first_try(name: str, template: Path, tmp_path: Path) -> None:
    (case,) = exam.cases(only=name)
    verdict = exam.judge(case, tmp_path, template)
    assert (verdict.verdict, verdict.why) == ("right", verdict.why)


def items(folder: Path) -> Path:
    path = folder / "清单.csv"
    path.write_text("序号,事项名称,检查方式,登记人\n1,台账记录检查,现场检查,白某\n合计,1项\n", encoding="utf-8")
    return path


def test_what_is_not_said_is_asked_and_nothing_is_stored(workspace: Workspace, tmp_path: Path) -> None:
    report = import_files(workspace, "items", [items(tmp_path)], ImportOptions())
    (question,) = report.as_json()["questions"]
    assert report.failed
    assert "公安局" in [choice["value"] for choice in question["choices"]]
    with workspace.read() as connection:
        assert registers.load_items(connection) == []
    answered = ImportOptions(answers={question["id"]: "公安局"})
    assert import_files(workspace, "items", [items(tmp_path)], answered).imported == 1


def test_what_gave_no_value_is_listed_by_cell(workspace: Workspace, tmp_path: Path) -> None:
    left = import_files(workspace, "items", [items(tmp_path)], ImportOptions()).as_json()["left"]
    assert {(one["cell"], one["text"]) for one in left} >= {("D2", "白某"), ("A3", "合计")}


def test_columns_say_how_they_were_read(workspace: Workspace, tmp_path: Path) -> None:
    columns = import_files(workspace, "items", [items(tmp_path)], ImportOptions()).as_json()["columns"]
    assert {(one["column"], one["key"]) for one in columns} >= {("B1", "name"), ("C1", "method")}


def plan(folder: Path, header: str, *rows: str) -> Path:
    path = folder / "计划.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_column_of_other_values_than_its_heading_says_is_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    header = "序号,任务名称,抽查事项,检查对象,发起部门,抽查比例,检查时间"
    rows = [f"{n},任务{n},证照检查,旅馆,公安局,县城及乡镇,3月" for n in (1, 2, 3)]
    report = import_files(workspace, "plan", [plan(tmp_path, header, *rows)], ImportOptions(year=2026))
    (question,) = report.as_json()["questions"]
    assert (question["cell"], report.imported) == ("F1", 0)
    unread = ImportOptions(year=2026, answers={question["id"]: "-"})
    assert import_files(workspace, "plan", [plan(tmp_path, header, *rows)], unread).imported == 3


def test_an_unread_period_is_kept_as_text_only_when_the_clerk_says_so(workspace: Workspace, tmp_path: Path) -> None:
    header = "序号,任务名称,抽查事项,检查对象,发起部门,抽查比例,检查时间"
    rows = [f"{n},任务{n},证照检查,旅馆,公安局,5%,{when}" for n, when in enumerate(("3月", "4月", "开学后"), 1)]
    path = plan(tmp_path, header, *rows)
    report = import_files(workspace, "plan", [path], ImportOptions(year=2026))
    assert [question.id for question in report.questions] == ["unread"]
    kept = import_files(workspace, "plan", [path], ImportOptions(year=2026, answers={"unread": "keep"}))
    assert kept.imported == 3


def test_a_heading_over_nothing_that_is_a_record_is_an_error(workspace: Workspace, tmp_path: Path) -> None:
    path = plan(tmp_path, "序号,任务名称,抽查事项,检查对象,发起部门,抽查比例,检查时间", "注：本表由各单位填报,,,,,,")
    report = import_files(workspace, "plan", [path], ImportOptions(year=2026))
    assert report.failed
    assert {problem.code for problem in report.problems} & {"table.no_rows", "header.not_found"}
