"""Filters of ratings and tiers, the same for page, export and API."""

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Rating, TierResult
from clients.models.rating import RatingQuerySet
from clients.ranks import GRADES, TIERS
from crm_project.ui.filters import DeskFilterSet


class RatingFilter(DeskFilterSet):
    q = django_filters.CharFilter(method="search", label=_("Client's name or initials"), max_length=100)
    client = django_filters.NumberFilter(field_name="client_id", label=_("Number of the client"))
    state = django_filters.MultipleChoiceFilter(choices=Rating.State.choices, label=_("State"))
    kind = django_filters.MultipleChoiceFilter(choices=Rating.Kind.choices, label=_("Kind"))
    grade = django_filters.MultipleChoiceFilter(choices=[(grade, grade) for grade in GRADES], label=_("Grade"))
    due = django_filters.ChoiceFilter(
        choices=[("soon", _("runs out within 45 days")), ("past", _("expired"))], method="by_due", label=_("Validity")
    )
    overridden = django_filters.BooleanFilter(method="by_override", label=_("Overridden"))

    class Meta(DeskFilterSet.Meta):
        model = Rating
        fields: list[str] = []

    def search(self, queryset: QuerySet[Rating], name: str, value: str) -> QuerySet[Rating]:
        text = value.strip()
        return queryset.filter(client__name__icontains=text) | queryset.filter(
            client__initials__startswith=text.lower()
        )

    def by_due(self, queryset: RatingQuerySet, name: str, value: str) -> RatingQuerySet:
        today = timezone.localdate()
        return queryset.expired(today) if value == "past" else queryset.running_out(today)

    def by_override(self, queryset: QuerySet[Rating], name: str, value: bool) -> QuerySet[Rating]:
        return queryset.exclude(override_code="") if value else queryset.filter(override_code="")


class TierFilter(DeskFilterSet):
    client = django_filters.NumberFilter(field_name="client_id", label=_("Number of the client"))
    tier = django_filters.MultipleChoiceFilter(choices=[(tier, tier) for tier in TIERS], label=_("Tier"))

    class Meta(DeskFilterSet.Meta):
        model = TierResult
        fields: list[str] = []
