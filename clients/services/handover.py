"""A client goes to another manager, of the same branch or of another: the manager asks, the branch head decides."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from clients.models import Client
from crm_project.organization.models import Branch, Staff, Subject
from crm_project.organization.roles import Level, Role
from crm_project.organization.services import move_root
from crm_project.rules.errors import RuleBroken
from crm_project.workflow.models import Approval, Task
from crm_project.workflow.services.approvals import ApprovalKind, Difference, request_approval
from crm_project.workflow.services.tasks import TaskKind, drop_task, move_tasks, open_task

KIND = "client_handover"
TAKE_OVER = "client_take_over"
TAKE_OVER_HOURS = Decimal(40)
"""Business hours in which the new manager calls on the client: five days. Default of ours, no source."""


def possible_managers() -> QuerySet[Staff]:
    """Accounts a client could go to, with person and branch, by branch."""
    managers = Staff.objects.filter(role=Role.RM, is_active=True).select_related("person", "branch")
    return managers.order_by("branch__path", "person__number")


@transaction.atomic
def request_handover(*, client: Client, to: Staff, reason: str, by: Staff) -> Approval:
    """Ask that `to` manages the client from now on. The branch head of the client's branch, or a higher level, decides.

    Raises RuleBroken where `by` is not the managing RM, `to` is no active RM or manages the client already, no reason
    is given, or a request waits already.
    """
    root = Subject.objects.select_for_update(of=("self",), no_key=True).get(pk=client.root_id)
    if root.manager_id != by.pk:
        raise RuleBroken("handover_manager", _("Only the managing relationship manager hands a client over."))
    if to.role != Role.RM or not to.is_active:
        raise RuleBroken("handover_target", _("Clients are managed by active relationship managers."), "to")
    if to.pk == root.manager_id:
        raise RuleBroken("handover_same", _("This account manages the client already."), "to")
    if not reason.strip():
        raise RuleBroken("handover_reason", _("Say why the client changes hands."), "reason")
    payload = {**_present(root), "to_manager": to.pk, "to_branch": to.branch_id}
    return request_approval(
        subject=root, kind=KIND, payload=payload, by=by, role=Role.APPROVER, level=Level.L1, reason=reason
    )


def _present(root: Subject) -> dict[str, int | None]:
    return {"from_manager": root.manager_id, "from_branch": root.branch_id}


def _current_payload(approval: Approval) -> dict[str, Any]:
    """What was asked, against today's manager and branch, and the branch where the new manager sits today."""
    to = Staff.objects.filter(pk=approval.payload["to_manager"], is_active=True, role=Role.RM).first()
    root = Subject.objects.get(pk=approval.subject_id)
    return {
        **_present(root),
        "to_manager": approval.payload["to_manager"],
        "to_branch": to.branch_id if to else None,
    }


def _describe(approval: Approval) -> list[Difference]:
    asked = approval.payload
    staff = Staff.objects.select_related("person").in_bulk([asked["from_manager"], asked["to_manager"]])
    branches = Branch.objects.in_bulk([asked["from_branch"], asked["to_branch"]])
    return [
        Difference(gettext_lazy("Managing RM"), staff[asked["from_manager"]].name, staff[asked["to_manager"]].name),
        Difference(gettext_lazy("Branch"), branches[asked["from_branch"]].name, branches[asked["to_branch"]].name),
    ]


def _hand_over(approval: Approval) -> None:
    """The client and its open tasks change hands; the new manager, and no former one, has to call on it."""
    payload = approval.payload
    for former in Task.objects.open().filter(kind=TAKE_OVER, subject=approval.subject):
        drop_task(key=former.key)
    before = Staff.objects.select_related("branch").get(pk=payload["from_manager"])
    after = Staff.objects.select_related("branch").get(pk=payload["to_manager"])
    move_root(root=approval.subject, branch=after.branch, manager=after)
    move_tasks(root=approval.subject, before=before, after=after)
    open_task(
        kind=TAKE_OVER,
        key=f"{TAKE_OVER}:{approval.pk}",
        subject=approval.subject,
        role=Role.RM,
        branch=after.branch,
        assignee=after,
        working_hours=TAKE_OVER_HOURS,
        params={"from": before.name},
    )


def _remark(task: Task) -> str:
    return _("handed over by %(who)s") % {"who": task.params["from"]}


APPROVAL_KIND = ApprovalKind(
    KIND, gettext_lazy("Hand over a client"), _describe, _current_payload, on_approved=_hand_over
)
TASK_KIND = TaskKind(
    TAKE_OVER,
    gettext_lazy("Take over a client"),
    title=lambda task: _("Call on the client you have taken over"),
    button=pgettext_lazy("button", "Report"),
    remark=_remark,
    by_hand=True,
)
