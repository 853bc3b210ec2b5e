"""What the application's own database role may not do, whoever gets hold of it."""

import pytest
from django.db import DatabaseError, connection, transaction

from crm_project.organization.roles import Role
from crm_project.workflow import journal
from crm_project.workflow.insert_only import changeable_columns, insert_only_tables
from tests import recipes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows() -> None:
    """Triggers fire per row, so the tables hold some."""
    bank = recipes.make_bank()
    recipes.make_client(bank.staff(Role.RM))
    journal.record(journal.Act.VIEW, actor=bank.staff(Role.RM))


def refused(sql: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError:
        return True
    return False


def test_the_tests_run_as_the_application_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('transaction_isolation')")
        assert cursor.fetchone() == ("crm_app", "read committed")


@pytest.mark.parametrize("table", insert_only_tables())
def test_history_and_journal_cannot_be_rewritten(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
            [table],
        )
        column = cursor.fetchone()[0]
    assert refused(f'UPDATE "{table}" SET "{column}" = "{column}"')
    assert refused(f'DELETE FROM "{table}"')
    assert refused(f'TRUNCATE "{table}"')


@pytest.mark.parametrize("table", changeable_columns())
def test_other_columns_of_a_queue_cannot_be_changed(table: str) -> None:
    assert refused(f'UPDATE "{table}" SET id = id')
    assert refused(f'DELETE FROM "{table}"')
    column = changeable_columns()[table][0]
    assert not refused(f'UPDATE "{table}" SET "{column}" = "{column}"')


@pytest.mark.parametrize(
    "sql",
    [
        "TRUNCATE clients_client CASCADE",
        "DROP TABLE clients_client CASCADE",
        "ALTER TABLE clients_client DISABLE TRIGGER ALL",
        "ALTER TABLE clients_client ADD COLUMN x int",
        "CREATE TABLE mine (x int)",
        "SET session_replication_role = replica",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
    ],
)
def test_the_schema_is_out_of_reach(sql: str) -> None:
    assert refused(sql)


def test_a_raw_update_leaves_one_history_row() -> None:
    count = "SELECT count(*) FROM clients_clientevent"
    with connection.cursor() as cursor:
        cursor.execute(count)
        before = cursor.fetchone()[0]
        cursor.execute("UPDATE clients_client SET phone = '010'")
        cursor.execute(count)
        assert cursor.fetchone()[0] == before + 1
