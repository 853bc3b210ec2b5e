"""What the language accepts and refuses, and where it points."""

from decimal import Decimal

import pytest

from crm_project.rules.expressions import (
    CODES,
    Environment,
    ExpressionError,
    Metric,
    Want,
    check,
    environment_from_tables,
    nodes,
    parse,
)

from .expression_support import (
    INDICATORS,
    RATING_GATES,
    VECTORS,
    catalogue,
    rating_sheet,
)

WANT: dict[str | None, Want] = {None: "any", "value": "value", "bool": "condition"}
RATIOS = [
    key for key, metric in catalogue().metrics.items() if metric.subject == "client" and metric.value_type == "ratio"
]


def refusal(text: str, environment: Environment, want: Want = "any") -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        check(text, environment, want)
    return caught.value


@pytest.mark.parametrize("example", VECTORS["examples"], ids=lambda example: example["expr"][:40] or "empty")
def test_published_example_has_its_type_or_its_refusal_at_its_column(example):
    try:
        result = check(example["expr"], catalogue(example.get("subject", "client")), WANT[example.get("want")]).type
    except ExpressionError as error:
        result = f"{error.code} at {error.column}"
    assert result == example["result"]


# code, text, underlined characters, parameters for the page
REFUSALS = [
    ("E_CHAR", "debt_ratio ≥ 0.7", "≥", {"ch": "≥"}),
    ("E_CHAR", "Debt_ratio", "D", {"ch": "D"}),
    ("E_CHAR", "debt_ratio > ５", "５", {"ch": "５"}),
    ("E_SYNTAX", "debt_ratio > or", "or", {"expected": "value", "found": "or"}),
    ("E_SYNTAX", "(debt_ratio\n> 0.7", "", {"expected": ")", "found": ""}),
    ("E_SYNTAX", "debt_ratio in 0.7", "0.7", {"expected": "(", "found": "0.7"}),
    ("E_SYNTAX", "lag(debt_ratio 4q)", "4q", {"expected": ",", "found": "4q"}),
    ("E_UNKNOWN_METRIC", "det_ratio > 0.7", "det_ratio", {"name": "det_ratio", "near": "debt_ratio"}),
    ("E_UNKNOWN_METRIC", "zzzz > 1", "zzzz", {"name": "zzzz", "near": ""}),
    ("E_UNKNOWN_FUNCTION", "grwth(debt_ratio, 4q)", "grwth", {"name": "grwth", "near": "growth"}),
    (
        "E_SUBJECT",
        "days_past_due > 1",
        "days_past_due",
        {"name": "days_past_due", "owner": "loan_note", "subject": "client"},
    ),
    ("E_TYPE", "receivable_days > net_assets", ">", {"a": "days", "b": "money", "operation": "compare"}),
    ("E_TYPE", "receivable_days > 500万", ">", {"a": "days", "b": "money", "operation": "compare"}),
    ("E_TYPE", "pp(debt_ratio) between 5 and 8%", "between", {"a": "pp", "b": "ratio", "operation": "compare"}),
    ("E_TYPE", "debt_ratio in (0.5, 500万)", "in", {"a": "ratio", "b": "money", "operation": "compare"}),
    ("E_TYPE", "1 / net_assets", "/", {"a": "number", "b": "money", "operation": "divide"}),
    ("E_TYPE", "not debt_ratio", "debt_ratio", {"a": "ratio", "b": "bool", "operation": "combine"}),
    ("E_TYPE", "1 + -audit_opinion", "-", {"a": "number", "b": "code", "operation": "subtract"}),
    ("E_TYPE", "pp(net_assets)", "net_assets", {"a": "money", "b": "pp", "operation": "combine"}),
    ("E_TYPE", "min(debt_ratio, net_assets)", "net_assets", {"a": "ratio", "b": "money", "operation": "combine"}),
    ("E_TYPE", "growth(audit_opinion, 4q)", "audit_opinion", {"a": "code", "b": "growth", "operation": "combine"}),
    ("E_TYPE", "audit_opinion = client_type", "=", {"a": "code", "b": "code", "operation": "compare"}),
    ("E_TYPE", "coalesce_missing(net_assets, 5%)", "5%", {"a": "money", "b": "ratio", "operation": "substitute"}),
    (
        "E_CODE",
        "audit_opinion in ('adverse', 'qualfied')",
        "'qualfied'",
        {"list": "audit_opinion", "name": "qualfied", "near": "qualified"},
    ),
    ("E_PERIOD", "lag(debt_ratio, debt_ratio)", "debt_ratio)", {"found": "debt_ratio"}),
    ("E_PERIOD", "avg(debt_ratio, 13q)", "13q", {"found": "13q", "most": 12}),
    ("E_PERIOD", "lag(bank_debt_total, 61m)", "61m", {"found": "61m", "most": 60}),
    ("E_PERIOD", "lag(bank_debt_total, 1831d)", "1831d", {"found": "1831d", "most": 1830}),
    ("E_PERIOD", "lag(debt_ratio, 6y)", "6y", {"found": "6y", "most": 5}),
    ("E_PERIOD", "lag(debt_ratio, 0q)", "0q", {"found": "0q", "most": 20}),
    (
        "E_PERIOD",
        "streak(bounced_items_6m > 0 and net_profit_q < 0, 4m)",
        "4m",
        {"name": "net_profit_q", "found": "4m", "units": "qy"},
    ),
    ("E_ARGUMENT", "percentile(-debt_ratio)", "-", {"function": "percentile", "reason": "metric_needed"}),
    ("E_ARGUMENT", "lag(abs(debt_ratio), 4q)", "abs", {"function": "lag", "reason": "metric_needed"}),
    ("E_ARGUMENT", "lag(debt_ratio, 4q, 1)", ", 1", {"function": "lag", "reason": "too_many"}),
    ("E_ARGUMENT", "max(debt_ratio)", ")", {"function": "max", "reason": "too_few"}),
    (
        "E_ARGUMENT",
        "coalesce_missing(debt_ratio, -equity_ratio)",
        "-equity_ratio",
        {"function": "coalesce_missing", "reason": "literal_needed"},
    ),
    (
        "E_ARGUMENT",
        "streak(lag(debt_ratio, 1q) > 0.7, 4q)",
        "lag(debt_ratio, 1q)",
        {"function": "streak", "reason": "one_period"},
    ),
    ("E_ARGUMENT", "streak(1 > 0, 4q)", "1 > 0", {"function": "streak", "reason": "metric_needed"}),
    ("E_DIV_ZERO", "net_assets / 0万", "0万", {}),
    ("E_DIV_ZERO", "net_assets / -(0)", "-(0)", {}),
    ("E_NOT_VALUE", "net_assets > 0", "net_assets > 0", {"found": "bool"}),
    ("E_NOT_CONDITION", "net_assets + 1", "net_assets + 1", {"found": "money"}),
]


