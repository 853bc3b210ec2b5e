"""How much working capital a firm needs and how much of it the bank may newly lend. Source: RULES §2."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from crm_project.rules.money import quantise_cent, round_half_up

from .results import N_, Explanation, Message

DAYS = 360
ZERO = Decimal("0.00")
DAY_PLACES = 4
TURN_PLACES = 9


@dataclass(frozen=True)
class WorkingCapitalPolicy:
    """Choices left to the bank.

    growth_cap: highest growth taken into account, as a fraction; None takes the forecast as it is.
    deduct_notes_payable: whether financing by notes payable is deducted from the need.
    round_down_to: the new limit is cut to a multiple of this amount; None leaves it to the cent.
    """

    growth_cap: Decimal | None = None
    deduct_notes_payable: bool = False
    round_down_to: Decimal | None = None

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "WorkingCapitalPolicy":
        """Policy from the params of a rule body; an absent or empty figure means none."""
        params = body["params"]
        cap, step = params.get("growth_cap"), params.get("round_down_to")
        return cls(
            growth_cap=None if cap is None else Decimal(cap),
            deduct_notes_payable=bool(params.get("deduct_notes_payable", False)),
            round_down_to=None if step is None else Decimal(step),
        )


@dataclass(frozen=True)
class WorkingCapitalInput:
    """Figures of one firm, CNY. revenue, cost and margin of last year; growth expected for this one; the five
    positions as averages of opening and closing; the firm's own and other funds now."""

    revenue: Decimal
    cost: Decimal
    margin: Decimal
    growth: Decimal
    inventory: Decimal
    receivable: Decimal
    payable: Decimal
    prepaid: Decimal
    advance: Decimal
    own_funds: Decimal
    existing_loans: Decimal
    other_sources: Decimal
    notes_payable: Decimal = ZERO


@dataclass(frozen=True)
class WorkingCapitalNeed:
    """Days per position; turnover is None where the cycle is not positive; need and limit in CNY, never negative."""

    days: Mapping[str, Decimal]
    cycle_days: Decimal
    turnover: Decimal | None
    need: Decimal
    new_limit: Decimal
    warnings: tuple[Message, ...]
    lines: tuple[Explanation, ...]


def average_position(opening: Decimal, closing: Decimal) -> Decimal:
    """Mean of opening and closing balance, exact."""
    return (opening + closing) / 2


def working_capital_need(figures: WorkingCapitalInput, policy: WorkingCapitalPolicy) -> WorkingCapitalNeed:
    """Need = revenue × (1 − margin) × (1 + growth) ÷ turnover; the new limit is what own and other funds leave open.

    Turnover = 360 ÷ (inventory + receivable − payable + prepaid − advance days); sales are the base of receivables
    and advances, cost of the others. A position without base contributes 0 days with a warning; a cycle that is not
    positive means no need. Rounded half up to the cent from exact fractions.
    Example (万元): 120,000 sales, cycle 72.75 days give 25,074.50, less 18,500 leave 6,574.50.
    """
    warnings: list[Message] = []
    days, lines = _days(figures, warnings)
    signs = {"payable": -1, "advance": -1}
    cycle = sum((signs.get(name, 1) * value for name, value in days.items()), Fraction(0))
    growth = figures.growth
    if policy.growth_cap is not None and growth > policy.growth_cap:
        growth = policy.growth_cap
        warnings.append(
            Message("growth_capped", N_("growth is taken at %(cap)s, the highest allowed"), {"cap": growth})
        )
    need = ZERO
    if cycle <= 0:
        template = N_("the operating cycle is not positive: the firm's suppliers and customers finance it")
        warnings.append(Message("no_cycle", template))
    else:
        volume = Fraction(figures.revenue) * (1 - Fraction(figures.margin)) * (1 + Fraction(growth))
        need = max(ZERO, quantise_cent(volume * cycle / DAYS))
    lines.append(Explanation("need", round_half_up(cycle, DAY_PLACES), "revenue*(1-margin)*(1+growth)*cycle/360", need))
    deductions = {
        "own_funds": figures.own_funds,
        "existing_loans": figures.existing_loans,
        "other_sources": figures.other_sources,
    }
    if policy.deduct_notes_payable:
        deductions["notes_payable"] = figures.notes_payable
    lines += [Explanation(name, amount, "deducted", -amount) for name, amount in deductions.items()]
    new_limit = max(ZERO, need - sum(deductions.values(), ZERO))
    if policy.round_down_to is not None:
        new_limit = quantise_cent(new_limit // policy.round_down_to * policy.round_down_to)
    lines.append(Explanation("new_limit", new_limit, "need less deductions, not below 0", new_limit))
    return WorkingCapitalNeed(
        days={name: round_half_up(value, DAY_PLACES) for name, value in days.items()},
        cycle_days=round_half_up(cycle, DAY_PLACES),
        turnover=round_half_up(DAYS / cycle, TURN_PLACES) if cycle > 0 else None,
        need=need,
        new_limit=new_limit,
        warnings=tuple(warnings),
        lines=tuple(lines),
    )


def _days(figures: WorkingCapitalInput, warnings: list[Message]) -> tuple[dict[str, Fraction], list[Explanation]]:
    bases = {
        "inventory": ("cost", figures.cost),
        "receivable": ("revenue", figures.revenue),
        "payable": ("cost", figures.cost),
        "prepaid": ("cost", figures.cost),
        "advance": ("revenue", figures.revenue),
    }
    days, lines = {}, []
    for name, (base_name, base) in bases.items():
        position: Decimal = getattr(figures, name)
        if base > 0:
            days[name] = DAYS * Fraction(position) / Fraction(base)
        else:
            days[name] = Fraction(0)
            template = N_("%(item)s counts 0 days: there is no %(base)s to measure it by")
            warnings.append(Message("no_base", template, {"item": name, "base": base_name}))
        lines.append(Explanation(name, position, f"360*{name}/{base_name}", round_half_up(days[name], DAY_PLACES)))
    return days, lines
