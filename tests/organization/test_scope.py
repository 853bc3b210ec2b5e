"""Who finds which rows."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Client
from crm_project.organization.models import CoManager, Staff
from crm_project.organization.roles import Role
from tests import recipes

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank() -> recipes.Bank:
    return recipes.make_bank()


def names(account: Staff) -> set[str]:
    return set(Client.objects.visible_to(Staff.objects.get(pk=account.pk)).values_list("name", flat=True))


def test_a_manager_finds_managed_co_managed_and_granted_clients_only(
    bank: recipes.Bank,
) -> None:
    me, colleague = bank.staff(Role.RM), bank.staff(Role.RM)
    mine = recipes.make_client(me)
    co_managed, granted, ended, foreign = (recipes.make_client(colleague) for _ in range(4))
    CoManager.objects.create(root_id=co_managed.pk, staff=me)
    recipes.grant(me, granted, date.today())
    recipes.grant(me, ended, date.today() - timedelta(days=1))
    assert names(me) == {mine.name, co_managed.name, granted.name}
    assert foreign.name not in names(me)


def test_a_branch_role_finds_its_branch_and_everything_below(
    bank: recipes.Bank,
) -> None:
    east = recipes.make_client(bank.staff(Role.RM, bank.east))
    west = recipes.make_client(bank.staff(Role.RM, bank.west))
    far = recipes.make_client(bank.staff(Role.RM, bank.elsewhere))
    assert names(bank.staff(Role.RISK_OFFICER, bank.east)) == {east.name}
    assert names(bank.staff(Role.RISK_OFFICER, bank.province, level="upper_branch")) == {east.name, west.name}
    assert names(bank.staff(Role.APPROVER, bank.head, level="L4")) == {
        east.name,
        west.name,
        far.name,
    }
    assert names(bank.staff(Role.HEAD_OFFICE_VIEWER, bank.east)) == {
        east.name,
        west.name,
        far.name,
    }


def test_a_branch_whose_code_begins_alike_is_not_below(bank: recipes.Bank) -> None:
    """Path prefixes end with a slash: 12/ is not above 120/."""
    other = type(bank.head).objects.create(code="120", name="另一省", level="province", parent=bank.head)
    theirs = recipes.make_client(bank.staff(Role.RM, other))
    assert theirs.name not in names(bank.staff(Role.RISK_OFFICER, bank.province))


def test_experts_and_client_users_find_what_a_grant_names(bank: recipes.Bank) -> None:
    client, other = (recipes.make_client(bank.staff(Role.RM)) for _ in range(2))
    for role in (Role.EXPERT, Role.PORTAL_USER):
        account = bank.staff(role)
        assert names(account) == set()
        recipes.grant(account, client, date.today())
        assert names(account) == {client.name}
    assert other.name


def test_an_administrator_finds_no_client(bank: recipes.Bank) -> None:
    recipes.make_client(bank.staff(Role.RM))
    assert names(bank.staff(Role.ADMINISTRATOR)) == set()


def test_a_client_that_moves_takes_all_along(bank: recipes.Bank) -> None:
    before, after = bank.staff(Role.RM, bank.east), bank.staff(Role.RM, bank.west)
    client = recipes.make_client(before)
    subject = client.subject
    subject.branch, subject.manager = bank.west, after
    subject.save()
    assert names(before) == set()
    assert names(after) == {client.name}
    assert names(bank.staff(Role.RISK_OFFICER, bank.east)) == set()


def test_the_shapes_never_cross(bank: recipes.Bank) -> None:
    """Personal scope joins no root, branch scope has no subquery: the other way round costs a hundredfold."""
    personal = str(Client.objects.visible_to(bank.staff(Role.RM)).query)
    assert "UNION ALL" in personal
    assert " OR " not in personal
    officer = bank.staff(Role.RISK_OFFICER)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        list(Client.objects.visible_to(officer))
        list(Client.objects.visible_to(officer))
    assert len(queries) == 3  # the branches below once, the rows twice
    assert "INNER JOIN" in queries[1]["sql"]
    assert queries[1]["sql"].count("SELECT") == 1
