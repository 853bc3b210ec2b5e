"""Many releases at once under a limit that carries only some of them."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models import F

from crm_project.rules.errors import RuleBroken, Stale
from monitoring.models import Drawdown, Facility, LoanNote, ProjectContract
from monitoring.services.gate import gate
from tests.monitoring.support import MILLION, Deal, make_deal

REQUESTS = 200
FIT = 10
THREADS = 20


@pytest.fixture(scope="module")
def deal(live_database: str) -> Deal:
    return make_deal(capital="200", progress="1")


def spread(work: Callable[[Drawdown], Any], drawdowns: list[Drawdown], barrier: Barrier | None = None) -> list[Any]:
    """What became of each, done by threads with connections of their own; a refusal is its rule."""

    def one(drawdown: Drawdown) -> Any:
        try:
            connection.ensure_connection()
            if barrier is not None:
                barrier.wait()
            return work(drawdown)
        except RuleBroken as error:
            return error.rule
        except Stale:
            return "stale"
        except DatabaseError as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, drawdowns))


def test_of_two_hundred_releases_exactly_those_that_fit_go_through(deal: Deal) -> None:
    part = Decimal(800) / FIT
    drawdowns = [deal.ask(part) for _ in range(REQUESTS)]
    barrier = Barrier(THREADS)
    results = spread(lambda one: deal.release(one).state, drawdowns, barrier)
    counted = Counter(results)
    assert counted.pop("released") == FIT
    assert sum(counted.values()) == REQUESTS - FIT
    assert all(str(rule).startswith("drawdown_checks: ") for rule in counted)
    facility = Facility.objects.get(pk=deal.facility.pk)
    assert facility.drawn == facility.outstanding == facility.amount
    assert LoanNote.objects.filter(facility=facility).count() == FIT
    assert ProjectContract.objects.get(pk=deal.contract.pk).paid == facility.amount


def test_the_same_request_is_released_once(deal: Deal) -> None:
    Facility.objects.filter(pk=deal.facility.pk).update(outstanding=0, drawn=0)
    drawdown = deal.ask(1)
    results = spread(lambda one: deal.release(one).state, [drawdown] * THREADS, Barrier(THREADS))
    assert Counter(results) == {"released": 1, "stale": THREADS - 1}


def test_the_control_without_the_lock_more_believe_they_fit(deal: Deal) -> None:
    """Checked before the write, every thread sees room; then only the database's own limit keeps the sum in bounds."""
    Facility.objects.filter(pk=deal.facility.pk).update(outstanding=0, drawn=0)
    part = Decimal(800) / FIT
    drawdowns = [deal.ask(part) for _ in range(THREADS)]
    checked = Barrier(THREADS)
    believed: list[bool] = []

    def naive(drawdown: Drawdown) -> str:
        fits = next(check for check in gate(drawdown).checks if check.code == "drawing").passed
        believed.append(fits)
        checked.wait()
        taken = {"drawn": F("drawn") + part * MILLION, "outstanding": F("outstanding") + part * MILLION}
        Facility.objects.filter(pk=deal.facility.pk).update(**taken)
        return "written"

    results = spread(naive, drawdowns)
    assert sum(believed) == THREADS > FIT
    assert results.count("written") == FIT
    assert results.count("IntegrityError") == THREADS - FIT
