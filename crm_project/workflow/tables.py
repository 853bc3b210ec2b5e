from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm_project.ui import formats
from crm_project.ui.tables import Column, DeskTable, MomentColumn, MoneyColumn, NameColumn, NumberColumn, PercentColumn
from crm_project.workflow import job_view, queue
from crm_project.workflow.models import Approval, JobRun, Task
from crm_project.workflow.services import approvals, tasks


class MatterColumn(NameColumn):
    """The approval's kind in words, leading to its page."""

    def render(self, record: Approval) -> str:
        return str(approvals.kind_named(record.kind).label)

    def value(self, value: Any, **context: Any) -> str:
        return self.render(context["record"])


class ApprovalTable(DeskTable):
    kind = MatterColumn(_("Matter"), linkify=lambda record: reverse("workflow:approval_detail", args=[record.pk]))
    subject = Column(_("About"), accessor="subject__title", order_by="subject__title")
    amount = MoneyColumn(_("Amount"))
    state = Column(_("State"), accessor="get_state_display", order_by="state")
    asked_by = Column(_("Asked by"), accessor="asked_by__name", order_by="asked_by__number")
    asked_at = MomentColumn(_("Asked"))
    decided_by = Column(_("Decided by"), accessor="decided_by__name", order_by="decided_by__number")
    decided_at = MomentColumn(_("Decided"))

    fixed_columns = ("kind",)

    class Meta(DeskTable.Meta):
        model = Approval
        fields = ("kind",)


class TitleColumn(NameColumn):
    """What is to be done, leading to where it is done."""

    def render(self, record: Task) -> str:
        return tasks.kind_of(record).title(record)

    def value(self, value: Any, **context: Any) -> str:
        return self.render(context["record"])


class DueColumn(Column):
    """A moment, red where it has passed and the task still runs."""

    css = "rq-num"

    def render(self, value: Any, record: Task) -> SafeString | str:
        text = self.value(value)
        late = record.state == Task.State.OPEN and record.paused_at is None and record.due_at < timezone.now()
        return format_html('<b class="rq-neg">{}</b>', text) if late else text

    def value(self, value: Any, **context: Any) -> str:
        return formats.moment(value)


class TaskTable(DeskTable):
    kind = TitleColumn(_("Task"), linkify=lambda record: queue.address(record))
    subject = Column(_("About"), accessor="subject__title", order_by="subject__title")
    amount = MoneyColumn(_("Amount"))
    due_at = DueColumn(_("Due"))
    assignee = Column(_("In whose hands"), accessor="holder", orderable=False)
    state = Column(_("State"), accessor="get_state_display", order_by="state")
    escalated_to = Column(_("Escalated to"), accessor="escalated_to__name", orderable=False)
    done_at = MomentColumn(_("Done"))
    outcome = Column(_("Outcome"), wrap=True, orderable=False)

    default_columns = ("kind", "subject", "amount", "due_at", "assignee", "state", "escalated_to")
    fixed_columns = ("kind",)

    class Meta(DeskTable.Meta):
        model = Task
        fields = ("kind",)


class KindColumn(NameColumn):
    def render(self, record: JobRun) -> str:
        return job_view.label(record)

    def value(self, value: Any, **context: Any) -> str:
        return self.render(context["record"])


class StateColumn(Column):
    def render(self, record: JobRun) -> SafeString:
        return job_view.state_mark(record)


class JobTable(DeskTable):
    kind = KindColumn(_("Job"), linkify=lambda record: reverse("workflow:job_detail", args=[record.pk]))
    number = Column(_("No."), accessor="pk", muted=True)
    subject = Column(_("About"), accessor="subject__title", order_by="subject__title")
    owner = Column(_("Asked for by"), accessor="owner__name", order_by="owner__person__number")
    state = StateColumn(_("State"), accessor="get_state_display", order_by="state")
    progress = PercentColumn(_("Progress"), accessor="fraction", decimals=0, orderable=False)
    created_at = MomentColumn(_("Asked for at"))
    started_at = MomentColumn(_("Begun"))
    finished_at = MomentColumn(_("Ended"))
    attempts = NumberColumn(_("Attempts"))
    error = Column(_("Error"), wrap=True, orderable=False)

    default_columns = ("kind", "number", "subject", "owner", "state", "progress", "created_at", "finished_at")
    fixed_columns = ("kind",)

    class Meta(DeskTable.Meta):
        model = JobRun
        fields = ("kind",)
