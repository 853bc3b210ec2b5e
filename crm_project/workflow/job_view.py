"""A job as a page shows it: state, progress, counts, and what may be done about it, all in the reader's language.

context["job"] = job_view.shown(run, request.user)      {% include "workflow/job_progress.html" %}
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm_project.ui import formats, markup
from crm_project.workflow import jobs, schedule
from crm_project.workflow.models import JobRun

LATE = 10 * 60
"""Seconds after its moment from which a scheduled job is called late."""

UNTOUCHED = timedelta(minutes=2)
"""A job that waits longer for a worker says so."""

LOOKS = {
    JobRun.State.QUEUED: ("", "clock"),  # icon
    JobRun.State.RUNNING: ("rq-teal", "loader-2"),  # icon
    JobRun.State.DONE: ("rq-ok", "circle-check"),  # icon
    JobRun.State.FAILED: ("rq-ko", "circle-x"),  # icon
    JobRun.State.CANCELLED: ("rq-muted", "ban"),  # icon
}


@dataclass(frozen=True)
class Count:
    label: str
    number: int


@dataclass(frozen=True)
class JobView:
    """What `job_progress.html` draws."""

    run: JobRun
    label: str
    state: SafeString
    remark: str
    counts: list[Count]
    link: str
    may_cancel: bool
    may_retry: bool


def shown(run: JobRun, user: Any) -> JobView:
    result = run.result or {}
    mine = jobs.may_steer(user, run)
    return JobView(
        run=run,
        label=label(run),
        state=state_mark(run),
        remark=_remark(run),
        counts=_counts(run, result.get("counts", {})),
        link=result.get("link", "") if run.state == JobRun.State.DONE else "",
        may_cancel=mine and run.is_active and not run.cancel_asked,
        may_retry=mine and run.state in (JobRun.State.FAILED, JobRun.State.CANCELLED),
    )


def label(run: JobRun) -> str:
    return jobs.label_of(run.kind)


def state_mark(run: JobRun) -> SafeString:
    """Icon and word of the state."""
    css, symbol = LOOKS[JobRun.State(run.state)]
    word = _("Stopping") if run.is_active and run.cancel_asked else run.get_state_display()
    return format_html('<span class="rq-state {}">{}{}</span>', css, markup.icon(symbol), word)


def _counts(run: JobRun, counts: dict[str, int]) -> list[Count]:
    kind = jobs.kinds().get(run.kind)
    words = kind.counts if kind else {}
    return [Count(str(words.get(name, name)), number) for name, number in counts.items()]


def _remark(run: JobRun) -> str:
    """One sentence on how it stands."""
    match run.state:
        case JobRun.State.QUEUED if run.attempts:
            return _("Attempt %(number)s of %(most)s failed; it is tried again in a moment.") % {
                "number": run.attempts,
                "most": jobs.MAX_ATTEMPTS,
            }
        case JobRun.State.QUEUED if timezone.now() - run.created_at > UNTOUCHED:
            return _("No worker has taken it yet. If this stays, tell the administrator.")
        case JobRun.State.QUEUED:
            return _("It begins as soon as a worker is free. You can leave this page; the work goes on.")
        case JobRun.State.RUNNING if run.cancel_asked:
            return _("It stops after the step it is in.")
        case JobRun.State.RUNNING if run.total:
            return _("%(done)s of %(total)s. You can leave this page; the work goes on.") % {
                "done": formats.number(run.done),
                "total": formats.number(run.total),
            }
        case JobRun.State.RUNNING:
            return _("You can leave this page; the work goes on.")
        case JobRun.State.CANCELLED:
            return _("What was already finished stays; the rest was not done.") if run.done else _("Nothing was done.")
    return ""


def moment(run: JobRun) -> str:
    """For a scheduled job the moment it stands for, and whether it was asked for late."""
    if "period" not in run.params:
        return ""
    when = formats.moment(jobs.Run(run, 0).period)
    return _("%(when)s, late") % {"when": when} if schedule.seconds_late(run) > LATE else when
