"""Cover ratios on the sculpted case of RULES §8.2, thresholds of §8.1."""

from decimal import Decimal
from fractions import Fraction

import pytest

from crm_project.rules.shipped import shipped_body
from financing.calc.ratios import (
    CoverPolicy,
    average,
    average_life,
    break_even_fall,
    dscr_path,
    gearing,
    interest_cover,
    internal_rate,
    life_cover,
    lowest,
    payback_periods,
    present_value,
    summarise_cover,
)
from financing.calc.results import CalcError
from financing.calc.sculpting import size_debt

WAN = Decimal(10_000)
PROJECT = [Decimal(flow) * WAN for flow in (120, 130, 140, 150, 150, 145, 140, 135, 130, 125)]
RATE = Decimal("0.05")
SIZED = size_debt(cfads=PROJECT, rate=RATE, target_dscr=Decimal("1.30"), tenor=8)
FOUR = Decimal("0.0001")


def test_the_sculpted_case_shows_the_published_cover():
    found = summarise_cover(
        project_cfads=PROJECT,
        interest=[row.interest for row in SIZED.rows],
        principal=[row.principal for row in SIZED.rows],
        rates=[RATE] * 8,
        years_per_period=Decimal(1),
    )
    assert found.minimum.quantize(FOUR) == Decimal("1.3000")
    assert found.average.quantize(FOUR) == Decimal("1.3000")
    assert found.llcr.quantize(FOUR) == Decimal("1.3000")
    assert found.plcr.quantize(FOUR) == Decimal("1.5337")
    assert found.average_life.quantize(FOUR) == Decimal("4.8561")
    assert found.break_even_fall.quantize(FOUR) == Decimal("0.2308")


def test_cash_may_fall_by_23_08_percent_at_a_cover_of_1_30():
    assert break_even_fall(Decimal("1.30")).quantize(FOUR) == Decimal("0.2308")


def test_opening_reserve_counts_where_the_contract_lets_it():
    assert dscr_path([Decimal(90), Decimal(0)], [Decimal(100), Decimal(0)]) == (Decimal("0.9"), None)
    assert dscr_path([Decimal(90)], [Decimal(100)], [Decimal(50)]) == (Decimal("1.4"),)


def test_lowest_and_average_leave_out_periods_without_service():
    path = [None, Decimal("1.5"), Decimal("1.2"), Decimal("1.2")]
    assert lowest(path) == (Decimal("1.2"), 3)
    assert average(path) == Decimal("1.3")
    for figure in (lowest, average):
        with pytest.raises(CalcError) as refusal:
            figure([None])
        assert refusal.value.code == "no_service"


def test_present_value_discounts_at_cumulative_rates():
    assert present_value([Decimal(110), Decimal(121)], [Decimal("0.1"), Fraction(1, 10)]) == Decimal(200)


def test_life_cover_carries_the_last_rate_on_and_needs_a_debt():
    assert life_cover([Decimal(110), Decimal(121)], [Decimal("0.1")], Decimal(100)) == Decimal(2)
    assert life_cover([Decimal(110)], [Decimal("0.1")], Decimal(0)) is None


def test_interest_cover_gearing_and_average_life():
    assert interest_cover(Decimal(300), Decimal(120)) == Decimal("2.5")
    assert interest_cover(Decimal(300), Decimal(0)) is None
    assert gearing(Decimal(70), Decimal(30)) == Decimal("0.7")
    assert average_life([Decimal(50), Decimal(50)], [Decimal(1), Decimal(2)]) == Decimal("1.5")
    with pytest.raises(CalcError):
        average_life([Decimal(0)], [Decimal(1)])


def test_internal_rate_and_payback():
    flows = [Decimal(-1000), Decimal(400), Decimal(400), Decimal(400)]
    assert internal_rate(flows).quantize(Decimal("0.000001")) == Decimal("0.097010")
    assert payback_periods(flows) == Decimal("2.5")
    assert internal_rate([Decimal(-1), Decimal(3), Decimal(-2)]) is None  # two rates
    assert internal_rate([Decimal(1), Decimal(1)]) is None
    assert payback_periods([Decimal(-10), Decimal(4)]) is None


def test_thresholds_name_a_floor_and_a_target_for_each_kind_of_asset():
    policy = CoverPolicy.from_body(shipped_body("dscr_thresholds", "project"))
    assert (policy.thresholds["industrial"].floor, policy.thresholds["industrial"].target) == (
        Decimal("1.20"),
        Decimal("1.30"),
    )
    assert policy.thresholds["onshore_wind"].resource_dscr == Decimal("1.25")
    assert policy.thresholds["hydro"].resource_dscr is None
    assert (policy.llcr, policy.plcr, policy.default) == (Decimal("1.40"), Decimal("1.60"), Decimal("1.05"))
    assert all(1 < row.floor <= row.target for row in policy.thresholds.values())
