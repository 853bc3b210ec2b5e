"""Metrics of clients and projects through real rows. Worked client: RULES §23, statements of 2023 to 2025."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from clients.calc.ratios import all_ratios
from clients.models import Client, Permit, Project, Statement
from clients.statement_books import booked, template_lines
from clients.statement_metrics import RATIOS
from crm_project.rules.metrics import read_metrics
from crm_project.rules.models import RuleSet
from tests import recipes
from tests.figures.rating_case import WAN

pytestmark = pytest.mark.django_db

SPRING = date(2026, 3, 31)


@pytest.fixture
def client() -> Client:
    return recipes.make_client(recipes.make_bank().staff("rm"), founded_on=date(2015, 5, 4))


def filed(client: Client, **facts: Any) -> Client:
    recipes.make_statements(client, client.subject.manager, **facts)
    return client


def quarter(client: Client, end: date, **values: int) -> Statement:
    """A part-year filing copied from that of the year end, with these lines in 万元."""
    copy = Statement.objects.filter(client=client, months=12).latest("period_end")
    copy.pk, copy.period_end, copy.months = None, end, end.month
    for line, value in values.items():
        setattr(copy, line, value * WAN)
    copy.save(force_insert=True)
    return copy


def values(client: Client, on: date = SPRING) -> Any:
    return read_metrics("client", client.pk, on).values


def reasons(client: Client, on: date = SPRING) -> Any:
    return read_metrics("client", client.pk, on).reasons


def calculated(client: Client, period_end: date) -> dict[str, Decimal | None]:
    """The ratios as the statement pages reckon them, to 12 places."""
    rule = template_lines()
    found = {one.key: one.value for one in all_ratios(rule, booked(rule, client, consolidated=True))[period_end]}
    return {key: None if found[key] is None else round(found[key], 12) for key in RATIOS}


def test_ratios_are_those_of_the_calculation_behind_the_pages(client: Client) -> None:
    filed(client, changes={2025: {"cash_unrestricted": Decimal(3_000)}})
    slow = calculated(client, date(2025, 12, 31))
    assert None not in slow.values()
    found = values(client)
    assert {key: round(found[key], 12) for key in RATIOS} == slow


def test_ratios_of_a_part_year_are_those_of_the_calculation_too(client: Client) -> None:
    filed(client)
    quarter(client, date(2025, 3, 31), revenue=9_000, operating_cost=6_000)
    quarter(client, date(2026, 3, 31), revenue=12_000, operating_cost=8_000)
    found = values(client, date(2026, 4, 30))
    shown = {key: None if found[key] is None else round(found[key], 12) for key in RATIOS}
    assert shown == calculated(client, date(2026, 3, 31))


def test_trailing_revenue_is_this_year_to_date_plus_the_last_year_less_its_same_cut(client: Client) -> None:
    filed(client, years=(2025,), changes={2025: {"revenue": Decimal(40_000)}})
    quarter(client, date(2025, 3, 31), revenue=9_000)
    assert values(client, date(2026, 4, 30))["revenue_ttm"] == 40_000 * WAN
    quarter(client, date(2026, 3, 31), revenue=12_000)
    found = values(client, date(2026, 4, 30))
    assert found["revenue_ttm"] == 43_000 * WAN
    assert found["revenue_ytd"] == 12_000 * WAN


def test_trailing_figures_are_unknown_without_the_same_cut_of_the_year_before(client: Client) -> None:
    filed(client, years=(2025,))
    quarter(client, date(2026, 3, 31))
    assert values(client, date(2026, 4, 30))["revenue_ttm"] is None
    assert reasons(client, date(2026, 4, 30))["revenue_ttm"] == "missing"


def test_the_quarter_is_this_year_to_date_less_the_quarter_before(client: Client) -> None:
    filed(client, years=(2025,))
    quarter(client, date(2026, 3, 31), operating_cash_flow=1_200)
    assert values(client, date(2026, 4, 30))["operating_cash_flow_q"] == 1_200 * WAN
    quarter(client, date(2026, 6, 30), operating_cash_flow=900)
    assert values(client, date(2026, 7, 31))["operating_cash_flow_q"] == -300 * WAN


def test_an_old_statement_is_stale_and_no_longer_a_value(client: Client) -> None:
    """Annual filers: 200 days; others 135."""
    filed(client)
    assert values(client, date(2026, 7, 19))["debt_ratio"] is not None
    assert values(client, date(2026, 7, 20))["debt_ratio"] is None
    assert reasons(client, date(2026, 7, 20))["debt_ratio"] == "stale"
    quarter(client, date(2025, 9, 30))
    assert values(client, date(2026, 5, 15))["debt_ratio"] is not None
    assert reasons(client, date(2026, 5, 16))["debt_ratio"] == "stale"


def test_without_a_statement_figures_are_missing(client: Client) -> None:
    assert values(client)["debt_ratio"] is None
    assert reasons(client)["debt_ratio"] == "missing"


def test_a_period_that_ends_after_the_day_does_not_count(client: Client) -> None:
    filed(client)
    quarter(client, SPRING)
    assert read_metrics("client", client.pk, SPRING).period_end == SPRING
    assert read_metrics("client", client.pk, date(2026, 3, 30)).period_end == date(2025, 12, 31)


def test_consolidated_figures_come_before_those_of_the_company_alone(client: Client) -> None:
    filed(client, years=(2025,), consolidated=False, changes={2025: {"revenue": Decimal(1)}})
    assert values(client)["revenue_ytd"] == WAN
    filed(client, years=(2025,), changes={2025: {"revenue": Decimal(2)}})
    assert values(client)["revenue_ytd"] == 2 * WAN


def test_a_ratio_without_a_base_does_not_apply(client: Client) -> None:
    nothing = dict.fromkeys(("interest_expense", "interest_capitalised"), Decimal(0))
    filed(client, years=(2025,), changes={2025: nothing})
    assert reasons(client)["interest_cover"] == "na"


@pytest.mark.parametrize(
    ("opinion", "code"),
    [("unqualified", 0), ("emphasis", 1), ("qualified", 3), ("disclaimer", 4), ("adverse", 5), ("unaudited", None)],
)
def test_the_audit_opinion_is_its_position_in_the_code_list(client: Client, opinion: str, code: int | None) -> None:
    filed(client, audit_opinion=opinion)
    assert values(client)["audit_opinion"] == code


def test_the_statement_is_late_from_the_day_after_it_was_due(client: Client) -> None:
    """Year ends are due after 120 days: that of 2025 on 2026-04-30."""
    filed(client, years=(2024,))
    assert values(client, date(2026, 4, 30))["statement_days_late"] == 0
    assert values(client, date(2026, 5, 10))["statement_days_late"] == 10
    filed(client, years=(2025,))
    assert values(client, date(2026, 5, 10))["statement_days_late"] == 0


def test_whoever_files_quarters_is_late_with_a_quarter(client: Client) -> None:
    """Quarter ends are due after 30 days: that of March 2026 on 2026-04-30."""
    filed(client, years=(2025,))
    assert values(client, date(2026, 5, 20))["statement_days_late"] == 0
    quarter(client, date(2025, 9, 30))
    assert values(client, date(2026, 5, 20))["statement_days_late"] == 20


def test_quarters_in_operation_are_whole_calendar_quarters(client: Client) -> None:
    """Founded 2015-05-04: from the third quarter of 2015 to the end of 2025 there are 42."""
    filed(client)
    assert values(client)["operating_quarters"] == 42


def test_kind_and_stage_of_a_company(client: Client) -> None:
    assert (values(client)["client_type"], values(client)["client_stage"]) == (0, 3)


def test_a_project_company_stands_where_its_least_advanced_open_project_stands(client: Client) -> None:
    company = recipes.make_company(client.subject.manager)
    project = recipes.make_project(client)
    assert values(company)["client_stage"] is None
    Project.objects.filter(pk=project.pk).update(borrower=company, root=company.pk, stage="construction")
    assert (values(company)["client_type"], values(company)["client_stage"]) == (1, 1)


def test_cooperation_counts_for_its_age_only(client: Client) -> None:
    today = timezone.localdate()
    Client.objects.filter(pk=client.pk).update(client_since=today.replace(year=today.year - 4, day=1))
    recipes.make_tier(client)
    found = values(client, today)
    assert (found["product_groups_12m"], found["fee_income_12m"]) == (4, 46 * WAN)
    assert found["relationship_years"] == 4
    assert reasons(client, today + timedelta(days=36))["fee_income_12m"] == "stale"


def test_permits_of_a_project_by_expiry_and_by_what_is_missing_after_the_start(client: Client) -> None:
    today = timezone.localdate()
    project = recipes.make_project(client)

    def found() -> Any:
        return read_metrics("project", project.pk, today)

    assert found().reasons == {"permit_next_expiry_on": "missing", "permits_missing_started": "missing"}
    recipes.make_permit(project, kind="land")
    assert found().reasons == {"permit_next_expiry_on": "na"}
    recipes.make_permit(project, kind="environment", expires_on=today + timedelta(days=40))
    assert found().values["permit_next_expiry_on"] == today + timedelta(days=40)
    assert (found().values["project_stage"], found().values["permits_missing_started"]) == (0, 0)
    Project.objects.filter(pk=project.pk).update(stage="construction")
    rows = RuleSet.objects.in_force("permits", "project", today).body["tables"]["needs"]
    needed = {row["kind"] for row in rows if "construction" in row["stages"].split(";")}
    assert found().values["permits_missing_started"] == len(needed - {"land", "environment"})
    assert Permit.objects.filter(project=project).count() == 2


def test_while_the_rule_on_permits_is_silent_nothing_is_known_of_missing_ones(client: Client) -> None:
    project = recipes.make_project(client)
    recipes.make_permit(project)
    RuleSet.objects.filter(kind="permits").update(use_unconfirmed_from=None, use_unconfirmed_by=None)
    assert read_metrics("project", project.pk, timezone.localdate()).values["permits_missing_started"] is None
