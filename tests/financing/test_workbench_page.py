"""The workbench through the browser's door: every change answers at once, two windows do not overwrite each other."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from financing.models import Plan, PlanVersion
from financing.plan_forms import TRANCHE_FIELDS, VERSION_FIELDS, values_of
from tests import recipes
from tests.financing.plan_support import WAN, published_plan, published_project, version_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> Staff:
    return recipes.make_bank().staff(Role.RM, language="en")


@pytest.fixture
def plan(manager: Staff) -> Plan:
    return published_plan(published_project(recipes.make_client(manager)))


@pytest.fixture
def browser(manager: Staff) -> Browser:
    browser = Browser()
    browser.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def cells(version: PlanVersion, **changes: Any) -> dict[str, Any]:
    """The form as the page sends it: money in 万元, shares in per cent."""
    body: dict[str, Any] = {"seen": version.version}
    for name, value in values_of(version, VERSION_FIELDS).items():
        body[name] = typed(name, value)
    for row in version.tranches.all():
        body |= {f"t{row.no}-{name}": typed(name, value) for name, value in values_of(row, TRANCHE_FIELDS).items()}
    return body | {name.replace("__", "-"): value for name, value in changes.items()}


def typed(name: str, value: Any) -> Any:
    if value is None:
        return ""
    if name in ("equity", "equity_type_capital", "amount"):
        return str(value / WAN)
    return str(value * 100) if name in ("cfads_shock", "gearing_limit", "upfront_fee", "commitment_fee") else value


def recompute(browser: Browser, version: PlanVersion, **changes: Any) -> Any:
    address = reverse("financing:plan_recompute", args=[version.plan_id, version.no])
    return browser.post(address, cells(version, **changes), headers={"HX-Request": "true"})


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_page_shows_assumptions_figures_charts_checks_and_the_binding_limit(browser: Browser, plan: Plan) -> None:
    page = text_of(browser.get(plan.get_absolute_url()))
    for part in ("c-dscr", "c-service", "c-balance", "c-tornado", 'id="id_t1-target_dscr"', "Rule checks"):
        assert part in page
    assert '<span class="rq-b">target DSCR' in page
    assert "1.30" in page


def test_ten_per_cent_less_cash_answers_1_17_at_once(browser: Browser, plan: Plan) -> None:
    response = recompute(browser, version_of(plan), cfads_shock="-10")
    assert response.status_code == 200
    page = text_of(response)
    assert '<span class="l">Lowest DSCR</span><div class="n">1.17' in page
    assert "1.30 without the change" in page
    assert 'id="bench-seen" value="' in page and 'hx-swap-oob="true"' in page
    version = version_of(plan)
    assert version.cfads_shock == Decimal("-0.10")
    assert {row["dscr"] for row in version.result["periods"][:8]} == {"1.170000"}


def test_a_second_window_gets_409_and_nothing_is_overwritten(browser: Browser, plan: Plan) -> None:
    opened = version_of(plan)
    assert recompute(browser, opened, equity="100").status_code == 200
    refused = recompute(browser, opened, equity="200")
    assert refused.status_code == 409
    assert "Another window has saved this version" in text_of(refused)
    assert version_of(plan).equity == 100 * WAN


def test_what_the_second_window_typed_can_be_kept_as_a_version(browser: Browser, plan: Plan) -> None:
    opened = version_of(plan)
    recompute(browser, opened, equity="100")
    address = reverse("financing:plan_version_create", args=[plan.pk])
    browser.post(address, {**cells(opened, equity="200"), "from": opened.no, "name": "mine"})
    assert {version.name: version.equity for version in plan.versions.all()} == {"V1": 100 * WAN, "mine": 200 * WAN}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("equity", "abc", "is not a number"),
        ("equity_type_capital", "5", "Equity-type instruments are part of the capital"),
        ("cfads_shock", "-100", "A change lies above -100%"),
        ("t1__tenor_months", "0", "greater than or equal to 1"),
        ("t1__target_dscr", "", "needs its target DSCR"),
        ("t1__first_due_on", "2027-12-31", "first repayment follows the first drawing"),
        ("t1__spread_bp", "1.5", "Enter a whole number"),
    ],
)
def test_a_figure_that_cannot_be_taken_is_named_at_its_cell(
    browser: Browser, plan: Plan, field: str, value: str, words: str
) -> None:
    before = version_of(plan)
    response = recompute(browser, before, **{field: value})
    page = text_of(response)
    assert response.status_code == 422
    assert f'data-rq-wrong="id_{field.replace("__", "-")}"' in page and words in page
    assert version_of(plan).version == before.version


def test_a_version_is_copied_under_a_name_and_compared_with_differences_marked(browser: Browser, plan: Plan) -> None:
    first = version_of(plan)
    address = reverse("financing:plan_version_create", args=[plan.pk])
    assert browser.post(address, {"from": 1, "name": "Less debt"}).status_code == 302
    recompute(browser, version_of(plan), equity="400", t1__amount="600")
    page = text_of(browser.get(reverse("financing:plan_compare", args=[plan.pk])))
    assert "Less debt" in page and first.name in page
    assert '<td class="rq-num rq-muted">as the limits carry</td><td class="rq-num rq-diff">600</td>' in page
    assert '<td>First drawing</td><td class="rq-num rq-muted">2027-12-31</td><td class="rq-num">2027-12-31</td>' in page


def test_the_copy_shows_the_old_value_beside_the_changed_cell(browser: Browser, plan: Plan) -> None:
    browser.post(reverse("financing:plan_version_create", args=[plan.pk]), {"from": 1, "name": "V2"})
    recompute(browser, version_of(plan), t1__target_dscr="1.5")
    page = text_of(browser.get(plan.get_absolute_url()))
    assert '<span class="rq-was">V1 1.3</span></label><div class="rq-cell rq-chg" data-rq-earlier="1.3">' in page


def test_a_loan_is_added_and_taken_out_again(browser: Browser, plan: Plan) -> None:
    version = version_of(plan)
    product = version.tranches.get().product
    add = reverse("financing:tranche_add", args=[plan.pk, 1])
    browser.post(add, {"seen": version.version, "product": product.pk})
    version = version_of(plan)
    assert [row["no"] for row in version.result["tranches"]] == [1, 2]
    browser.post(reverse("financing:tranche_remove", args=[plan.pk, 1]), {"seen": version.version, "loan": 2})
    assert version_of(plan).tranches.count() == 1


def test_a_foreign_plan_does_not_exist(plan: Plan) -> None:
    stranger = Browser()
    assert plan.root.branch is not None
    bank_manager = recipes.make_staff(Role.RM, plan.root.branch)
    stranger.force_login(bank_manager, backend="django.contrib.auth.backends.ModelBackend")
    names = ("plan_workbench", "plan_compare", "plan_schedule", "plan_workbook")
    assert {stranger.get(reverse(f"financing:{name}", args=[plan.pk])).status_code for name in names} == {404}
    assert recompute(stranger, version_of(plan), equity="1").status_code == 404
    parts = ("project_budget", "project_cases", "project_security", "project_plans", "budget_edit", "case_create")
    codes = {stranger.get(reverse(f"financing:{name}", args=[plan.project_id])).status_code for name in parts}
    assert codes == {404}


def test_the_schedule_names_rate_fixing_and_every_instalment(browser: Browser, plan: Plan) -> None:
    page = text_of(browser.get(reverse("financing:plan_schedule", args=[plan.pk])))
    loan = version_of(plan).result["tranches"][0]
    assert loan["fixing_on"] in page and "5.00%" in page
    assert page.count("<tr>") == 1 + len(loan["rows"])


def test_the_history_tells_what_was_changed_without_the_figures_that_follow(browser: Browser, plan: Plan) -> None:
    recompute(browser, version_of(plan), equity="123")
    page = text_of(browser.get(reverse("financing:plan_history", args=[plan.pk])))
    assert "1230000.00" in page.replace(",", "")
    assert "llcr" not in page


def test_a_missing_budget_is_said_instead_of_figures(browser: Browser, plan: Plan) -> None:
    plan.project.budget_lines.all().delete()
    page = text_of(recompute(browser, version_of(plan), equity="1"))
    assert "the project has no budget yet" in page
    assert browser.get(plan.get_absolute_url()).status_code == 200
