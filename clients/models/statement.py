"""Financial statements as the client filed them: the file it came in, and one row of figures per period."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Subject
from crm_project.organization.querysets import OwnedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField


@tracked()
class StatementUpload(models.Model):
    """A workbook by the bank's template: read, shown with what is wrong in it, then taken into the books or dropped."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("Preview")
        COMMITTED = "committed", _("Taken over")
        DROPPED = "dropped", _("Dropped")

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(
        "clients.Client", verbose_name=_("client"), on_delete=models.PROTECT, related_name="uploads"
    )
    file = models.ForeignKey("workflow.StoredFile", verbose_name=_("file"), on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(_("file name"), max_length=150)
    content = models.JSONField(_("content"), help_text="what was read: unit, kind, opinion, periods with their figures")
    problems = models.JSONField(_("problems"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PREVIEW)
    uploaded_by = models.ForeignKey("organization.Staff", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"), db_default=Now(), editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement upload")
        verbose_name_plural = _("statement uploads")
        ordering = ["-id"]
        indexes = [models.Index(fields=["root"], name="statement_upload_of_root")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="preview", closed_at__isnull=True)
                | (~Q(state="preview") & Q(closed_at__isnull=False)),
                name="statement_upload_closed_has_its_time",
            ),
            # the same file twice changes nothing: the second upload leads to the first
            models.UniqueConstraint(
                fields=["client", "file"], condition=~Q(state="dropped"), name="statement_upload_of_file_once"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class StatementQuerySet(OwnedQuerySet):
    def current(self) -> "StatementQuerySet":
        """The newest filing of each period."""
        return self.filter(superseded_at__isnull=True)

    def annual(self) -> "StatementQuerySet":
        return self.filter(months=12)


class Statement(models.Model):
    """Figures of one period in CNY: flows of the year to date, stocks at its end. A row is never changed; a newer
    filing of the same period supersedes it. One column per line of the template, which the metrics read in SQL."""

    class Opinion(models.TextChoices):
        UNQUALIFIED = "unqualified", _("Unqualified")
        EMPHASIS = "emphasis", _("Unqualified with emphasis")
        QUALIFIED = "qualified", _("Qualified")
        ADVERSE = "adverse", _("Adverse")
        DISCLAIMER = "disclaimer", _("Disclaimer")
        UNAUDITED = "unaudited", _("Unaudited")

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(
        "clients.Client", verbose_name=_("client"), on_delete=models.PROTECT, related_name="statements"
    )
    upload = models.ForeignKey(StatementUpload, on_delete=models.PROTECT, related_name="statements")
    period_end = models.DateField(_("period end"))
    months = models.PositiveSmallIntegerField(_("months"))
    consolidated = models.BooleanField(_("consolidated"))
    audit_opinion = models.CharField(_("audit opinion"), max_length=20, choices=Opinion.choices)
    superseded_at = models.DateTimeField(null=True)

    revenue = MoneyField(null=True)
    operating_cost = MoneyField(null=True)
    taxes = MoneyField(null=True)
    selling = MoneyField(null=True)
    admin = MoneyField(null=True)
    research = MoneyField(null=True)
    interest_expense = MoneyField(null=True)
    other_income = MoneyField(null=True)
    non_operating = MoneyField(null=True)
    income_tax = MoneyField(null=True)
    dividends = MoneyField(null=True)
    operating_cash_flow = MoneyField(null=True)
    cash = MoneyField(null=True)
    receivables = MoneyField(null=True)
    prepayments = MoneyField(null=True)
    inventories = MoneyField(null=True)
    other_receivables = MoneyField(null=True)
    fixed_assets = MoneyField(null=True)
    construction_in_progress = MoneyField(null=True)
    intangibles = MoneyField(null=True)
    short_loans = MoneyField(null=True)
    payables = MoneyField(null=True)
    advances = MoneyField(null=True)
    taxes_wages_payable = MoneyField(null=True)
    other_payables = MoneyField(null=True)
    long_due_1y = MoneyField(null=True)
    long_loans = MoneyField(null=True)
    other_long = MoneyField(null=True)
    net_assets = MoneyField(null=True)
    total_assets = MoneyField(null=True)
    total_liabilities = MoneyField(null=True)
    current_assets = MoneyField(null=True)
    current_liabilities = MoneyField(null=True)
    cash_unrestricted = MoneyField(null=True)
    notes_payable_financing = MoneyField(null=True)
    non_current_due_1y = MoneyField(null=True)
    profit_before_tax = MoneyField(null=True)
    net_profit = MoneyField(null=True)
    interest_capitalised = MoneyField(null=True)
    operating_profit = MoneyField(null=True)
    bonds_payable = MoneyField(null=True)
    lease_liabilities = MoneyField(null=True)

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("financial statement")
        verbose_name_plural = _("financial statements")
        ordering = ["-period_end"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "period_end", "consolidated"],
                condition=Q(superseded_at__isnull=True),
                name="statement_current_once_a_period",
            ),
            models.CheckConstraint(condition=Q(months__in=[3, 6, 9, 12]), name="statement_months_are_quarters"),
        ]
        indexes = [models.Index(fields=["root", "-period_end"], name="statement_of_root")]

    def __str__(self) -> str:
        return f"{self.client} {self.period_end}"
