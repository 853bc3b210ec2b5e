"""Row history: which models are tracked, and what changed in a row, by whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

TRACKED = (
    "clients.Client",
    "clients.ClientGroup",
    "clients.CooperationRecord",
    "clients.Permit",
    "clients.Project",
    "clients.Rating",
    "clients.Relation",
    "clients.StatementUpload",
    "financing.BudgetLine",
    "financing.CasePeriod",
    "financing.CashFlowCase",
    "financing.Collateral",
    "financing.Condition",
    "financing.Covenant",
    "financing.CreditLine",
    "financing.Decision",
    "financing.Guarantee",
    "financing.Plan",
    "financing.PlanVersion",
    "financing.Product",
    "financing.Tranche",
    "monitoring.CapitalPayment",
    "monitoring.CovenantTest",
    "monitoring.Drawdown",
    "monitoring.DrawdownPayment",
    "monitoring.Facility",
    "monitoring.Finding",
    "monitoring.Invoice",
    "monitoring.LoanNote",
    "monitoring.ProgressReport",
    "monitoring.ProjectContract",
    "monitoring.Review",
    "monitoring.StatementImport",
    "monitoring.SupervisedAccount",
    "organization.Branch",
    "organization.CoManager",
    "organization.Grant",
    "organization.Person",
    "organization.Staff",
    "organization.Subject",
    "rules.CalendarDay",
    "rules.RuleSet",
    "workflow.Approval",
    "workflow.Task",
)
"""Published list of tracked models; a test compares it with the triggers found. Bulk facts are insert-only instead."""

QUIET_FIELDS = frozenset({"version", "pinyin", "initials"})
"""Columns that change with others and say nothing to a reader."""

EVENTS_READ = 10
"""Events read per change shown: an event is told by its difference to the one before it."""


@dataclass(frozen=True)
class FieldChange:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """`about` names the row where several of its kind were asked for."""

    at: datetime
    actor: str
    label: str
    fields: list[FieldChange]
    about: str = ""

    @property
    def what(self) -> str:
        match self.label:
            case "insert":
                return _("Created")
            case "delete":
                return _("Deleted")
            case _other:
                return _("Changed")


def event_model(model: type[models.Model]) -> type[models.Model]:
    return apps.get_model(model._meta.app_label, f"{model.__name__}Event")


def changes(rows: Iterable[models.Model], limit: int = 200, hidden: frozenset[str] = frozenset()) -> list[Change]:
    """What happened to these rows, newest first. One query per kind of row and one for the actors.

    hidden: columns the reader may not know of; a change of nothing else is left out.
    """
    found: list[tuple[Any, Any]] = []
    names: dict[tuple[Any, Any], str] = {}
    for model, of_kind in _by_kind(rows).items():
        if len(of_kind) > 1:
            names |= {(model, row.pk): str(row) for row in of_kind}
        ids = [row.pk for row in of_kind]
        events = event_model(model)._default_manager.filter(pgh_obj_id__in=ids).order_by("-pgh_id")
        later: dict[Any, Any] = {}
        event: Any
        for event in events[: limit * EVENTS_READ]:
            if event.pgh_obj_id in later:
                found.append((later[event.pgh_obj_id], event))
            later[event.pgh_obj_id] = event
        found += [(event, None) for event in later.values()]
    actors = _names([event for event, _ in found])
    result = []
    for event, before in found:
        fields = _differences(event, before, QUIET_FIELDS | hidden)
        if fields or before is None or not hidden:
            about = names.get((event.pgh_tracked_model, event.pgh_obj_id), "")
            result.append(Change(event.pgh_created_at, actors.get(_actor(event), ""), event.pgh_label, fields, about))
    return sorted(result, key=lambda change: change.at, reverse=True)[:limit]


def _by_kind(rows: Iterable[models.Model]) -> dict[type[models.Model], list[models.Model]]:
    kinds: dict[type[models.Model], list[models.Model]] = {}
    for row in rows:
        kinds.setdefault(type(row), []).append(row)
    return kinds


def _actor(event: Any) -> int | None:
    return (event.pgh_context or {}).get("user")


def _names(events: list[Any]) -> dict[int | None, str]:
    staff = apps.get_model("organization", "Staff")
    ids: set[Any] = {_actor(event) for event in events} - {None}
    return {account.pk: account.name for account in staff.objects.filter(pk__in=ids).select_related("person")}


def _differences(event: Any, before: Any, quiet: frozenset[str]) -> list[FieldChange]:
    if before is None:
        return []
    return [
        FieldChange(str(field.verbose_name), _text(before, field), _text(event, field))
        for field in event._meta.fields
        if not field.name.startswith("pgh_")
        and field.name not in quiet
        and getattr(event, field.attname) != getattr(before, field.attname)
    ]


def _text(event: Any, field: Any) -> str:
    if field.choices:
        return str(getattr(event, f"get_{field.name}_display")())
    value = getattr(event, field.name if field.is_relation else field.attname)
    return "" if value is None else str(value)
