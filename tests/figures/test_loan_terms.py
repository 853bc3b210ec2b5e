"""Tenor, extension and penalty bands of RULES §1.5, §11."""

from datetime import date
from decimal import Decimal

import pytest

from crm_project.rules.shipped import shipped_body
from financing.calc.interest import PenaltyTerms
from financing.calc.loan_terms import LoanKind, LoanTermRules, check_extension, check_tenor

RULES = LoanTermRules.from_body(shipped_body("loan_terms", "all"))
SIGNED = date(2026, 3, 15)


@pytest.mark.parametrize(
    ("kind", "matures_on", "passed"),
    [
        (LoanKind.FIXED_ASSET, date(2036, 3, 15), True),
        (LoanKind.FIXED_ASSET, date(2036, 3, 16), False),
        (LoanKind.WORKING_CAPITAL, date(2029, 3, 15), True),
        (LoanKind.WORKING_CAPITAL, date(2029, 3, 16), False),
        (LoanKind.WORKING_CAPITAL_LONG_CYCLE, date(2031, 3, 15), True),
    ],
)
def test_tenor_is_held_to_the_kind_of_loan(kind, matures_on, passed):
    check = check_tenor(SIGNED, matures_on, kind, RULES)
    assert check.passed is passed
    assert [cure.code for cure in check.cures] == ([] if passed else ["shorten", "head_office"])


@pytest.mark.parametrize(
    ("matures_on", "extended_to", "passed"),
    [
        (date(2027, 3, 15), date(2028, 3, 14), True),  # to a year: as long again
        (date(2027, 3, 15), date(2028, 3, 15), False),
        (date(2028, 3, 15), date(2029, 3, 15), True),  # above: half of it
        (date(2028, 3, 15), date(2029, 3, 16), False),
    ],
)
def test_extension_is_held_to_the_original_term(matures_on, extended_to, passed):
    assert check_extension(SIGNED, matures_on, extended_to, RULES).passed is passed


@pytest.mark.parametrize(
    ("overdue", "misuse", "admitted"),
    [("0.5", "1", True), ("0.3", "0.5", True), ("0.51", "1", False), ("0.5", "0.4", False)],
)
def test_penalty_uplifts_lie_inside_their_bands(overdue, misuse, admitted):
    assert RULES.admits_penalty(PenaltyTerms(Decimal(overdue), Decimal(misuse))) is admitted


def test_new_contracts_start_at_half_and_double():
    assert RULES.penalty == PenaltyTerms(Decimal("0.50"), Decimal("1.00"))
    assert RULES.client_reply_workdays == 5
