"""Pages of the project."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from clients.filters import ProjectFilter
from clients.models import Client, Project
from clients.permit_texts import lines_of
from clients.project_forms import ProjectCompanyForm, ProjectCreateForm, ProjectEditForm, ProjectStageForm
from clients.project_pieces import figures, next_action, timeline
from clients.services.permit import findings_of
from clients.services.project import advance_stage, change_project, register_project, set_project_company
from clients.tables import ProjectTable
from clients.views.client import frame as client_frame
from clients.views.client import visible_client
from clients.views.saving import form_page, saved, values
from crm_project.organization.requests import StaffRequest
from crm_project.ui import panels
from crm_project.ui.lists import ListPage, Preset
from crm_project.ui.menu import may_open
from crm_project.ui.pieces import Button, Empty
from crm_project.workflow import history
from crm_project.workflow.views.document import documents_context


class ProjectList(ListPage):
    request: StaffRequest
    title = gettext_lazy("Projects")
    table_class = ProjectTable
    filterset_class = ProjectFilter
    default_sort = "name"
    presets = (
        Preset(gettext_lazy("All")),
        Preset(gettext_lazy("In preparation"), "stage=preparation"),
        Preset(gettext_lazy("Under construction"), "stage=construction"),
        Preset(gettext_lazy("Completing within 6 months"), "completing=6&sort=complete_on"),
        Preset(gettext_lazy("Completion overdue"), "completing=late&sort=complete_on"),
    )

    def get_queryset(self) -> QuerySet[Project]:
        return Project.objects.visible_to(self.request.user).with_parties()

    def caption(self) -> str:
        return str(self.request.user.branch.name)

    def create_button(self) -> Button | None:
        return Button(gettext_lazy("Register project"), reverse("clients:project_create"), "plus")

    def empty(self) -> Empty:
        return Empty(gettext_lazy("No project is in your charge yet."), self.create_button())


def visible_project(request: StaffRequest, pk: int) -> Project:
    return get_object_or_404(Project.objects.visible_to(request.user).with_parties(), pk=pk)


def project_create(request: StaffRequest) -> HttpResponse:
    """`?sponsor=` fills in the client one comes from; one that is out of sight is not taken over."""
    form = ProjectCreateForm(request.POST or None, user=request.user, initial={"sponsor": request.GET.get("sponsor")})
    if request.method == "POST" and form.is_valid():
        project = saved(form, register_project, by=request.user, **form.cleaned_data)
        if project is not None:
            request.journal_subject_id = project.pk
            return redirect(project)
    cancel = reverse("clients:project_list")
    return form_page(request, "clients/project_form.html", form, title=_("Register project"), cancel=cancel)


def project_edit(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    shown = visible_project(request, pk)  # a model form writes into its instance
    form = ProjectEditForm(request.POST or None, instance=shown, current_version=project.version)
    if request.method == "POST" and form.is_valid():
        version = project.version
        if saved(form, change_project, project=project, version=version, by=request.user, **values(form)):
            return redirect(project)
    title = _("Edit %(project)s") % {"project": project.name}
    return form_page(request, "clients/project_form.html", form, title=title, cancel=project.get_absolute_url())


def project_stage(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    if project.stage == Project.Stage.CLOSED:
        return redirect(project)
    form = ProjectStageForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        version = project.version
        if saved(form, advance_stage, project=project, version=version, by=request.user, **values(form)):
            request.journal_detail = {name: form.cleaned_data.get(name) for name in ("to", "without_permits")}
            return redirect(project)
    title = _("Next stage of %(project)s") % {"project": project.name}
    return form_page(
        request,
        "clients/project_form.html",
        form,
        title=title,
        caption=_("Now: %(stage)s") % {"stage": project.get_stage_display()},
        cancel=project.get_absolute_url(),
    )


def project_company(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    if project.borrower_id != project.sponsor_id or project.stage == Project.Stage.CLOSED:
        return redirect(project)
    form = ProjectCompanyForm(request.POST or None, user=request.user, project=project)
    if request.method == "POST" and form.is_valid():
        version = project.version
        if saved(form, set_project_company, project=project, version=version, by=request.user, **values(form)):
            return redirect(project)
    return form_page(
        request,
        "clients/project_company.html",
        form,
        project=project,
        title=_("Project company of %(project)s") % {"project": project.name},
        caption=_("It borrows from now on; the project goes to its branch and manager. This is done once."),
        submit=_("Set project company"),
        cancel=project.get_absolute_url(),
    )


@require_safe
def project_detail(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    context = frame(request, project)
    context["in_sight"] = set(
        Client.objects.visible_to(request.user)
        .filter(pk__in={project.sponsor_id, project.borrower_id})
        .values_list("pk", flat=True)
    )
    context["steps"] = timeline(project, timezone.localdate())
    context["main_cards"] = panels.cards("project", "main", request, project)
    return render(request, "clients/project_detail.html", context)


@require_safe
def project_permits(request: StaffRequest, pk: int) -> HttpResponse:
    """What is needed and how it stands, the permits on file, and their papers."""
    project = visible_project(request, pk)
    context = {**frame(request, project), **documents_context(request, project.subject)}
    return render(request, "clients/project_permits.html", context)


@require_safe
def project_history(request: StaffRequest, pk: int) -> HttpResponse:
    project = visible_project(request, pk)
    context = frame(request, project)
    changes = history.changes([project, project.subject, *context["permits"]], hidden=frozenset({"root"}))
    return render(request, "clients/project_history.html", {**context, "changes": changes})


@require_safe
def client_projects(request: StaffRequest, pk: int) -> HttpResponse:
    """Projects the client borrows for or sponsors, as far as the reader may see them."""
    client = visible_client(request, pk)
    rows = Project.objects.visible_to(request.user).with_parties().order_by("pinyin", "pk")
    projects = list(rows.filter(Q(borrower=client) | Q(sponsor=client)))
    context = {
        **client_frame(request, client),
        "borrowed": [project for project in projects if project.borrower_id == client.pk],
        "sponsored": [project for project in projects if project.borrower_id != client.pk],
        "may_register": may_open(request.user, "clients:project_create"),
    }
    return render(request, "clients/client_projects.html", context)


def frame(request: StaffRequest, project: Project) -> dict[str, Any]:
    """What every tab of a project's page shows around itself, and its permits, which the head is made of."""
    today = timezone.localdate()
    permits = list(project.permits.all())
    lines = lines_of(project, findings_of(project, permits, today), today)
    may_edit = may_open(request.user, "clients:project_edit")
    return {
        "project": project,
        "permits": permits,
        "permit_lines": lines,
        "figures": [*figures(project, lines, today), *panels.figures("project", request, project)],
        "next": next_action(project, lines, may_edit),
        "tabs": panels.tabs("project", request, project),
        "aside_cards": panels.cards("project", "aside", request, project),
        "may_edit": may_edit,
    }
