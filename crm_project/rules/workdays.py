"""Working days, month arithmetic and the clock of business hours, without Django.

A working day is an adjusted workday, or a Monday-to-Friday day that the calendar does not list.
Days and times are those of the branch (China has one time zone and no summer time).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

ADJUSTED = "adjusted_workday"
MICROSECONDS_PER_HOUR = 3_600_000_000


class Shift(StrEnum):
    """What a contract does with a due date that is no working day."""

    NONE = "none"
    FOLLOWING = "following"
    PRECEDING = "preceding"


@dataclass(frozen=True)
class OpenHours:
    """One stretch of business hours within a day; `closes` is not before `opens`."""

    opens: time
    closes: time


NINE_TO_FIVE = (OpenHours(time(9), time(17)),)


@dataclass(frozen=True)
class Workdays:
    """The calendar of a branch.

    days_off: listed days that are not worked; weekend days may be listed or not.
    days_on: Saturdays and Sundays that are worked.
    announced_years: years whose arrangement has been published; every other year is an estimate.
    hours: business hours of a working day, in order of time.
    """

    days_off: frozenset[date]
    days_on: frozenset[date]
    announced_years: frozenset[int]
    hours: tuple[OpenHours, ...] = NINE_TO_FIVE

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Workdays":
        """Calendar from a rule body with table `days` and, where given, `params.business_hours`."""
        return cls.from_rows(
            body["tables"]["days"],
            hours_from_texts(body["params"].get("business_hours")),
        )

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Mapping[str, str]],
        hours: tuple[OpenHours, ...] = NINE_TO_FIVE,
    ) -> "Workdays":
        """Calendar from rows with date, kind and status, as the shipped table and the calendar page hold them."""
        listed = [(date.fromisoformat(row["date"]), row["kind"] == ADJUSTED, row["status"]) for row in rows]
        estimated = {day.year for day, _, status in listed if status != "announced"}
        return cls(
            days_off=frozenset(day for day, worked, _ in listed if not worked),
            days_on=frozenset(day for day, worked, _ in listed if worked),
            announced_years=frozenset(day.year for day, _, _ in listed) - estimated,
            hours=hours,
        )

    def is_workday(self, day: date) -> bool:
        return day in self.days_on or (day.weekday() < 5 and day not in self.days_off)

    def is_estimated(self, year: int) -> bool:
        """Whether dates of the year rest on an arrangement that is not published yet."""
        return year not in self.announced_years

    def following(self, day: date) -> date:
        """The day itself if worked, else the next working day."""
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def preceding(self, day: date) -> date:
        """The day itself if worked, else the last working day before it."""
        while not self.is_workday(day):
            day -= timedelta(days=1)
        return day

    def shift(self, day: date, rule: Shift) -> date:
        """A due date moved as the contract says."""
        if rule is Shift.FOLLOWING:
            return self.following(day)
        if rule is Shift.PRECEDING:
            return self.preceding(day)
        return day

    def add_workdays(self, day: date, count: int) -> date:
        """The count-th working day after `day` (before it where count is negative); `day` itself for 0."""
        step = timedelta(days=1 if count > 0 else -1)
        for _ in range(abs(count)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def workdays_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative where end lies before start."""
        if end < start:
            return -self.workdays_between(end, start)
        return sum(self.is_workday(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))

    def add_working_hours(self, start: datetime, hours: Decimal) -> datetime:
        """The moment at which `hours` of business time have passed since `start`.

        Time outside business hours does not count. Ends on a closing time rather than on the next opening;
        with 0 hours gives the first moment of business time at or after `start`.
        Raises ValueError for negative hours or a calendar without business time.
        """
        left = _as_time(hours)
        if left < timedelta(0):
            raise ValueError("hours must not be negative")
        if all(span.opens == span.closes for span in self.hours):
            raise ValueError("the calendar has no business hours")
        day = start.date()
        while True:
            for opens, closes in self._spans(day, start):
                begin = max(opens, start)
                if begin >= closes:
                    continue
                if left <= closes - begin:
                    return begin + left
                left -= closes - begin
            day += timedelta(days=1)

    def working_hours_between(self, start: datetime, end: datetime) -> Decimal:
        """Business hours from `start` to `end`, 0 where end is not later, exact to the microsecond."""
        total, day = timedelta(0), start.date()
        while day <= end.date():
            for opens, closes in self._spans(day, start):
                total += max(timedelta(0), min(closes, end) - max(opens, start))
            day += timedelta(days=1)
        return Decimal(total // timedelta(microseconds=1)) / MICROSECONDS_PER_HOUR

    def _spans(self, day: date, like: datetime) -> list[tuple[datetime, datetime]]:
        """Opening and closing moments of a day in the time zone of `like`; none on a day off."""
        if not self.is_workday(day):
            return []
        zone = like.tzinfo
        return [
            (
                datetime.combine(day, s.opens, zone),
                datetime.combine(day, s.closes, zone),
            )
            for s in self.hours
        ]


def hours_from_texts(texts: Iterable[str] | None) -> tuple[OpenHours, ...]:
    """Business hours from texts such as "09:00-12:00"; nine to five where none are given."""
    if texts is None:
        return NINE_TO_FIVE
    pairs = [text.split("-") for text in texts]
    return tuple(OpenHours(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in pairs)


def add_months(day: date, count: int) -> date:
    """Same day number `count` months on, or that month's last day where the number does not exist."""
    years, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    for number in range(day.day, day.day - 4, -1):
        try:
            return date(years, month + 1, number)
        except ValueError:
            continue
    raise ValueError(f"no such month: {count} months from {day}")


def _as_time(hours: Decimal) -> timedelta:
    return timedelta(microseconds=int(hours * MICROSECONDS_PER_HOUR))
