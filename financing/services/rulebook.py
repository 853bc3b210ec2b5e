"""The rules a financing plan is measured by, as they stand on one day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from clients.calc.capital import CapitalRule
from crm_project.rules.models import RuleSet
from crm_project.rules.workdays import Workdays
from crm_project.workflow.services.clock import workdays
from financing.calc.coverage import CollateralPolicy
from financing.calc.interest import LprTable
from financing.calc.loan_terms import LoanTermRules
from financing.calc.ratios import CoverPolicy

KINDS = {
    "cover": ("dscr_thresholds", "project"),
    "shocks": ("sensitivities", "project"),
    "terms": ("loan_terms", "all"),
    "collateral": ("collateral", "all"),
    "lpr": ("lpr", "china"),
}
ROW_OF_CHECK = {
    "instalments_per_year": "instalments_per_year",
    "first_principal": "first_principal_months",
    "last_instalment": "plan_last_share",
    "dscr_downside": "plan_downside_floor",
}
"""Row of the loan terms behind a check; it carries the provenance of its own."""


@dataclass(frozen=True)
class RuleBook:
    """versions: per kind/scope what a result must remember: version, source, provenance."""

    on: date
    cover: CoverPolicy
    terms: LoanTermRules
    collateral: CollateralPolicy
    lpr: LprTable
    workdays: Workdays
    shocks: Mapping[str, Any]
    term_rows: Mapping[str, Mapping[str, str]]
    versions: Mapping[str, Mapping[str, str]]


def rule_book(on: date) -> RuleBook:
    """The rules in force on a day. Seven queries. Raises RuleSet.DoesNotExist where one is missing."""
    found = {name: RuleSet.objects.in_force(kind, scope, on) for name, (kind, scope) in KINDS.items()}
    return RuleBook(
        on=on,
        cover=CoverPolicy.from_body(found["cover"].body),
        terms=LoanTermRules.from_body(found["terms"].body),
        collateral=CollateralPolicy.from_body(found["collateral"].body),
        lpr=LprTable.from_body(found["lpr"].body),
        workdays=workdays(),
        shocks=found["shocks"].body,
        term_rows={row["key"]: row for row in found["terms"].body["tables"]["terms"]},
        versions={f"{rule.kind}/{rule.scope}": _remembered(rule) for rule in found.values()},
    )


def collateral_policy(on: date) -> CollateralPolicy:
    """Advance rates and kinds of guarantee in force on a day. One query."""
    return CollateralPolicy.from_body(RuleSet.objects.in_force(*KINDS["collateral"], on).body)


def capital_rule(on: date) -> tuple[CapitalRule, Mapping[str, str]] | None:
    """The rule on project capital that covers a day, and what a result remembers of it; None before 2009-05-25."""
    try:
        rule = RuleSet.objects.in_force("project_capital_min", "fixed_asset", on)
    except RuleSet.DoesNotExist:
        return None
    return CapitalRule.from_body(rule.body), _remembered(rule)


def _remembered(rule: RuleSet) -> Mapping[str, str]:
    return {
        "version": rule.version,
        "effective_from": rule.effective_from.isoformat(),
        "source": rule.source,
        "provenance": rule.provenance,
        "title_en": rule.body["title"]["en"],
        "title_zh": rule.body["title"]["zh"],
    }
