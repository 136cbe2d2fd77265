"""Odd workbooks with known truth: what share comes in right, and how the others fail."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from foreign_tables import find_tables

from ssj_docs.ground.problems import Problem, has_errors
from ssj_docs.intake.rows.inspector_rows import read_inspectors
from ssj_docs.intake.rows.plan_rows import read_plan
from ssj_docs.intake.rows.subject_rows import read_subjects
from ssj_docs.intake.sheets import workbook_child
from ssj_docs.intake.sheets.workbook import sheets_of
from ssj_docs.model.office import Office
from ssj_docs.office.settings import load_office

ROOT = Path(__file__).resolve().parents[2]
#: Share of the values of good workbooks, and of broken workbooks stopped by the right error, that must be reached.
FLOOR_BOOKS, FLOOR_BROKEN = 0.99, 1.0
#: 200 take over a minute of processor time: SSJ_ODD_WORKBOOKS=200 runs them all.
COUNT = int(os.environ.get("SSJ_ODD_WORKBOOKS", "60"))


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_odd_workbooks", ROOT / "scripts" / "make_odd_workbooks.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def read(path: Path, kind: Any, office: Office) -> tuple[list[Any], list[Problem]]:
    """As `import_files` does, but in this process: 200 child processes would take minutes."""
    tables, problems = find_tables(tuple(sheets_of(workbook_child.read(path), path.name)), kind, path.name)
    if has_errors(problems):
        return [], problems
    (table,) = tables
    if kind == "plan":
        outcome: Any = read_plan(table, office, 2026)
    else:
        outcome = read_inspectors(table, office) if kind == "inspectors" else read_subjects(table)
    return list(outcome.models), [*problems, *outcome.problems]


def told(model: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """The same keys as the truth, from the model."""
    found: dict[str, Any] = {}
    for key in wanted:
        if key == "ratio":
            ratio = model.ratio
            found[key] = [ratio.form, ratio.low, ratio.high, ratio.count]
        elif key == "per_year":
            found[key] = model.frequency.per_year
        elif key == "window":
            bounds = (model.window.start, model.window.end)
            found[key] = [bound.isoformat() if bound else None for bound in bounds]
        else:
            value = getattr(model, key)
            found[key] = list(value) if isinstance(value, tuple) else value
            if key in ("founded", "valid_until"):
                found[key] = value.isoformat() if value else None
    return found


@pytest.fixture(scope="module")
def office() -> Office:
    return load_office(ROOT / "templates" / "office.toml")


def differences(book: Any, folder: Path, office: Office) -> list[str]:
    models, problems = read(folder / book.file, book.kind, office)
    if book.error:
        codes = {problem.code for problem in problems if problem.severity == "error"}
        return (
            []
            if any(code.startswith(book.error) for code in codes)
            else [f"no error {book.error}, but {sorted(codes)}"]
        )
    found = [f"error {p}" for p in problems if p.severity == "error"]
    if len(models) != len(book.rows):
        return [*found, f"{len(models)} rows instead of {len(book.rows)}"]
    for model, wanted in zip(models, book.rows, strict=True):
        got = told(model, wanted)
        found += [f"{key}: {got[key]!r} instead of {wanted[key]!r}" for key in wanted if got[key] != wanted[key]]
    return found


def test_share_that_comes_in_right(tmp_path: Path, office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    books = script().make(tmp_path, COUNT)
    wrong = {book.file: diff for book in books if (diff := differences(book, tmp_path, office))}
    good = [book for book in books if not book.error]
    broken = [book for book in books if book.error]
    right = sum(book.file not in wrong for book in good) / len(good)
    stopped = sum(book.file not in wrong for book in broken) / len(broken)
    with capsys.disabled():
        print(f"\n奇特工作簿：{len(good)} 个可用的读对 {right:.1%}；{len(broken)} 个有错的拦住 {stopped:.1%}")
    told_wrong = "\n".join(f"{file}: {diff[:4]}" for file, diff in wrong.items())
    assert right >= FLOOR_BOOKS, told_wrong
    assert stopped >= FLOOR_BROKEN, told_wrong


def test_the_same_workbooks_each_time(tmp_path: Path) -> None:
    module = script()
    assert module.make(tmp_path / "a", 12) == module.make(tmp_path / "b", 12)


def test_a_broken_workbook_is_never_half_read(tmp_path: Path, office: Office) -> None:
    for book in script().make(tmp_path, 20):
        if book.error:
            _, problems = read(tmp_path / book.file, book.kind, office)
            assert has_errors(problems)
            assert all(problem.message and (problem.remedy or problem.severity == "warning") for problem in problems)
