from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm_project.organization.tracking import tracked


class BranchQuerySet(models.QuerySet["Branch"]):
    def below(self, branch: "Branch") -> "BranchQuerySet":
        """The branch itself and everything under it."""
        return self.filter(path__startswith=branch.path)


@tracked()
class Branch(models.Model):
    """A node of the bank's tree: head office, province, city, branch."""

    class Level(models.TextChoices):
        HEAD_OFFICE = "head_office", _("Head office")
        PROVINCE = "province", _("Provincial branch")
        CITY = "city", _("City branch")
        BRANCH = "branch", _("Sub-branch")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=100)
    level = models.CharField(_("level"), max_length=20, choices=Level.choices)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    path = models.CharField(
        max_length=200,
        editable=False,
        unique=True,
        help_text="codes from head office down, each followed by a slash",
    )

    objects = BranchQuerySet.as_manager()

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level="head_office", parent__isnull=True)
                | (~Q(level="head_office") & Q(parent__isnull=False)),
                name="branch_only_head_office_has_no_parent",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="branch_is_not_its_own_parent"),
        ]
        # visible_to resolves a branch and all below it by prefix
        indexes = [
            models.Index(
                fields=["path"],
                name="branch_path_prefix",
                opclasses=["varchar_pattern_ops"],
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the path; a branch with others below it does not move (its children's paths would be wrong)."""
        above = self.parent.path if self.parent else ""
        self.path = f"{above}{self.code}/"
        super().save(*args, **kwargs)  # type: ignore[arg-type]
