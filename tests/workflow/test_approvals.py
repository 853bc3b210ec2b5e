"""Asking, deciding, withdrawing, and what the record shows meanwhile; the hand-over of a client is the matter."""

from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils.translation import override

from clients.models import Client
from clients.services.handover import request_handover
from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Level, Role
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Act, Approval, JournalEntry, Notice, Task
from crm_project.workflow.services import approvals
from tests import recipes

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank() -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM)


@pytest.fixture
def head(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.APPROVER)


@pytest.fixture
def other(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM, bank.west)


@pytest.fixture
def client(manager: Staff) -> Client:
    return recipes.make_client(manager)


def ask(client: Client, to: Staff, by: Staff) -> Approval:
    return request_handover(client=client, to=to, reason="客户迁址", by=by)


def browser_of(account: Staff) -> Browser:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def rule_of(error: pytest.ExceptionInfo[RuleBroken]) -> str:
    return error.value.rule


def test_an_approved_hand_over_moves_the_client_and_its_tasks(
    bank: recipes.Bank, manager: Staff, other: Staff, head: Staff, client: Client
) -> None:
    approval = ask(client, other, manager)
    approvals.decide(approval=approval, by=head, approve=True, reason="同意")
    subject = Subject.objects.get(pk=client.pk)
    assert (subject.manager, subject.branch) == (other, bank.west)
    assert not Client.objects.visible_to(manager).exists()
    approval.refresh_from_db()
    assert (approval.state, approval.decided_by, approval.decided_reason) == ("approved", head.person, "同意")
    assert approval.decided_at is not None
    take_over = Task.objects.open().get()
    assert (take_over.kind, take_over.assignee, take_over.branch) == ("client_take_over", other, bank.west)


def test_a_client_that_moves_on_takes_the_former_call_off_the_list(
    manager: Staff, other: Staff, head: Staff, client: Client, bank: recipes.Bank
) -> None:
    third = bank.staff(Role.RM)
    approvals.decide(approval=ask(client, third, manager), by=head, approve=True, reason="同意")
    approvals.decide(approval=ask(client, other, third), by=head, approve=True, reason="同意")
    assert [task.assignee for task in Task.objects.open()] == [other]


def test_a_refused_hand_over_changes_nothing_but_the_request(
    manager: Staff, other: Staff, head: Staff, client: Client
) -> None:
    approval = ask(client, other, manager)
    approvals.decide(approval=approval, by=head, approve=False, reason="客户要求保留")
    assert Subject.objects.get(pk=client.pk).manager == manager
    assert Approval.objects.get().state == "refused"
    assert Task.objects.get().state == "done"
    assert [act.act for act in Act.objects.all()] == ["propose"]


def test_both_signatures_are_kept_as_acts_of_persons(manager: Staff, other: Staff, head: Staff, client: Client) -> None:
    approval = ask(client, other, manager)
    approvals.decide(approval=approval, by=head, approve=True, reason="同意")
    acts = [(act.act, act.person, act.account, act.deal_id) for act in Act.objects.filter(approval=approval)]
    assert acts == [("propose", manager.person, manager, client.pk), ("approve", head.person, head, client.pk)]


def test_the_request_is_a_task_of_the_branch_head_and_ends_with_the_decision(
    bank: recipes.Bank, manager: Staff, other: Staff, head: Staff, client: Client
) -> None:
    bank.staff(Role.APPROVER, bank.province, level=Level.L2)
    approval = ask(client, other, manager)
    task = Task.objects.get()
    assert (task.assignee, task.branch, task.role) == (head, bank.east, Role.APPROVER)
    assert Notice.objects.get().staff == head
    approvals.decide(approval=approval, by=head, approve=True, reason="同意")
    task.refresh_from_db()
    assert (task.state, task.done_by) == ("done", head)
    assert Notice.objects.get(kind="approval_decided").staff == manager
    assert not Notice.objects.filter(staff=head).unread().exists()


def test_without_a_branch_head_the_request_goes_to_the_next_desk_above(
    bank: recipes.Bank, manager: Staff, other: Staff, client: Client
) -> None:
    above = bank.staff(Role.APPROVER, bank.province, level=Level.L2)
    bank.staff(Role.APPROVER, bank.west)
    ask(client, other, manager)
    assert Task.objects.get().assignee == above


def test_a_second_request_of_the_kind_waits_for_the_first(manager: Staff, other: Staff, client: Client) -> None:
    ask(client, other, manager)
    with pytest.raises(RuleBroken) as error:
        ask(client, other, manager)
    assert rule_of(error) == "approval_waiting"
    assert Approval.objects.count() == 1


