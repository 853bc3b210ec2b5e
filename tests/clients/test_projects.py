"""Projects: registered, changed, taken over by their project company, moved from stage to stage."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clients.models import Client, Permit, Project
from clients.services.client import set_co_managers
from clients.signals import project_rerooted
from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Role
from crm_project.ui.panels import search
from crm_project.workflow.models import JournalEntry
from tests import recipes

pytestmark = pytest.mark.django_db

FORM = {
    "name": "第三净水厂及再生水",
    "project_code": "2410-310115-04-02-123456",
    "industry": "D4610",
    "place": "澜州市城东区",
    "purpose": "日处理 20 万吨",
    "total_investment": "120,000.5",
    "sponsor_share": "80",
    "stage": "preparation",
    "approved_on": "2025-03-01",
    "start_on": "2027-01-10",
    "complete_on": "2029-01-10",
    "operate_until": "2049-01-10",
}


@pytest.fixture
def bank() -> recipes.Bank:
    cache.clear()
    return recipes.make_bank()


@pytest.fixture
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM, language="en")


@pytest.fixture
def sponsor(manager: Staff) -> Client:
    return recipes.make_client(manager, name="恒泽水务有限公司")


@pytest.fixture
def browser(manager: Staff) -> Browser:
    return signed_in(manager)


def signed_in(account: Staff) -> Browser:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def create(browser: Browser, sponsor: Any, /, **changes: Any) -> Any:
    return browser.post(reverse("clients:project_create"), {**FORM, "sponsor": sponsor} | changes)


def test_a_project_is_the_sponsors_until_a_company_is_set(browser: Browser, sponsor: Client) -> None:
    answer = create(browser, sponsor.pk)
    project = Project.objects.get()
    assert answer.url == project.get_absolute_url()
    assert (project.borrower, project.sponsor, project.root_id) == (sponsor, sponsor, sponsor.pk)
    assert (project.subject.kind, project.subject.root_id, project.subject.title) == (
        "project",
        sponsor.pk,
        FORM["name"],
    )
    assert str(project.total_investment) == "1200005000.00"
    assert str(project.sponsor_share) == "0.800000"
    assert JournalEntry.objects.get(act="create").subject_id == project.pk


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("project_code", "2410-310115-04-02"),
        ("project_code", "２４10-310115-04-02-123456"),
        ("industry", "D"),
        ("total_investment", ""),
        ("total_investment", "0"),
        ("total_investment", "NaN"),
        ("total_investment", "1_000"),
        ("sponsor_share", "0"),
        ("sponsor_share", "101"),
        ("stage", "dreaming"),
        ("approved_on", "2999-01-01"),
        ("complete_on", "2027-01-10"),
        ("operate_until", "2029-01-10"),
        ("start_on", "31.2.2026"),
        ("sponsor", ""),
        ("sponsor", "x"),
    ],
)
def test_bad_input_is_named_at_its_field_and_changes_nothing(
    browser: Browser, sponsor: Client, field: str, value: str
) -> None:
    answer = create(browser, sponsor.pk, **{field: value})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert FORM["purpose"] in answer.content.decode()
    assert not Project.objects.exists()


def test_a_project_that_is_being_built_says_since_when(browser: Browser, sponsor: Client) -> None:
    begun = create(browser, sponsor.pk, stage="construction")
    assert list(begun.context["form"].errors) == ["start_on"]
    done = create(browser, sponsor.pk, stage="operation", start_on="2020-01-10")
    assert list(done.context["form"].errors) == ["complete_on"]
    assert create(browser, sponsor.pk, stage="construction", start_on="2026-01-10").status_code == 302


def test_a_foreign_sponsor_answers_as_an_unknown_one(browser: Browser, bank: recipes.Bank) -> None:
    foreign = recipes.make_client(bank.staff(Role.RM, bank.west))
    texts = [create(browser, pk).context["form"].errors["sponsor"] for pk in (foreign.pk, 999_999_999)]
    assert texts[0] == texts[1]
    body = {"name": "x", "industry": "D4610", "total_investment": "1", "stage": "preparation"}

    def post(pk: int) -> Any:
        answer = browser.post(
            reverse("clients-api:project-list"), {**body, "sponsor": pk}, content_type="application/json"
        )
        return answer.status_code, answer.json()

    assert post(foreign.pk) == post(999_999_999)
    assert post(foreign.pk)[0] == 400
    assert not Project.objects.exists()
    assert foreign.name not in browser.get(f"{reverse('clients:project_create')}?sponsor={foreign.pk}").content.decode()


def test_the_second_editor_is_told_and_loses_no_input(browser: Browser, sponsor: Client) -> None:
    project = recipes.make_project(sponsor)
    address = reverse("clients:project_edit", args=[project.pk])
    form = {name: value for name, value in FORM.items() if name != "stage"} | {"version": 1}
    assert browser.post(address, form).status_code == 302
    second = browser.post(address, {**form, "place": "第二人的地点"})
    assert second.status_code == 409
    assert "第二人的地点" in second.content.decode()
    project.refresh_from_db()
    assert (project.place, project.version, project.subject.title) == (FORM["place"], 2, FORM["name"])


@pytest.mark.parametrize(
    "column", ["id", "root", "subject", "sponsor", "borrower", "stage", "version", "pinyin", "branch", "manager"]
)
def test_a_column_outside_the_write_set_cannot_be_set(browser: Browser, sponsor: Client, column: str) -> None:
    project = recipes.make_project(sponsor)
    other = recipes.make_client(sponsor.subject.manager)
    before = Project.objects.filter(pk=project.pk).values().get()
    address = reverse("clients-api:project-detail", args=[project.pk])
    answer = browser.patch(address, {column: other.pk}, content_type="application/json", headers={"If-Match": '"1"'})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [column])
    form = {**FORM, column: "closed" if column == "stage" else other.pk, "version": "1"}
    browser.post(reverse("clients:project_edit", args=[project.pk]), form)
    after = Project.objects.filter(pk=project.pk).values().get()
    fixed = ("subject_id", "root_id", "sponsor_id", "borrower_id", "stage")
    assert [after[name] for name in fixed] == [before[name] for name in fixed]


# --- the project company ----------------------------------------------------------------------------------------------


def set_company(browser: Browser, project: Project, company: Any, version: int = 1) -> Any:
    address = reverse("clients:project_company", args=[project.pk])
    return browser.post(address, {"company": company, "version": version})


def test_the_project_company_takes_project_subject_and_permits(
    browser: Browser, manager: Staff, sponsor: Client
) -> None:
    project = recipes.make_project(sponsor)
    recipes.make_permit(project)
    company = recipes.make_company(manager)
    heard: list[int] = []

    def listen(project: Project, **news: Any) -> None:
        heard.append(project.root_id)

    project_rerooted.connect(listen)
    try:
        assert set_company(browser, project, company.pk).status_code == 302
    finally:
        project_rerooted.disconnect(listen)
    project.refresh_from_db()
    assert (project.borrower, project.sponsor, project.root_id) == (company, sponsor, company.pk)
    assert Subject.objects.get(pk=project.pk).root_id == company.pk
    assert set(Permit.objects.values_list("root_id", flat=True)) == {company.pk}
    assert heard == [company.pk]


def test_visibility_moves_with_the_root_and_the_sponsor_stays_a_fact(
    bank: recipes.Bank, manager: Staff, sponsor: Client
) -> None:
    """The company is managed in the west and co-managed by the sponsor's manager, so both teams change places."""
    west = bank.staff(Role.RM, bank.west, language="en")
    company = recipes.make_company(west)
    set_co_managers(client=company, staff=[manager])
    east_desk, west_desk = bank.staff(Role.RISK_OFFICER), bank.staff(Role.RISK_OFFICER, bank.west)
    project = recipes.make_project(sponsor)
    address = project.get_absolute_url()

    def status(account: Staff) -> int:
        return int(signed_in(account).get(address).status_code)

    assert [status(one) for one in (manager, east_desk, west, west_desk)] == [200, 200, 404, 404]
    assert set_company(signed_in(manager), project, company.pk).status_code == 302
    assert [status(one) for one in (manager, east_desk, west, west_desk)] == [200, 404, 200, 200]
    page = signed_in(west).get(address).content.decode()
    assert sponsor.name in page
    assert sponsor.get_absolute_url() not in page
    assert sponsor.get_absolute_url() in signed_in(manager).get(address).content.decode()
    tab = signed_in(east_desk).get(reverse("clients:client_projects", args=[sponsor.pk])).content.decode()
    assert project.name not in tab


