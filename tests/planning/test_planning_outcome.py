"""Where a case stands and what follows: states read from facts, proposals with their due dates."""

from datetime import date

from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.office import Deadline, Handling, Office, ResultCategory
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.planning.case_state import STATES, outcomes

YJ, SJ = "应急管理局", "市场监督管理局"
OFFICE = Office(
    "双随机办",
    "",
    (),
    "",
    short="双随机办",
    results=(
        ResultCategory("R01", "未发现问题", clean=True),
        ResultCategory("R05", "发现问题已责令改正", problem=True),
        ResultCategory("R06", "不配合检查情节严重", problem=True),
        ResultCategory("R08", "发现问题待后续处理", problem=True),
    ),
    handlings=(Handling("H1", "责令改正"), Handling("H3", "函告许可部门")),
    deadlines=(
        Deadline("D1", "found", 7, "工作日", "移送（转办）", "transferred", "方案七", applies="transfer"),
        Deadline("D2", "inspected", 20, "工作日", "录入平台并公示", "disclosed", "方案八"),
        Deadline("D6", "confirmed", 7, "日", "立案或书面回复", "filed|replied", "方案五", reading="earlier"),
        Deadline("D8", "closed", 20, "工作日", "书面告知并公示", "penalty_disclosed", "方案五", applies="closed"),
    ),
)
CASE = Case("2026-001-0001", "2026-001", 1, "S1", drawn=date(2026, 9, 1))


def event(name, day="2026-09-18", department="", handling=""):
    return CaseEvent(CASE.id, name, date.fromisoformat(day), department, handling)


def finding(code, department=YJ):
    return Finding(CASE.id, department, "制度", (code,), found=date(2026, 9, 18))


def outcome(events=(), findings=(), today="2026-09-20"):
    (one,) = outcomes([CASE], events, findings, OFFICE, date.fromisoformat(today), kinds=load_kinds())
    return one


def acts(*args, **more):
    return [proposal.act for proposal in outcome(*args, **more).proposals]


def test_a_clean_case_passes_its_states():
    end, clean = event("inspected"), [finding("R01")]
    steps = [
        outcome(),
        outcome([event("notified")]),
        outcome([end]),
        outcome([end], clean),
        outcome([end, event("disclosed", "2026-09-20")], clean),
    ]
    assert [step.state for step in steps] == ["drawn", "notified", "inspected", "found", "finished"]
    assert [[p.act for p in step.proposals] for step in steps] == [
        ["inspect"],
        ["inspect"],
        ["record"],
        ["disclose"],
        [],
    ]
    assert all(step.title == STATES[step.state] for step in steps)


def test_disclosure_has_its_due_date_and_clause_and_names_who_is_missing():
    facts = [event("inspected"), event("disclosed", "2026-09-19", YJ)]
    (proposal,) = outcome(facts, [finding("R01"), finding("R01", SJ)]).proposals
    assert (proposal.act, proposal.due, proposal.clause) == ("disclose", date(2026, 10, 22), "方案八")
    assert proposal.departments == (SJ,)
    assert proposal.kind == "gongshibiao"


def test_what_is_left_for_later_is_transferred_in_time():
    facts = [event("inspected"), event("disclosed")]
    one = outcome(facts, [finding("R01"), finding("R08", SJ)])
    (proposal,) = one.proposals
    assert (one.state, proposal.act, proposal.kind) == ("disclosed", "transfer", "yijiaohan")
    assert (proposal.due, proposal.departments) == (date(2026, 9, 29), (SJ,))
    assert acts([*facts, event("transferred", "2026-09-20", SJ)], [finding("R08", SJ)]) == []


def test_the_most_pressing_comes_first():
    assert acts([event("inspected")], [finding("R08")]) == ["transfer", "disclose"]


def test_an_order_to_correct_is_checked_again():
    facts = [event("inspected"), event("disclosed")]
    (proposal,) = outcome(facts, [finding("R05")]).proposals
    assert (proposal.act, proposal.kind, proposal.due) == ("recheck", "fucha", None)
    assert acts([*facts, event("rectified", "2026-09-20")], [finding("R05")]) == []


def test_a_problem_without_a_handling_asks_for_a_decision():
    facts = [event("inspected"), event("disclosed")]
    assert acts(facts, [finding("R06")]) == ["handle"]
    assert acts([*facts, event("handled", "2026-09-19", YJ, "H1")], [finding("R06")]) == ["recheck"]
    assert acts([*facts, event("handled", "2026-09-19", YJ, "H3")], [finding("R06")]) == ["transfer"]


def test_from_confirmation_to_the_disclosure_of_the_penalty():
    facts = [
        event("inspected"),
        event("disclosed"),
        event("transferred", "2026-09-18", YJ),
        event("confirmed", "2026-09-18", SJ),
    ]
    found = [finding("R08")]
    (proposal,) = outcome(facts, found).proposals
    assert (proposal.act, proposal.due, proposal.departments) == ("answer", date(2026, 9, 25), (SJ,))
    assert acts([*facts, event("replied", "2026-09-20", SJ)], found) == []
    facts.append(event("filed", "2026-09-20", SJ))
    assert acts(facts, found) == ["close"]
    facts.append(event("closed", "2026-09-20", SJ))
    (proposal,) = outcome(facts, found).proposals
    assert (proposal.act, proposal.due) == ("tell", date(2026, 10, 23))
    done = [*facts, event("closure_notified", "2026-09-20", SJ), event("penalty_disclosed", "2026-09-20", SJ)]
    assert outcome(done, found).state == "finished"


def test_what_happens_after_today_has_not_happened():
    assert outcome([event("inspected", "2026-09-21")]).state == "drawn"


def test_an_inspection_is_due_at_the_end_of_the_plans_window():
    planned = InspectionTask(
        "2026-001",
        2026,
        3,
        "1",
        "",
        "任务",
        "",
        (),
        (),
        "",
        None,
        None,
        (YJ,),
        (),
        "",
        Ratio(""),
        Frequency(),
        Window("9月-10月", date(2026, 9, 1), date(2026, 10, 31)),
    )
    (one,) = outcomes([CASE], [], [], OFFICE, date(2026, 9, 20), tasks=[planned], kinds=load_kinds())
    assert [(step.act, step.due, step.clause) for step in one.proposals] == [
        ("inspect", date(2026, 10, 31), "年度抽查计划：检查时间")
    ]


def test_plain_values():
    value = outcome([event("inspected")], [finding("R08")]).proposals[0].as_json()
    assert value["due"] == "2026-09-29"
    assert value["title"]
