"""The nine deadlines of DOMAIN §1.3 for the five offices of the seeds, on dated cases."""

from dataclasses import replace
from datetime import date

import pytest

from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.office import Deadline, Handling, Office, ResultCategory
from ssj_docs.planning.dates.due_dates import due, not_started

RESULTS = (
    ResultCategory("R01", "未发现问题", clean=True),
    ResultCategory("R05", "发现问题已责令改正", problem=True),
    ResultCategory("R08", "发现问题待后续处理", problem=True),
)
HANDLINGS = (Handling("H1", "责令改正"), Handling("H2", "立案处理"), Handling("H4", "移送司法机关"))
YJ, SJ = "应急管理局", "市场监督管理局"


def deadline(id, start, days, unit, act, met_by, **more):
    reading = "earlier" if unit == "日" else "workday"
    return Deadline(id, start, days, unit, act, met_by, clause=f"方案 {id}", **{"reading": reading, **more})


D1 = deadline("D1", "found", 7, "工作日", "移送（转办）", "transferred", applies="transfer")
D2 = deadline("D2", "inspected", 20, "工作日", "录入平台并公示", "disclosed")
D3 = deadline("D3", "found", 20, "工作日", "录入平台并公示", "disclosed")
D4 = deadline("D4", "inspected", 10, "日", "记录表移交办公室", "records_submitted")
D5 = deadline("D5", "inspected", 10, "日", "梳理问题并拟移交函", "transfer_letter", applies="transfer")
D6 = deadline("D6", "confirmed", 7, "日", "立案查处", "filed")
D7 = deadline("D7", "confirmed", 7, "日", "书面回复", "replied")
D8 = deadline("D8", "closed", 20, "工作日", "书面告知并公示处罚信息", "penalty_disclosed", applies="closed")
D9 = deadline("D9", "inspected", 7, "工作日", "录入平台", "recorded")


def office(*deadlines, **more):
    vocabularies = {"results": RESULTS, "handlings": HANDLINGS}
    return Office("双随机办", "", (), "", short="双随机办", deadlines=deadlines, **vocabularies, **more)


#: seed → its deadlines; seed 002 sets none of its own and goes by 国发〔2019〕5号 as seed 001 does
OFFICES = {
    "000": office(D1, D2),
    "001": office(D3),
    "002": office(D3),
    "003": office(D4, D5, D6, D7, D8),
    "004": office(D9),
}
CASE = Case("2026-001-0001", "2026-001", 1, "S1", drawn=date(2026, 9, 1))


def event(name, day, department="", handling=""):
    return CaseEvent(CASE.id, name, date.fromisoformat(day), department, handling)


def finding(code="R01", department=YJ, found="2026-09-18", item="制度"):
    return Finding(CASE.id, department, item, (code,), found=date.fromisoformat(found) if found else None)


def rows(the_office, events=(), findings=(), today="2026-09-20", **more):
    return due([CASE], events, findings, the_office, date.fromisoformat(today), **more)


NINE = [
    ("000", "D1", "found", "2026-09-18", "2026-09-29", None),
    ("000", "D1", "found", "2026-02-13", "2026-03-02", None),
    ("000", "D2", "inspected", "2026-09-18", "2026-10-22", None),
    ("000", "D2", "inspected", "2024-09-27", "2024-10-30", None),
    ("001", "D3", "found", "2026-01-30", "2026-03-05", None),
    ("002", "D3", "found", "2025-12-31", "2026-01-29", None),
    ("003", "D4", "inspected", "2026-09-18", "2026-10-09", "2026-09-28"),
    ("003", "D5", "inspected", "2026-09-18", "2026-10-09", "2026-09-28"),
    ("003", "D6", "confirmed", "2026-09-18", "2026-09-29", "2026-09-25"),
    ("003", "D7", "confirmed", "2026-09-18", "2026-09-29", "2026-09-25"),
    ("003", "D8", "closed", "2026-09-18", "2026-10-22", None),
    ("004", "D9", "inspected", "2026-09-18", "2026-09-29", None),
]