def test_a_company_out_of_sight_or_of_another_nature_is_refused(
    browser: Browser, bank: recipes.Bank, manager: Staff, sponsor: Client
) -> None:
    project = recipes.make_project(sponsor)
    foreign = recipes.make_company(bank.staff(Role.RM, bank.west))
    plain = recipes.make_client(manager)
    texts = {
        str(set_company(browser, project, pk).context["form"].errors["company"]) for pk in (foreign.pk, 999_999_999)
    }
    assert len(texts) == 1
    for pk in (plain.pk, sponsor.pk, ""):
        assert "company" in set_company(browser, project, pk).context["form"].errors
    api = reverse("clients-api:project-company", args=[project.pk])

    def post(pk: int) -> Any:
        answer = browser.post(api, {"company": pk}, content_type="application/json", headers={"If-Match": '"1"'})
        return answer.status_code, answer.json()

    assert post(foreign.pk) == post(999_999_999)
    assert post(plain.pk)[0] == 422
    project.refresh_from_db()
    assert project.borrower == sponsor


def test_the_company_is_set_once_and_not_over_a_change_unseen(
    browser: Browser, manager: Staff, sponsor: Client
) -> None:
    project = recipes.make_project(sponsor)
    first, second = recipes.make_company(manager), recipes.make_company(manager)
    assert set_company(browser, project, first.pk, version=7).status_code == 409
    assert set_company(browser, project, first.pk).status_code == 302
    api = reverse("clients-api:project-company", args=[project.pk])
    again = browser.post(api, {"company": second.pk}, content_type="application/json", headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["rule"]) == (422, "company_set")


