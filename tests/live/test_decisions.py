"""Many decide, refuse and withdraw the same request at the same moment: one of them does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Act, Approval, Notice, Task
from crm_project.workflow.services import approvals
from tests import recipes

THREADS = 20
ROUNDS = 3

Work = Callable[[int], Any]


@pytest.fixture(scope="module")
def bank(live_database: str) -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture(scope="module")
def heads(bank: recipes.Bank) -> list[Staff]:
    return [bank.staff(Role.APPROVER) for _ in range(THREADS)]


@pytest.fixture
def approval(bank: recipes.Bank) -> Approval:
    return recipes.make_approval(recipes.make_client(bank.staff(Role.RM)), bank.staff(Role.RM, bank.west))


def at_once(work: Work) -> list[Any]:
    """Results of THREADS calls that begin together, each on a connection of its own; refusals as their class."""
    barrier = Barrier(THREADS)

    def one(number: int) -> Any:
        connection.ensure_connection()
        barrier.wait()
        try:
            return work(number)
        except (Stale, RuleBroken, DatabaseError) as error:
            return type(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_of_twenty_simultaneous_answers_one_counts(round_: int, approval: Approval, heads: list[Staff]) -> None:
    def answer(number: int) -> str:
        if number % 10 == 9:
            return approvals.withdraw(approval=approval, by=approval.asked_account).state
        approve = number % 2 == 0
        return approvals.decide(approval=approval, by=heads[number], approve=approve, reason="同时").state

    results = at_once(answer)
    states = [result for result in results if isinstance(result, str)]
    assert len(states) == 1
    assert results.count(Stale) == THREADS - 1
    row = Approval.objects.get(pk=approval.pk)
    assert row.state == states[0]
    moved = Subject.objects.get(pk=approval.subject_id).manager_id == approval.payload["to_manager"]
    assert moved == (row.state == "approved")
    assert Act.objects.filter(approval=approval, act=Act.Kind.APPROVE).count() == moved
    task = Task.objects.get(key=approvals.task_key(approval))
    assert task.state == ("dropped" if row.state == "withdrawn" else "done")
    told = Notice.objects.filter(kind=approvals.DECIDED_KIND, params__approval=approval.pk).count()
    assert told == (row.state != "withdrawn")


def test_the_control_a_check_before_the_write_lets_all_through(approval: Approval, heads: list[Staff]) -> None:
    """Without lock and comparison every thread believes the request waits; then only the database keeps it to one."""
    checked = Barrier(THREADS)

    def naive(number: int) -> bool:
        waits = Approval.objects.get(pk=approval.pk).state == Approval.State.WAITING
        checked.wait()
        Approval.objects.filter(pk=approval.pk).update(
            state=Approval.State.APPROVED,
            decided_by=heads[number].person,
            decided_account=heads[number],
            decided_at=timezone.now(),
            decided_reason="同时",
        )
        return waits

    results = at_once(naive)
    assert results.count(True) == 1
    assert sum(isinstance(result, type) and issubclass(result, DatabaseError) for result in results) == THREADS - 1
