"""Release, part, refusal, withdrawal and payment, and who may not sign."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clients.models import Client
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Act, Task
from monitoring.models import Drawdown, Facility
from monitoring.services.contract import confirm_capital_payment
from monitoring.services.drawdown import pay_task, release_task, withdraw
from monitoring.services.facility import sign_facility
from monitoring.services.release import part_release, pay_drawdown, payment_due, refuse_drawdown, release_drawdown
from tests import recipes
from tests.monitoring.support import MILLION, Deal, make_deal

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> Deal:
    return make_deal()


def broken_by(error: pytest.ExceptionInfo[RuleBroken]) -> str:
    return error.value.rule


def test_a_release_makes_a_loan_note_and_takes_the_facility(deal: Deal) -> None:
    drawdown = deal.release(deal.ask("100"))
    facility = Facility.objects.get(pk=deal.facility.pk)
    note = drawdown.note
    assert note is not None
    assert (facility.drawn, facility.outstanding, note.amount, note.balance) == (100 * MILLION,) * 4
    instalments = list(note.instalments.all())
    assert sum(row.principal for row in instalments) == 100 * MILLION
    assert instalments[-1].due_on == facility.matures_on == note.due_on
    deal.contract.refresh_from_db()
    assert deal.contract.paid == 100 * MILLION
    assert drawdown.checks[0]["code"] == "capital"
    assert drawdown.rule_versions["entrusted_payment/fixed_asset"]["version"] == "2024-1"
    acts = Act.objects.filter(deal=deal.facility.decision_id, act=Act.Kind.RELEASE)
    assert acts.get().person == deal.releaser.person


def test_the_tasks_go_from_release_officer_to_supervision_officer(deal: Deal) -> None:
    drawdown = deal.ask("1")
    assert Task.objects.get(key=release_task(drawdown)).role == Role.RELEASE_OFFICER
    deal.release(drawdown)
    assert Task.objects.get(key=release_task(drawdown)).state == "done"
    task = Task.objects.get(key=pay_task(drawdown))
    assert (task.role, task.state) == (Role.SUPERVISION_OFFICER, "open")
    assert timezone.localdate(task.due_at) == payment_due(drawdown, timezone.localdate())


def test_five_working_days_to_pass_the_money_on(deal: Deal) -> None:
    """RULES §1.3; 2026-11-24 is a Tuesday."""
    assert payment_due(deal.ask("1"), date(2026, 11, 24)) == date(2026, 12, 1)


def test_a_failed_check_releases_nothing(deal: Deal) -> None:
    drawdown = deal.ask("481")
    with pytest.raises(RuleBroken) as error:
        deal.release(drawdown)
    assert broken_by(error) == "drawdown_checks: capital"
    assert Facility.objects.get(pk=deal.facility.pk).drawn == 0
    assert Drawdown.objects.get(pk=drawdown.pk).state == "requested"


def test_a_part_is_released_and_the_rest_lapses(deal: Deal) -> None:
    rows = [{"contract": deal.contract, "amount": Decimal(part) * MILLION} for part in (300, 200)]
    drawdown = deal.ask("500", payments=rows)
    released = part_release(drawdown=drawdown, by=deal.releaser, reason="资本金只到六成", amount=480 * MILLION)
    assert (released.state, released.amount, released.paid_out) == ("released", 500 * MILLION, 480 * MILLION)
    assert [payment.amount for payment in released.payments.all()] == [300 * MILLION, 180 * MILLION]
    assert Facility.objects.get(pk=deal.facility.pk).drawn == 480 * MILLION


def test_no_decision_without_a_reason_and_none_twice(deal: Deal) -> None:
    drawdown = deal.ask("1")
    with pytest.raises(RuleBroken) as error:
        release_drawdown(drawdown=drawdown, by=deal.releaser, reason=" ")
    assert error.value.field == "reason"
    refuse_drawdown(drawdown=drawdown, by=deal.releaser, reason="补件")
    with pytest.raises(Stale):
        deal.release(drawdown)
    assert Drawdown.objects.get(pk=drawdown.pk).checks


def test_the_manager_withdraws_what_is_not_decided(deal: Deal) -> None:
    drawdown = deal.ask("1")
    assert withdraw(drawdown=drawdown, by=deal.manager).state == "withdrawn"
    assert Task.objects.get(key=release_task(drawdown)).state == "dropped"
    with pytest.raises(Stale):
        withdraw(drawdown=drawdown, by=deal.manager)


def second_account(deal: Deal, person: object, role: str = Role.RELEASE_OFFICER) -> Staff:
    return deal.bank.staff(role, person=person)


def approver_of(deal: Deal) -> object:
    return deal.facility.decision.decided_by


def voter_of(deal: Deal) -> object:
    voter = deal.bank.staff(Role.APPROVER)
    Act.objects.create(deal_id=deal.facility.decision_id, act=Act.Kind.VOTE, person=voter.person, account=voter)
    return voter.person


def manager_of(deal: Deal) -> object:
    return deal.manager.person


def payer_of(deal: Deal) -> object:
    Act.objects.create(
        deal_id=deal.facility.decision_id, act=Act.Kind.PAY, person=deal.payer.person, account=deal.payer
    )
    return deal.payer.person


PERSONS = [approver_of, voter_of, manager_of, payer_of]


@pytest.mark.parametrize("who", PERSONS)
def test_a_second_account_of_an_excluded_person_does_not_release(deal: Deal, who: object) -> None:
    """RULES §28: neither RM, approver, voter nor payment operator, whatever the account."""
    drawdown = deal.ask("1")
    with pytest.raises(RuleBroken) as error:
        release_drawdown(drawdown=drawdown, by=second_account(deal, who(deal)), reason="同意")  # type: ignore[operator]
    assert broken_by(error) == "release_apart"


@pytest.mark.parametrize("who", PERSONS)
def test_the_database_refuses_an_excluded_releaser(deal: Deal, who: object) -> None:
    """Without the service: raw SQL as the application's own role."""
    other = deal.release(deal.ask("1"))
    drawdown, person = deal.ask("1"), who(deal)  # type: ignore[operator]
    with pytest.raises(IntegrityError, match="different persons"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE monitoring_drawdown SET state = 'released', decided_by_id = %s, decided_at = now(), note_id = NULL"
            " WHERE subject_id = %s",
            [person.pk, drawdown.pk],  # type: ignore[attr-defined]
        )
    assert other.state == "released"


