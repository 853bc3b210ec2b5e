"""Roles of an account and their levels. One account has one role; a person may have several accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    RM = "rm", _("Relationship manager")
    RISK_OFFICER = "risk_officer", _("Risk officer")
    SUPERVISION_OFFICER = "supervision_officer", _("Supervision officer")
    APPROVER = "approver", _("Approver")
    RELEASE_OFFICER = "release_officer", _("Release officer")
    ADMINISTRATOR = "administrator", _("Administrator")
    HEAD_OFFICE_VIEWER = "head_office_viewer", _("Head office viewer")
    EXPERT = "expert", _("Expert")
    PORTAL_USER = "portal_user", _("Client user")
    INTEGRATOR = "integrator", _("Integrator")


class Level(models.TextChoices):
    RM = "rm", _("Manager")
    SENIOR = "senior", _("Senior manager")
    BRANCH = "branch", _("Branch")
    UPPER_BRANCH = "upper_branch", _("Upper branch")
    L1 = "L1", _("L1 branch head")
    L2 = "L2", _("L2 upper-branch risk head")
    L3 = "L3", _("L3 committee")
    L4 = "L4", _("L4 head office")


LEVELS: dict[str, tuple[str, ...]] = {
    Role.RM: (Level.RM, Level.SENIOR),
    Role.RISK_OFFICER: (Level.BRANCH, Level.UPPER_BRANCH),
    Role.APPROVER: (Level.L1, Level.L2, Level.L3, Level.L4),
}
"""Levels a role may carry; a role that is not listed has none."""


def levels_within(role: str, level: str) -> tuple[str, ...]:
    """The levels an account of this level may sign for: its own, those below it, and the empty one."""
    levels = LEVELS.get(role, ())
    return ("", *levels[: levels.index(level) + 1]) if level in levels else ("",)


ANONYMOUS = "anonymous"
HALF_SIGNED_IN = "half_signed_in"
ALL_ROLES: tuple[str, ...] = (ANONYMOUS, HALF_SIGNED_IN, *Role.values)
"""The twelve rows of every rights table; nobody is half signed in before the second factor exists."""


class Scope(models.TextChoices):
    """How an account's rows are found."""

    EVERYTHING = "everything"
    BRANCH = "branch"
    PERSONAL = "personal"
    GRANTED = "granted"
    CONFIGURATION = "configuration"


SCOPES: dict[str, Scope] = {
    Role.RM: Scope.PERSONAL,
    Role.RISK_OFFICER: Scope.BRANCH,
    Role.SUPERVISION_OFFICER: Scope.BRANCH,
    Role.APPROVER: Scope.BRANCH,
    Role.RELEASE_OFFICER: Scope.BRANCH,
    Role.ADMINISTRATOR: Scope.CONFIGURATION,
    Role.HEAD_OFFICE_VIEWER: Scope.EVERYTHING,
    Role.EXPERT: Scope.GRANTED,
    Role.PORTAL_USER: Scope.GRANTED,
    Role.INTEGRATOR: Scope.PERSONAL,
}
