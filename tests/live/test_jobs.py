"""The queue with real workers and a broker that is away: every effect once."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from crm_project import processes
from crm_project.organization.roles import Role
from crm_project.workflow import jobs, nudge, runner
from crm_project.workflow.models import JobRun
from tests.live import probes
from tests.live.job_cases import CASES, KINDS, bank, trial
from tests.live.job_workers import celery, state_of, wait_until, wait_until_ended, worker
from tests.servers import wait_for

pytestmark = pytest.mark.usefixtures("probes_known")

State = JobRun.State


@pytest.fixture(scope="module")
def sound_worker(probes_known: None, live_database: str) -> Iterator[processes.Child]:
    with worker(live_database, hands=2) as process:
        yield process


def in_threads(number: int, call: Callable[[], Any]) -> None:
    """The same call in several threads at the same moment, each with its own connection."""
    together = threading.Barrier(number)

    def one() -> None:
        together.wait()
        try:
            call()
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- every kind ---------------------------------------------------------------------------------------------------


def test_every_kind_has_a_case() -> None:
    assert set(KINDS) == set(CASES)


@pytest.mark.parametrize("kind", KINDS)
def test_asked_twice_and_looked_at_twice_it_happens_once(kind: str, sound_worker: processes.Child) -> None:
    tried = trial(kind, "twice")
    run = tried.ask()
    assert tried.ask().pk == run.pk
    wait_until_ended(run, process=sound_worker)
    tried.ask()
    runner.work_through()
    assert tried.effect() == tried.once
    run.refresh_from_db()
    assert (run.state, run.attempts) == (State.DONE, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_six_hands_and_two_workers_at_once_do_it_once(kind: str, sound_worker: processes.Child) -> None:
    tried = trial(kind, "at-once")
    run = tried.ask()
    in_threads(6, runner.work_through)
    wait_until_ended(run, process=sound_worker)
    assert tried.effect() == tried.once
    assert state_of(run) == State.DONE


def test_without_the_queue_a_second_try_would_show() -> None:
    """The control: the same handler called twice doubles what the tests above count."""
    run = JobRun(key="control", kind="probe")
    for attempt in (1, 2):
        probes.write(jobs.Run(run, attempt))
    assert probes.marks("control") == [0, 0, 1, 1, 2, 2]


# --- poison -------------------------------------------------------------------------------------------------------


def test_a_job_that_kills_its_process_is_dead_after_three_attempts_while_others_go_on(
    sound_worker: processes.Child,
) -> None:
    began = time.monotonic()
    poison = jobs.enqueue(kind="probe_kills", key="poison")
    others = [jobs.enqueue(kind="probe", key=f"beside-{number}") for number in range(20)]
    wait_until_ended(*others, process=sound_worker)
    assert state_of(poison) in (State.QUEUED, State.RUNNING)
    wait_until_ended(poison, process=sound_worker)
    assert time.monotonic() - began < 60
    poison.refresh_from_db()
    assert (poison.state, poison.attempts) == (State.FAILED, 3)
    assert poison.error
    assert probes.marks("poison") == []
    assert [probes.marks(f"beside-{number}") for number in range(20)] == [[0, 1, 2]] * 20


# --- side by side -------------------------------------------------------------------------------------------------


def test_chunks_of_a_job_are_worked_on_at_the_same_time(sound_worker: processes.Child) -> None:
    run = jobs.enqueue(kind="probe_parts", key="wide", chunks=[(n, n) for n in range(4)], params={"seconds": 1})
    seen: list[int] = []

    def done() -> bool:
        seen.append(_locked_chunks(run))
        return state_of(run) == State.DONE

    wait_for(done, sound_worker)
    assert max(seen) == 2
    assert probes.marks("wide") == [-1, 0, 1, 2, 3]


def _locked_chunks(run: JobRun) -> int:
    """Chunks whose claim is not over."""
    return run.chunks.filter(done_at__isnull=True, attempts__gt=0).count()


def test_progress_is_seen_while_the_work_goes_on_and_a_cancellation_reaches_it(sound_worker: processes.Child) -> None:
    owner = bank().staff(Role.RM)
    run = jobs.enqueue(kind="probe_endless", key="endless", owner=owner)
    wait_until(lambda: JobRun.objects.get(pk=run.pk).done > 0, sound_worker)
    run.refresh_from_db()
    assert (run.state, run.total) == (State.RUNNING, 600)
    assert jobs.cancel(run=run, by=owner).state == State.RUNNING
    wait_until_ended(run, process=sound_worker)
    assert state_of(run) == State.CANCELLED
    assert probes.marks("endless") == []


# --- the broker ---------------------------------------------------------------------------------------------------


@contextmanager
def hung_broker() -> Iterator[str]:
    """A server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def seconds_to_ask(key: str) -> float:
    began = time.monotonic()
    jobs.enqueue(kind="probe", key=key)
    return time.monotonic() - began


def test_a_hung_broker_costs_two_seconds_once_and_an_absent_one_nothing(settings: Any, valkey: str) -> None:
    with hung_broker() as address:
        settings.CELERY_BROKER_URL = address
        before = nudge.missed()
        nudge.forget()
        assert 1.5 < seconds_to_ask("hung") < 3
        assert nudge.missed() == before + 1
        assert seconds_to_ask("hung, asked again") < 0.5
        assert nudge.missed() == before + 1
    settings.CELERY_BROKER_URL = "redis+socket:///nowhere/valkey.sock"
    nudge.forget()
    assert seconds_to_ask("absent") < 0.5
    assert nudge.missed() == before + 2
    nudge.forget()


def test_the_sweeper_of_a_real_beat_finds_what_nobody_was_told_of(
    settings: Any, sound_worker: processes.Child, live_database: str
) -> None:
    settings.CELERY_BROKER_URL = "redis+socket:///nowhere/valkey.sock"
    nudge.forget()
    run = jobs.enqueue(kind="probe", key="untold")
    call_command("loadschedule", verbosity=0)
    beat = ["beat", "--pidfile="]
    with celery(beat, live_database) as one, celery(beat, live_database):
        wait_for(lambda: state_of(run) == State.DONE, one, patience=40)
    nudge.forget()
    assert probes.marks("untold") == [0, 1, 2]
