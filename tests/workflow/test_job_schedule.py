"""When scheduled jobs are due: one run per moment, whoever asks for it and however late."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab
from django.core.management import call_command
from django_celery_beat.models import PeriodicTask

from crm_project.workflow import jobs, schedule
from crm_project.workflow.jobs import Run

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kind of these tests, beside those of the product."""
    monkeypatch.setattr(jobs, "_kinds", dict(jobs.kinds()))
    jobs.job("write", label="Writing", crontab="0 2 * * *")(lambda run: None)
    yield


@pytest.mark.parametrize(
    ("times", "now", "moment"),
    [
        ("0 2 * * *", "2026-11-24T12:00", "2026-11-24T02:00"),
        ("0 2 * * *", "2026-11-24T01:59", "2026-11-23T02:00"),
        ("0 2 * * *", "2026-11-24T02:00", "2026-11-24T02:00"),
        ("*/30 8-18 * * 1-5", "2026-11-24T09:31", "2026-11-24T09:30"),
        ("*/30 8-18 * * 1-5", "2026-11-23T07:00", "2026-11-20T18:30"),
        ("15 6 1 * *", "2026-11-24T12:00", "2026-11-01T06:15"),
        ("0 0 31 12 *", "2026-11-24T12:00", "2025-12-31T00:00"),
        ("0 0 * * 0", "2026-11-24T12:00", "2026-11-22T00:00"),
    ],
)
def test_the_latest_moment_of_a_schedule(times: str, now: str, moment: str) -> None:
    found = schedule.latest(crontab.from_string(times), datetime.fromisoformat(now).replace(tzinfo=SHANGHAI))
    assert found == datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


@pytest.fixture
def scheduled() -> None:
    call_command("loadschedule", verbosity=0)
    PeriodicTask.objects.filter(name="job write").update(start_time=None)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_two_beats_a_late_one_and_the_sweeper_mean_one_run(scheduled: None) -> None:
    keys = [
        run.key
        for moment in ("2026-11-23T02:00:00", "2026-11-23T02:00:03", "2026-11-23T05:00:00", "2026-11-24T01:59:59")
        for run in schedule.start_due(at(moment), "write")
    ]
    assert keys == ["write@2026-11-23T02:00+08:00"]
    assert jobs.enqueue_period("write", at("2026-11-23T02:00")).key == keys[0]


def test_after_a_long_silence_only_the_latest_moment_is_caught_up(scheduled: None) -> None:
    schedule.start_due(at("2026-11-20T02:00"), "write")
    (late,) = schedule.start_due(at("2026-11-23T09:30"), "write")
    assert late.key == "write@2026-11-23T02:00+08:00"
    late.created_at = at("2026-11-23T09:30")
    assert schedule.seconds_late(late) == 7.5 * 3600


def test_a_moment_before_the_entry_was_made_is_not_caught_up(scheduled: None) -> None:
    PeriodicTask.objects.filter(name="job write").update(start_time=at("2026-11-23T10:00"))
    assert schedule.start_due(at("2026-11-23T11:00"), "write") == []
    assert len(schedule.start_due(at("2026-11-24T02:00"), "write")) == 1


def test_a_handler_knows_its_moment(scheduled: None) -> None:
    run = jobs.enqueue_period("write", at("2026-11-23T02:00"))
    assert Run(run, 1).period == at("2026-11-23T02:00")


def test_a_time_that_an_administrator_changed_or_switched_off_stays(scheduled: None) -> None:
    entry = PeriodicTask.objects.get(name="job write")
    entry.crontab.hour = "4"
    entry.crontab.save()
    entry.enabled = False
    entry.save()
    call_command("loadschedule", verbosity=0)
    entry.refresh_from_db()
    assert (entry.crontab.hour, entry.enabled) == ("4", False)
    assert schedule.start_due(at("2026-11-24T12:00"), "write") == []


def test_loading_the_schedule_twice_changes_nothing_and_takes_out_what_is_gone(
    scheduled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(PeriodicTask.objects.values_list("name", flat=True))
    call_command("loadschedule", verbosity=0)
    assert sorted(PeriodicTask.objects.values_list("name", flat=True)) == before
    monkeypatch.delitem(jobs._kinds, "write")
    call_command("loadschedule", verbosity=0)
    assert sorted(PeriodicTask.objects.values_list("name", flat=True)) == [n for n in before if n != "job write"]
    assert PeriodicTask.objects.get(name=schedule.SWEEP).interval.every == 15
