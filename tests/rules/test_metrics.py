"""The registry of metrics: what rooms offer is what the catalogue says, one wide row a subject, typed."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from crm_project.rules import metrics
from tests import recipes

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def test_providers_and_catalogue_agree_in_names_kinds_types_and_rooms() -> None:
    assert metrics.disagreements(TODAY) == []


def test_every_value_type_of_the_catalogue_has_its_column_type() -> None:
    assert {row["value_type"] for row in metrics.catalogue(TODAY).values()} <= set(metrics.SQL_TYPES)


def test_a_difference_to_the_catalogue_is_named() -> None:
    before = list(metrics._providers)
    wrong = metrics.Provider("risk", "client", {"debt_ratio": "money_cny", "mood": "ratio"}, "SELECT 1")
    try:
        metrics.register(wrong)
        found = metrics.disagreements(TODAY)
    finally:
        metrics._providers[:] = before
    assert "mood: not in the catalogue" in found
    assert "debt_ratio: provided twice" in found
    assert "debt_ratio: value_type money_cny, not ratio" in found


@pytest.mark.parametrize("kind", ["client", "project"])
def test_the_wide_row_has_a_typed_column_per_metric(kind: str) -> None:
    recipes.make_project(recipes.make_client(recipes.make_bank().staff("rm")))
    query = metrics.select_all(kind, TODAY)
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.params)
        assert len(cursor.fetchall()) == 1
        described = cursor.description
        cursor.execute("SELECT oid, typname FROM pg_type WHERE typname IN ('numeric', 'date', 'int2')")
        types = {"int2": "smallint"}
        by_oid = {oid: types.get(name, name) for oid, name in cursor.fetchall()}
    found = {column.name: by_oid.get(column.type_code) for column in described}
    columns = metrics.columns_of(kind)
    assert [column.name for column in described] == ["subject_id", "period_end", *columns, "na", "stale"]
    assert {key: found[key] for key in columns} == {key: metrics.SQL_TYPES[kind] for key, kind in columns.items()}


def test_a_single_reading_equals_the_row_of_the_scan() -> None:
    bank = recipes.make_bank()
    client = recipes.make_client(bank.staff("rm"))
    recipes.make_statements(client, client.subject.manager)
    recipes.make_statements(recipes.make_client(bank.staff("rm")), client.subject.manager, years=(2024,))
    day = date(2026, 3, 31)
    reading = metrics.read_metrics("client", client.pk, day)
    query = metrics.select_all("client", day)
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.params)
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    assert len(rows) == 2
    period_end, *values, _na, _stale = rows[client.pk]
    assert (reading.period_end, list(reading.values.values())) == (period_end, values)
    assert isinstance(reading.values["debt_ratio"], Decimal)


def test_an_unknown_subject_or_kind_is_named() -> None:
    with pytest.raises(LookupError, match="no client 999"):
        metrics.read_metrics("client", 999, TODAY)
    with pytest.raises(LookupError, match="no metrics of weather"):
        metrics.select_all("weather", TODAY)
