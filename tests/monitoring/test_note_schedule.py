"""The repayment schedule of a loan note."""

from datetime import date
from decimal import Decimal

import pytest

from financing.calc.results import CalcError
from monitoring.calc.note_schedule import NoteTerms, note_schedule
from monitoring.calc.portions import Portion, fill

RATE = Decimal("0.036")
FIRST, LAST = date(2028, 6, 20), date(2029, 12, 20)


def terms(method: str, **fields: object) -> NoteTerms:
    return NoteTerms(FIRST, LAST, 6, method, **fields)  # type: ignore[arg-type]


def test_before_the_first_due_date_only_interest_is_paid() -> None:
    rows = note_schedule(Decimal("1000.00"), date(2027, 1, 10), RATE, terms("equal_principal")).rows
    assert [row.due_on for row in rows[:3]] == [date(2027, 6, 20), date(2027, 12, 20), FIRST]
    assert [row.principal for row in rows] == [Decimal(0), Decimal(0), *[Decimal("250.00")] * 4]
    assert rows[0].interest == Decimal("16.10")  # 161 days of 3.6 % over 360


def test_a_sculpted_note_follows_the_shape_of_its_tranche() -> None:
    shape = tuple(
        (day, Decimal(part))
        for day, part in [(FIRST, "10"), (date(2028, 12, 20), "30"), (date(2029, 6, 20), "20"), (LAST, "40")]
    )
    rows = note_schedule(Decimal("333.33"), date(2028, 1, 10), RATE, terms("sculpted", shape=shape)).rows
    assert [row.principal for row in rows] == [Decimal(p) for p in ("33.33", "99.99", "66.66", "133.35")]


def test_a_late_note_takes_the_dates_that_are_left() -> None:
    rows = note_schedule(Decimal("300.00"), date(2028, 7, 1), RATE, terms("bullet")).rows
    assert [(row.due_on, row.principal) for row in rows][-1] == (LAST, Decimal("300.00"))
    assert rows[0].due_on == date(2028, 12, 20)


def test_a_note_after_maturity_has_no_schedule() -> None:
    with pytest.raises(CalcError, match="no due date"):
        note_schedule(Decimal("300.00"), LAST, RATE, terms("bullet"))


def test_payments_are_served_in_their_order() -> None:
    portions = [Portion(Decimal(30), ("a",)), Portion(Decimal(20), ("b",)), Portion(Decimal(5))]
    assert fill(portions, Decimal(36)) == (30, 6, 0)
    assert fill(portions, Decimal(100), {"a": Decimal(40), "b": Decimal(12)}) == (30, 12, 0)
    assert sum(fill(portions, Decimal(100))) == 55
