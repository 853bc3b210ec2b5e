"""Pricing, settlement, repricing and penalty interest: vectors of RULES §11."""

from datetime import date
from decimal import Decimal

import pytest

from crm_project.rules.shipped import shipped_body
from crm_project.rules.workdays import Shift, Workdays
from financing.calc.interest import (
    BalanceStep,
    LprTable,
    LprTenor,
    PenaltyTerms,
    RateStep,
    Repricing,
    Settlement,
    accrue,
    all_in_rate,
    floating_rates,
    interest_periods,
    last_interest_day,
    penalty_interest,
    penalty_rate,
    reference_tenor,
    repricing_days,
)
from financing.calc.results import CalcError

LPR = LprTable.from_body(shipped_body("lpr", "china"))
CALENDAR = Workdays.from_body(shipped_body("calendar", "china"))
DRAWN = date(2025, 1, 15)
FIFTY_MILLION = [BalanceStep(DRAWN, Decimal("50000000"))]
TERMS = PenaltyTerms(overdue=Decimal("0.5"), misuse=Decimal(1))


@pytest.mark.parametrize(
    ("day", "tenor", "rate", "published"),
    [
        (date(2025, 1, 15), LprTenor.ONE_YEAR, "0.0310", date(2024, 12, 20)),
        (date(2024, 10, 21), LprTenor.FIVE_YEARS, "0.0385", date(2024, 9, 20)),  # published that day: not yet
        (date(2024, 10, 22), LprTenor.FIVE_YEARS, "0.0360", date(2024, 10, 21)),
        (date(2026, 1, 15), LprTenor.ONE_YEAR, "0.0300", date(2025, 12, 22)),
        (date(2040, 1, 1), LprTenor.ONE_YEAR, "0.0300", date(2026, 8, 20)),
    ],
)
def test_the_fixing_is_the_newest_rate_published_before_the_day(day, tenor, rate, published):
    fixing = LPR.fixing_before(day, tenor)
    assert (fixing.rate, fixing.published_on) == (Decimal(rate), published)


def test_no_fixing_before_the_first_publication():
    with pytest.raises(CalcError) as refusal:
        LPR.fixing_before(date(2019, 8, 20), LprTenor.ONE_YEAR)
    assert refusal.value.code == "no_fixing"


def test_inferred_rows_of_the_table_say_so():
    assert LPR.fixing_before(date(2026, 7, 1), LprTenor.ONE_YEAR).verification == "inferred"


@pytest.mark.parametrize(
    ("months", "tenor"), [(12, LprTenor.ONE_YEAR), (13, None), (60, None), (61, LprTenor.FIVE_YEARS)]
)
def test_the_reference_tenor_follows_the_term(months, tenor):
    assert reference_tenor(months) is tenor


def test_basis_points_may_be_negative():
    assert all_in_rate(Decimal("0.0310"), Decimal(75)) == Decimal("0.0385")
    assert all_in_rate(Decimal("0.0350"), Decimal(-15)) == Decimal("0.0335")


def test_quarters_settle_to_the_20th_and_pay_on_the_21st():
    periods = interest_periods(DRAWN, date(2026, 1, 15), Settlement.QUARTERLY, shift=Shift.NONE, workdays=CALENDAR)
    assert [period.end for period in periods] == [
        date(2025, 3, 21),
        date(2025, 6, 21),
        date(2025, 9, 21),
        date(2025, 12, 21),
        date(2026, 1, 15),
    ]
    assert last_interest_day(periods[0]) == date(2025, 3, 20)
    rates = [RateStep(DRAWN, Decimal("0.0385"))]
    accruals = [accrue(p.start, p.end, balances=FIFTY_MILLION, rates=rates) for p in periods[:4]]
    assert [(a.segments[0].days, str(a.amount)) for a in accruals] == [
        (65, "347569.44"),
        (92, "491944.44"),
        (92, "491944.44"),
        (91, "486597.22"),
    ]


def test_a_payment_day_moves_but_only_the_last_period_changes_its_days():
    following = interest_periods(
        DRAWN, date(2025, 10, 1), Settlement.QUARTERLY, shift=Shift.FOLLOWING, workdays=CALENDAR
    )
    assert [(p.end, p.pays_on) for p in following] == [
        (date(2025, 3, 21), date(2025, 3, 21)),
        (date(2025, 6, 21), date(2025, 6, 23)),
        (date(2025, 9, 21), date(2025, 9, 22)),
        (date(2025, 10, 9), date(2025, 10, 9)),
    ]
    before = interest_periods(
        DRAWN, date(2025, 10, 1), Settlement.AT_MATURITY, shift=Shift.PRECEDING, workdays=CALENDAR
    )
    assert [(p.start, p.end) for p in before] == [(DRAWN, date(2025, 9, 30))]


