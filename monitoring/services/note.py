"""The loan note that a release makes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm_project.organization.models import Subject
from crm_project.organization.services import open_part
from crm_project.rules.errors import RuleBroken
from financing.calc.results import CalcError
from financing.calc.schedule import Schedule
from monitoring.calc.note_schedule import NoteTerms, note_schedule
from monitoring.models import Drawdown, Facility, LoanNote, NoteInstalment


def open_note(*, drawdown: Drawdown, amount: Decimal, drawn_on: date) -> LoanNote:
    """The note of a release with its instalments; to be called inside the transaction of the release.

    Raises RuleBroken where the terms give no due date after the drawing.
    """
    facility = drawdown.facility
    schedule = schedule_of(facility, amount, drawn_on)
    number = f"{facility.contract_no}-{drawdown.no:02d}"
    note = LoanNote(
        root_id=facility.root_id,
        facility=facility,
        note_no=number,
        amount=amount,
        balance=amount,
        rate=facility.rate,
        drawn_on=drawn_on,
        due_on=schedule.rows[-1].due_on,
    )
    note.subject = open_part(kind=Subject.Kind.LOAN_NOTE, title=number, root_id=facility.root_id)
    note.save(force_insert=True)
    NoteInstalment.objects.bulk_create(
        NoteInstalment(note=note, no=row.no, due_on=row.due_on, principal=row.principal, interest=row.interest)
        for row in schedule.rows
    )
    return note


def schedule_of(facility: Facility, amount: Decimal, drawn_on: date) -> Schedule:
    """How a note of this amount would be repaid. Raises RuleBroken as open_note."""
    try:
        return note_schedule(amount, drawn_on, facility.rate, terms_of(facility))
    except CalcError as error:
        raise RuleBroken("note_schedule", _("The contract has no due date after the drawing.")) from error


def terms_of(facility: Facility) -> NoteTerms:
    terms: Mapping[str, Any] = facility.terms
    return NoteTerms(
        first_due_on=date.fromisoformat(terms["first_due_on"]),
        matures_on=facility.matures_on,
        every_months=int(terms["instalment_months"]),
        method=str(terms["method"]),
        grace=int(terms["grace"]),
        shape=tuple((date.fromisoformat(day), Decimal(principal)) for day, principal in terms["shape"]),
    )
