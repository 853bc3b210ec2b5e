"""Rules that wait for a second administrator: a new version, or the use of one whose text nobody has read.

A rule's subject has no branch and concerns no client; that is why administrators, and they alone, decide here.
"""

import hashlib
import json
from datetime import date
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.organization.models import Person, Staff
from crm_project.organization.roles import Role
from crm_project.rules.compare import body_changes
from crm_project.rules.errors import RuleBroken
from crm_project.rules.models import RuleSet
from crm_project.rules.services import (
    activate_ruleset,
    confirm_text_read,
    refuse_silent,
    subject_of,
    use_unconfirmed,
)
from crm_project.rules.signals import ruleset_activated, ruleset_confirmed
from crm_project.workflow import journal
from crm_project.workflow.models import Approval
from crm_project.workflow.services import approvals
from crm_project.workflow.services.approvals import ApprovalKind, Difference

ACTIVATION = "rule_activation"
USE = "rule_use"
READ_TEXT, USE_UNCONFIRMED = "read", "use"
CHANGES_SHOWN = 60


def request_activation(*, ruleset: RuleSet, by: Staff, reason: str = "") -> Approval:
    """Ask another administrator to put a draft in force from its day on.

    Raises RuleBroken where it is no draft, waits already, or is unconfirmed without reader or decision of the bank.
    """
    if ruleset.status != RuleSet.Status.DRAFT:
        raise RuleBroken("ruleset_draft", _("This version is approved already."))
    refuse_silent(ruleset)
    subject = subject_of(ruleset)
    payload = _facts(ruleset)
    return approvals.request_approval(
        subject=subject, kind=ACTIVATION, payload=payload, by=by, role=Role.ADMINISTRATOR, reason=reason
    )


def request_use(*, ruleset: RuleSet, mode: str, from_day: date, by: Staff, reason: str = "") -> Approval:
    """Ask that an unconfirmed rule may speak: `use` from a day on, or `read`: the asker has read the official text.

    Raises RuleBroken where the rule is not unconfirmed, speaks already or waits already.
    """
    if ruleset.provenance != RuleSet.Provenance.UNCONFIRMED or ruleset.text_read_by_id is not None:
        raise RuleBroken("ruleset_confirmed", _("This rule needs no confirmation."))
    subject = subject_of(ruleset)
    payload = {**_facts(ruleset), "mode": mode, "from_day": from_day.isoformat()}
    return approvals.request_approval(
        subject=subject, kind=USE, payload=payload, by=by, role=Role.ADMINISTRATOR, reason=reason
    )


def _facts(ruleset: RuleSet) -> dict[str, Any]:
    """What is asked, the body by its hash: a draft rewritten after the request makes it void."""
    body = json.dumps(ruleset.body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {
        "ruleset": ruleset.pk,
        "rule": f"{ruleset.kind}/{ruleset.scope}",
        "version": ruleset.version,
        "effective_from": ruleset.effective_from.isoformat(),
        "provenance": ruleset.provenance,
        "source": ruleset.source,
        "author": ruleset.author_id,
        "text_read_by": ruleset.text_read_by_id,
        "body_sha256": hashlib.sha256(body.encode()).hexdigest(),
    }


def _rule_of(approval: Approval) -> RuleSet:
    return RuleSet.objects.get(pk=approval.payload["ruleset"])


def _current(approval: Approval) -> dict[str, Any]:
    asked = {name: approval.payload[name] for name in ("mode", "from_day") if name in approval.payload}
    return {**_facts(_rule_of(approval)), **asked}


def _describe_activation(approval: Approval) -> list[Difference]:
    """The head of the version and each changed place, against the version that holds the day before."""
    new = _rule_of(approval)
    versions = RuleSet.objects.approved().filter(kind=new.kind, scope=new.scope).exclude(pk=new.pk)
    old = versions.filter(effective_from__lt=new.effective_from).order_by("-effective_from").first()
    lines = [
        Difference(_("Version"), old.version if old else "", new.version),
        Difference(_("Effective from"), old.effective_from.isoformat() if old else "", new.effective_from.isoformat()),
        Difference(
            _("Provenance"), str(old.get_provenance_display()) if old else "", str(new.get_provenance_display())
        ),
        Difference(_("Source"), old.source if old else "", new.source),
    ]
    changed = body_changes(old.body if old else {}, new.body)
    lines += [Difference(one.place, one.before, one.after) for one in changed[:CHANGES_SHOWN]]
    if len(changed) > CHANGES_SHOWN:
        more = _("%(number)s more places") % {"number": len(changed) - CHANGES_SHOWN}
        lines.append(Difference(_("Further changes"), "", more))
    return lines


def _describe_use(approval: Approval) -> list[Difference]:
    rule = _rule_of(approval)
    if approval.payload["mode"] == READ_TEXT:
        after = _("speaks: official text read by %(person)s") % {"person": approval.asked_by.name}
    else:
        after = _("speaks unconfirmed from %(day)s") % {"day": approval.payload["from_day"]}
    return [Difference(f"{rule.title} {rule.version}", _("does not speak"), after)]


def _activate(approval: Approval) -> None:
    if approval.decided_by is not None:  # the decision that calls this has its person
        activate_ruleset(ruleset=_rule_of(approval), approval_person=approval.decided_by)


def _let_speak(approval: Approval) -> None:
    rule = _rule_of(approval)
    if approval.payload["mode"] == READ_TEXT:
        confirm_text_read(ruleset=rule, person=approval.asked_by)
    else:
        from_day = date.fromisoformat(approval.payload["from_day"])
        use_unconfirmed(ruleset=rule, from_day=from_day, person=approval.asked_by)


def register() -> None:
    approvals.register(
        ApprovalKind(
            ACTIVATION,
            gettext_lazy("Rule activation"),
            describe=_describe_activation,
            current_payload=_current,
            on_approved=_activate,
        ),
        ApprovalKind(
            USE,
            gettext_lazy("Use of an unconfirmed rule"),
            describe=_describe_use,
            current_payload=_current,
            on_approved=_let_speak,
        ),
    )


@receiver(ruleset_activated)
def _activated(sender: Any, ruleset: RuleSet, person: Person, **kwargs: Any) -> None:
    _record(ruleset, person, "activated")


@receiver(ruleset_confirmed)
def _confirmed(sender: Any, ruleset: RuleSet, person: Person, code: str, **kwargs: Any) -> None:
    _record(ruleset, person, code)


def _record(ruleset: RuleSet, person: Person, what: str) -> None:
    journal.record(
        journal.Act.CHANGE,
        subject_id=ruleset.subject_id,
        rule=f"{ruleset.kind}/{ruleset.scope}",
        version=ruleset.version,
        what=what,
        person=person.pk,
    )
