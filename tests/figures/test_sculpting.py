"""Sculpted debt: the worked case of RULES §8.2, binding limits, floors, and properties for any cash flow."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from financing.calc.results import CalcError
from financing.calc.sculpting import Binding, Unrepayable, debt_capacity, sculpted_principal, sculpted_rows, size_debt

WAN = Decimal(10_000)
CENT = Decimal("0.01")
RATE = Decimal("0.05")
TARGET = Decimal("1.30")
CFADS = [Decimal(flow) * WAN for flow in (120, 130, 140, 150, 150, 145, 140, 135)]
PROJECT = [*CFADS, 130 * WAN, 125 * WAN]


def in_wan(amount: Decimal) -> str:
    return str((amount / WAN).quantize(Decimal("0.0001")))


def test_the_worked_case_carries_687_0316():
    sized = size_debt(cfads=CFADS, rate=RATE, target_dscr=TARGET)
    assert in_wan(sized.debt) == "687.0316"
    assert sized.binding is Binding.DSCR
    assert [in_wan(row.service) for row in sized.rows] == [
        "92.3077",
        "100.0000",
        "107.6923",
        "115.3846",
        "115.3846",
        "111.5385",
        "107.6923",
        "103.8462",
    ]
    assert [in_wan(row.principal) for row in sized.rows] == [
        "57.9561",
        "68.5462",
        "79.6658",
        "91.3414",
        "95.9085",
        "96.8578",
        "97.8545",
        "98.9011",
    ]
    assert [in_wan(row.interest) for row in sized.rows[:2]] == ["34.3516", "31.4538"]
    assert {row.dscr.quantize(Decimal("0.0001")) for row in sized.rows} == {Decimal("1.3000")}
    assert sized.rows[-1].closing == 0
    assert sized.floored == ()


def test_the_debt_is_the_present_value_of_its_service():
    value = sum(flow / TARGET / (1 + RATE) ** n for n, flow in enumerate(CFADS, 1))
    assert abs(debt_capacity(CFADS, RATE, TARGET) - value) <= CENT / 2


def test_the_tenor_leaves_later_cash_out():
    assert size_debt(cfads=PROJECT, rate=RATE, target_dscr=TARGET, tenor=8).debt == debt_capacity(CFADS, RATE, TARGET)
    longer = size_debt(cfads=PROJECT, rate=RATE, target_dscr=TARGET, tenor=10)
    assert longer.debt > debt_capacity(CFADS, RATE, TARGET)


@pytest.mark.parametrize(
    ("gearing", "amount", "binding", "debt"),
    [
        (None, None, Binding.DSCR, "687.0316"),
        (650 * WAN, None, Binding.GEARING, "650.0000"),
        (700 * WAN, 600 * WAN, Binding.AMOUNT, "600.0000"),
        (650 * WAN, 660 * WAN, Binding.GEARING, "650.0000"),
        (650 * WAN, 650 * WAN, Binding.GEARING, "650.0000"),
    ],
)
def test_the_binding_limit_is_named(gearing, amount, binding, debt):
    sized = size_debt(cfads=CFADS, rate=RATE, target_dscr=TARGET, gearing_limit=gearing, amount_limit=amount)
    assert (sized.binding, in_wan(sized.debt)) == (binding, debt)
    assert in_wan(sized.limits[Binding.DSCR]) == "687.0316"
    assert sum(row.principal for row in sized.rows) == sized.debt


def test_a_capped_debt_has_the_same_higher_cover_every_year():
    sized = size_debt(cfads=CFADS, rate=RATE, target_dscr=TARGET, amount_limit=600 * WAN)
    expected = (TARGET * debt_capacity(CFADS, RATE, TARGET) / (600 * WAN)).quantize(Decimal("0.0001"))
    assert {row.dscr.quantize(Decimal("0.0001")) for row in sized.rows} == {expected}


def test_a_year_that_would_need_negative_principal_stands_at_zero():
    flows = [Decimal(flow) * WAN for flow in (130, 13, 130, 130, 130)]
    sized = size_debt(cfads=flows, rate=RATE, target_dscr=TARGET)
    second = sized.rows[1]
    assert sized.floored == (2,)
    assert second.principal == 0
    assert second.interest == 10 * WAN  # all its service
    assert in_wan(sized.debt) == in_wan((200 * WAN + 100 * WAN) / Decimal("1.05"))
    assert all(row.dscr >= TARGET - Decimal("0.0001") for row in sized.rows)
    assert len({row.dscr.quantize(Decimal("0.0001")) for row in sized.rows[2:]}) == 1  # the relief is spread evenly


def test_a_year_without_cash_must_find_the_debt_repaid():
    flows = [Decimal(flow) * WAN for flow in (130, 130, 0, 130)]
    sized = size_debt(cfads=flows, rate=RATE, target_dscr=TARGET)
    assert sized.debt == debt_capacity(flows[:2], RATE, TARGET)
    assert all(row.opening <= CENT for row in sized.rows[2:])


@pytest.mark.parametrize("flows", [["0", "100"], ["-5", "100"], ["-5", "-5"]])
def test_no_cash_at_the_start_carries_no_debt(flows):
    with pytest.raises(Unrepayable) as refusal:
        size_debt(cfads=[Decimal(flow) for flow in flows], rate=RATE, target_dscr=TARGET)
    assert refusal.value.code == "no_capacity"


def test_more_debt_than_the_cash_carries_is_refused_with_the_capacity():
    with pytest.raises(Unrepayable) as refusal:
        sculpted_principal(CFADS, RATE, TARGET, 700 * WAN)
    assert refusal.value.code == "beyond_capacity"
    assert in_wan(refusal.value.message.params["capacity"]) == "687.0316"


def test_rates_and_targets_may_differ_by_period():
    rates = [Fraction(5, 100)] * 4 + [Fraction(4, 100)] * 4
    targets = [Decimal("1.30")] * 4 + [Decimal("1.40")] * 4
    rows = sculpted_rows(CFADS, rates, sculpted_principal(CFADS, rates, targets))
    assert [row.dscr.quantize(Decimal("0.0001")) for row in rows] == targets


@pytest.mark.parametrize(
    ("flows", "rate", "target", "code"),
    [
        ([], RATE, TARGET, "row_count"),
        (CFADS, [RATE], TARGET, "row_count"),
        (CFADS, RATE, [TARGET], "row_count"),
        (CFADS, Decimal("-0.01"), TARGET, "negative_rate"),
        (CFADS, RATE, Decimal(0), "target"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(flows, rate, target, code):
    with pytest.raises(CalcError) as refusal:
        debt_capacity(flows, rate, target)
    assert refusal.value.code == code


FLOWS = st.lists(st.integers(100_00, 10**12).map(lambda cents: Decimal(cents).scaleb(-2)), min_size=1, max_size=40)
RATES = st.integers(0, 80_000).map(lambda millionths: Decimal(millionths).scaleb(-6))
TARGETS = st.integers(100, 225).map(lambda hundredths: Decimal(hundredths).scaleb(-2))


@given(FLOWS, RATES, TARGETS)
@settings(max_examples=400, deadline=None)
def test_service_follows_cash_over_target_to_the_cent(flows, rate, target):
    sized = size_debt(cfads=flows, rate=rate, target_dscr=target)
    assert sum(row.principal for row in sized.rows) == sized.debt
    assert all(row.principal >= 0 for row in sized.rows)
    assert sized.rows[-1].closing == 0
    assume(not sized.floored)
    for row in sized.rows[:-1]:
        assert abs(row.service - row.cfads / target) <= CENT
    assert abs(sized.rows[-1].service - sized.rows[-1].cfads / target) <= 5 * CENT + len(flows) * CENT * rate


@given(FLOWS, RATES, TARGETS, st.integers(1, 100))
@settings(max_examples=400, deadline=None)
def test_a_smaller_debt_is_never_served_above_the_mark(flows, rate, target, percent):
    debt = (debt_capacity(flows, rate, target) * percent / 100).quantize(CENT)
    assume(debt > 0)
    principals = sculpted_principal(flows, rate, target, debt)
    assert sum(principals) == debt
    assert min(principals) >= 0
    for row in sculpted_rows(flows, rate, principals)[:-1]:
        assert row.service <= row.cfads / target + CENT
