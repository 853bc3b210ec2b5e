"""The list of rules: its columns and conditions."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm_project.home.rule_body import provenance_tag
from crm_project.rules.models import RuleSet
from crm_project.ui import markup
from crm_project.ui.filters import DeskFilterSet
from crm_project.ui.tables import Column, DayColumn, DeskTable, NameColumn


def with_force(rules: QuerySet[RuleSet]) -> QuerySet[Any]:
    """Adds in_force: approved, begun, and followed by no other version that has begun. One subquery."""
    today = timezone.localdate()
    begun = RuleSet.objects.approved().filter(effective_from__lte=today)
    later = begun.filter(kind=OuterRef("kind"), scope=OuterRef("scope"), effective_from__gt=OuterRef("effective_from"))
    holds = Exists(begun.filter(pk=OuterRef("pk"))) & ~Exists(later)
    return rules.annotate(in_force=holds)


class RuleFilter(DeskFilterSet):
    provenance = django_filters.MultipleChoiceFilter(choices=RuleSet.Provenance.choices, label=_("Provenance"))
    status = django_filters.MultipleChoiceFilter(choices=RuleSet.Status.choices, label=_("Status"))
    in_force = django_filters.BooleanFilter(label=_("In force today"))

    class Meta(DeskFilterSet.Meta):
        model = RuleSet
        fields: list[str] = []


class ProvenanceColumn(Column):
    def render(self, record: Any) -> SafeString:
        return provenance_tag(record.provenance)

    def value(self, value: Any, **context: Any) -> str:
        return str(markup.PROVENANCE[context["record"].provenance])


class StandingColumn(Column):
    """Draft, in force, still to come, followed by another; and whether it speaks."""

    def render(self, record: Any) -> str:
        return standing(record)

    def value(self, value: Any, **context: Any) -> str:
        return standing(context["record"])


def standing(rule: Any) -> str:
    if rule.status == RuleSet.Status.DRAFT:
        return gettext("draft")
    if rule.effective_from > timezone.localdate():
        return gettext("to come")
    if not rule.in_force:
        return gettext("replaced")
    return gettext("in force") if rule.speaks else gettext("in force, does not speak")


class RuleTable(DeskTable):
    title = NameColumn(
        _("Rule name"),
        orderable=False,
        linkify=lambda record: reverse("home:rule_detail", args=[record.kind, record.scope]),
    )
    kind = Column(_("Kind"), muted=True)
    scope = Column(_("Scope"), muted=True)
    version = Column(_("Version"))
    effective_from = DayColumn(_("In force since"))
    provenance = ProvenanceColumn(_("Provenance"))
    standing = StandingColumn(_("Standing"), accessor="status")
    source = Column(_("Source"), wrap=True)

    default_columns = ("title", "version", "effective_from", "provenance", "standing", "source")
    fixed_columns = ("title",)

    class Meta(DeskTable.Meta):
        model = RuleSet
        fields = ("title",)
