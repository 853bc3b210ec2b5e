"""Statements of the worked client of RULES §23: derived totals, identities, ratios, common size, growth."""

import copy
from datetime import date
from decimal import Decimal

import pytest

from clients.calc.ratios import all_ratios
from clients.calc.statements import Statement, StatementLines, check_identities, common_size, growth
from crm_project.rules.shipped import shipped_body
from tests.figures.rating_case import LINES, WAN, raw_values, statements

END = date(2025, 12, 31)
DERIVED = {
    2023: {"operating_profit": 5770, "profit_before_tax": 5800, "net_profit": 4930, "total_assets": 102000},
    2024: {"operating_profit": 6960, "profit_before_tax": 6940, "net_profit": 5899, "total_assets": 107399},
    2025: {
        "operating_profit": 8080,
        "profit_before_tax": 8100,
        "net_profit": 6885,
        "current_assets": 49350,
        "total_assets": 113184,
        "current_liabilities": 43200,
        "total_liabilities": 56200,
        "net_assets": 56984,
    },
}
EXAMPLE_LINES = 29
TOTALS = {
    "total_assets",
    "total_liabilities",
    "current_assets",
    "current_liabilities",
    "profit_before_tax",
    "net_profit",
}


def ratio(made: list[Statement], key: str, end: date = END):
    return next(each for each in all_ratios(LINES, made)[end] if each.key == key)


def problems(made: list[Statement]) -> list[tuple[str, str, Decimal | None]]:
    """Code, first line and difference in 万元 of all but the note on unrestricted cash."""
    found = [each for each in check_identities(LINES, made) if each.lines != ("cash_unrestricted",)]
    return [(each.code, each.lines[0], None if each.difference is None else each.difference / WAN) for each in found]


# The template


def test_template_holds_the_lines_of_the_worked_client_first_then_what_metrics_read():
    required = [line.key for line in LINES.lines.values() if line.required]
    assert set(required[:EXAMPLE_LINES]) == set(raw_values(2025))
    items = {line.item for line in LINES.lines.values() if line.item and line.required}
    assert items == {
        "total_assets",
        "total_liabilities",
        "net_assets",
        "current_assets",
        "current_liabilities",
        "cash_unrestricted",
        "inventories",
        "prepayments",
        "other_receivables",
        "short_term_borrowings",
        "notes_payable_financing",
        "non_current_due_1y",
        "revenue",
        "operating_cost",
        "profit_before_tax",
        "net_profit",
        "interest_expense",
        "interest_capitalised",
        "operating_cash_flow",
    }
    assert [line.row for line in LINES.lines.values()][:2] == [6, 7]


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("营业收入", "revenue"),
        (" 所有者权益合计 ", "net_assets"),
        ("Net assets", "net_assets"),
        ("利息支出（财务费用）", "interest_expense"),
        ("货币资金：", "cash"),
        ("short_loans", "short_loans"),
        ("商誉", None),
    ],
)
def test_label_of_column_a_finds_its_line(label, key):
    assert LINES.line_of_label(label) == key


def test_missing_lines_of_a_file_are_named_in_template_order():
    have = [key for key in LINES.lines if key not in ("revenue", "net_profit", "bonds_payable")]
    assert LINES.missing_lines(have) == ("revenue", "net_profit")


def test_rule_that_names_an_unknown_line_or_shares_a_label_is_refused():
    body = copy.deepcopy(shipped_body("statement_lines", "corporate"))
    body["tables"]["identities"][0]["terms"] = "+sales"
    with pytest.raises(ValueError, match="sales"):
        StatementLines.from_body(body)
    body = copy.deepcopy(shipped_body("statement_lines", "corporate"))
    body["tables"]["lines"][1]["aliases"] = "营业收入"
    with pytest.raises(ValueError, match="share the label"):
        StatementLines.from_body(body)


# Derived totals and identities


@pytest.mark.parametrize("year", DERIVED)
def test_totals_are_derived_from_their_parts(year):
    full = LINES.complete(raw_values(year))
    assert {key: full[key] / WAN for key in DERIVED[year]} == DERIVED[year]


def test_blank_means_what_the_template_says():
    full = LINES.complete(raw_values(2025))
    assert (full["interest_capitalised"], full["notes_payable_financing"]) == (0, 0)
    assert full["non_current_due_1y"] == full["long_due_1y"]
    assert full["cash_unrestricted"] is None


def test_worked_client_ties_in_every_year_and_misses_only_a_note():
    found = check_identities(LINES, statements())
    assert {(each.code, each.severity, each.lines) for each in found} == {
        ("missing_value", "warning", ("cash_unrestricted",))
    }


