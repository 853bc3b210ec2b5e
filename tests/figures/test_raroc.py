"""Risk-adjusted return: the two columns of RULES §14."""

from dataclasses import replace
from decimal import Decimal

import pytest

from financing.calc.raroc import RarocInput, raroc

DEAL = RarocInput(
    balance=Decimal("100000000"),
    rate=Decimal("0.0385"),
    funding_rate=Decimal("0.025"),
    cost_rate=Decimal("0.003"),
    pd=Decimal("0.0058"),
    lgd=Decimal("0.45"),
    income_tax=Decimal("0.25"),
    risk_weight=Decimal(1),
    capital_ratio=Decimal("0.105"),
    hurdle=Decimal("0.11"),
)


@pytest.mark.parametrize(
    ("vat", "income", "profit", "ratio", "eva", "floor"),
    [
        ("0", "3850000.00", "591750.00", "0.0564", "-563250.00", "0.046010"),
        ("0.06", "3632075.47", "428306.60", "0.0408", "-726693.40", "0.048771"),
    ],
)
def test_the_worked_loan(vat, income, profit, ratio, eva, floor):
    found = raroc(replace(DEAL, vat=Decimal(vat)))
    assert (str(found.income), str(found.profit), str(found.eva)) == (income, profit, eva)
    assert str(found.expected_loss) == "261000.00"
    assert str(found.capital) == "10500000.00"
    assert found.raroc.quantize(Decimal("0.0001")) == Decimal(ratio)
    assert str(found.price_floor) == floor


@pytest.mark.parametrize(
    ("vat", "surcharge", "other"), [("0", "0", "0"), ("0.06", "0.1", "0"), ("0.06", "0", "250000")]
)
def test_at_the_price_floor_value_added_is_nothing(vat, surcharge, other):
    deal = replace(DEAL, vat=Decimal(vat), surcharge=Decimal(surcharge), other_income=Decimal(other))
    at_floor = raroc(replace(deal, rate=raroc(deal).price_floor))
    assert abs(at_floor.eva) < Decimal(50)  # the floor is a rate of six decimals


def test_charges_on_the_tax_lower_the_income():
    assert raroc(replace(DEAL, vat=Decimal("0.06"), surcharge=Decimal("0.1"))).income == Decimal("3610283.02")


def test_fees_and_deposits_raise_the_return_and_lower_the_floor():
    richer = raroc(replace(DEAL, other_income=Decimal(360_000)))
    assert richer.raroc > raroc(DEAL).raroc
    assert richer.price_floor < raroc(DEAL).price_floor
