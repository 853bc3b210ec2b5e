"""How a worker does what is due in the job table.

Claim: a short transaction locks a due row, counts the attempt and gives it a lease of a few seconds. Work: a second
transaction holds a lock on the row while the handler runs, so that nobody else takes it however long that lasts, and
ends the job in the same commit. If the worker dies, lock and transaction die with it, the lease runs out, and the row
is due again. An attempt that was overtaken meanwhile finds its number changed and does nothing.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pghistory
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm_project.rules.errors import RuleBroken
from crm_project.workflow import faults, jobs
from crm_project.workflow.models import JobChunk, JobRun
from crm_project.workflow.nudge import nudge
from crm_project.workflow.services import notices

BUDGET = 25.0  # seconds after which a worker makes room for other messages
LEASE = timedelta(seconds=5)  # between claim and work, and per attempt after a failure
FAILED_NOTICE = "job_failed"
IDLE_LIMIT = "100s"  # a handler may compute between two statements; the worker's time limit ends it otherwise

State = JobRun.State
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """One attempt at a job, or at one of its chunks."""

    run: JobRun
    chunk: JobChunk | None
    attempt: int


def work_through() -> int:
    """Does what is due until nothing is left or the budget is used up; then asks for another look. Returns how much."""
    end = time.monotonic() + BUDGET
    done = 0
    while claim := next_claim():
        work(claim)
        done += 1
        if time.monotonic() > end:
            nudge()
            break
    return done


# --- claim --------------------------------------------------------------------------------------------------------


def next_claim() -> Claim | None:
    """The next attempt, counted and leased. Ends jobs on the way that are cancelled or have failed too often."""
    while True:
        with transaction.atomic(durable=True):
            row: JobRun | JobChunk | None = _due_run() or _due_chunk()
            if row is None:
                return None
            claim = _take_run(row) if isinstance(row, JobRun) else _take_chunk(row)
        if claim:
            if claim.chunk:
                nudge()  # calls another hand for the next chunk
            return claim


def _is_free() -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lt=Now())


def _due_run() -> JobRun | None:
    """A due job that has no chunks left to do, locked. Kinds of another version stay where they are."""
    left = JobChunk.objects.filter(run=OuterRef("pk"), done_at__isnull=True)
    due = JobRun.objects.active().filter(_is_free(), ~Exists(left), kind__in=jobs.kinds())
    return due.select_for_update(skip_locked=True).order_by("id").first()


def _due_chunk() -> JobChunk | None:
    """The chunk with the fewest attempts of the oldest job that has free ones, locked."""
    due = JobChunk.objects.filter(
        _is_free(), done_at__isnull=True, run__state__in=JobRun.ACTIVE, run__kind__in=jobs.kinds()
    )
    due = due.select_related("run").select_for_update(skip_locked=True, of=("self",))
    return due.order_by("run_id", "attempts", "no").first()


def _take_run(run: JobRun) -> Claim | None:
    if _is_over(run, run.attempts):
        return None
    run.attempts += 1
    _begin(run, attempts=run.attempts, lease_until=Now() + LEASE)
    return Claim(run, None, run.attempts)


def _take_chunk(chunk: JobChunk) -> Claim | None:
    if _is_over(chunk.run, chunk.attempts) or not _begin(chunk.run):
        return None
    chunk.attempts += 1
    JobChunk.objects.filter(pk=chunk.pk).update(attempts=chunk.attempts, lease_until=Now() + LEASE)
    return Claim(chunk.run, chunk, chunk.attempts)


def _is_over(run: JobRun, attempts: int) -> bool:
    """Ends a job that is no longer wanted, or that has been tried often enough."""
    if run.cancel_asked:
        _end(run, State.CANCELLED)
    elif attempts >= jobs.MAX_ATTEMPTS:
        with _in_words_of(run):
            lost = _("The worker was lost in the middle of the work. Tell the administrator the number of this job.")
        _end(run, State.FAILED, run.error or lost)
    else:
        return False
    return True


def _begin(run: JobRun, **fields: Any) -> int:
    """Marks the job as running; 0 where somebody ended it meanwhile."""
    begun = {"state": State.RUNNING, "started_at": Coalesce("started_at", Now()), **fields}
    return JobRun.objects.active().filter(pk=run.pk).update(**begun)


@transaction.atomic
def _end(run: JobRun, state: str, error: str = "") -> None:
    """Ends a job that is not done; its owner is told of a failure."""
    ended = {"state": state, "error": error, "finished_at": Now(), "lease_until": None}
    if JobRun.objects.active().filter(pk=run.pk).update(**ended) and state == State.FAILED and run.owner is not None:
        key = f"{FAILED_NOTICE}:{run.pk}:{timezone.now().isoformat()}"  # each failure of a job tried again
        params = {"job": run.pk, "kind": run.kind}
        notices.notify(staff=run.owner, kind=FAILED_NOTICE, key=key, params=params, subject=run.subject)


# --- work ---------------------------------------------------------------------------------------------------------


def work(claim: Claim) -> None:
    """Makes one attempt and records what came of it. An attempt that was overtaken does nothing."""
    faults.hit(f"job.claimed.{claim.attempt}")
    run = jobs.Run(claim.run, claim.attempt)
    with _in_words_of(claim.run):
        try:
            if run.owner is not None and not run.owner.is_active:
                raise RuleBroken("job_owner_is_closed", _("The account that started this job has been closed."))
            _work_and_record(claim, run)
        except jobs.Cancelled:
            _end(claim.run, State.CANCELLED)
        except RuleBroken as refusal:
            _end(claim.run, State.FAILED, str(refusal.message))
        except Exception as error:
            log.exception("job %s (%s) failed at attempt %s", claim.run.pk, claim.run.kind, claim.attempt)
            if connection.errors_occurred and not connection.is_usable():
                connection.close()  # the next query opens another
            _put_back(claim, _in_words(error))
        finally:
            run.close()
    faults.hit(f"job.committed.{claim.attempt}")


def _work_and_record(claim: Claim, run: jobs.Run) -> None:
    kind = jobs.kinds()[claim.run.kind]
    who = {"user": claim.run.owner_id, "job": claim.run.pk}
    with transaction.atomic(durable=True), pghistory.context(**who):
        if not _hold(claim):
            return
        if claim.chunk is None:
            _record_end(claim, kind, kind.work(run) or jobs.Outcome())
        else:
            part = jobs.Chunk(claim.chunk.no, claim.chunk.lower, claim.chunk.upper)
            _record_chunk(claim.chunk, kind, kind.work_chunk(run, part))
        faults.hit(f"job.before_commit.{claim.attempt}")


def _hold(claim: Claim) -> bool:
    """Locks the row for as long as the work lasts. False where this attempt is no longer the last one.

    A key-share lock on the job keeps claims away and lets progress and cancellation write to the row.
    """
    table, row, lock = "workflow_jobrun", claim.run.pk, "state = 'running' AND attempts = %s FOR KEY SHARE"
    if claim.chunk is not None:
        table, row, lock = "workflow_jobchunk", claim.chunk.pk, "done_at IS NULL AND attempts = %s FOR UPDATE"
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_LIMIT}'")
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s AND {lock}", [row, claim.attempt])  # noqa: S608
        return cursor.fetchone() is not None


def _record_end(claim: Claim, kind: jobs.Kind, outcome: jobs.Outcome) -> None:
    row = JobRun.objects.filter(pk=claim.run.pk, state=State.RUNNING, attempts=claim.attempt)
    result = {"counts": _sum(kind, claim.run.result, outcome), "link": outcome.link}
    row.update(
        state=State.DONE,
        done=Coalesce("total", "done"),
        result=result,
        error="",
        finished_at=Now(),
        lease_until=None,
    )


def _record_chunk(chunk: JobChunk, kind: jobs.Kind, outcome: jobs.Outcome) -> None:
    JobChunk.objects.filter(pk=chunk.pk).update(done_at=Now(), lease_until=None)
    row = JobRun.objects.filter(pk=chunk.run_id)
    run = row.select_for_update(no_key=True).get()
    row.update(done=F("done") + 1, result={"counts": _sum(kind, run.result, outcome)})


def _sum(kind: jobs.Kind, before: Mapping[str, Any] | None, outcome: jobs.Outcome) -> dict[str, int]:
    """The counts so far with those of this outcome. Raises ValueError for a count that the kind does not declare."""
    if unknown := set(outcome.counts) - set(kind.counts):
        raise ValueError(f"{kind.code} counts what it does not declare: {', '.join(sorted(unknown))}")
    counts = dict((before or {}).get("counts", {}))
    for name, number in outcome.counts.items():
        counts[name] = counts.get(name, 0) + number
    return counts


def _put_back(claim: Claim, error: str) -> None:
    """After a failed attempt: due again after a pause, or failed for good after the last one."""
    pause = Now() + LEASE * claim.attempt
    run = JobRun.objects.active().filter(pk=claim.run.pk)
    if claim.chunk is not None:  # the other chunks go on; the next claim of this one ends the job where it must
        run.update(error=error)
        JobChunk.objects.filter(pk=claim.chunk.pk, attempts=claim.attempt).update(lease_until=pause)
    elif claim.attempt >= jobs.MAX_ATTEMPTS:
        _end(claim.run, State.FAILED, error)
    else:
        run.filter(attempts=claim.attempt).update(state=State.QUEUED, error=error, lease_until=pause)


# --- words --------------------------------------------------------------------------------------------------------


def _in_words_of(run: JobRun) -> Any:
    """The language of whoever will read what became of the job."""
    return translation.override(run.owner.language if run.owner else settings.LANGUAGE_CODE)


def _in_words(error: Exception) -> str:
    """What a person may read of an error; its text may hold client data, so only the log has it."""
    match error:
        case SoftTimeLimitExceeded():
            return _("It took too long and was stopped. Try again with less data, or tell the administrator.")
        case MemoryError():
            return _("It needed more memory than there is. Try again with less data, or tell the administrator.")
        case OperationalError():
            return _("The database was busy or away. Try again in a few minutes.")
    return _("Something went wrong on our side. Try again; if it stays, tell the administrator the number of this job.")
