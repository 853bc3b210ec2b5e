"""Four eyes. One person asks, another decides; what was decided on is what was asked, byte for byte.

A room registers its kinds from `apps.py`; the decision takes effect in the transaction that records it.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.organization.models import Branch, Staff, Subject
from crm_project.organization.roles import LEVELS, Level, Role, levels_within
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Act, Approval
from crm_project.workflow.services.notices import notify, settle
from crm_project.workflow.services.tasks import drop_task, finish_task, open_task

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise

TASK_KIND = "approval"
"""Kind of the task and of the notice that a waiting request brings to those who may decide it."""

DECIDED_KIND = "approval_decided"

PATH_STEP = "/"


@dataclass(frozen=True)
class Difference:
    """One thing an approval would change, as a person reads it."""

    label: "Text"
    before: str
    after: str


def _no_effect(approval: Approval) -> None:
    pass


@dataclass(frozen=True)
class ApprovalKind:
    """A matter that needs a second person.

    `current_payload` says what would be asked if the request were made now: what has changed since makes the request
    void. `on_approved` and `on_refused` run inside the deciding transaction and may raise RuleBroken, which undoes the
    decision. `on_dropped` runs where the request ends undecided: withdrawn, or void. `working_hours`: time the deciding
    person has.
    """

    code: str
    label: "Text"
    describe: Callable[[Approval], list[Difference]]
    current_payload: Callable[[Approval], dict[str, Any]]
    on_approved: Callable[[Approval], None]
    on_refused: Callable[[Approval], None] = _no_effect
    on_dropped: Callable[[Approval], None] = _no_effect
    working_hours: Decimal = Decimal(16)


_kinds: dict[str, ApprovalKind] = {}


def register(*kinds: ApprovalKind) -> None:
    """Called from a room's `apps.py`; the same code twice replaces the first."""
    _kinds.update({kind.code: kind for kind in kinds})


def kind_named(code: str) -> ApprovalKind:
    return _kinds[code]


def choices() -> list[tuple[str, "Text"]]:
    return [(kind.code, kind.label) for kind in _kinds.values()]


