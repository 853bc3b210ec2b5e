from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Project
from crm_project.organization.models import Subject
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField
from crm_project.rules.models import RuleSet
from financing.models.budget import OfProjectQuerySet


@tracked()
class Finding(models.Model):
    """核查发现: a movement or payment that a rule of misuse speaks of, with its evidence; raised once per evidence."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        EXPLAINED = "explained", _("Explained")
        CONFIRMED = "confirmed", _("Confirmed")
        CLEARED = "cleared", _("Cleared")
        REMEDIED = "remedied", _("Remedied")

    class Severity(models.IntegerChoices):
        BLUE = 1, _("Blue")
        YELLOW = 2, _("Yellow")
        ORANGE = 3, _("Orange")
        RED = 4, _("Red")

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="findings")
    code = models.CharField(_("rule"), max_length=10)
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, help_text="hash of rule and evidence: the same evidence is one finding")
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices)
    amount = MoneyField(_("amount"))
    found_on = models.DateField(_("found on"))
    evidence = models.JSONField(_("evidence"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    explanation = models.TextField(_("explanation"), blank=True)
    explained_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    closed_by = models.ForeignKey("organization.Person", null=True, on_delete=models.PROTECT, related_name="+")
    closed_reason = models.TextField(_("reason of closing"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["-severity", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="finding_once"),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | Q(explained_by__isnull=True) | ~Q(closed_by=F("explained_by")),
                name="finding_closed_by_another_person",
            ),
        ]
        indexes = [models.Index(fields=["root"], name="finding_of_root")]

    def __str__(self) -> str:
        return f"{self.code} · {self.project}"
