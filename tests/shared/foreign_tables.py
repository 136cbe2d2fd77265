"""Reading sheets as an import does, without a workspace."""

from __future__ import annotations

from collections.abc import Sequence

from places import ROOT

from ssj_docs.ground.problems import Problem
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.sheets.workbook import Sheet
from ssj_docs.intake.tables.contents import CellKinds
from ssj_docs.intake.tables.reader import read_tables
from ssj_docs.intake.tables.table import DataTable
from ssj_docs.office.settings import load_office

OFFICE = load_office(ROOT / "templates" / "office.toml")


def find_tables(sheets: Sequence[Sheet], kind: Kind, source: str) -> tuple[list[DataTable], list[Problem]]:
    """The tables of a kind, and what stops them: problems, and open questions as problems."""
    reading = read_tables(sheets, kind, source, CellKinds(OFFICE))
    asked = [Problem(source, question.text, "请回答", code=f"asked.{question.id}") for question in reading.questions]
    return list(reading.tables), [*reading.problems, *asked]
