from http import HTTPStatus

import pytest
from django.test import Client as Browser

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from tests.recipes import make_bank, make_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def rm() -> Staff:
    return make_bank().staff(Role.RM)


@pytest.fixture
def browser(rm: Staff) -> Browser:
    browser = Browser()
    browser.force_login(rm)
    return browser


def test_a_choice_is_kept_on_the_account_and_leads_back_to_its_page(rm: Staff, browser: Browser) -> None:
    make_client(rm, registered_capital="123456789.00")
    response = browser.post("/preferences/", {"unit": "yi", "next": "/clients/?sort=-name"})
    assert response.status_code == HTTPStatus.FOUND and response.headers["Location"] == "/clients/?sort=-name"
    rm.refresh_from_db()
    assert (rm.unit, rm.theme, rm.language) == ("yi", "light", "zh-hans")
    html = browser.get("/clients/").content.decode()
    assert "1.2346" in html and "（亿元）" in html


def test_language_and_theme_reach_the_page(browser: Browser) -> None:
    browser.post("/preferences/", {"language": "en", "theme": "dark"})
    html = browser.get("/clients/").content.decode()
    assert '<html lang="en" data-bs-theme="dark">' in html and "Sign out" in html


def test_chinese_is_spoken_until_something_else_is_chosen(browser: Browser) -> None:
    html = browser.get("/clients/", headers={"Accept-Language": "en"}).content.decode()
    assert '<html lang="zh-CN"' in html and "退出" in html


def test_a_visitor_chooses_before_signing_in() -> None:
    visitor = Browser()
    visitor.post("/preferences/", {"language": "en", "theme": "dark", "next": "/sign-in/"})
    html = visitor.get("/sign-in/").content.decode()
    assert '<html lang="en" data-bs-theme="dark">' in html and "User name" in html


@pytest.mark.parametrize("chosen", [{"unit": "dollar"}, {"theme": "pink"}, {"language": "fr"}])
def test_an_unknown_choice_is_refused(rm: Staff, browser: Browser, chosen: dict[str, str]) -> None:
    assert browser.post("/preferences/", chosen).status_code == HTTPStatus.BAD_REQUEST
    rm.refresh_from_db()
    assert (rm.unit, rm.theme, rm.language) == ("wan", "light", "zh-hans")


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_a_choice_never_leads_to_another_site(browser: Browser, address: str) -> None:
    response = browser.post("/preferences/", {"unit": "yuan", "next": address})
    assert response.headers["Location"] == "/"


def test_the_unit_of_one_request_does_not_leak_into_the_next(rm: Staff, browser: Browser) -> None:
    make_client(rm, registered_capital="123456789.00")
    browser.post("/preferences/", {"unit": "yuan"})
    assert "123,456,789.00" in browser.get("/clients/").content.decode()
    second = Staff.objects.create_user(
        "second", "x", person=rm.person, branch=rm.branch, role=rm.role, level=rm.level, unit="wan"
    )
    other = Browser()
    other.force_login(second)
    assert 'value="wan" class="rq-on" aria-pressed="true"' in other.get("/clients/").content.decode()
