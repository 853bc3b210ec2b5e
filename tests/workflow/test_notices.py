"""Notices: told once, counted by the bell, read one by one or all, and never a way to a record that is gone."""

import time

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Role
from crm_project.workflow.models import Notice
from crm_project.workflow.services import notices
from tests import recipes

pytestmark = pytest.mark.django_db

KIND = "task_overdue"
PARAMS = {"task": 1, "kind": "client_take_over", "params": {"from": "甲"}}


@pytest.fixture
def bank() -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM)


@pytest.fixture
def client(manager: Staff) -> Client:
    return recipes.make_client(manager)


@pytest.fixture
def browser(manager: Staff) -> Browser:
    browser = Browser()
    browser.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def tell(staff: Staff, key: str, client: Client | None = None) -> Notice:
    notices.notify(staff=staff, kind=KIND, key=key, params=PARAMS, subject=client.subject if client else None)
    return Notice.objects.get(staff=staff, key=key)


def test_the_same_key_tells_once(bank: recipes.Bank, manager: Staff) -> None:
    tell(manager, "a")
    tell(manager, "a")
    tell(bank.staff(Role.RM), "a")
    assert Notice.objects.count() == 2
    with pytest.raises(KeyError):
        notices.notify(staff=manager, kind="no_such_kind", key="b")


def test_the_bell_counts_what_is_unread(browser: Browser, manager: Staff) -> None:
    first, _ = tell(manager, "a"), tell(manager, "b")
    bell = reverse("workflow:notice_count")
    assert ">2<" in browser.get(bell).content.decode()
    browser.post(reverse("workflow:notice_read"), {"one": first.pk})
    assert ">1<" in browser.get(bell).content.decode()
    browser.post(reverse("workflow:notice_read"))
    assert "rq-dotn" not in browser.get(bell).content.decode()


def test_opening_a_notice_reads_it_and_leads_to_the_record(browser: Browser, manager: Staff, client: Client) -> None:
    notice = tell(manager, "a", client)
    answer = browser.post(reverse("workflow:notice_read"), {"open": notice.pk})
    assert answer.headers["Location"] == client.get_absolute_url()
    assert Notice.objects.get().read_at is not None


def test_a_notice_of_somebody_else_stays_unread(bank: recipes.Bank, browser: Browser, client: Client) -> None:
    foreign = tell(bank.staff(Role.RM), "a", client)
    answer = browser.post(reverse("workflow:notice_read"), {"open": foreign.pk})
    assert answer.headers["Location"] == reverse("workflow:notice_list")
    assert Notice.objects.get().read_at is None


def test_a_notice_about_a_client_that_moved_neither_names_it_nor_leads_there(
    bank: recipes.Bank, browser: Browser, manager: Staff, client: Client
) -> None:
    notice = tell(manager, "a", client)
    assert client.name in browser.get(reverse("workflow:notice_list")).content.decode()
    Subject.objects.filter(pk=client.pk).update(manager=bank.staff(Role.RM))
    assert client.name not in browser.get(reverse("workflow:notice_list")).content.decode()
    answer = browser.post(reverse("workflow:notice_read"), {"open": notice.pk})
    assert answer.headers["Location"] == reverse("workflow:notice_list")
    assert browser.get(reverse("workflow-api:notice-list")).json()["results"][0]["subject"] is None


def test_the_bell_is_no_sign_of_life(browser: Browser) -> None:
    """An idle session ends although the bell asks every half minute, and the page is not torn away by it."""
    page, bell = reverse("workflow:notice_list"), reverse("workflow:notice_count")
    start = time.time()
    with time_machine.travel(start, tick=False) as clock:
        browser.get(page)
        for _ in range(29):
            clock.shift(31)
            assert browser.get(bell, headers={"X-Background": "1"}).status_code == 200
        clock.shift(31)
        late = browser.get(bell, headers={"X-Background": "1"})
        assert (late.status_code, late.headers.get("HX-Redirect")) == (204, None)
        assert browser.get(page).status_code == 302
