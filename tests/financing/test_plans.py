"""Plans as services: the published case, shocks, versions and what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from clients.services.project import set_project_company
from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken, Stale
from financing.models import BudgetLine, Plan, PlanVersion, Product
from financing.services import plan as services
from financing.services.case import save_case
from financing.services.products import match_products
from tests import recipes
from tests.financing.plan_support import WAN, published_plan, published_project, version_of

pytestmark = pytest.mark.django_db

Figures = dict[str, str]


@pytest.fixture
def manager() -> Staff:
    return recipes.make_bank().staff(Role.RM)


@pytest.fixture
def plan(manager: Staff) -> Plan:
    return published_plan(published_project(recipes.make_client(manager)))


def figures(version: PlanVersion) -> Figures:
    return version.result["figures"]


def test_the_published_case_is_sculpted_to_its_target_and_the_target_is_named(plan: Plan) -> None:
    version = version_of(plan)
    assert [period["dscr"] for period in version.result["periods"][:8]] == ["1.300000"] * 8
    assert version.result["tranches"][0]["binding"] == "dscr"
    assert version.result["tranches"][0]["rate"] == "0.0500"
    assert round(Decimal(figures(version)["llcr"]), 2) == Decimal("1.30")


def test_ten_per_cent_less_cash_gives_1_17_in_every_year_with_the_loan_as_it_was(plan: Plan) -> None:
    before = version_of(plan)
    after = recipes.save_plan(before, {"cfads_shock": Decimal("-0.10")})
    assert [period["dscr"] for period in after.result["periods"][:8]] == ["1.170000"] * 8
    assert figures(after)["debt"] == figures(before)["debt"]
    assert figures(after)["minimum"] == "1.170000" and figures(after)["base_minimum"] == "1.300000"


def test_the_sensitivity_set_says_the_same_of_ten_per_cent_less_cash(plan: Plan) -> None:
    rows = {row["code"]: row for row in version_of(plan).result["sensitivities"]}
    assert rows["cfads_down_10"]["minimum"] == "1.170000"
    assert Decimal(rows["downside"]["minimum"]) < Decimal("1.17")


def test_capital_that_covers_the_rest_makes_the_need_the_binding_limit(plan: Plan) -> None:
    version = recipes.save_plan(version_of(plan), {"equity": 700 * WAN})
    assert version.result["tranches"][0]["binding"] == "amount"
    assert version.result["sources"][-1]["code"] == "tranche"


def test_a_gearing_limit_that_binds_is_named(plan: Plan) -> None:
    version = recipes.save_plan(version_of(plan), {}, {1: {"gearing_limit": Decimal("0.30")}})
    assert version.result["tranches"][0]["binding"] == "gearing"


def test_failed_checks_come_first_with_figure_limit_headroom_and_a_way_out(plan: Plan) -> None:
    checks = version_of(plan).result["checks"]
    assert [check["passed"] for check in checks] == sorted(check["passed"] for check in checks)
    capital = next(check for check in checks if check["code"] == "capital_ratio")
    assert not capital["passed"] and capital["limit"] == "0.20" and capital["figure"] == "0.000000"
    assert [cure["code"] for cure in capital["cures"]] == ["more_capital", "smaller_project"]
    assert capital["provenance"] in ("regulation", "unconfirmed")


def test_a_second_window_does_not_overwrite_the_first(plan: Plan, manager: Staff) -> None:
    version = version_of(plan)
    recipes.save_plan(version, {"equity": 100 * WAN})
    with pytest.raises(Stale):
        services.save_version(version=version, seen=version.version, by=manager, terms={"equity": 1 * WAN}, tranches={})
    assert version_of(plan).equity == 100 * WAN


def test_a_frozen_version_takes_no_change(plan: Plan) -> None:
    version = version_of(plan)
    PlanVersion.objects.filter(pk=version.pk).update(state="frozen", frozen_at=version.created_at)
    with pytest.raises(RuleBroken) as refusal:
        recipes.save_plan(version, {"equity": Decimal(1)})
    assert refusal.value.rule == "version_frozen"


def test_a_copy_has_all_assumptions_and_goes_its_own_way(plan: Plan, manager: Staff) -> None:
    first = version_of(plan)
    copy = services.copy_version(version=first, name="低杠杆", by=manager)
    assert (copy.no, copy.name, copy.result["figures"]) == (2, "低杠杆", first.result["figures"])
    recipes.save_plan(copy, {"equity": 400 * WAN})
    first.refresh_from_db()
    assert first.equity == 0


@pytest.mark.parametrize(
    ("terms", "tranche", "field"),
    [
        ({"equity": Decimal(-1)}, {}, "equity"),
        ({"equity": Decimal(1), "equity_type_capital": Decimal(2)}, {}, "equity_type_capital"),
        ({"cfads_shock": Decimal(-1)}, {}, "cfads_shock"),
        ({}, {"amount": Decimal(0)}, "t1-amount"),
        ({}, {"target_dscr": None}, "t1-target_dscr"),
        ({}, {"method": "annuity"}, "t1-amount"),
        ({}, {"first_due_on": date(2027, 12, 31)}, "t1-first_due_on"),
        ({}, {"tenor_months": 500}, "t1-tenor_months"),
    ],
)
def test_bad_input_is_refused_at_its_field(plan: Plan, terms: dict, tranche: dict, field: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        recipes.save_plan(version_of(plan), terms, {1: tranche})
    assert refusal.value.field == field


def test_a_plan_that_cannot_be_calculated_says_what_is_missing(plan: Plan) -> None:
    BudgetLine.objects.all().delete()
    version = recipes.save_plan(version_of(plan), {"equity": Decimal(1)})
    assert version.result["error"]["code"] == "no_budget"
    assert version.equity == 1


def test_a_changed_budget_case_or_security_is_calculated_into_the_drafts_at_once(plan: Plan, manager: Staff) -> None:
    before = version_of(plan)
    recipes.make_collateral(plan.project, value=100 * WAN)
    after = version_of(plan)
    assert Decimal(figures(after)["coverage"]) > Decimal(figures(before)["coverage"]) == 0
    rows = list(before.case.periods.values("ends_on", "revenue", "opex", "tax", "capex", "working_capital"))
    halved = [{**row, "revenue": row["revenue"] / 2} for row in rows]
    save_case(case=before.case, version=before.case.version, by=manager, rows=halved)
    assert abs(Decimal(figures(version_of(plan))["debt"]) * 2 - Decimal(figures(before)["debt"])) < 1
    assert version_of(plan).version == before.version


def test_a_frozen_version_stays_as_it_was_whatever_changes_below(plan: Plan) -> None:
    version = version_of(plan)
    PlanVersion.objects.filter(pk=version.pk).update(state="frozen", frozen_at=version.created_at)
    recipes.make_collateral(plan.project)
    assert version_of(plan).result == version.result


def test_a_project_company_takes_plan_and_security_along(plan: Plan, manager: Staff) -> None:
    project = plan.project
    thing = recipes.make_collateral(project)
    company = recipes.make_company(manager)
    set_project_company(project=project, version=project.version, company=company, by=manager)
    plan.refresh_from_db()
    thing.refresh_from_db()
    assert {plan.root_id, thing.root_id, project.budget_lines.get().root_id} == {company.pk}
    assert set(Subject.objects.filter(pk__in=[plan.pk, thing.pk]).values_list("root_id", flat=True)) == {company.pk}


def test_products_come_with_the_rule_that_leaves_one_out(plan: Plan) -> None:
    found = {match.product.code: match for match in match_products(plan.project, date(2026, 11, 24))}
    assert not found["project_loan"].excluded
    assert found["project_finance"].excluded and found["project_finance"].product.excluded_because
    assert found["working_capital"].excluded
    assert Product.objects.count() == len(found)
