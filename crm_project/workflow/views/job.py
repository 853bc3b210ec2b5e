"""Pages of background jobs: the list, one job, its progress as a fragment, cancelling and trying again."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from crm_project.rules.errors import RuleBroken
from crm_project.ui.lists import ListPage, Preset
from crm_project.ui.panels import subject_address
from crm_project.ui.pieces import Empty
from crm_project.workflow import job_view, jobs
from crm_project.workflow.filters import JobBoxFilter
from crm_project.workflow.models import JobRun
from crm_project.workflow.tables import JobTable

FRAGMENT = "workflow/job_progress.html"


class JobList(ListPage):
    title = gettext_lazy("Background jobs")
    table_class = JobTable
    filterset_class = JobBoxFilter
    default_sort = "-number"
    presets = (
        Preset(gettext_lazy("All in my scope")),
        Preset(gettext_lazy("Mine"), "box=mine"),
        Preset(gettext_lazy("Not ended"), "state=queued&state=running"),
        Preset(gettext_lazy("Failed"), "state=failed"),
    )

    def get_queryset(self) -> QuerySet[JobRun]:
        return JobRun.objects.visible_to(self.request.user).select_related("subject", "owner__person")

    def empty(self) -> Empty:
        return Empty(_("Imports, scans and other long work will be listed here."))


def visible_job(request: HttpRequest, pk: int) -> JobRun:
    rows = JobRun.objects.visible_to(request.user).select_related("subject", "owner__person", "file")
    run = get_object_or_404(rows, pk=pk)
    request.journal_subject_id = run.subject_id  # type: ignore[attr-defined]
    return run


@require_safe
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    run = visible_job(request, pk)
    context = {
        "job": job_view.shown(run, request.user),
        "run": run,
        "moment": job_view.moment(run),
        "subject_address": subject_address(run.subject) if run.subject else "",
    }
    return render(request, "workflow/job_detail.html", context)


@require_safe
def job_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The fragment that polls itself until the job has ended; then the page around it hears `job-ended`."""
    return _fragment(request, visible_job(request, pk))


@require_POST
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _steer(request, pk, jobs.cancel)


@require_POST
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    return _steer(request, pk, jobs.retry)


def _steer(request: HttpRequest, pk: int, verb: Callable[..., JobRun]) -> HttpResponse:
    run = visible_job(request, pk)
    try:
        verb(run=run, by=request.user)
    except RuleBroken as error:
        if not request.htmx:  # type: ignore[attr-defined]
            messages.error(request, error.message)
    if request.htmx:  # type: ignore[attr-defined]
        return _fragment(request, visible_job(request, pk))
    return redirect("workflow:job_detail", pk)


def _fragment(request: HttpRequest, run: JobRun) -> HttpResponse:
    response = render(request, FRAGMENT, {"job": job_view.shown(run, request.user)})
    if not run.is_active:
        response["HX-Trigger"] = "job-ended"
    return response
