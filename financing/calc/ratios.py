"""Cover ratios of project debt, average life, break-even and return. Ratios are unrounded unless said.

Source: RULES §8, §8.1. Flows in CNY per period; rates are interest per period as fractions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import accumulate, pairwise
from operator import mul
from typing import Any

from .results import N_, CalcError

Rate = Decimal | Fraction
IRR_LOW, IRR_HIGH = Decimal("-0.99"), Decimal(10)
IRR_STEPS = 80


@dataclass(frozen=True)
class DscrThreshold:
    """Cover asked of a kind of asset: floor and target of the base case, and of a cautious resource case."""

    case: str
    name_en: str
    name_zh: str
    floor: Decimal
    target: Decimal
    resource_case: str
    resource_dscr: Decimal | None
    provenance: str


@dataclass(frozen=True)
class CoverPolicy:
    """Thresholds per kind of asset and the common ones."""

    thresholds: Mapping[str, DscrThreshold]
    llcr: Decimal
    plcr: Decimal
    lock_up: Decimal
    default: Decimal
    reserve_months: int
    sweep_share: Decimal

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "CoverPolicy":
        """Policy from a rule body with table `thresholds` and the common figures as params."""
        found = {}
        for row in body["tables"]["thresholds"]:
            resource = Decimal(row["resource_dscr"]) if row["resource_dscr"] else None
            found[row["case"]] = DscrThreshold(
                case=row["case"],
                name_en=row["name_en"],
                name_zh=row["name_zh"],
                floor=Decimal(row["floor"]),
                target=Decimal(row["target"]),
                resource_case=row["resource_case"],
                resource_dscr=resource,
                provenance=row["provenance"],
            )
        params = body["params"]
        return cls(
            thresholds=found,
            llcr=Decimal(params["llcr"]),
            plcr=Decimal(params["plcr"]),
            lock_up=Decimal(params["lock_up"]),
            default=Decimal(params["default"]),
            reserve_months=int(params["reserve_months"]),
            sweep_share=Decimal(params["sweep_share"]),
        )


@dataclass(frozen=True)
class CoverSummary:
    """The figures of a page head. Periods count from 1; dscr None where nothing is due."""

    dscr: tuple[Decimal | None, ...]
    minimum: Decimal
    minimum_period: int
    average: Decimal
    llcr: Decimal
    plcr: Decimal
    average_life: Decimal
    break_even_fall: Decimal


def dscr_path(
    cfads: Sequence[Decimal], service: Sequence[Decimal], opening_reserve: Sequence[Decimal] | None = None
) -> tuple[Decimal | None, ...]:
    """Cover per period: cash available over interest and principal, None where nothing is due.

    opening_reserve: cash in the reserve account at the start of each period, where the contract lets it count.
    """
    reserve = opening_reserve if opening_reserve is not None else [Decimal(0)] * len(cfads)
    triples = zip(cfads, service, reserve, strict=True)
    return tuple((flow + cash) / due if due else None for flow, due, cash in triples)


def lowest(ratios: Sequence[Decimal | None]) -> tuple[Decimal, int]:
    """Lowest ratio and its period from 1. Raises CalcError no_service where nothing is ever due."""
    known = [(ratio, no) for no, ratio in enumerate(ratios, 1) if ratio is not None]
    if not known:
        raise CalcError("no_service", N_("no debt service falls due"))
    return min(known)


def average(ratios: Sequence[Decimal | None]) -> Decimal:
    """Plain mean over the periods with debt service. Raises CalcError no_service."""
    known = [ratio for ratio in ratios if ratio is not None]
    if not known:
        raise CalcError("no_service", N_("no debt service falls due"))
    return sum(known, Decimal(0)) / len(known)


def present_value(flows: Sequence[Decimal], rates: Sequence[Rate]) -> Decimal:
    """Value at the start of the first period of flows at period ends, discounted at cumulative period rates."""
    with localcontext() as context:
        context.prec = 40
        growth = accumulate((1 + _decimal(rate) for rate in rates), mul)
        return sum((flow / factor for flow, factor in zip(flows, growth, strict=True)), Decimal(0))


def life_cover(cfads: Sequence[Decimal], rates: Sequence[Rate], debt: Decimal) -> Decimal | None:
    """Present value of the given cash flow over the debt at the start of its first period; None without debt.

    Over the periods of the loan this is LLCR, over those of the project PLCR. The rate is the debt's own; beyond
    the loan its last rate goes on where fewer rates are given.
    """
    if not debt:
        return None
    extended = [*rates, *[rates[-1]] * (len(cfads) - len(rates))]
    return present_value(cfads, extended[: len(cfads)]) / debt


def interest_cover(earnings: Decimal, interest: Decimal) -> Decimal | None:
    """EBIT over interest (利息备付率), or CFADS over interest for specialised lending; None without interest."""
    return earnings / interest if interest else None


def gearing(debt: Decimal, equity: Decimal) -> Decimal:
    """Debt over debt and equity."""
    return debt / (debt + equity)


def average_life(principals: Sequence[Decimal], years: Sequence[Decimal]) -> Decimal:
    """Years until repayment, weighted by principal; `years` from drawing to each row. Raises CalcError no_principal."""
    total = sum(principals, Decimal(0))
    if not total:
        raise CalcError("no_principal", N_("no principal is repaid"))
    return sum((paid * time for paid, time in zip(principals, years, strict=True)), Decimal(0)) / total


def break_even_fall(minimum_dscr: Decimal) -> Decimal:
    """Share by which all cash flow may fall until the weakest period just covers its service; 1.30 gives 0.2308."""
    return 1 - 1 / minimum_dscr


def summarise_cover(
    *,
    project_cfads: Sequence[Decimal],
    interest: Sequence[Decimal],
    principal: Sequence[Decimal],
    rates: Sequence[Rate],
    years_per_period: Decimal,
) -> CoverSummary:
    """All cover figures of a loan repaid over the first periods of a project.

    project_cfads: per period of the project, at least as many as the loan has. interest, principal, rates: per period
    of the loan. Raises CalcError no_service, no_principal.
    """
    count = len(principal)
    loan_cfads = project_cfads[:count]
    debt = sum(principal, Decimal(0))
    path = dscr_path(loan_cfads, [a + b for a, b in zip(interest, principal, strict=True)])
    minimum, period = lowest(path)
    return CoverSummary(
        dscr=path,
        minimum=minimum,
        minimum_period=period,
        average=average(path),
        llcr=life_cover(loan_cfads, rates, debt) or Decimal(0),
        plcr=life_cover(project_cfads, rates, debt) or Decimal(0),
        average_life=average_life(principal, [years_per_period * no for no in range(1, count + 1)]),
        break_even_fall=break_even_fall(minimum) if minimum > 0 else Decimal(0),
    )


def internal_rate(flows: Sequence[Decimal]) -> Decimal | None:
    """Rate per period at which the flows (first one now) are worth nothing, to twelve decimals.

    None unless the signs change exactly once, since otherwise there is none or more than one.
    """
    signs = [flow > 0 for flow in flows if flow]
    if sum(a != b for a, b in pairwise(signs)) != 1:
        return None

    def value(rate: Decimal) -> Decimal:
        return flows[0] + present_value(flows[1:], [rate] * (len(flows) - 1))

    low, high = IRR_LOW, IRR_HIGH
    rising = value(low) < 0
    if (value(high) < 0) == rising:
        return None
    for _ in range(IRR_STEPS):
        middle = (low + high) / 2
        if (value(middle) < 0) == rising:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 12)


def payback_periods(flows: Sequence[Decimal]) -> Decimal | None:
    """Periods from the first flow until the running total first reaches 0, linear within a period; None if never."""
    total = Decimal(0)
    for n, flow in enumerate(flows):
        if total < 0 <= total + flow:
            return n - 1 + -total / flow
        total += flow
    return None


def _decimal(rate: Rate) -> Decimal:
    return Decimal(rate.numerator) / rate.denominator if isinstance(rate, Fraction) else rate
