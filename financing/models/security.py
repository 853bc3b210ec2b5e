"""What secures the debt: collateral with its value, guarantors with their promise."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Project
from crm_project.organization.models import Subject
from crm_project.organization.querysets import ScopedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField
from financing.models.budget import OfProjectQuerySet


@tracked()
class Collateral(models.Model):
    """A mortgaged or pledged thing. `kind` is a type of the collateral rule, which gives its advance rate."""

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT, related_name="collateral")
    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="collateral")
    kind = models.CharField(_("type"), max_length=40)
    asset = models.CharField(_("asset"), max_length=150, help_text=_("what it is, so that nothing counts twice"))
    owner_name = models.CharField(_("owner"), max_length=100)
    value = MoneyField(_("appraised value"))
    valued_on = models.DateField(_("valued on"))
    valuer = models.CharField(_("valued by"), max_length=100, blank=True)
    prior_claims = MoneyField(_("prior claims"), default=0)
    cap = MoneyField(_("registered amount"), null=True, blank=True)
    registered_on = models.DateField(_("registered on"), null=True, blank=True)
    registration_no = models.CharField(_("registration number"), max_length=60, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("collateral")
        verbose_name_plural = _("collateral")
        constraints = [
            models.CheckConstraint(condition=Q(value__gt=0), name="collateral_value_positive"),
            models.CheckConstraint(condition=Q(prior_claims__gte=0), name="collateral_claims_not_negative"),
            models.UniqueConstraint(fields=["project", "asset"], name="collateral_asset_once"),
        ]
        indexes = [models.Index(fields=["root"], name="collateral_of_root")]

    def __str__(self) -> str:
        return self.asset


@tracked()
class Guarantee(models.Model):
    """A guarantor's promise. `kind` is a kind of the collateral rule's guarantee table."""

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="guarantees")
    kind = models.CharField(_("kind"), max_length=40)
    guarantor = models.ForeignKey(
        Client,
        verbose_name=_("guarantor"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="guarantees_given",
    )
    guarantor_name = models.CharField(_("guarantor"), max_length=100)
    amount = MoneyField(_("amount"))
    net_assets = MoneyField(_("guarantor's net assets"))
    other_guarantees = MoneyField(_("guarantor's other guarantees"), default=0)
    has_resolution = models.BooleanField(_("resolution on file"), default=False)
    has_opinion = models.BooleanField(_("legal opinion on file"), default=False)
    is_listed = models.BooleanField(_("listed company"), default=False)
    is_public_body = models.BooleanField(_("public body"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("guarantee")
        verbose_name_plural = _("guarantees")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="guarantee_amount_positive"),
            models.UniqueConstraint(fields=["project", "guarantor_name", "kind"], name="guarantee_once"),
        ]
        indexes = [models.Index(fields=["root"], name="guarantee_of_root")]

    def __str__(self) -> str:
        return self.guarantor_name
