"""The drawdown gate: vectors of RULES §1.2–1.4 and the splitting cases of §10."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_project.rules.shipped import shipped_body, shipped_rules
from crm_project.rules.workdays import Workdays
from financing.calc.drawdown_gate import (
    CapitalPosition,
    DrawdownRules,
    EntrustedRule,
    Payment,
    check_capital,
    check_entrusted,
    check_progress,
    overrun_capital,
    payment_deadline,
    rule_for_contract,
)
from financing.calc.results import CalcError

M = Decimal(1_000_000)
CALENDAR = Workdays.from_body(shipped_body("calendar", "china"))
RULES = DrawdownRules.from_body(shipped_body("drawdown", "project"))
ENTRUSTED = [
    EntrustedRule.from_body(rule.body, version=rule.version, effective_from=rule.effective_from)
    for rule in shipped_rules()
    if (rule.kind, rule.scope) == ("entrusted_payment", "fixed_asset")
]
NEW = rule_for_contract(date(2025, 1, 1), ENTRUSTED)
OLD = rule_for_contract(date(2020, 1, 1), ENTRUSTED)
POSITION = CapitalPosition(required=Decimal(200), paid_in=Decimal(120), loan=Decimal(800), drawn=Decimal(400))


def test_capital_of_60_percent_lets_60_percent_of_the_loan_be_drawn():
    assert POSITION.allowed == 80
    passed, failed = check_capital(POSITION, Decimal(80)), check_capital(POSITION, Decimal("80.01"))
    assert (passed.passed, passed.headroom, passed.cures) == (True, 0, ())
    assert (failed.passed, failed.limit, failed.headroom) == (False, 80, Decimal("-0.01"))


def test_a_refused_drawing_says_how_much_capital_or_how_much_less_would_do():
    cures = check_capital(POSITION, Decimal(200)).cures
    assert [(cure.code, cure.params["amount"]) for cure in cures] == [("pay_in_capital", 30), ("draw_less", 80)]


def test_beyond_the_loan_no_capital_helps():
    full = CapitalPosition(Decimal(200), Decimal(200), Decimal(800), Decimal(790))
    assert [cure.code for cure in check_capital(full, Decimal(11)).cures] == ["draw_less"]


@given(
    st.integers(1, 10**9), st.integers(0, 10**9), st.integers(1, 10**9), st.integers(0, 10**9), st.integers(1, 10**9)
)
@settings(max_examples=150, deadline=None)
def test_following_either_cure_makes_the_check_pass(required, paid_in, loan, drawn, asked_cents):
    amounts = [Decimal(cents).scaleb(-2) for cents in (required, paid_in, loan, min(drawn, loan))]
    position, asked = CapitalPosition(*amounts), Decimal(asked_cents).scaleb(-2)
    for cure in check_capital(position, asked).cures:
        amount = cure.params["amount"]
        if cure.code == "pay_in_capital":
            richer = CapitalPosition(position.required, position.paid_in + amount, position.loan, position.drawn)
            assert check_capital(richer, asked).passed
        else:
            assert check_capital(position, amount).passed


@pytest.mark.parametrize(
    ("progress", "spent", "passed"),
    [("0.40", "450", True), ("0.40", "450.10", False), ("0.40", "300", True), ("0", "50", True), ("0", "50.01", False)],
)
def test_spending_may_lead_progress_by_five_points(progress, spent, passed):
    check = check_progress(
        total_investment=Decimal(1000), spent=Decimal(spent), progress=Decimal(progress), rules=RULES
    )
    assert check.passed is passed
    assert check.limit == 5


def test_too_much_spending_says_what_progress_or_what_less_would_do():
    check = check_progress(
        total_investment=Decimal(1000), spent=Decimal("450.10"), progress=Decimal("0.40"), rules=RULES
    )
    assert (check.figure, check.headroom) == (Decimal("5.0100"), Decimal("-0.0100"))
    assert [cure.params for cure in check.cures] == [{"points": Decimal("40.0100")}, {"amount": Decimal("0.10")}]
    assert str(check.cures[0]) == "show physical progress of at least 40.0100 %"


def test_progress_needs_a_total_investment():
    with pytest.raises(CalcError):
        check_progress(total_investment=Decimal(0), spent=Decimal(1), progress=Decimal(0), rules=RULES)


@pytest.mark.parametrize(
    ("signed_on", "version"),
    [
        (date(2009, 10, 23), "2009-1"),
        (date(2024, 6, 30), "2009-1"),
        (date(2024, 7, 1), "2024-1"),
        (date(2026, 1, 1), "2024-1"),
    ],
)
def test_the_contract_date_picks_the_rule(signed_on, version):
    assert rule_for_contract(signed_on, ENTRUSTED).version == version


def test_a_contract_older_than_any_rule_is_refused():
    with pytest.raises(CalcError) as refusal:
        rule_for_contract(date(2009, 10, 22), ENTRUSTED)
    assert refusal.value.code == "no_rule"


def entrusted(rule, *payments, investment="1000"):
    items = [
        Payment(f"p{n}", payee, Decimal(amount) * M, day, is_entrusted)
        for n, (payee, amount, day, is_entrusted) in enumerate(payments)
    ]
    return check_entrusted(items, rule, total_investment=Decimal(investment) * M, workdays=CALENDAR)


MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("rule", "investment", "amount", "passed"),
    [
        (NEW, "1000", "10", True),  # above, not at
        (NEW, "1000", "10.00000001", False),
        (OLD, "1000", "5", True),
        (OLD, "1000", "5.00000001", False),
        (OLD, "60", "3", True),  # five per cent of the investment
        (OLD, "60", "3.00000001", False),
        (NEW, "60", "9", True),  # the share was dropped
    ],
)
def test_a_payment_above_the_threshold_must_be_entrusted(rule, investment, amount, passed):
    (check,) = entrusted(rule, ("A", amount, MONDAY, False), investment=investment)
    assert check.passed is passed
    assert [cure.code for cure in check.cures] == ([] if passed else ["entrust"])


@pytest.mark.parametrize(
    ("second", "day", "passed"),
    [
        ("5.5", date(2026, 3, 6), False),  # four working days later
        ("5.5", date(2026, 3, 23), True),  # fifteen
        ("4", date(2026, 3, 6), True),  # exactly the threshold
    ],
)
def test_payments_to_one_payee_within_ten_working_days_are_added_up(second, day, passed):
    (check,) = entrusted(NEW, ("A", "6", MONDAY, False), ("A", second, day, False))
    assert check.passed is passed
    assert check.facts["payments"] == (2 if day < date(2026, 3, 20) else 1)


def test_the_tenth_working_day_counts_and_the_eleventh_does_not():
    festival = date(2026, 2, 9)
    assert not entrusted(NEW, ("A", "6", festival, False), ("A", "6", date(2026, 2, 28), False))[0].passed
    assert entrusted(NEW, ("A", "6", festival, False), ("A", "6", date(2026, 3, 2), False))[0].passed


def test_entrusted_payments_and_other_payees_do_not_count():
    assert entrusted(NEW, ("A", "6", MONDAY, True), ("A", "6", MONDAY, True)) == ()
    assert all(check.passed for check in entrusted(NEW, ("A", "6", MONDAY, False), ("B", "6", MONDAY, False)))


def test_the_2009_rule_judges_single_payments_only():
    assert entrusted(OLD, ("A", "4", MONDAY, False), ("A", "4", MONDAY, False))[0].passed


def test_a_bank_may_entrust_everything():
    body = {
        "params": {
            "amount_cny": "10000000",
            "time_limit_workdays": 5,
            "borrower_cause_workdays": 10,
            "all_entrusted": True,
        }
    }
    strict = EntrustedRule.from_body(body, version="bank-1", effective_from=date(2026, 1, 1))
    assert not entrusted(strict, ("A", "0.00000001", MONDAY, False))[0].passed


def test_money_is_passed_on_within_five_or_ten_working_days():
    disbursed = date(2026, 2, 9)
    assert payment_deadline(disbursed, NEW, CALENDAR) == date(2026, 2, 14)
    assert payment_deadline(disbursed, NEW, CALENDAR, borrower_cause=True) == date(2026, 2, 28)
    assert payment_deadline(disbursed, OLD, CALENDAR) == disbursed


def test_an_overrun_takes_capital_in_its_ratio():
    assert overrun_capital(Decimal("100.01"), Decimal("0.20")) == Decimal("20.01")
