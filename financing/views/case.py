"""Cash-flow cases: the list of a project, a new one, and the grid of periods."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.views.project import frame, visible_project
from clients.views.saving import form_page, saved, values
from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui.forms import CHANGED_MEANWHILE
from crm_project.ui.menu import may_open
from financing.forms import CaseFactsForm, CaseForm, PeriodFormSet, next_year_end
from financing.models import CashFlowCase
from financing.plan_texts import period_label
from financing.services.case import FLOWS, create_case, save_case

COLUMNS = ("ends_on", *FLOWS)


@require_safe
def project_cases(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    cases = list(project.cases.prefetch_related("periods"))
    context = {
        **frame(request, project),
        "cases": [(case, [_line(case, period) for period in case.periods.all()]) for case in cases],
        "may_change": may_open(request.user, "financing:case_edit"),
    }
    return render(request, "financing/project_cases.html", context)


def _line(case: CashFlowCase, period: Any) -> dict[str, Any]:
    cfads = period.revenue - period.opex - period.tax - period.capex - period.working_capital
    return {"period": period, "label": period_label(period.ends_on, case.period_months), "cfads": cfads}


def case_create(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    form = CaseForm(request.POST or None, initial={"first_ends_on": next_year_end()})
    if request.method == "POST" and form.is_valid():
        case = saved(form, create_case, project=project, by=request.user, **form.cleaned_data)
        if case is not None:
            return redirect("financing:case_edit", project.pk, case.pk)
    return form_page(
        request,
        "components/form_page.html",
        form,
        title=_("Cash-flow case of %(project)s") % {"project": project.name},
        submit=_("Go on to the periods"),
        cancel=reverse("financing:project_cases", args=[project.pk]),
    )


def case_edit(request: StaffRequest, pk: int, case: int) -> HttpResponse:
    """Facts and all periods in one grid; a block copied from a spreadsheet may be pasted into it."""
    project = visible_project(request, pk)
    row = get_object_or_404(CashFlowCase, pk=case, project=project)
    shown = CashFlowCase.objects.get(pk=row.pk)  # a model form writes into its instance
    form = CaseFactsForm(request.POST or None, instance=shown, current_version=row.version)
    initial = list(row.periods.values(*COLUMNS))
    grid = PeriodFormSet(request.POST or None, initial=initial, prefix="p")
    if request.method == "POST" and form.is_valid() and grid.is_valid():
        rows = [{name: one.cleaned_data[name] for name in COLUMNS} for one in grid.forms]
        if _saved(form, grid, row, rows, request):
            return redirect("financing:project_cases", project.pk)
    return form_page(
        request,
        "financing/case_edit.html",
        form,
        title=f"{row.name}·{project.name}",
        grid=grid,
        case=row,
        cancel=reverse("financing:project_cases", args=[project.pk]),
    )


def _saved(form: Any, grid: Any, case: CashFlowCase, rows: list[dict[str, Any]], request: StaffRequest) -> bool:
    try:
        save_case(case=case, version=case.version, by=request.user, rows=rows, **values(form))
    except Stale:
        form.add_error(None, CHANGED_MEANWHILE)
    except RuleBroken as error:
        row, _dash, name = (error.field or "").partition("-")
        if row.isdecimal() and int(row) < len(grid.forms):
            grid.forms[int(row)].add_error(name, error.message)
        else:
            form.add_error(error.field if error.field in form.fields else None, error.message)
    else:
        return True
    return False
