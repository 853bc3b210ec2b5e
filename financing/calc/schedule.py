"""Repayment schedules of a loan drawn in one sum: equal principal, annuity, bullet or free instalments.

Interest and principal are rounded half up to the cent per row; the last principal absorbs the rounding, so
principal adds up to the loan exactly and no principal is negative. Source: RULES §8, §11.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from crm_project.rules.money import quantise_cent
from crm_project.rules.workdays import Shift, Workdays, add_months

from .daycount import DayCount, year_fraction
from .interest import RateStep, rate_on
from .results import N_, CalcError

ZERO = Decimal("0.00")
PRECISION = 50  # digits while compounding over hundreds of periods, before the one rounding


class Method(StrEnum):
    EQUAL_PRINCIPAL = "equal_principal"
    ANNUITY = "annuity"
    BULLET = "bullet"
    FREE = "free"


@dataclass(frozen=True)
class Row:
    """One instalment, CNY to the cent; `no` counts from 1."""

    no: int
    due_on: date
    opening: Decimal
    interest: Decimal
    principal: Decimal
    fee: Decimal
    closing: Decimal

    @property
    def service(self) -> Decimal:
        """Interest and principal."""
        return self.interest + self.principal


@dataclass(frozen=True)
class Schedule:
    starts_on: date
    rows: tuple[Row, ...]

    @property
    def principal(self) -> Decimal:
        return sum((row.principal for row in self.rows), ZERO)

    @property
    def interest(self) -> Decimal:
        return sum((row.interest for row in self.rows), ZERO)

    @property
    def fees(self) -> Decimal:
        return sum((row.fee for row in self.rows), ZERO)


def due_dates(
    first: date, count: int, every_months: int, *, shift: Shift = Shift.NONE, workdays: Workdays
) -> tuple[date, ...]:
    """`count` due dates from the first on, every 1, 3, 6 or 12 months on the same day number.

    A date that is no working day moves as the contract says; the next one is counted from the first again.
    """
    return tuple(workdays.shift(add_months(first, n * every_months), shift) for n in range(count))


def period_rates(
    starts_on: date,
    dates: Sequence[date],
    rates: Decimal | Sequence[RateStep],
    *,
    basis: DayCount = DayCount.ACT_360,
    period_months: int | None = None,
) -> tuple[Fraction, ...]:
    """Interest per period as an exact fraction of the opening balance.

    rates: one annual rate, or steps of it. period_months: where given, each period bears that many twelfths of
    the annual rate in force at its start, whatever its days; else days by `basis`, rate changes inside it counted.
    """
    steps = (RateStep(starts_on, rates),) if isinstance(rates, Decimal) else tuple(rates)
    cuts = (starts_on, *dates)
    if period_months is not None:
        return tuple(Fraction(rate_on(steps, start)) * Fraction(period_months, 12) for start in cuts[:-1])
    found = []
    for start, end in pairwise(cuts):
        changes = {step.starts_on for step in steps if start < step.starts_on < end}
        stretches = pairwise(sorted({start, end, *changes}))
        parts = (Fraction(rate_on(steps, first)) * year_fraction(first, last, basis) for first, last in stretches)
        found.append(sum(parts, Fraction(0)))
    return tuple(found)


def period_years(
    starts_on: date,
    dates: Sequence[date],
    *,
    basis: DayCount = DayCount.ACT_360,
    period_months: int | None = None,
) -> tuple[Fraction, ...]:
    """Length of each period in years, as interest counts it; arguments as for period_rates."""
    return period_rates(starts_on, dates, Decimal(1), basis=basis, period_months=period_months)


def build_schedule(
    *,
    principal: Decimal,
    starts_on: date,
    dates: Sequence[date],
    rates: Decimal | Sequence[RateStep],
    method: Method,
    grace: int = 0,
    basis: DayCount = DayCount.ACT_360,
    period_months: int | None = None,
    principals: Sequence[Decimal] = (),
    fees: Sequence[Decimal] = (),
) -> Schedule:
    """The rows of a loan.

    principal: drawn on starts_on, CNY. dates: due dates, ascending. rates, basis, period_months: see period_rates.
    grace: number of first rows that bear interest only. principals: one per date, for method free.
    fees: one per date or none. The annuity is the level service that the whole known rate path leads to zero.
    Raises CalcError: amount, no_dates, dates_order, grace, row_count, negative_principal, principal_sum.
    """
    _check_inputs(principal, starts_on, dates, grace)
    factors = period_rates(starts_on, dates, rates, basis=basis, period_months=period_months)
    count = len(dates)
    if method is Method.FREE:
        _check_free(principal, principals, count)
    if fees and len(fees) != count:
        raise CalcError("row_count", N_("%(given)s rows are given for %(needed)s dates"), given=len(fees), needed=count)
    instalment = quantise_cent(Fraction(principal) / (count - grace))
    service = level_service(principal, factors[grace:]) if method is Method.ANNUITY else ZERO
    rows, opening = [], principal
    for n, due_on in enumerate(dates):
        interest = quantise_cent(Fraction(opening) * factors[n])
        if method is Method.FREE:
            repaid = principals[n]
        elif n == count - 1:
            repaid = opening
        elif n < grace or method is Method.BULLET:
            repaid = ZERO
        else:
            wanted = instalment if method is Method.EQUAL_PRINCIPAL else service - interest
            repaid = min(opening, max(ZERO, wanted))
        fee = fees[n] if fees else ZERO
        rows.append(Row(n + 1, due_on, opening, interest, repaid, fee, opening - repaid))
        opening -= repaid
    return Schedule(starts_on, tuple(rows))


def level_service(principal: Decimal, factors: Sequence[Fraction]) -> Decimal:
    """Equal interest-and-principal per period that repays the loan, to the cent.

    factors: interest per period as a fraction of the opening balance; with one rate i this is P·i / (1 − (1+i)^−n).
    """
    with localcontext() as context:
        context.prec = PRECISION
        discount, annuity = Decimal(1), Decimal(0)
        for factor in factors:
            discount /= 1 + Decimal(factor.numerator) / factor.denominator
            annuity += discount
        payment = principal / annuity
    return quantise_cent(payment)


def _check_inputs(principal: Decimal, starts_on: date, dates: Sequence[date], grace: int) -> None:
    if principal <= 0 or principal != quantise_cent(principal):
        raise CalcError("amount", N_("the loan must be a positive amount in whole cents"))
    if not dates:
        raise CalcError("no_dates", N_("there is no due date"))
    if any(end <= start for start, end in pairwise((starts_on, *dates))):
        raise CalcError("dates_order", N_("due dates must follow the drawing and each other"))
    if not 0 <= grace < len(dates):
        raise CalcError("grace", N_("the grace period leaves no date to repay on"))


def _check_free(principal: Decimal, principals: Sequence[Decimal], count: int) -> None:
    if len(principals) != count:
        template = N_("%(given)s rows are given for %(needed)s dates")
        raise CalcError("row_count", template, given=len(principals), needed=count)
    for no, amount in enumerate(principals, 1):
        if amount < 0 or amount != quantise_cent(amount):
            template = N_("row %(row)s: principal must be whole cents and not negative")
            raise CalcError("negative_principal", template, row=no)
    total = sum(principals, ZERO)
    if total != principal:
        template = N_("the instalments sum to %(total)s, the loan is %(principal)s")
        raise CalcError("principal_sum", template, total=total, principal=principal)
