"""Use and free amount of credit lines: the walk of RULES §27, CNY million."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financing.calc.lines import (
    Facility,
    Level,
    Line,
    cancel,
    check_drawing,
    check_signing,
    draw,
    latest_note_end,
    path_to,
    refused_at,
    repay,
)
from financing.calc.results import CalcError


def facility(ref, amount, *, revolving):
    return Facility(ref, Decimal(amount), revolving)


def tree(wc=(), pl=(), b=(), *, wc_valid=True):
    a_wc = Line("A.wc", Level.SUB_LIMIT, Decimal(200), valid=wc_valid, facilities=tuple(wc))
    a_pl = Line("A.pl", Level.SUB_LIMIT, Decimal(400), revolving=False, facilities=tuple(pl))
    b_wc = Line("B.wc", Level.SUB_LIMIT, Decimal(500), facilities=tuple(b))
    client_a = Line("A", Level.CLIENT, Decimal(600), lines=(a_wc, a_pl))
    client_b = Line("B", Level.CLIENT, Decimal(500), lines=(b_wc,))
    return Line("group", Level.GROUP, Decimal(1000), lines=(client_a, client_b))


def state(root):
    """used and free of A.wc, A.pl, A, group; used of B"""
    at = {ref: path_to(root, ref)[-1] for ref in ("A.wc", "A.pl", "A", "B", "group")}
    return [(at[ref].use, at[ref].free) for ref in ("A.wc", "A.pl", "A", "group")], at["B"].use


def test_the_walk_through_a_groups_lines():
    wc, pl = facility("wc1", 150, revolving=True), facility("pl1", 400, revolving=False)
    signed = [(150, 50), (400, 0), (550, 50), (550, 450)]
    assert state(tree([wc], [pl])) == (signed, 0)

    wc, pl = draw(wc, Decimal(100)), draw(pl, Decimal(120))
    assert state(tree([wc], [pl])) == (signed, 0)

    root = tree([wc], [pl])
    second = check_signing(root, "A.wc", Decimal(60))
    assert refused_at(second) == "sub_limit"
    assert [(check.limit, check.passed) for check in second] == [(50, False), (50, False), (450, True)]
    for_b = check_signing(root, "B.wc", Decimal(460))
    assert refused_at(for_b) == "group"
    assert refused_at(check_signing(root, "B.wc", Decimal(450))) is None

    b = facility("b1", 450, revolving=True)
    assert state(tree([wc], [pl], [b])) == ([(150, 50), (400, 0), (550, 50), (1000, 0)], 450)

    wc = repay(wc, Decimal(40))
    assert wc.undrawn == 90
    assert state(tree([wc], [pl], [b])) == ([(150, 50), (400, 0), (550, 50), (1000, 0)], 450)

    pl = repay(pl, Decimal(20))
    assert pl.undrawn == 280
    assert state(tree([wc], [pl], [b])) == ([(150, 50), (380, 0), (530, 70), (980, 20)], 450)

    pl = cancel(pl, Decimal(80))
    assert pl.undrawn == 200
    assert state(tree([wc], [pl], [b])) == ([(150, 50), (300, 80), (450, 150), (900, 100)], 450)

    wc = replace(wc, available=False)
    assert state(tree([wc], [pl], [b], wc_valid=False)) == ([(60, 0), (300, 80), (360, 240), (810, 190)], 450)


def test_margin_and_pledged_deposits_lower_the_exposure_not_the_nominal():
    bill = replace(facility("bill", 100, revolving=True), security=Decimal(30))
    root = tree([bill])
    assert (bill.use, bill.exposure) == (100, 70)
    assert (root.nominal, root.use) == (100, 70)
    assert path_to(root, "A.wc")[-1].free == 130
    assert refused_at(check_signing(root, "A.wc", Decimal(180), security=Decimal(50))) is None


def test_a_freeze_keeps_the_amount_and_stops_drawing_an_expiry_frees_it():
    running = draw(facility("wc1", 150, revolving=True), Decimal(60))
    frozen, expired = replace(running, frozen=True), replace(running, available=False)
    assert (frozen.use, frozen.drawable) == (150, 0)
    assert (expired.use, expired.drawable) == (60, 0)
    assert not check_drawing(frozen, Decimal(1), line_valid=True).passed


def test_an_expired_line_takes_no_contract_and_no_revolving_note():
    root = tree(wc_valid=False)
    checks = check_signing(root, "A.wc", Decimal(10))
    assert refused_at(checks) == "sub_limit"
    assert checks[0].cures[0].code == "renew_line"
    revolving, term = facility("r", 100, revolving=True), facility("t", 100, revolving=False)
    assert not check_drawing(revolving, Decimal(1), line_valid=False).passed
    assert check_drawing(term, Decimal(100), line_valid=False).passed
    assert latest_note_end(date(2026, 6, 30), 12) == date(2027, 6, 30)


def test_a_refusal_says_what_would_fit():
    checks = check_signing(tree([facility("wc1", 150, revolving=True)]), "A.wc", Decimal(60))
    assert [(cure.code, cure.params["amount"]) for cure in checks[0].cures] == [
        ("smaller_facility", 50),
        ("larger_line", 10),
    ]


def test_foreign_currency_asks_for_five_percent_more_room():
    root = tree([facility("wc1", 100, revolving=True)])
    assert refused_at(check_signing(root, "A.wc", Decimal(96), buffer=Decimal("0.05"))) == "sub_limit"
    assert refused_at(check_signing(root, "A.wc", Decimal(95), buffer=Decimal("0.05"))) is None


@pytest.mark.parametrize(
    ("act", "amount", "code"),
    [
        (draw, 151, "beyond_facility"),
        (draw, 0, "beyond_facility"),
        (repay, 1, "beyond_balance"),
        (cancel, 151, "beyond_undrawn"),
        (cancel, -1, "beyond_undrawn"),
    ],
)
def test_a_contract_refuses_what_it_does_not_hold(act, amount, code):
    with pytest.raises(CalcError) as refusal:
        act(facility("wc1", 150, revolving=True), Decimal(amount))
    assert refusal.value.code == code


def test_an_unknown_line_is_refused():
    with pytest.raises(CalcError):
        path_to(tree(), "C")


@given(
    st.booleans(),
    st.lists(st.tuples(st.sampled_from([draw, repay, cancel]), st.integers(1, 200)), max_size=20),
)
@settings(max_examples=150, deadline=None)
def test_use_never_exceeds_the_amount_and_never_turns_negative(revolving, acts):
    held = facility("c", 200, revolving=revolving)
    for act, amount in acts:
        try:
            held = act(held, Decimal(amount))
        except CalcError:
            continue
        assert 0 <= held.outstanding <= held.use <= held.amount - held.cancelled
        assert held.undrawn >= 0
