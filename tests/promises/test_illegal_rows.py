"""Rows that PostgreSQL itself refuses, sent as raw SQL by the application's own role."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from clients.models import Client
from crm_project.organization.roles import Role
from crm_project.rules.models import RuleSet
from tests import recipes

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    """A client with a project, its permit and a guarantee."""
    client = recipes.make_client(recipes.make_bank().staff(Role.RM))
    recipes.make_permit(recipes.make_project(client, start_on=date(2020, 1, 1), complete_on=date(2022, 1, 1)))
    recipes.make_relation(client, kind="guarantees", amount=1_000_000)
    return client


ILLEGAL = [
    ("capital that is no number", "UPDATE clients_client SET registered_capital = 'NaN'"),
    ("negative exposure", "UPDATE clients_client SET exposure = -0.01"),
    ("negative capital", "UPDATE clients_client SET registered_capital = -1"),
    ("a credit code of the wrong form", "UPDATE clients_client SET uscc = '91O10000600037341L'"),
    ("a client that is not its own root", "UPDATE clients_client SET root_id = NULL"),
    ("a client without a branch", "UPDATE organization_subject SET branch_id = NULL WHERE kind = 'client'"),
    ("a client without a manager", "UPDATE organization_subject SET manager_id = NULL WHERE kind = 'client'"),
    (
        "a part that carries a branch of its own",
        "INSERT INTO organization_subject (kind, title, root_id, branch_id)"
        " SELECT 'project', 'x', id, branch_id FROM organization_subject LIMIT 1",
    ),
    ("a project whose root is not its borrower", "UPDATE clients_project SET root_id = subject_id"),
    ("a project that costs nothing", "UPDATE clients_project SET total_investment = 0"),
    ("a project whose cost is no number", "UPDATE clients_project SET total_investment = 'NaN'"),
    ("a sponsor of more than the whole", "UPDATE clients_project SET sponsor_share = 1.000001"),
    ("a project complete before its start", "UPDATE clients_project SET complete_on = start_on"),
    ("a project operated before its completion", "UPDATE clients_project SET operate_until = complete_on"),
    ("a permit held without a number", "UPDATE clients_permit SET number = ''"),
    ("a permit held without a day of issue", "UPDATE clients_permit SET issued_on = NULL"),
    ("a permit that expires on its issue", "UPDATE clients_permit SET expires_on = issued_on"),
    ("a relation to oneself", "UPDATE clients_relation SET other_id = client_id"),
    ("a share of nothing", "UPDATE clients_relation SET share = 0"),
    ("a guarantee of nothing", "UPDATE clients_relation SET amount = 0"),
    ("a relation that ends before it began", "UPDATE clients_relation SET until = since - 1"),
    (
        "the same relation twice",
        "INSERT INTO clients_relation"
        " (root_id, client_id, kind, other_name, other_code, amount, since, evidence, version)"
        " SELECT root_id, client_id, kind, other_name, other_code, amount, since, evidence, version"
        " FROM clients_relation",
    ),
    ("a level that is not of the role", "UPDATE organization_staff SET level = 'L1' WHERE role = 'rm'"),
    ("a user name in capitals", "UPDATE organization_staff SET username = 'ZHOU' WHERE role = 'rm'"),
    ("a second head office", "UPDATE organization_branch SET parent_id = NULL WHERE code = '12'"),
    ("a branch that is its own parent", "UPDATE organization_branch SET parent_id = id WHERE code = '12'"),
    (
        "a rule approved by nobody",
        "UPDATE rules_ruleset SET shipped = false WHERE id = (SELECT min(id) FROM rules_ruleset)",
    ),
    (
        "a second version of a rule on one day",
        "INSERT INTO rules_ruleset (kind, scope, version, effective_from, body, provenance, source, shipped, status)"
        " SELECT kind, scope, 'x', effective_from, body, provenance, source, shipped, status"
        " FROM rules_ruleset LIMIT 1",
    ),
]


@pytest.mark.parametrize(("what", "sql"), ILLEGAL, ids=[what for what, _ in ILLEGAL])
def test_the_database_refuses(what: str, sql: str, client: Client) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.rowcount != 0, "the statement met no row, so nothing was proved"
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_author_cannot_approve_the_own_rule() -> None:
    person = recipes.make_person()
    draft = RuleSet.objects.create(
        kind="tier",
        scope="client",
        version="draft",
        effective_from=date(2099, 1, 1),
        body={},
        provenance=RuleSet.Provenance.BANK_POLICY,
        source="measures",
        author=person,
    )
    with pytest.raises(DatabaseError, match="ruleset_second_person_approves"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE rules_ruleset SET approved_by_id = author_id WHERE id = %s", [draft.pk])
