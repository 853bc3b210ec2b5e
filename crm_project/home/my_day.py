"""My day: what is overdue, due and waiting, and what others owe; the upper rooms add figures and cards."""

from typing import Any

from django.db.models import Count, Min, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from crm_project.organization.models import Subject
from crm_project.organization.requests import StaffRequest
from crm_project.organization.roles import Role
from crm_project.ui import formats, panels
from crm_project.ui.pieces import Button, Figure, NextAction
from crm_project.workflow import queue
from crm_project.workflow.models import Approval, Task
from crm_project.workflow.models.approval import ApprovalQuerySet
from crm_project.workflow.services import approvals

CARD_ROWS = 6


@require_safe
def my_day(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    groups = queue.groups(request.user, now)
    context = {
        "now": now,
        "groups": groups,
        "next": next_action(groups),
        "figures": panels.figures("day", request),
        "main_cards": panels.cards("day", "main", request),
        "aside_cards": panels.cards("day", "aside", request),
    }
    return render(request, "home/my_day.html", context)


def next_action(groups: list[queue.Group]) -> NextAction | None:
    """The most urgent thing this account can do itself."""
    lines = [line for group in groups if group.code != "others" for line in group.lines]
    if not lines:
        return None
    first = lines[0]
    button = Button(first.button, first.href, style="danger" if first.late else "primary")
    return NextAction(f"{first.title}·{first.about}", f"{first.when} {first.remark}", button, first.late, icon="clock")


def clients_figure(request: StaffRequest, obj: Any) -> Figure:
    count = Subject.objects.visible_to(request.user).filter(kind=Subject.Kind.CLIENT).count()
    label = _("Clients in my charge") if request.user.role == Role.RM else _("Clients in my scope")
    return Figure(label, formats.number(count), pgettext("unit", "clients"), request.user.branch.name)


def overdue_figure(request: StaffRequest, obj: Any) -> Figure:
    late = Task.objects.visible_to(request.user).overdue(timezone.now())
    mine, raised = Q(pk__in=Task.objects.of(request.user).values("pk")), Q(escalated_to=request.user)
    count = late.aggregate(mine=Count("pk", filter=mine), raised=Count("pk", filter=raised))
    note = (
        _("%(n)s of others escalated to me") % {"n": count["raised"]} if count["raised"] else _("none escalated to me")
    )
    href = reverse("workflow:task_list")
    return Figure(
        _("Overdue"), formats.number(count["mine"]), pgettext("unit", "tasks"), note, href, bad=count["mine"] > 0
    )


def today_figure(request: StaffRequest, obj: Any) -> Figure:
    now = timezone.now()
    ahead = (
        Task.objects.visible_to(request.user).of(request.user).open().filter(paused_at__isnull=True, due_at__gte=now)
    )
    today, week = Q(due_at__lt=queue.end_of_day(now)), Q(due_at__lt=queue.end_of_week(now))
    count = ahead.aggregate(today=Count("pk", filter=today), week=Count("pk", filter=week))
    note = _("%(n)s by Sunday") % {"n": count["week"]}
    return Figure(
        _("Due today"), formats.number(count["today"]), pgettext("unit", "tasks"), note, reverse("workflow:task_list")
    )


def approvals_figure(request: StaffRequest, obj: Any) -> Figure:
    waiting = _waiting_for(request).aggregate(count=Count("pk"), oldest=Min("asked_at"))
    note = (
        _("oldest since %(day)s") % {"day": formats.day(waiting["oldest"])}
        if waiting["count"]
        else _("nothing waits for me")
    )
    href = reverse("workflow:approval_list")
    return Figure(
        _("Waiting for my approval"), formats.number(waiting["count"]), pgettext("unit", "requests"), note, href
    )


def approvals_card(request: StaffRequest, obj: Any) -> dict[str, Any] | None:
    """The requests this account is expected to decide, with what they change."""
    waiting = _waiting_for(request).select_related("subject", "asked_by").order_by("asked_at")
    rows = [(one, approvals.kind_named(one.kind).label) for one in waiting[:CARD_ROWS]]
    return {"rows": rows} if rows else None


def raised_card(request: StaffRequest, obj: Any) -> dict[str, Any] | None:
    """Tasks of others that were escalated to this account and are still open."""
    now = timezone.now()
    raised = Task.objects.visible_to(request.user).open().filter(escalated_to=request.user)
    tasks = raised.select_related("subject", "assignee__person").order_by("due_at")[:CARD_ROWS]
    rows = [(queue.line(task, now), task.holder) for task in tasks]
    return {"rows": rows} if rows else None


def _waiting_for(request: StaffRequest) -> ApprovalQuerySet:
    return Approval.objects.visible_to(request.user).meant_for(request.user)
