"""Work in the background: kinds of jobs, asking for one, cancelling and trying again.

A room lists its kinds in its `tasks.py`, which is loaded at start-up:

    @job("statement_import", label=_("Import of statements"), counts={"written": _("rows written")})
    def import_statements(run: Run) -> Outcome:
        for done, row in enumerate(rows(run.row.file)):
            ...
            run.progress(done, total)
        return Outcome({"written": done}, link=reverse(...))

A handler runs in one transaction that also ends its job: it happens as a whole or not at all, and may happen again
after a fault. It stays below MAX_SECONDS, or is cut into chunks by `chunked_job`. It checks by `visible_to(run.owner)`
what its owner may still see. RuleBroken ends the job with the rule's words; any other error is tried again.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken
from crm_project.workflow.models import JobChunk, JobRun, StoredFile
from crm_project.workflow.nudge import nudge

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise

MAX_ATTEMPTS = 3
MAX_SECONDS = 60
"""Longest a job or a chunk may take; the worker ends what takes 90."""

PROGRESS_EVERY = 0.5  # seconds between two writings of the progress

Bounds = tuple[int, int]


class Cancelled(Exception):
    """The owner does not want the work any more; raised by `Run.progress`, and a handler lets it through."""


@dataclass(frozen=True)
class Outcome:
    """What came of the work: counts under names that the kind declares, and the address of what was made."""

    counts: Mapping[str, int] = field(default_factory=dict)
    link: str = ""


@dataclass(frozen=True)
class Chunk:
    """One part of a job: the rows with lower ≤ key ≤ upper, or whatever the two numbers mean to the kind."""

    no: int
    lower: int
    upper: int


class Run:
    """What a handler knows of its job."""

    def __init__(self, row: JobRun, attempt: int) -> None:
        self.row = row
        self.attempt = attempt
        self.params: dict[str, Any] = row.params
        self.owner: Staff | None = row.owner
        self._aside: Any = None
        self._written = 0.0

    @property
    def period(self) -> datetime:
        """The moment of the schedule that this run stands for; only scheduled runs have one."""
        return datetime.fromisoformat(self.params["period"])

    def progress(self, done: int, total: int | None = None) -> None:
        """Shows how far the work is, at most twice a second, over a connection of its own so that others see it.

        Raises Cancelled when the owner has asked for the end. Not for chunks: their number is the progress.
        """
        now = time.monotonic()
        if now - self._written < PROGRESS_EVERY:
            return
        self._written = now
        if self._aside is None:
            self._aside = connection.copy()
        with self._aside.cursor() as cursor:
            cursor.execute(
                "UPDATE workflow_jobrun SET done = %s, total = coalesce(%s, total)"
                " WHERE id = %s AND attempts = %s AND state = 'running' RETURNING cancel_asked",
                [done, total, self.row.pk, self.attempt],
            )
            found = cursor.fetchone()
        if found and found[0]:
            raise Cancelled

    def close(self) -> None:
        if self._aside is not None:
            self._aside.close()


Handler = Callable[[Run], Outcome | None]
ChunkHandler = Callable[[Run, Chunk], Outcome | None]
Cut = Callable[[Mapping[str, Any]], Iterable[Bounds]]


def _nothing(run: Run) -> None:
    """The end of a chunked job that has nothing left to do."""


@dataclass(frozen=True)
class Kind:
    """A registered kind. `work` is the whole job, or the last step of a chunked one; `cut` gives chunks for params."""

    code: str
    label: "Text"
    work: Handler
    chunk: ChunkHandler | None
    cut: Cut | None
    counts: "Mapping[str, Text]"
    crontab: str

    def work_chunk(self, run: Run, part: Chunk) -> Outcome:
        """Raises TypeError where a job has chunks and its kind no longer has."""
        if self.chunk is None:
            raise TypeError(f"{self.code} has no chunks")
        return self.chunk(run, part) or Outcome()


_kinds: dict[str, Kind] = {}


def job(
    code: str, *, label: "Text", counts: "Mapping[str, Text] | None" = None, crontab: str = ""
) -> Callable[[Handler], Handler]:
    """Registers a handler that does its job in one transaction.

    counts: names and words of the numbers its Outcome reports. crontab: five fields, Asia/Shanghai; the times at which
    the job is started until an administrator changes them.
    """

    def register(handler: Handler) -> Handler:
        _register(Kind(code, label, handler, None, None, counts or {}, crontab))
        return handler

    return register


def chunked_job(
    code: str,
    *,
    label: "Text",
    counts: "Mapping[str, Text] | None" = None,
    crontab: str = "",
    cut: Cut | None = None,
    finish: Handler = _nothing,
) -> Callable[[ChunkHandler], ChunkHandler]:
    """Registers a handler that is called once per chunk, each in a transaction of its own, several at the same time.

    cut: the chunks for a job's params, needed where the caller of `enqueue` does not name them and where the job is
    scheduled. finish: the last step, once all chunks are done, in the transaction that ends the job. Counts add up.
    """

    def register(handler: ChunkHandler) -> ChunkHandler:
        _register(Kind(code, label, finish, handler, cut, counts or {}, crontab))
        return handler

    return register


def _register(kind: Kind) -> None:
    if kind.code in _kinds:
        raise ValueError(f"job kind registered twice: {kind.code}")
    _kinds[kind.code] = kind


def kinds() -> Mapping[str, Kind]:
    """All registered kinds by code."""
    return _kinds


def label_of(code: str) -> str:
    """What a kind is called; its code where this version does not know it."""
    return str(_kinds[code].label) if code in _kinds else code


def enqueue(
    *,
    kind: str,
    key: str,
    owner: Staff | None = None,
    subject: Subject | None = None,
    file: StoredFile | None = None,
    params: Mapping[str, Any] | None = None,
    total: int | None = None,
    chunks: Iterable[Bounds] | None = None,
) -> JobRun:
    """Asks for a job inside the caller's transaction; a worker hears of it after the commit.

    key: what makes two requests the same job, for example `statement_import:<sha256>:<staff id>`. A job with this key
    that exists is returned as it is, whatever became of it; `retry` starts a failed one again. total: how many steps
    the progress will count. chunks: (lower, upper) per chunk of a chunked kind, in order.
    """
    registered = _kinds[kind]
    fields = {"kind": kind, "owner": owner, "subject": subject, "file": file, "params": dict(params or {})}
    with transaction.atomic():
        run, created = JobRun.objects.get_or_create(key=key, defaults={**fields, "total": total})
        if run.kind != kind:
            raise ValueError(f"the key {key} belongs to a job of kind {run.kind}")
        if created and registered.chunk is not None:
            _add_chunks(run, registered, chunks)
        if run.is_active:
            transaction.on_commit(nudge)
    return run


def _add_chunks(run: JobRun, kind: Kind, bounds: Iterable[Bounds] | None) -> None:
    if bounds is None:
        if kind.cut is None:
            raise ValueError(f"{kind.code} needs chunks")
        bounds = kind.cut(run.params)
    rows = [JobChunk(run=run, no=no, lower=lower, upper=upper) for no, (lower, upper) in enumerate(bounds)]
    JobChunk.objects.bulk_create(rows, batch_size=1000)
    run.total = len(rows)
    run.save(update_fields=["total"])


def enqueue_period(kind: str, period: datetime) -> JobRun:
    """Asks for the run of a scheduled kind that belongs to a moment of its schedule.

    The moment is the key: two beats, a late one and the sweeper all mean the same run.
    """
    return enqueue(kind=kind, key=period_key(kind, period), params={"period": _moment(period)})


def period_key(kind: str, period: datetime) -> str:
    return f"{kind}@{_moment(period)}"


def _moment(period: datetime) -> str:
    return timezone.localtime(period).isoformat(timespec="minutes")


def may_steer(user: Any, run: JobRun) -> bool:
    """Whether this account may cancel or retry the job: its owner, and an administrator what belongs to nobody."""
    if run.owner_id is None:
        return bool(user.role == Role.ADMINISTRATOR)
    return bool(run.owner_id == user.pk)


def cancel(*, run: JobRun, by: Staff) -> JobRun:
    """Ends a waiting job at once; a running one when its handler or its next chunk looks. Raises RuleBroken."""
    with transaction.atomic():
        row = _lock(run, by)
        if not row.is_active:
            raise RuleBroken("job_has_ended", _("This job has already ended."))
        if row.state == JobRun.State.QUEUED:
            row.state, row.finished_at, row.lease_until = JobRun.State.CANCELLED, timezone.now(), None
        row.cancel_asked = True
        row.save(update_fields=["state", "finished_at", "lease_until", "cancel_asked"])
        transaction.on_commit(nudge)
    return row


def retry(*, run: JobRun, by: Staff) -> JobRun:
    """Queues a failed or cancelled job again; chunks that are done stay done. Raises RuleBroken."""
    with transaction.atomic():
        row = _lock(run, by)
        if row.state not in (JobRun.State.FAILED, JobRun.State.CANCELLED):
            raise RuleBroken("job_did_not_fail", _("Only a job that failed or was cancelled can be tried again."))
        row.state, row.attempts, row.cancel_asked, row.error = JobRun.State.QUEUED, 0, False, ""
        row.started_at = row.finished_at = row.lease_until = None
        row.save(
            update_fields=["state", "attempts", "cancel_asked", "error", "started_at", "finished_at", "lease_until"]
        )
        row.chunks.filter(done_at__isnull=True).update(attempts=0, lease_until=None)
        transaction.on_commit(nudge)
    return row


def _lock(run: JobRun, by: Staff) -> JobRun:
    if not may_steer(by, run):
        raise RuleBroken("job_of_somebody_else", _("Only the person who started this job can do that."))
    rows: models.QuerySet[JobRun] = JobRun.objects.select_for_update(no_key=True)
    return rows.get(pk=run.pk)
