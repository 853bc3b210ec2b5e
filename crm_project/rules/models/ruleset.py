"""Versioned rule sets: what a rule said on a day, where it comes from and who approved it."""

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from crm_project.organization.tracking import tracked
from crm_project.rules.errors import RuleSilent


class RuleSetQuerySet(models.QuerySet["RuleSet"]):
    def approved(self) -> "RuleSetQuerySet":
        return self.filter(status=RuleSet.Status.APPROVED)

    def newest(self, kind: str, scope: str, on: date) -> "RuleSet | None":
        """The approved version that holds on a day, whether it speaks or not."""
        found = self.approved().filter(kind=kind, scope=scope, effective_from__lte=on)
        return found.order_by("-effective_from").first()

    def in_force(self, kind: str, scope: str, on: date) -> "RuleSet":
        """The approved version that holds on a day. One query.

        Raises RuleSet.DoesNotExist where none does, RuleSilent where it is unconfirmed and may not speak: an older
        version never speaks in its place.
        """
        newest = self.newest(kind, scope, on)
        if newest is None:
            raise RuleSet.DoesNotExist(f"no approved rule {kind}/{scope} on {on}")
        if not newest.speaks:
            message = gettext(
                "The rule “%(title)s”, version %(version)s, does not speak yet: nobody here has read the official text,"
                " and the bank has not decided to use it unconfirmed. An administrator can enter either."
            )
            raise RuleSilent(message % {"title": newest.title, "version": newest.version}, newest.kind, newest.scope)
        return newest


APPROVED_STAYS = """
IF TG_OP = 'DELETE' THEN
    IF OLD.status = 'approved' THEN
        RAISE EXCEPTION 'an approved rule is kept' USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
END IF;
IF OLD.status = 'approved' AND
   (NEW.kind, NEW.scope, NEW.version, NEW.effective_from, NEW.body, NEW.provenance, NEW.source, NEW.status,
    NEW.author_id, NEW.approved_by_id)
   IS DISTINCT FROM
   (OLD.kind, OLD.scope, OLD.version, OLD.effective_from, OLD.body, OLD.provenance, OLD.source, OLD.status,
    OLD.author_id, OLD.approved_by_id) THEN
    RAISE EXCEPTION 'an approved rule is never changed, a new version replaces it' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
"""Old results name the version they rest on, so that an approved version is what it was."""


@tracked()
class RuleSet(models.Model):
    """One version of one rule. The version ends when the next one of the same kind and scope begins."""

    class Provenance(models.TextChoices):
        REGULATION = "regulation", _("Regulation")
        UNCONFIRMED = "unconfirmed", _("Unconfirmed")
        BANK_POLICY = "bank_policy", _("Bank policy")
        DEFAULT = "default", _("Default")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved")

    kind = models.CharField(_("kind"), max_length=40)
    scope = models.CharField(_("scope"), max_length=40)
    version = models.CharField(_("version"), max_length=20)
    effective_from = models.DateField(_("effective from"))
    body = models.JSONField(_("body"))
    provenance = models.CharField(_("provenance"), max_length=20, choices=Provenance.choices)
    source = models.CharField(_("source"), max_length=200)
    shipped = models.BooleanField(_("shipped with the product"), default=False, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    author = models.ForeignKey(
        "organization.Person",
        verbose_name=_("author"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    approved_by = models.ForeignKey(
        "organization.Person",
        verbose_name=_("approved by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    text_read_by = models.ForeignKey(
        "organization.Person",
        verbose_name=_("official text read by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    use_unconfirmed_from = models.DateField(
        _("use unconfirmed from"),
        null=True,
        blank=True,
        help_text=_("day from which the bank uses this rule although nobody here has read the official text"),
    )
    use_unconfirmed_by = models.ForeignKey(
        "organization.Person",
        verbose_name=_("use unconfirmed entered by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    subject = models.OneToOneField(
        "organization.Subject",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="rule_set",
        help_text="opened when an approval first hangs on the version",
    )

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule set")
        verbose_name_plural = _("rule sets")
        ordering = ["kind", "scope", "-effective_from"]
        constraints = [
            # an end date is never stored, so two versions cannot overlap
            models.UniqueConstraint(
                fields=["kind", "scope", "effective_from"],
                name="ruleset_one_version_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(shipped=True) | Q(approved_by__isnull=False, author__isnull=False),
                name="ruleset_approval_needs_author_and_approver",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("author")),
                name="ruleset_second_person_approves",
            ),
            models.CheckConstraint(
                condition=Q(use_unconfirmed_from__isnull=True, use_unconfirmed_by__isnull=True)
                | Q(use_unconfirmed_from__isnull=False, use_unconfirmed_by__isnull=False),
                name="ruleset_use_unconfirmed_has_day_and_person",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="approved_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=APPROVED_STAYS,
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.scope} {self.version}"

    @property
    def title(self) -> str:
        """The name of the rule in the reader's language."""
        names = self.body["title"]
        return str(names["zh" if (get_language() or "").startswith("zh") else "en"])

    @property
    def speaks(self) -> bool:
        """Whether results may rest on it: an unconfirmed rule needs a reader of its text, or the bank's decision."""
        if self.provenance != self.Provenance.UNCONFIRMED or self.text_read_by_id is not None:
            return True
        return self.use_unconfirmed_from is not None and self.use_unconfirmed_from <= timezone.localdate()