def payload_hash(payload: dict[str, Any]) -> str:
    """SHA-256 of the payload in one canonical form: keys in order, no blanks, decimals and dates as text."""
    text = json.dumps(payload, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def task_key(approval: Approval) -> str:
    return f"approval:{approval.pk}"


@transaction.atomic
def request_approval(
    *,
    subject: Subject,
    kind: str,
    payload: dict[str, Any],
    by: Staff,
    role: str,
    level: str = "",
    amount: Decimal | None = None,
    reason: str = "",
) -> Approval:
    """Ask a second person. The record shows the request, those who may decide it get a task and a notice.

    payload: what the approval would put into effect, JSON. amount: CNY. `level`: the lowest that may decide.
    Raises RuleBroken where a request of this kind waits on the subject already, ValueError for a level that is not of
    the role, KeyError for an unknown kind.
    """
    if level and level not in LEVELS.get(role, ()):
        raise ValueError(f"{level} is no level of {role}")
    Subject.objects.select_for_update(of=("self",), no_key=True).get(pk=subject.pk)
    if Approval.objects.waiting().filter(subject=subject, kind=kind).exists():
        raise RuleBroken("approval_waiting", _("A request of this kind is waiting for a decision already."))
    approval = Approval.objects.create(
        subject=subject,
        kind=_kinds[kind].code,
        payload=json.loads(json.dumps(payload, cls=DjangoJSONEncoder)),
        payload_hash=payload_hash(payload),
        amount=amount,
        role_needed=role,
        level_needed=level,
        asked_by=by.person,
        asked_account=by,
        asked_reason=reason.strip(),
    )
    _record_act(approval, Act.Kind.PROPOSE, by)
    _call_deciders(approval)
    return approval


def decide(*, approval: Approval, by: Staff, approve: bool, reason: str) -> Approval:
    """Approve or refuse, once and for all, and put it into effect.

    Raises Stale where somebody decided meanwhile; RuleBroken where this account may not decide, gives no reason, or the
    record has changed since the request, which is void from then on.
    """
    if not reason.strip():
        raise RuleBroken("approval_reason", _("Give the reason of your decision."), "reason")
    with transaction.atomic():
        locked = _locked(approval)
        refusal = why_not(locked, by)
        if refusal:
            raise refusal
        changed = has_changed(locked)
        if changed:
            void(approval=locked)
        else:
            _settle(locked, by, Approval.State.APPROVED if approve else Approval.State.REFUSED, reason)
    if changed:  # said outside, so that the void request stays void
        raise RuleBroken(
            "approval_void", _("The record has changed since this was asked. The request is void; ask anew.")
        )
    return locked


@transaction.atomic
def withdraw(*, approval: Approval, by: Staff, reason: str = "") -> Approval:
    """The person who asked takes the request back. Raises RuleBroken for anybody else, Stale where it is decided."""
    locked = _locked(approval)
    if by.person_id != locked.asked_by_id:
        raise RuleBroken("approval_withdraw", _("Only the person who asked may withdraw the request."))
    _set_state(locked, Approval.State.WITHDRAWN, by, reason)
    drop_task(key=task_key(locked))
    kind_named(locked.kind).on_dropped(locked)
    return locked


@transaction.atomic
def void(*, approval: Approval) -> None:
    """The record changed: a request no longer waits, an approval no longer holds. Changes nothing where it is over."""
    alive = Approval.objects.filter(pk=approval.pk, state__in=[Approval.State.WAITING, Approval.State.APPROVED])
    if alive.update(state=Approval.State.VOID):
        waited = approval.state == Approval.State.WAITING
        approval.state = Approval.State.VOID
        drop_task(key=task_key(approval))
        if waited:
            kind_named(approval.kind).on_dropped(approval)
        _tell_asker(approval)


def has_changed(approval: Approval) -> bool:
    """Whether what was asked is no longer what would be asked, or the stored request itself was touched."""
    now = kind_named(approval.kind).current_payload(approval)
    return {payload_hash(approval.payload), payload_hash(now)} != {approval.payload_hash}


def why_not(approval: Approval, by: Staff) -> RuleBroken | None:
    """Why this account may not decide the request; None where it may. Judged by what the account is at this moment."""
    signer = Staff.objects.filter(pk=by.pk, is_active=True).select_related("branch").first()
    if signer is None or signer.role != approval.role_needed:
        return RuleBroken("approval_role", _("This is decided by: %(who)s.") % {"who": who_decides(approval)})
    if signer.person_id == approval.asked_by_id:
        return RuleBroken("approval_four_eyes", _("You asked for this yourself; another person decides."))
    if approval.level_needed not in levels_within(signer.role, signer.level):
        return RuleBroken(
            "approval_level", _("This is above your authority: %(who)s.") % {"who": who_decides(approval)}
        )
    if not Subject.objects.visible_to(signer).filter(pk=approval.subject_id).exists():
        return RuleBroken("approval_scope", _("This record is outside your branches."))
    return None


def who_decides(approval: Approval) -> str:
    """The role and the lowest level that may decide, in words; an approver's level says both."""
    role = str(Role(approval.role_needed).label)
    if not approval.level_needed:
        return role
    level = str(Level(approval.level_needed).label)
    return level if approval.role_needed == Role.APPROVER else f"{role}·{level}"


@dataclass(frozen=True)
class Waiting:
    """A request as the record's own page shows it: what it is, who may decide it, what it would change."""

    approval: Approval
    label: "Text"
    who_decides: str
    differences: list[Difference]


def waiting_on(subject: Subject) -> list[Waiting]:
    """What waits for a decision about this subject, for `workflow/approval_waiting.html` on its page."""
    waiting = Approval.objects.waiting().filter(subject=subject).select_related("asked_by", "subject__root__branch")
    return [Waiting(one, kind_named(one.kind).label, who_decides(one), changes_of(one)) for one in waiting]


def changes_of(approval: Approval) -> list[Difference]:
    return kind_named(approval.kind).describe(approval)


def _locked(approval: Approval) -> Approval:
    """The waiting request under lock, its subject before it. Raises Stale where it waits no longer."""
    Subject.objects.select_for_update(of=("self",), no_key=True).get(pk=approval.subject_id)
    locked = Approval.objects.select_for_update(of=("self",), no_key=True).select_related("subject__root")
    row = locked.get(pk=approval.pk)
    if row.state != Approval.State.WAITING:
        raise Stale
    return row


def _settle(approval: Approval, by: Staff, state: str, reason: str) -> None:
    _set_state(approval, state, by, reason)
    kind = kind_named(approval.kind)
    if state == Approval.State.APPROVED:
        _record_act(approval, Act.Kind.APPROVE, by)
        kind.on_approved(approval)
    else:
        kind.on_refused(approval)
    finish_task(key=task_key(approval), by=by)
    _tell_asker(approval)


def _set_state(approval: Approval, state: str, by: Staff, reason: str) -> None:
    decision = {
        "state": state,
        "decided_by": by.person,
        "decided_account": by,
        "decided_at": timezone.now(),
        "decided_reason": reason.strip(),
    }
    if not Approval.objects.waiting().filter(pk=approval.pk).update(**decision):
        raise Stale
    for name, value in decision.items():
        setattr(approval, name, value)


def _record_act(approval: Approval, act: str, by: Staff) -> None:
    Act.objects.create(deal=approval.subject, act=act, person=by.person, account=by, approval=approval)


def _call_deciders(approval: Approval) -> None:
    """A task at the nearest desk that may decide, by name where only one person sits there, and a notice to each."""
    deciders = _nearest_deciders(approval)
    branch = deciders[0].branch if deciders else _home(approval) or approval.asked_account.branch
    open_task(
        kind=TASK_KIND,
        key=task_key(approval),
        subject=approval.subject,
        role=approval.role_needed,
        branch=branch,
        assignee=deciders[0] if len(deciders) == 1 else None,
        working_hours=kind_named(approval.kind).working_hours,
        params={"approval": approval.pk, "kind": approval.kind},
        amount=approval.amount,
    )
    for one in deciders:
        notify(staff=one, kind=TASK_KIND, key=task_key(approval), params=_params(approval), subject=approval.subject)


def _home(approval: Approval) -> Branch | None:
    root = approval.subject.root
    return root.branch if root else None


def _nearest_deciders(approval: Approval) -> list[Staff]:
    """Accounts that may decide, at the lowest branch, from the subject's own upwards, where there are any; all of them
    where the subject belongs to no branch."""
    able = Staff.objects.filter(role=approval.role_needed, is_active=True).exclude(person=approval.asked_by_id)
    able = able.select_related("branch", "person")
    home = _home(approval)
    if home is None:
        return list(able.order_by("pk"))
    steps = home.path.strip(PATH_STEP).split(PATH_STEP)
    paths = [PATH_STEP.join(steps[: n + 1]) + PATH_STEP for n in range(len(steps))]
    able = able.filter(branch__path__in=paths)
    found = [
        one
        for one in able.order_by(Length("branch__path").desc(), "pk")
        if approval.level_needed in levels_within(one.role, one.level)
    ]
    return [one for one in found if one.branch_id == found[0].branch_id]


def _tell_asker(approval: Approval) -> None:
    """The asker learns the outcome, and the call to those who could have decided falls silent."""
    settle(kind=TASK_KIND, key=task_key(approval))
    key = f"{task_key(approval)}:{approval.state}"
    notify(staff=approval.asked_account, kind=DECIDED_KIND, key=key, params=_params(approval), subject=approval.subject)


def _params(approval: Approval) -> dict[str, Any]:
    return {"approval": approval.pk, "kind": approval.kind, "state": approval.state}
