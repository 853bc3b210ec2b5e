"""Day counts against the published cases of QuantLib's test suite (test-suite/daycounters.cpp)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from crm_project.rules.money import round_half_up
from financing.calc.daycount import DayCount, day_count, year_fraction


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2003-11-01", "2004-05-01", "0.497724380567"),
        ("1999-07-01", "2000-07-01", "1.001377348600"),
        ("2003-07-15", "2004-01-15", "0.504004790778"),
        ("2000-01-30", "2000-06-30", "0.415300546448"),
    ],
)
def test_actual_actual_splits_at_the_year_end(start, end, expected):
    found = year_fraction(date.fromisoformat(start), date.fromisoformat(end), DayCount.ACT_ACT_ISDA)
    assert abs(round_half_up(found, 12) - Decimal(expected)) <= Decimal("1e-11")


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2007-02-20", "2007-08-20", 180),
        ("2007-02-28", "2007-08-31", 183),
        ("2008-02-29", "2008-08-31", 182),
        ("2006-01-30", "2006-02-28", 28),
        ("2006-02-14", "2006-02-28", 14),
        ("2006-10-31", "2006-11-28", 28),
        ("2008-02-28", "2008-08-31", 183),
        ("2007-02-26", "2008-02-29", 363),
        ("2008-02-28", "2008-03-30", 32),
    ],
)
def test_thirty_360_bond_basis(start, end, days):
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    assert day_count(first, last, DayCount.THIRTY_360) == days
    assert year_fraction(first, last, DayCount.THIRTY_360) == Fraction(days, 360)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2006-08-20", "2007-02-20", 180),
        ("2006-02-28", "2006-08-31", 182),
        ("2008-02-29", "2008-08-31", 181),
        ("2006-01-31", "2006-02-28", 28),
        ("2006-02-28", "2006-03-03", 5),
        ("2006-09-30", "2006-10-31", 30),
        ("2007-08-31", "2008-02-28", 178),
        ("2007-02-26", "2008-02-28", 362),
        ("2008-02-29", "2009-02-28", 359),
        ("2008-02-28", "2008-03-31", 32),
    ],
)
def test_thirty_e_360_eurobond_basis(start, end, days):
    assert day_count(date.fromisoformat(start), date.fromisoformat(end), DayCount.THIRTY_E_360) == days


def test_actual_days_count_the_first_and_not_the_last():
    start, end = date(2025, 1, 15), date(2025, 3, 21)
    assert day_count(start, end, DayCount.ACT_360) == 65
    assert year_fraction(start, end, DayCount.ACT_360) == Fraction(65, 360)
    assert year_fraction(start, end, DayCount.ACT_365F) == Fraction(65, 365)


def test_a_year_of_actual_days_over_360_costs_more_than_the_named_rate():
    assert (
        Fraction("0.0385") * year_fraction(date(2025, 1, 1), date(2026, 1, 1), DayCount.ACT_360)
        == Fraction("14.0525") / 360
    )  # RULES §11: behaves like 3.9035 % on 365
    assert round_half_up(Fraction("14.0525") / 360, 6) == Decimal("0.039035")
