"""Plans: the list, those of a project, a new one, comparison, schedule and workbook; products that fit a project."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from clients.views.project import frame, visible_project
from clients.views.saving import form_page, saved
from crm_project.organization.requests import StaffRequest
from crm_project.ui.exports import XLSX_TYPE
from crm_project.ui.lists import ListPage, Preset
from crm_project.ui.menu import may_open
from crm_project.ui.pieces import Empty
from crm_project.workflow import history
from financing.filters import PlanFilter
from financing.models import Plan, PlanVersion, Tranche
from financing.plan_compare import compared
from financing.plan_forms import PlanForm
from financing.plan_workbook import workbook
from financing.querysets import with_newest
from financing.services.plan import create_plan
from financing.services.products import match_products
from financing.services.rulebook import rule_book
from financing.tables import PlanTable
from financing.workbench_page import schedule_rows

DERIVED = frozenset({"result", "rule_versions"})
"""Columns that follow from the assumptions."""


class PlanList(ListPage):
    request: StaffRequest
    title = gettext_lazy("Financing plans")
    table_class = PlanTable
    filterset_class = PlanFilter
    default_sort = "title"
    presets = (
        Preset(gettext_lazy("All")),
        Preset(gettext_lazy("In design"), "state=design"),
        Preset(gettext_lazy("Submitted"), "state=submitted"),
        Preset(gettext_lazy("Approved"), "state=approved"),
    )

    def get_queryset(self) -> QuerySet[Plan]:
        return with_newest(Plan.objects.visible_to(self.request.user).with_project())

    def empty(self) -> Empty:
        return Empty(gettext_lazy("No plan yet. A plan begins on the page of its project."))


def visible_plan(request: StaffRequest, pk: int) -> Plan:
    return get_object_or_404(Plan.objects.visible_to(request.user).with_project(), pk=pk)


def chosen_version(plan: Plan, number: str) -> PlanVersion:
    """The version of that number, else the newest. A number that is none answers 404."""
    rows = plan.versions.select_related("case", "plan__project")
    if not number:
        return rows.order_by("-no")[0]
    if not (number.isdecimal() and len(number) < 6):
        raise Http404
    return get_object_or_404(rows, no=int(number))


@require_safe
def project_plans(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    plans = Plan.objects.visible_to(request.user).filter(project=project).prefetch_related("versions").order_by("pk")
    context = {
        **frame(request, project),
        "plans": list(plans),
        "matches": match_products(project, timezone.localdate()),
        "may_change": may_open(request.user, "financing:plan_create"),
        "has_case": project.cases.exists(),
        "has_budget": project.budget_lines.exists(),
    }
    return render(request, "financing/project_plans.html", context)


def plan_create(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    policy = rule_book(timezone.localdate()).cover
    initial = {"title": _("Financing plan"), "case": project.cases.first(), "dscr_case": "industrial"}
    form = PlanForm(request.POST or None, project=project, policy=policy, initial=initial)
    if request.method == "POST" and form.is_valid():
        plan = saved(form, create_plan, project=project, by=request.user, **form.cleaned_data)
        if plan is not None:
            request.journal_subject_id = plan.pk
            return redirect(plan)
    return form_page(
        request,
        "components/form_page.html",
        form,
        title=_("Financing plan for %(project)s") % {"project": project.name},
        submit=_("Open the workbench"),
        cancel=reverse("financing:project_plans", args=[project.pk]),
    )


@require_safe
def plan_compare(request: StaffRequest, pk: int) -> HttpResponse:
    plan = visible_plan(request, pk)
    versions = list(plan.versions.order_by("no"))
    second = chosen_version(plan, request.GET.get("b", ""))
    before = [version for version in versions if version.no < second.no] or versions
    first = chosen_version(plan, request.GET.get("a", "") or str(before[-1].no))
    context = {"plan": plan, "versions": versions, "first": first, "second": second, "groups": compared(first, second)}
    return render(request, "financing/plan_compare.html", context)


@require_safe
def plan_schedule(request: StaffRequest, pk: int) -> HttpResponse:
    plan = visible_plan(request, pk)
    version = chosen_version(plan, request.GET.get("version", ""))
    loans = version.result.get("tranches", [])
    number = request.GET.get("loan", "")
    loan = next((one for one in loans if str(one["no"]) == number), loans[0] if loans and not number else None)
    if loans and loan is None:
        raise Http404
    context: dict[str, Any] = {"plan": plan, "version": version, "loans": loans, "loan": loan}
    if loan is not None:
        context |= {"rows": schedule_rows(loan), "row": version.tranches.get(no=loan["no"])}
    return render(request, "financing/plan_schedule.html", context)


@require_safe
def plan_history(request: StaffRequest, pk: int) -> HttpResponse:
    """What was changed in the plan, its versions and their loans, by whom; the figures follow from it."""
    plan = visible_plan(request, pk)
    loans = Tranche.objects.filter(version__plan=plan)
    changes = history.changes([plan, *plan.versions.all(), *loans], hidden=DERIVED)
    return render(request, "financing/plan_history.html", {"plan": plan, "changes": changes})


@require_safe
def plan_workbook(request: StaffRequest, pk: int) -> HttpResponse:
    """The version as a workbook whose interest, principal and DSCR are live formulas."""
    plan = visible_plan(request, pk)
    version = chosen_version(plan, request.GET.get("version", ""))
    if "figures" not in version.result:
        raise Http404
    answer = HttpResponse(workbook(version), content_type=XLSX_TYPE)
    answer["Content-Disposition"] = content_disposition_header(True, f"{plan.title}-{version.name}.xlsx")
    return answer