def test_the_second_signature_must_be_another_person(
    bank: recipes.Bank, manager: Staff, other: Staff, client: Client
) -> None:
    approval = ask(client, other, manager)
    own_second_account = bank.staff(Role.APPROVER, person=manager.person)
    with pytest.raises(RuleBroken) as error:
        approvals.decide(approval=approval, by=own_second_account, approve=True, reason="同意")
    assert rule_of(error) == "approval_four_eyes"
    assert Approval.objects.get().state == "waiting"


@pytest.mark.parametrize(
    ("role", "level", "place", "answer"),
    [
        (Role.RISK_OFFICER, Level.UPPER_BRANCH, "province", "approval_role"),
        (Role.APPROVER, Level.L1, "west", "approval_scope"),
        (Role.APPROVER, Level.L1, "east", ""),
        (Role.APPROVER, Level.L2, "province", ""),
        (Role.APPROVER, Level.L4, "head", ""),
        (Role.HEAD_OFFICE_VIEWER, "", "head", "approval_role"),
    ],
)
def test_role_level_and_branch_decide_who_may_sign(
    role: str, level: str, place: str, answer: str, bank: recipes.Bank, manager: Staff, other: Staff, client: Client
) -> None:
    approval = ask(client, other, manager)
    account = bank.staff(role, getattr(bank, place), level=level)
    refusal = approvals.why_not(approval, account)
    assert (refusal.rule if refusal else "") == answer


def test_a_level_below_the_one_needed_is_refused(
    bank: recipes.Bank, manager: Staff, client: Client, head: Staff
) -> None:
    approval = approvals.request_approval(
        subject=client.subject,
        kind="client_handover",
        payload={"from_manager": 1},
        by=manager,
        role=Role.APPROVER,
        level=Level.L2,
        amount=Decimal("1000.00"),
    )
    refusal = approvals.why_not(approval, head)
    assert refusal is not None
    assert refusal.rule == "approval_level"


def test_a_signature_given_up_before_the_click_no_longer_counts(
    manager: Staff, other: Staff, head: Staff, client: Client
) -> None:
    """The account is read again: what it was when the page was opened does not matter."""
    approval = ask(client, other, manager)
    Staff.objects.filter(pk=head.pk).update(is_active=False)
    with pytest.raises(RuleBroken) as error:
        approvals.decide(approval=approval, by=head, approve=True, reason="同意")
    assert rule_of(error) == "approval_role"


def test_a_record_that_changed_voids_the_request(
    bank: recipes.Bank, manager: Staff, other: Staff, head: Staff, client: Client
) -> None:
    approval = ask(client, other, manager)
    Staff.objects.filter(pk=other.pk).update(branch=bank.province)
    with pytest.raises(RuleBroken) as error:
        approvals.decide(approval=approval, by=head, approve=True, reason="同意")
    assert rule_of(error) == "approval_void"
    approval.refresh_from_db()
    assert approval.state == "void"
    assert Subject.objects.get(pk=client.pk).manager == manager
    assert Task.objects.get().state == "dropped"
    assert Notice.objects.filter(staff=manager, kind="approval_decided").exists()


def test_a_decision_needs_its_reason(manager: Staff, other: Staff, head: Staff, client: Client) -> None:
    with pytest.raises(RuleBroken) as error:
        approvals.decide(approval=ask(client, other, manager), by=head, approve=True, reason="  ")
    assert error.value.field == "reason"


def test_a_decision_is_made_once(manager: Staff, other: Staff, head: Staff, client: Client) -> None:
    approval = ask(client, other, manager)
    approvals.decide(approval=approval, by=head, approve=False, reason="不同意")
    with pytest.raises(Stale):
        approvals.decide(approval=approval, by=head, approve=True, reason="同意")
    with pytest.raises(Stale):
        approvals.withdraw(approval=approval, by=manager)


def test_only_the_person_who_asked_withdraws(manager: Staff, other: Staff, head: Staff, client: Client) -> None:
    approval = ask(client, other, manager)
    with pytest.raises(RuleBroken):
        approvals.withdraw(approval=approval, by=head)
    approvals.withdraw(approval=approval, by=manager)
    assert Approval.objects.get().state == "withdrawn"
    assert Task.objects.get().state == "dropped"
    ask(client, other, manager)


def test_the_payload_hash_does_not_depend_on_order_or_type_of_keys() -> None:
    one = approvals.payload_hash({"b": Decimal("1.50"), "a": "甲"})
    assert one == approvals.payload_hash({"a": "甲", "b": "1.50"})
    assert one != approvals.payload_hash({"a": "甲", "b": "1.51"})


