"""Collateral and guarantees of a project."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.models import Project
from clients.views.project import frame, visible_project
from clients.views.saving import form_page, saved, values
from crm_project.organization.requests import StaffRequest
from crm_project.ui.menu import may_open
from crm_project.workflow.services.clock import workdays
from financing import plan_texts as texts
from financing.calc.coverage import CollateralPolicy, CountedItem
from financing.forms import CollateralEditForm, CollateralForm, GuaranteeEditForm, GuaranteeForm, in_language
from financing.models import Collateral, Guarantee, Plan
from financing.services import security as services
from financing.services.rulebook import collateral_policy

FORM = "components/form_page.html"


@require_safe
def project_security(request: StaffRequest, pk: int) -> HttpResponse:
    """Every thing and promise with what it counts for and why; the exposure is that of the project's newest plan."""
    project = visible_project(request, pk)
    today = timezone.localdate()
    policy = collateral_policy(today)
    exposure = _exposure(project)
    counted = services.coverage_of(project, exposure, policy=policy, as_of=today, workdays=workdays())
    things = {str(thing.pk): thing for thing in Collateral.objects.filter(project=project)}
    promises = {str(promise.pk): promise for promise in Guarantee.objects.filter(project=project)}
    context = {
        **frame(request, project),
        "things": [(things[item.ref], _words(item, policy, things[item.ref].kind)) for item in counted.collateral],
        "promises": [
            (promises[item.ref], _words(item, policy, promises[item.ref].kind)) for item in counted.guarantees
        ],
        "counted": counted,
        "exposure": exposure,
        "may_change": may_open(request.user, "financing:collateral_create"),
    }
    return render(request, "financing/project_security.html", context)


def _exposure(project: Project) -> Decimal:
    plan = Plan.objects.filter(project=project).order_by("-pk").first()
    version = plan.versions.order_by("-no").first() if plan else None
    coverage = version.result.get("coverage") if version else None
    return Decimal(coverage["exposure"]) if coverage else Decimal(0)


def _lines(
    items: Sequence[CountedItem], rows: Mapping[str, Any], policy: CollateralPolicy
) -> list[tuple[Any, dict[str, object]]]:
    return [(rows[item.ref], _words(item, policy, rows[item.ref].kind)) for item in items]


def _words(item: CountedItem, policy: CollateralPolicy, kind: str) -> dict[str, object]:
    row = policy.types.get(kind) or policy.kinds.get(kind)
    return {
        "item": item,
        "kind": in_language(row) if row else kind,
        "provenance": row.provenance if row else "",
        "reason": texts.REASONS.get(item.reason, item.reason),
    }


def collateral_create(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    form = CollateralForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        thing = saved(form, services.add_collateral, project=project, by=request.user, **form.cleaned_data)
        if thing is not None:
            request.journal_subject_id = thing.pk
            return redirect("financing:project_security", project.pk)
    title = _("Collateral of %(project)s") % {"project": project.name}
    return form_page(request, FORM, form, title=title, cancel=_back(project))


def collateral_edit(request: StaffRequest, pk: int, collateral: int) -> HttpResponse:
    project = visible_project(request, pk)
    row = get_object_or_404(Collateral, pk=collateral, project=project)
    shown = Collateral.objects.get(pk=row.pk)  # a model form writes into its instance
    form = CollateralEditForm(request.POST or None, instance=shown, current_version=row.version)
    if request.method == "POST" and form.is_valid():
        changed = {"collateral": row, "version": row.version, "by": request.user, **values(form)}
        if saved(form, services.change_collateral, **changed):
            return redirect("financing:project_security", project.pk)
    return form_page(request, FORM, form, title=f"{row.asset}·{project.name}", cancel=_back(project))


def guarantee_create(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    form = GuaranteeForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        if saved(form, services.add_guarantee, project=project, by=request.user, **form.cleaned_data):
            return redirect("financing:project_security", project.pk)
    title = _("Guarantee for %(project)s") % {"project": project.name}
    return form_page(request, FORM, form, title=title, cancel=_back(project))


def guarantee_edit(request: StaffRequest, pk: int, guarantee: int) -> HttpResponse:
    project = visible_project(request, pk)
    row = get_object_or_404(Guarantee, pk=guarantee, project=project)
    shown = Guarantee.objects.get(pk=row.pk)  # a model form writes into its instance
    form = GuaranteeEditForm(request.POST or None, instance=shown, current_version=row.version, user=request.user)
    if request.method == "POST" and form.is_valid():
        changed = {"guarantee": row, "version": row.version, "by": request.user, **values(form)}
        if saved(form, services.change_guarantee, **changed):
            return redirect("financing:project_security", project.pk)
    return form_page(request, FORM, form, title=f"{row.guarantor_name}·{project.name}", cancel=_back(project))


def _back(project: Project) -> str:
    return reverse("financing:project_security", args=[project.pk])
