"""Workers that know the probes, and waiting for what they do."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from crm_project import embedded, processes
from crm_project.celery import app
from crm_project.workflow import nudge
from crm_project.workflow.models import JobRun
from tests import pgtest
from tests.servers import wait_for


@contextmanager
def worker(database: str, faults: str = "", hands: int = 1) -> Iterator[processes.Child]:
    """A real worker with this many pool processes, broken at these fault points; ended afterwards."""
    command = ["worker", "-c", str(hands), "--without-gossip", "--without-mingle"]
    with celery(command, database, faults) as process:
        wait_for(lambda: bool(app.control.ping(timeout=0.2)), process)
        yield process


@contextmanager
def celery(command: list[str], database: str, faults: str = "") -> Iterator[processes.Child]:
    name = f"jobs-{command[0]}"
    line = [sys.executable, "-m", "celery", "-A", "tests.live.probe_worker", *command, "--loglevel", "INFO"]
    environ = {"DATABASE_URL": pgtest.url(database), "PGOPTIONS": "-c statement_timeout=60s", "CRM_FAULTS": faults}
    process = processes.spawn(name, line, pgtest.LOGS / f"{name}-{database}.log", environ, embedded.REPOSITORY)
    try:
        yield process
    finally:
        process.stop(patience=5)


def state_of(run: JobRun) -> str:
    return JobRun.objects.values_list("state", flat=True).get(pk=run.pk)


def wait_until(true: Callable[[], bool], process: processes.Child | None = None, patience: float = 60) -> None:
    """Waits, nudging every half second as the sweeper does more seldom."""
    nudged = 0.0

    def look() -> bool:
        nonlocal nudged
        if time.monotonic() - nudged > 0.5:
            nudge.nudge()
            nudged = time.monotonic()
        return true()

    wait_for(look, process, patience)


def wait_until_ended(*runs: JobRun, process: processes.Child | None = None) -> None:
    ids = [run.pk for run in runs]
    wait_until(lambda: not JobRun.objects.active().filter(pk__in=ids).exists(), process)