def test_a_third_person_pays(deal: Deal) -> None:
    drawdown = deal.release(deal.ask("1"))
    for person in (deal.manager.person, deal.releaser.person):
        with pytest.raises(RuleBroken) as error:
            pay_drawdown(drawdown=drawdown, by=second_account(deal, person, Role.SUPERVISION_OFFICER))
        assert broken_by(error) == "pay_apart"
    with pytest.raises(RuleBroken):
        pay_drawdown(drawdown=drawdown, by=deal.releaser)
    paid = pay_drawdown(drawdown=drawdown, by=deal.payer)
    assert (paid.state, paid.paid_by) == ("paid", deal.payer.person)
    assert Task.objects.get(key=pay_task(drawdown)).state == "done"
    with pytest.raises(Stale):
        pay_drawdown(drawdown=drawdown, by=deal.payer)


def test_the_database_refuses_the_releaser_as_payer(deal: Deal) -> None:
    drawdown = deal.release(deal.ask("1"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Drawdown.objects.filter(pk=drawdown.pk).update(
            state="paid", paid_by=deal.releaser.person, paid_at=timezone.now()
        )


def test_a_decided_drawdown_is_final(deal: Deal) -> None:
    drawdown = deal.release(deal.ask("1"))
    for change in ({"state": "requested"}, {"amount": 2 * MILLION}, {"decided_by": deal.payer.person}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Drawdown.objects.filter(pk=drawdown.pk).update(**change)


def test_the_database_keeps_the_drawn_within_the_facility(deal: Deal) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE monitoring_facility SET drawn = amount + 0.01 WHERE subject_id = %s", [deal.facility.pk])


def test_signing_takes_the_amount_at_every_level_once(deal: Deal) -> None:
    line = deal.facility.sub_limit
    line.refresh_from_db()
    line.parent.refresh_from_db()
    assert (line.used, line.parent.used) == (800 * MILLION, 800 * MILLION)
    with pytest.raises(RuleBroken) as error:
        sign_facility(
            decision=deal.facility.decision,
            sub_limit=line,
            by=deal.manager,
            tranche=deal.facility.decision.plan_version.tranches.get(no=1),
            contract_no="再签一份",
            amount=MILLION,
            signed_on=timezone.localdate(),
            available_until=deal.facility.available_until,
            matures_on=deal.facility.matures_on,
        )
    assert error.value.field == "amount"


def test_who_reported_capital_does_not_confirm_it(deal: Deal) -> None:
    payment = recipes.make_capital(deal.facility.project, MILLION, confirmed=False)
    with pytest.raises(RuleBroken):
        confirm_capital_payment(payment=payment, version=1, by=deal.manager)
    confirm_capital_payment(payment=payment, version=1, by=deal.payer)
    with pytest.raises(Stale):
        confirm_capital_payment(payment=payment, version=1, by=deal.payer)


def test_a_signed_contract_is_exposure_of_its_borrower(deal: Deal) -> None:
    borrower = Client.objects.get(pk=deal.facility.borrower_id)
    assert borrower.exposure == deal.facility.amount
    deal.release(deal.ask("80"))
    borrower.refresh_from_db()
    assert borrower.exposure == deal.facility.amount  # drawing changes what is outstanding, not what is occupied