def test_unbalanced_statement_is_named_with_difference_and_row():
    made = statements(years=(2025,), y2025={"net_assets": Decimal(56983)})
    problem = next(each for each in check_identities(LINES, made) if each.code == "balance")
    assert (problem.difference / WAN, problem.severity, problem.period_end) == (1, "error", END)
    assert problem.lines == ("total_assets", "total_liabilities", "net_assets")
    assert problem.row == LINES.lines["total_assets"].row


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"current_assets": Decimal(49351)}, [("balance", "total_assets", 1), ("sub_total", "current_assets", 1)]),
        ({"net_profit": Decimal(6880)}, [("roll_forward", "net_assets", 5), ("sub_total", "net_profit", -5)]),
        ({"dividends": Decimal(1990)}, [("roll_forward", "net_assets", -10)]),
        ({"cash_unrestricted": Decimal(11601)}, [("part_exceeds_whole", "cash_unrestricted", 1)]),
        ({"non_current_due_1y": Decimal(2201)}, [("part_exceeds_whole", "non_current_due_1y", 1)]),
        ({"revenue": None}, [("missing_value", "revenue", None)]),
        ({"cash_unrestricted": Decimal(9000), "bonds_payable": Decimal(1000)}, []),
    ],
)
def test_broken_identities_are_named(change, expected):
    assert problems(statements(years=(2024, 2025), y2025=change)) == expected


@pytest.mark.parametrize(("off", "broken"), [("0.01", False), ("0.011", True)])
def test_tolerance_is_one_hundredth_of_the_unit_of_the_file(off, broken):
    made = statements(years=(2025,), y2025={"total_assets": Decimal(113184) + Decimal(off)})
    assert bool(problems(made)) is broken


# Ratios

RATIOS = [
    ("debt_ratio", "0.496537"),
    ("interest_cover", "4.894231"),
    ("roe", "0.126234"),
    ("receivable_turnover", "5.823864"),
    ("receivable_days", "61.814634"),
    ("inventory_turnover", "5.195520"),
    ("gross_margin", "0.208000"),
    ("short_debt_share", "0.636364"),
    ("revenue_growth", "0.090426"),
    ("equity_growth", "0.093764"),
]


@pytest.mark.parametrize(("key", "value"), RATIOS)
def test_ratio_of_the_worked_client(key, value):
    assert f"{ratio(statements(), key).value:.6f}" == value


def test_ratio_shows_formula_and_inputs():
    roe = ratio(statements(), "roe")
    assert roe.inputs == (("net_profit", 6885 * WAN), ("average.net_assets", Decimal("54541.5") * WAN))
    definition = LINES.ratios["quick_ratio"]
    assert definition.formula == "(current_assets − inventories − prepayments) / current_liabilities"
    assert (definition.name_zh, definition.unit) == ("速动比率", "times")


def test_ratio_without_its_input_history_or_base_says_why():
    assert ratio(statements(), "cash_to_short_debt").reason == "missing"
    assert ratio(statements(), "roe", date(2023, 12, 31)).reason == "missing"
    no_interest = statements(y2025={"interest_expense": Decimal(0)})
    assert (ratio(no_interest, "interest_cover").value, ratio(no_interest, "interest_cover").reason) == (
        None,
        "base_not_positive",
    )


def test_interim_flows_are_taken_over_twelve_months_and_growth_to_the_same_cut():
    # half-year 2026: 60,000 so far, 45,000 in the first half of 2025 → 102,500 + 60,000 − 45,000
    halves = {date(2025, 6, 30): 45000, date(2026, 6, 30): 60000}
    interim = [Statement(end, raw_values(2025) | {"revenue": revenue * WAN}, WAN) for end, revenue in halves.items()]
    made = [*statements(), *interim]
    turnover = ratio(made, "asset_turnover", date(2026, 6, 30))
    assert dict(turnover.inputs)["revenue"] == 117500 * WAN
    assert f"{ratio(made, 'revenue_growth', date(2026, 6, 30)).value:.6f}" == "0.333333"
    assert ratio(made[:-2] + made[-1:], "asset_turnover", date(2026, 6, 30)).reason == "missing"


def test_common_size_measures_stocks_by_assets_and_flows_by_revenue():
    shares = common_size(LINES, raw_values(2025))
    assert shares["total_assets"] == shares["revenue"] == 1
    assert shares["inventories"] == Decimal(16050) / 113184
    assert shares["operating_cost"] == Decimal("0.792")
    assert shares["cash_unrestricted"] is None


def test_growth_of_every_line_is_unknown_from_a_base_of_zero_or_less():
    rates = growth(LINES, raw_values(2025), raw_values(2024))
    assert rates["revenue"] == Decimal(102500) / 94000 - 1
    assert rates["non_operating"] is None
    assert rates["total_assets"] == Decimal(113184) / 107399 - 1
