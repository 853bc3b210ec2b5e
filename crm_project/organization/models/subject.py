"""Subjects: what approvals, tasks, documents, alerts and grants point at, and where scope hangs."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models.branch import Branch
from crm_project.organization.models.staff import Staff
from crm_project.organization.querysets import ScopedQuerySet
from crm_project.organization.tracking import tracked


@tracked()
class Subject(models.Model):
    """One row per main noun. A client is a root and carries branch and managers; the rest points to its client."""

    class Kind(models.TextChoices):
        CLIENT = "client", _("Client")
        PROJECT = "project", _("Project")
        PLAN = "plan", _("Financing plan")
        DECISION = "decision", _("Decision")
        FACILITY = "facility", _("Facility")
        LOAN_NOTE = "loan_note", _("Loan note")
        ACCOUNT = "account", _("Account")
        COLLATERAL = "collateral", _("Collateral")
        DRAWDOWN = "drawdown", _("Drawdown")
        REVIEW = "review", _("Review")
        RULE_SET = "rule_set", _("Rule set")
        BRANCH = "branch", _("Branch")
        INDUSTRY = "industry", _("Industry")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    root = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    branch = models.ForeignKey(
        Branch,
        verbose_name=_("branch"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
    )
    manager = models.ForeignKey(
        Staff,
        verbose_name=_("relationship manager"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="managed",
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("subject")
        verbose_name_plural = _("subjects")
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="client") | Q(root=F("id"), branch__isnull=False, manager__isnull=False),
                name="subject_client_is_a_root_with_branch_and_manager",
            ),
            models.CheckConstraint(
                condition=Q(root=F("id")) | Q(branch__isnull=True, manager__isnull=True),
                name="subject_only_a_root_carries_branch_and_manager",
            ),
        ]
        indexes = [
            models.Index(
                fields=["branch"],
                name="subject_of_branch",
                condition=Q(branch__isnull=False),
            ),
            models.Index(
                fields=["manager"],
                name="subject_of_manager",
                condition=Q(manager__isnull=False),
            ),
            models.Index(fields=["root", "kind"], name="subject_of_root"),
        ]

    def __str__(self) -> str:
        return self.title


@tracked()
class CoManager(models.Model):
    """A second relationship manager (协办) of a client."""

    root = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="co_managers")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="co_managed")

    class Meta:
        verbose_name = _("co-manager")
        verbose_name_plural = _("co-managers")
        constraints = [models.UniqueConstraint(fields=["root", "staff"], name="co_manager_once")]

    def __str__(self) -> str:
        return f"{self.staff} · {self.root}"


@tracked()
class Grant(models.Model):
    """Opens one subject, and only that one, to an account until a day."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="grants")
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="grants")
    until = models.DateField(_("until"), help_text=_("last day on which the grant holds"))

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [models.UniqueConstraint(fields=["staff", "subject"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.staff} · {self.subject}"
