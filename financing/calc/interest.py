"""Loan pricing over the loan prime rate (LPR), settlement periods, repricing, accrual and penalty interest.

Source: RULES §11. Rates are annual fractions; days count first day in, last day out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any

from crm_project.rules.money import quantise_cent
from crm_project.rules.workdays import Shift, Workdays, add_months

from .daycount import DayCount, day_count, year_fraction
from .results import N_, CalcError

SETTLEMENT_DAY = 20  # interest is settled to this day inclusive and paid on the next
BASIS_POINTS = 10_000


class LprTenor(StrEnum):
    ONE_YEAR = "1y"
    FIVE_YEARS = "5y"


class Repricing(StrEnum):
    """When a floating rate takes the newest LPR; anniversaries, quarters and months count from the drawing day."""

    FIXED = "fixed"
    ANNIVERSARY = "anniversary"
    JANUARY_1 = "january_1"
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"


class Settlement(StrEnum):
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    AT_MATURITY = "at_maturity"


REPRICING_MONTHS = {Repricing.ANNIVERSARY: 12, Repricing.QUARTERLY: 3, Repricing.MONTHLY: 1}
SETTLEMENT_MONTHS = {Settlement.MONTHLY: frozenset(range(1, 13)), Settlement.QUARTERLY: frozenset((3, 6, 9, 12))}


@dataclass(frozen=True)
class Fixing:
    """A published loan prime rate; `verification` is verified or inferred."""

    published_on: date
    tenor: LprTenor
    rate: Decimal
    verification: str


@dataclass(frozen=True)
class LprTable:
    """Published rates in order of publication."""

    fixings: tuple[Fixing, ...]

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "LprTable":
        """Table from a rule body with table `rates` (published_on, lpr_1y, lpr_5y, verification)."""
        found = []
        for row in body["tables"]["rates"]:
            day = date.fromisoformat(row["published_on"])
            for tenor, column in ((LprTenor.ONE_YEAR, "lpr_1y"), (LprTenor.FIVE_YEARS, "lpr_5y")):
                found.append(Fixing(day, tenor, Decimal(row[column]), row["verification"]))
        return cls(tuple(sorted(found, key=lambda fixing: fixing.published_on)))

    def fixing_before(self, day: date, tenor: LprTenor) -> Fixing:
        """The newest rate published before the contract, drawing or repricing day. Raises CalcError no_fixing."""
        found = [fixing for fixing in self.fixings if fixing.tenor is tenor and fixing.published_on < day]
        if not found:
            raise CalcError("no_fixing", N_("no loan prime rate was published before %(day)s"), day=day)
        return found[-1]


@dataclass(frozen=True)
class RateStep:
    """The annual rate from a day on; `fixing` where it rests on one."""

    starts_on: date
    rate: Decimal
    fixing: Fixing | None = None


@dataclass(frozen=True)
class BalanceStep:
    """The balance from a day on, CNY."""

    starts_on: date
    balance: Decimal


@dataclass(frozen=True)
class Segment:
    """A stretch with one balance and one rate; `amount` to the cent for display only."""

    start: date
    end: date
    days: int
    balance: Decimal
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Accrual:
    """Interest of one period: `amount` is the exact sum of the segments, rounded once."""

    start: date
    end: date
    segments: tuple[Segment, ...]
    amount: Decimal


@dataclass(frozen=True)
class InterestPeriod:
    """From `start` (counted) to `end` (not counted), paid on `pays_on`."""

    start: date
    end: date
    pays_on: date


@dataclass(frozen=True)
class PenaltyTerms:
    """Uplifts on the contract rate, as fractions of it."""

    overdue: Decimal
    misuse: Decimal


def reference_tenor(term_months: int) -> LprTenor | None:
    """The LPR a term refers to: to one year 1Y, over five years 5Y; None between, where the bank chooses."""
    if term_months <= 12:
        return LprTenor.ONE_YEAR
    return LprTenor.FIVE_YEARS if term_months > 60 else None


def all_in_rate(lpr: Decimal, basis_points: Decimal) -> Decimal:
    """LPR plus the contract's basis points (may be negative): 3.10 % and 75 give 0.0385."""
    return lpr + basis_points / BASIS_POINTS


def repricing_days(drawn_on: date, matures_on: date, repricing: Repricing) -> tuple[date, ...]:
    """Days after drawing and before maturity on which the rate is set anew."""
    if repricing is Repricing.FIXED:
        return ()
    if repricing is Repricing.JANUARY_1:
        days: Iterable[date] = (date(year, 1, 1) for year in range(drawn_on.year + 1, matures_on.year + 1))
        return tuple(day for day in days if day < matures_on)
    found: list[date] = []
    every = REPRICING_MONTHS[repricing]
    while (day := add_months(drawn_on, every * (len(found) + 1))) < matures_on:
        found.append(day)
    return tuple(found)


