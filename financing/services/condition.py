"""Verbs on conditions precedent: one person reports with evidence, another confirms (RULES §1.4, §28)."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.organization.models import Staff, Subject
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Act
from financing.models import Condition, Decision
from financing.services.decision import write_act


@transaction.atomic
def report_condition(*, condition: Condition, version: int, by: Staff, fulfilled_on: date, evidence: str) -> Condition:
    """Says that a condition is met and what shows it, anew until it is confirmed. Raises RuleBroken, Stale."""
    current = _locked(condition, version)
    if fulfilled_on > timezone.localdate():
        raise RuleBroken("condition_day", _("This day lies in the future."), "fulfilled_on")
    if not evidence.strip():
        raise RuleBroken("condition_evidence", _("Say what shows it."), "evidence")
    current.fulfilled_on, current.evidence = fulfilled_on, evidence.strip()
    current.reported_by = by.person
    current.version += 1
    current.save()
    return current


@transaction.atomic
def confirm_condition(*, condition: Condition, version: int, by: Staff) -> Condition:
    """A second person, who does not manage the client, has seen the evidence. Raises RuleBroken, Stale."""
    current = _locked(condition, version)
    if current.reported_by_id is None:
        raise RuleBroken("condition_open", _("Nobody has reported this condition as met."))
    root = Subject.objects.select_related("manager").get(pk=current.decision.root_id)
    manages = root.manager is not None and root.manager.person_id == by.person_id
    if by.person_id == current.reported_by_id or manages:
        raise RuleBroken(
            "condition_four_eyes", _("Another person than who reported it or manages the client confirms.")
        )
    write_act(current.decision, Act.Kind.CONFIRM, by)
    current.confirmed_by, current.confirmed_at = by.person, timezone.now()
    current.version += 1
    current.save()
    return current


def _locked(condition: Condition, version: int) -> Condition:
    rows = Condition.objects.select_for_update(of=("self",), no_key=True).select_related("decision")
    current: Condition = rows.get(pk=condition.pk)
    if current.version != version or current.decision.state != Decision.State.APPROVED:
        raise Stale
    if current.confirmed_by_id is not None:
        raise RuleBroken("condition_confirmed", _("This condition is confirmed already."))
    return current
