"""Cover of a plan under a chosen change of cash flow and rate, loans as sized without it; what the debt costs.

Source: RULES §8.2 (principal stays fixed under a shock). CNY per period of the case.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from crm_project.rules.money import quantise_cent, round_half_up

from .cashflow import BASIS_POINTS, Shock
from .ratios import CoverSummary, summarise_cover
from .workbench import MONTHS_PER_YEAR, PlanInput, PlanResult

ZERO = Decimal("0.00")
DAYS_PER_YEAR = 365
PRECISION = 20
STEPS = 32


@dataclass(frozen=True)
class Scenario:
    """cfads: per period of the case. interest: per period of the debt. cover: None where nothing is due."""

    cfads: tuple[Decimal, ...]
    interest: tuple[Decimal, ...]
    cover: CoverSummary | None


def shocked_scenario(plan: PlanInput, result: PlanResult, shock: Shock) -> Scenario:
    """Cash and interest under the shock with the principal as solved; without a shock the plan itself."""
    cfads = tuple(quantise_cent(flow * (1 + shock.cfads)) for flow in result.cfads)
    extra = Fraction(shock.rate_bp) / BASIS_POINTS
    interest = tuple(
        quantise_cent(Fraction(period.interest) + Fraction(period.opening) * extra * period.years)
        for period in result.debt_periods
    )
    if result.cover is None:
        return Scenario(cfads, interest, None)
    rate = next(item.rate for item in plan.tranches if item.project) + Decimal(shock.rate_bp) / BASIS_POINTS
    part = Fraction(plan.period_months, MONTHS_PER_YEAR)
    cover = summarise_cover(
        project_cfads=cfads,
        interest=interest,
        principal=[period.principal for period in result.debt_periods],
        rates=[Fraction(rate) * part] * len(interest),
        years_per_period=Decimal(plan.period_months) / MONTHS_PER_YEAR,
    )
    return Scenario(cfads, interest, cover)


def all_in_cost(plan: PlanInput, result: PlanResult) -> Decimal | None:
    """What the project debt costs the client a year with its fees: effective rate by actual days; None without debt.

    The rate that brings all instalments to the debt less its upfront and commitment fees at completion, to nine
    decimals, between 0 and 100 %.
    """
    fees = result.construction.upfront + result.construction.commitment
    loans = [item for item in result.tranches if item.terms.project]
    received = result.debt - fees
    if received <= 0:
        return None
    start = max(plan.completes_on, min(item.schedule.starts_on for item in loans))
    paid = [((row.due_on - start).days, row.service) for item in loans for row in item.schedule.rows]
    low, high = Decimal(0), Decimal(1)
    with localcontext() as context:
        context.prec = PRECISION
        for _step in range(STEPS):
            middle = (low + high) / 2
            growth = (1 + middle).ln() / DAYS_PER_YEAR
            worth = sum((amount * (-growth * days).exp() for days, amount in paid), ZERO)
            low, high = (middle, high) if worth > received else (low, middle)
    return round_half_up((low + high) / 2, 9)