@pytest.mark.parametrize(("seed", "id", "start", "day", "workday", "calendar"), NINE)
def test_nine_deadlines(seed, id, start, day, workday, calendar):
    the_office = OFFICES[seed]
    found = rows(the_office, [event(start, day)], [finding("R08", found=day)], today=day)
    row = next(r for r in found if r.deadline == id)
    assert row.event_date == date.fromisoformat(day)
    assert row.due_workday == date.fromisoformat(workday)
    assert (row.due_calendar.isoformat() if row.due_calendar else None) == calendar
    assert row.due == date.fromisoformat(calendar or workday)
    assert (row.state, row.provisional, row.clause) == ("open", False, f"方案 {id}")


def test_all_nine_are_tried():
    assert {row[1] for row in NINE} == {f"D{n}" for n in range(1, 10)}
    assert {row[0] for row in NINE} == set(OFFICES)


def test_crossing_into_2027_is_provisional_until_the_office_adds_the_year():
    end = event("inspected", "2026-12-10")
    (row,) = rows(office(D2), [end], today="2026-12-11")
    assert row.provisional
    assert row.due.year == 2027
    assert "未公布" in row.source
    announced = office(D2, holidays={"2027": ("2027-01-01",)})
    (final,) = rows(announced, [end], today="2026-12-11")
    assert not final.provisional
    assert final.due == date(2027, 1, 8)
    assert row.due == date(2027, 1, 7)


def test_bare_days_can_be_read_as_working_or_calendar_days():
    end = [event("inspected", "2026-09-18")]
    assert rows(office(replace(D4, reading="workday")), end)[0].due == date(2026, 10, 9)
    assert rows(office(replace(D4, reading="calendar")), end)[0].due == date(2026, 9, 28)
    json = rows(office(D4), end)[0].as_json()
    assert (json["due"], json["due_workday"], json["due_calendar"]) == ("2026-09-28", "2026-10-09", "2026-09-28")


def test_between_the_readings_it_is_late_and_says_that_a_person_decides():
    (row,) = rows(office(D4), [event("inspected", "2026-09-18")], today="2026-09-30")
    assert row.state == "late"
    assert "2026-10-09" in row.note


def test_a_calendar_reading_across_new_year_is_certain_its_workday_reading_is_not():
    (row,) = rows(office(D4), [event("inspected", "2026-12-28")], today="2026-12-29")
    assert (row.due, row.provisional, row.workday_provisional) == (date(2027, 1, 7), False, True)


def test_states():
    end = event("inspected", "2026-09-18")
    done = event("disclosed", "2026-10-22")
    assert rows(office(D2), [end], today="2026-10-22")[0].state == "open"
    assert rows(office(D2), [end], today="2026-10-23")[0].state == "late"
    row = rows(office(D2), [end, done], today="2026-10-23")[0]
    assert (row.state, row.met_on, row.in_time) == ("done", date(2026, 10, 22), True)
    after = rows(office(D2), [end, event("disclosed", "2026-10-26")], today="2026-11-01")[0]
    assert (after.state, after.in_time) == ("done", False)
    assert "超过期限" in after.note


def test_an_act_before_its_event_or_after_today_is_not_counted_and_said():
    end = event("inspected", "2026-09-18")
    early = rows(office(D2), [end, event("disclosed", "2026-09-17")])[0]
    assert early.state == "open"
    assert "早于起算日" in early.note
    later = rows(office(D2), [end, event("disclosed", "2026-10-09")], today="2026-10-01")[0]
    assert later.state == "open"
    assert "晚于今日" in later.note


def test_each_department_discloses_its_own():
    findings = [finding(department=YJ), finding(department=SJ)]
    facts = [event("inspected", "2026-09-18"), event("disclosed", "2026-09-28", YJ)]
    (row,) = rows(office(D2), facts, findings, today="2026-10-01")
    assert (row.state, row.departments) == ("open", (SJ,))
    (row,) = rows(office(D2), [*facts, event("disclosed", "2026-09-30", SJ)], findings, today="2026-10-01")
    assert (row.state, row.met_on) == ("done", date(2026, 9, 30))
    per_department = rows(office(D3), facts, findings, today="2026-10-01")
    assert [(r.departments, r.state) for r in per_department] == [((SJ,), "open"), ((YJ,), "done")]


