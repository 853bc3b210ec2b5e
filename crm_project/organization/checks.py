"""Checks of `manage.py check`: every route has its row; demo accounts are named before a deployment."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from crm_project.organization import policy


@register(Tags.urls)
def every_route_has_a_policy_row(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        *(
            Error(f"no policy row for route {name}", id="organization.E001")
            for name in sorted(policy.unlisted_routes())
        ),
        *(Error(f"policy row without a route: {name}", id="organization.E002") for name in sorted(policy.stale_rows())),
    ]


@register(Tags.security, deploy=True)
def demo_accounts_are_named(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    from crm_project.organization.models import Staff

    try:
        names = list(Staff.objects.filter(is_demo=True, is_active=True).values_list("username", flat=True))
    except DatabaseError:
        return [
            Warning(
                "the database could not be asked for demo accounts",
                id="organization.W002",
            )
        ]
    if not names:
        return []
    return [
        Warning(
            f"demo accounts with a published password: {', '.join(names)}",
            id="organization.W001",
        )
    ]
