"""Credit lines through their services: the walk of RULES §27 in 万元, and what a decision does to lines that stand."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from clients.models import Client, ClientGroup
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken
from financing.models import CreditLine
from financing.services.line import Grant, free_of, open_lines, release_from_lines, sign_into_lines
from tests import recipes
from tests.financing import decision_support as support
from tests.financing.plan_support import WAN

pytestmark = pytest.mark.django_db


class Tree:
    """Group 1,000; client A 600 (working capital 200 revolving, project 400 not), client B 500."""

    def __init__(self, by: Staff) -> None:
        self.by = by
        group = ClientGroup.objects.create(name="恒泽集团")
        self.group = self._line("group", 1000, None, group=group)
        self.a = self._client(group, 600)
        self.b = self._client(group, 500)
        self.wc = self._sub(self.a, 200, "working_capital", revolving=True)
        self.project = self._sub(self.a, 400, "project_loan", revolving=False)
        self.b_wc = self._sub(self.b, 500, "working_capital", revolving=True)

    def _line(self, level: str, limit: int, parent: CreditLine | None, **facts: object) -> CreditLine:
        days = {"valid_from": timezone.localdate(), "valid_until": support.in_a_year()}
        return CreditLine.objects.create(level=level, limit=limit * WAN, parent=parent, **days, **facts)

    def _client(self, group: ClientGroup, limit: int) -> CreditLine:
        client = recipes.make_client(self.by)
        Client.objects.filter(pk=client.pk).update(group=group)
        return self._line("client", limit, self.group, client=client, root_id=client.pk)

    def _sub(self, parent: CreditLine, limit: int, kind: str, *, revolving: bool) -> CreditLine:
        facts = {"client": parent.client, "root_id": parent.root_id, "product_kind": kind, "revolving": revolving}
        return self._line("sub_limit", limit, parent, **facts)

    def sign(self, line: CreditLine, amount: int) -> None:
        sign_into_lines(sub_limit=line, amount=amount * WAN, by=self.by)

    def release(self, line: CreditLine, amount: int, *, repaid: bool = False) -> None:
        release_from_lines(sub_limit=line, amount=amount * WAN, by=self.by, repaid=repaid)

    def used(self) -> tuple[int, ...]:
        """Of A's working capital, A's project, A, B, the group."""
        return tuple(int(self._now(line).used / WAN) for line in (self.wc, self.project, self.a, self.b, self.group))

    def free(self, line: CreditLine) -> int:
        return int(free_of(self._now(line), timezone.localdate()) / WAN)

    def _now(self, line: CreditLine) -> CreditLine:
        return CreditLine.objects.get(pk=line.pk)


@pytest.fixture
def manager() -> Staff:
    return recipes.make_bank().staff(Role.RM)


@pytest.fixture
def tree(manager: Staff) -> Tree:
    return Tree(manager)


def refused_at(tree: Tree, line: CreditLine, amount: int) -> str:
    with pytest.raises(RuleBroken) as error:
        tree.sign(line, amount)
    return error.value.rule


def test_the_walk_through_a_groups_lines(tree: Tree) -> None:
    tree.sign(tree.wc, 150)
    tree.sign(tree.project, 400)
    assert tree.used() == (150, 400, 550, 0, 550)

    assert refused_at(tree, tree.wc, 60) == "line_sub_limit" and tree.free(tree.wc) == 50
    assert refused_at(tree, tree.b_wc, 460) == "line_group" and tree.free(tree.group) == 450
    tree.sign(tree.b_wc, 450)
    assert tree.used() == (150, 400, 550, 450, 1000)

    tree.release(tree.wc, 40, repaid=True)
    assert tree.used() == (150, 400, 550, 450, 1000)

    tree.release(tree.project, 20, repaid=True)
    assert tree.used() == (150, 400, 530, 450, 980) and tree.free(tree.project) == 0

    tree.release(tree.project, 80)
    assert tree.used() == (150, 320, 450, 450, 900) and tree.free(tree.project) == 80

    tree.release(tree.wc, 90)
    assert tree.used() == (60, 320, 360, 450, 810)


def test_a_refusal_says_the_level_and_what_is_free(tree: Tree) -> None:
    tree.sign(tree.project, 390)
    with pytest.raises(RuleBroken, match="10"):
        tree.sign(tree.project, 11)
    assert refused_at(tree, tree.project, 0) == "line_amount"


def test_a_line_that_has_ended_or_is_frozen_takes_no_contract(tree: Tree) -> None:
    CreditLine.objects.filter(pk=tree.a.pk).update(frozen=True)
    assert refused_at(tree, tree.wc, 1) == "line_client"
    assert tree.free(tree.a) == 0


def test_nothing_comes_free_that_is_not_used(tree: Tree) -> None:
    tree.sign(tree.wc, 10)
    with pytest.raises(RuleBroken):
        tree.release(tree.wc, 11)
    assert tree.used() == (10, 0, 10, 0, 10)


def test_the_database_holds_use_within_the_limit(tree: Tree) -> None:
    for used in (Decimal(-1), 201 * WAN):
        with pytest.raises(DatabaseError, match="credit_line_used_within_limit"), transaction.atomic():
            CreditLine.objects.filter(pk=tree.wc.pk).update(used=used)


def test_a_decision_raises_the_lines_that_stand_and_adds_a_sub_limit(tree: Tree) -> None:
    client = Client.objects.get(pk=tree.a.client_id)
    decision = support.submitted(client)
    tree.sign(tree.wc, 150)
    grants = [Grant("project_loan", 100 * WAN, False), Grant("working_capital", 50 * WAN, True)]
    lines = open_lines(decision=decision, grants=grants, until=support.in_a_year())
    assert [(line.level, line.limit / WAN) for line in lines] == [
        ("group", 1150),
        ("client", 750),
        ("sub_limit", 100),
        ("sub_limit", 50),
    ]
    assert tree.used() == (150, 0, 150, 0, 150)


def test_a_group_line_takes_in_what_its_members_use_already(manager: Staff) -> None:
    client = recipes.make_client(manager)
    decision = support.submitted(client)
    grant = [Grant("project_loan", 100 * WAN, False)]
    first = open_lines(decision=decision, grants=grant, until=support.in_a_year())
    sign_into_lines(sub_limit=first[-1], amount=30 * WAN, by=manager)
    Client.objects.filter(pk=client.pk).update(group=ClientGroup.objects.create(name="新集团"))
    decision.plan.project.borrower.refresh_from_db()
    lines = open_lines(decision=decision, grants=grant, until=support.in_a_year())
    assert [(line.level, line.limit / WAN, line.used / WAN) for line in lines[:2]] == [
        ("group", 200, 30),
        ("client", 200, 30),
    ]
    release_from_lines(sub_limit=first[-1], amount=30 * WAN, by=manager)
    assert CreditLine.objects.get(level="group").used == 0
