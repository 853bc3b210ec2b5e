"""Verbs on what money is drawn for, and on what must stand beside it: contracts, invoices, capital, progress."""

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Project
from crm_project.organization.models import Staff
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.rules.identifiers import BadIdentifier, parse_uscc
from financing.models import BudgetLine
from monitoring.models import CapitalPayment, Invoice, ProgressReport, ProjectContract


@transaction.atomic
def add_contract(
    *,
    project: Project,
    by: Staff,
    budget_line: BudgetLine,
    number: str,
    title: str,
    contractor_name: str,
    contractor_account: str,
    contractor_bank: str,
    amount: Decimal,
    signed_on: date,
    contractor_uscc: str = "",
) -> ProjectContract:
    """A works or purchase contract of the project. Raises RuleBroken at the field that breaks a rule."""
    root_id = _root_of(project)
    if budget_line.project_id != project.pk:
        raise RuleBroken("budget_line", _("There is no such budget line."), "budget_line")
    _check_positive(amount)
    _check_past(signed_on, "signed_on")
    code = _code(contractor_uscc) if contractor_uscc else ""
    if ProjectContract.objects.filter(project=project, number=number.strip()).exists():
        raise RuleBroken("contract_number", _("The project has a contract of this number already."), "number")
    return ProjectContract.objects.create(
        root_id=root_id,
        project=project,
        budget_line=budget_line,
        number=number.strip(),
        title=title.strip(),
        contractor_name=contractor_name.strip(),
        contractor_uscc=code,
        contractor_account=contractor_account.replace(" ", ""),
        contractor_bank=contractor_bank.strip(),
        amount=amount,
        signed_on=signed_on,
    )


@transaction.atomic
def add_invoice(
    *, contract: ProjectContract, by: Staff, number: str, amount: Decimal, issued_on: date, code: str = ""
) -> Invoice:
    """An invoice under a contract. Raises RuleBroken where it is known already, whoever brought it."""
    _check_positive(amount)
    _check_past(issued_on, "issued_on")
    invoice = Invoice(
        root_id=_root_of(contract.project),
        project_id=contract.project_id,
        contract=contract,
        code=code.strip(),
        number=number.strip(),
        amount=amount,
        issued_on=issued_on,
    )
    try:
        with transaction.atomic():
            invoice.save(force_insert=True)
    except IntegrityError as error:
        message = _("This invoice is on file already: an invoice is financed once.")
        raise RuleBroken("invoice_once", message, "number") from error
    return invoice


@transaction.atomic
def record_capital_payment(
    *,
    project: Project,
    by: Staff,
    paid_on: date,
    payer_name: str,
    amount: Decimal,
    evidence: str,
    equity_type: bool = False,
) -> CapitalPayment:
    """Capital paid in, as reported; it counts once a second person has confirmed it."""
    _check_positive(amount)
    _check_past(paid_on, "paid_on")
    return CapitalPayment.objects.create(
        root_id=_root_of(project),
        project=project,
        paid_on=paid_on,
        payer_name=payer_name.strip(),
        amount=amount,
        equity_type=equity_type,
        evidence=evidence.strip(),
        reported_by=by.person,
    )


@transaction.atomic
def confirm_capital_payment(*, payment: CapitalPayment, version: int, by: Staff) -> CapitalPayment:
    """A second person has seen the evidence. Raises RuleBroken for the person who reported it, Stale where it changed
    or is confirmed already."""
    if payment.reported_by_id == by.person_id:
        raise RuleBroken("capital_four_eyes", _("You reported this payment yourself; another person confirms it."))
    waiting = CapitalPayment.objects.filter(pk=payment.pk, version=version, confirmed_by__isnull=True)
    if not waiting.update(confirmed_by=by.person, confirmed_at=timezone.now(), version=version + 1):
        raise Stale
    payment.refresh_from_db()
    return payment


@transaction.atomic
def report_progress(
    *, project: Project, by: Staff, month: date, physical: Decimal, planned: Decimal, spent: Decimal, evidence: str
) -> ProgressReport:
    """The state of the works at the end of a month, cumulative; any day names its month.

    Raises RuleBroken at the field.
    """
    first = month.replace(day=1)
    root_id = _root_of(project)
    if first > timezone.localdate():
        raise RuleBroken("month", _("This month lies in the future."), "month")
    for name, share in (("physical", physical), ("planned", planned)):
        if not 0 <= share <= 1:
            raise RuleBroken("progress", _("Progress lies between 0 and 100%."), name)
    if spent < 0:
        raise RuleBroken("spent", _("An amount is not negative."), "spent")
    if ProgressReport.objects.filter(project=project, month=first).exists():
        raise RuleBroken("progress_once", _("The report of this month is on file already."), "month")
    before = ProgressReport.objects.filter(project=project, month__lt=first).order_by("-month").first()
    if before is not None and physical < before.physical:
        raise RuleBroken("progress_falls", _("Cumulative progress does not fall below the last report."), "physical")
    if before is not None and spent < before.spent:
        raise RuleBroken("spent_falls", _("Cumulative spending does not fall below the last report."), "spent")
    return ProgressReport.objects.create(
        root_id=root_id,
        project=project,
        month=first,
        physical=physical,
        planned=planned,
        spent=spent,
        evidence=evidence.strip(),
        reported_by=by,
    )


def _root_of(project: Project) -> int:
    """The project's root under lock, so that it does not move to another client meanwhile."""
    return int(Project.objects.select_for_update(no_key=True).values_list("root_id", flat=True).get(pk=project.pk))


def _check_positive(amount: Decimal) -> None:
    if amount <= 0:
        raise RuleBroken("amount", _("An amount is more than nothing."), "amount")


def _check_past(day: date, field: str) -> None:
    if day > timezone.localdate():
        raise RuleBroken("future", _("This day lies in the future."), field)


def _code(text: str) -> str:
    try:
        return parse_uscc(text)
    except BadIdentifier as error:
        raise RuleBroken("uscc", _("This is no valid unified social credit code."), "contractor_uscc") from error
