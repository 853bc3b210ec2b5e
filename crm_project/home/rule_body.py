"""The body of a rule as tables a person can read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from crm_project.home.rule_words import column_label
from crm_project.rules.models import RuleSet
from crm_project.rules.shipped import in_file_order
from crm_project.ui import formats, markup

ROWS_SHOWN = 300


@dataclass(frozen=True)
class Head:
    label: str
    figures: bool


@dataclass(frozen=True)
class BodyTable:
    """rows: cells, each with its head; `more` rows are not shown."""

    name: str
    heads: list[Head]
    rows: list[list[tuple[Head, SafeString | str]]]
    more: int


def params_of(rule: RuleSet) -> list[tuple[str, str]]:
    params = in_file_order(rule.kind, rule.scope, rule.body)["params"]
    return [(column_label(key), _plain(value)) for key, value in params.items()]


def tables_of(rule: RuleSet, provenances: tuple[str, ...] = ()) -> list[BodyTable]:
    """Every table of a rule; with `provenances` only its rows of these, and no table without any."""
    found = []
    for name, rows in in_file_order(rule.kind, rule.scope, rule.body)["tables"].items():
        kept = [row for row in rows if not provenances or row.get("provenance") in provenances]
        if kept:
            found.append(_table(name, kept))
    return found


def standing_of(rule: RuleSet) -> Counter[str]:
    """How many rows of its tables have which provenance; a rule without such rows counts once by its own."""
    rows = [row for table in rule.body["tables"].values() for row in table if row.get("provenance")]
    return Counter(row["provenance"] for row in rows) or Counter({rule.provenance: 1})


def _table(name: str, rows: list[Mapping[str, str]]) -> BodyTable:
    columns = _columns(rows)
    shown = rows[:ROWS_SHOWN]
    heads = [Head(column_label(label), all(_is_figure(row[key]) for row in rows if row[key])) for label, key in columns]
    cells = [[(head, _cell(key, row[key])) for head, (_, key) in zip(heads, columns, strict=True)] for row in shown]
    return BodyTable(column_label(name), heads, cells, len(rows) - len(shown))


def _columns(rows: list[Mapping[str, str]]) -> list[tuple[str, str]]:
    """Label and key of the columns that say something; of a text in two languages the reader's."""
    chinese = (get_language() or "").startswith("zh")
    keys = [key for key in rows[0] if any(row.get(key) for row in rows)]
    found = []
    for key in keys:
        base = key.removesuffix("_en").removesuffix("_zh")
        alone = key == base and f"{base}_en" not in keys
        if f"{base}_zh" in keys and (key.endswith("_en") or alone):
            found.append((_label(base, keys), f"{base}_zh" if chinese else key))
        elif not key.endswith("_zh"):
            found.append((key, key))
    return found


def _label(base: str, keys: list[str]) -> str:
    return "name" if f"{base}_en" in keys and base in keys else base


def _cell(key: str, text: str) -> SafeString | str:
    if key.endswith("provenance") and text in markup.PROVENANCE:
        return provenance_tag(text)
    return text or formats.MISSING


def provenance_tag(code: str) -> SafeString:
    """The standing in words; what is to be confirmed stands out."""
    return markup.tag(markup.PROVENANCE[code], "t" if code == RuleSet.Provenance.UNCONFIRMED else "o")


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{column_label(key)}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return formats.MISSING if value is None else str(value)


def _is_figure(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
