"""Planted faults each surface under the right indicator, with the right case and page."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, insert, select, update

from archive.assessment.assessment import IndicatorResult, assess
from archive.demonstration import EXAMPLE_YEAR
from ssj_docs.database.schema import archive_items, case_events, cases, page_texts
from ssj_docs.office.workspace import Workspace

LATE, UNSIGNED, LOST, WRONG, OFTEN = (
    "2026-001-0001",
    "2026-001-0002",
    "2026-001-0003",
    "2026-001-0004",
    "2026-003-0001",
)
#: its subject belongs to a group that the cap does not bind
FREE = "2026-001-0006"


def plant(workspace: Workspace) -> None:
    e, a, t = case_events.c, archive_items.c, page_texts.c
    altered = {
        "added": [],
        "altered": [["“抽查任务”右侧", "2026-001", "2026-007", [60, 90, 160, 102], 0.99, ""]],
        "missing": [],
        "confirmed": False,
        "confidence": 0.9,
        "undetermined": [],
    }
    with workspace.transaction() as connection:
        connection.execute(
            update(case_events)
            .where(e.case == LATE, e.event == "disclosed", e.department == "应急管理局")
            .values(date=date(2026, 6, 30))
        )
        connection.execute(
            update(archive_items)
            .where(a.case == UNSIGNED, a.kind == "jilubiao")
            .values(verdict_detail={"unsigned": True, "reason": "企业签章处是空的"})
        )
        connection.execute(delete(archive_items).where(a.case == LOST))
        connection.execute(
            update(page_texts)
            .where(t.case == WRONG)
            .values(
                state="done",
                origin="ocr",
                text="2026-007",
                boxes=[["2026-007", 60, 90, 160, 102]],
                width=595,
                height=842,
                comparison=altered,
            )
        )
        for first, case in ((91, OFTEN), (93, FREE)):
            row = dict(connection.execute(select(cases).where(cases.c.id == case)).mappings().one())
            for number in (first, first + 1):
                connection.execute(
                    insert(cases).values({**row, "id": f"2026-006-{number:04d}", "task": "2026-006", "serial": number})
                )


def by_id(workspace: Workspace) -> dict[str, IndicatorResult]:
    return {r.indicator.id: r for r in assess(workspace, EXAMPLE_YEAR).indicators}


def test_each_planted_fault_is_found_where_it_belongs(copied: Workspace) -> None:
    before = by_id(copied)
    plant(copied)
    after = by_id(copied)

    def fell(name: str) -> set[str]:
        good = {u.key for u in before[name].units if u.met}
        return good & {u.key for u in after[name].units if not u.met}

    def told(name: str, case: str) -> list[str]:
        return [lack.what for lack in after[name].lacks if lack.case == case]

    assert fell("disclosure_in_time") == {LATE}
    assert any("2026-06-30 完成（应急管理局）" in what for what in told("disclosure_in_time", LATE))
    assert fell("disclosure_rate") == set()  # late is not missing
    assert fell("signed_archived") == {UNSIGNED, LOST, WRONG}
    assert told("signed_archived", UNSIGNED) == ["记录表不能作为佐证：企业签章处是空的"]
    assert told("signed_archived", LOST) == ["没有归档签署的记录表"]
    (wrong,) = [lack for lack in after["signed_archived"].lacks if lack.case == WRONG]
    assert "原为“2026-001”，签署件上是“2026-007”" in wrong.what
    assert wrong.page and (wrong.page.case, wrong.page.item, wrong.page.page) == (WRONG, "0001", 1)
    assert any("2026-007" in what for what in told("papers_complete", WRONG))
    (unsigned,) = [lack for lack in after["signed_archived"].lacks if lack.case == UNSIGNED]
    assert unsigned.page and (unsigned.page.case, unsigned.page.kind) == (UNSIGNED, "jilubiao")
    (subject,) = fell("subject_cap_kept")
    often = next(u for u in after["subject_cap_kept"].units if u.key == subject)
    assert often.cases == (OFTEN, "2026-006-0091", "2026-006-0092")
    assert {lack.case for lack in often.lacks} == set(often.cases)
    assert next(lack.page for lack in often.lacks if lack.case == OFTEN).case == OFTEN
    assert all("抽查 3 次，上限 2 次" in lack.what for lack in often.lacks)
    free = next(u for u in after["subject_cap_kept"].units if FREE in u.cases)
    assert (free.met, free.why) == (True, "抽查 3 次，上限 2 次，工贸不受限")
    for name, result in after.items():  # a faulty copy proves nothing anywhere
        assert not {UNSIGNED, LOST, WRONG} & {p.case for p in result.proofs}, name


def test_an_open_deadline_is_not_judged_and_a_missed_one_is(copied: Workspace) -> None:
    """The last inspection of the example, on 2026-09-30, is to be disclosed by 20 workdays later."""
    from dataclasses import replace

    def judged(today: date) -> dict[str, bool]:
        result = next(
            r
            for r in assess(replace(copied, today=today), EXAMPLE_YEAR).indicators
            if r.indicator.id == "disclosure_in_time"
        )
        return {unit.key: unit.met for unit in result.units}

    final = judged(date(2026, 11, 20))
    (never,) = [
        u.key
        for u in next(r for r in assess(copied, EXAMPLE_YEAR).indicators if r.indicator.id == "disclosure_rate").units
        if not u.met
    ]
    assert final[never] is False
    with copied.read() as connection:
        ended = max(
            connection.execute(
                select(case_events.c.date).where(case_events.c.case == never, case_events.c.event == "inspected")
            ).scalars()
        )
    assert never not in judged(ended)  # still open: in neither number
    early = judged(date(2026, 4, 2))
    assert early == {LATE: True}  # what is disclosed later does not count yet


def test_what_happens_after_the_cut_off_does_not_count(copied: Workspace) -> None:
    from dataclasses import replace

    early = {r.indicator.id: r for r in assess(replace(copied, today=date(2026, 3, 31)), EXAMPLE_YEAR).indicators}
    assert (early["disclosure_rate"].numerator, early["disclosure_rate"].denominator) == (0, 3)
    assert early["plan_completion"].numerator == 0