def test_a_transfer_is_due_only_where_something_is_to_be_transferred():
    assert rows(office(D1), [], [finding("R01"), finding("R05", SJ)]) == []
    (row,) = rows(office(D1), [], [finding("R01"), finding("R08", SJ)])
    assert row.departments == (SJ,)
    (row,) = rows(office(D1), [event("handled", "2026-09-18", SJ, "H4")], [finding("R05", SJ), finding("R05", YJ)])
    assert row.departments == (SJ,)
    assert rows(office(D1), [event("filed", "2026-09-18", SJ)], [finding("R08", SJ)]) == []


def test_a_deadline_for_problems_is_for_the_departments_that_found_one():
    settled = office(deadline("D", "found", 10, "工作日", "责令改正复查", "rectified", applies="problem"))
    assert rows(settled, [], [finding("R01"), finding("R01", SJ)]) == []
    (row,) = rows(settled, [], [finding("R01"), finding("R05", SJ)])
    assert row.departments == (SJ,)


def test_a_deadline_for_filed_cases_waits_for_the_filing():
    closing = office(deadline("D", "inspected", 90, "日", "结案", "closed", applies="filed"))
    inspected = event("inspected", "2026-09-18", SJ)
    assert rows(closing, [inspected], [finding("R05", SJ)]) == []
    (row,) = rows(closing, [inspected, event("filed", "2026-09-19", SJ)], [finding("R05", SJ)])
    assert (row.deadline, row.state) == ("D", "open")


def test_filing_and_replying_answer_the_same_confirmation():
    confirmed = event("confirmed", "2026-09-18", SJ)
    assert {r.deadline for r in rows(OFFICES["003"], [confirmed])} == {"D6", "D7"}
    only = rows(OFFICES["003"], [confirmed, event("replied", "2026-09-20", SJ)])
    assert [(r.deadline, r.state) for r in only] == [("D7", "done")]
    either = office(replace(D6, met_by="filed|replied"))
    assert rows(either, [confirmed, event("replied", "2026-09-20", SJ)])[0].state == "done"


def test_within_leaves_out_what_is_done_or_far():
    facts = [event("inspected", "2026-09-18"), event("recorded", "2026-09-20")]
    everything = rows(office(D2, D4, D9), facts, today="2026-09-21")
    assert [r.deadline for r in everything] == ["D4", "D2", "D9"]
    assert [r.deadline for r in rows(office(D2, D4, D9), facts, today="2026-09-21", within=7)] == ["D4"]
    assert [r.deadline for r in rows(office(D2, D4, D9), facts, today="2026-10-30", within=0)] == ["D4", "D2"]


def test_the_last_day_of_an_inspection_counts():
    days = [event("inspected", "2026-09-17"), event("inspected", "2026-09-18")]
    assert rows(office(D2), days)[0].event_date == date(2026, 9, 18)


def test_the_letter_is_asked_of_the_office():
    (row,) = rows(office(D5), [event("inspected", "2026-09-18")], [finding("R08", SJ)])
    assert row.departments == ("双随机办",)


def test_results_without_the_end_of_the_inspection_are_reported():
    (problem,) = not_started([CASE], [], [finding()], office(D2))
    assert "检查结束" in problem.message
    assert problem.remedy
    assert not_started([CASE], [event("inspected", "2026-09-18")], [finding()], office(D2)) == []
    assert [p.field for p in not_started([CASE], [], [finding(found=None)], office(D3))] == ["形成检查结果"]


def test_contract_keys():
    (row,) = rows(office(D2), [event("inspected", "2026-09-18")])
    assert {"case", "event", "event_date", "act", "clause", "due", "provisional", "state"} <= set(row.as_json())
