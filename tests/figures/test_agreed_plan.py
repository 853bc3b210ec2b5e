"""Tests of an agreed repayment plan: the three plans of RULES §31 and each further rule."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from crm_project.rules.shipped import shipped_body
from financing.calc.agreed_plan import PlanRow, PlanTerms, check_plan, may_agree
from financing.calc.loan_terms import LoanTermRules
from financing.calc.results import CalcError

WAN = Decimal(10_000)
CENT = Decimal("0.01")
RULES = LoanTermRules.from_body(shipped_body("loan_terms", "all"))
CFADS = (120, 130, 140, 150, 150, 145, 140, 135)
SCULPTED = ("57.9561", "68.5462", "79.6658", "91.3414", "95.9085", "96.8578", "97.8545", "98.9012")
COUNTER = ("0", "0", *["114.5053"] * 6)
AGREED = ("40", "60", "85", "95", "100", "102.0316", "102", "103")
TERMS = PlanTerms(
    facility=Decimal("6870315.00"),
    drawn_on=date(2025, 12, 31),
    matures_on=date(2033, 12, 31),
    completed_on=date(2026, 6, 30),
    one_instalment_a_year=True,  # yearly rows for brevity
)


def plan(principals, downside="0.90"):
    balance = sum(Decimal(amount) for amount in principals) * WAN
    rows = []
    for n, (amount, flow) in enumerate(zip(principals, CFADS, strict=True)):
        interest = (balance * Decimal("0.05")).quantize(CENT)
        cash = Decimal(flow) * WAN
        rows.append(PlanRow(date(2026 + n, 12, 31), Decimal(amount) * WAN, interest, cash, cash * Decimal(downside)))
        balance -= Decimal(amount) * WAN
    return rows


def checks(rows, **changes):
    terms = replace(TERMS, facility=sum(row.principal for row in rows))
    return {check.code: check for check in check_plan(rows, replace(terms, **changes), RULES)}


@pytest.mark.parametrize(
    ("principals", "lowest", "row", "passed"),
    [(SCULPTED, "1.3000", 8, True), (COUNTER, "0.9405", 3, False), (AGREED, "1.2243", 3, True)],
)
def test_the_lowest_cover_decides_and_names_its_row(principals, lowest, row, passed):
    found = checks(plan(principals))["dscr_base"]
    assert (str(found.figure), found.row, found.passed) == (lowest, row, passed)
    assert found.limit == Decimal("1.20")
    assert found.headroom == Decimal(lowest) - Decimal("1.20")


def test_the_sculpted_plan_may_be_agreed_and_the_counter_may_not():
    assert may_agree(check_plan(plan(SCULPTED), replace(TERMS, facility=Decimal("6870315.00")), RULES))
    counter = checks(plan(COUNTER))
    assert [code for code, check in counter.items() if not check.passed] == [
        "dscr_base",
        "dscr_downside",
        "first_principal",
    ]


def test_the_reply_says_by_how_much_the_failing_row_is_too_heavy():
    cure = checks(plan(COUNTER))["dscr_base"].cures[0]
    assert cure.params["row"] == 3
    service = (Decimal("114.5053") + Decimal("687.0318") * Decimal("0.05")) * WAN
    assert cure.params["excess"] == (service - 140 * WAN / Decimal("1.20")).quantize(CENT)
    assert "row 3" in str(cure)


def test_a_plan_exactly_at_the_floor_passes():
    assert checks(plan(SCULPTED), dscr_floor=Decimal("1.30"))["dscr_base"].passed
    assert not checks(plan(SCULPTED), dscr_floor=Decimal("1.3001"))["dscr_base"].passed


def test_the_downside_must_carry_the_service_and_must_be_computed():
    assert checks(plan(SCULPTED))["dscr_downside"].figure == Decimal("1.1700")
    assert not checks(plan(SCULPTED, downside="0.76"))["dscr_downside"].passed
    rows = plan(SCULPTED)
    rows[4] = replace(rows[4], downside_cfads=None)
    missing = checks(rows)["dscr_downside"]
    assert (missing.passed, missing.figure, missing.cures[0].code) == (False, None, "compute_downside")


def test_the_downside_may_have_its_own_interest():
    rows = [replace(row, downside_interest=row.interest * Decimal("1.2")) for row in plan(SCULPTED)]
    assert checks(rows)["dscr_downside"].figure == Decimal("1.0890")


def test_two_instalments_a_year_unless_the_decision_relaxes_it():
    strict = checks(plan(SCULPTED), one_instalment_a_year=False)["instalments_per_year"]
    assert (strict.passed, strict.figure, strict.limit) == (False, 1, 2)
    assert checks(plan(SCULPTED))["instalments_per_year"].passed
    halves = [
        PlanRow(day, Decimal(100), Decimal(0), Decimal(200), Decimal(200))
        for day in (date(2026, 6, 22), date(2026, 12, 21), date(2027, 6, 21), date(2027, 12, 21))
    ]
    assert checks(halves, one_instalment_a_year=False)["instalments_per_year"].figure == 2


def test_one_payment_at_the_end_is_no_instalment_plan_above_a_year():
    bullet = [PlanRow(date(2027, 12, 31), Decimal(100), Decimal(5), Decimal(200), Decimal(200))]
    assert not checks(bullet)["instalments_per_year"].passed
    assert checks(bullet, matures_on=date(2026, 12, 31))["instalments_per_year"].passed


def test_the_first_principal_falls_within_a_year_of_completion():
    found = checks(plan(COUNTER))["first_principal"]
    assert (found.figure, found.limit, found.row, found.headroom) == (date(2028, 12, 31), date(2027, 6, 30), 3, -550)
    assert checks(plan(SCULPTED))["first_principal"].headroom == 181
    assert "first_principal" not in checks(plan(COUNTER), completed_on=None)


def test_average_life_is_held_to_the_decision():
    found = checks(plan(SCULPTED), average_life=Decimal("4.5"))["average_life"]
    assert (found.passed, found.figure.quantize(Decimal("0.01"))) == (False, Decimal("4.86"))
    assert checks(plan(SCULPTED))["average_life"].passed


def test_the_last_instalment_is_at_most_thirty_percent():
    at_limit = checks(plan(("50", "50", "50", "50", "50", "50", "50", "150")))["last_instalment"]
    assert (at_limit.figure, at_limit.passed, at_limit.facts["amount"]) == (Decimal("0.3"), True, 150 * WAN)
    over = checks(plan(("50", "50", "50", "50", "50", "50", "50", "150.0001")))["last_instalment"]
    assert not over.passed
    assert over.row == 8


def test_principal_adds_up_to_the_facility_to_the_cent():
    rows = plan(SCULPTED)
    total = sum(row.principal for row in rows)
    for facility, code in ((total + CENT, "spread"), (total - CENT, "take")):
        found = checks(rows, facility=facility)["principal_sum"]
        assert not found.passed
        assert abs(found.headroom) == CENT
        assert str(found.cures[0]).startswith(code)


def test_the_plan_ends_within_the_tenor():
    found = checks(plan(SCULPTED), matures_on=date(2033, 12, 30))["within_tenor"]
    assert (found.passed, found.headroom) == (False, -1)


def test_an_empty_or_disordered_plan_is_refused():
    with pytest.raises(CalcError) as refusal:
        check_plan([], TERMS, RULES)
    assert refusal.value.code == "no_rows"
    with pytest.raises(CalcError) as refusal:
        check_plan(plan(SCULPTED)[::-1], TERMS, RULES)
    assert refusal.value.code == "rows_order"
