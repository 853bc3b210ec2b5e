"""The rule data that come with the product: one YAML file per rule set under `data/`.

A file names the rule set and either lists CSV tables beside it, gives plain parameters, or both:

    kind: rating
    scope: corporate
    version: "2026-1"
    effective_from: 2026-01-01
    selector: statement_date        # which date of a case picks the version
    provenance: default             # regulation | unconfirmed | bank_policy | default
    source: RULES §22-23
    title: {en: Corporate rating, zh: 公司类客户评级}
    params: {valid_months: 12}
    tables: {factors: rating_factors.csv}

No Django here, so that calculations can be tested on shipped rules without a database.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
PROVENANCES = ("regulation", "unconfirmed", "bank_policy", "default")


@dataclass(frozen=True)
class ShippedRule:
    kind: str
    scope: str
    version: str
    effective_from: date
    provenance: str
    source: str
    body: dict[str, Any]


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV table as text; an empty cell is an empty string. Raises ValueError naming file and line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise ValueError(f"{path.name}, line {reader.line_num}: number of cells differs from the header")
            rows.append(dict(row))
    return rows


def read_rule(path: Path) -> ShippedRule:
    """One rule set from its YAML file and the tables it names. Raises ValueError or KeyError on a malformed file."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    if raw["provenance"] not in PROVENANCES:
        raise ValueError(f"{path.name}: unknown provenance {raw['provenance']!r}")
    body = {
        "title": raw["title"],
        "selector": raw["selector"],
        "params": raw.get("params", {}),
        "tables": {name: read_rows(path.parent / file) for name, file in raw.get("tables", {}).items()},
    }
    return ShippedRule(
        kind=raw["kind"],
        scope=raw["scope"],
        version=str(raw["version"]),
        effective_from=raw["effective_from"],
        provenance=raw["provenance"],
        source=raw["source"],
        body=body,
    )


@cache
def shipped_rules() -> tuple[ShippedRule, ...]:
    """Every rule set under `data/`, ordered by kind, scope and the day it takes effect."""
    rules = (read_rule(path) for path in sorted(DATA.glob("*.yaml")))
    return tuple(sorted(rules, key=lambda rule: (rule.kind, rule.scope, rule.effective_from)))


def shipped_body(kind: str, scope: str) -> dict[str, Any]:
    """Body of the newest shipped version of a rule. Raises LookupError where there is none."""
    found = [rule for rule in shipped_rules() if (rule.kind, rule.scope) == (kind, scope)]
    if not found:
        raise LookupError(f"no shipped rule {kind}/{scope}")
    return found[-1].body


def in_file_order(kind: str, scope: str, body: dict[str, Any]) -> dict[str, Any]:
    """The same body with its parts, tables and columns as the shipped file has them: jsonb forgets their order."""
    model = next((rule.body for rule in reversed(shipped_rules()) if (rule.kind, rule.scope) == (kind, scope)), {})
    parts = _ordered(body, ("title", "selector", "params", "tables"))
    parts["params"] = _ordered(body.get("params", {}), model.get("params", {}))
    tables = _ordered(body.get("tables", {}), model.get("tables", {}))
    columns = {name: rows[0] for name, rows in model.get("tables", {}).items() if rows}
    parts["tables"] = {name: [_ordered(row, columns.get(name, ())) for row in rows] for name, rows in tables.items()}
    return parts


def _ordered(values: dict[str, Any], order: Iterable[str]) -> dict[str, Any]:
    known = [name for name in order if name in values]
    return {name: values[name] for name in dict.fromkeys([*known, *values])}
