"""The drawdown: requested by the RM, checked and released by the release officer, paid by the supervision officer."""

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Subject
from crm_project.organization.querysets import ScopedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField
from monitoring.models.contract import Invoice, ProjectContract
from monitoring.models.facility import Facility, LoanNote

COURSE = """
IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'requested' THEN
        RAISE EXCEPTION 'a drawdown begins as a request' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END IF;
IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    ('requested', 'released'), ('requested', 'refused'), ('requested', 'withdrawn'), ('released', 'paid')
) THEN
    RAISE EXCEPTION 'a drawdown that is % does not become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
END IF;
IF OLD.state <> 'requested' AND
   (NEW.facility_id, NEW.amount, NEW.decided_by_id, NEW.decided_at, NEW.note_id)
   IS DISTINCT FROM (OLD.facility_id, OLD.amount, OLD.decided_by_id, OLD.decided_at, OLD.note_id) THEN
    RAISE EXCEPTION 'a decided drawdown is final' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
"""A drawdown begins as a request, is decided once, and at most is paid afterwards."""

APART = """
IF TG_OP = 'UPDATE' AND NEW.state <> OLD.state AND NEW.state IN ('released', 'paid') AND EXISTS (
    WITH deal AS (
        SELECT decision.subject_id AS decision_id, decision.plan_id, decision.decided_by_id, manager.person_id
        FROM monitoring_facility facility
        JOIN financing_decision decision ON decision.subject_id = facility.decision_id
        JOIN organization_subject root ON root.id = NEW.root_id
        LEFT JOIN organization_staff manager ON manager.id = root.manager_id
        WHERE facility.subject_id = NEW.facility_id
    ), signer AS (
        SELECT CASE NEW.state WHEN 'released' THEN NEW.decided_by_id ELSE NEW.paid_by_id END AS person_id,
               CASE NEW.state WHEN 'released' THEN ARRAY['manage', 'approve', 'vote', 'pay']
                    ELSE ARRAY['manage', 'release'] END AS kinds
    )
    SELECT FROM deal, signer
    WHERE signer.person_id = deal.person_id
       OR (NEW.state = 'released' AND signer.person_id = deal.decided_by_id)
       OR EXISTS (
            SELECT FROM workflow_act act
            WHERE act.person_id = signer.person_id AND act.act = ANY (signer.kinds)
              AND act.deal_id IN (deal.decision_id, deal.plan_id, NEW.facility_id, NEW.subject_id)
       )
) THEN
    RAISE EXCEPTION 'who manages, approves, votes, releases or pays in a deal are different persons'
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
"""RULES §28, judged by natural person over the whole deal: decision, plan, facility and the drawdown itself."""


class DrawdownQuerySet(ScopedQuerySet):
    def with_facility(self) -> "DrawdownQuerySet":
        return self.select_related("facility__project", "facility__borrower", "root__branch", "root__manager__person")


@tracked()
class Drawdown(models.Model):
    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        RELEASED = "released", _("Released")
        PAID = "paid", _("Paid")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT, related_name="drawdown")
    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    facility = models.ForeignKey(
        Facility, verbose_name=_("facility"), on_delete=models.PROTECT, related_name="drawdowns"
    )
    no = models.PositiveSmallIntegerField(_("no."))
    amount = MoneyField(_("amount"))
    purpose = models.CharField(_("purpose"), max_length=200)
    wanted_on = models.DateField(_("wanted on"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)
    checks = models.JSONField(_("checks"), default=list, help_text="the gate as it stood at the decision")
    rule_versions = models.JSONField(_("rule versions"), default=dict)
    requested_by = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("requested at"), db_default=Now(), editable=False)
    decided_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_reason = models.TextField(_("reason of the decision"), blank=True)
    paid_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    paid_at = models.DateTimeField(_("paid at"), null=True)
    note = models.OneToOneField(LoanNote, null=True, on_delete=models.PROTECT, related_name="drawdown")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = DrawdownQuerySet.as_manager()

    class Meta:
        verbose_name = _("drawdown")
        verbose_name_plural = _("drawdowns")
        constraints = [
            models.UniqueConstraint(fields=["facility", "no"], name="drawdown_number_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="drawdown_amount_positive"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(state="withdrawn") | ~Q(decided_by=F("requested_by")),
                name="drawdown_released_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(paid_by__isnull=True) | (~Q(paid_by=F("requested_by")) & ~Q(paid_by=F("decided_by"))),
                name="drawdown_paid_by_a_third_person",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["released", "paid"])
                | Q(decided_by__isnull=False, decided_at__isnull=False, note__isnull=False),
                name="drawdown_release_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_by__isnull=False, paid_at__isnull=False),
                name="drawdown_payment_is_complete",
            ),
        ]
        indexes = [
            models.Index(fields=["root"], name="drawdown_of_root"),
            models.Index(fields=["wanted_on", "subject"], name="drawdown_by_day"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keeps_its_course",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=COURSE,
            ),
            pgtrigger.Trigger(
                name="signers_are_apart",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=APART,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility} · {self.no}"

    def get_absolute_url(self) -> str:
        return reverse("monitoring:drawdown_desk", args=[self.pk])

    @property
    def paid_out(self) -> Decimal:
        """What was released of the amount asked for: the note's amount, the whole while nothing is released."""
        return self.note.amount if self.note else self.amount


@tracked()
class DrawdownPayment(models.Model):
    """Where a part of the drawing goes."""

    drawdown = models.ForeignKey(Drawdown, on_delete=models.CASCADE, related_name="payments")
    contract = models.ForeignKey(
        ProjectContract, verbose_name=_("contract"), on_delete=models.PROTECT, related_name="payments"
    )
    invoice = models.ForeignKey(
        Invoice, verbose_name=_("invoice"), null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    payee_name = models.CharField(_("payee"), max_length=100)
    payee_account = models.CharField(_("payee's account"), max_length=40)
    payee_bank = models.CharField(_("payee's bank"), max_length=100)
    amount = MoneyField(_("amount"))
    entrusted = models.BooleanField(_("entrusted payment"), default=True)

    class Meta:
        verbose_name = _("payment of a drawdown")
        verbose_name_plural = _("payments of a drawdown")
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="drawdown_payment_positive")]

    def __str__(self) -> str:
        return f"{self.payee_name}"