def floating_rates(
    *, table: LprTable, tenor: LprTenor, basis_points: Decimal, drawn_on: date, matures_on: date, repricing: Repricing
) -> tuple[RateStep, ...]:
    """The rate from drawing and from each repricing day; days beyond the table keep its newest rate."""
    days = (drawn_on, *repricing_days(drawn_on, matures_on, repricing))
    fixings = [table.fixing_before(day, tenor) for day in days]
    return tuple(
        RateStep(day, all_in_rate(fixing.rate, basis_points), fixing) for day, fixing in zip(days, fixings, strict=True)
    )


def interest_periods(
    drawn_on: date, matures_on: date, settlement: Settlement, *, shift: Shift, workdays: Workdays
) -> tuple[InterestPeriod, ...]:
    """Settlement periods of a loan: to the 20th inclusive, paid on the 21st, the last one with the principal.

    A payment day that is no working day moves as the contract says. Where maturity moves, interest runs to the
    day of payment; the other periods keep their days.
    """
    if matures_on <= drawn_on:
        raise CalcError("maturity_before_drawing", N_("the loan ends before it is drawn"))
    ends = []
    if settlement is not Settlement.AT_MATURITY:
        day = date(drawn_on.year, drawn_on.month, SETTLEMENT_DAY + 1)
        while day < matures_on:
            if day > drawn_on and day.month in SETTLEMENT_MONTHS[settlement]:
                ends.append(day)
            day = add_months(day, 1)
    last = workdays.shift(matures_on, shift)
    cuts = [drawn_on, *(day for day in ends if day < last), last]
    return tuple(InterestPeriod(start, end, workdays.shift(end, shift)) for start, end in pairwise(cuts))


def accrue(
    start: date,
    end: date,
    *,
    balances: Sequence[BalanceStep],
    rates: Sequence[RateStep],
    basis: DayCount = DayCount.ACT_360,
) -> Accrual:
    """Interest from start (counted) to end (not counted) over changing balances and rates, rounded once.

    Raises CalcError no_rate where nothing is in force at the start.
    Example: 50,000,000 at 3.85 % from 15 January to 21 March 2025, 65 days: 347,569.44.
    """
    if end < start:
        raise CalcError("period_reversed", N_("the period ends before it starts"))
    changes = [*(step.starts_on for step in balances), *(step.starts_on for step in rates)]
    cuts = {start, end, *(day for day in changes if start < day < end)}
    segments, exact = [], Fraction(0)
    for first, last in pairwise(sorted(cuts)):
        balance, rate = balance_on(balances, first), rate_on(rates, first)
        amount = Fraction(balance) * Fraction(rate) * year_fraction(first, last, basis)
        segments.append(Segment(first, last, day_count(first, last, basis), balance, rate, quantise_cent(amount)))
        exact += amount
    return Accrual(start, end, tuple(segments), quantise_cent(exact))


def rate_on(rates: Sequence[RateStep], day: date) -> Decimal:
    """The annual rate in force on a day. Raises CalcError no_rate."""
    found = [step for step in rates if step.starts_on <= day]
    if not found:
        raise CalcError("no_rate", N_("no rate is in force on %(day)s"), day=day)
    return max(found, key=lambda step: step.starts_on).rate


def balance_on(balances: Sequence[BalanceStep], day: date) -> Decimal:
    """The balance in force on a day, 0 before the first drawing."""
    found = [step for step in balances if step.starts_on <= day]
    return max(found, key=lambda step: step.starts_on).balance if found else Decimal("0.00")


def penalty_rate(contract_rate: Decimal, terms: PenaltyTerms, *, overdue: bool, misused: bool) -> Decimal:
    """The rate on an overdue or misused sum: the heavier uplift, never both; the contract rate for neither."""
    uplifts = [Decimal(0)]
    if overdue:
        uplifts.append(terms.overdue)
    if misused:
        uplifts.append(terms.misuse)
    return contract_rate * (1 + max(uplifts))


def penalty_interest(amount: Decimal, rate: Decimal, days: int) -> Decimal:
    """Interest at a penalty rate on overdue principal or, compounding, on unpaid interest; days over 360."""
    return quantise_cent(Fraction(amount) * Fraction(rate) * Fraction(days, 360))


def last_interest_day(period: InterestPeriod) -> date:
    """The settlement day shown to clients: the last day that bears interest."""
    return period.end - timedelta(days=1)
