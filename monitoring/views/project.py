"""The supervision of a project: contracts and invoices, capital, progress, and the forms for them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.views.project import frame, visible_project
from clients.views.saving import form_page, saved
from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui.forms import DeskForm
from crm_project.ui.menu import may_open
from financing.models import CreditLine, Decision
from monitoring import drawdown_page
from monitoring.forms import CapitalForm, ContractForm, InvoiceForm, ProgressForm
from monitoring.models import CapitalPayment, Facility, ProgressReport, ProjectContract
from monitoring.services import contract as services

FORM = "components/form_page.html"


@require_safe
def project_supervision(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    reports = list(ProgressReport.objects.filter(project=project).select_related("reported_by__person"))
    contracts = ProjectContract.objects.filter(project=project).select_related("budget_line")
    approved = CreditLine.objects.filter(
        decision__plan__project=project, decision__state=Decision.State.APPROVED, level=CreditLine.Level.SUB_LIMIT
    )
    context = {
        **frame(request, project),
        "facilities": Facility.objects.visible_to(request.user).filter(project=project).order_by("pk"),
        "contracts": contracts.prefetch_related("invoices"),
        "capital": drawdown_page.capital_rows(project.pk),
        "reports": reports,
        "chart": drawdown_page.progress_chart(reports, project.total_investment),
        "may_sign": may_open(request.user, "monitoring:facility_create") and approved.exists(),
        "may_enter": may_open(request.user, "monitoring:contract_create"),
        "may_report": may_open(request.user, "monitoring:progress_create"),
        "may_confirm": may_open(request.user, "monitoring:capital_confirm", "POST"),
    }
    return render(request, "monitoring/project_supervision.html", context)


def contract_create(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    form = ContractForm(request.POST or None, project=project)
    title = _("Contract of %(project)s") % {"project": project.name}
    return _entered(request, form, services.add_contract, title, pk, project=project)


def invoice_create(request: StaffRequest, pk: int, contract: int) -> HttpResponse:
    project = visible_project(request, pk)
    row = get_object_or_404(ProjectContract.objects.select_related("project"), pk=contract, project=project)
    form = InvoiceForm(request.POST or None)
    title = _("Invoice under %(contract)s") % {"contract": row}
    return _entered(request, form, services.add_invoice, title, pk, contract=row)


def capital_create(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    form = CapitalForm(request.POST or None)
    title = _("Capital paid into %(project)s") % {"project": project.name}
    return _entered(request, form, services.record_capital_payment, title, pk, project=project)


def progress_create(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    form = ProgressForm(request.POST or None)
    title = _("Progress of %(project)s") % {"project": project.name}
    return _entered(request, form, services.report_progress, title, pk, project=project)


@require_POST
def capital_confirm(request: StaffRequest, pk: int, payment: int) -> HttpResponse:
    project = visible_project(request, pk)
    row = get_object_or_404(CapitalPayment, pk=payment, project=project)
    try:
        services.confirm_capital_payment(payment=row, version=row.version, by=request.user)
    except RuleBroken as error:
        messages.error(request, error.message)
    except Stale:
        messages.warning(request, _("Somebody confirmed or changed this payment meanwhile."))
    return redirect("monitoring:project_supervision", project.pk)


def _entered(
    request: StaffRequest, form: DeskForm, service: Callable[..., Any], title: str, pk: int, **owner: Any
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        if saved(form, service, by=request.user, **owner, **form.cleaned_data):
            return redirect("monitoring:project_supervision", pk)
    return form_page(request, FORM, form, title=title, cancel=reverse("monitoring:project_supervision", args=[pk]))
