"""Credit lines: group, client and product sub-limit. A line is a limit granted by a decision, not a promise to lend."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ClientGroup
from crm_project.organization.models import Subject
from crm_project.organization.querysets import OwnedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField
from financing.models.decision import Decision
from financing.models.product import Product


@tracked()
class CreditLine(models.Model):
    """A node of the limit tree. `used` changes only under a row lock, group before client before sub-limit."""

    class Level(models.TextChoices):
        GROUP = "group", _("Group line")
        CLIENT = "client", _("Client line")
        SUB_LIMIT = "sub_limit", _("Sub-limit")

    root = models.ForeignKey(Subject, null=True, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    group = models.ForeignKey(ClientGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="lines")
    client = models.ForeignKey(Client, null=True, blank=True, on_delete=models.PROTECT, related_name="lines")
    product_kind = models.CharField(_("product"), max_length=20, choices=Product.Kind.choices, blank=True)
    decision = models.ForeignKey(Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="lines")
    limit = MoneyField(_("limit"))
    used = MoneyField(_("used"), default=0)
    revolving = models.BooleanField(_("revolving"), default=False)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    frozen = models.BooleanField(_("frozen"), default=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit line")
        verbose_name_plural = _("credit lines")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level="group", group__isnull=False, client__isnull=True, root__isnull=True, product_kind="")
                | Q(level="client", client__isnull=False, root__isnull=False, product_kind="")
                | (
                    Q(level="sub_limit", client__isnull=False, root__isnull=False, parent__isnull=False)
                    & ~Q(product_kind="")
                ),
                name="credit_line_carries_what_its_level_needs",
            ),
            models.CheckConstraint(condition=Q(limit__gt=0), name="credit_line_limit_positive"),
            models.CheckConstraint(
                condition=Q(used__gte=0, used__lte=F("limit")), name="credit_line_used_within_limit"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="credit_line_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["group"], condition=Q(level="group"), name="credit_line_one_group_line"),
            models.UniqueConstraint(fields=["client"], condition=Q(level="client"), name="credit_line_one_client_line"),
        ]
        indexes = [models.Index(fields=["root"], name="credit_line_of_root")]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.client or self.group}"
