"""Verbs on a drawdown before it is decided: request and withdrawal; who may sign what in its deal."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Role
from crm_project.organization.services import open_part
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui import formats
from crm_project.workflow.models import Act
from crm_project.workflow.services.tasks import TaskKind, drop_task, open_task
from monitoring.models import Drawdown, DrawdownPayment, Facility, ProjectContract

ZERO = Decimal("0.00")
CHECK_HOURS = Decimal(24)
"""Business hours to check a request: three days of eight, the bank's own standard."""

RELEASE = "drawdown_release"
PAY = "drawdown_pay"
TASK_KINDS = (
    TaskKind(
        RELEASE,
        gettext_lazy("Release of a drawdown"),
        lambda task: _("Check and release the drawdown"),
        gettext_lazy("Check"),
    ),
    TaskKind(
        PAY, gettext_lazy("Payment of a drawdown"), lambda task: _("Pay the released drawdown"), gettext_lazy("Pay")
    ),
)


def release_task(drawdown: Drawdown) -> str:
    return f"drawdown:{drawdown.pk}:release"


def pay_task(drawdown: Drawdown) -> str:
    return f"drawdown:{drawdown.pk}:pay"


@transaction.atomic
def request_drawdown(
    *,
    facility: Facility,
    by: Staff,
    amount: Decimal,
    purpose: str,
    wanted_on: date,
    payments: Sequence[Mapping[str, Any]],
) -> Drawdown:
    """A request; the release officers of the branch get a task.

    payments: contract, amount and, where given, invoice, entrusted (True by default) and payee_name, payee_account,
    payee_bank (those of the contract by default). They add up to the amount. Raises RuleBroken at amount, wanted_on,
    payments or "<row>-<field>", rows from 0.
    """
    current = Facility.objects.select_for_update(of=("self",), no_key=True).get(pk=facility.pk)
    today = timezone.localdate()
    if current.state != Facility.State.SIGNED or not current.signed_on <= today <= current.available_until:
        raise RuleBroken("facility_closed", _("Nothing can be drawn under this contract any more."), "amount")
    if wanted_on < today:
        raise RuleBroken("wanted_on", _("This day has passed."), "wanted_on")
    _check_payments(current, amount, payments)
    drawdown = Drawdown(
        root_id=current.root_id,
        facility=current,
        no=(current.drawdowns.aggregate(most=Max("no"))["most"] or 0) + 1,
        amount=amount,
        purpose=purpose.strip(),
        wanted_on=wanted_on,
        requested_by=by.person,
    )
    title = f"{current.contract_no} #{drawdown.no}"
    drawdown.subject = open_part(kind=Subject.Kind.DRAWDOWN, title=title, root_id=current.root_id)
    drawdown.save(force_insert=True)
    DrawdownPayment.objects.bulk_create(_payment(drawdown, row) for row in payments)
    Act.objects.create(deal_id=drawdown.pk, act=Act.Kind.PROPOSE, person=by.person, account=by)
    open_task(
        kind=RELEASE,
        key=release_task(drawdown),
        subject=drawdown.subject,
        role=Role.RELEASE_OFFICER,
        branch=current.root.branch,
        working_hours=CHECK_HOURS,
        amount=amount,
    )
    return drawdown


def _check_payments(facility: Facility, amount: Decimal, payments: Sequence[Mapping[str, Any]]) -> None:
    if amount <= 0:
        raise RuleBroken("amount", _("An amount is more than nothing."), "amount")
    if not payments:
        raise RuleBroken("payments", _("Say to whom the money goes."), "payments")
    for no, row in enumerate(payments):
        contract: ProjectContract = row["contract"]
        if contract.project_id != facility.project_id:
            raise RuleBroken("contract", _("There is no such contract."), f"{no}-contract")
        if row["amount"] <= 0:
            raise RuleBroken("payment_amount", _("An amount is more than nothing."), f"{no}-amount")
        invoice = row.get("invoice")
        if invoice is not None and invoice.contract_id != contract.pk:
            raise RuleBroken("invoice", _("This invoice is of another contract."), f"{no}-invoice")
    total = sum((row["amount"] for row in payments), ZERO)
    if total != amount:
        message = _("The payments add up to %(total)s, the drawdown to %(amount)s.")
        facts = {"total": formats.money(total), "amount": formats.money(amount)}
        raise RuleBroken("payments_total", message % facts, "amount")


def _payment(drawdown: Drawdown, row: Mapping[str, Any]) -> DrawdownPayment:
    contract: ProjectContract = row["contract"]
    return DrawdownPayment(
        drawdown=drawdown,
        contract=contract,
        invoice=row.get("invoice"),
        payee_name=row.get("payee_name") or contract.contractor_name,
        payee_account=row.get("payee_account") or contract.contractor_account,
        payee_bank=row.get("payee_bank") or contract.contractor_bank,
        amount=row["amount"],
        entrusted=row.get("entrusted", True),
    )


@transaction.atomic
def withdraw(*, drawdown: Drawdown, by: Staff) -> Drawdown:
    """The relationship manager takes the request back. Raises RuleBroken for another role, Stale once decided."""
    if by.role != Role.RM:
        raise RuleBroken("drawdown_withdraw", _("The relationship manager withdraws a request."))
    current = locked(drawdown)
    settle(current, Drawdown.State.WITHDRAWN, by, reason="")
    drop_task(key=release_task(current))
    return current


def locked(drawdown: Drawdown) -> Drawdown:
    """The drawdown with its facility, under lock and read after it.

    Order: all facilities of the project, since they share its capital and budget, then the contracts, then the
    request; each by number.
    """
    facilities = Facility.objects.select_for_update(of=("self",), no_key=True)
    list(facilities.filter(project=drawdown.facility.project_id).order_by("pk"))
    contracts = ProjectContract.objects.select_for_update(of=("self",), no_key=True)
    list(contracts.filter(pk__in=drawdown.payments.values("contract")).order_by("pk"))
    rows = Drawdown.objects.select_for_update(of=("self",), no_key=True).select_related(
        "subject",
        "note",
        "root__branch",
        "root__manager",
        "facility__product",
        "facility__project",
        "facility__sub_limit",
        "facility__decision__plan_version",
    )
    current: Drawdown = rows.get(pk=drawdown.pk)
    return current


def settle(drawdown: Drawdown, state: str, by: Staff, *, reason: str, **columns: Any) -> None:
    """Compare and set: the request is decided, once. Raises Stale where it is decided already."""
    waiting = Drawdown.objects.filter(pk=drawdown.pk, state=Drawdown.State.REQUESTED)
    changed = waiting.update(
        state=state,
        decided_by=by.person,
        decided_at=timezone.now(),
        decided_reason=reason.strip(),
        version=drawdown.version + 1,
        **columns,
    )
    if not changed:
        raise Stale
    drawdown.refresh_from_db()


def took_part(drawdown: Drawdown, by: Staff, kinds: Sequence[str]) -> bool:
    """Whether this person, by whatever account, has done one of these acts in the deal. One query."""
    facility = drawdown.facility
    deal = [drawdown.pk, facility.pk, facility.decision_id, facility.decision.plan_id]
    return Act.objects.filter(deal__in=deal, person=by.person_id, act__in=kinds).exists()
