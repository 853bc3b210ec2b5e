"""Registering and changing a client, on page and API."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse
from django.utils.translation import override

from clients.models import Client
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.workflow.models import JournalEntry
from tests import recipes

pytestmark = pytest.mark.django_db

FORM = {
    "name": "澜州恒泽水务有限公司",
    "short_name": "恒泽水务",
    "uscc": "91310115MA1K3BTP2B",
    "nature": "state_owned",
    "industry": "D4610",
    "registered_capital": "12,000.5",
    "founded_on": "2012-03-01",
    "staff_count": "320",
}


@pytest.fixture
def bank() -> recipes.Bank:
    cache.clear()
    return recipes.make_bank()


@pytest.fixture
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM)


@pytest.fixture
def browser(manager: Staff) -> Browser:
    return signed_in(manager)


def signed_in(account: Staff) -> Browser:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def post(browser: Browser, **changes: Any) -> Any:
    return browser.post(reverse("clients:client_create"), {**FORM, **changes})


def error_of(response: Any, field: str) -> str:
    with override("en"):
        return " ".join(map(str, response.context["form"].errors[field]))


def test_a_client_is_registered_in_the_managers_branch_and_charge(browser: Browser, manager: Staff) -> None:
    response = post(browser)
    client = Client.objects.get()
    assert response.status_code == 302
    assert response.url == client.get_absolute_url()
    assert (client.root.branch, client.root.manager) == (manager.branch, manager)
    assert str(client.registered_capital) == "120005000.00"
    assert client.initials == "lzhzswyxgs"
    assert JournalEntry.objects.get(act="create").subject_id == client.pk


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("91310115MA1K3BTP2", "18 characters"),
        ("91310115MA1K3BTP2O", "does not use|do not use"),
        ("01310115MA1K3BTP2B", "department"),
        ("91310115MA1K3BTP2C", "check digit"),
        ("91310115MA1K3BPT2B", "check digit"),
    ],
)
def test_a_wrong_credit_code_says_what_is_wrong(browser: Browser, code: str, expected: str) -> None:
    response = post(browser, uscc=code)
    text = error_of(response, "uscc")
    assert any(part in text for part in expected.split("|")), text
    assert not Client.objects.exists()
    assert FORM["name"] in response.content.decode()


@pytest.mark.parametrize("code", ["91310115ma1k3btp2b", "９１３１０１１５ＭＡ１Ｋ３ＢＴＰ２Ｂ", " 91310115MA1K3BTP2B "])
def test_a_code_is_kept_in_its_one_form(browser: Browser, code: str) -> None:
    post(browser, uscc=code)
    assert Client.objects.get().uscc == "91310115MA1K3BTP2B"


def test_a_clash_names_the_branch_and_nothing_else(browser: Browser, bank: recipes.Bank) -> None:
    other = bank.staff(Role.RM, bank.west)
    known = recipes.make_client(other, name="西边的秘密客户", uscc=FORM["uscc"])
    page = post(browser).content.decode()
    api = browser.post(
        reverse("clients-api:client-list"),
        {"name": "x", "uscc": FORM["uscc"], "nature": "private", "industry": "D4610"},
        content_type="application/json",
    )
    for text in (page, api.content.decode()):
        assert bank.west.name in text
        for secret in (known.name, other.name, other.username, f"/{known.pk}/"):
            assert secret not in text
    assert api.status_code == 422
    assert api.json()["rule"] == "uscc_unique"
    assert JournalEntry.objects.filter(act="uscc_clash").count() == 2


def test_questions_for_known_codes_are_counted(browser: Browser, bank: recipes.Bank) -> None:
    recipes.make_client(bank.staff(Role.RM, bank.west), uscc=FORM["uscc"])
    texts = [post(browser).content.decode() for _ in range(21)]
    assert all(bank.west.name in text for text in texts[:20])
    assert bank.west.name not in texts[20]


def test_a_second_registration_in_the_same_moment_gets_the_same_answer(bank: recipes.Bank, manager: Staff) -> None:
    from django.db import IntegrityError, transaction

    recipes.make_client(manager, uscc=FORM["uscc"])
    with pytest.raises(IntegrityError, match="uscc"), transaction.atomic():
        twin = Client(**recipes.client_fields(uscc=FORM["uscc"]))
        from crm_project.organization.services import open_root

        twin.subject = twin.root = open_root(kind="client", title="x", branch=manager.branch, manager=manager)
        twin.save(force_insert=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("registered_capital", "1_000"),
        ("registered_capital", "NaN"),
        ("registered_capital", "1,23"),
        ("registered_capital", "-5"),
        ("founded_on", "2999-01-01"),
        ("founded_on", "31.2.2020"),
        ("staff_count", "-1"),
        ("nature", "bank"),
        ("industry", "Z9999"),
        ("name", ""),
    ],
)
def test_bad_input_is_named_at_its_field_and_changes_nothing(browser: Browser, field: str, value: str) -> None:
    response = post(browser, **{field: value})
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert not Client.objects.exists()


def test_the_second_editor_is_told_and_loses_no_input(browser: Browser, manager: Staff) -> None:
    client = recipes.make_client(manager)
    form = {**FORM, "uscc": client.uscc, "version": client.version}
    address = reverse("clients:client_edit", args=[client.pk])
    assert browser.post(address, {**form, "phone": "1"}).status_code == 302
    second = browser.post(address, {**form, "phone": "second"})
    assert second.status_code == 409
    assert "second" in second.content.decode()
    client.refresh_from_db()
    assert (client.phone, client.version) == ("1", 2)


def test_the_api_asks_for_the_version_and_refuses_an_old_one(browser: Browser, manager: Staff) -> None:
    client = recipes.make_client(manager)
    address = reverse("clients-api:client-detail", args=[client.pk])

    def patch(**headers: str) -> Any:
        return browser.patch(address, {"phone": "7"}, content_type="application/json", headers=headers)

    assert browser.get(address).headers["ETag"] == '"1"'
    assert patch().status_code == 428
    assert patch(if_match='"1"').headers["ETag"] == '"2"'
    assert patch(if_match='"1"').status_code == 412


FORBIDDEN = ["id", "pk", "subject", "root", "branch", "manager", "version", "pinyin", "initials"]


@pytest.mark.parametrize("column", FORBIDDEN)
def test_a_column_outside_the_write_set_cannot_be_set(
    browser: Browser, manager: Staff, bank: recipes.Bank, column: str
) -> None:
    client = recipes.make_client(manager)
    other = recipes.make_client(bank.staff(Role.RM, bank.west))
    before = Client.objects.filter(pk=client.pk).values().get()
    address = reverse("clients-api:client-detail", args=[client.pk])
    answer = browser.patch(address, {column: other.pk}, content_type="application/json", headers={"If-Match": '"1"'})
    assert answer.status_code == 400
    form = {**FORM, "uscc": client.uscc, "version": 1, column: other.pk} if column != "version" else {}
    if form:
        browser.post(reverse("clients:client_edit", args=[client.pk]), form)
    after = Client.objects.filter(pk=client.pk).select_related("root").get()
    assert (after.pk, after.root_id) == (before["subject_id"], before["root_id"])
    assert after.root.manager == manager


def test_a_foreign_industry_answers_as_an_unknown_one(browser: Browser) -> None:
    """Reference data are nobody's; there is no foreign id to be had in the client form but its own row."""
    answer = browser.post(
        reverse("clients-api:client-list"),
        {"name": "x", "uscc": FORM["uscc"], "nature": "private", "industry": "nope"},
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert "industry" in answer.json()["errors"]


@pytest.mark.parametrize(
    "query", ["ordering=password", "ordering=root__manager__password", "password=x", "page_size=x"]
)
def test_the_api_offers_no_probe(browser: Browser, manager: Staff, query: str) -> None:
    recipes.make_client(manager)
    status = browser.get(f"{reverse('clients-api:client-list')}?{query}").status_code
    assert status in (200, 400) and (status == 400 or query == "page_size=x")


def test_a_foreign_manager_in_a_filter_answers_as_an_unknown_one(browser: Browser, bank: recipes.Bank) -> None:
    foreign = bank.staff(Role.RM, bank.elsewhere)
    address = reverse("clients:client_list")
    known = browser.get(f"{address}?manager={foreign.pk}")
    unknown = browser.get(f"{address}?manager=99999999")
    assert known.status_code == unknown.status_code == 400
