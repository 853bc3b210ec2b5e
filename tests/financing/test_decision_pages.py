"""Pages of decisions and lines, through the browser's door."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from crm_project.organization.models import Staff
from crm_project.organization.roles import Level, Role
from financing.models import CreditLine, Decision, PlanVersion
from tests import recipes
from tests.financing import decision_support as support
from tests.recipes import Bank

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank() -> Bank:
    return recipes.make_bank()


@pytest.fixture
def manager(bank: Bank) -> Staff:
    return bank.staff(Role.RM, language="en")


@pytest.fixture
def borrower(manager: Staff) -> Client:
    return recipes.make_client(manager)


@pytest.fixture
def risk(bank: Bank) -> Staff:
    return bank.staff(Role.RISK_OFFICER, language="en")


@pytest.fixture
def head(bank: Bank) -> Staff:
    return bank.staff(Role.APPROVER, language="en")


def browser(staff: Staff) -> Browser:
    found = Browser()
    found.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return found


def page(staff: Staff, decision: Decision) -> str:
    return browser(staff).get(decision.get_absolute_url()).content.decode()


def post(staff: Staff, route: str, *args: Any, **body: Any) -> Any:
    return browser(staff).post(reverse(f"financing:{route}", args=args), body, follow=True)


def test_a_deal_goes_from_the_workbench_to_its_line(borrower: Client, manager: Staff, risk: Staff, head: Staff) -> None:
    support.make_grade(borrower)
    plan = support.make_plan(borrower)
    version = plan.versions.get()
    assert "Submit for decision" in browser(manager).get(plan.get_absolute_url()).content.decode()
    post(manager, "plan_submit", plan.pk, 1, seen=version.version)
    decision = Decision.objects.get()
    post(risk, "decision_opinion", decision.pk, supports="yes", text="现金流充足。")
    terms = {"line_until": support.in_a_year(), "conditions": "抵押登记办妥\n\n资本金到位"}
    answer = post(head, "decision_decide", decision.pk, answer="approve", reason="同意。", **terms)
    assert "Decided." in answer.content.decode()
    decision.refresh_from_db()
    assert (decision.state, decision.conditions.count()) == ("approved", 2)
    limits = browser(manager).get(reverse("financing:line_list", args=[borrower.pk])).content.decode()
    assert "Project loan" in limits and plan.project.name in limits


def test_the_page_says_who_decides_and_why_and_offers_the_act_to_that_person_only(
    borrower: Client, manager: Staff, risk: Staff, head: Staff
) -> None:
    decision = support.submitted(borrower)
    assert "Your risk opinion" in page(risk, decision)
    for other in (manager, head):
        assert "Your risk opinion" not in page(other, decision)
    assert "group exposure" in page(manager, decision) and "Branch head" in page(manager, decision)
    assert "Withdraw" in page(manager, decision)


def test_a_level_that_does_not_suffice_reads_who_decides(borrower: Client, risk: Staff, head: Staff) -> None:
    decision = support.opined(borrower, risk)
    assert "Your decision" in page(head, decision)
    Decision.objects.filter(pk=decision.pk).update(level_needed="L4")
    text = page(head, decision)
    assert "Your decision" not in text and "This is decided by: Head office." in text


def test_a_refused_form_keeps_what_was_typed(borrower: Client, risk: Staff, head: Staff) -> None:
    decision = support.opined(borrower, risk)
    answer = post(head, "decision_decide", decision.pk, answer="approve", reason="意见如下", line_until="")
    text = answer.content.decode()
    assert "意见如下" in text and "Say until when the line holds" in text
    decision.refresh_from_db()
    assert decision.state == Decision.State.OPINED


def test_the_chair_enters_the_session_and_the_votes_stay_hidden_from_the_manager(
    borrower: Client, bank: Bank, manager: Staff, risk: Staff
) -> None:
    decision = support.opined(borrower, risk)
    Decision.objects.filter(pk=decision.pk).update(level_needed="L3")
    members = support.committee(bank)
    attendance = [one.pk for one in members[:7]]
    body = {"attendance": attendance, "yes": 5, "no": 2, "abstain": 0, "minutes": "纪要", "conditions": ""}
    assert "贷审会会议" in page(members[0], decision)
    post(members[0], "decision_committee", decision.pk, line_until=support.in_a_year(), **body)
    decision.refresh_from_db()
    assert decision.state == Decision.State.APPROVED
    viewer = bank.staff(Role.HEAD_OFFICE_VIEWER, bank.head, language="en")
    assert "5 yes, 2 no" in page(viewer, decision) and members[3].name in page(viewer, decision)
    assert "5 yes" not in page(manager, decision) and members[3].name not in page(manager, decision)


def test_a_condition_is_reported_and_confirmed_on_the_page(
    borrower: Client, manager: Staff, risk: Staff, head: Staff
) -> None:
    decision = support.approved(borrower, risk, head)
    one = decision.conditions.get(no=1)
    post(manager, "condition_report", decision.pk, one.pk, fulfilled_on="2026-01-01", evidence="登记证明", version=1)
    assert "登记证明" in page(risk, decision)
    post(risk, "condition_confirm", decision.pk, one.pk, version=2)
    one.refresh_from_db()
    assert one.confirmed_by == risk.person


def test_what_waits_for_the_reader_comes_first_in_the_list(bank: Bank, manager: Staff, risk: Staff) -> None:
    judged = support.opined(recipes.make_client(manager), risk)
    waiting = support.submitted(recipes.make_client(manager))
    names = [judged.plan.project.name, waiting.plan.project.name]
    address = reverse("financing:decision_list")
    text = browser(risk).get(address).content.decode()
    assert text.index(names[1]) < text.index(names[0])
    mine = browser(risk).get(address, {"box": "mine"}).content.decode()
    assert names[1] in mine and names[0] not in mine


def test_foreign_decisions_and_limits_do_not_exist(borrower: Client, bank: Bank) -> None:
    decision = support.submitted(borrower)
    stranger = browser(bank.staff(Role.RM))
    for address in (decision.get_absolute_url(), reverse("financing:line_list", args=[borrower.pk])):
        assert stranger.get(address).status_code == 404
    assert stranger.get(f"/api/v1/decisions/{decision.pk}/").status_code == 404


def test_a_stale_submission_is_told_and_changes_nothing(borrower: Client, manager: Staff) -> None:
    support.make_grade(borrower)
    plan = support.make_plan(borrower)
    answer = post(manager, "plan_submit", plan.pk, 1, seen=1)
    assert "Another window" in answer.content.decode()
    assert plan.versions.get().state == PlanVersion.State.DRAFT


def test_the_api_gives_decisions_and_lines_to_read(borrower: Client, manager: Staff, risk: Staff, head: Staff) -> None:
    decision = support.approved(borrower, risk, head)
    client = browser(manager)
    found = client.get(reverse("financing-api:decision-detail", args=[decision.pk])).json()
    assert (found["state"], len(found["conditions"])) == ("approved", 2)
    assert "committee" not in found
    lines = client.get(reverse("financing-api:credit-line-list")).json()["results"]
    assert {line["id"] for line in lines} == set(CreditLine.objects.values_list("pk", flat=True))
    assert client.post(reverse("financing-api:decision-list"), {}).status_code in (403, 405)


def test_a_committee_member_alone_reads_that_the_chair_enters_the_session(
    borrower: Client, bank: Bank, risk: Staff
) -> None:
    decision = support.opined(borrower, risk)
    member = bank.staff(Role.APPROVER, bank.province, level=Level.L3, language="en")
    assert "This is decided by: Branch head." in page(member, decision)