@pytest.mark.parametrize(("code", "text", "place", "params"), REFUSALS)
def test_refusal_underlines_its_place_and_carries_its_parameters(code, text, place, params):
    want: Want = {"E_NOT_VALUE": "value", "E_NOT_CONDITION": "condition"}.get(code, "any")
    error = refusal(text, catalogue(), want)
    underlined = text[error.start : error.end]
    assert (error.code, error.params) == (code, params)
    assert error.start == (text.rindex(place) if place else len(text))
    assert place.startswith(underlined)


LIMITS = [
    ("E_LIMIT_LENGTH", " " * 490 + "debt_ratio", " " * 491 + "debt_ratio", 500, 500),
    ("E_LIMIT_DEPTH", "(" * 12 + "1" + ")" * 12, "(" * 13 + "1" + ")" * 13, 12, 12),
    ("E_LIMIT_DEPTH", "not " * 12 + "true", "not " * 13 + "true", 48, 12),
    ("E_LIMIT_DEPTH", "-" * 12 + "debt_ratio", "-" * 13 + "debt_ratio", 12, 12),
    ("E_LIMIT_DEPTH", "abs(" * 12 + "1" + ")" * 12, "abs(" * 13 + "1" + ")" * 13, 48, 12),
    ("E_LIMIT_NODES", "-debt_ratio+" + "+".join("1" * 49), "+".join("1" * 51), 99, 100),
    ("E_LIMIT_METRICS", "+".join(RATIOS[:12]), "+".join(RATIOS[:13]), len("+".join(RATIOS[:12])) + 1, 12),
    (
        "E_LIMIT_LAGS",
        "+".join(f"lag(debt_ratio,{n}q)+change(equity_ratio,{n}q)" for n in range(1, 7)),
        "+".join(f"lag(debt_ratio,{n}q)" for n in range(1, 8)),
        len("+".join(f"lag(debt_ratio,{n}q)" for n in range(1, 7))) + len("+lag(debt_ratio,"),
        6,
    ),
]


