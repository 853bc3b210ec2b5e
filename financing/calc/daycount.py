"""Day-count conventions. Fractions of a year are exact, so interest is rounded only once.

Source: ISDA 2006 definitions 4.16; RULES §11 for actual days over 360.
"""

from datetime import date
from enum import StrEnum
from fractions import Fraction


class DayCount(StrEnum):
    ACT_360 = "act_360"
    ACT_365F = "act_365f"
    ACT_ACT_ISDA = "act_act_isda"
    THIRTY_360 = "30_360"  # bond basis
    THIRTY_E_360 = "30e_360"  # eurobond basis


def day_count(start: date, end: date, convention: DayCount) -> int:
    """Days from start (counted) to end (not counted): actual days, or days of 30-day months."""
    if convention in (DayCount.THIRTY_360, DayCount.THIRTY_E_360):
        return _thirty_days(start, end, european=convention is DayCount.THIRTY_E_360)
    return (end - start).days


def year_fraction(start: date, end: date, convention: DayCount) -> Fraction:
    """Exact share of a year from start (counted) to end (not counted)."""
    if convention is DayCount.ACT_ACT_ISDA:
        return _actual_actual(start, end)
    return Fraction(day_count(start, end, convention), 365 if convention is DayCount.ACT_365F else 360)


def _thirty_days(start: date, end: date, *, european: bool) -> int:
    first = min(start.day, 30)
    last = min(end.day, 30) if european or first == 30 else end.day
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first


def _actual_actual(start: date, end: date) -> Fraction:
    """Days in each calendar year over the length of that year. Works for start before end."""
    total = Fraction(0)
    for year in range(start.year, end.year + 1):
        first, last = date(year, 1, 1), date(year + 1, 1, 1)
        days = (min(end, last) - max(start, first)).days
        total += Fraction(max(0, days), (last - first).days)
    return total
