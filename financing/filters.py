"""Filters of this room's lists, the same for page, export and API."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.filters import visible_branches, visible_managers
from crm_project.ui.filters import DeskFilterSet
from financing.models import BudgetLine, CashFlowCase, Collateral, Guarantee, Plan


class PlanFilter(DeskFilterSet):
    q = django_filters.CharFilter(method="search", label=_("Plan or project"), max_length=100)
    state = django_filters.MultipleChoiceFilter(choices=Plan.State.choices, label=_("State"))
    branch = django_filters.ModelChoiceFilter(queryset=visible_branches, field_name="root__branch", label=_("Branch"))
    manager = django_filters.ModelChoiceFilter(
        queryset=visible_managers, field_name="root__manager", label=_("Relationship manager")
    )

    class Meta(DeskFilterSet.Meta):
        model = Plan
        fields: list[str] = []

    def search(self, queryset: QuerySet[Plan], name: str, value: str) -> QuerySet[Plan]:
        word = value.strip()
        lower = word.lower()
        return queryset.filter(
            Q(title__icontains=word)
            | Q(project__name__icontains=word)
            | Q(project__initials__startswith=lower)
            | Q(project__pinyin__startswith=lower)
        )


class OfProjectFilter(django_filters.FilterSet):
    project = django_filters.NumberFilter(field_name="project_id", label=_("Project"))


class BudgetLineFilter(OfProjectFilter):
    class Meta:
        model = BudgetLine
        fields = ["kind"]


class CaseFilter(OfProjectFilter):
    class Meta:
        model = CashFlowCase
        fields = ["frequency"]


class CollateralFilter(OfProjectFilter):
    class Meta:
        model = Collateral
        fields = ["kind"]


class GuaranteeFilter(OfProjectFilter):
    class Meta:
        model = Guarantee
        fields = ["kind"]
