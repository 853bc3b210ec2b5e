"""A whole financing plan from its assumptions: debt, schedules, cover, uses and sources, rule checks.

How the parts fit: the budget is spent evenly over construction, interest and fees of that time are capitalised
(RULES §8.3), the schedule of a project tranche runs from completion with the full debt. Tranches are taken in order:
what an earlier one takes from a period's cash is not there for the next. A period's cash is shared evenly by the
instalments that fall into it. Working-capital tranches are shown but carry no project cost and no project cash.
Source: RULES §8.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from crm_project.rules.money import quantise_cent
from crm_project.rules.workdays import Shift, Workdays, add_months

from .cashflow import CashFlowCase, DebtPeriod, PeriodFlow, Shock, StressResult, stress
from .idc import ConstructionPlan, ConstructionTerms, solve_construction
from .ratios import CoverSummary, summarise_cover
from .results import N_, CalcError
from .schedule import Method, Schedule, build_schedule, due_dates, period_rates, period_years
from .sculpting import Binding, size_debt

ZERO = Decimal("0.00")
SCULPTED = "sculpted"
BASIS_POINTS = Decimal(10_000)
MONTHS_PER_YEAR = 12
MOST_ROUNDS = 60


@dataclass(frozen=True)
class TrancheTerms:
    """One loan as it is asked for. amount None: as much as the limits carry (sculpted only). rate: all-in, a year.

    project: it pays for the project's budget; otherwise it is working capital.
    """

    no: int
    method: str
    starts_on: date
    first_due_on: date
    tenor_months: int
    instalment_months: int
    rate: Decimal
    amount: Decimal | None = None
    grace: int = 0
    target_dscr: Decimal | None = None
    gearing_limit: Decimal | None = None
    upfront_fee: Decimal = Decimal(0)
    commitment_fee: Decimal = Decimal(0)
    project: bool = True

    @property
    def matures_on(self) -> date:
        return add_months(self.starts_on, self.tenor_months)


@dataclass(frozen=True)
class PlanInput:
    """hard_cost: budget without interest and fees of construction, CNY. equity: project capital, CNY."""

    hard_cost: Decimal
    equity: Decimal
    construction_starts_on: date
    completes_on: date
    case: CashFlowCase
    period_months: int
    tranches: tuple[TrancheTerms, ...]
    workdays: Workdays
    shock: Shock = field(default_factory=lambda: Shock("chosen"))


@dataclass(frozen=True)
class TrancheResult:
    """binding and limits say what decided a sized amount; empty for a typed one."""

    terms: TrancheTerms
    amount: Decimal
    schedule: Schedule
    binding: Binding | None
    limits: Mapping[Binding, Decimal]


@dataclass(frozen=True)
class PlanResult:
    """cfads, service: per period of the case, after the chosen shock. cover is None where nothing is due."""

    tranches: tuple[TrancheResult, ...]
    construction: ConstructionPlan
    cfads: tuple[Decimal, ...]
    service: tuple[Decimal, ...]
    debt_periods: tuple[DebtPeriod, ...]
    cover: CoverSummary | None

    @property
    def debt(self) -> Decimal:
        """Of the project tranches, CNY."""
        return sum((item.amount for item in self.tranches if item.terms.project), ZERO)

    @property
    def uses(self) -> Decimal:
        return self.construction.uses

    def closing(self, periods: Sequence[date]) -> tuple[Decimal, ...]:
        """Balance of the project tranches at each period's end."""
        return tuple(
            sum((_balance_after(item, end) for item in self.tranches if item.terms.project), ZERO) for end in periods
        )


def solve_plan(plan: PlanInput) -> PlanResult:
    """All figures of a plan. Debt, interest of construction and uses depend on one another; they are solved together.

    Raises CalcError with the reason in words (no case, instalments rarer than periods, no debt carried, …).
    """
    _check(plan)
    shocked = replace(plan, tranches=tuple(_shocked_rate(item, plan.shock) for item in plan.tranches))
    construction = _construction(shocked, ZERO)
    results: tuple[TrancheResult, ...] = ()
    for _round in range(MOST_ROUNDS):
        results = _tranches(shocked, construction.uses)
        debt = sum((item.amount for item in results if item.terms.project), ZERO)
        again = _construction(shocked, debt)
        if again.uses == construction.uses:
            break
        construction = again
    return _result(shocked, results, construction)


def stress_plan(plan: PlanInput, result: PlanResult, shocks: Sequence[Shock]) -> tuple[StressResult, ...]:
    """Cover under each shock, principal as solved, on top of the chosen shock of cash flow."""
    if result.cover is None:
        return ()
    base = replace(plan.case, flows=_shocked_flows(plan))
    return tuple(stress(base, result.debt_periods, shock) for shock in shocks)


