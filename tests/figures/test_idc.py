"""Interest and fees during construction: vectors of RULES §8.3."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financing.calc.idc import (
    ConstructionTerms,
    iterate_construction,
    solve_construction,
    textbook_interest,
)
from financing.calc.results import CalcError

WAN = Decimal(10_000)
HARD = [400 * WAN, 600 * WAN]
TERMS = ConstructionTerms(Decimal("0.70"), Decimal("0.05"), upfront=Decimal("0.01"), commitment=Decimal("0.005"))


def in_wan(amount: Decimal) -> str:
    return str((amount / WAN).quantize(Decimal("0.0001")))


@pytest.mark.parametrize("solve", [solve_construction, iterate_construction])
def test_the_worked_case_needs_1044_2180(solve):
    plan = solve(HARD, TERMS)
    assert (in_wan(plan.uses), in_wan(plan.debt)) == ("1044.2180", "730.9526")
    assert (in_wan(plan.upfront), in_wan(plan.interest), in_wan(plan.commitment)) == ("7.3095", "32.8877", "4.0208")
    assert [in_wan(period.use) for period in plan.periods] == ["417.5406", "626.6775"]
    assert [in_wan(period.draw) for period in plan.periods] == ["292.2784", "438.6742"]


def test_repetition_converges_in_a_few_rounds():
    assert iterate_construction(HARD, TERMS).rounds <= 12


COSTS = st.lists(st.integers(0, 10**12).map(lambda cents: Decimal(cents).scaleb(-2)), min_size=1, max_size=8).filter(
    sum
)
SHARES = st.integers(0, 900_000).map(lambda millionths: Decimal(millionths).scaleb(-6))
SMALL = st.integers(0, 100_000).map(lambda millionths: Decimal(millionths).scaleb(-6))


@given(COSTS, SHARES, SMALL, SMALL, SMALL)
@settings(max_examples=300, deadline=None)
def test_sources_meet_uses_to_the_cent_and_both_ways_agree(costs, gearing, rate, upfront, commitment):
    terms = ConstructionTerms(gearing, rate, upfront / 5, commitment / 5)
    plan = solve_construction(costs, terms)
    assert plan.periods == iterate_construction(costs, terms).periods
    assert sum(period.draw for period in plan.periods) == plan.debt
    assert sum(period.equity for period in plan.periods) == plan.equity
    assert plan.debt + plan.equity == plan.uses
    assert abs(plan.debt - gearing * plan.uses) <= Decimal("0.05") * len(costs)


@pytest.mark.parametrize(
    ("costs", "terms", "code"),
    [
        ([], TERMS, "no_cost"),
        ([Decimal(0)], TERMS, "no_cost"),
        ([Decimal(-1)], TERMS, "no_cost"),
        (HARD, ConstructionTerms(Decimal("1.01"), Decimal("0.05")), "terms"),
        (HARD, ConstructionTerms(Decimal("0.7"), Decimal("-0.05")), "terms"),
        (HARD, ConstructionTerms(Decimal(1), Decimal(2)), "no_solution"),
        (HARD, ConstructionTerms(Decimal(1), Decimal("0.05"), upfront=Decimal("0.99")), "no_solution"),
    ],
)
def test_terms_without_a_solution_are_refused(costs, terms, code):
    for solve in (solve_construction, iterate_construction):
        with pytest.raises(CalcError) as refusal:
            solve(costs, terms)
        assert refusal.value.code == code


def test_the_textbook_rule_adds_114_2724_when_interest_is_not_paid():
    draws = [300 * WAN, 600 * WAN, 400 * WAN]
    found = textbook_interest(draws, Decimal("0.06"))
    assert [in_wan(interest) for interest in found] == ["9.0000", "36.5400", "68.7324"]
    assert in_wan(sum(found)) == "114.2724"


def test_the_textbook_rule_with_interest_paid_as_it_falls_due():
    found = textbook_interest([Decimal(300), Decimal(600), Decimal(400)], Decimal("0.06"), paid_in_construction=True)
    assert found == (Decimal("9.00"), Decimal("36.00"), Decimal("66.00"))
