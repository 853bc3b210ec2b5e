"""The one door: lock-out, session limits, what the journal keeps."""

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.workflow.models import JournalEntry
from tests import recipes

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Staff:
    return recipes.make_bank().staff(Role.RM, username="zhoumin")


def sign_in(name: str, password: str, **headers: str) -> int:
    data = {"username": name, "password": password}
    return Browser(headers=headers).post(reverse("home:sign_in"), data).status_code


def test_the_right_password_opens(account: Staff) -> None:
    assert sign_in("zhoumin", recipes.PASSWORD) == 302


@pytest.mark.parametrize("name", ["ZhouMin", " zhoumin ", "ｚｈｏｕｍｉｎ"])
def test_variants_of_a_name_are_the_same_account(account: Staff, name: str) -> None:
    assert sign_in(name, recipes.PASSWORD) == 302


def test_after_five_wrong_passwords_even_the_right_one_is_refused(account: Staff) -> None:
    answers = [sign_in("zhoumin", "wrong") for _ in range(5)]
    assert answers[:4] == [200] * 4
    assert sign_in("zhoumin", recipes.PASSWORD) == 429


def test_neither_another_address_nor_another_spelling_gives_a_sixth_try(account: Staff) -> None:
    for number, name in enumerate(["zhoumin", "ZHOUMIN", " zhoumin", "ｚhoumin", "zhoumin "]):
        sign_in(name, "wrong", x_forwarded_for=f"10.0.0.{number}", user_agent=f"b{number}")
    assert sign_in("zhoumin", recipes.PASSWORD, x_forwarded_for="10.9.9.9") == 429


def test_at_most_five_passwords_are_tried(account: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    monkeypatch.setattr(Staff, "check_password", lambda self, raw: tried.append(raw) or False)
    for number in range(20):
        sign_in("zhoumin", f"guess-{number}")
    assert len(tried) <= 5


def test_the_admin_has_no_door_of_its_own(account: Staff) -> None:
    answer = Browser().get("/configuration/login/", follow=False)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("home:sign_in"))


def test_a_locked_account_is_no_secret_and_an_unknown_one_answers_the_same(account: Staff) -> None:
    for _ in range(5):
        sign_in("zhoumin", "wrong")
        sign_in("nobody-here", "wrong")
    assert sign_in("zhoumin", "wrong") == sign_in("nobody-here", "wrong") == 429


def test_an_inactive_account_stays_out(account: Staff) -> None:
    account.is_active = False
    account.save()
    assert sign_in("zhoumin", recipes.PASSWORD) == 200


def signed_in(account: Staff) -> Browser:
    browser = Browser()
    browser.post(reverse("home:sign_in"), {"username": account.username, "password": recipes.PASSWORD})
    return browser


def open_list(browser: Browser) -> int:
    return browser.get(reverse("clients:client_list")).status_code


def test_a_session_ends_after_a_quarter_of_an_hour_without_a_request(account: Staff) -> None:
    with time_machine.travel("2026-11-24 09:00", tick=False) as clock:
        browser = signed_in(account)
        clock.shift(14 * 60)
        assert open_list(browser) == 200
        clock.shift(14 * 60)
        assert open_list(browser) == 200
        clock.shift(15 * 60 + 1)
        assert open_list(browser) == 302


def test_a_session_ends_after_eight_hours_in_any_case(account: Staff) -> None:
    with time_machine.travel("2026-11-24 08:00", tick=False) as clock:
        browser = signed_in(account)
        for _ in range(8 * 6):
            assert open_list(browser) == 200
            clock.shift(10 * 60)
        clock.shift(1)
        assert open_list(browser) == 302


def test_a_new_password_ends_the_other_sessions(account: Staff) -> None:
    browser = signed_in(account)
    account.set_password("another-password-1")
    account.save()
    assert open_list(browser) == 302


def test_disabling_an_account_ends_its_session_at_once(account: Staff) -> None:
    browser = signed_in(account)
    Staff.objects.update(is_active=False)
    assert open_list(browser) == 302


def test_the_session_key_changes_at_sign_in(account: Staff) -> None:
    browser = Browser()
    browser.get(reverse("home:sign_in"))
    before = browser.session.session_key
    browser.post(reverse("home:sign_in"), {"username": "zhoumin", "password": recipes.PASSWORD})
    assert browser.session.session_key != before


def test_the_journal_keeps_sign_in_failure_and_sign_out(account: Staff) -> None:
    sign_in("zhoumin", "wrong")
    browser = signed_in(account)
    browser.post(reverse("home:sign_out"))
    acts = list(JournalEntry.objects.order_by("id").values_list("act", flat=True))
    assert acts == ["sign_in_failed", "sign_in", "sign_out"]


def test_the_journal_keeps_views_exports_and_refusals(account: Staff) -> None:
    client = recipes.make_client(account)
    browser = signed_in(account)
    browser.get(client.get_absolute_url())
    browser.get(reverse("clients:client_export") + "?format=csv")
    browser.get(reverse("clients:client_detail", args=[999_999]))
    entries = list(JournalEntry.objects.exclude(act="sign_in").order_by("id"))
    assert [entry.act for entry in entries] == ["view", "export", "refused"]
    assert entries[0].subject_id == client.pk
    assert all(entry.actor_id == account.pk and entry.request_id for entry in entries)
