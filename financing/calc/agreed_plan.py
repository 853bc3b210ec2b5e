"""Tests that a repayment plan must pass before bank and client may agree on it. Source: RULES §31, §1.5.

A plan outside these is a new decision. Cover is compared at four decimals, half up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from crm_project.rules.money import round_half_up
from crm_project.rules.workdays import add_months

from .loan_terms import SOURCE, LoanTermRules
from .ratios import average_life, dscr_path, lowest
from .results import N_, CalcError, Check, Message

ZERO = Decimal("0.00")
RATIO_PLACES = 4
DAYS_PER_YEAR = Decimal("365.25")
MONTHS_PER_YEAR = 12
DECISION = "decision"
CONTRACT = "contract"


@dataclass(frozen=True)
class PlanRow:
    """One instalment and the cash of its period, CNY; downside_cfads is None while that case is not computed."""

    due_on: date
    principal: Decimal
    interest: Decimal
    cfads: Decimal
    downside_cfads: Decimal | None
    downside_interest: Decimal | None = None


@dataclass(frozen=True)
class PlanTerms:
    """What the decision and the contract say.

    dscr_floor: of the decision, None takes the rule's default. completed_on: when the project reaches its intended
    usable state. one_instalment_a_year: the decision relaxes the frequency. average_life: limit in years, if any.
    """

    facility: Decimal
    drawn_on: date
    matures_on: date
    completed_on: date | None
    dscr_floor: Decimal | None = None
    average_life: Decimal | None = None
    one_instalment_a_year: bool = False


def check_plan(rows: Sequence[PlanRow], terms: PlanTerms, rules: LoanTermRules) -> tuple[Check, ...]:
    """All tests in the order a page shows them; the plan may be agreed only if each passes.

    Codes: dscr_base, dscr_downside, instalments_per_year, first_principal, average_life, last_instalment,
    principal_sum, within_tenor. Raises CalcError no_rows, rows_order.
    """
    if not rows:
        raise CalcError("no_rows", N_("the plan has no rows"))
    if any(second.due_on <= first.due_on for first, second in pairwise(rows)):
        raise CalcError("rows_order", N_("due dates must follow each other"))
    checks = [
        _base_cover(rows, terms, rules),
        _downside_cover(rows, rules),
        _frequency(rows, terms, rules),
        _average_life(rows, terms),
        _last_instalment(rows, terms, rules),
        _sum(rows, terms),
        _tenor(rows, terms),
    ]
    if terms.completed_on is not None:
        checks.insert(3, _first_principal(rows, terms.completed_on, rules))
    return tuple(checks)


def may_agree(checks: Sequence[Check]) -> bool:
    return all(check.passed for check in checks)


def _base_cover(rows: Sequence[PlanRow], terms: PlanTerms, rules: LoanTermRules) -> Check:
    floor, source = (rules.plan_dscr_floor, SOURCE) if terms.dscr_floor is None else (terms.dscr_floor, DECISION)
    service = [row.principal + row.interest for row in rows]
    return _cover("dscr_base", [row.cfads for row in rows], service, floor, source)


def _downside_cover(rows: Sequence[PlanRow], rules: LoanTermRules) -> Check:
    flows = [row.downside_cfads for row in rows if row.downside_cfads is not None]
    if len(flows) < len(rows):
        cure = Message("compute_downside", N_("compute the downside case for all periods"))
        return Check("dscr_downside", None, rules.plan_downside_floor, None, False, "times", SOURCE, (cure,))
    service = [
        row.principal + (row.interest if row.downside_interest is None else row.downside_interest) for row in rows
    ]
    return _cover("dscr_downside", flows, service, rules.plan_downside_floor, SOURCE)


def _cover(code: str, flows: Sequence[Decimal], service: Sequence[Decimal], floor: Decimal, source: str) -> Check:
    least, row = lowest(dscr_path(flows, service))
    figure = round_half_up(least, RATIO_PLACES)
    passed = figure >= floor
    cures: tuple[Message, ...] = ()
    if not passed:
        due = service[row - 1]
        excess = round_half_up(due - flows[row - 1] / floor, 2)
        template = N_("row %(row)s: debt service of %(due)s is %(excess)s too much; move that principal to other rows")
        cures = (Message("lower_service", template, {"row": row, "due": due, "excess": excess}),)
    return Check(code, figure, floor, figure - floor, passed, "times", source, cures, row)


def _frequency(rows: Sequence[PlanRow], terms: PlanTerms, rules: LoanTermRules) -> Check:
    """Instalments a year by the longest gap between two of them, in whole months; none needed up to one year."""
    limit = rules.instalments_per_year_relaxed if terms.one_instalment_a_year else rules.instalments_per_year
    days = [row.due_on for row in rows if row.principal > 0]
    gaps = [
        (round(Decimal((second - first).days) * MONTHS_PER_YEAR / DAYS_PER_YEAR), second)
        for first, second in pairwise(days)
    ]
    short = terms.matures_on <= add_months(terms.drawn_on, MONTHS_PER_YEAR)
    gap, after = max(gaps, default=(0, days[-1] if days else rows[-1].due_on))
    figure = Decimal(0) if not gaps else round_half_up(Decimal(MONTHS_PER_YEAR) / max(1, gap), 2)
    passed = short or figure >= limit
    row = next(no for no, item in enumerate(rows, 1) if item.due_on == after)
    cures = (
        ()
        if passed
        else (Message("more_instalments", N_("repay principal at least %(count)s times a year"), {"count": limit}),)
    )
    return Check("instalments_per_year", figure, limit, figure - limit, passed, "per_year", SOURCE, cures, row)


def _first_principal(rows: Sequence[PlanRow], completed_on: date, rules: LoanTermRules) -> Check:
    limit = add_months(completed_on, rules.first_principal_months)
    first = next((row.due_on for row in rows if row.principal > 0), None)
    no = next((no for no, row in enumerate(rows, 1) if row.principal > 0), None)
    passed = first is not None and first <= limit
    cures = () if passed else (Message("earlier_start", N_("repay the first principal by %(day)s"), {"day": limit}),)
    headroom = None if first is None else (limit - first).days
    return Check("first_principal", first, limit, headroom, passed, "date", SOURCE, cures, no)


def _average_life(rows: Sequence[PlanRow], terms: PlanTerms) -> Check:
    years = [Decimal((row.due_on - terms.drawn_on).days) / DAYS_PER_YEAR for row in rows]
    figure = round_half_up(average_life([row.principal for row in rows], years), RATIO_PLACES)
    if terms.average_life is None:
        return Check("average_life", figure, None, None, True, "years", DECISION)
    passed = figure <= terms.average_life
    cures = () if passed else (Message("repay_earlier", N_("move principal to earlier rows")),)
    return Check(
        "average_life", figure, terms.average_life, terms.average_life - figure, passed, "years", DECISION, cures
    )


def _last_instalment(rows: Sequence[PlanRow], terms: PlanTerms, rules: LoanTermRules) -> Check:
    share = rows[-1].principal / terms.facility
    limit = rules.plan_last_share
    most = round_half_up(terms.facility * limit, 2)
    passed = share <= limit
    cures = (
        ()
        if passed
        else (Message("smaller_last", N_("bring the last instalment down to %(amount)s"), {"amount": most}),)
    )
    return Check(
        "last_instalment",
        share,
        limit,
        limit - share,
        passed,
        "fraction",
        SOURCE,
        cures,
        len(rows),
        {"amount": rows[-1].principal},
    )


def _sum(rows: Sequence[PlanRow], terms: PlanTerms) -> Check:
    total = sum((row.principal for row in rows), ZERO)
    left = terms.facility - total
    template = N_("spread %(amount)s more principal") if left > 0 else N_("take %(amount)s of principal out")
    cures = () if not left else (Message("match_facility", template, {"amount": abs(left)}),)
    return Check("principal_sum", total, terms.facility, left, not left, "CNY", CONTRACT, cures)


def _tenor(rows: Sequence[PlanRow], terms: PlanTerms) -> Check:
    last = rows[-1].due_on
    passed = last <= terms.matures_on
    cures = () if passed else (Message("end_earlier", N_("end the plan by %(day)s"), {"day": terms.matures_on}),)
    days = (terms.matures_on - last).days
    return Check("within_tenor", last, terms.matures_on, days, passed, "date", CONTRACT, cures, len(rows))
