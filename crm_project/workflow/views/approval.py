"""Pages of approvals: the boxes, one request, its decision, its withdrawal."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui.lists import ListPage, Preset
from crm_project.ui.menu import may_open
from crm_project.ui.outcomes import broken
from crm_project.ui.panels import subject_address
from crm_project.ui.pieces import Empty
from crm_project.workflow.filters import ApprovalBoxFilter
from crm_project.workflow.forms import DecisionForm, WithdrawForm
from crm_project.workflow.models import Approval
from crm_project.workflow.services import approvals
from crm_project.workflow.tables import ApprovalTable


class ApprovalList(ListPage):
    title = gettext_lazy("Approvals")
    table_class = ApprovalTable
    filterset_class = ApprovalBoxFilter
    default_sort = "-asked_at"
    presets = (
        Preset(gettext_lazy("Waiting for me")),
        Preset(gettext_lazy("Asked by me"), "box=asked"),
        Preset(gettext_lazy("Decided by me"), "box=decided"),
        Preset(gettext_lazy("All in my scope"), "box=all"),
    )

    def get_queryset(self) -> QuerySet[Approval]:
        rows = Approval.objects.visible_to(self.request.user)
        return rows.select_related("subject", "asked_by", "decided_by")

    def empty(self) -> Empty:
        return Empty(_("Nothing waits for your decision."))


def visible_approval(request: StaffRequest, pk: int) -> Approval:
    rows = Approval.objects.visible_to(request.user).select_related(
        "subject__root__branch", "asked_by", "asked_account__branch", "decided_by", "decided_account__branch"
    )
    approval = get_object_or_404(rows, pk=pk)
    request.journal_subject_id = approval.subject_id
    return approval


@require_safe
def approval_detail(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, visible_approval(request, pk), DecisionForm())


@require_POST
def approval_decide(request: StaffRequest, pk: int) -> HttpResponse:
    approval = visible_approval(request, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, approval, form)
    approve = form.cleaned_data["answer"] == DecisionForm.APPROVE
    try:
        approvals.decide(approval=approval, by=request.user, approve=approve, reason=form.cleaned_data["reason"])
    except RuleBroken as error:
        broken(form, error)
        return _page(request, visible_approval(request, pk), form)
    except Stale:
        return _decided_meanwhile(request, pk)
    messages.success(request, _("Approved; it is in effect.") if approve else _("Refused."))
    return _onwards(request, pk)


@require_POST
def approval_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    approval = visible_approval(request, pk)
    form = WithdrawForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        approvals.withdraw(approval=approval, by=request.user, reason=reason)
    except RuleBroken as error:
        messages.error(request, error.message)
    except Stale:
        return _decided_meanwhile(request, pk)
    else:
        messages.success(request, _("Withdrawn."))
    return _onwards(request, pk)


def _decided_meanwhile(request: StaffRequest, pk: int) -> HttpResponse:
    messages.warning(request, _("This request no longer waits: somebody decided, withdrew or changed it meanwhile."))
    return _onwards(request, pk)


def _onwards(request: StaffRequest, pk: int) -> HttpResponse:
    """Back to the request, or to the list where its record has left the reader's scope by the decision."""
    if Approval.objects.visible_to(request.user).filter(pk=pk).exists():
        return redirect("workflow:approval_detail", pk)
    return redirect("workflow:approval_list")


def _page(request: StaffRequest, approval: Approval, form: DecisionForm) -> HttpResponse:
    waiting = approval.state == Approval.State.WAITING
    context: dict[str, Any] = {
        "approval": approval,
        "label": approvals.kind_named(approval.kind).label,
        "differences": approvals.changes_of(approval),
        "who_decides": approvals.who_decides(approval),
        "subject_address": subject_address(approval.subject),
        "form": form,
        "refusal": approvals.why_not(approval, request.user) if waiting else None,
        "may_decide": waiting and may_open(request.user, "workflow:approval_decide", "POST"),
        "may_withdraw": waiting and request.user.person_id == approval.asked_by_id,
    }
    return render(request, "workflow/approval_detail.html", context)
