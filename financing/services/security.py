"""Verbs on collateral and guarantees, and how far they cover an exposure."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Project
from crm_project.organization.models import Staff, Subject
from crm_project.organization.services import open_part
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.rules.workdays import Workdays
from financing.calc import coverage
from financing.calc.coverage import CollateralPolicy, Coverage
from financing.models import Collateral, Guarantee
from financing.services.rulebook import collateral_policy
from financing.signals import facts_changed


@transaction.atomic
def add_collateral(*, project: Project, by: Staff, **fields: Any) -> Collateral:
    """A mortgaged or pledged thing, with a subject of its own. Raises RuleBroken at the field that breaks a rule."""
    root_id = _locked_root(project)
    thing = Collateral(project=project, root_id=root_id, **fields)
    _check_collateral(thing)
    thing.subject = open_part(kind=Subject.Kind.COLLATERAL, title=thing.asset, root_id=root_id)
    thing.save(force_insert=True)
    facts_changed.send(sender=Collateral, project=project)
    return thing


@transaction.atomic
def change_collateral(*, collateral: Collateral, version: int, by: Staff, **fields: Any) -> Collateral:
    """Raises Stale where somebody changed it since `version`, else as `add_collateral`."""
    current: Collateral = Collateral.objects.select_for_update(no_key=True).get(pk=collateral.pk)
    if current.version != version:
        raise Stale
    for name, value in fields.items():
        setattr(current, name, value)
    _check_collateral(current)
    current.version += 1
    current.save()
    Subject.objects.filter(pk=current.pk).exclude(title=current.asset).update(title=current.asset)
    facts_changed.send(sender=Collateral, project=current.project)
    return current


@transaction.atomic
def add_guarantee(*, project: Project, by: Staff, **fields: Any) -> Guarantee:
    """A guarantor's promise for the project. Raises RuleBroken at the field that breaks a rule."""
    promise = Guarantee(project=project, root_id=_locked_root(project), **fields)
    _check_guarantee(promise)
    promise.save(force_insert=True)
    facts_changed.send(sender=Guarantee, project=project)
    return promise


@transaction.atomic
def change_guarantee(*, guarantee: Guarantee, version: int, by: Staff, **fields: Any) -> Guarantee:
    """Raises Stale where somebody changed it since `version`, else as `add_guarantee`."""
    current: Guarantee = Guarantee.objects.select_for_update(no_key=True).get(pk=guarantee.pk)
    if current.version != version:
        raise Stale
    for name, value in fields.items():
        setattr(current, name, value)
    _check_guarantee(current)
    current.version += 1
    current.save()
    facts_changed.send(sender=Guarantee, project=current.project)
    return current


def coverage_of(
    project: Project, exposure: Decimal, *, policy: CollateralPolicy, as_of: date, workdays: Workdays
) -> Coverage:
    """How far the project's security covers an exposure. Two queries.

    A thing counts as effective once it is registered.
    """
    things = [
        coverage.Collateral(
            ref=str(thing.pk),
            asset=thing.asset,
            type=thing.kind,
            value=thing.value,
            valued_on=thing.valued_on,
            prior_claims=thing.prior_claims,
            cap=thing.cap,
            effective=thing.registered_on is not None,
        )
        for thing in Collateral.objects.filter(project=project).order_by("pk")
    ]
    promises = [
        coverage.Guarantee(
            ref=str(promise.pk),
            guarantor=promise.guarantor_name,
            kind=promise.kind,
            amount=promise.amount,
            net_assets=promise.net_assets,
            other_guarantees=promise.other_guarantees,
            group=_group(promise),
            has_opinion=promise.has_opinion,
            has_resolution=promise.has_resolution,
            listed=promise.is_listed,
            public_body=promise.is_public_body,
        )
        for promise in Guarantee.objects.filter(project=project).select_related("guarantor").order_by("pk")
    ]
    return coverage.cover_exposure(exposure, things, promises, policy=policy, as_of=as_of, workdays=workdays)


def _group(promise: Guarantee) -> str:
    group_id = promise.guarantor.group_id if promise.guarantor else None
    return f"group {group_id}" if group_id else ""


def _locked_root(project: Project) -> int:
    rows = Project.objects.select_for_update(no_key=True).values_list("root_id", flat=True)
    return int(rows.get(pk=project.pk))


def _check_collateral(thing: Collateral) -> None:
    today = timezone.localdate()
    if thing.kind not in collateral_policy(today).types:
        raise RuleBroken("collateral_type", _("There is no such type of collateral."), "kind")
    if thing.value <= 0:
        raise RuleBroken("collateral_value", _("The value is more than nothing."), "value")
    if thing.prior_claims < 0:
        raise RuleBroken("collateral_claims", _("Prior claims are not negative."), "prior_claims")
    if thing.cap is not None and thing.cap <= 0:
        raise RuleBroken("collateral_cap", _("The registered amount is more than nothing."), "cap")
    if thing.valued_on > today:
        raise RuleBroken("collateral_day", _("This day lies in the future."), "valued_on")
    if thing.registered_on and thing.registered_on > today:
        raise RuleBroken("collateral_day", _("This day lies in the future."), "registered_on")
    others = Collateral.objects.filter(project_id=thing.project_id, asset=thing.asset).exclude(pk=thing.pk)
    if others.exists():
        raise RuleBroken("collateral_once", _("This asset is on file for the project already."), "asset")


def _check_guarantee(promise: Guarantee) -> None:
    if promise.kind not in collateral_policy(timezone.localdate()).kinds:
        raise RuleBroken("guarantee_kind", _("There is no such kind of guarantee."), "kind")
    if promise.amount <= 0:
        raise RuleBroken("guarantee_amount", _("The amount is more than nothing."), "amount")
    if promise.other_guarantees < 0:
        raise RuleBroken("guarantee_others", _("Other guarantees are not negative."), "other_guarantees")
    if promise.guarantor is not None:
        promise.guarantor_name = promise.guarantor.name
    if not promise.guarantor_name:
        raise RuleBroken("guarantor", _("Say who guarantees."), "guarantor_name")
    same = Guarantee.objects.filter(
        project_id=promise.project_id, guarantor_name=promise.guarantor_name, kind=promise.kind
    )
    if same.exclude(pk=promise.pk).exists():
        raise RuleBroken("guarantee_once", _("This guarantor has given this kind of guarantee already."), "kind")
