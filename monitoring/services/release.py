"""Release, refusal and payment of a drawdown. Source: RULES §1.2-1.4, §28."""

from datetime import date, datetime, time
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Act
from crm_project.workflow.services.clock import workdays
from crm_project.workflow.services.tasks import finish_task, open_task
from financing.calc.drawdown_gate import payment_deadline
from monitoring.calc.portions import Portion, fill
from monitoring.models import Drawdown, Facility, ProjectContract
from monitoring.services.drawdown import PAY, locked, pay_task, release_task, settle, took_part
from monitoring.services.gate import Gate, entrusted_rule, gate
from monitoring.services.gate_record import record_of
from monitoring.services.note import open_note

CLOSING = time(17)


@transaction.atomic
def release_drawdown(*, drawdown: Drawdown, by: Staff, reason: str, amount: Decimal | None = None) -> Drawdown:
    """Release the request, or the part `amount` of it, and make its loan note; the rest of a part lapses.

    Every check is made again under the locks, so that two releases never share room. Raises RuleBroken where this
    person may not release, no reason is given or a check fails; Stale where somebody decided meanwhile.
    """
    _check_reason(reason)
    current = locked(drawdown)
    if current.state != Drawdown.State.REQUESTED:
        raise Stale
    refusal = why_not_release(current, by)
    if refusal:
        raise refusal
    if amount is not None and not 0 < amount <= current.amount:
        raise RuleBroken("part_amount", _("A part is more than nothing and at most what was asked for."), "amount")
    result = gate(current, amount=amount)
    if not result.passed:
        raise _failed(result)
    _book(current, by, reason, result)
    return current


def part_release(*, drawdown: Drawdown, by: Staff, reason: str, amount: Decimal) -> Drawdown:
    """Release `amount` CNY of what was asked for: payments are served in their order. Raises as release_drawdown."""
    return release_drawdown(drawdown=drawdown, by=by, reason=reason, amount=amount)


def _book(drawdown: Drawdown, by: Staff, reason: str, result: Gate) -> None:
    today, amount = timezone.localdate(), result.amount
    _cut_payments(drawdown, amount)
    for payment in drawdown.payments.all():
        ProjectContract.objects.filter(pk=payment.contract_id).update(paid=F("paid") + payment.amount)
    columns = {"drawn": F("drawn") + amount, "outstanding": F("outstanding") + amount}
    Facility.objects.filter(pk=drawdown.facility_id).update(version=F("version") + 1, **columns)
    note = open_note(drawdown=drawdown, amount=amount, drawn_on=today)
    Act.objects.create(deal_id=drawdown.facility.decision_id, act=Act.Kind.RELEASE, person=by.person, account=by)
    record = {"checks": record_of(result), "rule_versions": {name: dict(rule) for name, rule in result.rules.items()}}
    settle(drawdown, Drawdown.State.RELEASED, by, reason=reason, note=note, **record)
    finish_task(key=release_task(drawdown), by=by, outcome=reason)
    if drawdown.root.branch is None:
        raise RuleBroken("no_branch", _("The client belongs to no branch."))
    open_task(
        kind=PAY,
        key=pay_task(drawdown),
        subject=drawdown.subject,
        role=Role.SUPERVISION_OFFICER,
        branch=drawdown.root.branch,
        due_at=timezone.make_aware(datetime.combine(payment_due(drawdown, today), CLOSING)),
        amount=amount,
    )


def _cut_payments(drawdown: Drawdown, amount: Decimal) -> None:
    payments = list(drawdown.payments.all())
    for payment, fits in zip(payments, fill([Portion(one.amount) for one in payments], amount), strict=True):
        if not fits:
            payment.delete()
        elif fits != payment.amount:
            payment.amount = fits
            payment.save(update_fields=["amount"])


def _failed(result: Gate) -> RuleBroken:
    codes = ", ".join(check.code for check in result.failures)
    error = RuleBroken("drawdown_checks", _("Checks have failed: nothing was released."), "amount")
    error.rule = f"drawdown_checks: {codes}"
    return error


@transaction.atomic
def refuse_drawdown(*, drawdown: Drawdown, by: Staff, reason: str) -> Drawdown:
    """Send the request back with the reason; the checks of this moment stay on record. Raises as release_drawdown."""
    _check_reason(reason)
    current = locked(drawdown)
    if current.state != Drawdown.State.REQUESTED:
        raise Stale
    refusal = why_not_release(current, by)
    if refusal:
        raise refusal
    result = gate(current)
    record = {"checks": record_of(result), "rule_versions": {name: dict(rule) for name, rule in result.rules.items()}}
    settle(current, Drawdown.State.REFUSED, by, reason=reason, **record)
    finish_task(key=release_task(current), by=by, outcome=reason)
    return current


@transaction.atomic
def pay_drawdown(*, drawdown: Drawdown, by: Staff) -> Drawdown:
    """The money has gone to the payees. Raises RuleBroken where this person may not pay, Stale where it is not released
    or paid already."""
    current = locked(drawdown)
    refusal = why_not_pay(current, by)
    if refusal:
        raise refusal
    waiting = Drawdown.objects.filter(pk=current.pk, state=Drawdown.State.RELEASED)
    version = current.version + 1
    if not waiting.update(state=Drawdown.State.PAID, paid_by=by.person, paid_at=timezone.now(), version=version):
        raise Stale
    Act.objects.create(deal_id=current.facility.decision_id, act=Act.Kind.PAY, person=by.person, account=by)
    finish_task(key=pay_task(current), by=by)
    current.refresh_from_db()
    return current


def why_not_release(drawdown: Drawdown, by: Staff) -> RuleBroken | None:
    """Why this account may not decide the request; None where it may. The person counts, not the account."""
    if by.role != Role.RELEASE_OFFICER:
        return RuleBroken("release_role", _("A release officer decides this."))
    decision = drawdown.facility.decision
    manager = drawdown.root.manager
    own = {drawdown.requested_by_id, decision.submitted_by_id, manager.person_id if manager else None}
    if by.person_id in own:
        return RuleBroken("release_apart", _("You manage this client or asked for the money; another person releases."))
    kinds = [Act.Kind.MANAGE, Act.Kind.APPROVE, Act.Kind.VOTE]
    if by.person_id == decision.decided_by_id or took_part(drawdown, by, kinds):
        return RuleBroken("release_apart", _("You approved or voted in this deal; another person releases."))
    if took_part(drawdown, by, [Act.Kind.PAY]):
        return RuleBroken("release_apart", _("You paid out in this deal; another person releases."))
    return None


def why_not_pay(drawdown: Drawdown, by: Staff) -> RuleBroken | None:
    """Why this account may not pay; None where it may."""
    if by.role != Role.SUPERVISION_OFFICER:
        return RuleBroken("pay_role", _("A supervision officer pays."))
    manager = drawdown.root.manager
    own = {drawdown.requested_by_id, drawdown.decided_by_id, manager.person_id if manager else None}
    if by.person_id in own or took_part(drawdown, by, [Act.Kind.MANAGE, Act.Kind.RELEASE]):
        return RuleBroken("pay_apart", _("You manage this client or released in this deal; another person pays."))
    return None


def payment_due(drawdown: Drawdown, released_on: date) -> date:
    """Last day to pass the money on: working days of the rule by the contract's day. Source: RULES §1.3."""
    rule, _versions = entrusted_rule(drawdown.facility)
    return payment_deadline(released_on, rule, workdays()) if rule else released_on


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleBroken("decision_reason", _("Give the reason of your decision."), "reason")
