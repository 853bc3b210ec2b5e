"""The project's budget and the capital it calls for."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.models import Project
from clients.views.project import frame, visible_project
from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui.forms import CHANGED_MEANWHILE
from crm_project.ui.menu import may_open
from financing.forms import BudgetFormSet, in_language
from financing.services.budget import ZERO, budget_token, capital_need, save_budget


@require_safe
def project_budget(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    lines = list(project.budget_lines.all())
    total = sum((line.amount for line in lines), ZERO)
    context = {
        **frame(request, project),
        "lines": [(line, line.amount / total) for line in lines],
        "total": total,
        "gap": total - project.total_investment,
        "capital": _capital(project),
        "may_change": may_open(request.user, "financing:budget_edit"),
    }
    return render(request, "financing/project_budget.html", context)


def _capital(project: Project) -> dict[str, Any] | None:
    need = capital_need(project, timezone.localdate())
    if need is None:
        return None
    return {
        "need": need,
        "rows": [
            {
                "sector": row,
                "name": in_language(row),
                "amount": project.total_investment * row.ratio,
                "holds": row == need.sector and not need.undecided,
            }
            for row in need.candidates
        ],
    }


def budget_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """All lines in one table; sent as a whole, refused as a whole."""
    project = visible_project(request, pk)
    present = list(project.budget_lines.all())
    initial = [{"pk": line.pk, "kind": line.kind, "name": line.name, "amount": line.amount} for line in present]
    formset = BudgetFormSet(request.POST or None, initial=initial, prefix="line")
    token = request.POST.get("token", budget_token(present))
    problems: list[str] = []
    if request.method == "POST" and formset.is_valid():
        try:
            save_budget(project=project, token=token, lines=_typed(formset), by=request.user)
            return redirect("financing:project_budget", project.pk)
        except RuleBroken as error:
            _place(formset, error, problems)
        except Stale:
            problems.append(str(CHANGED_MEANWHILE))
    context = {
        "project": project,
        "formset": formset,
        "token": token,
        "problems": problems,
        "title": _("Budget of %(project)s") % {"project": project.name},
        "cancel": reverse("financing:project_budget", args=[project.pk]),
    }
    return render(request, "financing/budget_edit.html", context, status=409 if problems else 200)


def _rows(formset: Any) -> list[Any]:
    return [form for form in formset.forms if form.cleaned_data.get("name") and not form.cleaned_data.get("DELETE")]


def _typed(formset: Any) -> list[dict[str, Any]]:
    return [{name: form.cleaned_data[name] for name in ("pk", "kind", "name", "amount")} for form in _rows(formset)]


def _place(formset: Any, error: RuleBroken, problems: list[str]) -> None:
    row, _dash, name = (error.field or "").partition("-")
    rows = _rows(formset)
    if row.isdecimal() and int(row) < len(rows) and name in rows[int(row)].fields:
        rows[int(row)].add_error(name, error.message)
    else:
        problems.append(error.message)
