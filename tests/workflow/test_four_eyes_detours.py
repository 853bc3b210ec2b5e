"""Nine ways round the second signature, each refused; the last by the database itself."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from clients.policy import CLIENT_FIELDS
from clients.services.handover import request_handover
from crm_project.organization import policy
from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Level, Role
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Act, Approval, Task
from crm_project.workflow.services import approvals, tasks
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
def client(manager: Staff) -> Client:
    return recipes.make_client(manager)


@pytest.fixture
def approval(bank: recipes.Bank, manager: Staff, client: Client, head: Staff) -> Approval:
    return request_handover(client=client, to=bank.staff(Role.RM, bank.west), reason="客户迁址", by=manager)


def browser_of(account: Staff) -> Browser:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def post_decision(account: Staff, approval: Approval) -> int:
    address = reverse("workflow:approval_decide", args=[approval.pk])
    return browser_of(account).post(address, {"answer": "approve", "reason": "同意"}).status_code


def still_waits(approval: Approval, client: Client, manager: Staff) -> bool:
    approval.refresh_from_db()
    return approval.state == "waiting" and Subject.objects.get(pk=client.pk).manager == manager


def refused(sql: str, *values: Any) -> bool:
    """Whether the database refuses the statement; one that meets no row would prove nothing."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            assert cursor.rowcount > 0, sql
    except DatabaseError:
        return True
    return False


def test_detour_1_a_second_account_of_the_person(
    bank: recipes.Bank, approval: Approval, client: Client, manager: Staff
) -> None:
    second = bank.staff(Role.APPROVER, person=manager.person)
    assert post_decision(second, approval) == 200  # the page again, with the refusal
    assert still_waits(approval, client, manager)


def test_detour_2_another_role_between_the_steps(approval: Approval, client: Client, manager: Staff) -> None:
    Staff.objects.filter(pk=manager.pk).update(role=Role.APPROVER, level=Level.L4)
    assert post_decision(Staff.objects.get(pk=manager.pk), approval) == 200
    assert still_waits(approval, client, manager)


def test_detour_3_the_administrator(bank: recipes.Bank, approval: Approval, client: Client, manager: Staff) -> None:
    assert not {Approval, Act, Task, Client, Subject} & set(admin.site._registry)
    administrator = bank.staff(Role.ADMINISTRATOR)
    assert post_decision(administrator, approval) == 404
    with pytest.raises(RuleBroken):
        approvals.decide(approval=approval, by=administrator, approve=True, reason="同意")
    assert still_waits(approval, client, manager)


def test_detour_4_in_bulk(bank: recipes.Bank, approval: Approval, client: Client, manager: Staff, head: Staff) -> None:
    """No page decides several requests at once, and a set-based update is bound by the same persons."""
    assert browser_of(head).post(reverse("workflow:approval_list"), {"ids": [approval.pk]}).status_code == 405
    second = bank.staff(Role.APPROVER, person=manager.person)
    decision = {"state": "approved", "decided_reason": "批量", "decided_at": approval.asked_at}
    for account, person in ((second, manager.person), (second, head.person), (manager, head.person)):
        with pytest.raises(DatabaseError), transaction.atomic():
            Approval.objects.filter(pk=approval.pk).update(decided_account=account, decided_by=person, **decision)
    assert still_waits(approval, client, manager)


def test_detour_5_an_edit_after_the_request(
    bank: recipes.Bank, approval: Approval, client: Client, manager: Staff, head: Staff
) -> None:
    """The request cannot be edited, and the record it is about voids it by changing."""
    for column, value in (("payload", "{}"), ("amount", "1"), ("asked_by_id", str(head.person_id)), ("kind", "x")):
        assert refused(f"UPDATE workflow_approval SET {column} = %s WHERE id = %s", value, approval.pk)
    colleague = bank.staff(Role.RM)
    Subject.objects.filter(pk=client.pk).update(manager=colleague)
    with pytest.raises(RuleBroken):
        approvals.decide(approval=approval, by=head, approve=True, reason="同意")
    assert Approval.objects.get(pk=approval.pk).state == "void"
    assert Subject.objects.get(pk=client.pk).manager == colleague


