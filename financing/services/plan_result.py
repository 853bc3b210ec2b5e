"""All figures of a plan version as one JSON value: what the workbench shows, versions compare and a decision freezes.

Amounts, ratios and rates are strings of decimals, days ISO dates. A version from which nothing can be calculated has
only `error`: code, template and parameters of the message.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from crm_project.rules.money import round_half_up
from financing.calc.cashflow import StressResult, downside_from_body, shocks_from_body
from financing.calc.coverage import CountedItem, Coverage
from financing.calc.plan_checks import Capital, PlanRules, check_financing
from financing.calc.ratios import CoverSummary
from financing.calc.results import CalcError, Check, Message
from financing.calc.scenario import Scenario, all_in_cost, shocked_scenario
from financing.calc.workbench import PlanInput, PlanResult, TrancheResult, instalment_cash, solve_plan, stress_plan
from financing.models import PlanVersion, Tranche
from financing.services.budget import CapitalNeed, capital_need
from financing.services.case import FLOWS
from financing.services.plan_input import chosen_shock, fixing_of, plan_input
from financing.services.rulebook import ROW_OF_CHECK, RuleBook
from financing.services.security import coverage_of

PLACES = 6
ZERO = Decimal("0.00")
Json = dict[str, Any]


def result_of(version: PlanVersion, rules: RuleBook) -> tuple[Json, Json]:
    """The result and the rule versions it rests on. About ten queries."""
    try:
        plan = plan_input(version, rules)
        solved = solve_plan(plan)
    except CalcError as error:
        return {"error": _message(error.message)}, dict(rules.versions)
    need = capital_need(version.plan.project, rules.on, version.capital_sector)
    versions: Json = dict(rules.versions)
    if need is not None:
        versions["project_capital_min/fixed_asset"] = dict(need.source)
    return _figures(version, rules, plan, solved, need), versions


def _figures(
    version: PlanVersion, rules: RuleBook, plan: PlanInput, solved: PlanResult, need: CapitalNeed | None
) -> Json:
    scenario = shocked_scenario(plan, solved, chosen_shock(version))
    exposure = sum((item.amount for item in solved.tranches), ZERO)
    secured = coverage_of(
        version.plan.project, exposure, policy=rules.collateral, as_of=rules.on, workdays=rules.workdays
    )
    threshold = rules.cover.thresholds[version.dscr_case]
    downside = downside_from_body(rules.shocks, period_months=plan.period_months)
    worst = stress_plan(plan, solved, [downside])
    checks = check_financing(
        plan,
        solved,
        cover=scenario.cover,
        downside=worst[0].minimum if worst else None,
        capital=_capital(need, version),
        rules=PlanRules(rules.cover, threshold, rules.terms),
    )
    shocks = shocks_from_body(rules.shocks, period_months=plan.period_months)
    rows = {row.no: row for row in version.tranches.all()}
    return {
        "on": rules.on.isoformat(),
        "cfads_shock": str(version.cfads_shock),
        "rate_shock_bp": version.rate_shock_bp,
        "figures": _head(plan, solved, scenario, secured),
        "threshold": {
            "case": threshold.case,
            "name_en": threshold.name_en,
            "name_zh": threshold.name_zh,
            "floor": str(threshold.floor),
            "target": str(threshold.target),
        },
        "periods": _periods(plan, solved, scenario),
        "tranches": [_tranche(item, plan, solved, rows[item.terms.no], rules) for item in solved.tranches],
        "uses": _uses(version, solved),
        "sources": _sources(plan, solved),
        "sensitivities": [_stress(item) for item in [*stress_plan(plan, solved, shocks), *worst]],
        "checks": [_check(check, rules) for check in checks],
        "coverage": _coverage(secured),
    }


def _capital(need: CapitalNeed | None, version: PlanVersion) -> Capital | None:
    if need is None:
        return None
    undecided = tuple(row.sector for row in need.candidates) if need.undecided else ()
    return Capital(need.rule, need.sector, need.on, version.equity, version.equity_type_capital, undecided)


def _head(plan: PlanInput, solved: PlanResult, scenario: Scenario, secured: Coverage) -> Json:
    cover = scenario.cover
    return {
        **(_cover(cover) if cover else {}),
        "base_minimum": _ratio(solved.cover.minimum) if solved.cover else None,
        "debt": str(solved.debt),
        "uses": str(solved.uses),
        "equity": str(plan.equity),
        "capital_ratio": _ratio(plan.equity / solved.uses),
        "interest": str(sum(scenario.interest, ZERO)),
        "coverage": _ratio(secured.coverage),
        "coverage_with_guarantees": _ratio(secured.with_guarantees),
        "all_in_cost": _ratio(all_in_cost(plan, solved)),
    }


def _cover(cover: CoverSummary) -> Json:
    return {
        "minimum": _ratio(cover.minimum),
        "minimum_period": cover.minimum_period,
        "average": _ratio(cover.average),
        "llcr": _ratio(cover.llcr),
        "plcr": _ratio(cover.plcr),
        "average_life": _ratio(cover.average_life),
        "break_even_fall": _ratio(cover.break_even_fall),
    }


def _periods(plan: PlanInput, solved: PlanResult, scenario: Scenario) -> list[Json]:
    ends = [flow.ends_on for flow in plan.case.flows]
    balances = solved.closing(ends)
    dscr = scenario.cover.dscr if scenario.cover else ()
    found = []
    for n, (end, flow) in enumerate(zip(ends, plan.case.flows, strict=True)):
        interest = scenario.interest[n] if n < len(scenario.interest) else ZERO
        principal = solved.debt_periods[n].principal if n < len(solved.debt_periods) else ZERO
        found.append(
            {
                "ends_on": end.isoformat(),
                **{name: str(getattr(flow, name)) for name in FLOWS},
                "cfads": str(scenario.cfads[n]),
                "interest": str(interest),
                "principal": str(principal),
                "balance": str(balances[n]),
                "dscr": _ratio(dscr[n]) if n < len(dscr) else None,
            }
        )
    return found


def _tranche(item: TrancheResult, plan: PlanInput, solved: PlanResult, row: Tranche, rules: RuleBook) -> Json:
    fixing = fixing_of(row, rules)
    cash = instalment_cash(plan, solved, item) if item.terms.project else [None] * len(item.schedule.rows)
    return {
        "no": item.terms.no,
        "project": item.terms.project,
        "method": item.terms.method,
        "grace": item.terms.grace,
        "amount": str(item.amount),
        "binding": item.binding.value if item.binding else "",
        "limits": {limit.value: str(amount) for limit, amount in item.limits.items()},
        "rate": str(item.terms.rate),
        "lpr": str(fixing.rate),
        "fixing_on": fixing.published_on.isoformat(),
        "fixing_verification": fixing.verification,
        "starts_on": item.schedule.starts_on.isoformat(),
        "matures_on": item.terms.matures_on.isoformat(),
        "interest": str(item.schedule.interest),
        "rows": [
            {
                "no": line.no,
                "due_on": line.due_on.isoformat(),
                "opening": str(line.opening),
                "interest": str(line.interest),
                "principal": str(line.principal),
                "closing": str(line.closing),
                "cash": None if flow is None else str(flow),
            }
            for line, flow in zip(item.schedule.rows, cash, strict=True)
        ],
    }


def _uses(version: PlanVersion, solved: PlanResult) -> list[Json]:
    lines = version.plan.project.budget_lines.all()
    found = [{"code": "budget", "name": line.name, "amount": str(line.amount)} for line in lines]
    construction = solved.construction
    fees = construction.upfront + construction.commitment
    extra = (("idc", construction.interest), ("fees", fees))
    return found + [{"code": code, "name": "", "amount": str(amount)} for code, amount in extra if amount]


def _sources(plan: PlanInput, solved: PlanResult) -> list[Json]:
    found: list[Json] = [{"code": "equity", "no": 0, "amount": str(plan.equity)}]
    found += [
        {"code": "tranche", "no": item.terms.no, "amount": str(item.amount)}
        for item in solved.tranches
        if item.terms.project
    ]
    gap = solved.uses - plan.equity - solved.debt
    return [*found, {"code": "gap", "no": 0, "amount": str(gap)}] if gap else found


def _stress(item: StressResult) -> Json:
    shock = item.shock
    return {
        "code": shock.code,
        "name_en": shock.name_en,
        "name_zh": shock.name_zh,
        "minimum": _ratio(item.minimum),
        "period": item.minimum_period,
        "average": _ratio(item.average),
        "dscr": [_ratio(value) for value in item.dscr],
    }


def _check(check: Check, rules: RuleBook) -> Json:
    facts = {name: _plain(value) for name, value in check.facts.items()}
    row = rules.term_rows.get(str(facts.get("rule") or ROW_OF_CHECK.get(check.code, "")))
    rule = rules.versions.get(check.source, {})
    return {
        "code": check.code,
        "figure": _plain(check.figure),
        "limit": _plain(check.limit),
        "headroom": _plain(check.headroom),
        "passed": check.passed,
        "unit": check.unit,
        "source": check.source,
        "provenance": facts.get("provenance") or (row or rule).get("provenance", ""),
        "cures": [_message(cure) for cure in check.cures],
        "facts": facts,
    }


def _coverage(secured: Coverage) -> Json:
    return {
        "exposure": str(secured.exposure),
        "eligible": str(secured.eligible),
        "guaranteed": str(secured.guaranteed),
        "value": str(secured.value),
        "coverage": _ratio(secured.coverage),
        "raw": _ratio(secured.raw),
        "with_guarantees": _ratio(secured.with_guarantees),
        "collateral": _items(secured.collateral),
        "guarantees": _items(secured.guarantees),
    }


def _items(items: Sequence[CountedItem]) -> list[Json]:
    return [
        {
            "ref": item.ref,
            "value": str(item.value),
            "rate": str(item.rate),
            "eligible": str(item.eligible),
            "reason": item.reason,
            "renew_by": _plain(item.renew_by),
        }
        for item in items
    ]


def _message(message: Message) -> Json:
    return {
        "code": message.code,
        "template": message.template,
        "params": {name: _param(value) for name, value in message.params.items()},
    }


def _param(value: Any) -> Any:
    """Decimals and days keep their type by a mark, so that the page can write them in the reader's unit."""
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _ratio(value: Decimal | None) -> str | None:
    return None if value is None else str(round_half_up(value, PLACES))


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Decimal]:
    """Second less first for every head figure that both results have."""
    one, two = first.get("figures", {}), second.get("figures", {})
    shared = [name for name in one if one[name] is not None and two.get(name) is not None]
    return {name: Decimal(two[name]) - Decimal(one[name]) for name in shared if name != "minimum_period"}
