"""The work queue: tasks in the order of their deadlines, grouped as a person plans a day."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_project.organization.models import Staff
from crm_project.workflow.models import Approval, Task
from crm_project.workflow.services import approvals
from crm_project.workflow.services.tasks import kind_of

SHOWN = 100


@dataclass(frozen=True)
class Line:
    """One row of the queue: deadline and its remark, the verb, whom it is about, amount in CNY, one button."""

    when: str
    remark: str
    title: str
    about: str
    caption: str
    amount: Decimal | None
    href: str
    button: str
    late: bool = False


@dataclass(frozen=True)
class Group:
    code: str
    label: str
    lines: list[Line]
    remark: str = ""

    @property
    def late(self) -> bool:
        return self.code == "overdue"


def end_of_day(now: datetime) -> datetime:
    local = timezone.localtime(now)
    return datetime.combine(local.date() + timedelta(days=1), time(0), local.tzinfo)


def end_of_week(now: datetime) -> datetime:
    """Midnight after the coming Sunday."""
    local = timezone.localtime(now)
    return end_of_day(now) + timedelta(days=6 - local.weekday())


def groups(user: Staff, now: datetime) -> list[Group]:
    """What this account has to do: overdue, today, this week, later; then what others have to do for it."""
    mine = list(_mine(user)[:SHOWN])
    running = [task for task in mine if task.paused_at is None]
    today, week = end_of_day(now), end_of_week(now)
    parts = [
        ("overdue", _("Overdue"), [task for task in running if task.due_at < now]),
        ("today", _("Today"), [task for task in running if now <= task.due_at < today]),
        ("week", _("This week"), [task for task in running if today <= task.due_at < week]),
        ("later", _("Later"), [task for task in running if max(today, week) <= task.due_at]),
    ]
    found = [Group(code, label, [line(task, now) for task in tasks], _raised(tasks)) for code, label, tasks in parts]
    others = [_asked(one, now) for one in _asked_by(user)] + [
        _paused(task, task.paused_at, now) for task in mine if task.paused_at
    ]
    found.append(Group("others", _("Waiting for others"), others))
    return [group for group in found if group.lines]


def _mine(user: Staff) -> QuerySet[Task]:
    return Task.objects.visible_to(user).of(user).open().select_related("subject").order_by("due_at", "id")


def _asked_by(user: Staff) -> QuerySet[Approval]:
    asked = Approval.objects.visible_to(user).waiting().filter(asked_account=user)
    return asked.select_related("subject").order_by("asked_at")[:SHOWN]


def line(task: Task, now: datetime) -> Line:
    kind = kind_of(task)
    late = task.due_at < now
    when, remark = _overdue(task.due_at, now) if late else _ahead(task.due_at, now)
    about = task.subject.title
    caption = "·".join(filter(None, [about, kind.remark(task)]))
    return Line(when, remark, kind.title(task), about, caption, task.amount, address(task), str(kind.button), late)


def address(task: Task) -> str:
    """Where the work is done; a task finished by hand has its own page."""
    return reverse("workflow:task_finish", args=[task.pk]) if kind_of(task).by_hand else kind_of(task).address(task)


def _overdue(due: datetime, now: datetime) -> tuple[str, str]:
    local = timezone.localtime(due)
    days = (timezone.localtime(now).date() - local.date()).days
    if days:
        text = ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}
        return text, _("was due %(when)s") % {"when": local.strftime("%m-%d")}
    return _hours(now - due, late=True), _("was due %(when)s") % {"when": local.strftime("%H:%M")}


def _ahead(due: datetime, now: datetime) -> tuple[str, str]:
    local = timezone.localtime(due)
    if local.date() == timezone.localtime(now).date():
        return _("by %(time)s") % {"time": local.strftime("%H:%M")}, _hours(due - now, late=False)
    return local.strftime("%m-%d"), _("by %(time)s") % {"time": local.strftime("%H:%M")}


def _hours(span: timedelta, *, late: bool) -> str:
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    parts = {"hours": hours, "minutes": minutes}
    if late:
        return _("%(hours)s h %(minutes)s min late") % parts if hours else _("%(minutes)s min late") % parts
    return _("%(hours)s h %(minutes)s min left") % parts if hours else _("%(minutes)s min left") % parts


def _raised(tasks: list[Task]) -> str:
    return _("the branch head has been told") if any(task.escalated_to_id for task in tasks) else ""


def _waited(since: datetime, now: datetime) -> str:
    days = (timezone.localtime(now).date() - timezone.localtime(since).date()).days
    return ngettext("%(days)s day waited", "%(days)s days waited", days) % {"days": days} if days else _("since today")


def _asked(approval: Approval, now: datetime) -> Line:
    who = approvals.who_decides(approval)
    return Line(
        _waited(approval.asked_at, now),
        "",
        _("Awaiting decision: %(what)s") % {"what": approvals.kind_named(approval.kind).label},
        approval.subject.title,
        f"{approval.subject.title}·{who}",
        approval.amount,
        reverse("workflow:approval_detail", args=[approval.pk]),
        _("View"),
    )


def _paused(task: Task, since: datetime, now: datetime) -> Line:
    kind = kind_of(task)
    about = task.subject.title
    caption = f"{about}·{_('waiting for the client')}"
    return Line(_waited(since, now), "", kind.title(task), about, caption, task.amount, address(task), _("View"))