def test_detour_6_opening_a_refused_request_again(
    approval: Approval, client: Client, manager: Staff, head: Staff
) -> None:
    approvals.decide(approval=approval, by=head, approve=False, reason="不同意")
    with pytest.raises(Stale):
        approvals.decide(approval=approval, by=head, approve=True, reason="同意")
    for state in ("waiting", "approved", "withdrawn", "void"):
        with pytest.raises(DatabaseError), transaction.atomic():
            Approval.objects.filter(pk=approval.pk).update(state=state)
    assert Subject.objects.get(pk=client.pk).manager == manager


def test_detour_7_importing_or_writing_the_result_directly(
    bank: recipes.Bank, approval: Approval, client: Client, manager: Staff
) -> None:
    """Branch and manager are nobody's input: no form, resource or import takes them."""
    decided_only = {"branch", "manager", "root", "subject"}
    assert all(not decided_only & fields for (noun, _), fields in policy.write_sets().items() if noun == "client")
    assert not decided_only & CLIENT_FIELDS
    answer = browser_of(manager).patch(
        reverse("clients-api:client-detail", args=[client.pk]),
        {"manager": "x", "branch": bank.west.code},
        content_type="application/json",
        headers={"If-Match": f'"{client.version}"'},
    )
    assert answer.status_code == 400
    assert still_waits(approval, client, manager)


def test_detour_8_ending_the_task_instead(approval: Approval, client: Client, manager: Staff, head: Staff) -> None:
    task = Task.objects.get(key=approvals.task_key(approval))
    browser_of(head).post(reverse("workflow:task_finish", args=[task.pk]), {"outcome": "同意"})
    with pytest.raises(RuleBroken):
        tasks.finish_by_hand(task=task, by=head, outcome="同意")
    assert Task.objects.get(pk=task.pk).state == "open"
    assert still_waits(approval, client, manager)


DECIDE = (
    "UPDATE workflow_approval SET state = 'approved', decided_by_id = %s, decided_account_id = %s,"
    " decided_at = now(), decided_reason = 'x' WHERE id = %s"
)


def test_detour_9_raw_sql_as_the_application(
    bank: recipes.Bank, approval: Approval, client: Client, manager: Staff, head: Staff
) -> None:
    second = bank.staff(Role.APPROVER, person=manager.person)
    officer = bank.staff(Role.RISK_OFFICER)
    ways = {
        "the asker signs": (manager.person_id, manager.pk),
        "by a second account": (manager.person_id, second.pk),
        "in another's name": (head.person_id, second.pk),
        "with a role that was not asked for": (officer.person_id, officer.pk),
        "nobody signs": (None, None),
    }
    for way, (person, account) in ways.items():
        assert refused(DECIDE, person, account, approval.pk), way
    assert refused("DELETE FROM workflow_approval WHERE id = %s", approval.pk)
    assert refused("UPDATE workflow_act SET person_id = %s WHERE approval_id = %s", head.person_id, approval.pk)
    assert refused("DELETE FROM workflow_act WHERE approval_id = %s", approval.pk)
    assert refused(
        "INSERT INTO workflow_approval (subject_id, kind, payload, payload_hash, role_needed, level_needed, state,"
        " asked_by_id, asked_account_id, asked_reason, decided_by_id, decided_account_id, decided_at, decided_reason)"
        " SELECT subject_id, 'other', payload, payload_hash, role_needed, level_needed, 'approved', asked_by_id,"
        " asked_account_id, '', %s, %s, now(), 'x' FROM workflow_approval WHERE id = %s",
        head.person_id,
        head.pk,
        approval.pk,
    )
    assert refused(
        "INSERT INTO workflow_approval (subject_id, kind, payload, payload_hash, role_needed, level_needed, state,"
        " asked_by_id, asked_account_id, asked_reason, decided_reason)"
        " SELECT subject_id, 'other', payload, payload_hash, role_needed, level_needed, 'waiting', %s,"
        " asked_account_id, '', '' FROM workflow_approval WHERE id = %s",
        head.person_id,
        approval.pk,
    )
    assert still_waits(approval, client, manager)


def test_the_control_a_second_person_of_the_right_role_does_sign(approval: Approval, head: Staff) -> None:
    assert not refused(DECIDE, head.person_id, head.pk, approval.pk)
