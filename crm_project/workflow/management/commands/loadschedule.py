import json
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from crm_project.workflow import jobs, schedule


class Command(BaseCommand):
    help = "Enter the sweeper and the shipped times of scheduled jobs. Times that stand already are left; repeatable."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        self._enter_sweeper()
        scheduled = {code: kind.crontab for code, kind in jobs.kinds().items() if kind.crontab}
        names = {self._enter_kind(code, times) for code, times in scheduled.items()}
        gone, _by_model = PeriodicTask.objects.filter(task=schedule.START).exclude(name__in=names).delete()
        self.stdout.write(f"{len(names)} scheduled kinds of jobs, {gone} entries of other kinds taken out")

    def _enter_sweeper(self) -> None:
        pace = {"every": schedule.SWEEP_SECONDS, "period": IntervalSchedule.SECONDS}
        every = IntervalSchedule.objects.filter(**pace).first() or IntervalSchedule.objects.create(**pace)
        # a sweep that waited longer than the next one is worth nothing
        fields = {"task": schedule.SWEEP, "interval": every, "expire_seconds": schedule.SWEEP_SECONDS, "enabled": True}
        PeriodicTask.objects.update_or_create(name=schedule.SWEEP, defaults=fields)

    def _enter_kind(self, code: str, times: str) -> str:
        names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
        fields = dict(zip(names, times.split(), strict=True)) | {"timezone": timezone.get_default_timezone()}
        # the table knows no unique key
        crontab = CrontabSchedule.objects.filter(**fields).first() or CrontabSchedule.objects.create(**fields)
        name = f"job {code}"
        entry = {"task": schedule.START, "kwargs": json.dumps({"kind": code}), "crontab": crontab}
        PeriodicTask.objects.get_or_create(name=name, defaults={**entry, "start_time": timezone.now()})
        return name
