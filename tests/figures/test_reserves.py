"""Reserve, payment order, sweep and lock-up of RULES §8.4."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from financing.calc.reserves import (
    Claim,
    apply_sweep,
    cash_sweep,
    distributions_allowed,
    pay_in_order,
    reserve_target,
)

AMOUNTS = st.integers(0, 10**10).map(lambda cents: Decimal(cents).scaleb(-2))


def test_half_a_year_of_the_sculpted_service_is_46_1538():
    assert reserve_target([Decimal("923076.92"), Decimal("1000000")], 12, 6) == Decimal("461538.46")
    assert reserve_target([Decimal("100.00"), Decimal("60.00")], 6, 9) == Decimal("130.00")
    assert reserve_target([Decimal("100.00")], 12, 18) == Decimal("100.00")


def test_cash_is_paid_down_the_order_until_it_ends():
    claims = [Claim("interest", Decimal(30)), Claim("principal", Decimal(50)), Claim("reserve", Decimal(40))]
    payments, left = pay_in_order(Decimal(100), claims)
    assert [(payment.code, payment.paid, payment.short) for payment in payments] == [
        ("interest", 30, 0),
        ("principal", 50, 0),
        ("reserve", 20, 20),
    ]
    assert left == 0
    assert pay_in_order(Decimal(-5), claims)[0][0].paid == 0


def test_half_of_the_cash_above_the_trigger_is_swept():
    sweep = cash_sweep(Decimal(150), Decimal(100), share=Decimal("0.5"), trigger_dscr=Decimal("1.2"))
    assert sweep == Decimal("15.00")
    assert cash_sweep(Decimal(110), Decimal(100), share=Decimal("0.5"), trigger_dscr=Decimal("1.2")) == 0


def test_a_sweep_shortens_the_end_or_lowers_all_rows():
    rows = [Decimal("100.00"), Decimal("100.00"), Decimal("50.00")]
    assert apply_sweep(rows, Decimal("60.00"), pro_rata=False) == (Decimal("100.00"), Decimal("90.00"), Decimal("0.00"))
    assert apply_sweep(rows, Decimal("50.00"), pro_rata=True) == (Decimal("80.00"), Decimal("80.00"), Decimal("40.00"))
    assert apply_sweep(rows, Decimal("0.00"), pro_rata=True) == tuple(rows)


@given(st.lists(AMOUNTS, min_size=1, max_size=12), AMOUNTS, st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_sweep_takes_exactly_its_amount_and_leaves_nothing_negative(rows, amount, pro_rata):
    remaining = apply_sweep(rows, amount, pro_rata=pro_rata)
    assert sum(remaining) == max(Decimal(0), sum(rows) - amount)
    assert min(remaining) >= 0


def test_distributions_need_both_covers_and_no_default():
    lock_up = Decimal("1.15")
    assert distributions_allowed(Decimal("1.15"), Decimal("1.20"), lock_up, in_default=False)
    assert not distributions_allowed(Decimal("1.30"), Decimal("1.14"), lock_up, in_default=False)
    assert not distributions_allowed(Decimal("1.30"), Decimal("1.30"), lock_up, in_default=True)
