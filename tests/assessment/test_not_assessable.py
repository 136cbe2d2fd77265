"""What no indicator can count is listed with the reason; every late department is named; the two figures stand side by side."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select, update

from archive.assessment.assessment import assess, summary_lines
from archive.demonstration import EXAMPLE_YEAR
from ssj_docs.database.schema import case_events
from ssj_docs.office.workspace import Workspace

LATE = "2026-002-0002"


def test_cases_without_a_date_or_with_an_impossible_one_are_listed(copied: Workspace) -> None:
    assert assess(copied, EXAMPLE_YEAR).unjudged == ()
    e = case_events.c
    with copied.transaction() as connection:
        filed = connection.execute(select(e.case).where(e.event == "filed").order_by(e.case)).scalars().first()
        connection.execute(delete(case_events).where(e.event == "filed", e.case == filed))
        connection.execute(delete(case_events).where(e.event == "inspected", e.case == "2026-001-0002"))
        early = (e.event == "disclosed", e.case == "2026-001-0003")
        connection.execute(update(case_events).where(*early).values(date=date(2026, 1, 2)))
    made = assess(copied, EXAMPLE_YEAR)
    told = {(lack.case, lack.what) for lack in made.unjudged}
    assert {case for case, what in told if "没有立案日期" in what} == {filed}
    assert {case for case, what in told if "没有检查日期" in what} == {"2026-001-0002"}
    assert {case for case, what in told if "早于检查日期" in what} == {"2026-001-0003"}
    assert {one["case"] for one in made.as_json()["not_assessable"]} == {filed, "2026-001-0002", "2026-001-0003"}


def test_each_late_department_is_named(copied: Workspace) -> None:
    e = case_events.c
    with copied.transaction() as connection:
        here = (e.case == LATE, e.event == "disclosed")
        departments = set(connection.execute(select(e.department).where(*here)).scalars())
        connection.execute(update(case_events).where(*here).values(date=date(2026, 9, 30)))
    assert len(departments) > 1
    found = next(r for r in assess(copied, EXAMPLE_YEAR).indicators if r.indicator.id == "disclosure_in_time")
    (lack,) = [lack for lack in found.lacks if lack.case == LATE and "期限" in lack.what]
    assert set(lack.ask.split("、")) == departments
    assert all(name in lack.what for name in departments)


def test_what_is_registered_and_what_is_proved_stand_side_by_side(copied: Workspace) -> None:
    results = {r.indicator.id: r for r in assess(copied, EXAMPLE_YEAR).indicators}
    transfer = results["transfer_in_time"]
    assert (transfer.numerator, transfer.proved) == (transfer.denominator, 0)  # no letter was ever filed
    assert all(result.proved <= result.numerator for result in results.values())
    line = next(line for line in summary_lines(list(results.values())) if line.startswith(transfer.indicator.name))
    assert f"登记达成 {transfer.numerator}，有据可查 0" in line
