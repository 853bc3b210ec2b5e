"""The bank's business hours as the calendar table holds them."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from crm_project.rules.models import CalendarDay, RuleSet
from crm_project.rules.workdays import Workdays, hours_from_texts


def workdays() -> Workdays:
    """The calendar of this moment, with the business hours of the calendar rule in force. Two queries."""
    rule = RuleSet.objects.in_force("calendar", "china", timezone.localdate())
    rows = (
        {"date": day.isoformat(), "kind": kind, "status": status}
        for day, kind, status in CalendarDay.objects.values_list("day", "kind", "status")
    )
    return Workdays.from_rows(rows, hours_from_texts(rule.body["params"].get("business_hours")))


def deadline(start: datetime, hours: Decimal) -> datetime:
    """The moment at which `hours` of business time have passed since `start`."""
    return workdays().add_working_hours(timezone.localtime(start), hours)


def moved_by_pause(due: datetime, paused: datetime, now: datetime) -> datetime:
    """A deadline after the clock stood still from `paused` to `now`."""
    calendar = workdays()
    stood = calendar.working_hours_between(timezone.localtime(paused), timezone.localtime(now))
    return calendar.add_working_hours(timezone.localtime(due), stood)
