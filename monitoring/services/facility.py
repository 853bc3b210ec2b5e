"""Verbs on facilities and supervised accounts."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.services.exposure import add_exposure
from crm_project.organization.models import Staff, Subject
from crm_project.organization.services import open_part
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui import formats
from financing.models import CreditLine, Decision, Tranche
from financing.services.line import sign_into_lines
from monitoring.models import Facility, SupervisedAccount

ZERO = Decimal("0.00")
Json = dict[str, Any]


@transaction.atomic
def sign_facility(
    *,
    decision: Decision,
    sub_limit: CreditLine,
    by: Staff,
    tranche: Tranche,
    contract_no: str,
    amount: Decimal,
    signed_on: date,
    available_until: date,
    matures_on: date,
) -> Facility:
    """The loan contract of a tranche; its amount is taken at group, client and sub-limit, locked in that order.

    Rate, spread, product and repayment terms are those decided. Raises RuleBroken at decision, sub_limit, tranche,
    amount, contract_no or a date. Source: RULES §27.
    """
    path = sign_into_lines(sub_limit=sub_limit, amount=amount, by=by)
    current = Decision.objects.select_for_update(of=("self",), no_key=True).select_related("plan").get(pk=decision.pk)
    _check_terms(current, path[-1], tranche, amount)
    _check_days(signed_on, available_until, matures_on, path)
    project = current.plan.project
    if Facility.objects.filter(contract_no=contract_no.strip()).exists():
        raise RuleBroken("contract_no", _("This contract number is taken."), "contract_no")
    terms = terms_of(tranche)
    facility = Facility(
        root_id=current.root_id,
        decision=current,
        sub_limit=path[-1],
        product=tranche.product,
        borrower_id=path[-1].client_id,
        project=project,
        contract_no=contract_no.strip(),
        amount=amount,
        rate=Decimal(terms["rate"]),
        spread_bp=tranche.spread_bp,
        signed_on=signed_on,
        available_until=available_until,
        matures_on=matures_on,
        terms=terms,
    )
    title = f"{facility.contract_no} {project.name}"[:200]
    facility.subject = open_part(kind=Subject.Kind.FACILITY, title=title, root_id=current.root_id)
    facility.save(force_insert=True)
    add_exposure(client_id=facility.borrower_id, amount=amount)
    return facility


def terms_of(tranche: Tranche) -> Json:
    """The tranche as decided: its columns and, where it was calculated, its rate and principal per due date."""
    listed = tranche.version.result.get("tranches", [])
    found: Mapping[str, Any] = next((one for one in listed if one["no"] == tranche.no), {})
    return {
        "tranche": tranche.no,
        "rate": str(found.get("rate", "0")),
        "method": tranche.method,
        "first_due_on": tranche.first_due_on.isoformat(),
        "instalment_months": tranche.instalment_months,
        "grace": tranche.grace_periods,
        "shape": [[row["due_on"], row["principal"]] for row in found.get("rows", [])],
    }


def _check_terms(decision: Decision, line: CreditLine, tranche: Tranche, amount: Decimal) -> None:
    if decision.state != Decision.State.APPROVED:
        raise RuleBroken("decision_not_approved", _("Only an approved decision is signed."), "decision")
    if line.level != CreditLine.Level.SUB_LIMIT or line.decision_id != decision.pk:
        raise RuleBroken("sub_limit", _("This sub-limit is of another decision."), "sub_limit")
    if tranche.version_id != decision.plan_version_id or tranche.product.kind != line.product_kind:
        raise RuleBroken("tranche", _("This loan is not one the sub-limit was decided for."), "tranche")
    left = amount_left(decision, tranche)
    if left is not None and amount > left:
        message = _("The decision leaves %(left)s to be signed for this loan.") % {"left": _money(left)}
        raise RuleBroken("decided_amount", message, "amount")


def amount_left(decision: Decision, tranche: Tranche) -> Decimal | None:
    """What of the decided tranche has no contract yet; None where the version says no amount. One query."""
    listed = decision.plan_version.result.get("tranches", [])
    found = next((Decimal(one["amount"]) for one in listed if one["no"] == tranche.no), tranche.amount)
    if found is None:
        return None
    signed = Facility.objects.filter(decision=decision, terms__tranche=tranche.no)
    return found - (signed.aggregate(total=Sum(F("amount") - F("cancelled")))["total"] or ZERO)


def _check_days(signed_on: date, available_until: date, matures_on: date, path: list[CreditLine]) -> None:
    if matures_on <= signed_on:
        raise RuleBroken("facility_dates", _("It matures after it is signed."), "matures_on")
    if not signed_on <= available_until <= matures_on:
        message = _("Drawing ends between signing and maturity.")
        raise RuleBroken("facility_dates", message, "available_until")
    if signed_on > timezone.localdate():
        raise RuleBroken("facility_dates", _("This day lies in the future."), "signed_on")
    ended = [line for line in path if not line.valid_from <= signed_on <= line.valid_until]
    if ended:
        message = _("The credit line is valid from %(start)s to %(end)s: no contract outside these days.")
        days = {"start": formats.day(ended[0].valid_from), "end": formats.day(ended[0].valid_until)}
        raise RuleBroken("line_expired", message % days, "signed_on")


def _money(amount: Decimal) -> str:
    return f"{formats.money(amount)} {formats.active_unit().label}"


@transaction.atomic
def open_account(
    *, facility: Facility, by: Staff, account_no: str, bank_name: str, purpose: str, opened_on: date
) -> SupervisedAccount:
    """A supervised account of the facility's borrower. Raises RuleBroken at account_no."""
    number = account_no.replace(" ", "")
    if SupervisedAccount.objects.filter(account_no=number).exists():
        raise RuleBroken("account_no", _("This account is known already."), "account_no")
    account = SupervisedAccount(
        root_id=facility.root_id,
        client_id=facility.borrower_id,
        project_id=facility.project_id,
        facility=facility,
        account_no=number,
        bank_name=bank_name,
        purpose=purpose,
        opened_on=opened_on,
    )
    title = f"{bank_name} {number[-4:]}"
    account.subject = open_part(kind=Subject.Kind.ACCOUNT, title=title, root_id=facility.root_id)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise Stale from error
    return account
