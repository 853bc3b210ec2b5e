"""Budget, cash-flow cases, collateral and guarantees through their pages and the API."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clients.models import Project
from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken, Stale
from financing.models import CashFlowCase, Collateral
from financing.services.budget import budget_token, capital_need, save_budget
from financing.services.case import period_end, save_case
from tests import recipes

pytestmark = pytest.mark.django_db
MILLION = Decimal(1_000_000)


@pytest.fixture
def manager() -> Staff:
    return recipes.make_bank().staff(Role.RM, language="en")


@pytest.fixture
def project(manager: Staff) -> Project:
    return recipes.make_project(recipes.make_client(manager), approved_on=date(2026, 6, 1), industry_id="G5532")


@pytest.fixture
def browser(manager: Staff) -> Browser:
    browser = Browser()
    browser.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def text_of(response: Any) -> str:
    return str(response.content.decode())


def line(kind: str, name: str, amount: int, pk: int | None = None) -> dict[str, Any]:
    return {"pk": pk, "kind": kind, "name": name, "amount": Decimal(amount)}


def budget_form(token: str, *rows: tuple[str, str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {"token": token, "line-TOTAL_FORMS": len(rows), "line-INITIAL_FORMS": 0}
    for n, (kind, name, amount) in enumerate(rows):
        body |= {f"line-{n}-kind": kind, f"line-{n}-name": name, f"line-{n}-amount": amount}
    return body


def test_a_budget_is_saved_as_a_whole_and_lines_may_trade_names(project: Project, manager: Staff) -> None:
    one, two = save_budget(
        project=project, token="", by=manager, lines=[line("construction", "甲", 100), line("equipment", "乙", 200)]
    )
    token = budget_token([one, two])
    swapped = [line("construction", "乙", 100, one.pk), line("equipment", "甲", 200, two.pk)]
    save_budget(project=project, token=token, by=manager, lines=swapped)
    assert list(project.budget_lines.values_list("name", flat=True)) == ["乙", "甲"]


def test_a_budget_opened_in_two_windows_is_not_overwritten(project: Project, manager: Staff) -> None:
    save_budget(project=project, token="", by=manager, lines=[line("construction", "甲", 100)])
    with pytest.raises(Stale):
        save_budget(project=project, token="", by=manager, lines=[line("construction", "丙", 300)])
    assert project.budget_lines.get().name == "甲"


def test_a_line_that_a_contract_is_charged_to_stays(project: Project, manager: Staff) -> None:
    (kept,) = save_budget(project=project, token="", by=manager, lines=[line("construction", "甲", 100)])
    recipes.make_contract(project)
    with pytest.raises(RuleBroken, match="甲"):
        save_budget(project=project, token=f"{kept.pk}:1", by=manager, lines=[line("construction", "丙", 300)])
    assert project.budget_lines.get().name == "甲"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("construction", "works", "0")], "An amount is more than nothing"),
        ([("construction", "works", "x")], "is not a number"),
        ([("construction", "works", "1"), ("equipment", "works", "2")], "stands in the budget already"),
    ],
)
def test_a_wrong_budget_line_is_named(browser: Browser, project: Project, rows: list[Any], words: str) -> None:
    page = text_of(browser.post(reverse("financing:budget_edit", args=[project.pk]), budget_form("", *rows)))
    assert words in page
    assert not project.budget_lines.exists()


def test_the_budget_page_shows_shares_and_the_capital_by_day_and_industry(browser: Browser, project: Project) -> None:
    recipes.make_budget(project, {"construction": 300 * MILLION, "equipment": 100 * MILLION})
    page = text_of(browser.get(reverse("financing:project_budget", args=[project.pk])))
    assert "75.0%" in page and "40,000" in page
    assert "<b>Port</b>" in page and "20.0%" in page and "国发〔2019〕26号" in page


@pytest.mark.parametrize(("approved_on", "ratio"), [(date(2016, 1, 4), "0.25"), (date(2020, 1, 6), "0.20")])
def test_the_capital_of_a_port_depends_on_its_approval_day(project: Project, approved_on: date, ratio: str) -> None:
    """RULES §4: a port of 2016 needs 25 %, one of 2020 needs 20 %."""
    project.approved_on = approved_on
    need = capital_need(project, timezone.localdate())
    assert need is not None and need.sector.ratio == Decimal(ratio)


def test_a_case_has_periods_that_follow_each_other_to_the_end_of_the_month(project: Project) -> None:
    case = recipes.make_case(project, [MILLION] * 4, first_ends_on=date(2028, 6, 30), frequency="half_yearly")
    ends = [date(2028, 6, 30), date(2028, 12, 31), date(2029, 6, 30), date(2029, 12, 31)]
    assert list(case.periods.values_list("ends_on", flat=True)) == ends
    assert period_end(date(2028, 2, 20), 6) == date(2028, 8, 20)


def test_a_gap_between_periods_and_a_negative_cost_are_refused_at_their_cell(project: Project, manager: Staff) -> None:
    case = recipes.make_case(project, [MILLION] * 2)
    rows = list(case.periods.values("ends_on", "revenue", "opex", "tax", "capex", "working_capital"))
    for change, field in (({"ends_on": date(2031, 1, 1)}, "1-ends_on"), ({"opex": Decimal(-1)}, "1-opex")):
        with pytest.raises(RuleBroken) as refusal:
            save_case(case=case, version=1, by=manager, rows=[rows[0], {**rows[1], **change}])
        assert refusal.value.field == field
    with pytest.raises(Stale):
        save_case(case=case, version=7, by=manager, rows=rows)


def test_a_case_is_created_and_filled_through_its_pages(browser: Browser, project: Project) -> None:
    facts = {"name": "Base", "source": "study", "frequency": "yearly", "variable_share": "35"}
    created = browser.post(
        reverse("financing:case_create", args=[project.pk]), {**facts, "first_ends_on": "2028-12-31", "count": "2"}
    )
    case = CashFlowCase.objects.get()
    assert created["Location"] == reverse("financing:case_edit", args=[project.pk, case.pk])
    grid: dict[str, Any] = {"p-TOTAL_FORMS": 2, "p-INITIAL_FORMS": 2, "version": 1, **facts}
    for n, end in enumerate(("2028-12-31", "2029-12-31")):
        grid |= {f"p-{n}-ends_on": end, f"p-{n}-revenue": "1,200", f"p-{n}-opex": "300"}
        grid |= {f"p-{n}-{name}": "0" for name in ("tax", "capex", "working_capital")}
    assert browser.post(created["Location"], grid).status_code == 302
    assert [row.revenue for row in case.periods.all()] == [12 * MILLION] * 2
    assert "900" in text_of(browser.get(reverse("financing:project_cases", args=[project.pk])))


def test_collateral_has_its_own_subject_and_counts_by_value_rate_and_registration(
    browser: Browser, project: Project
) -> None:
    body = {
        "kind": "factory",
        "asset": "Hall 1",
        "owner_name": "owner",
        "value": "10000",
        "valued_on": timezone.localdate().isoformat(),
        "registered_on": timezone.localdate().isoformat(),
    }
    browser.post(reverse("financing:collateral_create", args=[project.pk]), body)
    thing = Collateral.objects.get()
    assert Subject.objects.get(pk=thing.pk).kind == Subject.Kind.COLLATERAL
    recipes.make_collateral(project, asset="Hall 2", registered_on=None)
    page = text_of(browser.get(reverse("financing:project_security", args=[project.pk])))
    assert "5,000" in page and "not registered yet" in page
    again = text_of(browser.post(reverse("financing:collateral_create", args=[project.pk]), body))
    assert "on file for the project already" in again


def test_a_guarantee_without_resolution_counts_nothing_and_says_why(browser: Browser, project: Project) -> None:
    recipes.make_guarantee(project, has_resolution=False)
    page = text_of(browser.get(reverse("financing:project_security", args=[project.pk])))
    assert "no resolution on file" in page


def test_a_security_changed_meanwhile_is_not_overwritten(browser: Browser, project: Project) -> None:
    thing = recipes.make_collateral(project)
    address = reverse("financing:collateral_edit", args=[project.pk, thing.pk])
    body = {"kind": "factory", "asset": "x", "owner_name": "y", "value": "1", "valued_on": "2026-01-01", "version": 9}
    assert browser.post(address, body).status_code == 409


def test_the_api_creates_changes_and_refuses_by_field(browser: Browser, project: Project) -> None:
    address = reverse("financing-api:collateral-list")
    body = {
        "project": project.pk,
        "kind": "machinery",
        "asset": "m",
        "owner_name": "o",
        "value": "5.00",
        "valued_on": "2026-01-01",
    }
    made = browser.post(address, json.dumps(body), content_type="application/json")
    assert made.status_code == 201 and made["ETag"] == '"1"'
    detail = reverse("financing-api:collateral-detail", args=[made.json()["id"]])
    change = json.dumps({"value": "7.00"})
    patched = browser.patch(detail, change, content_type="application/json", headers={"If-Match": '"1"'})
    assert patched.json()["value"] == "7.00"
    stale = browser.patch(detail, change, content_type="application/json", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    wrong = browser.post(address, json.dumps({**body, "kind": "moon"}), content_type="application/json")
    assert wrong.status_code == 422 and "kind" in wrong.json()["errors"]


def test_the_api_gives_the_schedule_of_a_plan(browser: Browser, project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(start_on=date(2027, 1, 1), complete_on=date(2027, 12, 31))
    project.refresh_from_db()
    recipes.make_budget(project, {"construction": 480 * MILLION})
    plan = recipes.make_plan(project)
    answer = browser.get(reverse("financing-api:plan-result", args=[plan.pk])).json()
    assert answer["tranches"][0]["rows"][0]["no"] == 1
    assert browser.get(reverse("financing-api:plan-result", args=[plan.pk]), {"version": 9}).status_code == 404


def test_the_list_of_plans_costs_the_same_for_two_and_for_eight_rows(browser: Browser, project: Project) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(reverse("financing:plan_list")).status_code == 200
        return len(captured)

    case = recipes.make_case(project, [MILLION] * 12)
    for _number in range(2):
        recipes.make_plan(project, case=case)
    cost()
    few = cost()
    for _number in range(6):
        recipes.make_plan(project, case=case)
    assert cost() == few
