"""Kinds of jobs that exist for the tests only. The worker of `probe_worker` knows them, the product does not."""

import os
import signal
import time

from crm_project.workflow import jobs, journal
from crm_project.workflow.jobs import Chunk, Outcome, Run
from crm_project.workflow.models import JournalEntry

KINDS = ("probe", "probe_parts", "probe_kills", "probe_endless")
COUNTS = {"written": "lines written"}


def register() -> None:
    jobs.job("probe", label="Probe", counts=COUNTS)(write)
    jobs.chunked_job("probe_parts", label="Probe in parts", counts=COUNTS, finish=close)(write_part)
    jobs.job("probe_kills", label="Probe that kills its process")(kill)
    jobs.job("probe_endless", label="Probe without an end")(go_on)


def write(run: Run) -> Outcome:
    for number in range(3):
        mark(run, number)
        run.progress(number, 3)
    return Outcome({"written": 3})


def write_part(run: Run, chunk: Chunk) -> Outcome:
    for number in range(chunk.lower, chunk.upper + 1):
        mark(run, number)
    time.sleep(run.params.get("seconds", 0))
    return Outcome({"written": chunk.upper - chunk.lower + 1})


def close(run: Run) -> None:
    mark(run, -1)


def kill(run: Run) -> None:
    mark(run, 0)
    os.kill(os.getpid(), signal.SIGKILL)


def go_on(run: Run) -> None:
    mark(run, 0)
    for done in range(600):
        run.progress(done, 600)
        time.sleep(0.05)
    raise AssertionError("nobody cancelled")


def mark(run: Run, number: int) -> None:
    """One effect; the journal takes the same one twice, so that a second would show."""
    journal.record(journal.Act.CREATE, mark=run.row.key, number=number)


def marks(key: str) -> list[int]:
    """The effects of a job, in order of their numbers."""
    return sorted(entry.detail["number"] for entry in JournalEntry.objects.filter(detail__mark=key))