@pytest.mark.parametrize(
    ("who", "rule"), [("colleague", "handover_manager"), ("same", "handover_same"), ("officer", "handover_target")]
)
def test_a_hand_over_has_its_rules(who: str, rule: str, bank: recipes.Bank, manager: Staff, client: Client) -> None:
    to = {"colleague": bank.staff(Role.RM), "same": manager, "officer": bank.staff(Role.RISK_OFFICER)}[who]
    by = bank.staff(Role.RM) if who == "colleague" else manager
    with pytest.raises(RuleBroken) as error:
        ask(client, to, by)
    assert rule_of(error) == rule


# --- pages --------------------------------------------------------------------------------------------------------


def test_the_client_page_says_what_waits_and_what_it_would_change(
    manager: Staff, other: Staff, client: Client, head: Staff
) -> None:
    page = reverse("clients:client_detail", args=[client.pk])
    with override("zh-hans"):
        before = browser_of(manager).get(page).content.decode()
        assert reverse("clients:client_handover", args=[client.pk]) in before
        ask(client, other, manager)
        for account in (manager, head):
            text = browser_of(account).get(page).content.decode()
            assert "待审批：移交客户" in text
            assert other.name in text
            assert "城西支行" in text


def test_the_form_asks_and_keeps_its_input_when_refused(manager: Staff, other: Staff, client: Client) -> None:
    page = reverse("clients:client_handover", args=[client.pk])
    browser = browser_of(manager)
    refused = browser.post(page, {"to": other.pk, "reason": ""})
    assert refused.status_code == 200
    assert f'value="{other.pk}" selected' in refused.content.decode()
    assert browser.post(page, {"to": other.pk, "reason": "客户迁址"}).status_code == 302
    assert Approval.objects.get().asked_reason == "客户迁址"


def test_the_branch_head_decides_on_the_page_and_the_journal_keeps_it(
    manager: Staff, other: Staff, head: Staff, client: Client
) -> None:
    approval = ask(client, other, manager)
    browser = browser_of(head)
    detail = browser.get(reverse("workflow:approval_detail", args=[approval.pk])).content.decode()
    assert other.name in detail
    answer = browser.post(
        reverse("workflow:approval_decide", args=[approval.pk]), {"answer": "approve", "reason": "同意"}, follow=True
    )
    assert answer.redirect_chain[-1][0] == reverse("workflow:approval_list")  # the client has left the head's branch
    assert JournalEntry.objects.get(act="decide").subject_id == client.pk
    assert Subject.objects.get(pk=client.pk).manager == other


def test_the_page_refuses_its_asker_with_the_reason(
    bank: recipes.Bank, manager: Staff, other: Staff, client: Client
) -> None:
    approval = ask(client, other, manager)
    double = bank.staff(Role.APPROVER, person=manager.person)
    page = browser_of(double).get(reverse("workflow:approval_detail", args=[approval.pk])).content.decode()
    assert "另一人" in page
    assert 'value="approve"' not in page


def test_the_boxes_hold_what_their_names_say(
    bank: recipes.Bank, manager: Staff, other: Staff, head: Staff, client: Client
) -> None:
    waiting = ask(client, other, manager)
    settled = ask(recipes.make_client(manager), bank.staff(Role.RM), manager)
    approvals.decide(approval=settled, by=head, approve=False, reason="不同意")

    def shown(account: Staff, query: str) -> set[int]:
        response = browser_of(account).get(f"{reverse('workflow:approval_list')}?{query}")
        return {row.pk for row in response.context["listing"].rows}

    assert shown(head, "") == {waiting.pk}
    assert shown(head, "box=decided") == {settled.pk}
    assert shown(manager, "") == set()
    assert shown(manager, "box=asked") == {waiting.pk, settled.pk}
    assert shown(bank.staff(Role.APPROVER, bank.west), "box=all") == set()


def test_the_resource_shows_requests_of_the_scope_only(
    bank: recipes.Bank, manager: Staff, other: Staff, head: Staff, client: Client
) -> None:
    approval = ask(client, other, manager)
    found = browser_of(head).get(reverse("workflow-api:approval-list")).json()["results"]
    assert [row["id"] for row in found] == [approval.pk]
    assert found[0]["changes"][0]["after"] == other.name
    assert browser_of(other).get(reverse("workflow-api:approval-list")).json()["results"] == []
    assert browser_of(other).get(reverse("workflow-api:approval-detail", args=[approval.pk])).status_code == 404
