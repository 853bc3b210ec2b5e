"""Numbers of the rooms, by subject kind and day.

A room's `metrics.py` offers providers and registers them from `apps.py`. A provider is one SELECT, a row per subject:

    subject_id, period_end, <one column per metric>, na, stale

as of `%(as_of)s`. `period_end`: end of the newest statement the row rests on, or NULL. A metric without value is NULL;
`na` and `stale` (text[]) name those that do not apply and those whose source is too old, the rest is missing.
The catalogue of all metrics is the rule `metrics/all`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from crm_project.rules.models import RuleSet

SQL_TYPES = {
    "ratio": "numeric",
    "pp": "numeric",
    "money_cny": "numeric",
    "days": "numeric",
    "count": "numeric",
    "date": "date",
    "code": "smallint",
}
"""Column of the wide row by value type of the catalogue; a code is its position in its list."""

MISSING, STALE, NOT_APPLICABLE = "missing", "stale", "na"

Value = Decimal | date | int | None


@dataclass(frozen=True)
class Query:
    """A SELECT and the values of its named parameters."""

    sql: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Provider:
    """What a room knows of one kind of subject.

    columns: metric to value type. sql: the SELECT, or what builds it from the rules of the day. params: further
    parameters by name, which no other provider of the kind uses; `as_of` is always there.
    """

    room: str
    subject_kind: str
    columns: Mapping[str, str]
    sql: str | Callable[[date], str]
    params: Callable[[date], Mapping[str, Any]] = field(default=lambda as_of: {})

    def query(self, as_of: date) -> Query:
        text = self.sql if isinstance(self.sql, str) else self.sql(as_of)
        return Query(text, {**self.params(as_of), "as_of": as_of})


@dataclass(frozen=True)
class Reading:
    """The metrics of one subject. reasons: why a metric has no value: missing, stale or na."""

    period_end: date | None
    values: Mapping[str, Value]
    reasons: Mapping[str, str]


_providers: list[Provider] = []


def register(*providers: Provider) -> None:
    """Add a room's providers; those a room registered for the kind before are replaced."""
    for one in providers:
        _providers[:] = [old for old in _providers if (old.room, old.subject_kind) != (one.room, one.subject_kind)]
        _providers.append(one)


def providers_of(kind: str) -> list[Provider]:
    return [one for one in _providers if one.subject_kind == kind]


def columns_of(kind: str) -> dict[str, str]:
    """Metric to value type, of all rooms, in the order of the wide row."""
    return {key: value_type for one in providers_of(kind) for key, value_type in one.columns.items()}


def select_all(kind: str, as_of: date, *, subject_id: int | None = None) -> Query:
    """One SELECT over the providers of a kind: a row per subject any of them knows, columns typed as in SQL_TYPES.

    Columns: subject_id, period_end, the metrics in the order of `columns_of`, na, stale. subject_id: this one only.
    Raises LookupError where no room provides this kind, ValueError where two use a parameter for different things.
    """
    providers = providers_of(kind)
    if not providers:
        raise LookupError(f"no metrics of {kind}")
    queries = [one.query(as_of) for one in providers]
    params = _merged(query.params for query in queries)
    one_subject = ""
    if subject_id is not None:
        one_subject = " WHERE part.subject_id = %(metrics_subject)s"
        params["metrics_subject"] = subject_id
    # S608: the text is the providers' own, values are parameters
    parts = [f"(SELECT part.* FROM ({query.sql}) part{one_subject}) p{n}" for n, query in enumerate(queries)]  # noqa: S608
    tables = parts[0] + "".join(f"\nFULL JOIN {part} USING (subject_id)" for part in parts[1:])
    every = range(len(parts))
    values = [
        f"p{n}.{key}::{SQL_TYPES[value_type]} AS {key}"
        for n, provider in enumerate(providers)
        for key, value_type in provider.columns.items()
    ]
    selected = [
        "subject_id",
        f"GREATEST({', '.join(f'p{n}.period_end' for n in every)}) AS period_end",
        *values,
        *(" || ".join(f"COALESCE(p{n}.{name}, '{{}}')" for n in every) + f" AS {name}" for name in ("na", "stale")),
    ]
    return Query(f"SELECT {', '.join(selected)}\nFROM {tables}", params)


def read_metrics(kind: str, subject_id: int, as_of: date) -> Reading:
    """All metrics of one subject as of a day. One statement beside the rules it reads.

    Raises LookupError as select_all, and where no room knows the subject.
    """
    query = select_all(kind, as_of, subject_id=subject_id)
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.params)
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"no {kind} {subject_id}")
    _, period_end, *found, na, stale = row
    values = dict(zip(columns_of(kind), found, strict=True))
    return Reading(period_end, values, {key: _reason(key, na, stale) for key, value in values.items() if value is None})


def catalogue(on: date) -> dict[str, Mapping[str, str]]:
    """Rows of the catalogue by metric. One query."""
    rows = RuleSet.objects.in_force("metrics", "all", on).body["tables"]["metrics"]
    return {row["key"]: row for row in rows}


def disagreements(on: date) -> list[str]:
    """Where providers and catalogue differ; empty when they agree. A metric nobody provides yet is no difference."""
    known = catalogue(on)
    found, seen = [], set()
    for provider in _providers:
        for key, value_type in provider.columns.items():
            row = known.get(key)
            if (provider.subject_kind, key) in seen:
                found.append(f"{key}: provided twice")
            seen.add((provider.subject_kind, key))
            if row is None:
                found.append(f"{key}: not in the catalogue")
                continue
            pairs = {"subject": provider.subject_kind, "value_type": value_type, "room": provider.room}
            found += [f"{key}: {name} {own}, not {row[name]}" for name, own in pairs.items() if row[name] != own]
    return found


def _merged(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            if name in merged and merged[name] != value:
                raise ValueError(f"two providers use the parameter {name}")
            merged[name] = value
    return merged


def _reason(key: str, na: list[str], stale: list[str]) -> str:
    if key in stale:
        return STALE
    return NOT_APPLICABLE if key in na else MISSING
