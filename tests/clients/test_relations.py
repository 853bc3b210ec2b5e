"""Relations between clients, guarantee rings, and groups: without an answer to whom the bank knows."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from random import Random
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clients.calc.rings import Guarantee, find_rings
from clients.models import Client, ClientGroup, Relation
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from tests import recipes

FORM = {
    "kind": "guarantees",
    "other_name": "金桥市政建设有限公司",
    "other_code": "91310115MA1K3BTP2B",
    "amount": "6,000",
    "since": "2025-03-01",
    "evidence": "保证合同 2025-12",
}


def edges(*pairs: tuple[str, str, int]) -> list[Guarantee]:
    return [Guarantee(guarantor, debtor, Decimal(amount)) for guarantor, debtor, amount in pairs]


def test_a_ring_is_found_from_each_of_its_members() -> None:
    given = edges(("A", "B", 60), ("B", "C", 45), ("C", "A", 38), ("C", "D", 9))
    for start in "ABC":
        (ring,) = find_rings(given, start)
        assert (ring.links[0].guarantor, len(ring.links), ring.amount) == (start, 3, Decimal(143))
    assert find_rings(given, "D") == []


def test_the_same_guarantee_noted_by_both_sides_counts_once() -> None:
    (ring,) = find_rings(edges(("A", "B", 60), ("A", "B", 50), ("B", "A", 10)), "A")
    assert ring.amount == Decimal(70)


def test_rings_are_those_a_slow_search_finds() -> None:
    rng = Random(7)
    for _ in range(60):
        pairs = {(a, b) for a, b in permutations("ABCDEF", 2) if rng.random() < 0.3}
        tries = [("A", *rest) for size in (1, 2, 3) for rest in permutations("BCDEF", size)]
        slow = {one for one in tries if pairs.issuperset(zip(one, (*one[1:], "A"), strict=True))}
        rings = find_rings(edges(*((a, b, 1) for a, b in pairs)), "A", longest=4)
        assert {tuple(link.guarantor for link in ring.links) for ring in rings} == slow
        assert len(rings) == len(slow)


# --- on the page ------------------------------------------------------------------------------------------------------


@pytest.fixture
def bank() -> recipes.Bank:
    cache.clear()
    return recipes.make_bank()


@pytest.fixture
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM, language="en")


@pytest.fixture
def client(manager: Staff) -> Client:
    return recipes.make_client(manager)


@pytest.fixture
def browser(manager: Staff) -> Browser:
    return signed_in(manager)


def signed_in(account: Staff) -> Browser:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def tab(browser: Browser, client: Client) -> Any:
    return browser.get(reverse("clients:client_relations", args=[client.pk]))


def add(browser: Browser, client: Client, **changes: Any) -> Any:
    return browser.post(reverse("clients:relation_create", args=[client.pk]), {**FORM, **changes})


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "cousin"}, "kind"),
        ({"other_name": ""}, "other_name"),
        ({"other_code": "91310115MA1K3BTP2C"}, "other_code"),
        ({"amount": ""}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"kind": "shareholder"}, "amount"),
        ({"share": "20"}, "share"),
        ({"kind": "shareholder", "amount": "", "share": "101"}, "share"),
        ({"kind": "shareholder", "amount": "", "share": "0"}, "share"),
        ({"since": "2999-01-01"}, "since"),
        ({"since": ""}, "since"),
        ({"evidence": ""}, "evidence"),
    ],
)
def test_bad_input_is_named_at_its_field(browser: Browser, client: Client, changes: dict[str, str], field: str) -> None:
    answer = add(browser, client, **changes)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert not Relation.objects.exists()


def test_the_own_code_and_a_double_are_refused(browser: Browser, client: Client) -> None:
    assert "other_code" in add(browser, client, other_code=client.uscc).context["form"].errors
    assert add(browser, client).status_code == 302
    assert "other_name" in add(browser, client).context["form"].errors


def test_no_answer_tells_whether_the_bank_knows_a_code(browser: Browser, bank: recipes.Bank, client: Client) -> None:
    known = recipes.make_client(bank.staff(Role.RM, bank.west), name="西边的秘密客户")
    assert add(browser, client, other_code=known.uscc).status_code == 302
    assert Relation.objects.get().other == known
    with_known = tab(browser, client).content.decode()
    Relation.objects.all().delete()
    free = recipes.make_uscc()
    assert add(browser, client, other_code=free).status_code == 302
    assert Relation.objects.get().other is None
    with_unknown = tab(browser, client).content.decode()
    for text in (with_known, with_unknown):
        assert known.name not in text
        assert f"/{known.pk}/" not in text
    assert len(with_known) == len(with_unknown)
    body = {**FORM, "client": client.pk, "other_name": "甲", "amount": "1"}
    answers = [
        browser.post(
            reverse("clients-api:relation-list"),
            {**body, "other_code": code, "other_name": name},
            content_type="application/json",
        )
        for code, name in ((known.uscc, "甲"), (recipes.make_uscc(), "乙"))
    ]
    assert [(answer.status_code, answer.json()["other"]) for answer in answers] == [(201, None), (201, None)]


def test_a_party_in_sight_is_linked_and_shown_on_both_sides(browser: Browser, manager: Staff, client: Client) -> None:
    other = recipes.make_client(manager)
    add(browser, client, other_code=other.uscc)
    assert reverse("clients:client_detail", args=[other.pk]) in tab(browser, client).content.decode()
    there = tab(browser, other)
    assert [row.client for row in there.context["named_by"]] == [client]
    row = browser.get(reverse("clients-api:relation-list")).json()["results"][0]
    assert row["other"] == other.pk


def test_a_company_registered_later_is_linked_without_a_trace(
    browser: Browser, bank: recipes.Bank, client: Client
) -> None:
    code = recipes.make_uscc()
    add(browser, client, other_code=code)
    before = tab(browser, client)
    late = recipes.make_client(bank.staff(Role.RM, bank.west), uscc=code)
    assert Relation.objects.get().other == late
    after = tab(browser, client)
    assert [change.fields for change in after.context["changes"]] == [
        change.fields for change in before.context["changes"]
    ]


def test_a_relation_ends_once_and_stays(browser: Browser, client: Client) -> None:
    relation = recipes.make_relation(client)
    address = reverse("clients:relation_end", args=[client.pk, relation.pk])
    today = timezone.localdate()
    for until in (today + timedelta(days=1), relation.since - timedelta(days=1)):
        assert "until" in browser.post(address, {"until": until, "version": 1}).context["form"].errors
    assert browser.post(address, {"until": today, "version": 1}).status_code == 302
    assert browser.get(address).status_code == 404
    assert [row.until for row in tab(browser, client).context["ended"]] == [today]
    api = reverse("clients-api:relation-detail", args=[relation.pk])
    again = browser.patch(api, {"evidence": "改写"}, content_type="application/json", headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["rule"]) == (422, "relation_ended")
    assert add(browser, client, other_name=relation.other_name, kind="shareholder", amount="").status_code == 302


def test_the_second_editor_of_a_relation_is_told(browser: Browser, client: Client) -> None:
    add(browser, client)
    relation = Relation.objects.get()
    address = reverse("clients:relation_edit", args=[client.pk, relation.pk])
    assert browser.post(address, {**FORM, "amount": "7000", "version": 1}).status_code == 302
    second = browser.post(address, {**FORM, "amount": "8,888", "version": 1})
    assert second.status_code == 409
    assert "8,888" in second.content.decode()
    relation.refresh_from_db()
    assert relation.amount == Decimal("70000000.00")


def test_a_relation_answers_only_under_its_own_client(browser: Browser, manager: Staff, client: Client) -> None:
    relation = recipes.make_relation(recipes.make_client(manager))
    assert browser.get(reverse("clients:relation_edit", args=[client.pk, relation.pk])).status_code == 404


def test_a_foreign_client_in_the_body_answers_as_an_unknown_one(browser: Browser, bank: recipes.Bank) -> None:
    foreign = recipes.make_client(bank.staff(Role.RM, bank.west))

    def post(pk: int) -> Any:
        answer = browser.post(
            reverse("clients-api:relation-list"), {**FORM, "client": pk}, content_type="application/json"
        )
        return answer.status_code, answer.json()

    assert post(foreign.pk) == post(999_999_999)
    assert post(foreign.pk)[0] == 400


@pytest.mark.parametrize("column", ["client", "root", "other", "version"])
def test_whose_relation_it_is_cannot_be_set(browser: Browser, manager: Staff, client: Client, column: str) -> None:
    relation = recipes.make_relation(client)
    address = reverse("clients-api:relation-detail", args=[relation.pk])
    body = {column: recipes.make_client(manager).pk}
    answer = browser.patch(address, body, content_type="application/json", headers={"If-Match": '"1"'})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [column])


def test_the_tab_warns_of_a_guarantee_ring_and_hides_what_others_noted(bank: recipes.Bank, manager: Staff) -> None:
    a, b, c = (recipes.make_client(manager, name=name) for name in ("甲公司", "乙公司", "丙公司"))

    def secures(guarantor: Client, debtor: Client) -> None:
        recipes.make_relation(
            guarantor, kind="guarantees", other_name=debtor.name, other_code=debtor.uscc, amount=Decimal(10_000_000)
        )

    secures(a, b)
    secures(b, c)
    browser = signed_in(manager)
    assert tab(browser, a).context["rings"] == []
    recipes.make_relation(a, kind="guaranteed_by", other_name=c.name, other_code=c.uscc, amount=Decimal(10_000_000))
    (ring,) = tab(browser, a).context["rings"]
    assert [link["guarantor"] for link in ring["links"]] == [a.name, b.name, c.name]
    foreign = recipes.make_client(bank.staff(Role.RM, bank.west))
    secures(foreign, a)
    recipes.make_relation(a, kind="guarantees", other_name="丁", other_code=foreign.uscc, amount=Decimal(1))
    assert len(tab(browser, a).context["rings"]) == 1


def test_the_tab_costs_the_same_for_two_and_for_twenty_relations(
    browser: Browser, manager: Staff, client: Client
) -> None:
    def grow(number: int) -> int:
        for _ in range(number):
            other = recipes.make_client(manager)
            recipes.make_relation(client, other_name=other.name, other_code=other.uscc)
        with CaptureQueriesContext(connection) as captured:
            assert tab(browser, client).status_code == 200
        return len(captured)

    tab(browser, client)
    grow(2)
    assert grow(0) == grow(18)


# --- groups -----------------------------------------------------------------------------------------------------------


def set_group(browser: Browser, client: Client, name: str, version: int | None = None) -> Any:
    client.refresh_from_db()
    body = {"name": name, "version": version or client.version}
    return browser.post(reverse("clients:client_group", args=[client.pk]), body)


def test_a_group_is_founded_joined_and_left(browser: Browser, manager: Staff, client: Client) -> None:
    sister = recipes.make_client(manager)
    assert set_group(browser, client, "恒泽集团").status_code == 302
    assert set_group(browser, sister, "恒泽集团").status_code == 302
    assert ClientGroup.objects.count() == 1
    assert {member.pk for member in tab(browser, client).context["members"]} == {client.pk, sister.pk}
    set_group(browser, sister, "")
    sister.refresh_from_db()
    assert sister.group is None
    assert set_group(browser, client, "另一集团", version=1).status_code == 409


def test_a_group_kept_elsewhere_is_not_joined_by_guessing(browser: Browser, bank: recipes.Bank, client: Client) -> None:
    west = bank.staff(Role.RM, bank.west)
    stranger = recipes.make_client(west, name="西边的秘密客户")
    set_group(signed_in(west), stranger, "恒泽集团")
    answers = [set_group(browser, client, "恒泽集团") for _ in range(21)]
    assert all("upper branch" in str(answer.context["form"].errors["name"]) for answer in answers[:20])
    assert "Too many" in str(answers[20].context["form"].errors["name"])
    assert stranger.name not in answers[0].content.decode()
    client.refresh_from_db()
    assert client.group is None


def test_the_risk_officer_above_joins_branches_and_each_sees_its_own_members(
    browser: Browser, bank: recipes.Bank, client: Client
) -> None:
    west = bank.staff(Role.RM, bank.west)
    stranger = recipes.make_client(west, name="西边的秘密客户")
    set_group(signed_in(west), stranger, "恒泽集团")
    above = bank.staff(Role.RISK_OFFICER, bank.city, level="upper_branch")
    assert set_group(signed_in(above), client, "恒泽集团").status_code == 302
    page = tab(browser, client)
    assert ([member.pk for member in page.context["members"]], page.context["unseen"]) == ([client.pk], 1)
    assert stranger.name not in page.content.decode()
    assert "1 member in the charge of others" in page.content.decode()
