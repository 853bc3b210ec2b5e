"""Drawdowns: the list, a new one, the desk where one is checked and decided."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui.lists import ListPage, Preset
from crm_project.ui.outcomes import broken
from crm_project.ui.pieces import Empty
from crm_project.workflow.views.document import documents_context
from monitoring import drawdown_page as page
from monitoring.check_texts import rows_of
from monitoring.filters import DrawdownFilter
from monitoring.forms import DecisionForm, DrawdownForm, PaymentFormSet
from monitoring.models import Drawdown, Facility, ProgressReport
from monitoring.services.drawdown import request_drawdown, withdraw
from monitoring.services.gate import capital_position, gate
from monitoring.services.gate_record import record_of
from monitoring.services.release import part_release, pay_drawdown, refuse_drawdown, release_drawdown
from monitoring.tables import DrawdownTable

REPORTS_SHOWN = 24


class DrawdownList(ListPage):
    request: StaffRequest
    title = gettext_lazy("Drawdowns")
    table_class = DrawdownTable
    filterset_class = DrawdownFilter
    default_sort = "wanted_on"
    presets = (
        Preset(gettext_lazy("Waiting for release"), "state=requested"),
        Preset(gettext_lazy("Waiting for payment"), "state=released"),
        Preset(gettext_lazy("Paid"), "state=paid&sort=-wanted_on"),
        Preset(gettext_lazy("All"), "sort=-wanted_on"),
    )

    def get_queryset(self) -> QuerySet[Drawdown]:
        rows = Drawdown.objects.visible_to(self.request.user).with_facility()
        return rows.select_related("subject", "note", "facility__borrower", "facility__project")

    def empty(self) -> Empty:
        return Empty(gettext_lazy("No drawdown yet. One is asked for on the page of its loan contract."))


def visible_drawdown(request: StaffRequest, pk: int) -> Drawdown:
    rows = Drawdown.objects.visible_to(request.user).select_related(
        "subject",
        "note",
        "root__branch",
        "root__manager__person",
        "requested_by",
        "decided_by",
        "paid_by",
        "facility__borrower",
        "facility__project",
        "facility__product",
        "facility__sub_limit",
        "facility__decision__plan_version",
    )
    return get_object_or_404(rows.prefetch_related("payments__contract__budget_line", "payments__invoice"), pk=pk)


def drawdown_create(request: StaffRequest, pk: int) -> HttpResponse:
    """A request under the facility `pk`: its amount, and to whom each part goes."""
    rows = Facility.objects.visible_to(request.user).with_parties()
    facility: Facility = get_object_or_404(rows, pk=pk)
    form = DrawdownForm(request.POST or None)
    formset = PaymentFormSet(request.POST or None, prefix="pay", form_kwargs={"facility": facility})
    if request.method == "POST" and form.is_valid() and formset.is_valid():
        drawdown = _requested(request, facility, form, formset)
        if drawdown is not None:
            request.journal_subject_id = drawdown.pk
            return redirect(drawdown)
    context = {"facility": facility, "form": form, "formset": formset}
    return render(request, "monitoring/drawdown_create.html", context)


def _requested(request: StaffRequest, facility: Facility, form: Any, formset: Any) -> Drawdown | None:
    forms = [row for row in formset.forms if row.cleaned_data.get("amount") is not None]
    payments = [row.cleaned_data for row in forms]
    try:
        return request_drawdown(facility=facility, by=request.user, payments=payments, **form.cleaned_data)
    except RuleBroken as error:
        row, _dash, name = (error.field or "").partition("-")
        if row.isdecimal() and int(row) < len(forms):
            forms[int(row)].add_error(name, error.message)
        else:
            broken(form, error)
    return None


@require_safe
def drawdown_desk(request: StaffRequest, pk: int) -> HttpResponse:
    """What is asked for, how it stands against every rule, what would make it pass, and the decision."""
    return _desk(request, visible_drawdown(request, pk))


def _desk(request: StaffRequest, drawdown: Drawdown, form: DecisionForm | None = None) -> HttpResponse:
    facility, project = drawdown.facility, drawdown.facility.project
    requested = drawdown.state == Drawdown.State.REQUESTED
    result = gate(drawdown) if requested else None
    rows = rows_of(record_of(result) if result else drawdown.checks)
    may = page.what_may(drawdown, request.user)
    reports = list(ProgressReport.objects.filter(project=project).order_by("-month")[:REPORTS_SHOWN])
    largest = result.largest if result and 0 < result.largest < drawdown.amount else None
    figures = page.figures(drawdown, capital_position(facility), reports[0] if reports else None, result)
    context = {
        "drawdown": drawdown,
        "facility": facility,
        "project": project,
        "state_css": page.STATE_CSS[Drawdown.State(drawdown.state)],
        "figures": figures,
        "next": page.next_action(drawdown, may, result),
        "checks": rows,
        "failed": [row for row in rows if not row.passed],
        "passed_count": sum(row.passed for row in rows),
        "largest": largest,
        "all_pass": result is not None and result.passed,
        "steps": page.steps(drawdown),
        "queue": page.queue(Drawdown.objects.visible_to(request.user), request.user),
        "capital": page.capital_rows(project.pk),
        "chart": page.progress_chart(reports, project.total_investment),
        "may": may,
        "form": form or DecisionForm(initial={"amount": page.round_part(largest)}),
        **documents_context(request, drawdown.subject),
    }
    return render(request, "monitoring/drawdown_desk.html", context)


@require_POST
def drawdown_release(request: StaffRequest, pk: int) -> HttpResponse:
    return _decided(request, pk, release_drawdown, _("Released; the supervision officer pays now."))


@require_POST
def drawdown_part(request: StaffRequest, pk: int) -> HttpResponse:
    return _decided(request, pk, part_release, _("A part is released; the rest lapses."), part=True)


@require_POST
def drawdown_refuse(request: StaffRequest, pk: int) -> HttpResponse:
    return _decided(request, pk, refuse_drawdown, _("Refused; the relationship manager sees the reason."))


def _decided(
    request: StaffRequest, pk: int, service: Callable[..., Drawdown], done: str, *, part: bool = False
) -> HttpResponse:
    drawdown = visible_drawdown(request, pk)
    form = DecisionForm(request.POST)
    if form.is_valid() and part and form.cleaned_data["amount"] is None:
        form.add_error("amount", _("Say how much is released."))
    if not form.is_valid():
        return _desk(request, drawdown, form)
    facts = {"reason": form.cleaned_data["reason"], **({"amount": form.cleaned_data["amount"]} if part else {})}
    try:
        service(drawdown=drawdown, by=request.user, **facts)
    except RuleBroken as error:
        broken(form, error)
        return _desk(request, visible_drawdown(request, pk), form)
    except Stale:
        return _meanwhile(request, pk)
    messages.success(request, done)
    return redirect(drawdown)


@require_POST
def drawdown_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    return _moved(request, pk, withdraw, _("Withdrawn."))


@require_POST
def drawdown_pay(request: StaffRequest, pk: int) -> HttpResponse:
    return _moved(request, pk, pay_drawdown, _("Payment recorded."))


def _moved(request: StaffRequest, pk: int, service: Callable[..., Drawdown], done: str) -> HttpResponse:
    drawdown = visible_drawdown(request, pk)
    try:
        service(drawdown=drawdown, by=request.user)
    except RuleBroken as error:
        messages.error(request, error.message)
    except Stale:
        return _meanwhile(request, pk)
    else:
        messages.success(request, done)
    return redirect(drawdown)


def _meanwhile(request: StaffRequest, pk: int) -> HttpResponse:
    messages.warning(request, _("Somebody decided this drawdown meanwhile; here is how it stands."))
    return redirect("monitoring:drawdown_desk", pk)
