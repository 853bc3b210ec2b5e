"""Supervised accounts, the statements imported for them, and every movement with what it was matched to."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Project
from crm_project.organization.models import Subject
from crm_project.organization.querysets import OwnedQuerySet, ScopedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField
from monitoring.models.drawdown import DrawdownPayment
from monitoring.models.facility import Facility


@tracked()
class SupervisedAccount(models.Model):
    class Purpose(models.TextChoices):
        DISBURSEMENT = "disbursement", _("Disbursement account")
        CAPITAL = "capital", _("Capital account")
        INCOME = "income", _("Project income account")
        RESERVE = "reserve", _("Repayment reserve account")

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT, related_name="account")
    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, verbose_name=_("holder"), on_delete=models.PROTECT, related_name="accounts")
    project = models.ForeignKey(Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="accounts")
    facility = models.ForeignKey(
        Facility, verbose_name=_("facility"), null=True, blank=True, on_delete=models.PROTECT, related_name="accounts"
    )
    account_no = models.CharField(_("account number"), max_length=40, unique=True)
    bank_name = models.CharField(_("bank"), max_length=100)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    balance = MoneyField(_("balance"), default=0)
    balance_on = models.DateField(_("balance as of"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("supervised account")
        verbose_name_plural = _("supervised accounts")
        indexes = [models.Index(fields=["root"], name="account_of_root")]

    def __str__(self) -> str:
        return self.account_no


@tracked()
class StatementImport(models.Model):
    """One file of account statements: read into staging, proven to balance, then committed in one statement."""

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        PREVIEW = "preview", _("Preview")
        COMMITTED = "committed", _("Taken over")
        REFUSED = "refused", _("Refused")

    branch = models.ForeignKey("organization.Branch", on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey("workflow.StoredFile", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(_("file name"), max_length=150)
    job = models.ForeignKey("workflow.JobRun", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.READING)
    problems = models.JSONField(_("problems"), default=list)
    summary = models.JSONField(_("summary"), default=dict)
    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    rows_new = models.PositiveIntegerField(_("new rows"), default=0)
    uploaded_by = models.ForeignKey("organization.Staff", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"), db_default=Now(), editable=False)
    committed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("statement import")
        verbose_name_plural = _("statement imports")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class Movement(models.Model):
    """流水: a fact of the bank's ledger. Insert-only; honest twins of one day differ in their occurrence number."""

    class Direction(models.TextChoices):
        CREDIT = "C", _("In")
        DEBIT = "D", _("Out")

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, db_index=False, related_name="+")
    account = models.ForeignKey(SupervisedAccount, on_delete=models.PROTECT, db_index=False, related_name="movements")
    statement_import = models.ForeignKey(StatementImport, on_delete=models.PROTECT, related_name="movements")
    booked_on = models.DateField(_("booked on"))
    value_on = models.DateField(_("value date"))
    direction = models.CharField(_("direction"), max_length=1, choices=Direction.choices)
    amount = MoneyField(_("amount"))
    balance = MoneyField(_("balance"), null=True)
    counterparty_name = models.CharField(_("counterparty"), max_length=140, blank=True)
    counterparty_account = models.CharField(_("counterparty's account"), max_length=40, blank=True)
    counterparty_bank = models.CharField(_("counterparty's bank"), max_length=140, blank=True)
    memo = models.CharField(_("memo"), max_length=300, blank=True)
    bank_reference = models.CharField(_("reference"), max_length=60, blank=True)
    occurrence = models.PositiveSmallIntegerField(default=1)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        ordering = ["-booked_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="movement_amount_positive"),
            models.UniqueConstraint(
                fields=[
                    "account",
                    "booked_on",
                    "direction",
                    "amount",
                    "counterparty_account",
                    "bank_reference",
                    "balance",
                    "occurrence",
                ],
                name="movement_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["root", "-booked_on"], name="movement_of_root")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.booked_on} {self.direction} {self.amount}"


class MovementMatch(models.Model):
    """That a movement is the payment of a drawdown. Insert-only, with who or what matched it."""

    movement = models.OneToOneField(Movement, on_delete=models.PROTECT, related_name="match")
    payment = models.ForeignKey(DrawdownPayment, on_delete=models.PROTECT, related_name="matches")
    matched_by = models.ForeignKey("organization.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    statement_import = models.ForeignKey(StatementImport, null=True, on_delete=models.PROTECT, related_name="+")
    matched_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("match")
        verbose_name_plural = _("matches")

    def __str__(self) -> str:
        return f"{self.movement_id} → {self.payment_id}"
