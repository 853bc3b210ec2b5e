"""Filters of this room's lists, the same for page, export and API."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.filters import visible_branches, visible_managers
from crm_project.ui.filters import DeskFilterSet
from monitoring.models import Drawdown, Facility, LoanNote


class DrawdownFilter(DeskFilterSet):
    q = django_filters.CharFilter(method="search", label=_("Client, project or contract"), max_length=100)
    state = django_filters.MultipleChoiceFilter(choices=Drawdown.State.choices, label=_("State"))
    branch = django_filters.ModelChoiceFilter(queryset=visible_branches, field_name="root__branch", label=_("Branch"))
    manager = django_filters.ModelChoiceFilter(
        queryset=visible_managers, field_name="root__manager", label=_("Relationship manager")
    )
    wanted_on = django_filters.DateFromToRangeFilter(label=_("Wanted on"))

    class Meta(DeskFilterSet.Meta):
        model = Drawdown
        fields: list[str] = []

    def search(self, queryset: QuerySet[Drawdown], name: str, value: str) -> QuerySet[Drawdown]:
        return queryset.filter(_found("facility__", value.strip()))


class FacilityFilter(DeskFilterSet):
    q = django_filters.CharFilter(method="search", label=_("Client, project or contract"), max_length=100)
    state = django_filters.MultipleChoiceFilter(choices=Facility.State.choices, label=_("State"))
    branch = django_filters.ModelChoiceFilter(queryset=visible_branches, field_name="root__branch", label=_("Branch"))
    manager = django_filters.ModelChoiceFilter(
        queryset=visible_managers, field_name="root__manager", label=_("Relationship manager")
    )
    project = django_filters.NumberFilter(field_name="project_id", label=_("Project"))

    class Meta(DeskFilterSet.Meta):
        model = Facility
        fields: list[str] = []

    def search(self, queryset: QuerySet[Facility], name: str, value: str) -> QuerySet[Facility]:
        return queryset.filter(_found("", value.strip()))


def _found(prefix: str, word: str) -> Q:
    lower = word.lower()
    return (
        Q(**{f"{prefix}contract_no__icontains": word})
        | Q(**{f"{prefix}borrower__name__icontains": word})
        | Q(**{f"{prefix}project__name__icontains": word})
        | Q(**{f"{prefix}project__initials__startswith": lower})
    )


class LoanNoteFilter(django_filters.FilterSet):
    facility = django_filters.NumberFilter(field_name="facility_id", label=_("Facility"))

    class Meta:
        model = LoanNote
        fields = ["category"]


class DrawdownResourceFilter(django_filters.FilterSet):
    facility = django_filters.NumberFilter(field_name="facility_id", label=_("Facility"))

    class Meta:
        model = Drawdown
        fields = ["state"]
