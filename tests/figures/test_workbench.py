"""A whole plan: the published sculpted case, what shocks do to it, and what must always hold."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_project.rules.shipped import shipped_body
from crm_project.rules.workdays import Workdays
from financing.calc.cashflow import CashFlowCase, PeriodFlow, Shock
from financing.calc.results import CalcError
from financing.calc.sculpting import Binding
from financing.calc.workbench import PlanInput, TrancheTerms, solve_plan, stress_plan

WAN = Decimal(10_000)
WORKDAYS = Workdays.from_body(shipped_body("calendar", "china"))
PUBLISHED = (120, 130, 140, 150, 150, 145, 140, 135, 130, 125)


def flows(cash: tuple[int, ...]) -> tuple[PeriodFlow, ...]:
    zero = Decimal("0.00")
    return tuple(PeriodFlow(date(2028 + n, 12, 31), Decimal(c) * WAN, zero, zero) for n, c in enumerate(cash))


def plan(**changes: object) -> PlanInput:
    tranche = TrancheTerms(
        no=1,
        method="sculpted",
        starts_on=date(2027, 12, 31),
        first_due_on=date(2028, 12, 31),
        tenor_months=96,
        instalment_months=12,
        rate=Decimal("0.05"),
        target_dscr=Decimal("1.30"),
    )
    base = PlanInput(
        hard_cost=1000 * WAN,
        equity=Decimal(0),
        construction_starts_on=date(2026, 12, 31),
        completes_on=date(2027, 12, 31),
        case=CashFlowCase(flows(PUBLISHED)),
        period_months=12,
        tranches=(tranche,),
        workdays=WORKDAYS,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_the_sculpted_case_has_its_target_cover_in_every_year() -> None:
    result = solve_plan(plan())
    assert result.cover is not None
    assert [round(value, 4) for value in result.cover.dscr if value] == [Decimal("1.3000")] * 8
    assert result.tranches[0].binding is Binding.DSCR
    assert sum(row.principal for row in result.tranches[0].schedule.rows) == result.debt


def test_ten_per_cent_less_cash_gives_a_cover_of_1_17_in_all_years() -> None:
    case = plan()
    base = solve_plan(case)
    (under,) = stress_plan(case, base, [Shock("down", cfads=Decimal("-0.10"))])
    assert [round(value, 2) for value in under.dscr if value] == [Decimal("1.17")] * 8


def test_a_typed_amount_keeps_its_size_under_the_chosen_shock() -> None:
    typed = solve_plan(plan())
    fixed = replace(plan().tranches[0], amount=typed.debt, method="equal_principal")
    shocked = solve_plan(plan(tranches=(fixed,), shock=Shock("chosen", cfads=Decimal("-0.10"))))
    calm = solve_plan(plan(tranches=(fixed,)))
    assert shocked.debt == calm.debt
    assert shocked.cover is not None and calm.cover is not None
    assert round(shocked.cover.minimum / calm.cover.minimum, 6) == Decimal("0.9")


def test_capital_leaves_the_amount_as_the_binding_limit() -> None:
    result = solve_plan(plan(equity=700 * WAN))
    assert result.tranches[0].binding is Binding.AMOUNT
    assert result.debt + 700 * WAN == result.uses


def test_a_gearing_cap_binds_and_says_so() -> None:
    tranche = replace(plan().tranches[0], gearing_limit=Decimal("0.50"))
    result = solve_plan(plan(tranches=(tranche,)))
    assert result.tranches[0].binding is Binding.GEARING
    assert abs(result.debt - result.uses / 2) <= Decimal("0.01")


def test_uses_hold_the_interest_and_fees_of_construction() -> None:
    tranche = replace(plan().tranches[0], upfront_fee=Decimal("0.01"), commitment_fee=Decimal("0.005"))
    result = solve_plan(plan(tranches=(tranche,)))
    part = result.construction
    assert part.interest > 0 and part.upfront > 0
    assert result.uses == 1000 * WAN + part.interest + part.upfront + part.commitment


def test_a_second_tranche_lives_on_what_the_first_leaves() -> None:
    first = replace(plan().tranches[0], amount=200 * WAN)
    second = replace(plan().tranches[0], no=2)
    both = solve_plan(plan(tranches=(first, second)))
    alone = solve_plan(plan())
    assert both.debt <= alone.debt + Decimal("1")
    assert both.cover is not None and both.cover.minimum >= Decimal("1.299")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"case": CashFlowCase(())}, "no_case"),
        ({"tranches": ()}, "no_tranche"),
        ({"hard_cost": Decimal(0)}, "no_budget"),
    ],
)
def test_what_cannot_be_solved_says_why(changes: dict[str, object], code: str) -> None:
    with pytest.raises(CalcError) as error:
        solve_plan(plan(**changes))
    assert error.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": "annuity"}, "no_amount"),
        ({"instalment_months": 12, "first_due_on": date(2027, 12, 31)}, "first_due"),
        ({"tenor_months": 6}, "no_dates"),
        ({"tenor_months": 240, "amount": 100 * WAN, "method": "annuity"}, "outside_case"),
    ],
)
def test_terms_that_do_not_fit_say_why(changes: dict[str, object], code: str) -> None:
    with pytest.raises(CalcError) as error:
        solve_plan(plan(tranches=(replace(plan().tranches[0], **changes),)))  # type: ignore[arg-type]
    assert error.value.code == code


@settings(max_examples=60, deadline=None)
@given(
    cash=st.lists(st.integers(20, 400), min_size=4, max_size=14),
    equity=st.integers(0, 900),
    target=st.decimals("1.05", "2.0", places=2),
    rate=st.decimals("0.01", "0.09", places=4),
)
def test_principal_sums_to_the_cent_and_no_period_is_overdrawn(
    cash: list[int], equity: int, target: Decimal, rate: Decimal
) -> None:
    tranche = replace(plan().tranches[0], target_dscr=target, rate=rate, tenor_months=12 * len(cash))
    made = plan(case=CashFlowCase(flows(tuple(cash))), equity=equity * WAN, tranches=(tranche,))
    result = solve_plan(made)
    rows = result.tranches[0].schedule.rows
    assert sum(row.principal for row in rows) == result.debt
    assert all(row.principal >= 0 for row in rows)
    for row, flow in zip(rows[:-1], result.cfads, strict=False):
        assert row.service <= flow / target + Decimal("0.02")
