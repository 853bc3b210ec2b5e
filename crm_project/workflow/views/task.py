"""Pages of tasks: the list, and the outcome of a task that is finished by hand."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui import formats
from crm_project.ui.lists import ListPage, Preset
from crm_project.ui.outcomes import broken
from crm_project.ui.pieces import Empty
from crm_project.workflow.filters import TaskBoxFilter
from crm_project.workflow.forms import OutcomeForm
from crm_project.workflow.models import Task
from crm_project.workflow.services.tasks import finish_by_hand, kind_of
from crm_project.workflow.tables import TaskTable


class TaskList(ListPage):
    title = gettext_lazy("Tasks")
    table_class = TaskTable
    filterset_class = TaskBoxFilter
    default_sort = "due_at"
    presets = (
        Preset(gettext_lazy("Mine")),
        Preset(gettext_lazy("Escalated to me"), "box=raised"),
        Preset(gettext_lazy("Done by me"), "box=done"),
        Preset(gettext_lazy("All in my scope"), "box=all"),
    )

    def get_queryset(self) -> QuerySet[Task]:
        rows = Task.objects.visible_to(self.request.user)
        return rows.select_related("subject", "assignee__person", "escalated_to__person")

    def empty(self) -> Empty:
        return Empty(_("Nothing is left to do."))


def task_finish(request: StaffRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(Task.objects.visible_to(request.user).select_related("subject"), pk=pk)
    request.journal_subject_id = task.subject_id
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            finish_by_hand(task=task, by=request.user, outcome=form.cleaned_data["outcome"])
        except RuleBroken as error:
            broken(form, error)
        except Stale:
            messages.warning(request, _("This task is closed already."))
            return redirect("workflow:task_list")
        else:
            messages.success(request, _("Done."))
            return redirect("workflow:task_list")
    context = {
        "form": form,
        "title": kind_of(task).title(task),
        "caption": f"{task.subject.title}·{_('due %(when)s') % {'when': formats.moment(task.due_at)}}",
        "submit": pgettext("button", "Done"),
        "cancel": reverse("workflow:task_list"),
        "task": task,
    }
    return render(request, "workflow/task_finish.html", context)
