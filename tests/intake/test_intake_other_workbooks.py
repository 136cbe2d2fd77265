"""Workbooks in the layouts of other counties (scripts/make_other_workbooks.py): what share comes in right."""

from __future__ import annotations

import importlib.util
import sys
from collections import defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from foreign_tables import find_tables

from ssj_docs.ground.problems import has_errors
from ssj_docs.intake.rows.inspector_rows import read_inspectors
from ssj_docs.intake.rows.item_rows import read_item_list
from ssj_docs.intake.rows.plan_rows import read_plan
from ssj_docs.intake.rows.subject_rows import read_subjects
from ssj_docs.intake.sheets import workbook_child
from ssj_docs.intake.sheets.workbook import sheets_of
from ssj_docs.model.office import Office
from ssj_docs.office.settings import load_office

ROOT = Path(__file__).resolve().parents[2]


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_other_workbooks", ROOT / "scripts" / "make_other_workbooks.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def found_in(path: Path, kind: Any, office: Office) -> tuple[list[Any], list[str]]:
    tables, problems = find_tables(tuple(sheets_of(workbook_child.read(path), path.name)), kind, path.name)
    if has_errors(problems):
        return [], [f"{p.code} {p.message}" for p in problems if p.severity == "error"]
    readers: dict[str, Any] = {
        "plan": lambda table: read_plan(table, office, 2026),
        "items": lambda table: read_item_list(table, office),
        "inspectors": lambda table: read_inspectors(table, office),
        "subjects": read_subjects,
    }
    outcomes = [readers[kind](table) for table in tables]
    models = [model for outcome in outcomes for model in outcome.models]
    return models, [f"{p.code} {p.message}" for o in outcomes for p in o.problems if p.severity == "error"]


def value(model: Any, key: str) -> Any:
    if key == "ratio":
        return [model.ratio.form, model.ratio.low, model.ratio.high, model.ratio.count]
    if key == "per_year":
        return model.frequency.per_year
    if key == "window":
        return [bound.isoformat() if bound else None for bound in (model.window.start, model.window.end)]
    found = getattr(model, key)
    if key == "valid_until":
        return found.isoformat() if found else None
    return list(found) if isinstance(found, tuple) else found


def differences(book: Any, folder: Path, office: Office) -> list[str]:
    models, errors = found_in(folder / book.file, book.kind, office)
    if book.error:
        return [] if any(error.startswith(book.error) for error in errors) else [f"no error {book.error}"]
    found = list(errors)
    if len(models) != len(book.rows):
        return [*found, f"{len(models)} rows instead of {len(book.rows)}"]
    for model, wanted in zip(models, book.rows, strict=True):
        found += [
            f"{key}: {value(model, key)!r} instead of {wanted[key]!r}"
            for key in wanted
            if value(model, key) != wanted[key]
        ]
    return found


def test_share_that_comes_in_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = load_office(ROOT / "templates" / "office.toml")
    by_layout: dict[str, list[list[str]]] = defaultdict(list)
    for book in script().make(tmp_path, 3):
        by_layout[book.layout].append(differences(book, tmp_path, office))
    wrong = {layout: [d for d in told if d] for layout, told in by_layout.items() if any(told)}
    total = sum(map(len, by_layout.values()))
    right = total - sum(map(len, wrong.values()))
    with capsys.disabled():
        print(f"\n别县样式的工作簿：{total} 个，读对（或按应有的错误拦住）{right} 个")
    told = "\n".join(f"{layout}: {len(found)} wrong, e.g. {found[0][:4]}" for layout, found in wrong.items())
    assert right >= total * 0.95, told
