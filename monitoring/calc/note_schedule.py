"""The repayment schedule of a loan note from the terms its tranche was decided with. Source: RULES §1.5, §8."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from crm_project.rules.money import quantise_cent
from crm_project.rules.workdays import add_months
from financing.calc.results import N_, CalcError
from financing.calc.schedule import Method, Schedule, build_schedule

ZERO = Decimal("0.00")
SCULPTED = "sculpted"


@dataclass(frozen=True)
class NoteTerms:
    """first_due_on: first day on which the tranche repays or pays interest; every_months: between instalments.

    method: as the tranche's. grace: instalments of interest only. shape: principal of the tranche per due date, which a
    sculpted note follows in proportion.
    """

    first_due_on: date
    matures_on: date
    every_months: int
    method: str
    grace: int = 0
    shape: tuple[tuple[date, Decimal], ...] = ()


def note_schedule(amount: Decimal, drawn_on: date, rate: Decimal, terms: NoteTerms) -> Schedule:
    """Rows of a note of `amount` CNY drawn on a day, interest by days over 360.

    Before the first due date of the tranche only interest is paid, at the same distance. Principal of a sculpted note
    is in proportion to the rows of the tranche that lie ahead, cents rounded down, the last takes the rest.
    Raises CalcError no_dates where the tranche is due before the drawing.
    """
    due = [day for day in _due_dates(terms) if day > drawn_on]
    if not due:
        raise CalcError("no_dates", N_("there is no due date"))
    early = _interest_dates(drawn_on, due[0], terms.every_months)
    dates = (*early, *due)
    if terms.method == SCULPTED:
        principals = (*(ZERO for _ in early), *_in_proportion(amount, due, terms.shape))
        return build_schedule(
            principal=amount, starts_on=drawn_on, dates=dates, rates=rate, method=Method.FREE, principals=principals
        )
    grace = min(len(dates) - 1, len(early) + max(0, terms.grace - _passed(terms, drawn_on)))
    return build_schedule(
        principal=amount, starts_on=drawn_on, dates=dates, rates=rate, method=Method(terms.method), grace=grace
    )


def _due_dates(terms: NoteTerms) -> list[date]:
    if terms.method == SCULPTED and terms.shape:
        return [day for day, _principal in terms.shape]
    found, n = [], 0
    while (day := add_months(terms.first_due_on, n * terms.every_months)) < terms.matures_on:
        found.append(day)
        n += 1
    return [*found, terms.matures_on]


def _passed(terms: NoteTerms, drawn_on: date) -> int:
    return sum(day <= drawn_on for day in _due_dates(terms))


def _interest_dates(drawn_on: date, first: date, every: int) -> list[date]:
    found, n = [], 1
    while (day := add_months(first, -n * every)) > drawn_on:
        found.append(day)
        n += 1
    return found[::-1]


def _in_proportion(amount: Decimal, due: Sequence[date], shape: Sequence[tuple[date, Decimal]]) -> list[Decimal]:
    ahead = {day: principal for day, principal in shape if day in set(due)}
    total = sum(ahead.values(), ZERO)
    if not total:
        return [*(ZERO for _ in due[1:]), amount]
    parts = [_down(Fraction(amount) * Fraction(ahead.get(day, ZERO)) / Fraction(total)) for day in due[:-1]]
    return [*parts, quantise_cent(amount - sum(parts, ZERO))]


def _down(value: Fraction) -> Decimal:
    return Decimal(int(value * 100)).scaleb(-2)
