"""Tiers: the dated record of the cooperation with a client, and the tier that follows from it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Subject
from crm_project.organization.querysets import OwnedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField, RateField, RatioField
from crm_project.rules.models import RuleSet


@tracked()
class CooperationRecord(models.Model):
    """What the client and the bank do together, as of a day, typed with its source."""

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(
        "clients.Client", verbose_name=_("client"), on_delete=models.PROTECT, related_name="cooperation"
    )
    as_of = models.DateField(_("as of"))
    products = models.PositiveSmallIntegerField(_("products in use"))
    overdue_days = models.PositiveSmallIntegerField(
        _("longest overdue in 24 months, days"),
        null=True,
        blank=True,
        help_text=_("empty where the client has not borrowed here in 24 months"),
    )
    times_late = models.PositiveSmallIntegerField(_("times late by 1 to 7 days in 24 months"), default=0)
    raroc = RateField(_("RAROC"), null=True, blank=True, help_text=_("empty where the client has no exposure"))
    deposits = MoneyField(_("average deposits, 12 months"))
    fees = MoneyField(_("fee income, 12 months"))
    source = models.CharField(_("source"), max_length=200)
    entered_by = models.ForeignKey("organization.Staff", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(_("entered at"), db_default=Now(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("cooperation record")
        verbose_name_plural = _("cooperation records")
        ordering = ["-as_of"]
        constraints = [
            models.UniqueConstraint(fields=["client", "as_of"], name="cooperation_once_a_day"),
            models.CheckConstraint(condition=Q(deposits__gte=0), name="cooperation_deposits_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.as_of}"


class TierResult(models.Model):
    """A tier with the day it holds from, and how it came about. Insert-only: the newest one holds."""

    class WatchList(models.TextChoices):
        OFF = "", _("Not on the watch list")
        ON = "on", _("On the watch list")
        LEFT = "left", _("Left the watch list this quarter")

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(
        "clients.Client", verbose_name=_("client"), on_delete=models.PROTECT, related_name="tiers"
    )
    cooperation = models.ForeignKey(CooperationRecord, null=True, on_delete=models.PROTECT, related_name="+")
    rating = models.ForeignKey("clients.Rating", null=True, on_delete=models.PROTECT, related_name="+")
    rule_set = models.ForeignKey(RuleSet, verbose_name=_("rule version"), on_delete=models.PROTECT, related_name="+")
    as_of = models.DateField(_("as of"))
    score = RatioField(_("score"))
    score_tier = models.CharField(_("tier by score"), max_length=1)
    steady_tier = models.CharField(
        _("tier without gates"), max_length=1, help_text="what the quarterly scores give; next quarter starts from it"
    )
    gates = models.JSONField(_("gates"), default=list, help_text="codes of the gates that lowered the tier")
    watch_list = models.CharField(_("watch list"), max_length=4, choices=WatchList.choices, blank=True, default="")
    tier = models.CharField(_("tier"), max_length=1)
    holds_from = models.DateField(_("holds from"))
    provisional = models.BooleanField(_("provisional"), default=False)
    explanation = models.JSONField(_("explanation"), default=list)
    settled_by = models.ForeignKey(
        "organization.Staff",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="empty for the quarterly run",
    )
    computed_at = models.DateTimeField(_("computed at"), db_default=Now(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    tier__in=["S", "A", "B", "C", "D"],
                    steady_tier__in=["S", "A", "B", "C", "D"],
                    score_tier__in=["S", "A", "B", "C", "D"],
                ),
                name="tier_is_one_of_five",
            ),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="tier_score_in_range"),
        ]
        indexes = [models.Index(fields=["client", "-id"], name="tier_of_client")]

    def __str__(self) -> str:
        return f"{self.client} {self.tier}"
