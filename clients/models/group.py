"""How clients hang together: groups, control and guarantees."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Subject
from crm_project.organization.querysets import OwnedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField, RateField


@tracked()
class ClientGroup(models.Model):
    """A group of connected clients: common control, incl. main individual investors. Limits sum over it."""

    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("client group")
        verbose_name_plural = _("client groups")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class Relation(models.Model):
    """A relation of a client to another organisation or person, with its evidence. Ended, never deleted.

    `other` is the client behind the name where the bank has it; the page links it only for those who may see it.
    """

    class Kind(models.TextChoices):
        CONTROLS = "controls", _("Controls")
        CONTROLLED_BY = "controlled_by", _("Is controlled by")
        GUARANTEES = "guarantees", _("Guarantees the debt of")
        GUARANTEED_BY = "guaranteed_by", _("Has its debt guaranteed by")
        SAME_CONTROLLER = "same_controller", _("Has the same controller as")
        SHAREHOLDER = "shareholder", _("Has as shareholder")
        EXECUTIVE = "executive", _("Has as executive")

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(
        "clients.Client", verbose_name=_("client"), on_delete=models.PROTECT, related_name="relations"
    )
    kind = models.CharField(_("relation"), max_length=20, choices=Kind.choices)
    other_name = models.CharField(_("other party"), max_length=100)
    other_code = models.CharField(_("credit code of the other party"), max_length=18, blank=True)
    other = models.ForeignKey(
        "clients.Client", null=True, blank=True, on_delete=models.PROTECT, related_name="related_to"
    )
    share = RateField(_("share"), null=True, blank=True)
    amount = MoneyField(_("amount"), null=True, blank=True)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=300)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        ordering = ["kind", "other_name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(other__isnull=True) | ~Q(other=F("client")), name="relation_not_to_itself"
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__gt=0, share__lte=1), name="relation_share_is_a_share"
            ),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="relation_amount_positive"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="relation_ends_after_it_began"
            ),
            models.UniqueConstraint(
                fields=["client", "kind", "other_name"], condition=Q(until__isnull=True), name="relation_stands_once"
            ),
        ]
        indexes = [
            models.Index(fields=["root"], name="relation_of_root"),
            models.Index(fields=["other"], name="relation_to", condition=Q(other__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.get_kind_display()} {self.other_name}"
