"""Work in the background. These rows are the queue; Celery is only told to look at them."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Subject
from crm_project.organization.roles import Role, Scope


class JobRunQuerySet(models.QuerySet["JobRun"]):
    def visible_to(self, user: Any) -> "JobRunQuerySet":
        """One's own jobs and those about subjects one may know of; administrators see the jobs of the system."""
        if user.scope == Scope.EVERYTHING:
            return self.all()
        own = Q(owner=user)
        if user.role == Role.ADMINISTRATOR:
            return self.filter(own | Q(owner__isnull=True, subject__isnull=True))
        return self.filter(own | Exists(Subject.objects.visible_to(user).filter(pk=OuterRef("subject_id"))))

    def active(self) -> "JobRunQuerySet":
        return self.filter(state__in=JobRun.ACTIVE)


class JobRun(models.Model):
    """One piece of work, written with the business change that wants it. The key makes a second request the same run.

    A job without chunks is one transaction. With chunks each of them is one, and a last one ends the job; `done` and
    `total` then count chunks, and `attempts` those of the last transaction.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    ACTIVE = (State.QUEUED, State.RUNNING)

    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(_("key"), max_length=200, unique=True)
    owner = models.ForeignKey(
        "organization.Staff", verbose_name=_("owner"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    subject = models.ForeignKey(
        "organization.Subject", verbose_name=_("subject"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    file = models.ForeignKey(
        "workflow.StoredFile", verbose_name=_("file"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    params = models.JSONField(_("parameters"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    cancel_asked = models.BooleanField(_("cancel asked"), default=False)
    cursor = models.JSONField(_("cursor"), null=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), null=True)
    result = models.JSONField(_("result"), null=True)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    objects = JobRunQuerySet.as_manager()

    STATE_COLUMNS = (
        "state",
        "attempts",
        "lease_until",
        "cancel_asked",
        "cursor",
        "done",
        "total",
        "result",
        "error",
        "started_at",
        "finished_at",
    )
    """The application may change these columns and no others."""

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        # the sweeper asks for these every few seconds
        indexes = [models.Index(fields=["id"], name="job_due", condition=Q(state__in=["queued", "running"]))]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def fraction(self) -> Decimal | None:
        """How much is done, 0 to 1; None where nobody knows how much there is to do."""
        return Decimal(min(self.done, self.total)) / self.total if self.total else None


class JobChunk(models.Model):
    """A part of a job that commits by itself: a key range of subjects, or a slice of a file."""

    run = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="chunks")
    no = models.PositiveIntegerField()
    lower = models.BigIntegerField()
    upper = models.BigIntegerField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    STATE_COLUMNS = ("attempts", "lease_until", "done_at")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "no"], name="job_chunk_once")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.no}"
