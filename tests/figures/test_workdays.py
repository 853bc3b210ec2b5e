"""Working days and business hours against the published arrangements of 2025 and 2026."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_project.rules.shipped import shipped_body
from crm_project.rules.workdays import OpenHours, Shift, Workdays, add_months, hours_from_texts

CALENDAR = Workdays.from_body(shipped_body("calendar", "china"))
SPLIT_DAY = Workdays(
    CALENDAR.days_off, CALENDAR.days_on, CALENDAR.announced_years, hours_from_texts(["09:00-12:00", "13:30-18:30"])
)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2025, 1, 26), True),  # Sunday worked for the spring festival
        (date(2025, 1, 28), False),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2026, 2, 28), True),
        (date(2026, 3, 2), True),
        (date(2026, 3, 1), False),
        (date(2031, 5, 10), False),  # a Saturday beyond the table
        (date(2031, 5, 12), True),
    ],
)
def test_a_workday_is_an_adjusted_day_or_a_weekday_not_listed(day, worked):
    assert CALENDAR.is_workday(day) is worked


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2026, 2, 9), date(2026, 2, 28), 10),  # across the spring festival and worked Saturdays
        (date(2026, 2, 9), date(2026, 3, 2), 11),
        (date(2026, 4, 27), date(2026, 5, 13), 10),  # across the May holidays
        (date(2026, 4, 27), date(2026, 5, 14), 11),
        (date(2026, 3, 2), date(2026, 3, 23), 15),
    ],
)
def test_working_days_between_skip_holidays_and_count_worked_weekends(start, end, days):
    assert CALENDAR.workdays_between(start, end) == days
    assert CALENDAR.workdays_between(end, start) == -days
    assert CALENDAR.add_workdays(start, days) == end


@given(st.dates(date(2024, 12, 1), date(2028, 1, 31)), st.integers(-60, 60))
@settings(max_examples=150, deadline=None)
def test_adding_and_counting_working_days_agree(day, count):
    start = CALENDAR.following(day)
    assert CALENDAR.workdays_between(start, CALENDAR.add_workdays(start, count)) == count


def test_years_without_a_published_arrangement_are_estimates():
    assert [CALENDAR.is_estimated(year) for year in (2024, 2025, 2026, 2027, 2028)] == [True, False, False, True, True]


def test_a_due_date_moves_as_the_contract_says():
    holiday = date(2025, 10, 1)
    assert CALENDAR.shift(holiday, Shift.NONE) == holiday
    assert CALENDAR.shift(holiday, Shift.FOLLOWING) == date(2025, 10, 9)
    assert CALENDAR.shift(holiday, Shift.PRECEDING) == date(2025, 9, 30)


def test_the_clock_of_business_hours_runs_nine_to_five_unless_told():
    assert CALENDAR.hours == (OpenHours(time(9), time(17)),)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (datetime(2026, 3, 2, 10, 0), "4", datetime(2026, 3, 2, 14, 0)),
        (datetime(2026, 3, 2, 16, 30), "1", datetime(2026, 3, 3, 9, 30)),
        (datetime(2026, 3, 2, 9, 0), "8", datetime(2026, 3, 2, 17, 0)),
        (datetime(2026, 3, 6, 18, 0), "0.5", datetime(2026, 3, 9, 9, 30)),  # Friday evening
        (datetime(2026, 2, 14, 16, 0), "2", datetime(2026, 2, 24, 10, 0)),  # worked Saturday before the festival
        (datetime(2026, 3, 7, 12, 0), "0", datetime(2026, 3, 9, 9, 0)),
    ],
)
def test_working_hours_skip_nights_weekends_and_holidays(start, hours, end):
    assert CALENDAR.add_working_hours(start, Decimal(hours)) == end
    assert CALENDAR.working_hours_between(start, end) == Decimal(hours)


def test_a_lunch_break_stops_the_clock():
    assert SPLIT_DAY.add_working_hours(datetime(2026, 3, 2, 11, 0), Decimal(2)) == datetime(2026, 3, 2, 14, 30)
    assert SPLIT_DAY.working_hours_between(datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 20)) == 8


def test_the_clock_keeps_the_time_zone_it_is_given():
    start = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    assert CALENDAR.add_working_hours(start, Decimal(1)) == datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


def test_negative_hours_and_a_calendar_without_hours_are_refused():
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_working_hours(datetime(2026, 3, 2, 10, 0), Decimal(-1))
    closed = Workdays(frozenset(), frozenset(), frozenset(), ())
    with pytest.raises(ValueError, match="no business hours"):
        closed.add_working_hours(datetime(2026, 3, 2, 10, 0), Decimal(1))


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [  # RULES §29
        (date(2025, 6, 30), 36, date(2028, 6, 30)),
        (date(2026, 3, 15), 36, date(2029, 3, 15)),
        (date(2025, 6, 30), 6, date(2025, 12, 30)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 1, 31), -2, date(2025, 11, 30)),
    ],
)
def test_months_end_on_the_same_day_number_or_the_month_end(day, months, end):
    assert add_months(day, months) == end
