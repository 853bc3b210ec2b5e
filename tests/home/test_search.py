"""The search box: by code, by initials, by name, and only what the reader may see."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from tests import recipes

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank() -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM)


@pytest.fixture
def client(manager: Staff) -> Client:
    return recipes.make_client(manager, name="澜州恒泽水务有限公司", short_name="恒泽水务")


def found(account: Staff, words: str, route: str = "home:search_suggest") -> list[str]:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    response = browser.get(reverse(route), {"q": words})
    assert response.status_code == 200
    return [hit.title for kind in response.context["finds"] for hit in kind.hits]


@pytest.mark.parametrize("words", ["恒泽", "lzhz", "LZHZSW", "  水务 ", "澜州恒泽水务有限公司"])
def test_a_client_is_found_by_name_and_initials(words: str, client: Client, manager: Staff) -> None:
    assert found(manager, words) == [client.name]


def test_a_whole_code_finds_exactly_its_client(client: Client, manager: Staff) -> None:
    recipes.make_client(manager)
    code = client.uscc
    assert found(manager, code.lower()) == [client.name]
    assert found(manager, f"{code[:8]} {code[8:]}") == [client.name]
    assert found(manager, recipes.make_uscc(9_999_999)) == []


def test_initials_come_before_parts_of_names(client: Client, manager: Staff) -> None:
    later = recipes.make_client(manager, name="安LZHZ有限公司")
    assert found(manager, "lzhz") == [client.name, later.name]


@pytest.mark.parametrize("words", ["恒泽", "lzhz", "%", "_", "\\", "有限公司", "测试'; --", "x" * 10_000, "\0"])
def test_nothing_foreign_is_found_whatever_is_typed(words: str, bank: recipes.Bank, client: Client) -> None:
    for account in (bank.staff(Role.RM), bank.staff(Role.RISK_OFFICER, bank.west), bank.staff(Role.EXPERT)):
        assert found(account, words) == []
        assert found(account, words, "home:search") == []
        assert found(account, client.uscc) == []


def test_the_list_that_drops_down_is_short_and_the_page_is_long(manager: Staff) -> None:
    for _ in range(10):
        recipes.make_client(manager)
    assert len(found(manager, "测试")) == 8
    assert len(found(manager, "测试", "home:search")) == 10


def test_an_empty_box_finds_nothing(client: Client, manager: Staff) -> None:
    assert found(manager, "  ") == []
    assert found(manager, "", "home:search") == []
