from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Project
from crm_project.organization.models import Subject
from crm_project.organization.querysets import ScopedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField


class OfProjectQuerySet(ScopedQuerySet):
    """Rows that are part of a project."""

    subject_field = "project_id"


@tracked()
class BudgetLine(models.Model):
    """A line of the project's approved investment (投资概算科目)."""

    class Kind(models.TextChoices):
        CONSTRUCTION = "construction", _("Construction works")
        EQUIPMENT = "equipment", _("Equipment")
        INSTALLATION = "installation", _("Installation")
        LAND = "land", _("Land")
        OTHER = "other", _("Other project cost")
        CONTINGENCY = "contingency", _("Contingency")
        WORKING_CAPITAL = "working_capital", _("Initial working capital")

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="budget_lines"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=80)
    amount = MoneyField(_("amount"))
    order = models.PositiveSmallIntegerField(default=100)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="budget_line_positive"),
            models.UniqueConstraint(fields=["project", "name"], name="budget_line_name_once"),
        ]
        indexes = [models.Index(fields=["root"], name="budget_line_of_root")]

    def __str__(self) -> str:
        return self.name
