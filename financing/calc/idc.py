"""Interest and fees during construction, which depend on the debt that they themselves enlarge.

Uses = hard cost + upfront fee + interest + commitment fee; debt = gearing × uses, drawn in that share of every
period's uses, half a period outstanding on average. Source: RULES §8.3. CNY, rates per period as fractions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, pairwise

from crm_project.rules.money import quantise_cent

from .results import N_, CalcError

ZERO = Decimal("0.00")
HALF = Decimal("0.5")
TOLERANCE = Decimal("1e-10")
MAX_ROUNDS = 200


@dataclass(frozen=True)
class ConstructionTerms:
    """gearing: debt over uses; rate: interest per period; upfront: fee on the commitment; commitment: fee on the
    undrawn part per period."""

    gearing: Decimal
    rate: Decimal
    upfront: Decimal = Decimal(0)
    commitment: Decimal = Decimal(0)


@dataclass(frozen=True)
class ConstructionPeriod:
    """Uses and sources of one period, CNY to the cent: use = hard + upfront + interest + commitment = draw + equity."""

    no: int
    hard: Decimal
    upfront: Decimal
    interest: Decimal
    commitment: Decimal
    draw: Decimal

    @property
    def use(self) -> Decimal:
        return self.hard + self.upfront + self.interest + self.commitment

    @property
    def equity(self) -> Decimal:
        return self.use - self.draw


@dataclass(frozen=True)
class ConstructionPlan:
    """Sources and uses of construction; `rounds` is 0 for the closed form."""

    debt: Decimal
    periods: tuple[ConstructionPeriod, ...]
    rounds: int

    @property
    def uses(self) -> Decimal:
        return sum((period.use for period in self.periods), ZERO)

    @property
    def equity(self) -> Decimal:
        return self.uses - self.debt

    @property
    def upfront(self) -> Decimal:
        return sum((period.upfront for period in self.periods), ZERO)

    @property
    def interest(self) -> Decimal:
        return sum((period.interest for period in self.periods), ZERO)

    @property
    def commitment(self) -> Decimal:
        return sum((period.commitment for period in self.periods), ZERO)


def solve_construction(hard_costs: Sequence[Decimal], terms: ConstructionTerms) -> ConstructionPlan:
    """Sources and uses in closed form: uses are linear in the debt, so two trial debts give the answer.

    hard_costs: per period, CNY, not negative. Parts are rounded half up to the cent and add up.
    Raises CalcError: no_cost, terms, no_solution.
    """
    _check(hard_costs, terms)
    base = _total_uses(hard_costs, terms, Decimal(0))
    slope = _total_uses(hard_costs, terms, Decimal(1)) - base
    if terms.gearing * slope >= 1:
        raise CalcError("no_solution", N_("interest and fees grow faster than the debt that pays them"))
    return _plan(hard_costs, terms, terms.gearing * base / (1 - terms.gearing * slope), 0)


def iterate_construction(hard_costs: Sequence[Decimal], terms: ConstructionTerms) -> ConstructionPlan:
    """The same by repetition from the hard cost until the debt moves by at most 1e-10. Raises CalcError likewise."""
    _check(hard_costs, terms)
    debt = terms.gearing * sum(hard_costs, ZERO)
    for rounds in range(1, MAX_ROUNDS + 1):
        refined = terms.gearing * _total_uses(hard_costs, terms, debt)
        if abs(refined - debt) <= TOLERANCE:
            return _plan(hard_costs, terms, refined, rounds)
        debt = refined
    raise CalcError("no_solution", N_("interest and fees grow faster than the debt that pays them"))


def textbook_interest(
    draws: Sequence[Decimal], rate: Decimal, *, paid_in_construction: bool = False
) -> tuple[Decimal, ...]:
    """Interest per construction year by the textbook: the debt at the start plus half the year's draw, at the rate.

    draws: per year, CNY. Interest is added to the debt unless it is paid as it falls due.
    Example: 300, 600, 400 at 6 %: 9.00, 36.54, 68.7324. Source: RULES §8.3 (建设项目经济评价方法与参数).
    """
    found, debt = [], Decimal(0)
    for draw in draws:
        interest = quantise_cent((debt + draw * HALF) * rate)
        found.append(interest)
        debt += draw + (0 if paid_in_construction else interest)
    return tuple(found)


def _uses(hard_costs: Sequence[Decimal], terms: ConstructionTerms, debt: Decimal) -> list[Decimal]:
    """Uses per period for an assumed commitment, each solved for its own half-period interest and fee."""
    drawn, found = Decimal(0), []
    for n, hard in enumerate(hard_costs):
        base = hard + (terms.upfront * debt if n == 0 else 0)
        fixed = base + terms.rate * drawn + terms.commitment * (debt - drawn)
        use = fixed / (1 - HALF * terms.gearing * (terms.rate - terms.commitment))
        found.append(use)
        drawn += terms.gearing * use
    return found


def _total_uses(hard_costs: Sequence[Decimal], terms: ConstructionTerms, debt: Decimal) -> Decimal:
    return sum(_uses(hard_costs, terms, debt), Decimal(0))


def _plan(hard_costs: Sequence[Decimal], terms: ConstructionTerms, debt: Decimal, rounds: int) -> ConstructionPlan:
    """Rows to the cent; draws are differences of the rounded running debt, so they add up to the debt."""
    drawn = [Decimal(0), *accumulate(terms.gearing * use for use in _uses(hard_costs, terms, debt))]
    rows = []
    for n, (before, after) in enumerate(pairwise(drawn)):
        average = (before + after) * HALF
        rows.append(
            ConstructionPeriod(
                no=n + 1,
                hard=quantise_cent(hard_costs[n]),
                upfront=quantise_cent(terms.upfront * debt) if n == 0 else ZERO,
                interest=quantise_cent(terms.rate * average),
                commitment=quantise_cent(terms.commitment * (debt - average)),
                draw=quantise_cent(after) - quantise_cent(before),
            )
        )
    return ConstructionPlan(quantise_cent(drawn[-1]), tuple(rows), rounds)


def _check(hard_costs: Sequence[Decimal], terms: ConstructionTerms) -> None:
    if not hard_costs or any(cost < 0 for cost in hard_costs) or not sum(hard_costs):
        raise CalcError("no_cost", N_("construction cost must be given per period and not be negative"))
    if not 0 <= terms.gearing <= 1 or min(terms.rate, terms.upfront, terms.commitment) < 0:
        raise CalcError("terms", N_("gearing must lie between 0 and 1, rate and fees must not be negative"))
    if HALF * terms.gearing * (terms.rate - terms.commitment) >= 1:
        raise CalcError("no_solution", N_("interest and fees grow faster than the debt that pays them"))
