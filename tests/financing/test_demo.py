"""The demonstration's plans: two versions each, calculated, and one whose cover falls below what is asked for."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from clients.models import Project
from crm_project.organization.demo import World
from crm_project.organization.roles import Role
from financing import demo
from financing.models import Plan, PlanVersion
from tests import recipes

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def load_three() -> list[Plan]:
    """Two projects under construction and one that is closed, which gets no plan."""
    manager = recipes.make_bank().staff(Role.RM)
    days = {"start_on": date(2026, 1, 5), "complete_on": date(2028, 3, 31), "approved_on": date(2025, 6, 2)}
    for industry in ("D4610", "D4430", "D4416"):
        client = recipes.make_client(manager, industry_id=industry)
        recipes.make_project(client, industry_id=industry, total_investment=Decimal(1_200_000_000), **days)
    Project.objects.filter(industry_id="D4416").update(stage="closed")
    demo.load(World(rng=Random(7), today=TODAY))
    return list(Plan.objects.order_by("pk"))


def covers(version: PlanVersion) -> list[Decimal]:
    return [Decimal(period["dscr"]) for period in version.result["periods"] if period["dscr"] is not None]


def test_every_open_project_has_a_plan_in_two_calculated_versions() -> None:
    plans = load_three()
    assert [plan.versions.count() for plan in plans] == [2, 2]
    for plan in plans:
        for version in plan.versions.all():
            assert Decimal(version.result["figures"]["debt"]) > 0
            assert version.result["checks"] and version.result["coverage"]["collateral"]


def test_one_plan_has_a_cover_that_falls_below_its_floor() -> None:
    falling = load_three()[demo.FALLING].versions.get(no=2)
    path = covers(falling)
    assert falling.case.period_months == 12
    assert path[2:-1] == sorted(path[2:-1], reverse=True)
    assert path[-2] < Decimal(falling.result["threshold"]["floor"]) < path[2]
