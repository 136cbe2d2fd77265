"""简报 and 总结 of a task, a quarter and a year take their figures from the statistics of the same cases."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Connection

from archive.demonstration import EXAMPLE_YEAR
from ssj_docs.database import registers
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.facts.figures import quarter_period, within
from ssj_docs.facts.statistics import Records, Statistics, statistics
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.office.workspace import Workspace


def counted(workspace: Workspace, connection: Connection, task: str, quarter: int | None) -> Statistics:
    tasks = [registers.load_task(connection, task)] if task else registers.load_tasks(connection, EXAMPLE_YEAR)
    cases = registers.load_cases(connection, task=task or None, year=None if task else EXAMPLE_YEAR)
    findings, events = registers.load_findings(connection), registers.load_events(connection)
    if quarter:
        tasks, cases, findings, events = within(quarter_period(EXAMPLE_YEAR, quarter), tasks, cases, findings, events)
    return statistics(Records(cases, findings, events, tasks, {}, {}), workspace.office, "户次")


@pytest.mark.parametrize("kind", ["jianbao", "zongjie"])
@pytest.mark.parametrize(("task", "quarter"), [("2026-003", None), ("", 2), ("", 3), ("2026-001", 2), ("", None)])
def test_the_figures_of_prose_are_those_of_the_tables(
    copied: Workspace, kind: str, task: str, quarter: int | None
) -> None:
    path = make_draft(copied, kind, task=task, year=EXAMPLE_YEAR, quarter=quarter)[0]
    text = path.read_text("utf-8")
    with copied.read() as connection:
        totals = counted(copied, connection, task, quarter).totals
    assert ("第二季度" in text) == (quarter == 2)
    told = re.search(r"抽取检查对象(\d+)户次（(\d+)户），已检查(\d+)户次", text)
    assert told
    assert [int(n) for n in told.groups()] == [totals["抽取户次"], totals["抽取户数"], totals["抽查户次"]]
    assert f"发现问题{totals['发现问题户次']}户次。" in text
    assert f"结果已公示{totals['公示户次']}户次" in text
    assert re.search(rf"发现问题的{totals['发现问题户次']}户次中，已处理{totals['发现问题已处理户次']}户次", text)
    assert not re.search(r"(?<!\d)0(户|项|个)", text), text


@pytest.mark.parametrize("kind", ["jianbao", "zongjie"])
@pytest.mark.parametrize(
    ("task", "quarter", "told"),
    [
        ("2026-007", None, "“危险化学品经营单位联合抽查”尚未抽取检查对象。"),
        ("", 4, "2026年第四季度没有开展部门联合抽查。"),
    ],
)
def test_nothing_done_is_said_in_words_and_not_in_noughts(
    copied: Workspace, kind: str, task: str, quarter: int | None, told: str
) -> None:
    text = make_draft(copied, kind, task=task, year=EXAMPLE_YEAR, quarter=quarter)[0].read_text("utf-8")
    assert told in text
    assert not re.search(r"(?<!\d)0(户|项|个)", text), text
    headings = re.findall(r"^([一二三四五六])、", text, re.MULTILINE)
    assert headings == list("一二三四五六")[: len(headings)]
    assert "联合抽查部门联合抽查" not in text


def test_a_year_without_a_plan_has_nothing_to_report(copied: Workspace) -> None:
    with pytest.raises(NotFoundError, match="没有 2019 年的抽查计划"):
        make_draft(copied, "zongjie", year=2019)


def test_the_quarters_add_up_to_the_year(copied: Workspace) -> None:
    with copied.read() as connection:
        year = counted(copied, connection, "", None).totals
        parts = [counted(copied, connection, "", quarter).totals for quarter in (1, 2, 3, 4)]
    assert sum(part["抽查户次"] for part in parts) == year["抽查户次"] > 0
    assert sum(part["发现问题户次"] for part in parts) == year["发现问题户次"]
    assert [quarter_period(2024, q).end.isoformat() for q in (1, 2, 3, 4)] == [
        "2024-03-31",
        "2024-06-30",
        "2024-09-30",
        "2024-12-31",
    ]
