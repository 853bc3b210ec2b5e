"""How the rules of this room are read: a draft that one of these refuses is no rule."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm_project.rules import bodies
from financing.calc.authority import AuthorityRule
from financing.calc.cashflow import downside_from_body, shocks_from_body
from financing.calc.committee import CommitteeRule
from financing.calc.coverage import CollateralPolicy
from financing.calc.drawdown_gate import DrawdownRules, EntrustedRule
from financing.calc.interest import LprTable
from financing.calc.loan_terms import LoanTermRules
from financing.calc.ratios import CoverPolicy
from financing.calc.working_capital import WorkingCapitalPolicy

MONTHS = 12
"""Any length of period shows whether a set of shocks can be read."""


def register() -> None:
    bodies.register("authority", _authority)
    bodies.register("collateral", CollateralPolicy.from_body)
    bodies.register("dscr_thresholds", CoverPolicy.from_body)
    bodies.register("loan_terms", LoanTermRules.from_body)
    bodies.register("lpr", LprTable.from_body)
    bodies.register("working_capital", WorkingCapitalPolicy.from_body)
    bodies.register("drawdown", DrawdownRules.from_body)
    bodies.register("entrusted_payment", _entrusted)
    bodies.register("sensitivities", _sensitivities)


def _authority(body: Mapping[str, Any]) -> None:
    AuthorityRule.from_body(body)
    CommitteeRule.from_body(body)


def _entrusted(body: Mapping[str, Any]) -> None:
    EntrustedRule.from_body(body, version="", effective_from=date.min)


def _sensitivities(body: Mapping[str, Any]) -> None:
    shocks_from_body(body, period_months=MONTHS)
    downside_from_body(body, period_months=MONTHS)
