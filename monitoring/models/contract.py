"""What money is drawn for: contracts and invoices; and what must stand beside it: capital paid in, progress made."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clients.models import Project
from crm_project.organization.models import Subject
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField, RateField
from financing.models import BudgetLine
from financing.models.budget import OfProjectQuerySet


@tracked()
class ProjectContract(models.Model):
    """工程与采购合同. `paid` counts what drawings have taken from it, under this row's lock."""

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="contracts")
    budget_line = models.ForeignKey(
        BudgetLine, verbose_name=_("budget line"), on_delete=models.PROTECT, related_name="contracts"
    )
    number = models.CharField(_("contract number"), max_length=60)
    title = models.CharField(_("title"), max_length=120)
    contractor_name = models.CharField(_("contractor"), max_length=100)
    contractor_uscc = models.CharField(_("contractor's credit code"), max_length=18, blank=True)
    contractor_account = models.CharField(_("contractor's account"), max_length=40)
    contractor_bank = models.CharField(_("contractor's bank"), max_length=100)
    amount = MoneyField(_("amount"))
    paid = MoneyField(_("paid"), default=0)
    signed_on = models.DateField(_("signed on"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("project contract")
        verbose_name_plural = _("project contracts")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="contract_amount_positive"),
            models.CheckConstraint(
                condition=Q(paid__gte=0, paid__lte=models.F("amount")), name="contract_paid_within_amount"
            ),
            models.UniqueConstraint(fields=["project", "number"], name="contract_number_once"),
        ]
        indexes = [models.Index(fields=["root"], name="contract_of_root")]

    def __str__(self) -> str:
        return f"{self.number} {self.contractor_name}"


@tracked()
class Invoice(models.Model):
    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="invoices")
    contract = models.ForeignKey(
        ProjectContract, verbose_name=_("contract"), on_delete=models.PROTECT, related_name="invoices"
    )
    code = models.CharField(_("invoice code"), max_length=20, blank=True)
    number = models.CharField(_("invoice number"), max_length=30)
    amount = MoneyField(_("amount"))
    issued_on = models.DateField(_("issued on"))

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="invoice_amount_positive"),
            # one invoice is financed once, whoever brings it
            models.UniqueConstraint(fields=["code", "number"], name="invoice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.number}"


@tracked()
class CapitalPayment(models.Model):
    """Project capital paid in, with its evidence; counts only once a second person has confirmed it."""

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="capital_payments"
    )
    paid_on = models.DateField(_("paid on"))
    payer_name = models.CharField(_("payer"), max_length=100)
    amount = MoneyField(_("amount"))
    equity_type = models.BooleanField(_("equity-type instrument"), default=False)
    evidence = models.CharField(_("evidence"), max_length=200)
    reported_by = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("capital payment")
        verbose_name_plural = _("capital payments")
        ordering = ["-paid_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="capital_payment_positive"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=models.F("reported_by")),
                name="capital_payment_confirmed_by_another_person",
            ),
        ]
        indexes = [models.Index(fields=["root"], name="capital_payment_of_root")]

    def __str__(self) -> str:
        return f"{self.project} {self.paid_on}"


@tracked()
class ProgressReport(models.Model):
    """工程进度: of a month, cumulative; physical and planned as shares, spent in CNY."""

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="progress_reports"
    )
    month = models.DateField(_("month"), help_text=_("first day of the month"))
    physical = RateField(_("physical progress"))
    planned = RateField(_("planned progress"))
    spent = MoneyField(_("spent so far"))
    evidence = models.CharField(_("evidence"), max_length=200)
    reported_by = models.ForeignKey("organization.Staff", on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress report")
        verbose_name_plural = _("progress reports")
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["project", "month"], name="progress_once_a_month"),
            models.CheckConstraint(
                condition=Q(physical__gte=0, physical__lte=1, planned__gte=0, planned__lte=1, spent__gte=0),
                name="progress_figures_in_range",
            ),
        ]
        indexes = [models.Index(fields=["root"], name="progress_of_root")]

    def __str__(self) -> str:
        return f"{self.project} {self.month:%Y-%m}"
