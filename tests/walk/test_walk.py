"""Every route × method × role × ownership, read from the policy the product itself reads."""

import json
import re
from collections.abc import Iterator
from functools import cache as cache_forever
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from crm_project.organization import policy
from crm_project.organization.roles import ANONYMOUS, Role
from tests.walk.samples import SAMPLES, Sample
from tests.walk.world import (
    COLLEAGUE,
    ELSEWHERE,
    NOWHERE,
    OWN,
    OWNERSHIPS,
    ROLES,
    World,
    make_world,
    sees,
)

ROWS = sorted(policy.table().values(), key=lambda row: (row.route, row.method))
UNSAFE = [row for row in ROWS if row.method not in ("GET", "HEAD")]


def sample_of(row: policy.Row) -> Sample:
    return SAMPLES.get(row.route, Sample())  # a missing one is reported by a test of its own


@pytest.fixture(scope="module")
def lasting_world(live_database: str) -> World:
    """Built once per worker, in a database of this module's own."""
    return make_world()


@pytest.fixture
def world(lasting_world: World) -> Iterator[World]:
    """The world as it was built: what a test writes is rolled back."""
    cache.clear()
    with transaction.atomic():
        yield lasting_world
        transaction.set_rollback(True)


def cells(row: policy.Row) -> Iterator[tuple[str, str]]:
    """(role, ownership) to try. A refused role is refused before any row is looked for, so once is enough; resources
    are tried with every ownership, pages without the colleague's row."""
    sample = sample_of(row)
    for role in ROLES:
        if role not in row.roles or not sample.of_one_row:
            yield role, OWN
        else:
            yield from ((role, whose) for whose in OWNERSHIPS if is_resource(row) or whose != COLLEAGUE)


def is_resource(row: policy.Row) -> bool:
    return row.route.split(":")[0].endswith("api")


def browser_of(world: World, role: str) -> Browser:
    browser = Browser(raise_request_exception=False)
    if role != ANONYMOUS:
        browser.force_login(world.accounts[role], backend="django.contrib.auth.backends.ModelBackend")
    return browser


def call(browser: Browser, row: policy.Row, sample: Sample, world: World, ownership: str) -> Any:
    address = reverse(row.route, kwargs=sample.kwargs(world, ownership))
    if row.method == "GET":
        return browser.get(f"{address}?{sample.query}" if sample.query else address)
    body = sample.body(world, ownership)
    if sample.json:
        headers = {"If-Match": '"1"'}
        return browser.generic(
            row.method,
            address,
            _json(body),
            content_type="application/json",
            headers=headers,
        )
    return getattr(browser, row.method.lower())(address, body)


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, default=str)


def text_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", errors="replace")


def masked(response: Any) -> str:
    text = re.sub(
        r"csrf\w*[\"' ][^>]*?value=\"\w+\"|nonce=\"[^\"]*\"|csrftoken=\w+",
        "",
        text_of(response),
    )
    return re.sub(r"/\d+", "/N", text)


def total_rows() -> int:
    """Rows of all business tables and their histories: an insert, update or delete of a tracked row moves it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' + '.join(_counts())}")
        return int(cursor.fetchone()[0])


@cache_forever
def _counts() -> list[str]:
    rooms = {"organization", "clients", "financing", "monitoring", "risk"}
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label in rooms]
    return [f'(SELECT count(*) FROM "{table}")' for table in tables]


def refusal(role: str, row: policy.Row) -> set[int]:
    if role == ANONYMOUS:
        return {401} if is_resource(row) else {302}
    if role == Role.ADMINISTRATOR and row.business:
        return {404}
    return {403}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert policy.unlisted_routes() == set()
    assert policy.stale_rows() == set()


def test_every_route_has_a_sample() -> None:
    assert {row.route for row in ROWS} == set(SAMPLES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.route}")
def test_each_role_gets_what_its_row_says(row: policy.Row, world: World) -> None:
    sample = sample_of(row)
    succeeded = False
    for role, ownership in cells(row):
        before = total_rows()
        response = call(browser_of(world, role), row, sample, world, ownership)
        where = f"{role} on {ownership}: {response.status_code}"
        if role not in row.roles:
            assert response.status_code in refusal(role, row), where
            assert total_rows() == before, f"{where} wrote"
        elif sample.of_one_row and (ownership == NOWHERE or not sees(world.accounts[role], ownership)):
            assert response.status_code == 404, where
            assert total_rows() == before, f"{where} wrote"
        else:
            assert response.status_code in (200, 201, 204, 302, 303, 412, 409), where
            succeeded = succeeded or response.status_code < 400
    assert succeeded, "no role ever succeeded here"


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if sample_of(row).of_one_row],
    ids=lambda row: f"{row.method} {row.route}",
)
def test_a_foreign_row_answers_as_one_that_does_not_exist(row: policy.Row, world: World) -> None:
    role = next(iter(sorted(row.roles - {Role.HEAD_OFFICE_VIEWER, ANONYMOUS})))
    sample = sample_of(row)
    foreign = call(browser_of(world, role), row, sample, world, ELSEWHERE)
    missing = call(browser_of(world, role), row, sample, world, NOWHERE)
    assert foreign.status_code == missing.status_code == 404
    assert masked(foreign) == masked(missing)
    assert _headers(foreign) == _headers(missing)


def _headers(response: HttpResponse) -> set[str]:
    return {name for name in response.headers if name != "Content-Length"}


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.method == "GET" and not sample_of(row).of_one_row and row.business],
    ids=lambda row: row.route,
)
def test_no_foreign_canary_in_any_list_or_export(row: policy.Row, world: World) -> None:
    for role in sorted(row.roles & set(Role.values)):
        text = text_of(call(browser_of(world, role), row, sample_of(row), world, OWN))
        for ownership in ("own", "colleague", "elsewhere"):
            if not sees(world.accounts[role], ownership):
                assert world.canary(ownership) not in text, f"{role} sees {ownership}"


@pytest.mark.parametrize("row", UNSAFE, ids=lambda row: f"{row.method} {row.route}")
def test_an_unsafe_call_without_a_csrf_token_is_refused(row: policy.Row, world: World) -> None:
    role = next(iter(sorted(row.roles & set(Role.values))))
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(world.accounts[role], backend="django.contrib.auth.backends.ModelBackend")
    before = total_rows()
    assert call(browser, row, sample_of(row), world, OWN).status_code == 403
    assert total_rows() == before


def test_an_unlisted_method_is_refused(world: World) -> None:
    browser = browser_of(world, Role.RM)
    assert browser.delete(reverse("clients:client_detail", args=[world.client_id(OWN)])).status_code == 405
    assert browser.options(reverse("clients:client_list")).status_code == 405


def test_an_administrator_finds_configuration_and_no_client_data(world: World) -> None:
    browser = browser_of(world, Role.ADMINISTRATOR)
    assert browser.get("/configuration/").status_code == 200
    business = {"clients", "financing", "monitoring", "risk"}
    registered = {model._meta.label for model in admin.site._registry if model._meta.app_label in business}
    assert registered <= {"financing.Product"}
    for role in sorted(set(Role.values) - {Role.ADMINISTRATOR}):
        assert browser_of(world, role).get("/configuration/").status_code == 404
    assert Browser().get("/configuration/").status_code == 302
