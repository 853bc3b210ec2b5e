from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Rating
from crm_project.ui.tables import Column, DayColumn, DeskTable, NameColumn, NumberColumn, PercentColumn, TagColumn


def _page(record: Rating) -> str:
    return f"{reverse('clients:client_rating', args=[record.client_id])}?rating={record.pk}"


def _expired(record: Rating) -> bool:
    in_force = record.state == Rating.State.CONFIRMED
    return in_force and record.valid_until is not None and record.valid_until < timezone.localdate()


class GradeColumn(Column):
    """The grade that was proposed or confirmed, else the computed one; with the computed one behind an override."""

    def render(self, record: Rating) -> Any:
        grade = record.grade or record.computed_grade
        return f"{grade} ({record.computed_grade})" if record.override_code else grade

    def value(self, record: Rating) -> str:  # type: ignore[override]
        return record.grade or record.computed_grade


class RatingTable(DeskTable):
    client = NameColumn(_("Client"), accessor="client__name", linkify=_page, order_by="client__pinyin")
    grade = GradeColumn(_("Grade"), strong=True, order_by="grade_rank", empty_values=())
    score = NumberColumn(_("Points"), decimals=2)
    pd = PercentColumn(_("PD"), decimals=2)
    state = TagColumn(_("State"), accessor="get_state_display", order_by="state")
    kind = Column(_("Kind"), accessor="get_kind_display", order_by="kind", muted=True)
    as_of = DayColumn(_("Rated as of"))
    valid_until = DayColumn(_("Valid until"), late=_expired)
    proposed_by = Column(_("Proposed by"), accessor="proposed_by__name", order_by="proposed_by__number")
    confirmed_by = Column(_("Confirmed by"), accessor="confirmed_by__name", order_by="confirmed_by__number")
    manager = Column(_("Manager"), accessor="root__manager__name", order_by="root__manager__person__number")
    branch = Column(_("Branch"), accessor="root__branch__name", order_by="root__branch__path", muted=True)

    fixed_columns = ("client",)

    class Meta(DeskTable.Meta):
        model = Rating
        fields = ("client",)
