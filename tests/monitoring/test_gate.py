"""What a drawdown must pass, with figure, limit and the way out."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm_project.rules.models import RuleSet
from financing.calc.results import Check
from financing.models import Condition, CreditLine
from monitoring.models import Drawdown, DrawdownPayment, Facility, ProgressReport
from monitoring.services.gate import gate
from tests import recipes
from tests.monitoring.support import MILLION, make_deal

pytestmark = pytest.mark.django_db


def check_of(drawdown: Drawdown, code: str) -> Check:
    return next(check for check in gate(drawdown).checks if check.code == code)


@pytest.mark.parametrize(
    ("asked", "passes"), [(Decimal("80"), True), (Decimal("80.00000001"), False), (Decimal("80.01"), False)]
)
def test_capital_in_proportion_lets_exactly_eighty_pass(asked: Decimal, passes: bool) -> None:
    """RULES §1.4 [C]: capital 120 of 200, loan 800 with 400 drawn: 80 passes, a cent more does not."""
    deal = make_deal()
    deal.release(deal.ask("400"))
    check = check_of(deal.ask(asked), "capital")
    assert check.passed == passes
    assert (check.figure, check.limit) == (asked * MILLION, 80 * MILLION)
    assert check.source == "drawdown/project"


def test_the_way_out_says_how_much_capital_or_how_much_less() -> None:
    deal = make_deal()
    deal.release(deal.ask("400"))
    result = gate(deal.ask("100"))
    cures = {cure.code: cure.params["amount"] for cure in result.failures[0].cures}
    assert cures == {"pay_in_capital": 5 * MILLION, "draw_less": 80 * MILLION}
    assert result.largest == 80 * MILLION


def test_a_drawing_in_order_passes_every_check() -> None:
    result = gate(make_deal().ask("100"))
    assert not result.failures
    assert result.largest == 100 * MILLION
    codes = {check.code for check in result.checks}
    assert codes == {
        "capital",
        "progress",
        "budget_line",
        "contract",
        "payee",
        "conditions",
        "drawing",
        "line",
        "permits",
        "entrusted_payment",
    }


def test_capital_counts_only_once_confirmed() -> None:
    deal = make_deal(capital="0")
    recipes.make_capital(deal.facility.project, 120 * MILLION, confirmed=False)
    assert check_of(deal.ask("1"), "capital").limit == 0


@pytest.mark.parametrize(("asked", "passes"), [("50", True), ("50.01", False)])
def test_spending_leads_progress_by_five_points_at_most(asked: str, passes: bool) -> None:
    deal = make_deal(progress="0")
    assert check_of(deal.ask(asked), "progress").passed == passes


def test_what_was_released_since_the_report_counts_as_spent() -> None:
    deal = make_deal(progress="0")
    deal.release(deal.ask("30"))
    result = gate(deal.ask("30"))
    assert [check.code for check in result.failures] == ["progress"]
    assert result.largest == 20 * MILLION


def test_contract_and_budget_line_bound_the_drawing() -> None:
    deal = make_deal()
    small = recipes.make_contract(deal.facility.project, amount=40 * MILLION)
    result = gate(deal.ask("60", contract=small))
    assert [check.code for check in result.failures] == ["contract"]
    assert result.failures[0].headroom == -20 * MILLION
    assert result.largest == 40 * MILLION


def test_an_invoice_is_financed_once() -> None:
    deal = make_deal()
    invoice = recipes.make_invoice(deal.contract, amount=50 * MILLION)
    row = {"contract": deal.contract, "invoice": invoice, "amount": 50 * MILLION}
    deal.release(deal.ask("50", payments=[row]))
    again = gate(deal.ask("50", payments=[row]))
    assert [check.code for check in again.failures] == ["invoice"]
    assert again.largest == 0


def test_conditions_precedent_are_fulfilled_and_confirmed() -> None:
    deal = make_deal(conditions=["抵押登记", "保险受益人"])
    Condition.objects.filter(no=2).update(confirmed_by=None)
    result = gate(deal.ask("1"))
    assert [check.code for check in result.failures] == ["conditions"]
    assert (result.failures[0].figure, result.failures[0].limit, result.largest) == (1, 2, 0)


def test_a_frozen_facility_and_a_frozen_line_stop_the_drawing() -> None:
    deal = make_deal()
    drawdown = deal.ask("1")
    Facility.objects.filter(pk=deal.facility.pk).update(state=Facility.State.FROZEN)
    CreditLine.objects.filter(pk=deal.facility.sub_limit_id).update(frozen=True)
    drawdown = Drawdown.objects.get(pk=drawdown.pk)
    assert {check.code for check in gate(drawdown).failures} == {"drawing", "line"}


def test_after_the_availability_period_nothing_is_drawn() -> None:
    deal = make_deal()
    drawdown = deal.ask("1")
    yesterday = timezone.localdate() - timedelta(days=1)
    Facility.objects.filter(pk=deal.facility.pk).update(signed_on=yesterday, available_until=yesterday)
    assert check_of(Drawdown.objects.get(pk=drawdown.pk), "drawing").limit == 0


def test_a_missing_permit_stops_the_drawing() -> None:
    deal = make_deal()
    deal.facility.project.permits.filter(kind="construction").delete()
    failed = gate(deal.ask("1")).failures
    assert [check.code for check in failed] == ["permits"]
    assert failed[0].facts["missing"] == "construction"


def test_the_payee_is_the_one_the_contract_names() -> None:
    deal = make_deal()
    row = {"contract": deal.contract, "amount": MILLION, "payee_name": "别的公司"}
    failed = gate(deal.ask("1", payments=[row])).failures
    assert [check.code for check in failed] == ["payee"]
    assert failed[0].cures[0].params["payees"] == "别的公司"


@pytest.mark.parametrize(
    ("signed_on", "limit", "passes"),
    [("2026-01-05", Decimal("10000000.00"), True), ("2024-06-30", Decimal("5000000.00"), False)],
)
def test_the_day_of_the_contract_picks_the_rule_on_entrusted_payment(
    signed_on: str, limit: Decimal, passes: bool
) -> None:
    """RULES §1.2: above 10 million since 2024-07-01; before, above 5 million or 5 % of the investment."""
    deal = make_deal()
    row = {"contract": deal.contract, "amount": 8 * MILLION, "entrusted": False}
    drawdown = deal.ask("8", payments=[row])
    Facility.objects.filter(pk=deal.facility.pk).update(signed_on=signed_on)
    check = check_of(Drawdown.objects.get(pk=drawdown.pk), "entrusted_payment")
    assert (check.limit, check.passed) == (limit, passes)


def test_two_payments_to_one_payee_are_added_up() -> None:
    deal = make_deal()
    row = {"contract": deal.contract, "amount": 6 * MILLION, "entrusted": False}
    failed = gate(deal.ask("12", payments=[row, row])).failures
    assert [check.code for check in failed] == ["entrusted_payment"]
    assert failed[0].figure == 12 * MILLION
    assert failed[0].cures[0].code == "entrust"


def test_an_unconfirmed_rule_that_may_not_speak_stops_the_drawing() -> None:
    deal = make_deal()
    RuleSet.objects.filter(kind="entrusted_payment", provenance="unconfirmed").update(
        use_unconfirmed_from=None, use_unconfirmed_by=None
    )
    failed = gate(deal.ask("1")).failures
    assert [(check.code, check.cures[0].code) for check in failed] == [("entrusted_payment", "rule_silent")]


def test_failures_stand_first_and_nothing_is_written() -> None:
    deal = make_deal(capital="0")
    drawdown = deal.ask("1")
    reports = ProgressReport.objects.count()
    checks = gate(drawdown).checks
    assert [check.passed for check in checks] == sorted(check.passed for check in checks)
    assert DrawdownPayment.objects.filter(drawdown=drawdown).get().amount == MILLION
    assert ProgressReport.objects.count() == reports
