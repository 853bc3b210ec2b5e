"""My day: what each role finds there first."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Client
from clients.services.handover import request_handover
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.workflow.services import tasks
from tests import recipes

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)  # a Tuesday


@pytest.fixture
def bank() -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM)


@pytest.fixture
def client(manager: Staff) -> Client:
    return recipes.make_client(manager)


def day_of(account: Staff) -> Any:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    with time_machine.travel(NOW, tick=False):
        return browser.get(reverse("home:my_day"))


def due(client: Client, manager: Staff, *moments: datetime) -> None:
    for number, moment in enumerate(moments):
        tasks.open_task(
            kind="client_take_over",
            key=f"{client.pk}-{number}",
            subject=client.subject,
            role=Role.RM,
            branch=manager.branch,
            assignee=manager,
            due_at=moment,
            params={"from": "甲"},
        )


def at(day: int, hour: int, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=ZONE)


def groups(response: Any) -> dict[str, int]:
    return {group.code: len(group.lines) for group in response.context["groups"]}


def test_the_queue_is_grouped_as_a_day_is_planned(client: Client, manager: Staff) -> None:
    due(client, manager, at(22, 17), at(24, 9), at(24, 11), at(24, 23), at(25, 0), at(29, 23), at(30, 0), at(1, 9, 12))
    tasks.pause_task(key=f"{client.pk}-6")
    assert groups(day_of(manager)) == {"overdue": 2, "today": 2, "week": 2, "later": 1, "others": 1}


def test_the_most_urgent_task_is_the_next_action(client: Client, manager: Staff) -> None:
    due(client, manager, at(24, 15), at(23, 17))
    action = day_of(manager).context["next"]
    assert action.urgent
    assert client.name in action.what
    assert "11-23" in action.by_when


def test_the_four_figures_count_what_is_mine(bank: recipes.Bank, client: Client, manager: Staff) -> None:
    recipes.make_client(bank.staff(Role.RM))
    due(client, manager, at(22, 17), at(24, 15), at(25, 15))
    figures = [figure.value for figure in day_of(manager).context["figures"]]
    assert figures == ["1", "1", "1", "0"]


def test_the_branch_head_finds_requests_to_decide_and_what_came_up(
    bank: recipes.Bank, client: Client, manager: Staff
) -> None:
    head = bank.staff(Role.APPROVER)
    with time_machine.travel(NOW, tick=False):
        request_handover(client=client, to=bank.staff(Role.RM), reason="轮岗", by=manager)
        due(client, manager, at(22, 17))
        tasks.escalate_overdue(NOW)
    response = day_of(head)
    assert response.context["figures"][3].value == "1"
    assert len(response.context["aside_cards"]) == 2
    assert groups(response) == {"week": 1}
    assert groups(day_of(manager)) == {"overdue": 1, "others": 1}
    assert "已通知网点负责人" in day_of(manager).content.decode()


def test_a_viewer_has_no_tasks_and_sees_the_whole_bank_counted(bank: recipes.Bank, client: Client) -> None:
    recipes.make_client(bank.staff(Role.RM, bank.elsewhere))
    response = day_of(bank.staff(Role.HEAD_OFFICE_VIEWER, bank.head))
    assert groups(response) == {}
    assert response.context["figures"][0].value == "2"


def test_the_first_page_of_business_roles_is_the_day(bank: recipes.Bank) -> None:
    browser = Browser()
    browser.force_login(bank.staff(Role.RISK_OFFICER), backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/").headers["Location"] == reverse("home:my_day")


def test_more_tasks_cost_no_more_queries(client: Client, manager: Staff) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            day_of(manager)
        return sum('FROM "workflow_' in query["sql"] for query in counted)

    due(client, manager, at(22, 17))
    few = queries()
    due(client, manager, *[at(24, 15)] * 30)
    assert queries() == few == 8
