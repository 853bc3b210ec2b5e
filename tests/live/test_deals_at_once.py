"""Many act on one deal or one line at the same moment: one end, one limit, no line overdrawn."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Act
from financing.models import CreditLine, Decision
from financing.services.decision import decide, withdraw
from financing.services.line import release_from_lines, sign_into_lines
from tests import recipes
from tests.financing import decision_support as support
from tests.live.test_statements_at_once import THREADS, at_once
from tests.recipes import Bank


@pytest.fixture(scope="module")
def bank(live_database: str) -> Bank:
    return recipes.make_bank()


@pytest.fixture(scope="module")
def manager(bank: Bank) -> Staff:
    return bank.staff(Role.RM)


@pytest.fixture
def decision(bank: Bank, manager: Staff) -> Decision:
    return support.opined(recipes.make_client(manager), bank.staff(Role.RISK_OFFICER))


def test_of_approvals_refusals_and_withdrawals_at_once_one_is_the_end(
    decision: Decision, bank: Bank, manager: Staff
) -> None:
    heads = [bank.staff(Role.APPROVER) for _number in range(THREADS)]

    def act(number: int) -> Decision:
        if number % 4 == 3:
            return withdraw(decision=decision, by=manager)
        terms = support.terms(*support.CONDITIONS)
        return decide(decision=decision, by=heads[number], approve=number % 2 == 0, reason="意见", terms=terms)

    results = at_once(act)
    ends = [one for one in results if isinstance(one, Decision)]
    assert len(ends) == 1 and results.count(Stale) == THREADS - 1
    decision.refresh_from_db()
    assert decision.state == ends[0].state
    lines = CreditLine.objects.filter(decision=decision).count()
    assert lines == (2 if decision.state == Decision.State.APPROVED else 0)


def test_of_contracts_signed_at_once_as_many_fit_as_the_line_holds(
    decision: Decision, bank: Bank, manager: Staff
) -> None:
    decide(decision=decision, by=bank.staff(Role.APPROVER), approve=True, reason="同意", terms=support.terms())
    line = decision.lines.get(level=CreditLine.Level.SUB_LIMIT)
    part = (line.limit / 3).quantize(line.limit) - 1
    results = at_once(lambda _number: len(sign_into_lines(sub_limit=line, amount=part, by=manager)))
    assert (results.count(2), results.count(RuleBroken)) == (3, THREADS - 3)
    at_once(lambda _number: release_from_lines(sub_limit=line, amount=part, by=manager))
    assert set(CreditLine.objects.filter(client=line.client).values_list("used", flat=True)) == {0}


def test_two_acts_that_exclude_each_other_at_the_same_moment_do_not_both_stand(decision: Decision, bank: Bank) -> None:
    """The database alone: one person releases and pays in the same deal, from two connections."""
    person = recipes.make_person()
    releases = bank.staff(Role.RELEASE_OFFICER, person=person)
    pays = bank.staff(Role.SUPERVISION_OFFICER, person=person)

    def act(number: int) -> Any:
        by, kind = (releases, Act.Kind.RELEASE) if number % 2 else (pays, Act.Kind.PAY)
        with transaction.atomic():
            Act.objects.create(deal_id=decision.pk, act=kind, person=person, account=by)
            with connection.cursor() as cursor:
                cursor.execute("select pg_sleep(0.05)")
        return kind

    results = at_once(act)
    assert len({one for one in results if isinstance(one, str)}) == 1
    assert any(isinstance(one, type) and issubclass(one, DatabaseError) for one in results)
    assert Act.objects.filter(deal_id=decision.pk, person=person).values("act").distinct().count() == 1