# --- stages -----------------------------------------------------------------------------------------------------------


def to_stage(browser: Browser, project: Project, to: str, on: date, **more: Any) -> Any:
    project.refresh_from_db()
    body = {"to": to, "on": on, "version": project.version, **more}
    return browser.post(reverse("clients:project_stage", args=[project.pk]), body)


def test_work_starts_only_with_its_permits_or_by_saying_so(browser: Browser, sponsor: Client) -> None:
    today = timezone.localdate()
    project = recipes.make_project(sponsor)
    refused = to_stage(browser, project, "construction", today)
    assert "Construction permit" in str(refused.context["form"].errors["without_permits"])
    assert to_stage(browser, project, "construction", today, without_permits="on").status_code == 302
    project.refresh_from_db()
    assert (project.stage, project.start_on) == ("construction", today)
    assert "Started without it" in browser.get(project.get_absolute_url()).content.decode()


def test_with_every_permit_work_starts(browser: Browser, sponsor: Client) -> None:
    project = recipes.make_project(sponsor)
    for kind in ("approval", "land", "planning", "environment", "construction"):
        recipes.make_permit(project, kind=kind)
    for kind in ("energy", "water_soil"):
        recipes.make_permit(project, kind=kind, status="not_needed", remark="不涉及")
    assert to_stage(browser, project, "construction", timezone.localdate()).status_code == 302


def test_stages_follow_one_another(browser: Browser, sponsor: Client) -> None:
    today = timezone.localdate()
    project = recipes.make_project(sponsor)
    assert "to" in to_stage(browser, project, "operation", today).context["form"].errors
    start = today - timedelta(days=100)
    to_stage(browser, project, "construction", start, without_permits="on")
    assert "on" in to_stage(browser, project, "operation", today + timedelta(days=1)).context["form"].errors
    assert "on" in to_stage(browser, project, "operation", start).context["form"].errors
    assert to_stage(browser, project, "operation", today).status_code == 302
    assert to_stage(browser, project, "closed", today).status_code == 302
    project.refresh_from_db()
    assert (project.stage, project.complete_on) == ("closed", today)
    api = reverse("clients-api:project-stage", args=[project.pk])
    back = browser.post(
        api, {"to": "construction", "on": str(today)}, content_type="application/json", headers={"If-Match": '"4"'}
    )
    assert (back.status_code, back.json()["rule"]) == (422, "stage_order")


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("stage=construction", {"在建"}),
        ("stage=preparation&stage=construction", {"在建", "筹备", "农业"}),
        ("section=D", {"在建", "筹备"}),
        ("section=A", {"农业"}),
        ("investment_from=600000000", {"筹备"}),
        ("investment_to=499999999.99", {"农业"}),
        ("completing=6", {"在建"}),
        ("completing=late", {"农业"}),
        ("sponsor=恒泽", {"在建", "筹备", "农业"}),
        ("sponsor=别家", set()),
        ("q=zj", {"在建"}),
    ],
)
def test_the_list_is_filtered_on_page_and_api_alike(
    browser: Browser, sponsor: Client, query: str, expected: set[str]
) -> None:
    today = timezone.localdate()
    begun = {"stage": "construction", "start_on": today - timedelta(days=300)}
    recipes.make_project(sponsor, name="在建", complete_on=today + timedelta(days=100), **begun)
    recipes.make_project(sponsor, name="筹备", total_investment=700_000_000)
    recipes.make_project(
        sponsor, name="农业", industry_id="A01", total_investment=400_000_000, complete_on=today - timedelta(days=1)
    )
    page = browser.get(f"{reverse('clients:project_list')}?{query}")
    assert {row.name for row in page.context["listing"].rows} == expected
    rows = browser.get(f"{reverse('clients-api:project-list')}?{query}").json()["results"]
    assert {row["name"] for row in rows} == expected


@pytest.mark.parametrize(
    ("route", "query"), [("clients:project_list", "per_page=100"), ("clients-api:project-list", "page_size=100")]
)
def test_the_list_costs_the_same_for_ten_and_for_sixty_rows(
    browser: Browser, manager: Staff, sponsor: Client, route: str, query: str
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"{reverse(route)}?{query}").status_code == 200
        return len(captured)

    for _ in range(10):
        recipes.make_project(sponsor)
    queries()
    few = queries()
    for _ in range(50):
        recipes.make_project(sponsor)
    assert queries() == few


def test_the_search_box_finds_only_projects_in_sight(bank: recipes.Bank, manager: Staff, sponsor: Client) -> None:
    recipes.make_project(sponsor, name="第三净水厂", project_code="2410-310115-04-02-123456")
    recipes.make_project(recipes.make_client(bank.staff(Role.RM, bank.west)), name="西城净水厂")
    for words in ("净水", "dsj", "2410-310115"):
        titles = [hit.title for found in search(manager, words) for hit in found.hits if "projects" in hit.href]
        assert titles == ["第三净水厂"], words