def test_monthly_settlement_has_a_period_every_month():
    periods = interest_periods(DRAWN, date(2025, 4, 10), Settlement.MONTHLY, shift=Shift.NONE, workdays=CALENDAR)
    assert [p.end for p in periods] == [date(2025, 1, 21), date(2025, 2, 21), date(2025, 3, 21), date(2025, 4, 10)]
    with pytest.raises(CalcError):
        interest_periods(DRAWN, DRAWN, Settlement.MONTHLY, shift=Shift.NONE, workdays=CALENDAR)


@pytest.mark.parametrize(
    ("repricing", "days"),
    [
        (Repricing.FIXED, []),
        (Repricing.ANNIVERSARY, [date(2026, 1, 15)]),
        (Repricing.JANUARY_1, [date(2026, 1, 1)]),
        (Repricing.QUARTERLY, [date(2025, 4, 15), date(2025, 7, 15), date(2025, 10, 15), date(2026, 1, 15)]),
    ],
)
def test_repricing_days_follow_the_contract(repricing, days):
    assert list(repricing_days(DRAWN, date(2026, 3, 1), repricing)) == days


def test_monthly_repricing_keeps_the_day_number():
    assert repricing_days(date(2025, 1, 31), date(2025, 4, 1), Repricing.MONTHLY) == (
        date(2025, 2, 28),
        date(2025, 3, 31),
    )


def test_repricing_on_the_anniversary_splits_the_quarter():
    rates = floating_rates(
        table=LPR,
        tenor=LprTenor.ONE_YEAR,
        basis_points=Decimal(75),
        drawn_on=DRAWN,
        matures_on=date(2027, 1, 15),
        repricing=Repricing.ANNIVERSARY,
    )
    assert [(step.starts_on, step.rate) for step in rates] == [
        (DRAWN, Decimal("0.0385")),
        (date(2026, 1, 15), Decimal("0.0375")),
    ]
    quarter = accrue(date(2025, 12, 21), date(2026, 3, 21), balances=FIFTY_MILLION, rates=rates)
    assert [(s.days, str(s.amount)) for s in quarter.segments] == [(25, "133680.56"), (65, "338541.67")]
    assert str(quarter.amount) == "472222.22"  # rounded once per period, not per segment


def test_a_repayment_inside_the_period_lowers_the_interest_from_that_day():
    balances = [*FIFTY_MILLION, BalanceStep(date(2025, 2, 15), Decimal("20000000"))]
    found = accrue(DRAWN, date(2025, 3, 21), balances=balances, rates=[RateStep(DRAWN, Decimal("0.0385"))])
    assert [(s.days, str(s.amount)) for s in found.segments] == [(31, "165763.89"), (34, "72722.22")]


def test_interest_without_a_rate_or_a_period_is_refused():
    with pytest.raises(CalcError) as refusal:
        accrue(DRAWN, date(2025, 3, 21), balances=FIFTY_MILLION, rates=[RateStep(date(2025, 2, 1), Decimal("0.03"))])
    assert refusal.value.code == "no_rate"
    with pytest.raises(CalcError) as refusal:
        accrue(date(2025, 3, 21), DRAWN, balances=FIFTY_MILLION, rates=[RateStep(DRAWN, Decimal("0.03"))])
    assert refusal.value.code == "period_reversed"


@pytest.mark.parametrize(
    ("amount", "overdue", "misused", "interest"),
    [
        ("2000000", True, False, "6416.67"),
        ("2000000", False, True, "8555.56"),
        ("2000000", True, True, "8555.56"),  # the heavier, not both
        ("481250", True, False, "1544.01"),  # unpaid interest compounds
    ],
)
def test_penalty_interest_of_twenty_days(amount, overdue, misused, interest):
    rate = penalty_rate(Decimal("0.0385"), TERMS, overdue=overdue, misused=misused)
    assert str(penalty_interest(Decimal(amount), rate, 20)) == interest


def test_no_breach_no_penalty():
    assert penalty_rate(Decimal("0.0385"), TERMS, overdue=False, misused=False) == Decimal("0.0385")
