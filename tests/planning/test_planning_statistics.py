"""统计表 and 汇总表: counted by a second, simpler way and compared; the rules of 户, 户次 and 未发现问题."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj_docs.documents.text.figure_texts import paragraphs
from ssj_docs.facts.figures import count_figures
from ssj_docs.facts.list_columns import LIST_COLUMNS
from ssj_docs.facts.statistics import TOTAL, Records, statistics
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.office import Department, Handling, Office, ResultCategory
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window

LABELS = (
    "未发现问题",
    "未按规定公示应当公示的信息",
    "公示信息隐瞒真实情况弄虚作假",
    "通过登记的住所（经营场所）无法联系",
    "发现问题已责令改正",
    "不配合检查情节严重",
    "未发现开展本次抽查涉及的经营活动",
    "发现问题待后续处理",
)
HANDLED = ("责令改正", "立案处理", "函告许可部门", "移送司法机关")
RESULTS = tuple(
    ResultCategory(f"R0{n}", label, clean=n == 1, problem=n not in (1, 7)) for n, label in enumerate(LABELS, 1)
)
HANDLINGS = tuple(Handling(f"H{n}", label) for n, label in enumerate(HANDLED, 1))
DEPARTMENTS = ("应急管理局", "市场监督管理局", "公安局")
OFFICE = Office(
    "青禾县双随机办",
    "",
    (),
    "",
    departments=tuple(Department(n, n) for n in DEPARTMENTS),
    results=RESULTS,
    handlings=HANDLINGS,
)


def task(serial, year=2026, name=None):
    shared = (Ratio(""), Frequency(), Window())
    return InspectionTask(
        f"{year}-{serial:03d}",
        year,
        serial,
        str(serial),
        "计划",
        name or f"任务{serial}",
        "",
        (),
        (),
        "",
        None,
        None,
        DEPARTMENTS[:1],
        DEPARTMENTS[1:2],
        "县级",
        *shared,
    )


TASKS = (task(1), task(2))
PEOPLE = {"Z1": Inspector("Z1", "周禾"), "Z2": Inspector("Z2", "吴田")}


def finding(case, code="R01", department=DEPARTMENTS[0], item="甲"):
    return Finding(
        case,
        department,
        item,
        code if isinstance(code, tuple) else (code,),
        inspectors=("沈禾",),
        found=date(2026, 5, 6),
    )


def records(cases, findings=(), events=(), tasks=TASKS):
    subjects = {c.subject: Subject(c.subject, f"青禾{c.subject}商行", phone="0000000") for c in cases}
    return Records(cases, findings, events, tasks, subjects, PEOPLE)


def case(serial, subject, task=1, year=2026):
    return Case(f"{year}-{task:03d}-{serial:04d}", f"{year}-{task:03d}", serial, subject, ("Z1", "Z2"))


def rows(made, name=TOTAL, table="汇总表"):
    return next(row for row in made.as_json()[table] if row["单位"] == name)


def test_the_official_columns():
    one = case(1, "S1")
    made = statistics(records([one], [finding(one.id)]), OFFICE).as_json()
    assert tuple(made["统计表"][0]) == tuple(column.title for column in LIST_COLUMNS)
    assert len(LIST_COLUMNS) == 13
    assert tuple(made["汇总表"][0]) == ("单位", "抽查户数", *LABELS, *(h.label for h in HANDLINGS))
    assert len(made["汇总表"][0]) == 14


def test_a_row_of_the_list():
    one = case(1, "S1")
    events = [
        CaseEvent(one.id, "handled", date(2026, 5, 7), DEPARTMENTS[0], "H1"),
        CaseEvent(one.id, "disclosed", date(2026, 5, 8), DEPARTMENTS[0]),
    ]
    found = [finding(one.id), finding(one.id, "R05", item="乙"), finding(one.id, "R02", DEPARTMENTS[1])]
    (row,) = statistics(records([one], found, events), OFFICE).entities
    assert row["检查人员"] == "周禾、吴田"
    assert row["抽查结果"] == "未按规定公示应当公示的信息；发现问题已责令改正"
    assert (row["处理结果"], row["是否公示"], row["抽取序号"]) == ("责令改正", "部分", "1")


def test_the_public_list_has_no_phone():
    one = case(1, "S1")
    (row,) = statistics(records([one]), OFFICE, public=True).entities
    assert "电话" not in row
    assert "0000000" not in row.values()


def test_no_problem_found_is_exclusive():
    one = case(1, "S1")
    found = [finding(one.id), finding(one.id, "R05", DEPARTMENTS[1])]
    made = statistics(records([one], found), OFFICE)
    assert rows(made, DEPARTMENTS[0])["未发现问题"] == 1
    assert rows(made, DEPARTMENTS[1])["未发现问题"] == 0
    assert rows(made)["未发现问题"] == 0
    assert rows(made)["发现问题已责令改正"] == 1


def test_a_subject_inspected_twice_is_one_household_and_two_times():
    twice = [case(1, "S1"), case(1, "S1", task=2)]
    found = [finding(c.id, "R05") for c in twice]
    assert rows(statistics(records(twice, found), OFFICE))["抽查户数"] == 1
    assert rows(statistics(records(twice, found), OFFICE, "户次"))["抽查户次"] == 2
    made = statistics(records(twice, found), OFFICE)
    assert [row["抽查户数"] for row in made.as_json()["按任务汇总"]] == [1, 1, 1]
    assert made.totals["抽查户次"] == 2
    assert made.totals["抽查户数"] == 1


def test_results_that_add_up_to_more_than_the_subjects_are_said():
    one = case(1, "S1")
    made = statistics(records([one], [finding(one.id, ("R02", "R05"))]), OFFICE)
    assert any("各结果栏合计 2" in note for note in made.notes)
    assert rows(made)["抽查户数"] == 1


def test_what_was_drawn_and_has_no_result_is_told_apart():
    both = [case(1, "S1"), case(2, "S2")]
    made = statistics(records(both, [finding(both[0].id)]), OFFICE)
    assert (made.totals["抽取户数"], made.totals["抽查户数"], made.totals["未录入结果户次"]) == (2, 1, 1)
    assert made.entities[1]["是否公示"] == ""


def test_a_handling_without_a_department_counts_for_those_that_found_a_problem():
    one = case(1, "S1")
    found = [finding(one.id), finding(one.id, "R05", DEPARTMENTS[1])]
    made = statistics(records([one], found, [CaseEvent(one.id, "handled", date(2026, 5, 7), "", "H2")]), OFFICE)
    assert rows(made, DEPARTMENTS[0])["立案处理"] == 0
    assert rows(made, DEPARTMENTS[1])["立案处理"] == 1
    assert rows(made)["立案处理"] == 1


def test_years_stand_apart_and_tasks_of_one_name_are_told_apart():
    tasks = [task(1, 2025, "烟花"), task(1, 2026, "烟花"), task(3, 2026)]
    cases = [case(1, "S1", 1, 2025), case(1, "S1", 1, 2026)]
    made = statistics(records(cases, [finding(c.id) for c in cases], tasks=tasks), OFFICE).as_json()
    assert [(r["单位"], r["抽查户数"]) for r in made["按年度汇总"]] == [("2025年", 1), ("2026年", 1), (TOTAL, 1)]
    assert [r["单位"] for r in made["按任务汇总"]] == ["烟花（2025-001）", "烟花（2026-001）", TOTAL]


def test_nothing_gives_an_empty_total():
    made = statistics(records([]), OFFICE).as_json()
    assert made["统计表"] == []
    assert [row["抽查户数"] for row in made["汇总表"]] == [0]


def test_codes_that_the_office_dropped_are_told():
    one = case(1, "S1")
    made = statistics(
        records([one], [finding(one.id, "R77")], [CaseEvent(one.id, "handled", date(2026, 5, 7), "", "H9")]), OFFICE
    )
    assert rows(made)["抽查户数"] == 1
    assert made.entities[0]["抽查结果"] == "R77"
    assert sum("R77" in note or "H9" in note for note in made.notes) == 2


@st.composite
def data_sets(draw):
    cases = [case(n, f"S{draw(st.integers(1, 4))}", draw(st.integers(1, 2))) for n in range(1, draw(st.integers(1, 8)))]
    ids = [c.id for c in cases]
    found = (
        draw(
            st.lists(
                st.builds(
                    finding,
                    st.sampled_from(ids),
                    st.sampled_from([r.code for r in RESULTS]),
                    st.sampled_from(DEPARTMENTS),
                    st.sampled_from("甲乙丙"),
                ),
                max_size=20,
            )
        )
        if ids
        else []
    )
    found = list({(f.case, f.department, f.item): f for f in found}.values())
    handled = (
        draw(
            st.lists(
                st.builds(
                    lambda c, d, h: CaseEvent(c, "handled", date(2026, 5, 7), d, h),
                    st.sampled_from(ids),
                    st.sampled_from(DEPARTMENTS),
                    st.sampled_from([h.code for h in HANDLINGS]),
                ),
                max_size=8,
            )
        )
        if ids
        else []
    )
    shown = (
        draw(
            st.lists(
                st.builds(
                    lambda c, d: CaseEvent(c, "disclosed", date(2026, 5, 8), d),
                    st.sampled_from(ids),
                    st.sampled_from(("", *DEPARTMENTS)),
                ),
                max_size=8,
            )
        )
        if ids
        else []
    )
    return records(cases, found, handled + shown)


@pytest.mark.parametrize("unit", ["户", "户次"])
@given(data=data_sets())
def test_sums_agree_with_the_inputs(unit, data):
    """The same counts, made a second way: flat triples and set comprehensions, no shared code."""
    made = statistics(data, OFFICE, unit).as_json()
    one = {c.id: c.subject if unit == "户" else c.id for c in data.cases}
    counted = "抽查户数" if unit == "户" else "抽查户次"
    for row in made["汇总表"]:
        mine = [f for f in data.findings if row["单位"] in (TOTAL, f.department)]
        assert row[counted] == len({one[f.case] for f in mine})
        bad = {one[f.case] for f in mine if f.results != ("R01",)}
        assert row["未发现问题"] == len({one[f.case] for f in mine} - bad)
        for category in RESULTS[1:]:
            assert row[category.label] == len({one[f.case] for f in mine if category.code in f.results})
        for handling in HANDLINGS:
            assert row[handling.label] == len(
                {
                    one[e.case]
                    for e in data.events
                    if e.event == "handled" and e.handling == handling.code and row["单位"] in (TOTAL, e.department)
                }
            )
    assert len(made["统计表"]) == len(data.cases)
    total = made["汇总表"][-1]
    assert total == made["按任务汇总"][-1] == made["按年度汇总"][-1]
    assert total[counted] == made["totals"][counted]
    listed = [row for row in made["统计表"] if row["抽查结果"]]
    assert len(listed) == made["totals"]["抽查户次"]
    if unit == "户次":
        for category in RESULTS:
            assert total[category.label] == sum(category.label in row["抽查结果"].split("；") for row in listed)
        assert total["抽查户次"] == sum(row["抽查户次"] for row in made["按任务汇总"][:-1])


@given(data=data_sets())
def test_the_prose_of_drafts_says_what_the_tables_say(data):
    """Every number of the three paragraphs is read back from the text and held against both tables."""
    made = statistics(data, OFFICE, "户次").as_json()
    totals, total = made["totals"], made["汇总表"][-1]
    said = paragraphs(count_figures(OFFICE, data.tasks, data.cases, data.findings, data.events), "2026年度")
    text = "".join(said.values())
    for before, after, expected in (
        ("抽取检查对象", "户次（", totals["抽取户次"]),
        ("户次（", "户）", totals["抽取户数"]),
        ("，已检查", "户次，参加", totals["抽查户次"]),
        ("发现问题", "户次。", totals["发现问题户次"]),
        ("已处理", "户次", totals["发现问题已处理户次"]),
        ("结果已公示", "户次。", sum(row["是否公示"] == "是" and bool(row["抽查结果"]) for row in made["统计表"])),
    ):
        assert (f"{before}{expected}{after}" in text) == bool(expected), text  # nothing is said of nought
    for label in (*LABELS, *HANDLED):
        told = re.search(f"(?:：|，|（){re.escape(label)}(\\d+)户次", said["results"] + said["handling"])
        assert (int(told[1]) if told else 0) == total[label]
    listed = [row for row in made["统计表"] if row["抽查结果"]]
    clean = sum(not set(row["抽查结果"].split("；")) & {r.label for r in RESULTS if r.problem} for row in listed)
    assert (f"未发现问题类{clean}户次" in text) == bool(clean)
