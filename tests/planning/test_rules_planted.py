"""Planted violations and near misses of `ssj check`, as data: each rule speaks where it should and nowhere else."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from places import ROOT

from ssj_docs.model.case import Case
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.office.settings import load_office
from ssj_docs.planning.draw_rules import names_group
from ssj_docs.planning.rules import CheckedYear, check

PLANTED = tomllib.loads((ROOT / "tests/data/rules_planted.toml").read_text("utf-8"))
OFFICE = load_office(ROOT / "templates/office.toml")
YJ, SJ = "应急管理局", "市场监督管理局"
DAY = date(2026, 5, 8)
TASK = InspectionTask(
    "2026-001", 2026, 3, "1", "计划", "企业联合抽查", "", (), (), "辖区企业", "重点", "不定向", (YJ,), (SJ,), "县级",
    Ratio("20%", "percent", 20.0, 20.0), Frequency(), Window("3月-6月", date(2026, 3, 1), date(2026, 6, 30)),
)  # fmt: skip
SUBJECTS = [Subject(f"C{n:02d}", f"青禾第{n}商行") for n in range(20)]
PEOPLE = [
    *(Inspector(f"Y{n}", f"应急{n}", department=YJ, valid_until=date(2027, 1, 1)) for n in range(1, 4)),
    *(Inspector(f"S{n}", f"市监{n}", department=SJ, valid_until=date(2027, 1, 1)) for n in range(1, 4)),
    Inspector("S6", "市监六", department=SJ, recuse=("C19",)),
    Inspector("S7", "市监七", department=SJ, recuse=("青禾第0商行",)),
    Inspector("S8", "市监八", department=SJ, valid_until=DAY),
    Inspector("S9", "市监九", department=SJ, valid_until=date(2026, 5, 7)),
]


def year(**more: Any) -> CheckedYear:
    return replace(CheckedYear(2026, OFFICE, [TASK], SUBJECTS, PEOPLE, (), date(2026, 1, 20)), **more)


def spoken(view: CheckedYear) -> list[str]:
    found = [finding for finding in check(view) if finding.rule not in ("yearly_group", "grade_floor")]
    assert all(finding.clause and finding.problem.remedy for finding in found)
    return sorted({finding.rule for finding in found})


def test_there_are_enough_of_both_kinds() -> None:
    told = [bool(one.get("rules") or one.get("names")) for part in PLANTED.values() for one in part]
    assert told.count(True) >= 25 and told.count(False) >= 30
    assert spoken(year()) == []


@pytest.mark.parametrize("one", PLANTED["word"], ids=lambda one: one["text"])
def test_a_grade_is_named_by_a_word(one: dict[str, Any]) -> None:
    task = replace(TASK, object=one["text"], name="联合抽查")
    assert [rule.group for rule in OFFICE.rules.ratios if names_group(task, rule)] == one["names"]


@pytest.mark.parametrize("one", PLANTED["plan"], ids=lambda one: one["what"])
def test_a_row_of_the_plan(one: dict[str, Any]) -> None:
    share = float(one.get("ratio", 20))
    task = replace(
        TASK,
        object=one.get("object", TASK.object),
        ratio=Ratio(f"{share:g}%", "percent", share, share),
        initiators=tuple(one.get("initiators", TASK.initiators)),
        partners=tuple(one.get("partners", TASK.partners)),
        window=Window("所写时间", one.get("start"), one.get("end")),
    )
    assert spoken(year(tasks=[task])) == one["rules"]


@pytest.mark.parametrize("one", PLANTED["visit"], ids=lambda one: one["what"])
def test_a_visit(one: dict[str, Any]) -> None:
    count, cases = one.get("count", 1), []
    for round_ in range(1, one.get("rounds", 1) + 1):
        for n in range(count):
            serial = (round_ - 1) * count + n
            cases.append(
                Case(f"2026-001-{serial:04d}", "2026-001", serial, f"C{serial:02d}", tuple(one["people"]),
                     one.get("day", DAY), round_)
            )  # fmt: skip
    assert spoken(year(cases=cases)) == one["rules"]


def test_what_limits_the_proof_of_a_draw_is_listed() -> None:
    view = year(unproven={("2026-001", 1): ["抽取以前没有公布承诺，种子可以反复试"]})
    (found,) = [finding for finding in check(view) if finding.rule == "draw_proof"]
    assert "没有公布承诺" in found.problem.message and found.tasks == ("2026-001",)
    assert spoken(year(unproven={("2026-001", 1): []})) == []
