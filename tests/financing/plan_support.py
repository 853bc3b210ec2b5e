"""Arrange: the published sculpted case (RULES §8.2) as a project with its plan, in 万元 of the paper."""

from datetime import date
from decimal import Decimal
from typing import Any

from clients.models import Client, Project
from financing.models import CashFlowCase, Plan, PlanVersion
from tests import recipes

WAN = Decimal(10_000)
CFADS = (120, 130, 140, 150, 150, 145, 140, 135, 130, 125)
TARGET = Decimal("1.30")


def published_project(client: Client, **fields: Any) -> Project:
    """Built in 2027, in operation from 2028; all of it budgeted with 1,000."""
    facts = {"start_on": date(2026, 12, 31), "complete_on": date(2027, 12, 31), "approved_on": date(2026, 6, 1)}
    project = recipes.make_project(client, **{**facts, "total_investment": 1000 * WAN, **fields})
    recipes.make_budget(project, {"construction": 1000 * WAN})
    return project


def published_case(project: Project, cfads: tuple[int, ...] = CFADS) -> CashFlowCase:
    return recipes.make_case(project, [Decimal(amount) * WAN for amount in cfads], first_ends_on=date(2028, 12, 31))


def published_plan(project: Project, **terms: Any) -> Plan:
    """One sculpted loan at 5 % over eight years, target 1.30."""
    plan = recipes.make_plan(project, case=published_case(project))
    recipes.save_plan(
        plan.versions.get(),
        {"dscr_case": "contracted", **terms},
        {
            1: {
                "first_due_on": date(2028, 12, 31),
                "tenor_months": 96,
                "instalment_months": 12,
                "target_dscr": TARGET,
                "lpr_tenor": "5y",
                "spread_bp": 150,
            }
        },
    )
    return plan


def version_of(plan: Plan) -> PlanVersion:
    return plan.versions.order_by("-no")[0]
