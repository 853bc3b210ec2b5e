"""When scheduled kinds are due. The times stand in the database, where an administrator may change them.

Beat fires each entry; the sweeper asks for the same moments again, so that one that was missed is caught up, once.
"""

import json
from datetime import datetime, timedelta

from celery.schedules import crontab
from django_celery_beat.models import PeriodicTask

from crm_project.workflow import jobs
from crm_project.workflow.models import JobRun

SWEEP, START = "workflow.sweep", "workflow.start"
SWEEP_SECONDS = 15
LOOK_BACK = 400  # days in which the latest moment of a schedule is looked for


def latest(times: crontab, now: datetime) -> datetime | None:
    """The last moment of a schedule that is not after `now`, in the zone of `now`; None where it is too long ago."""
    for back in range(LOOK_BACK):
        day = now.date() - timedelta(days=back)
        if day.month not in times.month_of_year or day.day not in times.day_of_month:
            continue
        if day.isoweekday() % 7 not in times.day_of_week:
            continue
        moments = (
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=now.tzinfo)
            for hour in sorted(times.hour, reverse=True)
            for minute in sorted(times.minute, reverse=True)
        )
        if moment := next((moment for moment in moments if moment <= now), None):
            return moment
    return None


def start_due(now: datetime, kind: str | None = None) -> list[JobRun]:
    """Asks for the latest moment of every schedule (or of one kind's) that has no run yet. Returns the new jobs.

    A moment before an entry was made is not caught up.
    """
    due: dict[str, tuple[str, datetime]] = {}
    for entry in _entries():
        code = json.loads(entry.kwargs)["kind"]
        moment = latest(entry.crontab.schedule, now.astimezone(entry.crontab.timezone))
        if kind not in (None, code) or moment is None or (entry.start_time and moment < entry.start_time):
            continue
        due[jobs.period_key(code, moment)] = (code, moment)
    known = set(JobRun.objects.filter(key__in=due).values_list("key", flat=True))
    return [jobs.enqueue_period(*wanted) for key, wanted in due.items() if key not in known]


def _entries() -> list[PeriodicTask]:
    entries = PeriodicTask.objects.filter(task=START, enabled=True, crontab__isnull=False).select_related("crontab")
    return [entry for entry in entries if json.loads(entry.kwargs).get("kind") in jobs.kinds()]


def seconds_late(run: JobRun) -> float:
    """How long after its moment a scheduled job was asked for; 0 for others."""
    if "period" not in run.params:
        return 0.0
    return (run.created_at - datetime.fromisoformat(run.params["period"])).total_seconds()
