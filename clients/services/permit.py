"""Verbs on permits, and how those of a project stand."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.calc.permits import Paper, PermitFinding, PermitRule, basis_of, check_permits
from clients.models import Permit, Project
from crm_project.organization.models import Staff
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.rules.models import RuleSet
from crm_project.workflow.services.clock import workdays

BEGUN = (Project.Stage.CONSTRUCTION, Project.Stage.OPERATION, Project.Stage.CLOSED)


def permit_rule(on: date) -> PermitRule:
    """The rule on permits in force on a day. One query."""
    return PermitRule.from_body(RuleSet.objects.in_force("permits", "project", on).body)


def findings_of(project: Project, permits: Iterable[Permit], day: date) -> tuple[PermitFinding, ...]:
    """How the permits of a project stand on a day. Three queries, whatever their number."""
    papers = (Paper(permit.kind, permit.status, permit.issued_on, permit.expires_on) for permit in permits)
    return check_permits(
        papers,
        stage=project.stage,
        started_on=project.start_on if project.stage in BEGUN else None,
        basis=basis_of(project.project_code),
        day=day,
        rule=permit_rule(day),
        calendar=workdays(),
    )


@transaction.atomic
def add_permit(*, project: Project, by: Staff, **fields: Any) -> Permit:
    """A permit of the project. Raises RuleBroken at the field that breaks a rule.

    A held permit without a day of expiry gets the one its rule sets.
    """
    root_id = Project.objects.select_for_update(no_key=True).values_list("root_id", flat=True).get(pk=project.pk)
    permit = Permit(root_id=root_id, project=project, **fields)
    _complete(permit)
    permit.save(force_insert=True)
    return permit


@transaction.atomic
def change_permit(*, permit: Permit, version: int, by: Staff, **fields: Any) -> Permit:
    """Change a permit. Raises Stale where somebody changed it since `version`, else as `add_permit`."""
    current: Permit = Permit.objects.select_for_update(of=("self",)).select_related("project").get(pk=permit.pk)
    if current.version != version:
        raise Stale
    for name, value in fields.items():
        setattr(current, name, value)
    _complete(current)
    current.version += 1
    current.save()
    return current


def _complete(permit: Permit) -> None:
    today = timezone.localdate()
    rule = permit_rule(today)
    if permit.status == Permit.Status.HELD:
        _complete_held(permit, rule, today)
    elif permit.expires_on:
        raise RuleBroken("permit_expiry", _("Only a permit that is held expires."), "expires_on")
    if permit.status == Permit.Status.NOT_NEEDED:
        need = rule.need(permit.kind)
        if need is not None and not need.waivable:
            raise RuleBroken("permit_waived", _("Every project needs this permit."), "status")
        if not permit.remark.strip():
            raise RuleBroken("permit_waived", _("Say why it is not needed."), "remark")


def _complete_held(permit: Permit, rule: PermitRule, today: date) -> None:
    if not permit.number.strip():
        raise RuleBroken("permit_held", _("A permit that is held has a number."), "number")
    if permit.issued_on is None:
        raise RuleBroken("permit_held", _("A permit that is held has a day of issue."), "issued_on")
    if permit.issued_on > today:
        raise RuleBroken("permit_held", _("This day lies in the future."), "issued_on")
    expiry = rule.expiry(permit.kind, basis_of(permit.project.project_code))
    if permit.expires_on is None and expiry is not None:
        permit.expires_on = expiry.lapses_on(permit.issued_on)
    if permit.expires_on is None:
        return
    if permit.expires_on <= permit.issued_on:
        raise RuleBroken("permit_expiry", _("It expires after its issue."), "expires_on")
    if expiry is not None and permit.expires_on > (latest := expiry.latest(permit.issued_on)):
        message = _("With every extension this permit holds until %(day)s at the latest.")
        raise RuleBroken("permit_expiry", message % {"day": latest.isoformat()}, "expires_on")
