"""Natural persons and their accounts. Who may not sign is judged by person, who may do what by account."""

from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models.branch import Branch
from crm_project.organization.roles import LEVELS, SCOPES, Level, Role, Scope
from crm_project.organization.tracking import tracked


@tracked()
class Person(models.Model):
    """A human being, known to the bank by a staff number; the one who counts for four eyes."""

    number = models.CharField(_("staff number"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=50)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class StaffManager(BaseUserManager["Staff"]):
    def create_user(self, username: str, password: str | None = None, **fields: object) -> "Staff":
        staff = self.model(username=username, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff


def _level_matches_role() -> Q:
    """Each role with one of its levels; a role without levels carries an empty one."""
    condition = Q(level="") & ~Q(role__in=list(LEVELS))
    for role, levels in LEVELS.items():
        condition |= Q(role=role, level__in=levels)
    return condition


@tracked(exclude=["password", "last_login"])
class Staff(AbstractBaseUser):
    """An account: one role at one branch, held by one person."""

    class Unit(models.TextChoices):
        YUAN = "yuan", _("CNY")
        WAN = "wan", _("CNY 10k")
        YI = "yi", _("CNY 100m")

    class Theme(models.TextChoices):
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    username = models.CharField(_("user name"), max_length=40, unique=True)
    person = models.ForeignKey(
        Person,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="accounts",
    )
    branch = models.ForeignKey(Branch, verbose_name=_("branch"), on_delete=models.PROTECT, related_name="staff")
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    level = models.CharField(_("level"), max_length=20, choices=Level.choices, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(_("demo account"), default=False, editable=False)
    unit = models.CharField(_("amount unit"), max_length=5, choices=Unit.choices, default=Unit.WAN)
    theme = models.CharField(_("theme"), max_length=10, choices=Theme.choices, default=Theme.LIGHT)
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=[("zh-hans", "中文"), ("en", "English")],
        default="zh-hans",
    )

    objects = StaffManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(condition=_level_matches_role(), name="staff_level_matches_role"),
            models.CheckConstraint(
                condition=Q(username__regex=r"^[a-z0-9][a-z0-9._-]*$"),
                name="staff_username_is_plain_lower_case",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        allowed = LEVELS.get(self.role, ("",))
        if self.level not in allowed:
            raise ValidationError({"level": _("This level does not belong to the role.")})

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def is_staff(self) -> bool:
        """Asked by Django's admin: only administrators may enter it."""
        return self.role == Role.ADMINISTRATOR

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Asked by Django's admin only; everything else asks the route policy."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.has_perm(app_label)

    @property
    def scope(self) -> Scope:
        return SCOPES[self.role]

    @cached_property
    def branch_ids(self) -> list[int]:
        """Own branch and all below it. One query, kept for the life of this object, which is one request."""
        return list(Branch.objects.below(self.branch).order_by("id").values_list("id", flat=True))
