"""The cash-flow case of a project, its scenarios and what they do to debt service cover.

Cash available for debt service = revenue − operating cost − tax − capital spending − rise of working capital.
Source: RULES §8, §8.2, §8.4. CNY per period.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from crm_project.rules.money import quantise_cent

from .ratios import average, dscr_path, lowest
from .results import N_, CalcError
from .schedule import Schedule

ZERO = Decimal("0.00")
BASIS_POINTS = 10_000
BREAK_EVEN_STEPS = 40
BREAK_EVEN_LIMIT = Decimal(10)  # a change of 1,000 % counts as "cannot break it"


class Driver(StrEnum):
    """What a break-even is asked for; revenue is price."""

    CFADS = "cfads"
    REVENUE = "revenue"
    VOLUME = "volume"
    OPEX = "opex"
    CAPEX = "capex"


@dataclass(frozen=True)
class PeriodFlow:
    """One period of a case; working_capital is the rise of working capital in it (a fall is negative)."""

    ends_on: date
    revenue: Decimal
    opex: Decimal
    tax: Decimal
    capex: Decimal = ZERO
    working_capital: Decimal = ZERO

    @property
    def cfads(self) -> Decimal:
        return self.revenue - self.opex - self.tax - self.capex - self.working_capital


@dataclass(frozen=True)
class CashFlowCase:
    """The operating periods of a project.

    variable_share: part of the operating cost that moves with volume.
    tax_rate: income tax on a change of profit; None keeps tax as entered, the cautious reading of a shock.
    """

    flows: tuple[PeriodFlow, ...]
    variable_share: Decimal = Decimal(0)
    tax_rate: Decimal | None = None

    @property
    def cfads(self) -> tuple[Decimal, ...]:
        return tuple(flow.cfads for flow in self.flows)


@dataclass(frozen=True)
class Shock:
    """Relative changes (−0.10 is ten per cent less), basis points on the rate, whole periods of delay.

    cfads acts on the net figure after all others.
    """

    code: str
    revenue: Decimal = Decimal(0)
    volume: Decimal = Decimal(0)
    opex: Decimal = Decimal(0)
    capex: Decimal = Decimal(0)
    cfads: Decimal = Decimal(0)
    rate_bp: Decimal = Decimal(0)
    delay_periods: int = 0
    name_en: str = ""
    name_zh: str = ""


@dataclass(frozen=True)
class DebtPeriod:
    """Debt of one period of the case; years is the length over which interest ran."""

    opening: Decimal
    interest: Decimal
    principal: Decimal
    years: Fraction


@dataclass(frozen=True)
class StressResult:
    """Cover under a shock with principal as agreed; dscr unrounded, None where nothing is due."""

    shock: Shock
    cfads: tuple[Decimal, ...]
    dscr: tuple[Decimal | None, ...]
    minimum: Decimal
    minimum_period: int
    average: Decimal


def shocks_from_body(body: Mapping[str, Any], *, period_months: int) -> tuple[Shock, ...]:
    """The bank's sensitivity set from a rule body with table `shocks`; delays in months round up to whole periods."""
    return tuple(
        Shock(
            code=row["code"],
            revenue=_share(row["revenue"]),
            volume=_share(row["volume"]),
            opex=_share(row["opex"]),
            capex=_share(row["capex"]),
            cfads=_share(row["cfads"]),
            rate_bp=_share(row["rate_bp"]),
            delay_periods=-(-int(row["delay_months"] or 0) // period_months),
            name_en=row["name_en"],
            name_zh=row["name_zh"],
        )
        for row in body["tables"]["shocks"]
    )


def downside_from_body(body: Mapping[str, Any], *, period_months: int) -> Shock:
    """The combined downside of the set: the shocks that params.downside names, all at once."""
    by_code = {shock.code: shock for shock in shocks_from_body(body, period_months=period_months)}
    return combine("downside", [by_code[code] for code in body["params"]["downside"]])


def debt_periods(schedule: Schedule, years: Sequence[Fraction]) -> tuple[DebtPeriod, ...]:
    """A schedule as the debt side of a stress; years from period_years."""
    pairs = zip(schedule.rows, years, strict=True)
    return tuple(DebtPeriod(row.opening, row.interest, row.principal, length) for row, length in pairs)


def shocked_case(case: CashFlowCase, shock: Shock) -> CashFlowCase:
    """The case after revenue, volume, cost and delay; cents half up. Delay drops the last periods of the case.

    A delay moves the whole operation: the first periods have neither income nor cost, dates stay.
    """
    flows = [_shocked_flow(flow, case, shock) for flow in case.flows]
    late = min(shock.delay_periods, len(flows))
    ends = [flow.ends_on for flow in flows]
    moved = [PeriodFlow(end, ZERO, ZERO, ZERO) for end in ends[:late]]
    moved += [replace(flow, ends_on=end) for flow, end in zip(flows, ends[late:], strict=False)]
    return replace(case, flows=tuple(moved))


def stress(case: CashFlowCase, debt: Sequence[DebtPeriod], shock: Shock) -> StressResult:
    """Cover of the loan's periods under a shock, principal as agreed, interest at the shocked rate.

    debt: one entry per period from the first of the case on, at most as many as the case has.
    Raises CalcError row_count, no_service.
    """
    if len(debt) > len(case.flows):
        raise CalcError("row_count", N_("the loan runs longer than the cash-flow case"))
    flows = shocked_case(case, shock).cfads
    cfads = tuple(quantise_cent(flow * (1 + shock.cfads)) for flow in flows)
    service = [_interest(period, shock) + period.principal for period in debt]
    path = dscr_path(cfads[: len(debt)], service)
    minimum, period = lowest(path)
    return StressResult(shock, cfads, path, minimum, period, average(path))


def combine(code: str, shocks: Sequence[Shock]) -> Shock:
    """All shocks at once: relative changes multiply, basis points and delays add."""
    total = Shock(code)
    for shock in shocks:
        total = replace(
            total,
            revenue=_compound(total.revenue, shock.revenue),
            volume=_compound(total.volume, shock.volume),
            opex=_compound(total.opex, shock.opex),
            capex=_compound(total.capex, shock.capex),
            cfads=_compound(total.cfads, shock.cfads),
            rate_bp=total.rate_bp + shock.rate_bp,
            delay_periods=total.delay_periods + shock.delay_periods,
        )
    return total


def break_even(
    case: CashFlowCase, debt: Sequence[DebtPeriod], driver: Driver, *, floor: Decimal = Decimal(1)
) -> Decimal | None:
    """Relative change of one driver at which the lowest cover meets the floor, to four decimals.

    Negative for income (how far it may fall), positive for cost (how far it may rise); negative cost means the base
    case already misses the floor, likewise positive income. None where no change up to ten times decides it.
    """
    worse = Decimal(1) if driver in (Driver.OPEX, Driver.CAPEX) else Decimal(-1)

    def short(change: Decimal) -> bool:
        fields: dict[str, Any] = {driver.value: worse * change}
        return stress(case, debt, Shock("break_even", **fields)).minimum < floor

    low, high = -BREAK_EVEN_LIMIT, BREAK_EVEN_LIMIT if worse > 0 else Decimal(1)
    if short(low) or not short(high):
        return None
    for _ in range(BREAK_EVEN_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if short(middle) else (middle, high)
    return round(worse * low, 4)


def _shocked_flow(flow: PeriodFlow, case: CashFlowCase, shock: Shock) -> PeriodFlow:
    revenue = quantise_cent(flow.revenue * (1 + shock.revenue) * (1 + shock.volume))
    variable = flow.opex * case.variable_share
    opex = quantise_cent((flow.opex - variable + variable * (1 + shock.volume)) * (1 + shock.opex))
    tax = flow.tax
    if case.tax_rate is not None:
        gain = (revenue - opex) - (flow.revenue - flow.opex)
        tax = max(ZERO, quantise_cent(flow.tax + case.tax_rate * gain))
    return replace(flow, revenue=revenue, opex=opex, tax=tax, capex=quantise_cent(flow.capex * (1 + shock.capex)))


def _interest(period: DebtPeriod, shock: Shock) -> Decimal:
    if not shock.rate_bp:
        return period.interest
    extra = Fraction(period.opening) * Fraction(shock.rate_bp) / BASIS_POINTS * period.years
    return quantise_cent(Fraction(period.interest) + extra)


def _compound(first: Decimal, second: Decimal) -> Decimal:
    return (1 + first) * (1 + second) - 1


def _share(text: str) -> Decimal:
    return Decimal(text or 0)