def instalment_cash(plan: PlanInput, result: PlanResult, tranche: TrancheResult) -> tuple[Decimal, ...]:
    """Cash of each instalment of a tranche after what the tranches before it take, CNY."""
    before = tuple(item for item in result.tranches if item.terms.project and item.terms.no < tranche.terms.no)
    return _shares(_left(plan, before), plan, [row.due_on for row in tranche.schedule.rows])


def _check(plan: PlanInput) -> None:
    if not plan.case.flows:
        raise CalcError("no_case", N_("the cash-flow case has no periods yet"))
    if not any(item.project for item in plan.tranches):
        raise CalcError("no_tranche", N_("the plan has no loan for the project yet"))
    if plan.hard_cost <= 0:
        raise CalcError("no_budget", N_("the project has no budget yet"))
    for item in plan.tranches:
        if item.project and item.instalment_months > plan.period_months:
            template = N_("tranche %(no)s: instalments may not be rarer than the periods of the cash-flow case")
            raise CalcError("rare_instalments", template, no=item.no)


def _shocked_rate(terms: TrancheTerms, shock: Shock) -> TrancheTerms:
    return replace(terms, rate=terms.rate + shock.rate_bp / BASIS_POINTS)


def _construction(plan: PlanInput, debt: Decimal) -> ConstructionPlan:
    """Uses of construction with the project debt given; terms of the first project tranche speak for all."""
    terms = next(item for item in plan.tranches if item.project)
    months = max(plan.period_months, _months_between(plan.construction_starts_on, plan.completes_on))
    count = -(-months // plan.period_months)
    share = quantise_cent(plan.hard_cost / count)
    costs = [share] * (count - 1) + [plan.hard_cost - share * (count - 1)]
    part = Decimal(plan.period_months) / MONTHS_PER_YEAR
    uses = plan.hard_cost
    solved = solve_construction(costs, ConstructionTerms(Decimal(0), terms.rate * part))
    for _round in range(MOST_ROUNDS):
        gearing = min(Decimal(1), debt / uses)
        solved = solve_construction(
            costs, ConstructionTerms(gearing, terms.rate * part, terms.upfront_fee, terms.commitment_fee * part)
        )
        if solved.uses == uses:
            break
        uses = solved.uses
    return solved


def _months_between(start: date, end: date) -> int:
    return max(1, (end.year - start.year) * MONTHS_PER_YEAR + end.month - start.month)


def _tranches(plan: PlanInput, uses: Decimal) -> tuple[TrancheResult, ...]:
    found: list[TrancheResult] = []
    for terms in plan.tranches:
        before = tuple(item for item in found if item.terms.project)
        found.append(_tranche(plan, terms, before, uses))
    return tuple(found)


def _tranche(plan: PlanInput, terms: TrancheTerms, before: tuple[TrancheResult, ...], uses: Decimal) -> TrancheResult:
    starts_on = max(terms.starts_on, plan.completes_on) if terms.project else terms.starts_on
    dates = _dates(terms, starts_on, plan.workdays)
    if terms.method != SCULPTED:
        if terms.amount is None:
            template = N_("tranche %(no)s: only a sculpted loan finds its own amount; type one")
            raise CalcError("no_amount", template, no=terms.no)
        schedule = build_schedule(
            principal=terms.amount,
            starts_on=starts_on,
            dates=dates,
            rates=terms.rate,
            method=Method(terms.method),
            grace=min(terms.grace, len(dates) - 1),
        )
        return TrancheResult(terms, terms.amount, schedule, None, {})
    if terms.target_dscr is None:
        raise CalcError("no_target", N_("tranche %(no)s: a sculpted loan needs its target DSCR"), no=terms.no)
    cash = _shares(_left(plan, before, terms.target_dscr), plan, dates)
    rates = period_rates(starts_on, dates, terms.rate)
    taken = sum((item.amount for item in before), ZERO)
    wanted = max(Decimal("0.01"), uses - plan.equity - taken) if terms.amount is None else terms.amount
    gearing = None if terms.gearing_limit is None else max(ZERO, terms.gearing_limit * uses - taken)
    sized = size_debt(cfads=cash, rate=rates, target_dscr=terms.target_dscr, gearing_limit=gearing, amount_limit=wanted)
    schedule = build_schedule(
        principal=sized.debt,
        starts_on=starts_on,
        dates=dates,
        rates=terms.rate,
        method=Method.FREE,
        principals=[row.principal for row in sized.rows],
    )
    return TrancheResult(terms, sized.debt, schedule, sized.binding, sized.limits)


def _dates(terms: TrancheTerms, starts_on: date, workdays: Workdays) -> tuple[date, ...]:
    """Due dates up to maturity; the last one is moved onto it where the regular ones end short of it."""
    if terms.first_due_on <= starts_on:
        template = N_("tranche %(no)s: the first repayment must follow the drawing and completion (%(day)s)")
        raise CalcError("first_due", template, no=terms.no, day=starts_on)
    count = 0
    while add_months(terms.first_due_on, count * terms.instalment_months) <= terms.matures_on:
        count += 1
    if not count:
        raise CalcError("no_dates", N_("tranche %(no)s: matures before its first repayment"), no=terms.no)
    return due_dates(terms.first_due_on, count, terms.instalment_months, shift=Shift.NONE, workdays=workdays)


def _shocked_flows(plan: PlanInput) -> tuple[PeriodFlow, ...]:
    """The case's flows with the chosen change of cash flow laid on revenue net of all, so that CFADS moves by it."""
    if not plan.shock.cfads:
        return plan.case.flows
    return tuple(
        replace(flow, working_capital=flow.working_capital - quantise_cent(flow.cfads * plan.shock.cfads))
        for flow in plan.case.flows
    )


def _cfads(plan: PlanInput) -> tuple[Decimal, ...]:
    return tuple(flow.cfads for flow in _shocked_flows(plan))


def _period_of(plan: PlanInput, day: date) -> int | None:
    """Index of the case's period that a day falls into; None before the first or after the last."""
    previous = add_months(plan.case.flows[0].ends_on, -plan.period_months)
    for index, flow in enumerate(plan.case.flows):
        if previous < day <= flow.ends_on:
            return index
        previous = flow.ends_on
    return None


def _left(plan: PlanInput, before: Sequence[TrancheResult], weight: Decimal = Decimal(1)) -> list[Decimal]:
    """Cash of each period after the service of earlier tranches, times `weight`: with the target DSCR as weight, what
    is left carries a further tranche without the cover of all together falling below the target."""
    cash = list(_cfads(plan))
    for item in before:
        for row in item.schedule.rows:
            index = _period_of(plan, row.due_on)
            if index is not None:
                cash[index] -= quantise_cent(row.service * weight)
    return cash


def _shares(cash: Sequence[Decimal], plan: PlanInput, dates: Sequence[date]) -> tuple[Decimal, ...]:
    """Each date's even share of the cash of its period; nothing outside the case."""
    periods = [_period_of(plan, day) for day in dates]
    return tuple(
        ZERO if index is None else max(ZERO, quantise_cent(cash[index] / periods.count(index))) for index in periods
    )


def _result(plan: PlanInput, results: tuple[TrancheResult, ...], construction: ConstructionPlan) -> PlanResult:
    periods = _debt_periods(plan, [item for item in results if item.terms.project])
    cfads = _cfads(plan)
    service = [period.interest + period.principal for period in periods]
    cover = None
    if any(service):
        cover = summarise_cover(
            project_cfads=cfads,
            interest=[period.interest for period in periods],
            principal=[period.principal for period in periods],
            rates=_discount_rates(plan, len(periods)),
            years_per_period=Decimal(plan.period_months) / MONTHS_PER_YEAR,
        )
    padded = [*service, *([ZERO] * (len(cfads) - len(service)))]
    return PlanResult(results, construction, cfads, tuple(padded), periods, cover)


def _discount_rates(plan: PlanInput, count: int) -> list[Fraction]:
    rate = next(item.rate for item in plan.tranches if item.project)
    return [Fraction(rate) * Fraction(plan.period_months, MONTHS_PER_YEAR)] * count


def _debt_periods(plan: PlanInput, results: Sequence[TrancheResult]) -> tuple[DebtPeriod, ...]:
    """Debt by period of the case, up to the last with service; years weigh each row by its balance."""
    found = [DebtPeriod(ZERO, ZERO, ZERO, Fraction(0)) for _flow in plan.case.flows]
    last = -1
    for item in results:
        years = period_years(item.schedule.starts_on, [row.due_on for row in item.schedule.rows])
        for row, length in zip(item.schedule.rows, years, strict=True):
            index = _period_of(plan, row.due_on)
            if index is None:
                template = N_("tranche %(no)s: repays on %(day)s, outside the cash-flow case")
                raise CalcError("outside_case", template, no=item.terms.no, day=row.due_on)
            found[index] = _added(found[index], row.opening, row.interest, row.principal, length)
            last = max(last, index)
    return tuple(found[: last + 1])


def _added(period: DebtPeriod, opening: Decimal, interest: Decimal, principal: Decimal, years: Fraction) -> DebtPeriod:
    weight = Fraction(period.opening) * period.years + Fraction(opening) * years
    total = period.opening + opening
    length = weight / Fraction(total) if total else Fraction(0)
    return DebtPeriod(total, period.interest + interest, period.principal + principal, length)


def _balance_after(item: TrancheResult, day: date) -> Decimal:
    paid = sum((row.principal for row in item.schedule.rows if row.due_on <= day), ZERO)
    return item.amount - paid
