"""Row history: exactly one event per changed row, with actor and request, whichever way the row was changed."""

import pghistory
import pytest
from django.apps import apps
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client, ClientEvent
from crm_project.organization.models import Branch, Person
from crm_project.organization.roles import Role
from crm_project.workflow import history
from tests import recipes

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank() -> recipes.Bank:
    return recipes.make_bank()


def events(client: Client) -> int:
    return ClientEvent.objects.filter(pgh_obj_id=client.pk).count()


def test_the_published_list_is_the_list_of_triggers() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid"
            " WHERE tgname LIKE 'pgtrigger_insert_insert%'"
        )
        found = {name for (name,) in cursor.fetchall()}
    assert found == {apps.get_model(label)._meta.db_table for label in history.TRACKED}


def test_every_way_of_changing_a_row_leaves_one_event(bank: recipes.Bank) -> None:
    client = recipes.make_client(bank.staff(Role.RM))
    assert events(client) == 1
    client.phone = "1"
    client.save()
    assert events(client) == 2
    Client.objects.filter(pk=client.pk).update(phone="2")
    assert events(client) == 3
    client.phone = "3"
    Client.objects.bulk_update([client], ["phone"])
    assert events(client) == 4
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clients_client SET phone = '4' WHERE subject_id = %s", [client.pk])
    assert events(client) == 5


def test_bulk_create_and_cascade_leave_one_event_per_row(bank: recipes.Bank) -> None:
    people = Person.objects.bulk_create(Person(number=f"B{n}", name="甲") for n in range(5))
    created = apps.get_model("organization", "PersonEvent").objects.filter(pgh_obj_id__in=[p.pk for p in people])
    assert created.count() == 5
    account = bank.staff(Role.EXPERT)
    client = recipes.make_client(bank.staff(Role.RM))
    from datetime import date

    grant = recipes.grant(account, client, date.today())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM organization_grant WHERE id = %s", [grant.pk])
    labels = apps.get_model("organization", "GrantEvent").objects.filter(pgh_obj_id=grant.pk)
    assert sorted(labels.values_list("pgh_label", flat=True)) == ["delete", "insert"]


def test_an_event_names_actor_and_request(bank: recipes.Bank) -> None:
    manager = bank.staff(Role.RM)
    client = recipes.make_client(manager)
    browser = Browser()
    browser.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    browser.patch(
        reverse("clients-api:client-detail", args=[client.pk]),
        {"phone": "0599-1"},
        content_type="application/json",
        headers={"If-Match": '"1"'},
    )
    last = ClientEvent.objects.filter(pgh_obj_id=client.pk).order_by("-pgh_id").first()
    assert last.pgh_context["user"] == manager.pk
    assert last.pgh_context["request_id"]
    shown = history.changes([client])
    assert shown[0].actor == manager.name
    assert ("0599-1" in [field.after for field in shown[0].fields]) is True


def test_the_command_line_is_named_as_a_task(bank: recipes.Bank) -> None:
    with pghistory.context(task="nightly"):
        branch = Branch.objects.create(code="99", name="测", level="province", parent=bank.head)
    event = apps.get_model("organization", "BranchEvent").objects.get(pgh_obj_id=branch.pk)
    assert event.pgh_context == {"task": "nightly"}


def test_neither_password_nor_its_hash_is_in_the_history(bank: recipes.Bank) -> None:
    columns = {field.name for field in apps.get_model("organization", "StaffEvent")._meta.fields}
    assert columns.isdisjoint({"password", "last_login"})
