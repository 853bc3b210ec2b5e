"""Sculpted repayment: debt service follows the cash flow, and the debt is as large as that carries.

Source: RULES §8.2. Amounts in CNY to the cent; rates are interest per period as fractions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction

from crm_project.rules.money import quantise_cent

from .results import N_, CalcError

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
PRECISION = 50

Rate = Decimal | Fraction


class Unrepayable(CalcError):
    """The cash flow cannot carry the debt; code no_capacity or beyond_capacity."""


class Binding(StrEnum):
    """What limits the debt."""

    DSCR = "dscr"
    GEARING = "gearing"
    AMOUNT = "amount"


@dataclass(frozen=True)
class SculptedRow:
    """One period; dscr is None where nothing is due."""

    no: int
    cfads: Decimal
    opening: Decimal
    interest: Decimal
    principal: Decimal
    closing: Decimal
    dscr: Decimal | None

    @property
    def service(self) -> Decimal:
        return self.interest + self.principal


@dataclass(frozen=True)
class SizedDebt:
    """The largest debt within all limits and its rows.

    limits: the amount each limit would allow. floored: periods in which principal stands at 0 because the service
    only covers interest.
    """

    debt: Decimal
    binding: Binding
    limits: dict[Binding, Decimal]
    rows: tuple[SculptedRow, ...]
    floored: tuple[int, ...]


def debt_capacity(
    cfads: Sequence[Decimal], rate: Rate | Sequence[Rate], target_dscr: Decimal | Sequence[Decimal]
) -> Decimal:
    """Largest debt whose service never exceeds CFADS / target, with no negative principal, half up to the cent.

    Where principal is positive throughout this is the sum of CFADS / target discounted at the debt's rate. A period
    that would need negative principal caps the balance at what its service pays interest on; one without cash
    must find the debt repaid.
    """
    caps, rates = _caps(cfads, target_dscr), _rates(rate, len(cfads))
    return quantise_cent(_capacity(caps, rates).balances[0])


def sculpted_principal(
    cfads: Sequence[Decimal],
    rate: Rate | Sequence[Rate],
    target_dscr: Decimal | Sequence[Decimal],
    debt: Decimal | None = None,
) -> tuple[Decimal, ...]:
    """Principal per period that keeps debt service at CFADS / target, or proportionally lower for a smaller debt.

    Returns one amount per period, CNY, adding up to the debt (the capacity where None is given); the service of each
    row but the last is within one cent of its mark, the last absorbs what rounding left.
    Raises Unrepayable where the debt is more than the cash flow carries, or it carries none.
    """
    caps, rates = _caps(cfads, target_dscr), _rates(rate, len(cfads))
    capacity = _capacity(caps, rates)
    most = quantise_cent(capacity.balances[0])
    if most <= 0:
        raise Unrepayable("no_capacity", N_("the cash flow carries no debt at this target"))
    if debt is None:
        debt = most
    if debt > most:
        template = N_("the cash flow carries %(capacity)s at this target, not %(debt)s")
        raise Unrepayable("beyond_capacity", template, capacity=most, debt=debt)
    found, opening = [], debt
    unrounded = capacity.balances[0] if debt == most else debt
    for n, (service, closing) in enumerate(_exact_path(unrounded, caps, rates, capacity)):
        interest = _interest(opening, rates[n])
        paid = ZERO if n in capacity.floored else _cents_near(service, opening + interest - closing) - interest
        paid = opening if n == len(caps) - 1 else min(opening, max(ZERO, paid))
        found.append(paid)
        opening -= paid
    return tuple(found)


def size_debt(
    *,
    cfads: Sequence[Decimal],
    rate: Rate | Sequence[Rate],
    target_dscr: Decimal | Sequence[Decimal],
    tenor: int | None = None,
    gearing_limit: Decimal | None = None,
    amount_limit: Decimal | None = None,
) -> SizedDebt:
    """The debt to offer and which limit binds.

    cfads: per period from the first repayment period on. tenor: number of periods of the loan, all where None.
    gearing_limit: largest debt by the share of uses, CNY. amount_limit: what was asked for or a product allows, CNY.
    Of equal limits the first of dscr, gearing, amount is named. Raises Unrepayable no_capacity.
    """
    count = len(cfads) if tenor is None else min(tenor, len(cfads))
    flows = cfads[:count]
    rates = _rates(rate, len(cfads))[:count]
    targets = [target_dscr] * count if isinstance(target_dscr, Decimal) else list(target_dscr)[:count]
    limits = {Binding.DSCR: debt_capacity(flows, rates, targets)}
    if gearing_limit is not None:
        limits[Binding.GEARING] = quantise_cent(gearing_limit)
    if amount_limit is not None:
        limits[Binding.AMOUNT] = quantise_cent(amount_limit)
    binding = min(limits, key=lambda name: limits[name])
    if limits[binding] <= 0:
        raise Unrepayable("no_capacity", N_("the cash flow carries no debt at this target"))
    principals = sculpted_principal(flows, rates, targets, limits[binding])
    rows = sculpted_rows(flows, rates, principals)
    floored = _capacity(_caps(flows, targets), rates).floored
    return SizedDebt(
        limits[binding], binding, limits, rows, tuple(row.no for row in rows if row.no - 1 in floored and row.opening)
    )


def sculpted_rows(
    cfads: Sequence[Decimal], rate: Rate | Sequence[Rate], principals: Sequence[Decimal]
) -> tuple[SculptedRow, ...]:
    """Balances, interest and cover for given principal per period; interest to the cent on the rounded balance."""
    rates, rows, opening = _rates(rate, len(cfads)), [], sum(principals, ZERO)
    for n, (flow, paid) in enumerate(zip(cfads, principals, strict=True)):
        interest = _interest(opening, rates[n])
        dscr = flow / (interest + paid) if interest + paid else None
        rows.append(SculptedRow(n + 1, flow, opening, interest, paid, opening - paid, dscr))
        opening -= paid
    return tuple(rows)


@dataclass(frozen=True)
class _Capacity:
    """Largest balance before each period (0 after the last) and the periods, from 0, that only pay interest on it."""

    balances: tuple[Decimal, ...]
    floored: frozenset[int]


def _capacity(caps: Sequence[Decimal], rates: Sequence[Rate]) -> _Capacity:
    """What the caps repay, from the back: a period's cap pays interest and brings the balance to what the rest bears.

    Where the rest could bear more than the cap pays interest on, the interest limits the balance and principal is 0.
    """
    balances, floored = [Decimal(0)], set()
    with localcontext() as context:
        context.prec = PRECISION
        for n in reversed(range(len(caps))):
            payable, growth = max(Decimal(0), caps[n]), _decimal(rates[n])
            balance = (balances[-1] + payable) / (1 + growth)
            if growth and payable / growth < balance:
                balance = payable / growth
                floored.add(n)
            balances.append(balance)
    return _Capacity(tuple(reversed(balances)), frozenset(floored))


def _exact_path(
    debt: Decimal, caps: Sequence[Decimal], rates: Sequence[Rate], capacity: _Capacity
) -> list[tuple[Decimal, Decimal]]:
    """Service and closing balance per period before rounding.

    A debt below capacity is served in the proportion it has of the capacity; after a floored period the
    proportion is taken anew, which spreads the relief over what remains.
    """
    path = []
    with localcontext() as context:
        context.prec = PRECISION
        opening = debt
        for n, cap in enumerate(caps):
            most, growth = capacity.balances[n], _decimal(rates[n])
            service = opening * growth
            if n not in capacity.floored and most:
                service = cap * (opening / most)
            opening = max(Decimal(0), opening * (1 + growth) - service)
            path.append((service, opening))
    return path


def _cents_near(mark: Decimal, best: Decimal) -> Decimal:
    """The service in whole cents, within a cent of its mark, that comes closest to the exact balance."""
    base = quantise_cent(mark)
    choices = [base + step for step in (-CENT, ZERO, CENT) if abs(base + step - mark) <= CENT]
    return min(choices, key=lambda choice: abs(choice - best))


def _interest(opening: Decimal, rate: Rate) -> Decimal:
    return quantise_cent(Fraction(opening) * Fraction(rate))


def _caps(cfads: Sequence[Decimal], target: Decimal | Sequence[Decimal]) -> list[Decimal]:
    targets = [target] * len(cfads) if isinstance(target, Decimal) else list(target)
    if not cfads or len(targets) != len(cfads):
        raise CalcError("row_count", N_("cash flow, rates and targets must have the same number of periods"))
    if any(value <= 0 for value in targets):
        raise CalcError("target", N_("the target cover must be positive"))
    with localcontext() as context:
        context.prec = PRECISION
        return [flow / value for flow, value in zip(cfads, targets, strict=True)]


def _rates(rate: Rate | Sequence[Rate], count: int) -> list[Rate]:
    rates = [rate] * count if isinstance(rate, Decimal | Fraction) else list(rate)
    if len(rates) != count:
        raise CalcError("row_count", N_("cash flow, rates and targets must have the same number of periods"))
    if any(value < 0 for value in rates):
        raise CalcError("negative_rate", N_("a rate is negative"))
    return rates


def _decimal(rate: Rate) -> Decimal:
    return Decimal(rate.numerator) / rate.denominator if isinstance(rate, Fraction) else rate
