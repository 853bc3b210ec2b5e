"""What the tests of the expression language share: the shipped catalogue, the vectors, figures from YAML."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from crm_project.rules.expressions import (
    Cell,
    Environment,
    Metric,
    Thresholds,
    Values,
    environment_from_tables,
)
from crm_project.rules.expressions.judge import LEVELS
from crm_project.rules.shipped import read_rows, shipped_body

HERE = Path(__file__).parent
VECTORS: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "expression_vectors.yaml").read_text("utf-8"))
INDICATORS = read_rows(HERE / "indicator_rows.csv")
RATING_GATES = read_rows(HERE / "rating_gate_rows.csv")
AS_OF = date(2026, 6, 30)


def catalogue(subject: str = "client") -> Environment:
    metrics = shipped_body("metrics", "all")
    codes = shipped_body("codes", "all")["tables"]["codes"]
    return environment_from_tables(subject, metrics["tables"]["metrics"], codes, metrics["params"]["code_lists"])


def rating_sheet() -> Environment:
    """The client's metrics with the inputs only a rating sheet has. Source: RULES §23, point 5."""
    return catalogue().extended(
        [
            Metric("max_overdue_days_all_banks", "client", "days"),
            Metric("worst_loan_category", "client", "code", code_list="loan_category"),
            Metric("loss_years_in_a_row", "client", "count", "years"),
            Metric("restructured_under_observation", "client", "code", code_list="yes_no"),
            Metric("statement_age_months", "client", "count", "months"),
            Metric("red_alerts_open", "client", "count"),
            Metric("scorecard_industry", "client", "code", code_list="scorecard_industry"),
            Metric("audited", "client", "code", code_list="yes_no"),
            Metric("years_trading", "client", "count", "years"),
            Metric("coef_debt_ratio", "client", "ratio"),
            Metric("coef_interest_cover", "client", "ratio"),
            Metric("credit_record", "client", "code", code_list="rating_anchor"),
            Metric("operating_cash_flow", "client", "money_cny"),
        ],
        {"scorecard_industry": {"manufacturing": 0, "construction": 1, "other": 2}},
    )


def cell(value: Any) -> Cell:
    """A figure from YAML: a float as the decimal that was written."""
    return Decimal(str(value)) if isinstance(value, float) else value


def cells(row: dict[str, Any]) -> dict[str, Cell]:
    return {key: cell(value) for key, value in row.items()}


def values(vector: dict[str, Any]) -> Values:
    return Values(
        now=cells(vector.get("now", {})),
        as_of=AS_OF,
        empty=vector.get("state", {}),
        earlier={period: cells(row) for period, row in vector.get("lag", {}).items()},
        series={key: [cell(item) for item in row] for key, row in vector.get("series", {}).items()},
        peers={key: [cell(item) for item in row] for key, row in vector.get("peers", {}).items()},
    )


def indicator_rows(key: str) -> dict[str, dict[str, str]]:
    """Rows of one indicator by industry prefix; the base row stands under the empty prefix."""
    rows = [row for row in INDICATORS if row["key"] == key]
    return {prefix: row for row in rows for prefix in row["industry_prefixes"].split(";")}


def thresholds(row: dict[str, str]) -> Thresholds:
    limits = {level: Decimal(row[level]) for level in LEVELS if row[level]}
    return Thresholds(row["operator"], limits, Decimal(row["close_margin"]))
