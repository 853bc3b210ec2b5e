"""Workers killed with kill -9 in the middle of the work: what they did not commit never was, and is done by another."""

import signal
import threading
from collections.abc import Iterable

import pytest
from django.db import connection

from crm_project.workflow import jobs, runner
from crm_project.workflow.models import JobRun
from tests.live import probes
from tests.live.job_cases import CASES, KINDS, Trial, trial
from tests.live.job_workers import celery, wait_until, wait_until_ended, worker

pytestmark = pytest.mark.usefixtures("probes_known")

State = JobRun.State


def kill_at(point: str, kinds: Iterable[str], database: str) -> dict[str, tuple[Trial, JobRun]]:
    """One job of each kind, its process killed with -9 at this point of the first attempt, then gone on with."""
    with worker(database, f"{point}=kill", hands=8) as process:  # a pool replaces its dead every 5 s
        tried = {kind: trial(kind, point.replace(".", "-")) for kind in kinds}
        asked = {kind: (one, one.ask()) for kind, one in tried.items()}
        wait_until_ended(*(run for _trial, run in asked.values()), process=process)
    return asked


@pytest.fixture(scope="module")
def killed(probes_known: None, live_database: str) -> dict[str, tuple[Trial, JobRun]]:
    """Every kind, killed when its work was done and not yet committed."""
    return kill_at("job.before_commit.1", CASES, live_database)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_half_way_and_gone_on_with_it_happens_once(kind: str, killed: dict[str, tuple[Trial, JobRun]]) -> None:
    tried, run = killed[kind]
    assert tried.effect() == tried.once
    run.refresh_from_db()
    assert (run.state, run.attempts) == (State.DONE, 2)


@pytest.mark.parametrize(("point", "attempts"), [("job.claimed.1", 2), ("job.committed.1", 1)])
def test_killed_between_claim_and_work_or_after_the_commit_it_happens_once(
    point: str, attempts: int, live_database: str
) -> None:
    for tried, run in kill_at(point, ("probe", "probe_parts"), live_database).values():
        assert tried.effect() == tried.once
        run.refresh_from_db()
        assert (run.state, run.attempts) == (State.DONE, attempts)


def test_the_whole_worker_killed_and_another_started(live_database: str) -> None:
    runs = [jobs.enqueue(kind="probe", key="lost"), jobs.enqueue(kind="probe_parts", key="lost parts", chunks=[(0, 4)])]
    for _ in runs:
        with celery(["worker", "-c", "1"], live_database, "job.before_commit.1=kill_group") as process:
            wait_until(lambda process=process: not process.is_running())  # type: ignore[misc]
        assert process.popen.returncode == -signal.SIGKILL
    assert probes.marks("lost parts") == []
    with worker(live_database) as process:
        wait_until_ended(*runs, process=process)
    assert probes.marks("lost") == [0, 1, 2]
    assert probes.marks("lost parts") == [-1, 0, 1, 2, 3, 4]


def test_nobody_takes_a_job_that_outlives_its_lease_while_it_is_worked_on(
    live_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def wait(held: jobs.Run) -> None:
        inside.set()
        go_on.wait(20)
        probes.mark(held, 0)

    monkeypatch.setitem(jobs._kinds, "probe", jobs.Kind("probe", "Probe", wait, None, None, {}, ""))
    run = jobs.enqueue(kind="probe", key="slow")
    claim = runner.next_claim()
    assert claim
    thread = threading.Thread(target=lambda: (runner.work(claim), connection.close()))
    thread.start()
    assert inside.wait(20)
    JobRun.objects.filter(pk=run.pk).update(lease_until="2026-01-01T00:00:00+08:00")
    assert runner.next_claim() is None
    go_on.set()
    thread.join()
    run.refresh_from_db()
    assert run.state == State.DONE
    assert probes.marks("slow") == [0]
