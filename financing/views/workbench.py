"""The workbench: assumptions left, all they lead to right; each change is saved and answered at once."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui.menu import may_open
from crm_project.ui.pieces import NextAction
from financing.models import Plan, PlanVersion, Product
from financing.plan_forms import TRANCHE_FIELDS, VERSION_FIELDS, Cells, TrancheForm, VersionForm, values_of
from financing.services import plan as services
from financing.services.budget import capital_need
from financing.services.rulebook import rule_book
from financing.views.plan import chosen_version, visible_plan
from financing.workbench_page import page_of


@require_safe
def plan_workbench(request: StaffRequest, pk: int) -> HttpResponse:
    plan = visible_plan(request, pk)
    version = chosen_version(plan, request.GET.get("version", ""))
    base = _base(plan, version, request.GET.get("base", ""))
    head, loans = _forms(version, None)
    may_change = version.state == PlanVersion.State.DRAFT and may_open(request.user, "financing:plan_recompute", "POST")
    earlier = {row.no: values_of(row, TRANCHE_FIELDS) for row in base.tranches.all()} if base else {}
    if not may_change:
        _lock(head, *loans)
    context = {
        **_results(version, base),
        "plan": plan,
        "versions": list(plan.versions.order_by("no")),
        "cells": list(head.cells(values_of(base, VERSION_FIELDS) if base else {})),
        "loan_cells": [(form.row, list(form.cells(earlier.get(form.row.no, {})))) for form in loans],
        "may_change": may_change,
        "may_copy": may_open(request.user, "financing:plan_version_create", "POST"),
        "products": Product.objects.filter(active=True),
        "next": _next(version),
    }
    return render(request, "financing/plan_workbench.html", context)


@require_POST
def plan_recompute(request: StaffRequest, pk: int, no: int) -> HttpResponse:
    """Saves what was typed and sends back everything that follows from it.

    422 with the fields that cannot be taken; 409 where another window saved first. Neither loses what was typed.
    """
    plan = visible_plan(request, pk)
    version = chosen_version(plan, str(no))
    head, loans = _forms(version, request)
    problems = _problems(head, *loans)
    if not problems:
        try:
            version = _save(request, version, head, loans, _seen(request))
        except RuleBroken as error:
            problems = [_problem(error, head, *loans)]
        except Stale:
            context = {"plan": plan, "version": version}
            return render(request, "financing/plan_stale.html", context, status=409)
    if problems:
        return render(request, "financing/plan_problems.html", {"problems": problems}, status=422)
    base = _base(plan, version, request.POST.get("base", ""))
    shown = {**_results(version, base), "plan": plan, "next": _next(version), "may_change": True, "swap": True}
    return render(request, "financing/plan_answer.html", shown)


@require_POST
def plan_version_create(request: StaffRequest, pk: int) -> HttpResponse:
    """A named copy of a version; with the cells of a workbench, the copy takes what stands in them."""
    plan = visible_plan(request, pk)
    version = chosen_version(plan, request.POST.get("from", ""))
    head, loans = _forms(version, request)
    typed = "case" in request.POST
    if typed and _problems(head, *loans):
        messages.error(request, _("Nothing was saved: an assumption cannot be taken as it stands."))
        return redirect(plan)
    try:
        copy = services.copy_version(version=version, name=request.POST.get("name", ""), by=request.user)
        if typed and version.state == PlanVersion.State.DRAFT:
            copy = _save(request, copy, head, loans, copy.version)
    except (RuleBroken, Stale) as error:
        messages.error(request, getattr(error, "message", "") or _("Somebody changed this plan meanwhile."))
        return redirect(plan)
    return redirect(f"{plan.get_absolute_url()}?version={copy.no}&base={version.no}")


@require_POST
def tranche_add(request: StaffRequest, pk: int, no: int) -> HttpResponse:
    plan = visible_plan(request, pk)
    version = chosen_version(plan, str(no))
    number = request.POST.get("product", "")
    product = get_object_or_404(Product, active=True, pk=int(number) if number.isdecimal() else 0)
    return _changed(request, version, services.add_tranche, product=product)


@require_POST
def tranche_remove(request: StaffRequest, pk: int, no: int) -> HttpResponse:
    plan = visible_plan(request, pk)
    version = chosen_version(plan, str(no))
    number = request.POST.get("loan", "")
    return _changed(request, version, services.remove_tranche, no=int(number) if number.isdecimal() else 0)


def _changed(request: StaffRequest, version: PlanVersion, service: Any, **what: Any) -> HttpResponse:
    try:
        service(version=version, seen=_seen(request), by=request.user, **what)
    except RuleBroken as error:
        messages.error(request, error.message)
    except Stale:
        messages.error(request, _("Another window has changed this version meanwhile; here is how it stands now."))
    return redirect(f"{reverse('financing:plan_workbench', args=[version.plan_id])}?version={version.no}")


def _forms(version: PlanVersion, request: StaffRequest | None) -> tuple[VersionForm, list[TrancheForm]]:
    today = timezone.localdate()
    need = capital_need(version.plan.project, today)
    typed = request.POST if request else None
    head = VersionForm(typed, version=version, policy=rule_book(today).cover, need=need)
    rows = list(version.tranches.select_related("product").order_by("no"))
    products = list(Product.objects.filter(active=True) | Product.objects.filter(pk__in=[r.product_id for r in rows]))
    return head, [TrancheForm(typed, row=row, products=products) for row in rows]


def _lock(*found: Cells) -> None:
    for form in found:
        for field in form.fields.values():
            field.disabled = True


def _save(
    request: StaffRequest, version: PlanVersion, head: VersionForm, loans: list[TrancheForm], seen: int
) -> PlanVersion:
    return services.save_version(
        version=version,
        seen=seen,
        by=request.user,
        terms=head.cleaned_data,
        tranches={form.row.no: form.cleaned_data for form in loans},
    )


def _problems(*found: forms.Form) -> list[tuple[str, str, str]]:
    """Field, its label and what is wrong, in the order of the cells."""
    return [
        (form[name].auto_id if name in form.fields else "", _label(form, name), str(message))
        for form in found
        for name, errors in form.errors.items()
        for message in errors
    ]


def _problem(error: RuleBroken, *found: forms.Form) -> tuple[str, str, str]:
    for form in found:
        for name in form.fields:
            if form.add_prefix(name) == error.field:
                return form[name].auto_id, _label(form, name), error.message
    return "", "", error.message


def _label(form: forms.Form, name: str) -> str:
    return str(form.fields[name].label or "") if name in form.fields else ""


def _seen(request: StaffRequest) -> int:
    text = request.POST.get("seen", "")
    return int(text) if text.isdecimal() else 0


def _base(plan: Plan, version: PlanVersion, number: str) -> PlanVersion | None:
    """The version to compare with: the one asked for, else the one before; none for the first."""
    if number and number != str(version.no):
        return chosen_version(plan, number)
    rows = plan.versions.select_related("case", "plan__project")
    return rows.filter(no__lt=version.no).order_by("-no").first()


def _results(version: PlanVersion, base: PlanVersion | None) -> dict[str, Any]:
    return {**page_of(version, base), "version": version, "base": base, "saved_at": timezone.localtime()}


def _next(version: PlanVersion) -> NextAction | None:
    if version.state != PlanVersion.State.DRAFT:
        return NextAction(_("This version is frozen"), _("copy it to go on"), icon="lock")
    failed = sum(not check["passed"] for check in version.result.get("checks", []))
    if "checks" not in version.result:
        return None
    if failed:
        total = len(version.result["checks"])
        what = _("%(failed)s of %(total)s rules are not met") % {"failed": failed, "total": total}
        return NextAction(what, _("each with its way out on the right"), icon="alert-triangle")
    return NextAction(_("All rules are met"), _("ready to be submitted"), icon="circle-check")
