"""Registries are tried on entries of the test's own, put back afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.http import HttpRequest
from django.template import Context, Template
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import resolve

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.ui import menu, panels
from tests.recipes import make_bank, make_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def registries_put_back() -> Iterator[None]:
    rooms, pages, bells = dict(menu._rooms), dict(menu._pages), list(menu._bells)
    tabs, cards, searches = list(panels._tabs), list(panels._cards), list(panels._searches)
    yield
    menu._rooms.clear(), menu._rooms.update(rooms), menu._pages.clear(), menu._pages.update(pages)
    menu._bells[:], panels._tabs[:], panels._cards[:], panels._searches[:] = bells, tabs, cards, searches


@pytest.fixture
def staff() -> dict[str, Staff]:
    bank = make_bank()
    return {role: bank.staff(role) for role in (Role.RM, Role.RISK_OFFICER, Role.ADMINISTRATOR)}


def request_of(user: Staff, path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    request.resolver_match = resolve(path)
    return request


def test_a_room_without_a_page_the_user_may_open_is_not_shown(staff: dict[str, Staff]) -> None:
    menu.register(menu.Room("empty", "Empty", "x", 1), menu.Page("empty", "clients:client_create", "New", 1))
    assert "Empty" in [room.label for room in menu.rail(staff[Role.RM], "")]
    assert "Empty" not in [room.label for room in menu.rail(staff[Role.RISK_OFFICER], "")]


def test_the_tab_of_a_noun_is_lit_on_all_its_pages(staff: dict[str, Staff]) -> None:
    menu.register(
        menu.Room("t", "T", "x", 1),
        menu.Page("t", "clients:client_list", "Clients", 1),
        menu.Page("t", "clients:client_create", "New", 2),
    )

    def lit(route: str) -> list[str]:
        room = next(room for room in menu.rail(staff[Role.RM], route) if room.label == "T")
        return [page.label for page in room.pages if page.current]

    assert lit("clients:client_detail") == ["Clients"]
    assert lit("clients:client_create") == ["New"]
    assert lit("home:sign_in") == []


def test_the_bell_counts_what_is_unread(staff: dict[str, Staff]) -> None:
    menu.register(menu.Bell("clients:client_list", lambda user: 7, refresh="clients:client_count"))
    browser = Browser()
    browser.force_login(staff[Role.RM])
    html = browser.get("/clients/").content.decode()
    assert 'aria-label="7 条通知"' in html and '<span class="rq-dotn">7</span>' in html


def test_a_tab_is_the_rooms_own_route_and_shown_by_policy(staff: dict[str, Staff]) -> None:
    client = make_client(staff[Role.RM])
    panels.register(
        panels.TabEntry("thing", "clients:client_detail", "One", 2, count=lambda request, obj: 3),
        panels.TabEntry("thing", "clients:client_edit", "Two", 1),
    )
    shown = panels.tabs("thing", request_of(staff[Role.RM], f"/clients/{client.pk}/"), client)
    assert [(tab.label, tab.current, tab.count) for tab in shown] == [("Two", False, None), ("One", True, 3)]
    officers = panels.tabs("thing", request_of(staff[Role.RISK_OFFICER], f"/clients/{client.pk}/"), client)
    assert [tab.label for tab in officers] == ["One"]


def test_a_card_draws_its_own_context_and_leaves_when_it_has_nothing_to_say(staff: dict[str, Staff]) -> None:
    def context(request: HttpRequest, obj: Any) -> dict[str, Any] | None:
        return {"empty": {"sentence": f"Nothing for {obj}"}} if obj else None

    entry = panels.CardEntry("thing", "clients:client_edit", "components/empty.html", context, 1, slot="aside")
    panels.register(entry, replace(entry, order=2, slot="main"))
    request = request_of(staff[Role.RM])
    (card,) = panels.cards("thing", "aside", request, "me")
    assert "Nothing for me" in Template("{% card card %}").render(Context({"card": card}))
    assert panels.cards("thing", "aside", request, None) == []
    assert panels.cards("thing", "aside", request_of(staff[Role.RISK_OFFICER]), "me") == []


def test_search_asks_only_kinds_the_user_may_open(staff: dict[str, Staff]) -> None:
    hit = panels.Hit("恒泽", "客户", "/clients/1/")
    panels._searches.clear()
    panels.register(
        panels.SearchEntry("clients:client_edit", "Mine", lambda user, words, limit: [hit], 1),
        panels.SearchEntry("clients:client_list", "None", lambda user, words, limit: [], 2),
    )
    assert [found.label for found in panels.search(staff[Role.RM], "恒泽")] == ["Mine"]
    assert panels.search(staff[Role.RISK_OFFICER], "恒泽") == []
