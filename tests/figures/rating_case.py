"""The worked client of RULES §23: an invented manufacturer with three years of raw statements in rating_example.csv."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

from clients.calc.gates import gate_judge
from clients.calc.rating_rule import RatingRule
from clients.calc.scorecard import Rating, RatingFacts, rate
from clients.calc.statements import Statement, StatementLines
from crm_project.rules.shipped import shipped_body

WAN = Decimal(10000)
YEARS = (2023, 2024, 2025)
AS_OF = date(2026, 6, 30)
RULE = RatingRule.from_body(shipped_body("rating", "corporate"))
LINES = StatementLines.from_body(shipped_body("statement_lines", "corporate"))
JUDGE = gate_judge(shipped_body("rating", "corporate"), shipped_body("codes", "all"))
ANCHORS = {
    "industry_outlook": "B",
    "management_quality": "B",
    "credit_record": "A",
    "shareholder_backing": "C",
    "compliance_environment": "B",
}
CLEAN = {
    "max_overdue_days_all_banks": 0,
    "worst_loan_category": "normal",
    "enforcement_state": "none",
    "audit_opinion": "unqualified",
    "audited": "yes",
    "restructured_under_observation": "no",
    "red_alerts_open": 0,
    "guarantees_to_equity": Decimal("0.1"),
}


def raw_values(year: int) -> dict[str, Decimal]:
    """Reported lines of a year in CNY; the file is in 万元."""
    with (Path(__file__).parent / "rating_example.csv").open(encoding="utf-8", newline="") as file:
        return {row["line"]: Decimal(row[f"y{year}"]) * WAN for row in csv.DictReader(file) if row[f"y{year}"]}


def statements(years=YEARS, **changes: dict[int, dict[str, Decimal | None]]) -> list[Statement]:
    """Annual statements of the worked client; `changes` by "y2025" replace lines of a year, in 万元."""
    made = []
    for year in years:
        changed = {key: None if value is None else value * WAN for key, value in changes.get(f"y{year}", {}).items()}
        made.append(Statement(date(year, 12, 31), raw_values(year) | changed, WAN))
    return made


def facts(**changes) -> RatingFacts:
    """Facts of the worked client; `anchors` and `gates` replace single entries, everything else whole fields."""
    anchors = ANCHORS | changes.pop("anchors", {})
    gates = CLEAN | changes.pop("gates", {})
    known = {
        "section": "C",
        "years_trading": Decimal("12.5"),
        "largest_customer_share": Decimal("0.24"),
        "management_tenure": Decimal("5.5"),
    }
    return RatingFacts(**(known | changes), anchors=anchors, gate_inputs=gates)


def rated(made=None, *, as_of: date = AS_OF, **changes) -> Rating:
    return rate(RULE, LINES, made or statements(), facts(**changes), as_of=as_of, gate_judge=JUDGE)
