"""The financing plan: named versions with tranches and covenants; one of them is submitted and then frozen."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.models import Project
from crm_project.organization.models import Subject
from crm_project.organization.querysets import ScopedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField, RateField, RatioField
from financing.models.case import CashFlowCase
from financing.models.product import Product


class PlanQuerySet(ScopedQuerySet):
    def with_project(self) -> "PlanQuerySet":
        return self.select_related("project__borrower", "root__branch", "root__manager__person")


@tracked()
class Plan(models.Model):
    """One plan per need of a project. Its state follows the submitted version."""

    class State(models.TextChoices):
        DESIGN = "design", _("In design")
        SUBMITTED = "submitted", _("Submitted")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT, related_name="plan")
    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="plans")
    title = models.CharField(_("title"), max_length=100)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DESIGN)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("financing plan")
        verbose_name_plural = _("financing plans")
        indexes = [
            models.Index(fields=["root"], name="plan_of_root"),
            models.Index(fields=["project"], name="plan_of_project"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("financing:plan_workbench", args=[self.pk])


@tracked(exclude=["result", "rule_versions"])  # what is computed follows from what is kept
class PlanVersion(models.Model):
    """One set of assumptions. While it is a draft it saves itself; a named one is copied, never edited again once
    frozen by submission. `version` counts the saves, so that two windows do not overwrite each other."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        FROZEN = "frozen", _("Frozen")

    plan = models.ForeignKey(Plan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="versions")
    no = models.PositiveSmallIntegerField(_("no."))
    name = models.CharField(_("name"), max_length=60)
    case = models.ForeignKey(CashFlowCase, verbose_name=_("cash-flow case"), on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    dscr_case = models.CharField(_("DSCR threshold"), max_length=40, help_text="case of the DSCR thresholds")
    cfads_shock = RateField(_("change of cash flow"), default=0)
    rate_shock_bp = models.SmallIntegerField(_("change of rate, basis points"), default=0)
    equity = MoneyField(_("project capital"), default=0)
    equity_type_capital = MoneyField(_("of which equity-type instruments"), default=0)
    capital_sector = models.CharField(_("sector of the capital rule"), max_length=40, blank=True)
    capital_sector_reason = models.CharField(_("reason of the choice"), max_length=200, blank=True)
    result = models.JSONField(
        _("result"), default=dict, help_text="as computed at the last save; frozen with the version"
    )
    rule_versions = models.JSONField(_("rule versions"), default=dict)
    created_by = models.ForeignKey("organization.Staff", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    frozen_at = models.DateTimeField(_("frozen at"), null=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("version of a plan")
        verbose_name_plural = _("versions of a plan")
        ordering = ["no"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "no"], name="plan_version_number_once"),
            models.UniqueConstraint(fields=["plan", "name"], name="plan_version_name_once"),
            models.CheckConstraint(
                condition=Q(state="draft", frozen_at__isnull=True) | Q(state="frozen", frozen_at__isnull=False),
                name="plan_version_frozen_has_its_time",
            ),
            models.CheckConstraint(condition=Q(equity__gte=0), name="plan_version_equity_not_negative"),
            models.CheckConstraint(
                condition=Q(equity_type_capital__gte=0, equity_type_capital__lte=F("equity")),
                name="plan_version_equity_type_within_equity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.name}"


@tracked()
class Tranche(models.Model):
    """A loan of a plan version (分项融资)."""

    class Method(models.TextChoices):
        EQUAL_PRINCIPAL = "equal_principal", _("Equal principal")
        ANNUITY = "annuity", _("Annuity")
        BULLET = "bullet", _("Bullet")
        SCULPTED = "sculpted", _("Sculpted to DSCR")

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="tranches")
    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.PROTECT, related_name="+")
    no = models.PositiveSmallIntegerField(_("no."))
    amount = MoneyField(_("amount"), null=True, blank=True, help_text=_("empty: as much as the limits carry"))
    starts_on = models.DateField(_("first drawing"))
    first_due_on = models.DateField(_("first repayment date"))
    tenor_months = models.PositiveSmallIntegerField(_("tenor, months"))
    instalment_months = models.PositiveSmallIntegerField(_("months between instalments"), default=6)
    grace_periods = models.PositiveSmallIntegerField(_("grace, periods"), default=0)
    method = models.CharField(_("repayment"), max_length=20, choices=Method.choices)
    target_dscr = RatioField(_("target DSCR"), null=True, blank=True)
    gearing_limit = RateField(_("gearing limit"), null=True, blank=True)
    lpr_tenor = models.CharField(_("reference rate"), max_length=2, choices=[("1y", "LPR 1Y"), ("5y", "LPR 5Y+")])
    spread_bp = models.SmallIntegerField(_("spread, basis points"))
    upfront_fee = RateField(_("upfront fee"), default=0)
    commitment_fee = RateField(_("commitment fee"), default=0)

    class Meta:
        verbose_name = _("tranche")
        verbose_name_plural = _("tranches")
        ordering = ["no"]
        constraints = [
            models.UniqueConstraint(fields=["version", "no"], name="tranche_number_once"),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="tranche_amount_positive"),
            models.CheckConstraint(
                condition=~Q(method="sculpted") | Q(target_dscr__gt=0), name="tranche_sculpted_has_its_target"
            ),
            models.CheckConstraint(
                condition=Q(instalment_months__in=[1, 3, 6, 12]), name="tranche_instalments_are_regular"
            ),
            models.CheckConstraint(condition=Q(first_due_on__gt=F("starts_on")), name="tranche_due_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.no}"


@tracked()
class Covenant(models.Model):
    """What the borrower promises to keep (约定条款): a metric, a limit, its test dates and how long it may be cured."""

    class Operator(models.TextChoices):
        AT_LEAST = ">=", _("at least")
        AT_MOST = "<=", _("at most")

    class Frequency(models.TextChoices):
        YEARLY = "yearly", _("Yearly")
        HALF_YEARLY = "half_yearly", _("Half-yearly")
        QUARTERLY = "quarterly", _("Quarterly")

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="covenants")
    metric = models.CharField(_("metric"), max_length=60)
    operator = models.CharField(_("operator"), max_length=2, choices=Operator.choices)
    limit = RatioField(_("limit"))
    frequency = models.CharField(_("tested"), max_length=12, choices=Frequency.choices)
    first_test_on = models.DateField(_("first test"))
    cure_days = models.PositiveSmallIntegerField(_("days to cure"), default=30)

    class Meta:
        verbose_name = _("covenant")
        verbose_name_plural = _("covenants")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "metric", "operator"], name="covenant_once")]

    def __str__(self) -> str:
        return f"{self.metric} {self.operator} {self.limit}"
