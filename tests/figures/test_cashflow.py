"""Cash-flow case and scenarios: sensitivities of the sculpted case in RULES §8.2."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from crm_project.rules.shipped import shipped_body
from financing.calc.cashflow import (
    CashFlowCase,
    DebtPeriod,
    Driver,
    PeriodFlow,
    Shock,
    break_even,
    combine,
    debt_periods,
    downside_from_body,
    shocked_case,
    shocks_from_body,
    stress,
)
from financing.calc.results import CalcError
from financing.calc.schedule import Method, build_schedule, period_years
from financing.calc.sculpting import size_debt

WAN = Decimal(10_000)
FOUR = Decimal("0.0001")
FLOWS = [120, 130, 140, 150, 150, 145, 140, 135, 130, 125]
CASE = CashFlowCase(
    tuple(
        PeriodFlow(date(2026 + n, 12, 31), revenue=Decimal(flow + 60) * WAN, opex=50 * WAN, tax=10 * WAN)
        for n, flow in enumerate(FLOWS)
    )
)
SIZED = size_debt(cfads=CASE.cfads, rate=Decimal("0.05"), target_dscr=Decimal("1.30"), tenor=8)
DEBT = [DebtPeriod(row.opening, row.interest, row.principal, Fraction(1)) for row in SIZED.rows]
BODY = shipped_body("sensitivities", "project")
SET = {shock.code: shock for shock in shocks_from_body(BODY, period_months=12)}


def four(ratio: Decimal) -> str:
    return str(ratio.quantize(FOUR))


def test_cash_for_debt_service_is_what_revenue_leaves():
    flow = PeriodFlow(date(2026, 12, 31), Decimal(100), Decimal(30), Decimal(5), Decimal(10), Decimal(-4))
    assert flow.cfads == Decimal(59)


def test_ten_percent_less_cash_gives_1_1700_in_all_years():
    result = stress(CASE, DEBT, SET["cfads_down_10"])
    assert {four(ratio) for ratio in result.dscr} == {"1.1700"}


def test_a_rate_100_points_up_gives_1_2099_to_1_2877():
    result = stress(CASE, DEBT, SET["rate_up_100"])
    assert (four(result.dscr[0]), four(result.dscr[-1]), four(result.average)) == ("1.2099", "1.2877", "1.2507")
    assert (four(result.minimum), result.minimum_period) == ("1.2099", 1)


def test_both_together_give_1_0890_as_the_combined_downside():
    assert four(stress(CASE, DEBT, downside_from_body(BODY, period_months=12)).minimum) == "1.0890"


def test_without_a_shock_cover_is_the_base():
    assert four(stress(CASE, DEBT, Shock("base")).minimum) == "1.3000"


def test_break_even_of_the_cash_flow_is_23_08_percent():
    assert break_even(CASE, DEBT, Driver.CFADS) == Decimal("-0.2308")


def test_break_even_of_price_and_cost_meets_the_floor_exactly():
    for driver in (Driver.REVENUE, Driver.VOLUME, Driver.OPEX):
        change = break_even(CASE, DEBT, driver, floor=Decimal("1.20"))
        at_floor = stress(CASE, DEBT, Shock("x", **{driver.value: change})).minimum
        assert abs(at_floor - Decimal("1.20")) < Decimal("0.001")
    assert break_even(CASE, DEBT, Driver.CAPEX) is None  # there is none to rise


def test_volume_moves_only_the_variable_cost_and_tax_follows_profit_where_told():
    case = CashFlowCase(
        (PeriodFlow(date(2026, 12, 31), Decimal(1000), Decimal(400), Decimal(100)),), Decimal("0.5"), Decimal("0.25")
    )
    flow = shocked_case(case, Shock("volume", volume=Decimal("-0.10"))).flows[0]
    assert (flow.revenue, flow.opex, flow.tax) == (Decimal(900), Decimal(380), Decimal(80))
    heavy = shocked_case(case, Shock("price", revenue=Decimal("-0.90"))).flows[0]
    assert heavy.tax == 0


def test_cost_and_capital_spending_shocks():
    case = CashFlowCase((PeriodFlow(date(2026, 12, 31), Decimal(1000), Decimal(400), Decimal(0), Decimal(50)),))
    flow = shocked_case(case, Shock("cost", opex=Decimal("0.10"), capex=Decimal("0.20"))).flows[0]
    assert (flow.opex, flow.capex, flow.tax) == (Decimal(440), Decimal(60), 0)


def test_a_delay_moves_the_operation_and_keeps_the_dates():
    late = shocked_case(CASE, SET["delay_12"])
    assert late.cfads[0] == 0
    assert late.cfads[1:] == CASE.cfads[:-1]
    assert [flow.ends_on for flow in late.flows] == [flow.ends_on for flow in CASE.flows]
    assert stress(CASE, DEBT, SET["delay_12"]).minimum == 0


def test_delays_in_months_round_up_to_periods():
    halves = {shock.code: shock.delay_periods for shock in shocks_from_body(BODY, period_months=6)}
    assert (halves["delay_6"], halves["delay_12"], SET["delay_6"].delay_periods) == (1, 2, 1)


def test_shocks_combine_by_multiplying_shares_and_adding_points():
    both = combine(
        "both",
        [
            Shock("a", revenue=Decimal("-0.10"), rate_bp=Decimal(100)),
            Shock("b", revenue=Decimal("-0.10"), rate_bp=Decimal(50), delay_periods=1),
        ],
    )
    assert (both.revenue, both.rate_bp, both.delay_periods) == (Decimal("-0.19"), 150, 1)


def test_a_schedule_by_actual_days_is_stressed_on_its_own_days():
    dates = [date(2026, 12, 31), date(2027, 12, 31)]
    schedule = build_schedule(
        principal=Decimal("1000000.00"),
        starts_on=date(2025, 12, 31),
        dates=dates,
        rates=Decimal("0.05"),
        method=Method.BULLET,
    )
    debt = debt_periods(schedule, period_years(date(2025, 12, 31), dates))
    result = stress(CASE, debt, SET["rate_up_100"])
    assert result.dscr[0] == result.cfads[0] / Decimal("60833.33")


def test_a_loan_longer_than_its_case_is_refused():
    with pytest.raises(CalcError) as refusal:
        stress(CashFlowCase(CASE.flows[:2]), DEBT, Shock("base"))
    assert refusal.value.code == "row_count"
