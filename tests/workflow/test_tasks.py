"""Tasks: once per key, deadlines in business hours, the clock that stands, escalation once."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from crm_project.organization.models import Branch, Staff
from crm_project.organization.roles import LEVELS, Level, Role
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Notice, Task
from crm_project.workflow.services import tasks
from tests import recipes

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Asia/Shanghai")
KIND = "client_take_over"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.fixture
def bank() -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM)


@pytest.fixture
def client(manager: Staff) -> Client:
    return recipes.make_client(manager)


def open_one(client: Client, manager: Staff, key: str = "k", **fields: Any) -> Task:
    facts: dict[str, Any] = {
        "kind": KIND,
        "subject": client.subject,
        "role": Role.RM,
        "branch": manager.branch,
        "assignee": manager,
        "params": {"from": "甲"},
        **fields,
    }
    if "due_at" not in facts:
        facts.setdefault("working_hours", Decimal(8))
    return tasks.open_task(key=key, **facts)


@pytest.mark.parametrize(
    ("now", "hours", "due"),
    [
        ("2026-11-24T09:00", 8, "2026-11-24T17:00"),
        ("2026-11-24T15:00", 4, "2026-11-25T11:00"),
        ("2026-11-24T22:30", 1, "2026-11-25T10:00"),
        ("2026-11-27T16:00", 2, "2026-11-30T10:00"),  # Friday into Monday
        ("2026-09-30T16:00", 2, "2026-10-08T10:00"),  # over the National Day holiday
        ("2026-02-13T16:00", 2, "2026-02-14T10:00"),  # a Saturday that is worked before the Spring Festival
    ],
)
def test_the_deadline_counts_business_hours(now: str, hours: int, due: str, client: Client, manager: Staff) -> None:
    with time_machine.travel(at(now), tick=False):
        assert open_one(client, manager, working_hours=Decimal(hours)).due_at == at(due)


def test_the_same_key_is_the_same_task(client: Client, manager: Staff) -> None:
    first = open_one(client, manager)
    assert open_one(client, manager, working_hours=Decimal(80)).pk == first.pk
    assert Task.objects.get().due_at == first.due_at


def test_a_task_has_one_deadline_and_a_known_kind(client: Client, manager: Staff) -> None:
    with pytest.raises(ValueError, match="working_hours or due_at"):
        open_one(client, manager, due_at=timezone.now(), working_hours=Decimal(1))
    with pytest.raises(KeyError):
        open_one(client, manager, kind="no_such_kind")


def test_the_clock_stands_while_the_client_is_asked(client: Client, manager: Staff) -> None:
    """Due Wednesday 11:00; asked Tuesday 16:00, answered Thursday 10:00: 1 + 8 + 1 hours later, Thursday 13:00."""
    with time_machine.travel(at("2026-11-24T15:00"), tick=False):
        open_one(client, manager, working_hours=Decimal(4))
    with time_machine.travel(at("2026-11-24T16:00"), tick=False):
        assert tasks.pause_task(key="k")
        assert not tasks.pause_task(key="k")
    with time_machine.travel(at("2026-11-26T10:00"), tick=False):
        assert not Task.objects.overdue(timezone.now()).exists()
        assert tasks.resume_task(key="k")
        assert not tasks.resume_task(key="k")
    assert Task.objects.get().due_at == at("2026-11-26T13:00")


def test_a_task_ends_once(client: Client, manager: Staff) -> None:
    open_one(client, manager)
    assert tasks.finish_task(key="k", by=manager)
    assert not tasks.finish_task(key="k", by=manager)
    assert not tasks.drop_task(key="k")
    assert not tasks.pause_task(key="k")


def test_by_hand_ends_only_what_is_mine_and_with_an_outcome(bank: recipes.Bank, client: Client, manager: Staff) -> None:
    task = open_one(client, manager)
    for by, outcome, rule in ((bank.staff(Role.RM), "已拜访", "task_of_another"), (manager, " ", "task_outcome")):
        with pytest.raises(RuleBroken) as error:
            tasks.finish_by_hand(task=task, by=by, outcome=outcome)
        assert error.value.rule == rule
    tasks.finish_by_hand(task=task, by=manager, outcome="已拜访")
    with pytest.raises(Stale):
        tasks.finish_by_hand(task=task, by=manager, outcome="再次")
    task.refresh_from_db()
    assert (task.state, task.done_by, task.outcome) == ("done", manager, "已拜访")


def test_a_task_that_nobody_took_is_everybodys_of_the_role_at_the_branch(
    bank: recipes.Bank, client: Client, manager: Staff
) -> None:
    task = open_one(client, manager, assignee=None, role=Role.RISK_OFFICER)
    here, elsewhere = bank.staff(Role.RISK_OFFICER), bank.staff(Role.RISK_OFFICER, bank.west)
    assert list(Task.objects.of(here)) == [task]
    assert list(Task.objects.of(elsewhere)) == []
    assert list(Task.objects.of(manager)) == []


# --- escalation ---------------------------------------------------------------------------------------------------

NOW = at("2026-11-24T10:00")
LATE = NOW - timedelta(minutes=1)


def test_an_overdue_task_goes_to_the_branch_head_once(bank: recipes.Bank, client: Client, manager: Staff) -> None:
    head = bank.staff(Role.APPROVER)
    bank.staff(Role.APPROVER, bank.west)
    bank.staff(Role.APPROVER, bank.province, level=Level.L2)
    task = open_one(client, manager, due_at=LATE)
    assert tasks.escalate_overdue(NOW) == 1
    assert tasks.escalate_overdue(NOW) == 0
    task.refresh_from_db()
    assert (task.escalated_to, task.escalated_at) == (head, NOW)
    notice = Notice.objects.get()
    assert (notice.staff, notice.subject_id) == (head, client.pk)
    events = Task._meta.apps.get_model("workflow", "TaskEvent").objects.filter(pgh_obj_id=task.pk)
    assert events.count() == 2


def test_what_is_early_waiting_or_closed_stays(bank: recipes.Bank, client: Client, manager: Staff) -> None:
    bank.staff(Role.APPROVER)
    open_one(client, manager, "early", due_at=NOW + timedelta(minutes=1))
    open_one(client, manager, "waiting", due_at=LATE)
    tasks.pause_task(key="waiting")
    open_one(client, manager, "closed", due_at=LATE)
    tasks.finish_task(key="closed", by=manager)
    assert tasks.escalate_overdue(NOW) == 0


def test_a_heads_own_late_task_goes_to_the_desk_above(bank: recipes.Bank, client: Client, manager: Staff) -> None:
    head = bank.staff(Role.APPROVER)
    above = bank.staff(Role.APPROVER, bank.province, level=Level.L2)
    task = open_one(client, manager, due_at=LATE, role=Role.APPROVER, assignee=head)
    tasks.escalate_overdue(NOW)
    task.refresh_from_db()
    assert task.escalated_to == above


def slow_head(task: Task) -> Staff | None:
    """The obvious way: walk up the tree, take the lowest approver of the first branch that has one."""
    branch: Branch | None = task.branch
    while branch is not None:
        if not (task.role == Role.APPROVER and branch == task.branch):
            able = [
                one
                for one in Staff.objects.filter(branch=branch, role=Role.APPROVER, is_active=True)
                if one.pk != task.assignee_id
            ]
            if able:
                return min(able, key=lambda one: (LEVELS[Role.APPROVER].index(one.level), one.pk))
        branch = branch.parent
    return None


def test_the_one_statement_finds_whom_the_obvious_walk_finds(
    bank: recipes.Bank, client: Client, manager: Staff
) -> None:
    places = [bank.head, bank.province, bank.city, bank.east, bank.west, bank.elsewhere]
    heads = [bank.staff(Role.APPROVER, place, level=Level.L2) for place in (bank.province, bank.east, bank.east)]
    heads += [bank.staff(Role.APPROVER, bank.east), bank.staff(Role.APPROVER, bank.head, level=Level.L4)]
    Staff.objects.filter(pk=heads[1].pk).update(is_active=False)
    number = 0
    for place in places:
        for role, assignee in ((Role.RM, manager), (Role.APPROVER, None), (Role.RISK_OFFICER, heads[3])):
            number += 1
            open_one(client, manager, f"t{number}", due_at=LATE, branch=place, role=role, assignee=assignee)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert tasks.escalate_overdue(NOW) == number
    assert sum("workflow_task" in query["sql"] for query in queries) == 1
    for task in Task.objects.select_related("branch"):
        assert task.escalated_to == slow_head(task), task.key


# --- pages --------------------------------------------------------------------------------------------------------


def browser_of(account: Staff) -> Browser:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_the_list_shows_mine_and_the_page_ends_one(client: Client, manager: Staff) -> None:
    task = open_one(client, manager)
    browser = browser_of(manager)
    page = browser.get(reverse("workflow:task_list")).content.decode()
    assert client.name in page
    finish = reverse("workflow:task_finish", args=[task.pk])
    assert finish in page
    assert browser.post(finish, {"outcome": "已拜访，资料齐全"}).status_code == 302
    assert [row.pk for row in browser.get(reverse("workflow:task_list")).context["listing"].rows] == []
    done = browser.get(f"{reverse('workflow:task_list')}?box=done").context["listing"].rows
    assert [row.pk for row in done] == [task.pk]


def test_a_task_about_a_client_of_others_is_not_there(bank: recipes.Bank, client: Client, manager: Staff) -> None:
    """The assignee has lost the client: the task is no way back to it."""
    stranger = bank.staff(Role.RM)
    task = open_one(client, manager, assignee=stranger)
    browser = browser_of(stranger)
    assert browser.get(reverse("workflow:task_finish", args=[task.pk])).status_code == 404
    assert browser.get(reverse("workflow:task_list")).context["listing"].rows == []
    assert browser.get(reverse("workflow-api:task-list")).json()["results"] == []
