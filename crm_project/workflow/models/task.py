"""Tasks: who must do what by when."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Role
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: object) -> "TaskQuerySet":
        return self.filter(subject__in=Subject.objects.visible_to(user))  # type: ignore[arg-type]

    def of(self, staff: Staff) -> "TaskQuerySet":
        """Tasks this account can do: its own by name, and those of its role at its branch that nobody took."""
        pool = Q(assignee__isnull=True, role=staff.role, branch=staff.branch_id)
        return self.filter(Q(assignee=staff) | pool)

    def open(self) -> "TaskQuerySet":
        return self.filter(state=Task.State.OPEN)

    def overdue(self, now: datetime) -> "TaskQuerySet":
        """Open tasks past their deadline; a task that waits for the client is never overdue."""
        return self.open().filter(paused_at__isnull=True, due_at__lt=now)


@tracked()
class Task(models.Model):
    """One thing to do about a subject. What it says comes from its kind and `params`, in the reader's language.

    The key makes a second creation the same task. The clock counts working hours and stands still while the task
    waits for the client: `paused_at` is set then, and the deadline moves on by the pause when it ends.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("No longer needed")

    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(max_length=200, unique=True)
    params = models.JSONField(default=dict)
    subject = models.ForeignKey(Subject, verbose_name=_("subject"), on_delete=models.PROTECT, related_name="tasks")
    amount = MoneyField(_("amount"), null=True, blank=True)
    assignee = models.ForeignKey(
        "organization.Staff", verbose_name=_("assignee"), null=True, on_delete=models.PROTECT, related_name="tasks"
    )
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    branch = models.ForeignKey(
        "organization.Branch", verbose_name=_("branch"), on_delete=models.PROTECT, related_name="+"
    )
    due_at = models.DateTimeField(_("due"))
    paused_at = models.DateTimeField(_("waiting for the client since"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    done_at = models.DateTimeField(_("done at"), null=True)
    done_by = models.ForeignKey("organization.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)
    escalated_at = models.DateTimeField(_("escalated at"), null=True)
    escalated_to = models.ForeignKey("organization.Staff", null=True, on_delete=models.PROTECT, related_name="+")

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", done_at__isnull=True) | (~Q(state="open") & Q(done_at__isnull=False)),
                name="task_done_has_its_time",
            )
        ]
        indexes = [
            models.Index(fields=["assignee", "due_at"], name="task_open_of_assignee", condition=Q(state="open")),
            models.Index(fields=["role", "branch", "due_at"], name="task_open_of_role", condition=Q(state="open")),
            models.Index(fields=["due_at"], name="task_open_by_due", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.subject}"

    @property
    def holder(self) -> str:
        """Who has the task in hand: a person, or a role that shares it. A query where the assignee was not joined."""
        return self.assignee.name if self.assignee else str(Role(self.role).label)
