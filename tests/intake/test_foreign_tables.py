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
    "a-items-01",
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
