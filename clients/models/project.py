"""The project: what is built, who stands behind it, and the papers it needs."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Subject
from crm_project.organization.querysets import ScopedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField, RateField
from crm_project.rules.models import Industry


class ProjectQuerySet(ScopedQuerySet):
    def with_parties(self) -> "ProjectQuerySet":
        """Joins what a list row shows: sponsor, borrower, branch and manager."""
        return self.select_related("sponsor", "borrower", "industry", "root__branch", "root__manager__person")


@tracked()
class Project(models.Model):
    """Its root is the borrower's: the sponsor's until a project company is registered."""

    class Stage(models.TextChoices):
        PREPARATION = "preparation", _("Preparation")
        CONSTRUCTION = "construction", _("Construction")
        OPERATION = "operation", _("Operation")
        CLOSED = "closed", _("Closed")

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT, related_name="project")
    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    pinyin = models.CharField(max_length=400, editable=False)
    initials = models.CharField(max_length=100, editable=False)
    project_code = models.CharField(_("national project code"), max_length=30, blank=True)
    industry = models.ForeignKey(Industry, verbose_name=_("industry"), on_delete=models.PROTECT, related_name="+")
    sponsor = models.ForeignKey(
        "clients.Client", verbose_name=_("sponsor"), on_delete=models.PROTECT, related_name="sponsored_projects"
    )
    borrower = models.ForeignKey(
        "clients.Client", verbose_name=_("borrower"), on_delete=models.PROTECT, related_name="projects"
    )
    sponsor_share = RateField(_("sponsor's share"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=100, blank=True)
    purpose = models.TextField(_("what is built"), blank=True)
    total_investment = MoneyField(_("total investment"))
    approved_on = models.DateField(_("approved or filed on"), null=True, blank=True)
    start_on = models.DateField(_("start of construction"), null=True, blank=True)
    complete_on = models.DateField(_("planned completion"), null=True, blank=True)
    operate_until = models.DateField(_("end of operation"), null=True, blank=True)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage.choices, default=Stage.PREPARATION)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        constraints = [
            models.CheckConstraint(condition=Q(root=F("borrower")), name="project_root_is_its_borrower"),
            models.CheckConstraint(condition=Q(total_investment__gt=0), name="project_investment_positive"),
            models.CheckConstraint(
                condition=Q(sponsor_share__isnull=True) | Q(sponsor_share__gt=0, sponsor_share__lte=1),
                name="project_sponsor_share_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(complete_on__isnull=True) | Q(start_on__isnull=True) | Q(complete_on__gt=F("start_on")),
                name="project_completes_after_its_start",
            ),
            models.CheckConstraint(
                condition=Q(operate_until__isnull=True)
                | Q(complete_on__isnull=True)
                | Q(operate_until__gt=F("complete_on")),
                name="project_operates_after_completion",
            ),
        ]
        indexes = [
            models.Index(fields=["root"], name="project_of_root"),
            models.Index(fields=["pinyin", "subject"], name="project_by_name"),
            models.Index(fields=["total_investment", "subject"], name="project_by_investment"),
            models.Index(fields=["complete_on", "subject"], name="project_by_completion"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("clients:project_detail", args=[self.pk])


class PermitQuerySet(ScopedQuerySet):
    subject_field = "project_id"


@tracked()
class Permit(models.Model):
    """A paper without which the project may not start or draw, with the day it expires."""

    class Kind(models.TextChoices):
        APPROVAL = "approval", _("Approval, verification or filing")
        LAND = "land", _("Land use")
        PLANNING = "planning", _("Planning permit")
        ENVIRONMENT = "environment", _("Environmental report approval")
        ENERGY = "energy", _("Energy review")
        CONSTRUCTION = "construction", _("Construction permit")
        WATER_SOIL = "water_soil", _("Water and soil conservation")
        OTHER = "other", _("Other permit")

    class Status(models.TextChoices):
        MISSING = "missing", _("Not yet applied for")
        APPLIED = "applied", _("Applied for")
        HELD = "held", _("Held")
        NOT_NEEDED = "not_needed", _("Not needed")

    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, verbose_name=_("project"), on_delete=models.PROTECT, related_name="permits")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    status = models.CharField(_("status"), max_length=20, choices=Status.choices, default=Status.MISSING)
    number = models.CharField(_("number"), max_length=60, blank=True)
    issuer = models.CharField(_("issued by"), max_length=100, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PermitQuerySet.as_manager()

    class Meta:
        verbose_name = _("permit")
        verbose_name_plural = _("permits")
        ordering = ["kind", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="held") | (Q(issued_on__isnull=False) & ~Q(number="")),
                name="permit_held_has_number_and_day",
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(issued_on__isnull=True) | Q(expires_on__gt=F("issued_on")),
                name="permit_expires_after_issue",
            ),
        ]
        indexes = [
            models.Index(fields=["root"], name="permit_of_root"),
            models.Index(fields=["expires_on"], name="permit_by_expiry", condition=Q(expires_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.project}"
