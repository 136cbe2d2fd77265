"""A folder of workbooks with ``expected.json`` beside them (file → [kind, records]): which come in right at the first try.

    python tests/intake/shared_exam.py FOLDER [FILE …]

What each record says stands in the folder's README. ``base_plan.xlsx``, ``base_subjects.xlsx``, ``base_inspectors.xlsx``
and ``base_draw.xlsx`` come in before draws and results.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import exam

from ssj_docs.database import registers
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace

_NAMED = {"rep": "representative", "valid": "valid_until", "dep": "department"}
_BASES: dict[Kind, tuple[Kind, ...]] = {
    "draw": ("plan", "subjects", "inspectors"),
    "results": ("plan", "subjects", "inspectors", "draw"),
}
_LEFT = re.compile("调|离|退休|辞|注销|否|不在")
_OF_ONE_TASK = {"D2", "D3", "R2", "R3"}


def judge(path: Path, kind: Kind, truth: list[Any], template: Path, folder: Path) -> exam.Verdict:
    """Import one workbook into a copy of the template office."""
    place = folder / path.stem
    shutil.copytree(template, place)
    workspace = open_workspace(place, today=exam.TODAY, now=exam.NOW, who="exam")
    for base in _BASES.get(kind, ()):
        done = import_files(workspace, base, [path.parent / f"base_{base}.xlsx"], ImportOptions(year=2026))
        if done.failed:
            return exam.Verdict(path.name, kind, "setup")
    task = "2026-001" if path.stem in _OF_ONE_TASK else ""
    report = import_files(workspace, kind, [path], ImportOptions(year=2026, task=task))
    if report.failed:
        told = [p.message for p in report.problems if p.severity == "error"] + [q.text for q in report.questions]
        return exam.Verdict(path.name, kind, "refused", " ¦ ".join(dict.fromkeys(told))[:300])
    wrong = list(_missed(kind, truth, workspace))
    return exam.Verdict(path.name, kind, "quiet" if wrong else "right", " ¦ ".join(wrong[:6]))


def _missed(kind: str, truth: list[Any], workspace: Workspace) -> Iterable[str]:
    with workspace.read() as connection:
        found = list(_RECORDS[kind](workspace, connection))
    if len(found) != len(truth):
        yield f"{len(found)} records, not {len(truth)}"
    for record in truth:
        wanted = record if isinstance(record, dict) else dict(enumerate(record))
        wanted = {key: value for key, value in wanted.items() if key != "name" or value is not None}
        best: dict[Any, Any] = max(
            found, key=lambda one: sum(_same(one.get(key), value) for key, value in wanted.items()), default={}
        )
        for key, value in wanted.items():
            if not _same(best.get(key), value):
                yield f"{record}: {key} {best.get(key)!r}"


def _same(have: Any, want: Any) -> bool:
    if isinstance(want, list) and have is not None:
        return len(have) == len(want) and all(_same(a, b) for a, b in zip(sorted_(have), sorted_(want), strict=True))
    if isinstance(have, str) and isinstance(want, str) and "|" in have and "|" not in want:
        return have.split("|")[-1] == want  # the truth tells the sub item alone
    return (have or None) == (want or None)


def sorted_(values: list[Any]) -> list[Any]:
    """Sorted where the values are names; figures and days stay in their order."""
    return sorted(values) if all(isinstance(value, str) and not value[:1].isdigit() for value in values) else values


def _plan(workspace: Workspace, connection: Any) -> Iterable[dict[str, Any]]:
    for one in exam._plan(workspace, connection):
        yield {**one, "items": len(one["items"]), "pitems": len(one["pitems"]), "win": one["win"] or [None, None]}


def _items(_workspace: Workspace, connection: Any) -> Iterable[dict[Any, Any]]:
    for item in registers.load_items(connection):
        yield {0: item.department, 1: item.name, 2: item.category, 3: item.field}


def _people(of: Any) -> Any:
    def read(workspace: Workspace, connection: Any) -> Iterable[dict[str, Any]]:
        for one in of(workspace, connection):
            named = {short: one.get(key) for short, key in _NAMED.items()}
            if of is exam._inspectors and _LEFT.search(one.get("status") or ""):
                continue  # the truth leaves out who has left; the register says it in their status
            joined = {key: "、".join(one.get(key) or ()) for key in ("tags", "fields")}
            yield {**one, **named, **joined}

    return read


def _draw(workspace: Workspace, connection: Any) -> Iterable[dict[str, Any]]:
    for one in exam._draw(workspace, connection):
        yield {**one, "ins": [person["id"] for person in one["inspectors"]]}


def _results(_workspace: Workspace, connection: Any) -> Iterable[dict[Any, Any]]:
    days = {
        (event.case, event.department): event.date.isoformat()
        for event in registers.load_events(connection)
        if event.event == "inspected"
    }
    codes: dict[tuple[str, str], list[str]] = {}
    for one in registers.load_findings(connection):
        codes.setdefault((one.case, one.department), []).extend(one.results)
    for visit, found in codes.items():
        worse = set(found) - {"R01"} or {"R01"}  # of several items the truth tells what was found
        yield {0: visit[0], 1: visit[1], 2: sorted(worse), 3: days.get(visit)}


_RECORDS: dict[str, Any] = {
    "plan": _plan, "items": _items, "subjects": _people(exam._subjects), "inspectors": _people(exam._inspectors),
    "draw": _draw, "results": _results,
}  # fmt: skip


def main() -> None:
    """Print each verdict that is not right, and the tally."""
    folder, *only = sys.argv[1:]
    expected = json.loads((Path(folder) / "expected.json").read_text("utf-8"))
    tally = exam.Tally()
    with tempfile.TemporaryDirectory() as name:
        template = Path(name) / "template"
        init_workspace(template)
        for file, (kind, truth) in expected.items():
            if only and file not in only:
                continue
            verdict = judge(Path(folder) / file, kind, truth, template, Path(name))
            tally.add(verdict)
            if verdict.verdict != "right":
                print(f"{file:10} {verdict.verdict:8} {verdict.why}", flush=True)
    print("\n".join(tally.lines()))


if __name__ == "__main__":
    main()
