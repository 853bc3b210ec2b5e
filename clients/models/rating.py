"""Ratings: the corporate scorecard, and slotting for project companies."""

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from clients.ranks import grade_rank
from crm_project.organization.models import Subject
from crm_project.organization.querysets import OwnedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import RateField, RatioField
from crm_project.rules.models import RuleSet

NOTICE_DAYS = 45
"""Days before its end in which a rating counts as running out. Default of ours, no source."""


class RatingQuerySet(OwnedQuerySet):
    def confirmed(self) -> "RatingQuerySet":
        """Those in force, one per client; their validity may be over."""
        return self.filter(state=Rating.State.CONFIRMED)

    def in_work(self) -> "RatingQuerySet":
        """Drafts and those that wait for confirmation, one per client."""
        return self.filter(state__in=[Rating.State.DRAFT, Rating.State.PROPOSED])

    def expired(self, on: date) -> "RatingQuerySet":
        """Those in force whose last day has passed."""
        return self.confirmed().filter(valid_until__lt=on)

    def running_out(self, on: date) -> "RatingQuerySet":
        """Those in force that end within the next 45 days."""
        return self.confirmed().filter(valid_until__range=(on, on + timedelta(days=NOTICE_DAYS)))

    def with_rank(self) -> "RatingQuerySet":
        """Adds grade_rank, by which lists sort; a draft counts by its computed grade."""
        return self.annotate(grade_rank=Coalesce(grade_rank(), grade_rank("computed_grade")))


@tracked()
class Rating(models.Model):
    """One rating of one client: inputs, every point explained, the grade, and who proposed and confirmed it."""

    class Kind(models.TextChoices):
        CORPORATE = "corporate", _("Corporate scorecard")
        SLOTTING = "slotting", _("Project slotting")

    class OverrideReason(models.TextChoices):
        """Why a grade departs from the computed one. Codes of ours: no paper lists any."""

        PARENT_SUPPORT = "parent_support", _("Support of the parent")
        RECENT_EVENT = "recent_event", _("Event after the statement date")
        DATA_QUALITY = "data_quality", _("Figures do not show the true position")
        MARKET_CHANGE = "market_change", _("Change of market or policy")
        MANAGEMENT_CHANGE = "management_change", _("Change of owner or management")
        OTHER = "other", _("Other reason")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROPOSED = "proposed", _("Proposed")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Refused")
        SUPERSEDED = "superseded", _("Superseded")
        DROPPED = "dropped", _("Dropped")

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(
        "clients.Client", verbose_name=_("client"), on_delete=models.PROTECT, related_name="ratings"
    )
    project = models.ForeignKey(
        "clients.Project",
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ratings",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    rule_set = models.ForeignKey(RuleSet, verbose_name=_("rule version"), on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(
        "clients.Statement",
        verbose_name=_("statement"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    as_of = models.DateField(_("as of"))
    inputs = models.JSONField(_("inputs"), default=dict)
    result = models.JSONField(_("result"), default=dict, help_text="explanation lines, gates, what lifts it one grade")
    score = RatioField(_("points"), null=True, blank=True)
    computed_grade = models.CharField(_("computed grade"), max_length=3, blank=True)
    grade = models.CharField(_("grade"), max_length=3, blank=True)
    pd = RateField(_("probability of default"), null=True, blank=True)
    override_code = models.CharField(
        _("reason code of the override"), max_length=40, choices=OverrideReason.choices, blank=True
    )
    override_reason = models.TextField(_("reason of the override"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    proposed_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"), null=True)
    confirmed_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="rating_confirmed_by_another_person",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "superseded"])
                | (
                    Q(
                        confirmed_by__isnull=False,
                        confirmed_at__isnull=False,
                        proposed_by__isnull=False,
                        pd__isnull=False,
                    )
                    & ~Q(grade="")
                ),
                name="rating_confirmed_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(grade=F("computed_grade")) | Q(grade="") | (~Q(override_code="") & ~Q(override_reason="")),
                name="rating_override_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(pd__isnull=True) | Q(pd__gt=0, pd__lte=1), name="rating_pd_is_a_probability"
            ),
            models.UniqueConstraint(fields=["client"], condition=Q(state="confirmed"), name="rating_one_in_force"),
            models.UniqueConstraint(
                fields=["client"], condition=Q(state__in=["draft", "proposed"]), name="rating_one_in_work"
            ),
        ]
        indexes = [models.Index(fields=["root", "-id"], name="rating_of_root")]

    def __str__(self) -> str:
        return f"{self.client} {self.grade or self.computed_grade}"

    def days_left(self, on: date) -> int:
        """Days until the last one, negative where it has passed; 0 for a rating that was never confirmed."""
        return (self.valid_until - on).days if self.valid_until else 0
