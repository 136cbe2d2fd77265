"""Working days: the dated cases of DOMAIN §5, the office's own table, and the years nobody has announced."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj_docs.ground.errors import DataError
from ssj_docs.model.office import Office
from ssj_docs.planning.dates.workdays import WorkCalendar, add_days, add_workdays, office_calendar, workdays_between

PUBLISHED = WorkCalendar()


def office(**tables):
    return Office(name="青禾县双随机办", red_header="", signature=(), printer="", **tables)


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        ("2026-09-18", 20, "2026-10-22"),
        ("2026-01-30", 20, "2026-03-05"),
        ("2026-02-13", 7, "2026-03-02"),
        ("2024-09-27", 20, "2024-10-30"),
        ("2025-12-31", 20, "2026-01-29"),
        ("2026-09-18", 7, "2026-09-29"),
    ],
)
def test_dated_cases(start, n, due):
    counted = add_workdays(date.fromisoformat(start), n, PUBLISHED)
    assert counted.date == date.fromisoformat(due)
    assert not counted.provisional
    assert "国务院办公厅" in counted.source


@pytest.mark.parametrize("day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"])
def test_weekend_days_worked_in_2026(day):
    assert date.fromisoformat(day).weekday() >= 5
    assert PUBLISHED.is_workday(date.fromisoformat(day))


def test_the_mid_autumn_holiday_is_off():
    assert not PUBLISHED.is_workday(date(2026, 9, 25))


def test_a_date_that_crosses_into_2027_is_provisional_and_says_why():
    inside = add_workdays(date(2026, 12, 3), 20, PUBLISHED)
    assert (inside.date, inside.provisional) == (date(2026, 12, 31), False)
    assert "2027 年元旦" in inside.source  # its notice may still move the last days of December
    assert "元旦" not in add_workdays(date(2026, 12, 1), 19, PUBLISHED).source
    assert "元旦" not in add_workdays(date(2025, 12, 3), 20, PUBLISHED).source
    crossing = add_workdays(date(2026, 12, 4), 20, PUBLISHED)
    assert crossing.provisional
    assert crossing.date == date(2027, 1, 1)  # Monday to Friday: the guess does not know New Year's Day
    assert "2027 年放假安排未公布" in crossing.source


def test_the_office_table_makes_2027_final():
    calendar = office_calendar(office(holidays={"2027": ("2027-01-01",)}, workdays={"2027": ("2027-01-02",)}))
    counted = add_workdays(date(2026, 12, 4), 20, calendar)
    assert (counted.date, counted.provisional) == (date(2027, 1, 2), False)
    assert "office.toml" in counted.source


def test_the_office_table_goes_before_the_library():
    calendar = office_calendar(office(holidays={"2026": ("2026-11-23",)}))
    assert not calendar.is_workday(date(2026, 11, 23))
    assert add_workdays(date(2026, 11, 20), 1, calendar).date == date(2026, 11, 24)
    assert calendar.is_workday(date(2026, 10, 10))  # the rest of the year stays as published


def test_years_before_the_library_do_not_crash():
    counted = add_workdays(date(2003, 6, 2), 7, PUBLISHED)
    assert (counted.date, counted.provisional) == (date(2003, 6, 11), True)


def test_zero_days_is_the_day_itself():
    assert add_workdays(date(2026, 10, 1), 0, PUBLISHED).date == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("tables", "word"),
    [
        ({"holidays": {"2027": ("元旦",)}}, "元旦"),
        ({"workdays": {"2027": ("2026-01-04",)}}, "不属于"),
        ({"holidays": {"2027": ("2027-01-02",)}, "workdays": {"2027": ("2027-01-02",)}}, "同时"),
    ],
)
def test_a_bad_table_is_named(tables, word):
    with pytest.raises(DataError) as caught:
        office_calendar(office(**tables))
    assert word in caught.value.message
    assert caught.value.remedy


@given(st.dates(date(2004, 1, 1), date(2030, 12, 31)), st.integers(1, 60))
def test_counting_back_gives_the_number(start, n):
    counted = add_workdays(start, n, PUBLISHED)
    assert workdays_between(start, counted.date, PUBLISHED) == n
    assert PUBLISHED.is_workday(counted.date)
    assert counted.provisional == (max(counted.date, start + timedelta(days=1)).year > 2026)


def test_calendar_days():
    assert add_days(date(2026, 9, 18), 10).date == date(2026, 9, 28)
    assert workdays_between(date(2026, 9, 29), date(2026, 9, 18), PUBLISHED) == -7
