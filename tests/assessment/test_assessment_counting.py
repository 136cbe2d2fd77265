"""户 and 户次, several results of one subject, problems, cut-off days, and the years before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from raw_year import CLEAN, Raw, recount, workdays_after
from sqlalchemy import insert, select, update
from test_assessment_figures import charts_of, words_of

from archive.assessment.assessment import IndicatorResult, assess
from archive.assessment.pack.evidence_pack import make_pack, years_before
from archive.demonstration import EXAMPLE_YEAR
from ssj_docs.database import registers
from ssj_docs.database.schema import archive_items
from ssj_docs.ground.errors import DataError
from ssj_docs.office.workspace import Workspace


def with_indicator(workspace: Workspace, name: str, **changes: Any) -> Workspace:
    changed = tuple(replace(i, **changes) if i.id == name else i for i in workspace.office.indicators)
    return replace(workspace, office=replace(workspace.office, indicators=changed))


def result(workspace: Workspace, name: str, year: int = EXAMPLE_YEAR, **changes: Any) -> IndicatorResult:
    done = assess(with_indicator(workspace, name, **changes), year)
    return next(r for r in done.indicators if r.indicator.id == name)


def test_a_subject_of_several_inspections_counts_once(copied: Workspace) -> None:
    """A subject that was disclosed is inspected a second time in another task, and that is not disclosed."""
    plain = result(copied, "disclosure_rate")
    with copied.transaction() as connection:
        case = registers.load_case(connection, "2026-001-0001")
        found = registers.load_findings(connection, [case.id])
        again = replace(case, id="2026-003-0099", task="2026-003", serial=99)
        registers.save_cases(connection, [again])
        registers.save_findings(connection, [replace(f, case=again.id) for f in found])
    times = result(copied, "disclosure_rate")
    assert (times.numerator, times.denominator) == (plain.numerator, plain.denominator + 1)
    strict = result(copied, "disclosure_rate", unit="户")
    lenient = result(copied, "disclosure_rate", unit="户", several="any")
    assert (strict.numerator, strict.denominator) == (plain.numerator - 1, plain.denominator)
    assert (lenient.numerator, lenient.denominator) == (plain.numerator, plain.denominator)
    (both,) = [unit for unit in strict.units if len(unit.cases) == 2]
    assert (both.key, both.cases, both.met) == (case.subject, (case.id, again.id), False)
    assert f"{again.id}：" in both.why
    assert {lack.case for lack in both.lacks} >= {again.id}
    assert result(copied, "handling_rate", unit="户").denominator <= result(copied, "handling_rate").denominator


def test_problems_are_counted_one_by_one(copied: Workspace) -> None:
    raw = Raw()
    wrong = [
        (department, group, row)
        for held in raw.results.values()
        for department, group in held.items()
        for row in group
        if row["检查结果"] not in CLEAN
    ]
    handled = sum(any(row["处理结果"] for row in group) for _, group, _ in wrong)
    found = result(copied, "handling_rate", measure="problem_handling", unit="问题")
    assert (found.numerator, found.denominator) == (handled, len(wrong))
    assert len({unit.key for unit in found.units}) == len(wrong) > result(copied, "handling_rate").denominator
    assert any(f"：{wrong[0][2]['抽查事项']}" in unit.label for unit in found.units)


def test_a_unit_that_a_measure_cannot_count_is_refused(copied: Workspace) -> None:
    with pytest.raises(DataError, match="不能按“户”计数") as fault:
        result(copied, "plan_completion", unit="户")
    assert "任务" in str(fault.value.remedy)
    with pytest.raises(DataError, match="不存在的算法"):
        result(copied, "plan_completion", measure="nothing")


@pytest.mark.parametrize("cutoff", [date(2026, 4, 30), date(2026, 6, 30), date(2026, 8, 15)])
def test_a_cut_off_counts_what_had_happened_by_then(copied: Workspace, cutoff: date) -> None:
    for name, expected in recount(Raw(cutoff)).items():
        found = result(copied, name, cutoff=cutoff)
        assert (found.numerator, found.denominator) == expected, name


def test_a_cut_off_still_to_come_judges_no_deadline_early(copied: Workspace) -> None:
    for name in ("disclosure_in_time", "disclosure_rate"):
        early = replace(copied, today=date(2026, 6, 30))
        found, plain = result(early, name, cutoff=date(2026, 12, 31)), result(early, name)
        assert [(u.key, u.met) for u in found.units] == [(u.key, u.met) for u in plain.units]


def add_year_before(workspace: Workspace, undisclosed: str) -> None:
    """The same work a year earlier, but one case never disclosed."""

    def back(day: date | None) -> date | None:
        return day and day.replace(year=day.year - 1)

    def old(name: str) -> str:
        return name.replace("2026-", "2025-", 1)

    with workspace.transaction() as connection:
        tasks, cases = registers.load_tasks(connection, EXAMPLE_YEAR), registers.load_cases(connection)
        findings, events = registers.load_findings(connection), registers.load_events(connection)
        registers.save_tasks(connection, [replace(t, id=old(t.id), year=2025) for t in tasks])
        registers.save_cases(
            connection, [replace(c, id=old(c.id), task=old(c.task), drawn=back(c.drawn)) for c in cases]
        )
        registers.save_findings(connection, [replace(f, case=old(f.case), found=back(f.found)) for f in findings])
        registers.save_events(
            connection,
            [
                replace(e, case=old(e.case), date=back(e.date))
                for e in events
                if (e.case, e.event) != (undisclosed, "disclosed")
            ],
        )


def test_the_year_before_is_counted_alike_and_shown_everywhere(copied: Workspace, tmp_path: Path) -> None:
    raw = Raw(date(2025, 12, 31), years=-1)
    case = next(key for key, held in raw.results.items() if all(raw.on(key, d, "公示日期") for d in held))
    task = list(raw.plan).index(case[0]) + 1
    add_year_before(copied, f"2026-{task:03d}-{case[1]:04d}")
    for group in raw.results[case].values():
        for row in group:
            row["公示日期"] = ""
    expected = recount(raw)
    before = years_before(copied, EXAMPLE_YEAR)
    assert list(before) == [2025]
    assert {name: before[2025][name] for name in expected} == {
        name: round(100 * above / below, 2) if below else None for name, (above, below) in expected.items()
    }
    assert before[2025]["signed_archived"] == 0.0
    shifted = years_before(with_indicator(copied, "disclosure_rate", cutoff=date(2026, 6, 30)), EXAMPLE_YEAR)
    half = Raw(date(2025, 6, 30), years=-1)
    half.results[case] = {d: [row | {"公示日期": ""} for row in group] for d, group in half.results[case].items()}
    above, below = recount(half)["disclosure_rate"]
    assert shifted[2025]["disclosure_rate"] == round(100 * above / below, 2)
    _shown_everywhere(copied, before, tmp_path / "pack")


def _shown_everywhere(workspace: Workspace, before: Mapping[int, Mapping[str, float | None]], pack: Path) -> None:
    done = assess(workspace, EXAMPLE_YEAR)
    make_pack(workspace, done, pack, rendition="internal", pdf=False)
    data = pack / "data"
    told = json.loads((data / "assessment.json").read_text("utf-8"))
    assert told["before"]["2025"] == before[2025]
    title, labels, series = charts_of(data / "考核报告.docx")[-1]
    assert title.endswith("各项指标与以前年度比较（%）")
    assert labels == [r.indicator.name for r in done.indicators]
    assert series == {"2025年": list(before[2025].values()), "2026年": [r.value for r in done.indicators]}
    sheet = list(openpyxl.load_workbook(data / "考核数据.xlsx")["历年比较"].iter_rows(min_row=3, values_only=True))
    assert [list(row[1:]) for row in sheet] == [list(pair) for pair in zip(*series.values(), strict=True)]
    prose = words_of((data / "考核报告.docx").read_bytes())
    up = [
        r
        for r in done.indicators
        if r.value is not None and (old := before[2025][r.indicator.id]) is not None and r.value > old
    ]
    assert f"上升的{len(up)}项（{'、'.join(r.indicator.name for r in up)}）" in prose
    assert "<th>2025年</th>" in (data / "index.html").read_text("utf-8")


def test_in_time_and_complete_are_counted_from_the_day_a_copy_came_and_from_what_is_there(copied: Workspace) -> None:
    """Copies come 1 to 20 days after the inspection; some cases also get their signed 告知书."""
    raw, names = Raw(), list(Raw().plan)
    ended = {
        f"2026-{names.index(task) + 1:03d}-{number:04d}": max(raw.on((task, number), d, "检查日期") for d in held)
        for (task, number), held in raw.results.items()
    }
    a = archive_items
    with copied.transaction() as connection:
        held = (
            connection.execute(select(a).where(a.c.kind == "jilubiao", a.c.case.in_(ended)).order_by(a.c.case))
            .mappings()
            .all()
        )
        came = {row["case"]: ended[row["case"]] + timedelta(days=1 + n % 20) for n, row in enumerate(held)}
        for row in held:
            connection.execute(
                update(a)
                .where(a.c.case == row["case"], a.c.item == row["item"])
                .values(received_at=f"{came[row['case']]}T09:00:00+08:00")
            )
        full = [row["case"] for row in held[::4]]
        for row in held[::4]:
            connection.execute(
                insert(a).values({**row, "item": "0099", "kind": "gaozhishu", "title": "部门联合检查告知书"})
            )
    sound = {unit.key for unit in result(copied, "signed_archived").units if unit.met}
    in_time = {case for case, day in came.items() if day <= workdays_after(ended[case], 10)}
    assert 5 < len(in_time & sound) < len(came)
    found = result(copied, "signed_in_time")
    assert {unit.key for unit in found.units if unit.met} == in_time & sound
    assert found.denominator == len(ended)  # what never came is overdue
    complete = result(copied, "papers_complete")
    assert {unit.key for unit in complete.units if unit.met} == set(full) & sound
    assert complete.denominator == len(ended)


def test_only_the_notice_of_the_outcome_proves_that_a_case_was_closed(copied: Workspace) -> None:
    (closed,) = [unit for unit in result(copied, "closure_rate").units if unit.met]
    assert "没有归档案件查处结果的书面告知" in {lack.what for lack in closed.lacks}
    a = archive_items
    for kind, proves in (("fuhan", False), ("jiean", True)):
        with copied.transaction() as connection:
            row = connection.execute(select(a).where(a.c.kind == "jilubiao", a.c.case == closed.key)).mappings().one()
            connection.execute(insert(a).values({**row, "item": f"009{proves:d}", "kind": kind, "title": kind}))
        (again,) = [unit for unit in result(copied, "closure_rate").units if unit.met]
        assert (kind in {proof.kind for proof in again.proofs}) == proves
        assert ("没有归档案件查处结果的书面告知" in {lack.what for lack in again.lacks}) != proves


def test_an_undated_result_keeps_the_months_adding_up(copied: Workspace) -> None:
    with copied.transaction() as connection:
        case = registers.load_case(connection, "2026-001-0001")
        found = registers.load_findings(connection, [case.id])
        registers.save_cases(connection, [replace(case, id="2026-001-0077", serial=77)])
        registers.save_findings(connection, [replace(f, case="2026-001-0077", found=None) for f in found])
    work = assess(copied, EXAMPLE_YEAR).work
    assert (work.months[-1].name, work.months[-1].inspected) == ("日期不明", 1)
    assert sum(row.inspected for row in work.months) == work.figures.inspected
