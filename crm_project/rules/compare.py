"""What one version of a rule changes against another, cell by cell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, str]
KEYS = (
    *("key", "code", "line", "ratio", "identity", "factor", "element", "gate", "grade", "category", "group", "input"),
    *("case", "tier", "kind", "date", "published_on", "name_en"),
)
"""Columns that name the rows of a table, where they name each once; the first that does is taken."""


@dataclass(frozen=True)
class BodyChange:
    """One place of a body and what stood and stands there; empty where there is nothing."""

    place: str
    before: str
    after: str


def body_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[BodyChange]:
    """Differences of two bodies in the order of the newer one: params, then tables, rows told by their key."""
    found = list(_flat("title", before.get("title"), after.get("title")))
    found += _flat("selector", before.get("selector"), after.get("selector"))
    found += _flat("params", before.get("params"), after.get("params"))
    tables, old = after.get("tables", {}), before.get("tables", {})
    for name in [*tables, *(name for name in old if name not in tables)]:
        found += _table(f"tables.{name}", old.get(name, []), tables.get(name, []))
    return found


def _flat(place: str, before: Any, after: Any) -> Iterator[BodyChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*after, *(name for name in before if name not in after)]:
            yield from _flat(f"{place}.{name}", before.get(name), after.get(name))
    elif before != after:
        yield BodyChange(place, _text(before), _text(after))


def _table(place: str, before: list[Row], after: list[Row]) -> Iterator[BodyChange]:
    column = next((name for name in KEYS if _is_key(name, before) and _is_key(name, after)), "")
    old, new = _keyed(column, before), _keyed(column, after)
    for key, row in new.items():
        if key not in old:
            yield BodyChange(f"{place}[{key}]", "", _line(row))
        else:
            yield from _flat(f"{place}[{key}]", old[key], row)
    for key, row in old.items():
        if key not in new:
            yield BodyChange(f"{place}[{key}]", _line(row), "")


def _is_key(column: str, rows: list[Row]) -> bool:
    return len({row[column] for row in rows if row.get(column)}) == len(rows)


def _keyed(column: str, rows: list[Row]) -> dict[str, Row]:
    """Rows by a cell that names each once; by their number where no column does."""
    return {row[column] if column else str(number): row for number, row in enumerate(rows, start=1)}


def _line(row: Row) -> str:
    return " | ".join(cell for cell in row.values() if cell)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)
