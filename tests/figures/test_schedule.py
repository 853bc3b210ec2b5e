"""Repayment schedules: the figures of RULES §8.2 and properties that hold for any loan."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_project.rules.shipped import shipped_body
from crm_project.rules.workdays import Shift, Workdays
from financing.calc.daycount import DayCount
from financing.calc.interest import RateStep
from financing.calc.results import CalcError
from financing.calc.schedule import Method, build_schedule, due_dates, level_service, period_years

CALENDAR = Workdays.from_body(shipped_body("calendar", "china"))
START = date(2025, 12, 31)
WAN = Decimal(10_000)
SEVEN_MILLION = 700 * WAN
CFADS = [Decimal(flow) * WAN for flow in (120, 130, 140, 150, 150, 145, 140, 135)]
YEARS = due_dates(date(2026, 12, 31), 8, 12, workdays=CALENDAR)


def in_wan(amount: Decimal) -> str:
    return str((amount / WAN).quantize(Decimal("0.0001")))


def covers(schedule) -> list[str]:
    return [
        str((flow / row.service).quantize(Decimal("0.0001"))) for flow, row in zip(CFADS, schedule.rows, strict=True)
    ]


def test_annuity_of_700_over_eight_years():
    schedule = build_schedule(
        principal=SEVEN_MILLION,
        starts_on=START,
        dates=YEARS,
        rates=Decimal("0.05"),
        method=Method.ANNUITY,
        period_months=12,
    )
    assert {in_wan(row.service) for row in schedule.rows} == {"108.3053"}
    assert covers(schedule) == ["1.1080", "1.2003", "1.2926", "1.3850", "1.3850", "1.3388", "1.2926", "1.2465"]
    assert schedule.rows[-1].closing == 0


def test_equal_principal_of_700_fails_the_first_year():
    schedule = build_schedule(
        principal=SEVEN_MILLION,
        starts_on=START,
        dates=YEARS,
        rates=Decimal("0.05"),
        method=Method.EQUAL_PRINCIPAL,
        period_months=12,
    )
    assert covers(schedule) == ["0.9796", "1.1005", "1.2308", "1.3714", "1.4286", "1.4410", "1.4545", "1.4694"]


def test_bullet_pays_interest_by_actual_days_and_principal_at_the_end():
    dates = due_dates(date(2026, 3, 21), 4, 3, workdays=CALENDAR)
    schedule = build_schedule(
        principal=Decimal("50000000"),
        starts_on=date(2025, 12, 21),
        dates=dates,
        rates=Decimal("0.0385"),
        method=Method.BULLET,
    )
    assert [(row.interest, row.principal) for row in schedule.rows] == [
        (Decimal("481250.00"), 0),
        (Decimal("491944.44"), 0),
        (Decimal("491944.44"), 0),
        (Decimal("486597.22"), Decimal("50000000")),
    ]


def test_grace_rows_bear_interest_only():
    schedule = build_schedule(
        principal=Decimal("600.00"),
        starts_on=START,
        dates=YEARS,
        rates=Decimal("0.05"),
        method=Method.EQUAL_PRINCIPAL,
        grace=2,
        period_months=12,
    )
    assert [row.principal for row in schedule.rows] == [0, 0, *[Decimal("100.00")] * 6]
    assert [row.interest for row in schedule.rows[:3]] == [Decimal("30.00")] * 3


def test_free_principal_and_fees_stand_as_given():
    amounts = [Decimal(x) for x in ("100.00", "0.00", "250.50")]
    schedule = build_schedule(
        principal=Decimal("350.50"),
        starts_on=START,
        dates=YEARS[:3],
        rates=Decimal("0.04"),
        method=Method.FREE,
        principals=amounts,
        fees=[Decimal(5), Decimal(0), Decimal(0)],
        period_months=12,
    )
    assert [row.principal for row in schedule.rows] == amounts
    assert (schedule.fees, schedule.principal, schedule.interest) == (5, Decimal("350.50"), Decimal("34.06"))


def test_half_years_and_quarters_move_off_days_that_are_not_worked():
    halves = due_dates(date(2025, 6, 21), 3, 6, shift=Shift.FOLLOWING, workdays=CALENDAR)
    assert halves == (date(2025, 6, 23), date(2025, 12, 22), date(2026, 6, 22))
    quarters = due_dates(date(2025, 6, 21), 3, 3, shift=Shift.PRECEDING, workdays=CALENDAR)
    assert quarters == (date(2025, 6, 20), date(2025, 9, 19), date(2025, 12, 19))


def test_a_rate_change_inside_a_period_counts_from_its_day():
    rates = [RateStep(date(2025, 12, 21), Decimal("0.0385")), RateStep(date(2026, 1, 15), Decimal("0.0375"))]
    schedule = build_schedule(
        principal=Decimal("50000000"),
        starts_on=date(2025, 12, 21),
        dates=[date(2026, 3, 21)],
        rates=rates,
        method=Method.BULLET,
    )
    assert schedule.rows[0].interest == Decimal("472222.22")


def test_period_years_count_as_the_interest_does():
    assert period_years(START, YEARS[:2], period_months=12) == (Fraction(1), Fraction(1))
    assert period_years(START, YEARS[:1], basis=DayCount.ACT_360) == (Fraction(365, 360),)


def test_a_level_service_without_interest_is_an_equal_share():
    assert level_service(Decimal(100), [Fraction(0)] * 3) == Decimal("33.33")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"principal": Decimal(0)}, "amount"),
        ({"principal": Decimal("1.001")}, "amount"),
        ({"dates": []}, "no_dates"),
        ({"dates": [YEARS[1], YEARS[0]]}, "dates_order"),
        ({"dates": [START]}, "dates_order"),
        ({"grace": 8}, "grace"),
        ({"fees": [Decimal(1)]}, "row_count"),
        ({"method": Method.FREE, "principals": [Decimal(100)]}, "row_count"),
        ({"method": Method.FREE, "principals": [Decimal(-1), *[Decimal(0)] * 6, Decimal(101)]}, "negative_principal"),
        ({"method": Method.FREE, "principals": [*[Decimal(0)] * 7, Decimal("99.99")]}, "principal_sum"),
    ],
)
def test_a_loan_that_makes_no_schedule_is_refused_with_its_reason(changes, code):
    arguments = {
        "principal": Decimal(100),
        "starts_on": START,
        "dates": YEARS,
        "rates": Decimal("0.05"),
        "method": Method.ANNUITY,
        **changes,
    }
    with pytest.raises(CalcError) as refusal:
        build_schedule(**arguments)
    assert refusal.value.code == code


@given(
    principal=st.integers(1, 10**13).map(lambda cents: Decimal(cents).scaleb(-2)),
    rate=st.integers(0, 250_000).map(lambda millionths: Decimal(millionths).scaleb(-6)),
    count=st.integers(1, 60),
    every=st.sampled_from([1, 3, 6, 12]),
    method=st.sampled_from([Method.EQUAL_PRINCIPAL, Method.ANNUITY, Method.BULLET]),
    grace_share=st.floats(0, 0.9),
    by_days=st.booleans(),
)
@settings(max_examples=500, deadline=None)
def test_principal_adds_up_to_the_cent_and_is_never_negative(
    principal, rate, count, every, method, grace_share, by_days
):
    schedule = build_schedule(
        principal=principal,
        starts_on=START,
        dates=due_dates(date(2026, 12, 31), count, every, workdays=CALENDAR),
        rates=rate,
        method=method,
        grace=int(count * grace_share),
        period_months=None if by_days else every,
    )
    assert schedule.principal == principal
    assert schedule.rows[-1].closing == 0
    for row in schedule.rows:
        assert row.principal >= 0
        assert row.opening - row.principal == row.closing >= 0
        assert row.interest == row.interest.quantize(Decimal("0.01"))
