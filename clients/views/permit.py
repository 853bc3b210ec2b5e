"""Pages on which permits of a project are entered."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Permit, Project
from clients.permit_texts import in_language
from clients.project_forms import PermitEditForm, PermitForm
from clients.services.permit import add_permit, change_permit, permit_rule
from clients.views.project import visible_project
from clients.views.saving import form_page, saved, values
from crm_project.organization.requests import StaffRequest


def permit_create(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    form = PermitForm(request.POST or None, initial={"kind": request.GET.get("kind")})
    if request.method == "POST" and form.is_valid():
        if saved(form, add_permit, project=project, by=request.user, **form.cleaned_data):
            return redirect("clients:project_permits", project.pk)
    return _page(request, project, form, _("Permit of %(project)s") % {"project": project.name}, rule_of="")


def permit_edit(request: StaffRequest, pk: int, permit: int) -> HttpResponse:
    project = visible_project(request, pk)
    row = get_object_or_404(Permit, pk=permit, project=project)
    shown = Permit.objects.get(pk=row.pk)  # a model form writes into its instance
    form = PermitEditForm(request.POST or None, instance=shown, current_version=row.version)
    if request.method == "POST" and form.is_valid():
        if saved(form, change_permit, permit=row, version=row.version, by=request.user, **values(form)):
            return redirect("clients:project_permits", project.pk)
    return _page(request, project, form, f"{row.get_kind_display()}·{project.name}", rule_of=row.kind)


def _page(request: StaffRequest, project: Project, form: PermitForm, title: str, rule_of: str) -> HttpResponse:
    need = permit_rule(timezone.localdate()).need(rule_of)
    return form_page(
        request,
        "clients/permit_form.html",
        form,
        title=title,
        caption=in_language(need) if need else "",
        cancel=reverse("clients:project_permits", args=[project.pk]),
    )
