"""The rules put to a whole plan: capital, funding, cover, tenor and instalments. Source: RULES §1.5, §4, §8, §31."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from clients.calc.capital import CapitalCheck, CapitalRule, CapitalSector, check_capital
from crm_project.rules.money import round_half_up

from .agreed_plan import PlanRow, PlanTerms, check_plan
from .loan_terms import LoanKind, LoanTermRules, check_tenor
from .ratios import CoverPolicy, CoverSummary, DscrThreshold
from .results import N_, Check, Message, Param
from .workbench import PlanInput, PlanResult, TrancheResult, instalment_cash

Facts = dict[str, Param]
RATIO_PLACES = 4
COVER_SOURCE = "dscr_thresholds/project"
CAPITAL_SOURCE = "project_capital_min/fixed_asset"
TERMS_SOURCE = "loan_terms/all"
PLAN_SOURCE = "plan"
INSTALMENT_CODES = ("instalments_per_year", "first_principal", "last_instalment")


@dataclass(frozen=True)
class Capital:
    """The plan's capital and the row of the capital rule that holds. undecided: sectors a person must choose from."""

    rule: CapitalRule
    sector: CapitalSector
    on: date
    amount: Decimal
    equity_type: Decimal
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanRules:
    cover: CoverPolicy
    threshold: DscrThreshold
    terms: LoanTermRules


def check_financing(
    plan: PlanInput,
    result: PlanResult,
    *,
    cover: CoverSummary | None,
    downside: Decimal | None,
    capital: Capital | None,
    rules: PlanRules,
) -> tuple[Check, ...]:
    """All checks of a plan, failures first, otherwise in the order in which a banker asks.

    cover: of the case on display, with its shock. downside: lowest cover of the combined downside. capital: None where
    no capital rule covers the day of approval.
    """
    found: list[Check] = [_funded(plan, result)]
    if capital is not None:
        found += _capital(capital, result)
    if cover is not None:
        found += _cover(cover, downside, rules)
    for item in result.tranches:
        if item.terms.project:
            found += _instalments(plan, result, item, rules.terms)
        found.append(_tenor(item, rules.terms))
    return tuple(sorted(found, key=lambda check: check.passed))


def _funded(plan: PlanInput, result: PlanResult) -> Check:
    """Capital and debt together pay for all uses, neither less nor more."""
    sources = plan.equity + result.debt
    gap = result.uses - sources
    template = N_("bring %(amount)s more capital or debt") if gap > 0 else N_("take %(amount)s less debt")
    cures = () if not gap else (Message("close_gap", template, {"amount": abs(gap)}),)
    return Check("funded", sources, result.uses, -gap, not gap, "CNY", PLAN_SOURCE, cures)


def _capital(capital: Capital, result: PlanResult) -> list[Check]:
    outcome = check_capital(
        capital.rule,
        capital.sector,
        on=capital.on,
        total_investment=result.uses,
        capital=capital.amount,
        equity_type=capital.equity_type,
    )
    facts: Facts = {"provenance": outcome.provenance, "sector": capital.sector.sector, "amount": outcome.required}
    share = capital.amount / result.uses
    least = Check(
        "capital_ratio",
        round_half_up(share, 6),
        outcome.ratio,
        round_half_up(share - outcome.ratio, 6),
        outcome.shortfall == 0,
        "fraction",
        CAPITAL_SOURCE,
        _capital_cures(outcome, capital),
        facts=facts,
    )
    limit = capital.rule.equity_type_max_share
    held = "equity_type_above_limit" not in outcome.problems
    most = round_half_up(capital.amount * limit, 2)
    template = N_("bring equity-type instruments down to %(amount)s")
    kind = Check(
        "equity_type",
        round_half_up(outcome.equity_type_share, 6),
        limit,
        round_half_up(limit - outcome.equity_type_share, 6),
        held,
        "fraction",
        CAPITAL_SOURCE,
        () if held else (Message("less_equity_type", template, {"amount": most}),),
        facts=facts,
    )
    checks = [least, kind] if capital.equity_type else [least]
    if capital.undecided:
        cure = Message("choose_sector", N_("choose the sector under “Capital” and give the reason"))
        checks.append(Check("capital_sector", None, None, None, False, "count", CAPITAL_SOURCE, (cure,), facts=facts))
    return checks


def _capital_cures(outcome: CapitalCheck, capital: Capital) -> tuple[Message, ...]:
    if not outcome.shortfall:
        return ()
    most = round_half_up(capital.amount / outcome.ratio, 2)
    return (
        Message("more_capital", N_("bring %(amount)s more capital"), {"amount": outcome.shortfall}),
        Message("smaller_project", N_("or cut the investment to %(amount)s"), {"amount": most}),
    )


def _cover(cover: CoverSummary, downside: Decimal | None, rules: PlanRules) -> list[Check]:
    lower = N_("lower the debt by about %(share)s of itself, or lengthen it")
    threshold = rules.threshold
    facts: Facts = {"provenance": threshold.provenance, "period": cover.minimum_period}
    checks = [
        _at_least("dscr", cover.minimum, threshold.floor, COVER_SOURCE, lower, facts),
        _at_least("llcr", cover.llcr, rules.cover.llcr, COVER_SOURCE, lower),
        _at_least("plcr", cover.plcr, rules.cover.plcr, COVER_SOURCE, lower),
    ]
    if downside is not None:
        checks.append(_at_least("dscr_downside", downside, rules.terms.plan_downside_floor, TERMS_SOURCE, lower))
    return checks


def _at_least(code: str, value: Decimal, limit: Decimal, source: str, cure: str, facts: Facts | None = None) -> Check:
    figure = round_half_up(value, RATIO_PLACES)
    passed = figure >= limit
    share = round_half_up(1 - max(Decimal(0), value) / limit, RATIO_PLACES)
    cures = () if passed else (Message(f"raise_{code}", cure, {"share": share}),)
    return Check(code, figure, limit, figure - limit, passed, "times", source, cures, facts=facts or {})


def _instalments(plan: PlanInput, result: PlanResult, item: TrancheResult, rules: LoanTermRules) -> Sequence[Check]:
    cash = instalment_cash(plan, result, item)
    rows = [
        PlanRow(row.due_on, row.principal, row.interest, flow, None)
        for row, flow in zip(item.schedule.rows, cash, strict=True)
    ]
    terms = PlanTerms(item.amount, item.schedule.starts_on, item.terms.matures_on, plan.completes_on)
    found = [check for check in check_plan(rows, terms, rules) if check.code in INSTALMENT_CODES]
    return [replace(check, facts={**check.facts, "tranche": item.terms.no}) for check in found]


def _tenor(item: TrancheResult, rules: LoanTermRules) -> Check:
    kind = LoanKind.FIXED_ASSET if item.terms.project else LoanKind.WORKING_CAPITAL
    check = check_tenor(item.terms.starts_on, item.terms.matures_on, kind, rules)
    return replace(check, facts={"tranche": item.terms.no, "rule": f"tenor_months_{kind.value}"})
