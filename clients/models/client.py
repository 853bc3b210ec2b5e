"""The client: a legal person or other organisation the branch does business with."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.ranks import grade_rank, tier_rank
from crm_project.organization.models import Subject
from crm_project.organization.querysets import ScopedQuerySet
from crm_project.organization.tracking import tracked
from crm_project.rules.fields import MoneyField
from crm_project.rules.models import Industry


class ClientQuerySet(ScopedQuerySet):
    def with_root(self) -> "ClientQuerySet":
        """Joins what a list row shows: branch, manager with person, industry."""
        return self.select_related("root__branch", "root__manager__person", "industry")

    def with_ranks(self) -> "ClientQuerySet":
        """Adds grade_rank and tier_rank, by which lists sort."""
        return self.annotate(grade_rank=grade_rank(), tier_rank=tier_rank())


@tracked()
class Client(models.Model):
    class Nature(models.TextChoices):
        STATE_OWNED = "state_owned", _("State-owned company")
        PRIVATE = "private", _("Private company")
        FOREIGN = "foreign", _("Foreign-invested company")
        LISTED = "listed", _("Listed company")
        PROJECT_COMPANY = "project_company", _("Project company")
        PUBLIC_INSTITUTION = "public_institution", _("Public institution")
        OTHER = "other", _("Other organisation")

    class SizeClass(models.TextChoices):
        LARGE = "large", _("Large")
        MEDIUM = "medium", _("Medium")
        SMALL = "small", _("Small")
        MICRO = "micro", _("Micro")

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT, related_name="client")
    root = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    short_name = models.CharField(_("short name"), max_length=30)
    pinyin = models.CharField(
        max_length=400,
        editable=False,
        help_text="sort key: the database has no Chinese collation",
    )
    initials = models.CharField(max_length=100, editable=False)
    uscc = models.CharField(_("unified social credit code"), max_length=18, unique=True)
    nature = models.CharField(_("nature"), max_length=20, choices=Nature.choices)
    industry = models.ForeignKey(Industry, verbose_name=_("industry"), on_delete=models.PROTECT, related_name="+")
    size_class = models.CharField(_("enterprise size"), max_length=10, choices=SizeClass.choices, blank=True)
    registered_capital = MoneyField(_("registered capital"), null=True, blank=True)
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    legal_representative = models.CharField(_("legal representative"), max_length=50, blank=True)
    registered_address = models.CharField(_("registered address"), max_length=200, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    staff_count = models.PositiveIntegerField(_("number of staff"), null=True, blank=True)
    client_since = models.DateField(_("client since"), null=True, blank=True)
    group = models.ForeignKey(
        "clients.ClientGroup",
        verbose_name=_("group"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="members",
    )
    # stored, because lists sort and filter by them: written by the services of rating, tier, monitoring and risk
    grade = models.CharField(_("grade"), max_length=3, blank=True, editable=False)
    tier = models.CharField(_("tier"), max_length=1, blank=True, editable=False)
    exposure = MoneyField(_("exposure"), default=0, editable=False)
    worst_level = models.PositiveSmallIntegerField(_("worst alert"), default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        constraints = [
            models.CheckConstraint(condition=Q(root=models.F("subject")), name="client_is_its_own_root"),
            models.CheckConstraint(
                condition=Q(uscc__regex=r"^[1-9ANY][0-9A-HJ-NPQRTUWXY]\d{6}[0-9A-HJ-NPQRTUWXY]{10}$"),
                name="client_uscc_has_its_form",
            ),
            models.CheckConstraint(
                condition=Q(registered_capital__isnull=True) | Q(registered_capital__gte=0),
                name="client_registered_capital_not_negative",
            ),
            models.CheckConstraint(condition=Q(exposure__gte=0), name="client_exposure_not_negative"),
        ]
        indexes = [
            models.Index(fields=["pinyin", "subject"], name="client_by_name"),
            models.Index(fields=["client_since", "subject"], name="client_by_since"),
            models.Index(fields=["registered_capital", "subject"], name="client_by_capital"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("clients:client_detail", args=[self.pk])
