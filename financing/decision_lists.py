"""The list of decisions: what waits for the reader comes first."""

import django_filters
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.filters import visible_branches, visible_managers
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.ui.filters import DeskFilterSet
from crm_project.ui.tables import Column, DeskTable, MomentColumn, MoneyColumn, NameColumn, PercentColumn, TagColumn
from financing.models import CreditLine, Decision

NOTHING = Q(pk__isnull=True)


def waits_for(user: Staff) -> Q:
    """Decisions that wait for an act of this account: the opinion, the decision of its level, or open conditions."""
    not_own = ~Q(submitted_by=user.person_id)
    match user.role:
        case Role.RISK_OFFICER:
            return Q(state=Decision.State.SUBMITTED) & not_own
        case Role.APPROVER:
            by_others = not_own & ~Q(opinion_by=user.person_id)
            return Q(state=Decision.State.OPINED, level_needed=user.level) & by_others
        case Role.RM:
            return Q(state=Decision.State.APPROVED, conditions__reported_by__isnull=True, conditions__isnull=False)
        case _:
            return NOTHING


def with_waiting(decisions: QuerySet[Decision], user: Staff) -> QuerySet[Decision]:
    """Adds waits: whether the row waits for this account. One subquery."""
    mine = Decision.objects.filter(waits_for(user)).values("pk")
    return decisions.annotate(waits=ExpressionWrapper(Q(pk__in=mine), output_field=BooleanField()))


class DecisionFilter(DeskFilterSet):
    q = django_filters.CharFilter(method="search", label=_("Project or borrower"), max_length=100)
    box = django_filters.ChoiceFilter(method="of_box", choices=[("mine", _("Waiting for me"))], label=_("Work"))
    state = django_filters.MultipleChoiceFilter(choices=Decision.State.choices, label=_("State"))
    level_needed = django_filters.MultipleChoiceFilter(choices=Decision.Level.choices, label=_("Authority"))
    branch = django_filters.ModelChoiceFilter(queryset=visible_branches, field_name="root__branch", label=_("Branch"))
    manager = django_filters.ModelChoiceFilter(
        queryset=visible_managers, field_name="root__manager", label=_("Relationship manager")
    )

    class Meta(DeskFilterSet.Meta):
        model = Decision
        fields: list[str] = []

    def of_box(self, queryset: QuerySet[Decision], name: str, value: str) -> QuerySet[Decision]:
        return queryset.filter(pk__in=Decision.objects.filter(waits_for(self.request.user)).values("pk"))

    def search(self, queryset: QuerySet[Decision], name: str, value: str) -> QuerySet[Decision]:
        word = value.strip()
        lower = word.lower()
        project = Q(plan__project__name__icontains=word) | Q(plan__project__pinyin__startswith=lower)
        borrower = Q(plan__project__borrower__name__icontains=word)
        return queryset.filter(project | borrower | Q(plan__project__borrower__pinyin__startswith=lower))


class CreditLineFilter(django_filters.FilterSet):
    client = django_filters.NumberFilter(field_name="client_id", label=_("Client"))

    class Meta:
        model = CreditLine
        fields = ["level"]


class DecisionTable(DeskTable):
    project = NameColumn(_("Project"), accessor="plan__project__name", order_by="plan__project__pinyin", linkify=True)
    borrower = Column(
        _("Borrower"), accessor="plan__project__borrower__name", order_by="plan__project__borrower__pinyin"
    )
    state = TagColumn(_("State"), accessor="get_state_display", order_by=("-waits", "-submitted_at"))
    amount = MoneyColumn(_("Amount"))
    group_exposure = MoneyColumn(_("Group after the deal"))
    grade = Column(_("Grade"))
    coverage = PercentColumn(_("Coverage"))
    level = Column(_("Authority"), accessor="get_level_needed_display", order_by="level_needed")
    submitted_at = MomentColumn(_("Submitted"))
    decided_at = MomentColumn(_("Decided"))
    manager = Column(_("Manager"), accessor="root__manager__name", order_by="root__manager__person__number")
    branch = Column(_("Branch"), accessor="root__branch__name", order_by="root__branch__path", muted=True)

    default_columns = (
        "project",
        "borrower",
        "state",
        "amount",
        "group_exposure",
        "grade",
        "level",
        "submitted_at",
        "manager",
    )
    fixed_columns = ("project",)
    totals = ("amount",)

    class Meta(DeskTable.Meta):
        model = Decision
        fields = ("project",)
