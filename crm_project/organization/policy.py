"""Who may use which route. Every room lists its routes in its own `policy.py`; this module gathers and answers.

A route that is not listed refuses at start-up. Views, menus, the journal and the tests read the same rows.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from crm_project.organization.roles import ALL_ROLES, ANONYMOUS, Role

EVERYBODY = frozenset(ALL_ROLES)
SIGNED_IN = frozenset(Role.values)
BANK_STAFF = frozenset(
    {
        Role.RM,
        Role.RISK_OFFICER,
        Role.SUPERVISION_OFFICER,
        Role.APPROVER,
        Role.RELEASE_OFFICER,
        Role.HEAD_OFFICE_VIEWER,
    }
)
"""Those who read business pages; what they see there is decided by `visible_to`."""


@dataclass(frozen=True)
class Row:
    """One route and method: who may use it, and what kind of act the journal writes for it (empty: none).

    `business` rows answer an administrator as if nothing were there. `subject` names the URL argument that is a
    subject's id, so that the journal can say whose record was seen.
    """

    route: str
    method: str
    roles: frozenset[str]
    audit: str = ""
    business: bool = True
    subject: str = "pk"


@dataclass(frozen=True)
class WriteSet:
    """Fields of a noun that a request may set, by state of the noun (empty state: at creation)."""

    noun: str
    state: str
    fields: frozenset[str]


def rows(
    route: str,
    *,
    audit: Mapping[str, str] | None = None,
    business: bool = True,
    subject: str = "pk",
    **methods: Iterable[str],
) -> list[Row]:
    """`rows("clients:client_list", GET=BANK_STAFF, POST={Role.RM}, audit={"POST": "create"})`."""
    kinds = audit or {}
    return [
        Row(route, method, frozenset(roles), kinds.get(method, ""), business, subject)
        for method, roles in methods.items()
    ]


OWN_ROUTES: list[Row] = [
    *rows("healthz", GET=EVERYBODY, business=False),
    *rows("readyz", GET=EVERYBODY, business=False),
]

ADMIN_NAMESPACE = "admin"


@cache
def table() -> dict[tuple[str, str], Row]:
    """All rows by (route, method). Raises ImproperlyConfigured where two rooms list the same route."""
    found: dict[tuple[str, str], Row] = {}
    for row in [*OWN_ROUTES, *_rows_of_rooms("ROUTES")]:
        if (row.route, row.method) in found:
            raise ImproperlyConfigured(f"route listed twice: {row.method} {row.route}")
        found[row.route, row.method] = row
    return found


@cache
def write_sets() -> dict[tuple[str, str], frozenset[str]]:
    """Writable fields by (noun, state)."""
    return {(item.noun, item.state): item.fields for item in _rows_of_rooms("WRITES")}


def _rows_of_rooms(name: str) -> Iterator[Any]:
    for config in apps.get_app_configs():
        module = f"{config.name}.policy"
        if module != __name__ and config.name.split(".")[0] in settings.POLICY_PACKAGES and find_spec(module):
            yield from getattr(import_module(module), name, [])


def role_of(user: Any) -> str:
    return user.role if user.is_authenticated else ANONYMOUS


def allowed(user: Any, route: str, method: str = "GET") -> bool:
    """Whether this account may use the route at all; which rows it then sees is another question."""
    row = table().get((route, method))
    return row is not None and role_of(user) in row.roles


def is_admin_route(route: str) -> bool:
    return route.startswith(f"{ADMIN_NAMESPACE}:")


def route_names() -> set[str]:
    """Every named route of the URL configuration, with its namespaces, the admin's own left out."""
    return {name for name in _walk(get_resolver().url_patterns, "") if not is_admin_route(name)}


def _walk(patterns: Iterable[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            namespace = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _walk(pattern.url_patterns, namespace)
        else:
            yield (f"{prefix}{pattern.name}" if pattern.name else f"{prefix}<unnamed {pattern.pattern}>")


def unlisted_routes() -> set[str]:
    return route_names() - {route for route, _ in table()}


def stale_rows() -> set[str]:
    return {route for route, _ in table()} - route_names()


def refuse_unlisted_routes() -> None:
    """Called at start-up: a page nobody decided about does not go live."""
    if missing := unlisted_routes():
        raise ImproperlyConfigured(f"routes without a policy row: {', '.join(sorted(missing))}")
