"""The only way from an account to rows. Two shapes, measured at 100,000 clients:
personal scope by `root_id IN (… UNION ALL …)`, branch scope by a plain join to the root. Never an OR over a join.
"""

from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.utils import timezone

from crm_project.organization.roles import Scope

if TYPE_CHECKING:
    from crm_project.organization.models import Staff


RULE_SET = "rule_set"


class ScopedQuerySet(models.QuerySet[Any]):
    """For Subject and for every noun that owns a subject (its primary key) and carries `root`."""

    subject_field = "pk"
    """Column that holds the subject a grant must name to open the row."""

    def visible_to(self, user: "Staff") -> Self:
        """Rows this account may know of. Branch scope costs one query for the branch ids, kept on the account."""
        match user.scope:
            case Scope.EVERYTHING:
                return self.all()
            case Scope.BRANCH:
                return self.filter(root__branch_id__in=user.branch_ids)
            case Scope.PERSONAL:
                return self.filter(root_id__in=_personal_roots(user))
            case Scope.GRANTED:
                return self.filter(**{f"{self.subject_field}__in": _granted(user).values("subject_id")})
            case Scope.CONFIGURATION:
                return self.filter(root__kind=RULE_SET)  # what hangs on a rule; nothing of any client does
            case _:
                return self.none()


class OwnedQuerySet(ScopedQuerySet):
    """For rows that carry `root` but no subject of their own: they are part of what their client is."""

    subject_field = "root_id"


def _granted(user: "Staff") -> models.QuerySet[Any]:
    grant = apps.get_model("organization", "Grant")
    return grant.objects.filter(staff=user, until__gte=timezone.localdate())


def _personal_roots(user: "Staff") -> models.QuerySet[Any]:
    subject = apps.get_model("organization", "Subject")
    co_manager = apps.get_model("organization", "CoManager")
    managed = subject.objects.filter(manager=user).values_list("id", flat=True)
    co_managed = co_manager.objects.filter(staff=user).values_list("root_id", flat=True)
    # a grant on a part opens that part only, so here only grants on roots count
    granted = _granted(user).filter(subject__root_id=models.F("subject_id")).values_list("subject_id", flat=True)
    return managed.union(co_managed, granted, all=True)
