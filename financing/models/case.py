"""The cash-flow case: what the project earns and costs, period by period, before any debt."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Project
from crm_project.organization.models import Subject
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField, RateField
from financing.models.budget import OfProjectQuerySet


@tracked()
class CashFlowCase(models.Model):
    class Frequency(models.TextChoices):
        YEARLY = "yearly", _("Yearly")
        HALF_YEARLY = "half_yearly", _("Half-yearly")

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="cases")
    name = models.CharField(_("name"), max_length=60)
    frequency = models.CharField(_("frequency"), max_length=12, choices=Frequency.choices)
    variable_share = RateField(_("share of costs that moves with volume"), default=0)
    tax_rate = RateField(_("income tax rate"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("cash-flow case")
        verbose_name_plural = _("cash-flow cases")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="case_name_once"),
            models.CheckConstraint(
                condition=Q(variable_share__gte=0, variable_share__lte=1), name="case_share_is_a_share"
            ),
        ]
        indexes = [models.Index(fields=["root"], name="case_of_root")]

    def __str__(self) -> str:
        return self.name

    @property
    def period_months(self) -> int:
        return 12 if self.frequency == self.Frequency.YEARLY else 6


@tracked()
class CasePeriod(models.Model):
    """One period of a case, CNY; costs as positive figures."""

    case = models.ForeignKey(CashFlowCase, on_delete=models.CASCADE, related_name="periods")
    no = models.PositiveSmallIntegerField(_("no."))
    ends_on = models.DateField(_("ends on"))
    revenue = MoneyField(_("revenue"))
    opex = MoneyField(_("operating cost"))
    tax = MoneyField(_("tax"), default=0)
    capex = MoneyField(_("capital spending"), default=0)
    working_capital = MoneyField(_("change of working capital"), default=0)

    class Meta:
        verbose_name = _("period of a case")
        verbose_name_plural = _("periods of a case")
        ordering = ["no"]
        constraints = [models.UniqueConstraint(fields=["case", "no"], name="case_period_once")]

    def __str__(self) -> str:
        return f"{self.case} {self.no}"
