"""The loan contract under a credit line, and the loan notes that each release makes."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Project
from crm_project.organization.models import Subject
from crm_project.organization.querysets import ScopedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField, RateField
from financing.models import CreditLine, Decision, Product


class FacilityQuerySet(ScopedQuerySet):
    def with_parties(self) -> "FacilityQuerySet":
        return self.select_related("borrower", "project", "root__branch", "root__manager__person")


@tracked()
class Facility(models.Model):
    """借款合同. `drawn` and `outstanding` change only under this row's lock, and stay within the amount by CHECK."""

    class State(models.TextChoices):
        SIGNED = "signed", _("In force")
        FROZEN = "frozen", _("Drawing frozen")
        CLOSED = "closed", _("Closed")

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT, related_name="facility")
    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey(
        Decision, verbose_name=_("decision"), on_delete=models.PROTECT, related_name="facilities"
    )
    sub_limit = models.ForeignKey(
        CreditLine, verbose_name=_("sub-limit"), on_delete=models.PROTECT, related_name="facilities"
    )
    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.PROTECT, related_name="+")
    borrower = models.ForeignKey(
        Client, verbose_name=_("borrower"), on_delete=models.PROTECT, related_name="facilities"
    )
    project = models.ForeignKey(Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="facilities")
    contract_no = models.CharField(_("contract number"), max_length=40, unique=True)
    amount = MoneyField(_("amount"))
    cancelled = MoneyField(_("cancelled"), default=0)
    drawn = MoneyField(_("drawn"), default=0)
    outstanding = MoneyField(_("outstanding"), default=0)
    rate = RateField(_("rate"))
    spread_bp = models.SmallIntegerField(_("spread, basis points"))
    signed_on = models.DateField(_("signed on"))
    available_until = models.DateField(_("available until"))
    matures_on = models.DateField(_("matures on"))
    terms = models.JSONField(_("terms"), default=dict, help_text="the tranche as decided, frozen")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SIGNED)
    worst_level = models.PositiveSmallIntegerField(_("worst alert"), default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = FacilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="facility_amount_positive"),
            models.CheckConstraint(
                condition=Q(cancelled__gte=0, drawn__gte=0, drawn__lte=F("amount") - F("cancelled")),
                name="facility_drawn_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(outstanding__gte=0, outstanding__lte=F("drawn")), name="facility_outstanding_within_drawn"
            ),
            models.CheckConstraint(
                condition=Q(matures_on__gt=F("signed_on"), available_until__lte=F("matures_on")),
                name="facility_dates_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["root"], name="facility_of_root"),
            models.Index(fields=["project"], name="facility_of_project"),
            models.Index(fields=["outstanding", "subject"], name="facility_by_outstanding"),
        ]

    def __str__(self) -> str:
        return self.contract_no

    def get_absolute_url(self) -> str:
        return reverse("monitoring:facility_detail", args=[self.pk])


@tracked()
class LoanNote(models.Model):
    """借据: one per release."""

    class Category(models.TextChoices):
        NORMAL = "normal", _("Normal")
        SPECIAL_MENTION = "special_mention", _("Special mention")
        SUBSTANDARD = "substandard", _("Substandard")
        DOUBTFUL = "doubtful", _("Doubtful")
        LOSS = "loss", _("Loss")

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT, related_name="loan_note")
    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    facility = models.ForeignKey(Facility, verbose_name=_("facility"), on_delete=models.PROTECT, related_name="notes")
    note_no = models.CharField(_("note number"), max_length=40, unique=True)
    amount = MoneyField(_("amount"))
    balance = MoneyField(_("balance"))
    rate = RateField(_("rate"))
    drawn_on = models.DateField(_("drawn on"))
    due_on = models.DateField(_("due on"))
    days_past_due = models.PositiveSmallIntegerField(_("days past due"), default=0)
    category = models.CharField(_("category"), max_length=20, choices=Category.choices, default=Category.NORMAL)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan note")
        verbose_name_plural = _("loan notes")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="loan_note_amount_positive"),
            models.CheckConstraint(
                condition=Q(balance__gte=0, balance__lte=F("amount")), name="loan_note_balance_within_amount"
            ),
        ]
        indexes = [
            models.Index(fields=["root"], name="loan_note_of_root"),
            models.Index(fields=["facility"], name="note_of_facility"),
        ]

    def __str__(self) -> str:
        return self.note_no


class NoteInstalment(models.Model):
    """A row of a note's repayment schedule."""

    note = models.ForeignKey(LoanNote, on_delete=models.CASCADE, related_name="instalments")
    no = models.PositiveSmallIntegerField()
    due_on = models.DateField(_("due on"))
    principal = MoneyField(_("principal"))
    interest = MoneyField(_("interest"))

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["no"]
        constraints = [models.UniqueConstraint(fields=["note", "no"], name="instalment_once")]
        indexes = [models.Index(fields=["due_on"], name="instalment_by_due")]

    def __str__(self) -> str:
        return f"{self.note} {self.no}"