@pytest.mark.parametrize(("code", "within", "beyond", "start", "limit"), LIMITS)
def test_each_limit_accepts_its_last_and_refuses_the_next(code, within, beyond, start, limit):
    check(within, catalogue())
    error = refusal(beyond, catalogue())
    assert (error.code, error.start, error.params) == (code, start, {"limit": limit})


def test_every_code_of_refusal_is_shown_by_a_test():
    published = {example["result"].split()[0] for example in VECTORS["examples"]}
    assert set(CODES) <= published | {row[0] for row in REFUSALS} | {row[0] for row in LIMITS}


def test_message_names_code_column_and_nearest_name():
    error = refusal("det_ratio > 0.7", catalogue())
    assert str(error) == "E_UNKNOWN_METRIC at 1: no metric 'det_ratio'; did you mean 'debt_ratio'?"


@pytest.mark.parametrize("row", INDICATORS, ids=lambda row: f"{row['key']} {row['industry_prefixes']}")
def test_every_indicator_is_a_value_behind_a_condition(row):
    environment = catalogue(row["subject"])
    check(row["expression"], environment, "value")
    if row["applies_when"]:
        check(row["applies_when"], environment, "condition")


@pytest.mark.parametrize("row", RATING_GATES, ids=lambda row: row["gate"])
def test_every_rating_gate_is_a_condition_over_the_rating_sheet(row):
    check(row["expression"], rating_sheet(), "condition")


@pytest.mark.parametrize(
    ("text", "type_", "unit"),
    [
        ("interest_cover", "ratio", "times"),
        ("interest_cover + debt_ratio", "ratio", "fraction"),
        ("2 * operating_quarters", "count", "quarters"),
        ("change(audit_opinion, 4q)", "count", "count"),
        ("net_assets / operating_quarters", "money", "CNY"),
        ("pp(debt_ratio) / 2", "pp", "pp"),
        ("coalesce_missing(audit_opinion, 'adverse')", "code", "code"),
        ("1 + 2", "number", ""),
        ("true", "bool", ""),
    ],
)
def test_result_carries_type_and_unit(text, type_, unit):
    checked = check(text, catalogue())
    assert (checked.type, checked.unit) == (type_, unit)


def test_metrics_used_are_listed_once_in_order():
    assert check("lag(net_assets, 4q) > 0 and debt_ratio > 0.7 and net_assets > 0", catalogue()).metrics == (
        "net_assets",
        "debt_ratio",
    )


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("75%", "0.75", "ratio"),
        ("1.2亿", "120000000", "money"),
        ("500万", "5000000", "money"),
        ("1_000", "1000", "number"),
    ],
)
def test_literal_is_kept_in_base_units(text, value, kind):
    assert parse(text) == nodes.Number(0, len(text), Decimal(value), kind)


def test_and_binds_closer_than_or_and_parentheses_belong_to_their_content():
    text = "true or (false and\n not true)"
    tree = parse(text)
    assert isinstance(tree, nodes.Logic) and tree.operator == "or"
    assert text[tree.right.start : tree.right.end] == "(false and\n not true)"


def test_a_catalogue_with_an_unknown_type_or_list_is_refused():
    row = {"key": "x", "subject": "client", "value_type": "colour", "unit": "", "as_of_rule": "day"}
    with pytest.raises(ValueError, match="x: unknown value type 'colour'"):
        environment_from_tables("client", [row], [], {})
    with pytest.raises(ValueError, match="x: no code list 'x'"):
        environment_from_tables("client", [{**row, "value_type": "code"}], [], {})


def test_foreign_inputs_are_known_only_where_they_were_added():
    extended = catalogue().extended([Metric("coef_debt_ratio", "client", "ratio")])
    assert check("coef_debt_ratio < 0.8", extended).type == "bool"
    assert refusal("coef_debt_ratio < 0.8", catalogue()).code == "E_UNKNOWN_METRIC"
