"""Filters of this room's lists, the same for page, export and API."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Permit, Project, Rating, Relation, Statement, StatementUpload
from clients.ranks import GRADES, TIERS
from crm_project.organization.models import Branch, Staff
from crm_project.organization.requests import StaffRequest
from crm_project.organization.roles import Role, Scope
from crm_project.rules.models import Industry
from crm_project.rules.workdays import add_months
from crm_project.ui.filters import DeskFilterSet


def visible_branches(request: StaffRequest | None) -> QuerySet[Branch]:
    if request is None:
        return Branch.objects.none()
    if request.user.scope == Scope.EVERYTHING:
        return Branch.objects.all()
    return Branch.objects.below(request.user.branch)


def visible_managers(request: StaffRequest | None) -> QuerySet[Staff]:
    staff = Staff.objects.filter(role=Role.RM).select_related("person")
    if request is None:
        return staff.none()
    return staff.filter(branch__in=visible_branches(request))


class ClientFilter(DeskFilterSet):
    q = django_filters.CharFilter(method="search", label=_("Name, initials or credit code"), max_length=100)
    nature = django_filters.MultipleChoiceFilter(choices=Client.Nature.choices, label=_("Nature"))
    size_class = django_filters.MultipleChoiceFilter(choices=Client.SizeClass.choices, label=_("Enterprise size"))
    tier = django_filters.MultipleChoiceFilter(choices=[(tier, tier) for tier in TIERS], label=_("Tier"))
    grade = django_filters.MultipleChoiceFilter(choices=[(grade, grade) for grade in GRADES], label=_("Grade"))
    rating = django_filters.ChoiceFilter(
        choices=[("none", _("not rated")), ("soon", _("runs out within 45 days")), ("past", _("expired"))],
        method="by_rating",
        label=_("Rating"),
    )
    section = django_filters.ModelChoiceFilter(
        queryset=Industry.objects.filter(level=Industry.Level.SECTION),
        method="in_section",
        label=_("Industry section"),
    )
    branch = django_filters.ModelChoiceFilter(queryset=visible_branches, field_name="root__branch", label=_("Branch"))
    manager = django_filters.ModelChoiceFilter(
        queryset=visible_managers,
        field_name="root__manager",
        label=_("Relationship manager"),
    )
    capital_from = django_filters.NumberFilter(
        field_name="registered_capital",
        lookup_expr="gte",
        label=_("Registered capital from (CNY)"),
    )

    class Meta(DeskFilterSet.Meta):
        model = Client
        fields: list[str] = []

    def search(self, queryset: QuerySet[Client], name: str, value: str) -> QuerySet[Client]:
        text = value.strip()
        return queryset.filter(
            Q(name__icontains=text)
            | Q(short_name__icontains=text)
            | Q(initials__startswith=text.lower())
            | Q(uscc__startswith=text.upper())
        )

    def by_rating(self, queryset: QuerySet[Client], name: str, value: str) -> QuerySet[Client]:
        if value == "none":
            return queryset.filter(grade="")
        today = timezone.localdate()
        ratings = Rating.objects.expired(today) if value == "past" else Rating.objects.running_out(today)
        return queryset.filter(pk__in=ratings.values("client_id"))

    def in_section(self, queryset: QuerySet[Client], name: str, value: Any) -> QuerySet[Client]:
        return queryset.filter(of_section(value))


def of_section(section: Industry) -> Q:
    """Section over division over class: the section itself, its divisions, their classes."""
    return Q(industry=section) | Q(industry__parent=section) | Q(industry__parent__parent=section)


class ProjectFilter(DeskFilterSet):
    q = django_filters.CharFilter(method="search", label=_("Name, initials or project code"), max_length=100)
    stage = django_filters.MultipleChoiceFilter(choices=Project.Stage.choices, label=_("Stage"))
    section = django_filters.ModelChoiceFilter(
        queryset=Industry.objects.filter(level=Industry.Level.SECTION),
        method="in_section",
        label=_("Industry section"),
    )
    investment_from = django_filters.NumberFilter(
        field_name="total_investment", lookup_expr="gte", label=_("Total investment from (CNY)")
    )
    investment_to = django_filters.NumberFilter(
        field_name="total_investment", lookup_expr="lte", label=_("Total investment up to (CNY)")
    )
    completing = django_filters.ChoiceFilter(
        choices=[
            ("3", _("within 3 months")),
            ("6", _("within 6 months")),
            ("12", _("within 12 months")),
            ("late", _("overdue")),
        ],
        method="by_completion",
        label=_("Completion"),
    )
    sponsor = django_filters.CharFilter(method="of_sponsor", label=_("Sponsor's name"), max_length=100)
    branch = django_filters.ModelChoiceFilter(queryset=visible_branches, field_name="root__branch", label=_("Branch"))
    manager = django_filters.ModelChoiceFilter(
        queryset=visible_managers,
        field_name="root__manager",
        label=_("Relationship manager"),
    )

    class Meta(DeskFilterSet.Meta):
        model = Project
        fields: list[str] = []

    def search(self, queryset: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        text = value.strip()
        return queryset.filter(
            Q(name__icontains=text) | Q(initials__startswith=text.lower()) | Q(project_code__startswith=text.upper())
        )

    def in_section(self, queryset: QuerySet[Project], name: str, value: Any) -> QuerySet[Project]:
        return queryset.filter(of_section(value))

    def by_completion(self, queryset: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        """Projects that are not complete yet, by their planned completion."""
        today = timezone.localdate()
        ahead = queryset.filter(stage__in=[Project.Stage.PREPARATION, Project.Stage.CONSTRUCTION])
        if value == "late":
            return ahead.filter(complete_on__lt=today)
        return ahead.filter(complete_on__range=(today, add_months(today, int(value))))

    def of_sponsor(self, queryset: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        text = value.strip()
        return queryset.filter(Q(sponsor__name__icontains=text) | Q(sponsor__initials__startswith=text.lower()))


class PermitFilter(DeskFilterSet):
    project = django_filters.NumberFilter(field_name="project_id", label=_("Project"))
    kind = django_filters.MultipleChoiceFilter(choices=Permit.Kind.choices, label=_("Kind"))
    status = django_filters.MultipleChoiceFilter(choices=Permit.Status.choices, label=_("Status"))
    expires_before = django_filters.DateFilter(field_name="expires_on", lookup_expr="lt", label=_("Expires before"))

    class Meta(DeskFilterSet.Meta):
        model = Permit
        fields: list[str] = []


class RelationFilter(DeskFilterSet):
    client = django_filters.NumberFilter(field_name="client_id", label=_("Client"))
    kind = django_filters.MultipleChoiceFilter(choices=Relation.Kind.choices, label=_("Relation"))
    ended = django_filters.BooleanFilter(field_name="until", lookup_expr="isnull", exclude=True, label=_("Has ended"))

    class Meta(DeskFilterSet.Meta):
        model = Relation
        fields: list[str] = []


class StatementFilter(DeskFilterSet):
    client = django_filters.NumberFilter(field_name="client_id", label=_("Client"))
    period_from = django_filters.DateFilter(field_name="period_end", lookup_expr="gte", label=_("Period end from"))
    period_to = django_filters.DateFilter(field_name="period_end", lookup_expr="lte", label=_("Period end up to"))
    consolidated = django_filters.BooleanFilter(label=_("Consolidated"))
    current = django_filters.BooleanFilter(field_name="superseded_at", lookup_expr="isnull", label=_("Current filing"))

    class Meta(DeskFilterSet.Meta):
        model = Statement
        fields: list[str] = []


class StatementUploadFilter(DeskFilterSet):
    client = django_filters.NumberFilter(field_name="client_id", label=_("Client"))
    state = django_filters.MultipleChoiceFilter(choices=StatementUpload.State.choices, label=_("State"))

    class Meta(DeskFilterSet.Meta):
        model = StatementUpload
        fields: list[str] = []
