"""From rows to the figures a plan is calculated from."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from clients.models import Project
from financing.calc.cashflow import CashFlowCase, PeriodFlow, Shock
from financing.calc.interest import Fixing, LprTenor, all_in_rate
from financing.calc.results import N_, CalcError
from financing.calc.workbench import PlanInput, TrancheTerms
from financing.models import CashFlowCase as CaseRow
from financing.models import PlanVersion, Product, Tranche
from financing.services.budget import budget_total
from financing.services.rulebook import RuleBook


def plan_input(version: PlanVersion, rules: RuleBook) -> PlanInput:
    """A version with its project, case and tranches as the calculation wants it, without the chosen shock.

    Four queries. Raises CalcError where the project has no days of construction yet.
    """
    project: Project = version.plan.project
    if project.start_on is None or project.complete_on is None:
        template = N_("enter the start and the completion of construction on the project's page")
        raise CalcError("no_construction_days", template)
    return PlanInput(
        hard_cost=budget_total(project),
        equity=version.equity,
        construction_starts_on=project.start_on,
        completes_on=project.complete_on,
        case=_case(version.case),
        period_months=version.case.period_months,
        tranches=tuple(_terms(row, rules) for row in _tranches(version)),
        workdays=rules.workdays,
    )


def chosen_shock(version: PlanVersion) -> Shock:
    return Shock("chosen", cfads=version.cfads_shock, rate_bp=Decimal(version.rate_shock_bp))


def fixing_of(tranche: Tranche, rules: RuleBook) -> Fixing:
    """The newest published loan prime rate before the day of calculation. Raises CalcError no_fixing."""
    return rules.lpr.fixing_before(rules.on, LprTenor(tranche.lpr_tenor))


def _tranches(version: PlanVersion) -> Sequence[Tranche]:
    return list(version.tranches.select_related("product").order_by("no"))


def _terms(row: Tranche, rules: RuleBook) -> TrancheTerms:
    return TrancheTerms(
        no=row.no,
        method=row.method,
        starts_on=row.starts_on,
        first_due_on=row.first_due_on,
        tenor_months=row.tenor_months,
        instalment_months=row.instalment_months,
        rate=all_in_rate(fixing_of(row, rules).rate, Decimal(row.spread_bp)),
        amount=row.amount,
        grace=row.grace_periods,
        target_dscr=row.target_dscr,
        gearing_limit=row.gearing_limit,
        upfront_fee=row.upfront_fee,
        commitment_fee=row.commitment_fee,
        project=row.product.kind == Product.Kind.PROJECT_LOAN,
    )


def _case(row: CaseRow) -> CashFlowCase:
    flows = tuple(PeriodFlow(**_flow(values)) for values in row.periods.order_by("no").values())
    return CashFlowCase(flows, variable_share=row.variable_share, tax_rate=row.tax_rate)


def _flow(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("ends_on", "revenue", "opex", "tax", "capex", "working_capital")}
