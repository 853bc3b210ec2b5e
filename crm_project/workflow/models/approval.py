"""Four eyes: a request, its decision by another natural person, and the acts by which people took part in a deal."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Level, Role, levels_within
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def visible_to(self, user: object) -> "ApprovalQuerySet":
        return self.filter(subject__in=Subject.objects.visible_to(user))  # type: ignore[arg-type]

    def waiting(self) -> "ApprovalQuerySet":
        return self.filter(state=Approval.State.WAITING)

    def meant_for(self, user: Staff) -> "ApprovalQuerySet":
        """Waiting requests this account is expected to decide: of its role, not its person's own, and either of its
        very level or within its level at its own branch. A higher level may still step in; scope comes on top."""
        own_level = Q(level_needed=user.level)
        own_branch = Q(level_needed__in=levels_within(user.role, user.level), subject__root__branch=user.branch_id)
        mine = self.waiting().filter(own_level | own_branch, role_needed=user.role)
        return mine.exclude(asked_by=user.person_id)


COURSE = """
IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'waiting' OR NEW.decided_account_id IS NOT NULL THEN
        RAISE EXCEPTION 'an approval begins as a request' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT person_id FROM organization_staff WHERE id = NEW.asked_account_id) IS DISTINCT FROM NEW.asked_by_id THEN
        RAISE EXCEPTION 'the account that asks is another person''s' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END IF;
IF OLD.state <> 'waiting' THEN
    IF NEW.state <> OLD.state AND NOT (OLD.state = 'approved' AND NEW.state = 'void')
       OR (NEW.decided_by_id, NEW.decided_account_id, NEW.decided_at, NEW.decided_reason)
          IS DISTINCT FROM (OLD.decided_by_id, OLD.decided_account_id, OLD.decided_at, OLD.decided_reason) THEN
        RAISE EXCEPTION 'a decided approval is final' USING ERRCODE = 'check_violation';
    END IF;
ELSIF NEW.decided_account_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM organization_staff
    WHERE id = NEW.decided_account_id AND person_id = NEW.decided_by_id
      AND (role = NEW.role_needed OR NEW.state NOT IN ('approved', 'refused'))
) THEN
    RAISE EXCEPTION 'the account that decides has another person or role' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
"""A request begins waiting, is decided once, and at most becomes void afterwards; accounts belong to their persons."""


EXCLUSIONS = """
PERFORM FROM organization_subject WHERE id = NEW.deal_id FOR NO KEY UPDATE;
IF (SELECT person_id FROM organization_staff WHERE id = NEW.account_id) IS DISTINCT FROM NEW.person_id THEN
    RAISE EXCEPTION 'the account that acts is another person''s' USING ERRCODE = 'check_violation';
END IF;
IF EXISTS (
    SELECT FROM workflow_act earlier
    WHERE earlier.deal_id = NEW.deal_id AND earlier.person_id = NEW.person_id
      AND earlier.act = ANY (CASE NEW.act
          WHEN 'risk_opinion' THEN ARRAY['manage', 'second_diligence']
          WHEN 'approve' THEN ARRAY['manage', 'second_diligence', 'risk_opinion']
          WHEN 'vote' THEN ARRAY['manage', 'second_diligence', 'risk_opinion', 'vote']
          WHEN 'release' THEN ARRAY['manage', 'approve', 'vote', 'pay']
          WHEN 'pay' THEN ARRAY['manage', 'release']
          ELSE ARRAY[]::text[] END)
) THEN
    RAISE EXCEPTION 'what this person did in the deal before excludes this act' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
"""Who may not also act, by person, whatever the account (RULES §28). The deal is locked, so that two acts at the same
moment see each other."""


@tracked()
class Approval(models.Model):
    """What is asked, by whom, and the answer. The payload is hashed: an edit of it afterwards voids the request."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for approval")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        VOID = "void", _("Void: changed after the request")

    subject = models.ForeignKey(Subject, verbose_name=_("subject"), on_delete=models.PROTECT, related_name="approvals")
    kind = models.CharField(_("kind"), max_length=40)
    payload = models.JSONField(_("payload"))
    payload_hash = models.CharField(max_length=64, editable=False)
    amount = MoneyField(_("amount"), null=True, blank=True)
    role_needed = models.CharField(_("role needed"), max_length=30, choices=Role.choices)
    level_needed = models.CharField(_("level needed"), max_length=20, choices=Level.choices, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    asked_by = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="+")
    asked_account = models.ForeignKey("organization.Staff", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"), db_default=Now(), editable=False)
    asked_reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    decided_account = models.ForeignKey("organization.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_reason = models.TextField(_("reason of the decision"), blank=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(state="withdrawn") | ~Q(decided_by=F("asked_by")),
                name="approval_second_signature_is_another_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "void"])
                | Q(decided_by__isnull=False, decided_account__isnull=False, decided_at__isnull=False),
                name="approval_decision_has_its_person_and_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | ~Q(decided_reason=""),
                name="approval_decision_has_its_reason",
            ),
            models.UniqueConstraint(
                fields=["subject", "kind"], condition=Q(state="waiting"), name="approval_one_waiting_of_a_kind"
            ),
        ]
        indexes = [
            models.Index(
                fields=["role_needed", "level_needed"], name="approval_waiting_for_role", condition=Q(state="waiting")
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keeps_its_course",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=COURSE,
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.subject}"


class Act(models.Model):
    """That a person took part in a deal in some capacity. Insert-only; exclusions between persons are judged by it."""

    class Kind(models.TextChoices):
        PROPOSE = "propose", _("Proposed")
        MANAGE = "manage", _("Managing RM")
        SECOND_DILIGENCE = "second_diligence", _("Second due-diligence person")
        RISK_OPINION = "risk_opinion", _("Risk opinion")
        APPROVE = "approve", _("Approved")
        VOTE = "vote", _("Voted")
        CONFIRM = "confirm", _("Confirmed")
        RELEASE = "release", _("Released")
        PAY = "pay", _("Paid")

    deal = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="acts")
    act = models.CharField(_("act"), max_length=20, choices=Kind.choices)
    person = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("organization.Staff", on_delete=models.PROTECT, related_name="+")
    approval = models.ForeignKey(Approval, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("acts")
        ordering = ["id"]
        indexes = [models.Index(fields=["deal", "person"], name="act_of_deal_and_person")]
        triggers = [
            pgtrigger.Trigger(
                name="excludes_persons", when=pgtrigger.Before, operation=pgtrigger.Insert, func=EXCLUSIONS
            )
        ]

    def __str__(self) -> str:
        return f"{self.act} · {self.person}"
