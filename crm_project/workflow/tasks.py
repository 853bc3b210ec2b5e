"""What Celery calls, and the jobs of the platform itself."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_project.workflow import heartbeat, nudge, runner, schedule
from crm_project.workflow.jobs import Outcome, Run, job
from crm_project.workflow.services.tasks import escalate_overdue


@shared_task(name=nudge.LOOK)
def look() -> None:
    """Somebody has asked for work."""
    runner.work_through()


@shared_task(name=schedule.SWEEP)
def sweep() -> None:
    """Every few seconds: what nobody has been told of, what a lost worker left, and moments that were missed."""
    heartbeat.beat()
    schedule.start_due(timezone.now())
    runner.work_through()


@shared_task(name=schedule.START)
def start(kind: str) -> None:
    """A moment of a kind's schedule has come."""
    schedule.start_due(timezone.now(), kind)


@job(
    "tidy_sessions",
    label=_("Clearing expired sign-ins"),
    counts={"cleared": _("sign-ins cleared")},
    crontab="10 3 * * *",
)
def tidy_sessions(run: Run) -> Outcome:
    """Sessions past their last hour are only weight."""
    cleared, _by_model = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return Outcome({"cleared": cleared})


@job(
    "escalate_overdue",
    label=_("Escalating overdue tasks"),
    counts={"raised": _("tasks escalated")},
    crontab="*/10 8-20 * * *",
)
def escalate(run: Run) -> Outcome:
    """Every task past its deadline goes up to the branch head, once."""
    return Outcome({"raised": escalate_overdue(timezone.now())})
