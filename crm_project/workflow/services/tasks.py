"""Tasks: opened once per key, with a deadline in business hours, finished, dropped, paused, escalated."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.organization.models import Branch, Staff, Subject
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui.panels import subject_address
from crm_project.workflow.models import Task
from crm_project.workflow.services.clock import deadline, moved_by_pause

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise

ESCALATED_AT_ONCE = 5_000


def _page_of_subject(task: Task) -> str:
    return subject_address(task.subject)


def _no_remark(task: Task) -> str:
    return ""


@dataclass(frozen=True)
class TaskKind:
    """What a kind of task says in the reader's language. `title` begins with a verb; `remark` follows the subject's
    name in the caption line; `address` is where the work is done. `by_hand`: the person says when it is done, with an
    outcome in words; other tasks are finished by the act itself."""

    code: str
    label: "Text"
    title: Callable[[Task], str]
    button: "Text"
    address: Callable[[Task], str] = _page_of_subject
    remark: Callable[[Task], str] = _no_remark
    by_hand: bool = False


_kinds: dict[str, TaskKind] = {}


def register(*kinds: TaskKind) -> None:
    """Called from a room's `apps.py`; the same code twice replaces the first."""
    _kinds.update({kind.code: kind for kind in kinds})


def kind_of(task: Task) -> TaskKind:
    return _kinds[task.kind]


def choices() -> list[tuple[str, "Text"]]:
    return [(kind.code, kind.label) for kind in _kinds.values()]


def open_task(
    *,
    kind: str,
    key: str,
    subject: Subject,
    role: str,
    branch: Branch,
    assignee: Staff | None = None,
    working_hours: Decimal | None = None,
    due_at: datetime | None = None,
    params: dict[str, Any] | None = None,
    amount: Decimal | None = None,
) -> Task:
    """A task for an account, or for whoever of the role at the branch takes it. The same key again is the same task.

    The deadline is `due_at`, or `working_hours` of business time from now. amount: CNY.
    Raises ValueError where neither or both are given, KeyError for an unknown kind.
    """
    if (working_hours is None) == (due_at is None):
        raise ValueError("give working_hours or due_at")
    known = Task.objects.filter(key=key).first()
    if known is not None:
        return known
    facts = {
        "kind": _kinds[kind].code,
        "subject": subject,
        "role": role,
        "branch": branch,
        "assignee": assignee,
        "due_at": due_at or deadline(timezone.now(), working_hours or Decimal(0)),
        "params": params or {},
        "amount": amount,
    }
    return Task.objects.get_or_create(key=key, defaults=facts)[0]


def finish_task(*, key: str, by: Staff, outcome: str = "") -> bool:
    """The work is done; False where no open task has this key, so that a second finish changes nothing."""
    return _close(key, Task.State.DONE, by, outcome)


def drop_task(*, key: str, why: str = "") -> bool:
    """The work is no longer needed; False where no open task has this key."""
    return _close(key, Task.State.DROPPED, None, why)


def _close(key: str, state: str, by: Staff | None, outcome: str) -> bool:
    open_one = Task.objects.open().filter(key=key)
    changed = open_one.update(state=state, done_at=timezone.now(), done_by=by, outcome=outcome[:300], paused_at=None)
    return changed == 1


def finish_by_hand(*, task: Task, by: Staff, outcome: str) -> None:
    """A person says that the task is done and what came of it.

    Raises RuleBroken where the task is another's, is finished by its act only, or nothing is said; Stale where it is
    closed already.
    """
    if not kind_of(task).by_hand:
        raise RuleBroken("task_by_act", _("This task ends by itself when the work is done; open it from the list."))
    if not Task.objects.of(by).filter(pk=task.pk).exists():
        raise RuleBroken("task_of_another", _("This task is in somebody else's hands."))
    if not outcome.strip():
        raise RuleBroken("task_outcome", _("Say what came of it."), "outcome")
    if not finish_task(key=task.key, by=by, outcome=outcome.strip()):
        raise Stale


def pause_task(*, key: str) -> bool:
    """The clock stands from now: the client has been asked for something. False where it stands already."""
    return Task.objects.open().filter(key=key, paused_at__isnull=True).update(paused_at=timezone.now()) == 1


@transaction.atomic
def resume_task(*, key: str) -> bool:
    """The client has answered: the deadline moves on by the business time the clock stood. False where it runs."""
    waiting = Task.objects.open().filter(key=key, paused_at__isnull=False)
    task = waiting.select_for_update(of=("self",), no_key=True).first()
    if task is None or task.paused_at is None:
        return False
    due = moved_by_pause(task.due_at, task.paused_at, timezone.now())
    return waiting.update(due_at=due, paused_at=None) == 1


def move_tasks(*, root: Subject, before: Staff, after: Staff) -> None:
    """A client goes to another manager: open tasks go along, by name and, between branches, by role."""
    tasks = Task.objects.open().filter(subject__root=root)
    tasks.filter(assignee=before).update(assignee=after, branch=after.branch)
    if before.branch_id != after.branch_id:
        tasks.filter(branch=before.branch).update(assignee=None, branch=after.branch)


# The next approver above the desk that is late: at its own branch, or further up for an approver's own task.
ESCALATE = """
WITH late AS (
    SELECT id FROM workflow_task
    WHERE state = 'open' AND paused_at IS NULL AND escalated_at IS NULL AND due_at < %(now)s
    ORDER BY due_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
), raised AS (
    UPDATE workflow_task task SET escalated_at = %(now)s, escalated_to_id = (
        SELECT head.id
        FROM organization_branch desk, organization_branch above, organization_staff head
        WHERE desk.id = task.branch_id AND starts_with(desk.path, above.path) AND head.branch_id = above.id
          AND head.role = 'approver' AND head.is_active AND head.id IS DISTINCT FROM task.assignee_id
          AND NOT (task.role = 'approver' AND above.id = desk.id)
        ORDER BY length(above.path) DESC, head.level, head.id LIMIT 1
    )
    FROM late WHERE task.id = late.id
    RETURNING task.id, task.kind, task.params, task.subject_id, task.escalated_to_id
), told AS (
    INSERT INTO workflow_notice (staff_id, key, kind, params, subject_id)
    SELECT escalated_to_id, 'task_overdue:' || id, 'task_overdue',
           jsonb_build_object('task', id, 'kind', kind, 'params', params), subject_id
    FROM raised WHERE escalated_to_id IS NOT NULL
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM raised
"""


def escalate_overdue(now: datetime) -> int:
    """Every overdue task goes up once: the branch head is named on it and told. Returns how many went up.

    One statement per 5,000 tasks; a second run, or one beside it, finds none of them again.
    """
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ESCALATE, {"now": now, "limit": ESCALATED_AT_ONCE})
            raised: int = cursor.fetchone()[0]
        total += raised
        if raised < ESCALATED_AT_ONCE:
            return total
