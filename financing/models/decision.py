"""From the submitted version to the decision: risk opinion, authority, committee, conditions precedent."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Subject
from crm_project.organization.querysets import ScopedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField, RatioField
from financing.models.plan import Plan, PlanVersion


class DecisionQuerySet(ScopedQuerySet):
    def with_plan(self) -> "DecisionQuerySet":
        return self.select_related("plan__project__borrower", "root__branch", "root__manager__person")


COURSE = """
IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'submitted' OR NEW.opinion_by_id IS NOT NULL OR NEW.decided_by_id IS NOT NULL THEN
        RAISE EXCEPTION 'a decision begins with its submission' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END IF;
IF (NEW.amount, NEW.grade, NEW.plan_id, NEW.plan_version_id, NEW.payload_hash, NEW.submitted_by_id)
   IS DISTINCT FROM (OLD.amount, OLD.grade, OLD.plan_id, OLD.plan_version_id, OLD.payload_hash,
                     OLD.submitted_by_id) THEN
    RAISE EXCEPTION 'what was submitted stays as it was' USING ERRCODE = 'check_violation';
END IF;
IF OLD.state IN ('approved', 'refused', 'withdrawn')
   AND (NEW.state, NEW.decided_by_id, NEW.decided_at, NEW.decided_reason, NEW.committee, NEW.opinion_by_id)
       IS DISTINCT FROM (OLD.state, OLD.decided_by_id, OLD.decided_at, OLD.decided_reason, OLD.committee,
                         OLD.opinion_by_id) THEN
    RAISE EXCEPTION 'a decision is final' USING ERRCODE = 'check_violation';
END IF;
IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    ('submitted', 'opined'), ('submitted', 'withdrawn'), ('opined', 'withdrawn'), ('opined', 'approved'),
    ('opined', 'refused')
) THEN
    RAISE EXCEPTION 'a decision goes from submission over the opinion to its end' USING ERRCODE = 'check_violation';
END IF;
IF NEW.state <> OLD.state AND NEW.state IN ('approved', 'refused') AND EXISTS (
    SELECT FROM workflow_act
    WHERE deal_id = NEW.subject_id AND person_id = NEW.decided_by_id
      AND act IN ('propose', 'manage', 'second_diligence', 'risk_opinion')
) THEN
    RAISE EXCEPTION 'who prepared the deal does not decide it' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
"""Submission, opinion, end; what was submitted and what was decided stay; who prepared it does not decide it."""


@tracked()
class Decision(models.Model):
    """One application: the frozen version, its amount and security, who must decide, and the answer."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("Waiting for the risk opinion")
        OPINED = "opined", _("Waiting for the decision")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Security(models.TextChoices):
        CASH = "cash", _("Cash or treasuries, 100 %")
        COVERED = "covered", _("Coverage of 100 % or more")
        GUARANTEED = "guaranteed", _("Guarantor of R1–R6, joint and several")
        NONE = "none", _("None or less")

    class Level(models.TextChoices):
        L1 = "L1", _("Branch head")
        L2 = "L2", _("Upper-branch risk head")
        L3 = "L3", _("Committee")
        L4 = "L4", _("Head office")

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT, related_name="decision")
    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="decisions")
    plan_version = models.OneToOneField(PlanVersion, on_delete=models.PROTECT, related_name="decision")
    amount = MoneyField(_("amount"))
    group_exposure = MoneyField(_("exposure of the client's group after the deal"))
    grade = models.CharField(_("grade"), max_length=3)
    security = models.CharField(_("security"), max_length=12, choices=Security.choices)
    coverage = RatioField(_("coverage"))
    level_needed = models.CharField(_("authority"), max_length=2, choices=Level.choices)
    level_reasons = models.JSONField(_("why this level"), default=list)
    payload_hash = models.CharField(max_length=64, editable=False)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.SUBMITTED)
    submitted_by = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("submitted at"), db_default=Now(), editable=False)
    opinion = models.TextField(_("risk opinion"), blank=True)
    opinion_supports = models.BooleanField(_("risk officer supports"), null=True)
    opinion_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    opinion_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_reason = models.TextField(_("reason of the decision"), blank=True)
    line_until = models.DateField(_("line valid until"), null=True, blank=True)
    committee = models.JSONField(_("committee record"), null=True, help_text="attendance, votes, minutes, chair")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="decision_amount_positive"),
            models.CheckConstraint(
                condition=Q(opinion_by__isnull=True) | ~Q(opinion_by=F("submitted_by")),
                name="decision_opinion_not_by_the_rm",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(state="withdrawn")
                | (~Q(decided_by=F("submitted_by")) & ~Q(decided_by=F("opinion_by"))),
                name="decision_by_a_third_person",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"])
                | (
                    Q(decided_by__isnull=False, decided_at__isnull=False, opinion_by__isnull=False)
                    & ~Q(decided_reason="")
                ),
                name="decision_is_complete",
            ),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(state__in=["submitted", "opined"]), name="decision_one_open_a_plan"
            ),
        ]
        indexes = [models.Index(fields=["root"], name="decision_of_root")]
        triggers = [
            pgtrigger.Trigger(
                name="keeps_its_course",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=COURSE,
            )
        ]

    def __str__(self) -> str:
        return str(self.plan)

    def get_absolute_url(self) -> str:
        return reverse("financing:decision_detail", args=[self.pk])


@tracked()
class Condition(models.Model):
    """A condition precedent (提款前提) of a decision, fulfilled with evidence and confirmed by a second person."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="conditions")
    no = models.PositiveSmallIntegerField(_("no."))
    text = models.CharField(_("condition"), max_length=300)
    fulfilled_on = models.DateField(_("fulfilled on"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    document = models.ForeignKey("workflow.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reported_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("condition precedent")
        verbose_name_plural = _("conditions precedent")
        ordering = ["no"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "no"], name="condition_number_once"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | (Q(fulfilled_on__isnull=False, reported_by__isnull=False) & ~Q(confirmed_by=F("reported_by"))),
                name="condition_confirmed_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return self.text
