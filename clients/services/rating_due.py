"""When a rating runs out: the task to rate again, and the end of an override with the next annual statement."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client, Rating, Statement
from clients.services.rating_approval import due_key
from clients.services.tier import end_of_work
from crm_project.organization.models import Subject
from crm_project.organization.roles import Role
from crm_project.ui import formats
from crm_project.workflow.models import Task
from crm_project.workflow.services.tasks import TaskKind, open_task

DUE = "rating_due"


def open_due_tasks(on: date) -> int:
    """A task for the managing RM of every client whose rating runs out; once per rating. Returns how many are new."""
    ending = Rating.objects.expired(on) | Rating.objects.running_out(on)
    known = set(Task.objects.filter(kind=DUE).values_list("key", flat=True))
    fresh = [one for one in ending.order_by("pk") if due_key(one) not in known]
    for rating in fresh:
        _open(rating)
    return len(fresh)


def _open(rating: Rating) -> None:
    root = Subject.objects.select_related("branch", "manager").get(pk=rating.client_id)
    assert root.branch and rating.valid_until  # noqa: S101  (client and confirmed rating have them by constraint)
    open_task(
        kind=DUE,
        key=due_key(rating),
        subject=root,
        role=Role.RM,
        branch=root.branch,
        assignee=root.manager,
        due_at=end_of_work(rating.valid_until),
        params={"grade": rating.grade, "until": rating.valid_until.isoformat()},
    )


@transaction.atomic
def end_override(sender: Any, client: Client, statements: list[Statement], **news: Any) -> None:
    """Receiver of statements_booked: an override ends with the next annual statement (RULES §23.6)."""
    newest = max((one.period_end for one in statements if one.months == 12), default=None)
    overridden = Rating.objects.confirmed().filter(client=client).exclude(override_code="")
    for rating in overridden.filter(statement__period_end__lt=newest) if newest else ():
        rating.valid_until = min(timezone.localdate(), rating.valid_until or timezone.localdate())
        rating.version += 1
        rating.save(update_fields=["valid_until", "version"])
        _open(rating)


TASK_KIND = TaskKind(
    DUE,
    gettext_lazy("Rating runs out"),
    title=lambda task: _("Rate the client again"),
    button=gettext_lazy("Rate"),
    remark=lambda task: (
        _("%(grade)s valid until %(day)s")
        % {"grade": task.params["grade"], "day": formats.day(date.fromisoformat(task.params["until"]))}
    ),
)
