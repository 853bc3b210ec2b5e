"""Permits: what a project needs in each stage, when papers lapse, and how they are entered."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from clients.calc.permits import Paper, PermitFinding, PermitRule, State, basis_of, check_permits
from clients.models import Client, Permit, Project
from clients.permit_texts import way_out
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.shipped import shipped_body
from crm_project.rules.workdays import Workdays
from crm_project.workflow.models import JournalEntry
from tests import recipes

RULE = PermitRule.from_body(shipped_body("permits", "project"))
CALENDAR = Workdays.from_body(shipped_body("calendar", "china"))
DAY = date(2026, 11, 24)


def found(
    kind: str, *papers: Paper, stage: str = "preparation", started_on: date | None = None, **more: Any
) -> PermitFinding:
    arguments = {"basis": "verification", "day": DAY, "rule": RULE, "calendar": CALENDAR, **more}
    findings = check_permits(papers, stage=stage, started_on=started_on, **arguments)
    return next(finding for finding in findings if finding.need.kind == kind)


def held(kind: str, issued_on: date, expires_on: date | None = None) -> Paper:
    return Paper(kind, "held", issued_on, expires_on)


NEEDED = {
    "preparation": {"approval", "land", "planning", "environment", "energy", "construction", "water_soil"},
    "construction": {"approval", "land", "planning", "environment", "energy", "construction", "water_soil"},
    "operation": {"approval", "land", "planning", "environment", "energy", "water_soil"},
    "closed": set(),
}


@pytest.mark.parametrize("stage", NEEDED)
def test_each_stage_needs_its_permits(stage: str) -> None:
    findings = check_permits([], stage=stage, started_on=None, basis="", day=DAY, rule=RULE, calendar=CALENDAR)
    assert {finding.need.kind for finding in findings} == NEEDED[stage]


# RULES §1.8: kind, issue, day on which it lapses where work has not started, latest day with every extension
LAPSES = [
    ("approval", date(2024, 12, 20), date(2026, 12, 20), date(2027, 12, 20)),
    ("environment", date(2021, 11, 23), date(2026, 11, 23), date(2026, 11, 23)),
    ("construction", date(2026, 8, 31), date(2026, 11, 30), date(2027, 5, 31)),
]


@pytest.mark.parametrize(("kind", "issued", "lapses", "latest"), LAPSES)
def test_a_permit_lapses_where_work_has_not_started(kind: str, issued: date, lapses: date, latest: date) -> None:
    rule = RULE.expiry(kind, "verification")
    assert rule is not None
    assert rule.latest(issued) == latest
    assert found(kind, held(kind, issued)).lapses_on == lapses
    on_the_day = found(kind, held(kind, issued), day=lapses)
    after = found(kind, held(kind, issued), day=lapses + timedelta(days=1))
    assert (on_the_day.state, on_the_day.days_left, on_the_day.urgent) == (State.EXPIRING, 0, True)
    assert (after.state, after.days_left) == (State.EXPIRED, -1)


@pytest.mark.parametrize(
    ("left", "state", "urgent"),
    [(91, State.HELD, False), (90, State.EXPIRING, False), (31, State.EXPIRING, False), (30, State.EXPIRING, True)],
)
def test_it_warns_ninety_and_thirty_days_before(left: int, state: State, urgent: bool) -> None:
    finding = found("land", held("land", date(2020, 1, 1), DAY + timedelta(days=left)))
    assert (finding.state, finding.urgent) == (state, urgent)


def test_a_start_in_time_ends_the_clock_and_a_late_one_does_not() -> None:
    paper = held("environment", date(2020, 1, 10))  # holds until 2025-01-10 without a start
    in_time = found("environment", paper, stage="construction", started_on=date(2025, 1, 10))
    late = found("environment", paper, stage="construction", started_on=date(2025, 1, 11))
    assert (in_time.state, in_time.lapses_on) == (State.HELD, None)
    assert late.state == State.EXPIRED


def test_a_permit_missing_after_the_start_is_a_breach_and_before_it_is_not() -> None:
    assert found("environment").state == State.MISSING
    assert found("environment", Paper("environment", "applied")).state == State.APPLIED
    building = found("environment", Paper("environment", "applied"), stage="construction", started_on=DAY)
    assert (building.state, building.broken) == (State.STARTED_WITHOUT, True)
    late = found("land", held("land", DAY), stage="construction", started_on=DAY - timedelta(days=1))
    assert (late.state, late.issued_late) == (State.HELD, True)


def test_only_a_waivable_permit_counts_as_not_needed() -> None:
    assert found("energy", Paper("energy", "not_needed")).state == State.NOT_NEEDED
    assert found("land", Paper("land", "not_needed")).state == State.MISSING


def test_of_several_papers_the_one_that_lasts_longest_counts() -> None:
    old, new = held("land", date(2019, 1, 1), date(2024, 1, 1)), held("land", date(2024, 1, 1), date(2030, 1, 1))
    finding = found("land", old, new)
    assert (finding.state, finding.paper) == (State.HELD, new)
    assert found("land", held("land", DAY + timedelta(days=1))).state == State.MISSING


@pytest.mark.parametrize(
    ("code", "basis", "lapses"),
    [
        ("2410-310115-04-01-123456", "approval", False),
        ("2410-310115-04-02-123456", "verification", True),
        ("2410-310115-04-03-123456", "filing", False),
        ("", "", True),
    ],
)
def test_only_a_verification_lapses_and_an_unknown_basis_is_taken_strictly(code: str, basis: str, lapses: bool) -> None:
    assert basis_of(code) == basis
    finding = found("approval", held("approval", date(2020, 1, 1)), basis=basis)
    assert (finding.state == State.EXPIRED) is lapses


def test_the_extension_is_asked_for_thirty_working_days_before() -> None:
    finding = found("approval", held("approval", date(2025, 1, 20)))  # lapses on 2027-01-20
    assert finding.apply_by is not None and finding.lapses_on is not None
    assert CALENDAR.workdays_between(finding.apply_by, finding.lapses_on) == 30


def project(**fields: Any) -> Project:
    return Project(**{"stage": "preparation", **fields})


@pytest.mark.parametrize(
    ("kind", "papers", "more", "words"),
    [
        ("approval", [held("approval", date(2025, 1, 20))], {}, "asked for by 2026-12-"),
        ("approval", [held("approval", date(2024, 12, 20))], {}, "Too late to ask for an extension"),
        ("environment", [held("environment", date(2021, 12, 1))], {}, "no extension is left"),
        ("construction", [held("construction", date(2026, 9, 1))], {}, "extended by 2026-12-01"),
        ("land", [held("land", date(2020, 1, 1), DAY)], {}, "renewed by 2026-11-24"),
        ("land", [], {"start_on": date(2027, 3, 1)}, "planned start on 2027-03-01"),
        (
            "construction",
            [held("construction", date(2026, 11, 20))],
            {"start_on": date(2027, 6, 1)},
            "start by|extended by",
        ),
    ],
)
def test_the_way_out_says_what_by_when(kind: str, papers: list[Paper], more: dict[str, Any], words: str) -> None:
    with override("en"):
        text = way_out(project(**more), found(kind, *papers), DAY)
    assert any(part in text for part in words.split("|")), text


# --- entering ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def bank() -> recipes.Bank:
    cache.clear()
    return recipes.make_bank()


@pytest.fixture
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM, language="en")


@pytest.fixture
def sponsor(manager: Staff) -> Client:
    return recipes.make_client(manager)


@pytest.fixture
def browser(manager: Staff) -> Browser:
    browser = Browser()
    browser.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    return browser


HELD = {"kind": "environment", "status": "held", "number": "澜环审〔2026〕1号", "issued_on": "2026-01-10"}


@pytest.mark.django_db
def test_a_held_permit_gets_the_day_its_rule_sets(browser: Browser, sponsor: Client) -> None:
    row = recipes.make_project(sponsor)
    issued = timezone.localdate() - timedelta(days=10)
    answer = browser.post(reverse("clients:permit_create", args=[row.pk]), {**HELD, "issued_on": issued})
    assert answer.url == reverse("clients:project_permits", args=[row.pk])
    permit = Permit.objects.get()
    assert permit.expires_on == issued.replace(year=issued.year + 5)
    assert permit.root_id == row.root_id
    assert JournalEntry.objects.filter(act="create").latest("id").subject_id == row.pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "number"),
        ({"issued_on": ""}, "issued_on"),
        ({"issued_on": "2999-01-01"}, "issued_on"),
        ({"issued_on": "31.2.2020"}, "issued_on"),
        ({"expires_on": "2020-01-01"}, "expires_on"),
        ({"expires_on": "2031-01-11"}, "expires_on"),
        ({"kind": "pilot"}, "kind"),
        ({"status": "lost"}, "status"),
        ({"status": "applied", "expires_on": "2030-01-01"}, "expires_on"),
        ({"status": "not_needed", "remark": "不涉及"}, "status"),
        ({"kind": "energy", "status": "not_needed"}, "remark"),
        ({"number": "x" * 61}, "number"),
    ],
)
def test_bad_input_is_named_at_its_field(
    browser: Browser, sponsor: Client, changes: dict[str, str], field: str
) -> None:
    row = recipes.make_project(sponsor)
    answer = browser.post(reverse("clients:permit_create", args=[row.pk]), {**HELD, **changes})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert not Permit.objects.exists()


@pytest.mark.django_db
def test_the_construction_permit_cannot_be_extended_a_third_time(browser: Browser, sponsor: Client) -> None:
    row = recipes.make_project(sponsor)
    body = {**HELD, "kind": "construction", "issued_on": "2026-01-31"}
    address = reverse("clients:permit_create", args=[row.pk])
    refused = browser.post(address, {**body, "expires_on": "2026-11-01"})
    assert "2026-10-31" in refused.content.decode()
    assert browser.post(address, {**body, "expires_on": "2026-10-31"}).status_code == 302


@pytest.mark.django_db
def test_the_second_editor_of_a_permit_is_told(browser: Browser, sponsor: Client) -> None:
    permit = recipes.make_permit(recipes.make_project(sponsor))
    address = reverse("clients:permit_edit", args=[permit.project_id, permit.pk])
    body = {"status": "applied", "version": 1}
    assert browser.post(address, body).status_code == 302
    second = browser.post(address, {**body, "remark": "第二次"})
    assert second.status_code == 409
    assert "第二次" in second.content.decode()
    assert browser.get(address).status_code == 200


@pytest.mark.django_db
def test_a_permit_answers_only_under_its_own_project(browser: Browser, sponsor: Client) -> None:
    permit = recipes.make_permit(recipes.make_project(sponsor))
    other = recipes.make_project(sponsor)
    assert browser.get(reverse("clients:permit_edit", args=[other.pk, permit.pk])).status_code == 404


@pytest.mark.django_db
def test_a_foreign_project_in_the_body_answers_as_an_unknown_one(
    browser: Browser, bank: recipes.Bank, sponsor: Client
) -> None:
    foreign = recipes.make_project(recipes.make_client(bank.staff(Role.RM, bank.west)))

    def post(project: int) -> Any:
        body = {"project": project, "kind": "land", "status": "applied"}
        return browser.post(reverse("clients-api:permit-list"), body, content_type="application/json")

    assert post(recipes.make_project(sponsor).pk).status_code == 201
    known, unknown = post(foreign.pk), post(999_999_999)
    assert (known.status_code, known.json()) == (400, unknown.json())
    assert Permit.objects.count() == 1


@pytest.mark.django_db
def test_kind_and_project_of_a_permit_stay_as_they_are(browser: Browser, sponsor: Client) -> None:
    permit = recipes.make_permit(recipes.make_project(sponsor))
    address = reverse("clients-api:permit-detail", args=[permit.pk])
    for column in ("kind", "project", "root", "version"):
        answer = browser.patch(address, {column: "1"}, content_type="application/json", headers={"If-Match": '"1"'})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [column])
    answer = browser.patch(address, {"remark": "x"}, content_type="application/json", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    stale = browser.patch(address, {"remark": "y"}, content_type="application/json", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert JournalEntry.objects.filter(act="change").latest("id").subject_id == permit.project_id


@pytest.mark.django_db
def test_permits_are_found_by_their_expiry(browser: Browser, sponsor: Client) -> None:
    row = recipes.make_project(sponsor)
    soon = timezone.localdate() + timedelta(days=20)
    recipes.make_permit(row, expires_on=soon)
    recipes.make_permit(row, kind="planning", expires_on=soon + timedelta(days=20))
    address = reverse("clients-api:permit-list")
    kinds = [
        one["kind"] for one in browser.get(f"{address}?expires_before={soon + timedelta(days=1)}").json()["results"]
    ]
    assert kinds == ["land"]
    assert browser.get(f"{address}?expires={soon}").status_code == 400


@pytest.mark.django_db
def test_the_project_page_shows_what_is_wrong_and_the_way_out(browser: Browser, sponsor: Client) -> None:
    today = timezone.localdate()
    row = recipes.make_project(sponsor, stage="construction", start_on=today - timedelta(days=20))
    recipes.make_permit(row, expires_on=today - timedelta(days=1))
    page = browser.get(row.get_absolute_url()).content.decode()
    for words in ("Lapsed", "Have it renewed; no drawdown before.", "Started without it", "建筑法 第7–8条"):
        assert words in page, words


@pytest.mark.django_db
def test_the_page_costs_the_same_for_two_and_for_twenty_permits(browser: Browser, sponsor: Client) -> None:
    row = recipes.make_project(sponsor, total_investment=Decimal(10**9))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(reverse("clients:project_permits", args=[row.pk])).status_code == 200
        return len(captured)

    for _ in range(2):
        recipes.make_permit(row)
    queries()
    few = queries()
    for _ in range(18):
        recipes.make_permit(row)
    assert queries() == few
