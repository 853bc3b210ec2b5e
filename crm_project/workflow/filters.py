"""Filters of the approval, task and job lists, the same for page, export and API."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from crm_project.ui.filters import DeskFilterSet
from crm_project.workflow import jobs
from crm_project.workflow.models import Approval, Document, JobRun, Task
from crm_project.workflow.services import approvals, tasks


class ApprovalFilter(DeskFilterSet):
    kind = django_filters.MultipleChoiceFilter(choices=approvals.choices, label=_("Matter"))
    state = django_filters.MultipleChoiceFilter(choices=Approval.State.choices, label=_("State"))
    asked_at = django_filters.DateFromToRangeFilter(label=_("Asked on"))

    class Meta(DeskFilterSet.Meta):
        model = Approval
        fields: list[str] = []


class ApprovalBoxFilter(ApprovalFilter):
    """The page's boxes: what waits for the reader unless another box is named."""

    ASKED, DECIDED, ALL = "asked", "decided", "all"

    box = django_filters.ChoiceFilter(
        choices=[(ASKED, _("Asked by me")), (DECIDED, _("Decided by me")), (ALL, _("All in my scope"))],
        label=_("Box"),
        method="in_box",
    )

    def filter_queryset(self, queryset: QuerySet[Approval]) -> QuerySet[Approval]:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("box") else found.meant_for(self.request.user)

    def in_box(self, queryset: QuerySet[Approval], name: str, value: str) -> QuerySet[Approval]:
        user: Any = self.request.user
        match value:
            case self.ASKED:
                return queryset.filter(asked_by=user.person_id)
            case self.DECIDED:
                return queryset.filter(decided_by=user.person_id).exclude(state=Approval.State.WITHDRAWN)
        return queryset


class TaskFilter(DeskFilterSet):
    kind = django_filters.MultipleChoiceFilter(choices=tasks.choices, label=_("Kind"))
    state = django_filters.MultipleChoiceFilter(choices=Task.State.choices, label=_("State"))
    due_at = django_filters.DateFromToRangeFilter(label=_("Due"))

    class Meta(DeskFilterSet.Meta):
        model = Task
        fields: list[str] = []


class TaskBoxFilter(TaskFilter):
    """The page's boxes: the reader's own open tasks unless another box is named."""

    DONE, RAISED, ALL = "done", "raised", "all"

    box = django_filters.ChoiceFilter(
        choices=[(DONE, _("Done by me")), (RAISED, _("Escalated to me")), (ALL, _("All in my scope"))],
        label=_("Box"),
        method="in_box",
    )

    def filter_queryset(self, queryset: QuerySet[Task]) -> QuerySet[Task]:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("box") else found.of(self.request.user).open()

    def in_box(self, queryset: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        match value:
            case self.DONE:
                return queryset.filter(done_by=self.request.user)
            case self.RAISED:
                return queryset.filter(escalated_to=self.request.user, state=Task.State.OPEN)
        return queryset


def job_kinds() -> list[tuple[str, Any]]:
    return [(code, kind.label) for code, kind in jobs.kinds().items()]


class JobFilter(DeskFilterSet):
    kind = django_filters.MultipleChoiceFilter(choices=job_kinds, label=_("Kind"))
    state = django_filters.MultipleChoiceFilter(choices=JobRun.State.choices, label=_("State"))
    created_at = django_filters.DateFromToRangeFilter(label=_("Asked for on"))

    class Meta(DeskFilterSet.Meta):
        model = JobRun
        fields: list[str] = []


class JobBoxFilter(JobFilter):
    """The page's boxes."""

    MINE, SYSTEM = "mine", "system"

    box = django_filters.ChoiceFilter(
        choices=[(MINE, _("Mine")), (SYSTEM, _("Of the system"))], label=_("Box"), method="in_box"
    )

    def in_box(self, queryset: QuerySet[JobRun], name: str, value: str) -> QuerySet[JobRun]:
        return queryset.filter(owner=self.request.user if value == self.MINE else None)


class DocumentFilter(DeskFilterSet):
    """For the API: of one subject, of some kinds, with or without the retired ones."""

    subject = django_filters.NumberFilter(field_name="subject_id", label=_("Subject"))
    kind = django_filters.MultipleChoiceFilter(choices=Document.Kind.choices, label=_("Kind"))
    retired = django_filters.BooleanFilter("retired_at", "isnull", exclude=True, label=_("Retired"))

    class Meta(DeskFilterSet.Meta):
        model = Document
        fields: list[str] = []
