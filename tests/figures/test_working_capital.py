"""Working-capital need: vector and guards of RULES §2."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_project.rules.shipped import shipped_body
from financing.calc.working_capital import (
    WorkingCapitalInput,
    WorkingCapitalPolicy,
    average_position,
    working_capital_need,
)

WAN = Decimal(10_000)
POLICY = WorkingCapitalPolicy.from_body(shipped_body("working_capital", "all"))
FIRM = WorkingCapitalInput(
    revenue=120_000 * WAN,
    cost=96_000 * WAN,
    margin=Decimal("0.06"),
    growth=Decimal("0.10"),
    inventory=16_000 * WAN,
    receivable=20_000 * WAN,
    payable=14_000 * WAN,
    prepaid=3_000 * WAN,
    advance=2_000 * WAN,
    own_funds=9_000 * WAN,
    existing_loans=8_000 * WAN,
    other_sources=1_500 * WAN,
)


def codes(need) -> list[str]:
    return [warning.code for warning in need.warnings]


def test_the_worked_firm_needs_25_074_50_and_may_newly_borrow_6_574_50():
    need = working_capital_need(FIRM, POLICY)
    assert {name: str(days) for name, days in need.days.items()} == {
        "inventory": "60.0000",
        "receivable": "60.0000",
        "payable": "52.5000",
        "prepaid": "11.2500",
        "advance": "6.0000",
    }
    assert need.cycle_days == Decimal("72.75")
    assert need.turnover == Decimal("4.948453608")
    assert need.need / WAN == Decimal("25074.50")
    assert need.new_limit / WAN == Decimal("6574.50")
    assert need.warnings == ()


def test_every_figure_is_explained_by_a_line():
    lines = {line.label: line for line in working_capital_need(FIRM, POLICY).lines}
    assert lines["advance"].rule == "360*advance/revenue"
    assert lines["prepaid"].rule == "360*prepaid/cost"
    assert lines["need"].contribution == Decimal("250745000.00")
    deducted = sum(lines[name].contribution for name in ("own_funds", "existing_loans", "other_sources"))
    assert lines["need"].contribution + deducted == lines["new_limit"].contribution


def test_a_cycle_that_is_not_positive_means_no_need():
    need = working_capital_need(replace(FIRM, payable=60_000 * WAN), POLICY)
    assert (need.need, need.new_limit, need.turnover) == (0, 0, None)
    assert codes(need) == ["no_cycle"]


def test_a_need_covered_by_other_funds_is_no_new_limit():
    need = working_capital_need(replace(FIRM, own_funds=30_000 * WAN), POLICY)
    assert need.new_limit == 0
    assert need.need > 0


def test_an_item_without_base_counts_no_days_and_says_so():
    need = working_capital_need(replace(FIRM, cost=Decimal(0)), POLICY)
    assert [need.days[name] for name in ("inventory", "payable", "prepaid")] == [0, 0, 0]
    assert codes(need) == ["no_base"] * 3
    assert str(need.warnings[0]) == "inventory counts 0 days: there is no cost to measure it by"


def test_the_bank_may_cap_growth_deduct_notes_and_round_down():
    policy = WorkingCapitalPolicy(
        growth_cap=Decimal("0.05"), deduct_notes_payable=True, round_down_to=Decimal(1_000_000)
    )
    need = working_capital_need(replace(FIRM, notes_payable=1_000 * WAN), policy)
    assert codes(need) == ["growth_capped"]
    assert need.need / WAN == Decimal("23934.75")
    assert need.new_limit / WAN == Decimal("4400")


def test_average_is_the_mean_of_opening_and_closing():
    assert average_position(Decimal("1.01"), Decimal("1.02")) == Decimal("1.015")


AMOUNTS = st.integers(0, 10**13).map(lambda cents: Decimal(cents).scaleb(-2))


@given(st.lists(AMOUNTS, min_size=10, max_size=10))
@settings(max_examples=100, deadline=None)
def test_no_figures_give_a_negative_need(amounts):
    names = (
        "revenue",
        "cost",
        "inventory",
        "receivable",
        "payable",
        "prepaid",
        "advance",
        "own_funds",
        "existing_loans",
        "other_sources",
    )
    need = working_capital_need(replace(FIRM, **dict(zip(names, amounts, strict=True))), POLICY)
    assert 0 <= need.new_limit <= need.need
