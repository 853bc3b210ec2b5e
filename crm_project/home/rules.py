"""Pages of rules and of the calendar."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import ExtractYear
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from crm_project.home.rule_body import BodyTable, params_of, provenance_tag, standing_of, tables_of
from crm_project.home.rule_tables import RuleFilter, RuleTable, standing, with_force
from crm_project.home.rule_words import selector_label
from crm_project.organization.requests import StaffRequest
from crm_project.organization.roles import Role
from crm_project.rules.models import CalendarDay, RuleSet
from crm_project.ui.lists import ListPage, Preset
from crm_project.ui.pieces import Button, Tab
from crm_project.workflow.services import approvals

OPEN = (RuleSet.Provenance.UNCONFIRMED, RuleSet.Provenance.DEFAULT)
"""What a person has still to settle."""


class RuleList(ListPage):
    title = gettext_lazy("Rules")
    table_class = RuleTable
    filterset_class = RuleFilter
    default_sort = "kind,scope,-effective_from"
    template_name = "home/rule_list.html"
    presets = (
        Preset(gettext_lazy("All versions")),
        Preset(gettext_lazy("In force"), "in_force=true"),
        Preset(gettext_lazy("Unconfirmed"), "in_force=true&provenance=unconfirmed"),
        Preset(gettext_lazy("Drafts"), "status=draft"),
    )

    def get_queryset(self) -> QuerySet[Any]:
        return with_force(RuleSet.objects.all())


@require_safe
def rule_detail(request: StaffRequest, kind: str, scope: str) -> HttpResponse:
    """All versions of a rule, and one of them in full: the one asked for by number, else the one in force."""
    versions: list[Any] = list(
        with_force(RuleSet.objects.filter(kind=kind, scope=scope))
        .select_related("author", "approved_by", "text_read_by", "use_unconfirmed_by", "subject")
        .order_by("-effective_from")
    )
    if not versions:
        raise Http404
    shown = _asked_for(request, versions) or next((one for one in versions if one.in_force), versions[0])
    waiting = [item for one in versions if one.subject for item in approvals.waiting_on(one.subject)]
    context = {
        "rule": shown,
        "versions": [(one, provenance_tag(one.provenance), standing(one)) for one in versions],
        "provenance": provenance_tag(shown.provenance),
        "standing": standing(shown),
        "selector": selector_label(shown.body["selector"]),
        "params": params_of(shown),
        "tables": tables_of(shown),
        "waiting": waiting,
        "configure": _configure(request, shown),
    }
    return render(request, "home/rule_detail.html", context)


def _asked_for(request: StaffRequest, versions: list[Any]) -> Any:
    number = request.GET.get("version", "")
    return next((one for one in versions if one.version == number), None)


def _configure(request: StaffRequest, rule: RuleSet) -> Button | None:
    """Drafts are written in the configuration pages, by administrators."""
    if request.user.role != Role.ADMINISTRATOR:
        return None
    if rule.status == RuleSet.Status.DRAFT:
        return Button(_("Open draft"), reverse("admin:rules_ruleset_change", args=[rule.pk]), icon="pencil")
    return Button(_("New version"), f"{reverse('admin:rules_ruleset_add')}?copy={rule.pk}", icon="plus")


@require_safe
def rule_of_subject(request: StaffRequest, pk: int) -> HttpResponse:
    """From an approval's subject to the page of its rule."""
    rule = get_object_or_404(RuleSet, subject=pk)
    return redirect(f"{reverse('home:rule_detail', args=[rule.kind, rule.scope])}?version={rule.version}")


@dataclass(frozen=True)
class Open:
    """A rule in force of which something is not settled: how many rows by provenance, and those without a text read."""

    rule: RuleSet
    provenance: Any
    standing: str
    counts: Counter[str]
    unconfirmed: list[BodyTable]

    @property
    def settled(self) -> int:
        return sum(number for code, number in self.counts.items() if code not in OPEN)


@require_safe
def rule_report(request: StaffRequest) -> HttpResponse:
    """Every unconfirmed and default rule and row in use."""
    in_force = with_force(RuleSet.objects.all()).filter(in_force=True).order_by("kind", "scope")
    found = [_open(rule) for rule in in_force]
    found = [one for one in found if one.rule.provenance in OPEN or any(one.counts[code] for code in OPEN)]
    totals: Counter[str] = sum((one.counts for one in found), Counter())
    return render(request, "home/rule_report.html", {"found": found, "totals": totals})


def _open(rule: RuleSet) -> Open:
    unconfirmed = tables_of(rule, (RuleSet.Provenance.UNCONFIRMED,))
    return Open(rule, provenance_tag(rule.provenance), standing(rule), standing_of(rule), unconfirmed)


@require_safe
def calendar(request: StaffRequest) -> HttpResponse:
    """A year's days that differ from Monday to Friday."""
    days = CalendarDay.objects.exclude(kind=CalendarDay.Kind.WEEKEND)
    years = list(days.annotate(year=ExtractYear("day")).order_by("year").values_list("year", flat=True).distinct())
    year = _year(request, years)
    of_year = list(days.filter(day__year=year).order_by("day"))
    months = [(date(year, month, 1), [day for day in of_year if day.day.month == month]) for month in range(1, 13)]
    address = reverse("home:calendar")
    context = {
        "year": year,
        "tabs": [Tab(str(one), f"{address}?year={one}", one == year) for one in years],
        "months": [(first, found) for first, found in months if found],
        "estimated": any(day.status == CalendarDay.Status.ESTIMATED for day in of_year),
    }
    return render(request, "home/calendar.html", context)


def _year(request: StaffRequest, years: list[int]) -> int:
    asked = request.GET.get("year", "")
    wanted = int(asked) if asked.isascii() and asked.isdigit() else timezone.localdate().year
    return wanted if wanted in years else (years[-1] if years else timezone.localdate().year)
