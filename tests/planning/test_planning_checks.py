"""`ssj check` on the example year and on planted faults: each rule finds its own, with its clause, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from places import NOW

from ssj_docs.database import registers
from ssj_docs.facts.case_facts import load_facts
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions
from ssj_docs.model.case import Case
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace
from ssj_docs.planning.case_state import outcomes
from ssj_docs.planning.checked_year import load_year
from ssj_docs.planning.dates.due_dates import due
from ssj_docs.planning.draw.algorithm import Seed
from ssj_docs.planning.draw.drawing import make_draw, verify_file
from ssj_docs.planning.draw.pool import DrawOptions
from ssj_docs.planning.rules import CheckedYear, RuleFinding, check

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "qinghe"
TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("examples") / "office"
    init_workspace(root)
    workspace = open_workspace(root, today=TODAY, now=NOW, who="tester")
    for kind, name in (
        ("plan", "01-抽查计划表"),
        ("subjects", "03-检查对象名录"),
        ("inspectors", "04-执法检查人员名录"),
        ("draw", "05-抽取结果"),
        ("results", "06-检查结果"),
    ):
        report = import_files(workspace, kind, [EXAMPLES / f"{name}.xlsx"], ImportOptions(2026))  # type: ignore[arg-type]
        assert not report.failed, report.problems
    return workspace


@pytest.fixture(scope="module")
def view(year: Workspace) -> CheckedYear:
    with year.read() as connection:
        return load_year(connection, year.office, load_kinds(), 2026, issued=date(2026, 1, 20), today=TODAY)


def news(view: CheckedYear, **changes: object) -> list[RuleFinding]:
    """What is found after a change and was not before."""
    before = {(f.rule, f.problem.message) for f in check(view)}
    found = [f for f in check(replace(view, **changes)) if (f.rule, f.problem.message) not in before]  # type: ignore[arg-type]
    assert all(finding.clause and finding.problem.remedy for finding in found)
    return found


def test_the_example_year(view: CheckedYear) -> None:
    found = check(view)
    assert Counter(f.rule for f in found) == {"one_grade": 6, "expired": 1}
    (expired,) = [f for f in found if f.rule == "expired"]
    assert (expired.problem.cell, expired.problem.value) == ("41-9999-0012", "2026-02-28")
    assert all(f.clause for f in found)


def test_a_grade_below_its_floor(view: CheckedYear) -> None:
    more = [Subject(f"X{n}", f"青禾县新增{n}商行", grade="D") for n in range(100)]
    (found,) = news(view, subjects=[*view.subjects, *more])
    assert (found.rule, found.problem.value) == ("grade_floor", "D")
    assert "D 级不低于 20%" in found.clause


def test_a_list_that_must_be_drawn_whole(view: CheckedYear) -> None:
    (found,) = news(view, subjects=[*view.subjects, Subject("X1", "青禾县甲商行", tags=("黑名单",))])
    assert (found.rule, found.problem.value) == ("yearly_group", "黑名单")


def drawn(
    view: CheckedYear, people: tuple[str, ...], subject: str = "", task: str = "2026-006", number: int = 90
) -> Case:
    return Case(f"{task}-{number:04d}", task, number, subject or view.cases[-1].subject, people, date(2026, 9, 14))


def of(view: CheckedYear, department: str) -> list[Inspector]:
    day = date(2026, 12, 31)
    return [p for p in view.inspectors if p.department == department and (p.valid_until or day) >= day]


def team(view: CheckedYear, task: str = "2026-006") -> tuple[str, ...]:
    return tuple(of(view, name)[0].id for name in view.task_by_id[task].departments)


def rules_of(view: CheckedYear, case: Case, **more: object) -> set[str]:
    return {f.rule for f in news(view, cases=[*view.cases, case], **more) if f.rule != "one_grade"}


def test_inspectors(view: CheckedYear) -> None:
    right = team(view)
    assert rules_of(view, drawn(view, right)) == set()
    assert rules_of(view, drawn(view, right[:1])) == {"few_inspectors"}
    assert rules_of(view, drawn(view, (*right, "41-9999-0012"))) == {"certificate"}, "expired before the draw"
    assert rules_of(view, drawn(view, (*right, "41-0000-0000"))) == {"certificate"}, "not in the register"
    assert rules_of(view, drawn(view, right[::-1])) == {"leader"}
    subject = view.subject_by_id[view.cases[-1].subject]
    related = [replace(p, recuse=(subject.name,)) if p.id == right[0] else p for p in view.inspectors]
    assert "recusal" in {f.rule for f in check(replace(view, inspectors=related, cases=[drawn(view, right)]))}


def test_the_yearly_cap_and_its_reason(view: CheckedYear) -> None:
    plain = next(
        s for s in view.subjects if not {*s.tags} & {"工贸", "黑名单"} and s.id in {c.subject for c in view.cases}
    )
    more = [drawn(view, team(view), plain.id, number=n) for n in (90, 91)]
    more = [replace(more[0], round=2), replace(more[1], round=3)]
    (found,) = [f for f in news(view, cases=[*view.cases, *more]) if f.rule == "subject_cap"]
    assert (found.problem.severity, found.problem.value) == ("error", plain.name)
    assert "第十四条" in found.clause
    reasons = {("2026-006", 3): "群众投诉集中"}
    (told,) = [f for f in news(view, cases=[*view.cases, *more], over_cap=reasons) if f.rule == "subject_cap"]
    assert told.problem.severity == "warning"
    assert "群众投诉集中" in told.problem.message
    exempt = next(s for s in view.subjects if "工贸" in s.tags)
    many = [replace(drawn(view, team(view), exempt.id, number=n), round=n) for n in range(2, 6)]
    assert "subject_cap" not in {f.rule for f in news(view, cases=[*view.cases, *many])}


def test_the_last_task_of_the_examples_drawn_end_to_end(year: Workspace, tmp_path: Path) -> None:
    made = make_draw(year, "2026-007", DrawOptions(over_cap="年度专项整治"), Seed("5e" * 16, ""), fresh_seed="5e" * 16)
    with year.read() as connection:
        names = {s.id: s.industry for s in registers.load_subjects(connection)}
        view = load_year(connection, year.office, load_kinds(), 2026, today=TODAY)
        rows = outcomes(
            *load_facts(connection, load_kinds(), task="2026-007"),
            year.office,
            TODAY,
            tasks=list(view.tasks),
            kinds=load_kinds(),
        )
    assert [names[case.subject] for case in made.cases] == ["危化"] * 4
    assert all(len(case.inspectors) >= 2 for case in made.cases)
    assert view.over_cap == {("2026-007", 1): "年度专项整治"}
    assert not [f for f in check(view) if f.tasks == ("2026-007",) and f.problem.severity == "error"]
    assert {row.state for row in rows} == {"drawn"}
    assert {step.act for row in rows for step in row.proposals} == {"inspect"}
    elsewhere = tmp_path / "record.json"
    elsewhere.write_bytes((year.root / made.path).read_bytes())
    _, problems = verify_file(elsewhere, None)
    assert problems == []


def test_due_on_the_examples_has_every_state(year: Workspace) -> None:
    with year.read() as connection:
        rows = due(*load_facts(connection, load_kinds()), year.office, TODAY)
        early = due(*load_facts(connection, load_kinds()), year.office, date(2026, 6, 1))
    assert {row.state for row in rows} >= {"done", "late"}
    assert "open" in {row.state for row in early}
    both = [row for row in rows if row.unit == "日"]
    assert both and all(row.due_calendar and row.due == min(row.due_calendar, row.due_workday) for row in both)
