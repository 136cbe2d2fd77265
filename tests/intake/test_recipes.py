"""What was decided about a sender's table is used again for the same header, told, journalled, and can be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
from sqlalchemy import select

from archive.preservation import register_snapshot
from archive.preservation.rebuild import rebuild
from ssj_docs.database import registers, schema
from ssj_docs.intake import recipes
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions, ImportReport
from ssj_docs.office.workspace import Workspace

HEAD = ("姓名", "执法证号", "代号甲")


def people(folder: Path, name: str, *more: Sequence[str], head: Sequence[str] = HEAD) -> Path:
    """Inspectors without a column of departments."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (head, ("林知远", "GA001", "x1"), ("王禾", "GA002", "x2"), *more):
        sheet.append(list(row))
    path = folder / name
    book.save(path)
    return path


def bring(workspace: Workspace, path: Path, **more: object) -> ImportReport:
    return import_files(workspace, "inspectors", [path], ImportOptions(**more))  # type: ignore[arg-type]


def learned(workspace: Workspace, path: Path) -> ImportReport:
    """The first time: asked, then answered."""
    (question,) = bring(workspace, path).questions
    report = bring(workspace, path, answers={question.id: "公安局"}, columns={"C": "post"})
    assert not report.failed and report.recipes == ()
    return report


def kept(workspace: Workspace) -> list[recipes.Recipe]:
    with workspace.read() as connection:
        return recipes.load_recipes(connection)


def test_the_next_table_of_the_sender_is_read_without_a_question(workspace: Workspace, tmp_path: Path) -> None:
    learned(workspace, people(tmp_path, "县公安局人员2026年3月.xlsx"))
    (recipe,) = kept(workspace)
    assert (recipe.sender, recipe.columns, recipe.answers) == (
        "县公安局人员",
        {"代号甲": "post"},
        {"department:*": "公安局"},
    )
    report = bring(workspace, people(tmp_path, "县公安局人员（4月）.xlsx", ("陈一", "GA003", "x3")))
    assert not report.failed
    assert [one.id for one in report.recipes] == [recipe.id]
    assert report.recipes[0].told.startswith("按上次的读法")
    with workspace.read() as connection:
        assert {one.name: (one.department, one.post) for one in registers.load_inspectors(connection)}["陈一"] == (
            "公安局", "x3",
        )  # fmt: skip
        t = schema.journal.c
        rows = list(connection.execute(select(t.action, t.detail).order_by(t.id)))
    assert [row.action for row in rows] == ["recipe.keep", "import.inspectors", "import.inspectors"]
    assert recipe.id in rows[-1].detail


def test_another_sender_or_another_header_is_asked_again(workspace: Workspace, tmp_path: Path) -> None:
    path = people(tmp_path, "公安人员.xlsx")
    learned(workspace, path)
    assert bring(workspace, path, sender="另一个局").questions
    assert bring(workspace, people(tmp_path, "公安人员2.xlsx", head=("姓名", "证号", "代号甲"))).recipes == ()
    assert bring(workspace, path, recipes=False).questions


def test_a_column_that_is_not_to_be_read_is_left_and_named(workspace: Workspace, tmp_path: Path) -> None:
    path = people(tmp_path, "人员.xlsx", head=("姓名", "执法证号", "职务"))
    (question,) = bring(workspace, path).questions
    report = bring(workspace, path, answers={question.id: "公安局"}, columns={"C": "-"})
    assert not report.failed
    assert [(one.cell, one.text) for one in report.left] == [("C2", "x1"), ("C3", "x2")]
    with workspace.read() as connection:
        assert {one.post for one in registers.load_inspectors(connection)} == {""}


def test_a_recipe_is_listed_shown_and_forgotten(workspace: Workspace, tmp_path: Path, ssj) -> None:
    learned(workspace, people(tmp_path, "公安人员.xlsx"))
    where = ("--workspace", workspace.root, "recipes")
    (row,) = ssj(*where, "list")[1]
    assert row["sender"] == "公安人员"
    assert ssj(*where, "show", row["id"])[1]["columns"] == {"代号甲": "post"}
    assert ssj(*where, "forget", row["id"])[0] == 0
    assert ssj(*where, "show", row["id"])[0] == 7
    assert kept(workspace) == []


def test_a_recipe_outlives_a_rebuild(workspace: Workspace, tmp_path: Path) -> None:
    learned(workspace, people(tmp_path, "公安人员.xlsx"))
    before = kept(workspace)
    register_snapshot.keep_registers(workspace)
    rebuild(workspace)
    assert kept(workspace) == before


def test_what_was_made_by_a_yes_is_asked_about_each_time(workspace: Workspace, tmp_path: Path) -> None:
    path = people(tmp_path, "公安人员.xlsx")
    (question,) = bring(workspace, path).questions
    given = {question.id: "公安局", "create:subjects": "yes", "departments": "new", "hidden:Sheet:A3": "yes"}
    assert not bring(workspace, path, answers=given).failed
    assert kept(workspace)[0].answers == {"department:*": "公安局"}
