from http import HTTPStatus

import pytest
from django.test import Client as Browser
from django.test import RequestFactory
from django.utils import translation

from crm_project.organization.roles import Role
from crm_project.ui import errors
from tests.recipes import make_bank


@pytest.mark.django_db
def test_a_page_that_does_not_exist_says_what_to_do() -> None:
    browser = Browser()
    browser.force_login(make_bank().staff(Role.RM))
    response = browser.get("/no/such/page/")
    html = response.content.decode()
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "没有这个页面" in html and 'href="/"' in html


@pytest.mark.django_db
def test_an_old_form_is_refused_with_the_way_out() -> None:
    browser = Browser(enforce_csrf_checks=True)
    response = browser.post("/sign-in/", {"username": "x", "password": "y"})
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "表单已失效" in response.content.decode()


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "系统出错"), ("en", "Something went wrong")])
def test_the_page_of_a_crash_needs_no_database_and_speaks_both_languages(language: str, word: str) -> None:
    with translation.override(language):
        response = errors.server_error(RequestFactory().get("/clients/"))
    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert word in response.content.decode()


def test_a_lock_out_is_told_as_429() -> None:
    response = errors.locked_out(RequestFactory().post("/sign-in/"))
    assert response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "锁定 30 分钟" in response.content.decode()


def test_the_api_gets_a_problem_document() -> None:
    response = errors.not_found(RequestFactory().get("/api/v1/clients/9"), Exception())
    assert response.headers["Content-Type"] == "application/problem+json"
    assert b'"status": 404' in response.content
