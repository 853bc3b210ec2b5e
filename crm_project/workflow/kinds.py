"""Tasks and notices of the platform itself."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_project.workflow import jobs, rule_approvals, runner
from crm_project.workflow.models import Approval, Notice, Task
from crm_project.workflow.services import approvals, notices, tasks


def register() -> None:
    rule_approvals.register()
    tasks.register(
        tasks.TaskKind(
            approvals.TASK_KIND,
            gettext_lazy("Approval"),
            title=lambda task: _("Decide: %(what)s") % {"what": _label_of_approval(task)},
            button=pgettext_lazy("button", "Decide"),
            address=_page_of_approval,
        )
    )
    notices.register(
        notices.NoticeKind(
            approvals.TASK_KIND,
            gettext_lazy("Approval"),
            text=lambda notice: _("Waits for your decision: %(what)s") % {"what": _label_of_approval(notice)},
            address=_page_of_approval,
            icon="gavel",
        ),
        notices.NoticeKind(
            approvals.DECIDED_KIND,
            gettext_lazy("Decision"),
            text=_decided,
            address=_page_of_approval,
            icon="circle-check",
        ),
        notices.NoticeKind(
            "task_overdue",
            gettext_lazy("Overdue task"),
            text=lambda notice: _("Overdue in your branch: %(what)s") % {"what": _title_of_task(notice)},
            icon="clock",
        ),
        notices.NoticeKind(
            runner.FAILED_NOTICE,
            gettext_lazy("Failed job"),
            text=lambda notice: _("Failed: %(what)s") % {"what": jobs.label_of(notice.params["kind"])},
            address=lambda notice: reverse("workflow:job_detail", args=[notice.params["job"]]),
            icon="circle-x",
        ),
    )


def _page_of_approval(item: Task | Notice) -> str:
    return reverse("workflow:approval_detail", args=[item.params["approval"]])


def _label_of_approval(item: Task | Notice) -> str:
    return str(approvals.kind_named(item.params["kind"]).label)


def _decided(notice: Notice) -> str:
    outcome = Approval.State(notice.params["state"]).label
    return _("%(what)s: %(outcome)s") % {"what": _label_of_approval(notice), "outcome": outcome}


def _title_of_task(notice: Notice) -> str:
    task = Task(kind=notice.params["kind"], params=notice.params["params"], subject=notice.subject)
    return tasks.kind_of(task).title(task)
