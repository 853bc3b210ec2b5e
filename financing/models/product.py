from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField
from crm_project.rules.models import RuleSet


@tracked()
class Product(models.Model):
    """What the bank offers. `excluded_when` is an expression over the facts of client and project; where it holds,
    the product is left out and `excluded_because` says why."""

    class Kind(models.TextChoices):
        PROJECT_LOAN = "project_loan", _("Project loan")
        WORKING_CAPITAL = "working_capital", _("Working-capital loan")

    code = models.CharField(_("code"), max_length=30, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80)
    active = models.BooleanField(_("offered"), default=True)
    revolving = models.BooleanField(_("revolving"), default=False)
    min_amount = MoneyField(_("smallest amount"), default=0)
    max_amount = MoneyField(_("largest amount"), null=True, blank=True)
    max_tenor_months = models.PositiveSmallIntegerField(_("longest tenor, months"))
    excluded_when = models.TextField(_("excluded when"), blank=True)
    excluded_because_zh = models.CharField(_("reason in Chinese"), max_length=200, blank=True)
    excluded_because_en = models.CharField(_("reason in English"), max_length=200, blank=True)
    provenance = models.CharField(_("provenance"), max_length=20, choices=RuleSet.Provenance.choices)
    source = models.CharField(_("source"), max_length=200)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["order", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_amount__isnull=True) | Q(max_amount__gte=F("min_amount")),
                name="product_amounts_in_order",
            ),
            models.CheckConstraint(
                condition=Q(excluded_when="") | (~Q(excluded_because_zh="") & ~Q(excluded_because_en="")),
                name="product_exclusion_has_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en

    @property
    def excluded_because(self) -> str:
        return self.excluded_because_zh if (get_language() or "").startswith("zh") else self.excluded_because_en
