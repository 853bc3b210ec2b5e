"""Periodic reviews and covenant tests."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm_project.organization.models import Subject
from crm_project.organization.querysets import OwnedQuerySet, ScopedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import RatioField
from crm_project.rules.models import RuleSet
from financing.models import Covenant
from monitoring.models.facility import Facility


@tracked()
class Review(models.Model):
    class Kind(models.TextChoices):
        FIRST_USE = "first_use", _("First check of use")
        REGULAR = "regular", _("Regular review")

    class State(models.TextChoices):
        DUE = "due", _("Due")
        DONE = "done", _("Done")

    class Result(models.TextChoices):
        CLEAN = "clean", _("Clean")
        MINOR = "minor", _("Minor")
        SERIOUS = "serious", _("Serious")
        CRITICAL = "critical", _("Critical")

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT, related_name="review")
    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, verbose_name=_("client"), on_delete=models.PROTECT, related_name="reviews")
    facility = models.ForeignKey(Facility, verbose_name=_("facility"), on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    period = models.CharField(max_length=40, help_text="what makes it this review and no other")
    due_on = models.DateField(_("due on"))
    interval = models.CharField(_("interval"), max_length=4, help_text="step of the ladder that set the due date")
    state = models.CharField(_("state"), max_length=5, choices=State.choices, default=State.DUE)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey("organization.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField(_("answers"), default=dict)
    result = models.CharField(_("result"), max_length=10, choices=Result.choices, blank=True)
    next_interval = models.CharField(_("next interval"), max_length=4, blank=True)
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(fields=["facility", "kind", "period"], name="review_once_a_period"),
            models.CheckConstraint(
                condition=~Q(state="done")
                | (Q(done_on__isnull=False, done_by__isnull=False) & ~Q(result="") & ~Q(next_interval="")),
                name="review_done_is_complete",
            ),
        ]
        indexes = [
            models.Index(fields=["root"], name="review_of_root"),
            models.Index(fields=["due_on"], name="review_by_due", condition=Q(state="due")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.facility}"


@tracked()
class CovenantTest(models.Model):
    """One test of one covenant on its date."""

    class Result(models.TextChoices):
        KEPT = "kept", _("Kept")
        BROKEN = "broken", _("Broken")
        UNKNOWN = "unknown", _("Figure missing")

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="covenant_tests")
    covenant = models.ForeignKey(Covenant, verbose_name=_("covenant"), on_delete=models.PROTECT, related_name="tests")
    test_on = models.DateField(_("test date"))
    value = RatioField(_("value"), null=True, blank=True)
    inputs = models.JSONField(_("inputs"), default=dict)
    result = models.CharField(_("result"), max_length=10, choices=Result.choices)
    cure_until = models.DateField(_("cure until"), null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("covenant test")
        verbose_name_plural = _("covenant tests")
        ordering = ["-test_on"]
        constraints = [models.UniqueConstraint(fields=["facility", "covenant", "test_on"], name="covenant_tested_once")]
        indexes = [models.Index(fields=["root"], name="covenant_test_of_root")]

    def __str__(self) -> str:
        return f"{self.covenant} {self.test_on}"
