"""Reading and splitting money: exactly, or refused with a reason."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_project.rules.money import (
    BadAmount,
    Unit,
    parse_amount,
    parse_rate,
    quantise_cent,
    quantise_rate,
    round_half_up,
    scale,
    split_amount,
    unscale,
)

CENTS = st.integers(0, 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
WEIGHTS = st.lists(st.integers(0, 10**6).map(Decimal), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(
    ("given_value", "amount"),
    [
        ("1234.5", "1234.50"),
        ("1,234,567.89", "1234567.89"),
        ("(1,234.00)", "-1234.00"),
        ("（１，２３４．５０）", "-1234.50"),
        ("１２３", "123.00"),
        ("－12.30", "-12.30"),
        ("+5", "5.00"),
        ("\u30001234\u00a0", "1234.00"),
        (".5", "0.50"),
        ("-0", "0.00"),
        (1234, "1234.00"),
        (1234.56, "1234.56"),
        (1e14, "100000000000000.00"),
        (0.1, "0.10"),
        (Decimal("1E+2"), "100.00"),
        (Decimal("12.3400"), "12.34"),
        ("9999999999999999.99", "9999999999999999.99"),
    ],
)
def test_an_amount_is_read_exactly(given_value, amount):
    read = parse_amount(given_value)
    assert read == Decimal(amount)
    assert str(read) == amount


@pytest.mark.parametrize(
    ("given_value", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("—", "not_a_number"),
        ("abc", "not_a_number"),
        ("2026-01-05", "not_a_number"),
        ("1 234", "not_a_number"),
        ("--5", "not_a_number"),
        ("5-", "not_a_number"),
        ("٣", "not_a_number"),
        ("¥5", "not_a_number"),
        (None, "not_a_number"),
        (True, "not_a_number"),
        ("NaN", "not_finite"),
        ("-Infinity", "not_finite"),
        (float("nan"), "not_finite"),
        (1e400, "not_finite"),
        (Decimal("Infinity"), "not_finite"),
        ("1_000", "underscore"),
        ("１＿０００", "underscore"),
        ("1e400", "exponent"),
        ("1.23E+15", "exponent"),
        ("1,23", "thousands_separator"),
        ("1,2345", "thousands_separator"),
        ("12,34,567", "thousands_separator"),
        (",123", "thousands_separator"),
        ("1.234,56", "thousands_separator"),
        ("(5", "parentheses"),
        ("5)", "parentheses"),
        ("(-5)", "parentheses"),
        ("((5))", "parentheses"),
        ("1.005", "too_many_decimals"),
        (1.005, "too_many_decimals"),
        (Decimal("0.001"), "too_many_decimals"),
        (0.1 + 0.2, "too_many_digits"),
        (1234567890123456.0, "too_many_digits"),
        (100 / 3, "too_many_digits"),
        ("10000000000000000", "too_large"),
        (10**16, "too_large"),
    ],
)
def test_a_figure_that_cannot_be_taken_exactly_is_refused_with_its_reason(given_value, code):
    with pytest.raises(BadAmount) as refusal:
        parse_amount(given_value)
    assert refusal.value.code == code
    assert refusal.value.message


@given(CENTS)
@settings(max_examples=400, deadline=None)
def test_every_amount_survives_being_written_and_read(amount):
    assert parse_amount(f"{amount:,.2f}") == amount
    assert parse_amount(f"({amount:,.2f})") == -amount
    assert parse_amount(str(amount)) == amount


@pytest.mark.parametrize(
    ("given_value", "percent", "rate"),
    [
        ("3.85%", False, "0.038500"),
        ("３．８５％", False, "0.038500"),
        ("3.85 %", True, "0.038500"),
        ("3.85", True, "0.038500"),
        ("0.0385", False, "0.038500"),
        (0.0385, False, "0.038500"),
        ("(1.5)", True, "-0.015000"),
        (4, True, "0.040000"),
    ],
)
def test_a_rate_is_a_fraction_and_a_percent_sign_says_so(given_value, percent, rate):
    assert str(parse_rate(given_value, percent=percent)) == rate


@pytest.mark.parametrize(
    ("given_value", "code"),
    [("0.00000012%", "too_many_decimals"), ("%", "empty"), ("1e3%", "exponent"), (1000, "too_large")],
)
def test_a_rate_too_fine_or_too_large_is_refused(given_value, code):
    with pytest.raises(BadAmount) as refusal:
        parse_rate(given_value)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("1.005", "1.01"), ("-1.005", "-1.01"), ("1.00499999", "1.00"), ("-0.001", "0.00"), ("2.675", "2.68")],
)
def test_cents_are_rounded_half_up_away_from_zero(value, rounded):
    assert str(quantise_cent(Decimal(value))) == rounded
    assert str(quantise_cent(Fraction(value))) == rounded


def test_a_fraction_is_rounded_from_its_exact_value():
    assert round_half_up(Fraction(2, 3), 4) == Decimal("0.6667")
    assert quantise_rate(Fraction(1, 3)) == Decimal("0.333333")


def test_display_units_are_exact_both_ways():
    amount = Decimal("12345678.90")
    assert scale(amount, Unit.YUAN) == amount
    assert scale(amount, Unit.WAN) == Decimal("1234.56789")
    assert scale(amount, Unit.YI) == Decimal("0.123456789")
    assert unscale(Decimal("1234.56789"), Unit.WAN) == amount
    with pytest.raises(BadAmount):
        unscale(Decimal("0.0000001"), Unit.WAN)


@given(CENTS, WEIGHTS)
@settings(max_examples=400, deadline=None)
def test_a_split_adds_up_to_the_cent_and_has_no_negative_part(total, weights):
    parts = split_amount(total, weights)
    assert sum(parts) == total
    assert all(part >= 0 for part in parts)
    assert all(
        abs(part - total * weight / sum(weights)) < Decimal("0.0101")
        for part, weight in zip(parts, weights, strict=True)
    )


@given(CENTS, WEIGHTS, st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_a_split_does_not_depend_on_the_order_of_its_parts(total, weights, random):
    order = list(range(len(weights)))
    random.shuffle(order)
    shuffled = [weights[n] for n in order]
    before = sorted(zip(weights, split_amount(total, weights), strict=True))
    assert sorted(zip(shuffled, split_amount(total, shuffled), strict=True)) == before


@given(CENTS, WEIGHTS, st.integers(1, 10**6))
@settings(max_examples=400, deadline=None)
def test_a_split_does_not_depend_on_the_scale_of_its_weights(total, weights, factor):
    assert split_amount(total, [weight * factor for weight in weights]) == split_amount(total, weights)


def test_a_negative_total_splits_like_its_opposite():
    assert split_amount(Decimal("-100.00"), [Decimal(1)] * 3) == (
        Decimal("-33.34"),
        Decimal("-33.33"),
        Decimal("-33.33"),
    )


@pytest.mark.parametrize(
    ("total", "weights"), [("1.001", ["1"]), ("1.00", ["-1", "2"]), ("1.00", ["0", "0"]), ("1.00", [])]
)
def test_a_split_without_meaning_is_refused(total, weights):
    with pytest.raises(ValueError, match=r"total|weight"):
        split_amount(Decimal(total), [Decimal(weight) for weight in weights])
