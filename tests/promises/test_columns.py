"""Inventory of figure columns, read from the models and from the database itself."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from crm_project.rules.fields import FiniteDecimalField, MoneyField, RateField, RatioField, VolumeField

OWN = {config.label for config in apps.get_app_configs() if config.name.split(".")[0] in settings.POLICY_PACKAGES}


def own_fields() -> Iterator[Any]:
    for model in apps.get_models():
        if model._meta.app_label in OWN:
            yield from model._meta.concrete_fields


def test_no_float_holds_a_figure() -> None:
    assert [str(field) for field in own_fields() if isinstance(field, models.FloatField)] == []


def test_every_decimal_is_money_rate_volume_or_ratio() -> None:
    known = (MoneyField, RateField, VolumeField, RatioField)
    decimals = [field for field in own_fields() if isinstance(field, models.DecimalField)]
    assert decimals
    assert [str(field) for field in decimals if not isinstance(field, known)] == []


@pytest.mark.django_db
def test_the_database_bars_nan_and_infinity_from_every_figure() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT cl.relname, pg_get_constraintdef(co.oid) FROM pg_constraint co"
            " JOIN pg_class cl ON co.conrelid = cl.oid WHERE co.contype = 'c'"
        )
        checks = cursor.fetchall()
    unguarded = []
    for field in own_fields():
        if isinstance(field, FiniteDecimalField):
            table, column = field.model._meta.db_table, field.column
            if not any(name == table and column in text and "Infinity" in text for name, text in checks):
                unguarded.append(f"{table}.{column}")
    assert unguarded == []


@pytest.mark.django_db
def test_column_types_are_those_of_their_kind() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, numeric_precision, numeric_scale FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type = 'numeric'"
        )
        found = {(table, column): (precision, scale) for table, column, precision, scale in cursor.fetchall()}
    expected = {MoneyField: (18, 2), RateField: (9, 6), VolumeField: (18, 6), RatioField: (None, None)}
    for field in own_fields():
        if type(field) in expected:
            assert found[field.model._meta.db_table, field.column] == expected[type(field)], str(field)


def test_rows_that_history_hangs_on_cannot_be_taken_away() -> None:
    """Deleting an account, a person, a branch or a subject would take the past along; only own lists may go."""
    own_lists = {"organization.CoManager.root", "organization.Grant.staff", "organization.Grant.subject"}
    own_lists |= {"workflow.Notice.staff", "workflow.JobChunk.run"}
    roots = {"organization.Staff", "organization.Person", "organization.Branch", "organization.Subject"}
    loose = {
        f"{field.model._meta.label}.{field.name}"
        for field in own_fields()
        if isinstance(field, models.ForeignKey)
        and field.related_model._meta.label in roots
        and field.remote_field.on_delete is not models.PROTECT
        and not field.model.__name__.endswith("Event")
    }
    assert loose <= own_lists
