"""The second signature on a rating: what is shown to the risk officer, and what happens when it is given."""

import hashlib
import json
from datetime import date
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.calc.override import valid_until
from clients.calc.rating_rule import RatingRule
from clients.models import Client, Rating
from clients.services.rating_result import corporate_rule, newest_annual, statements_for
from clients.services.slotting_result import sponsor_rating
from clients.services.tier import settle_after_rating
from clients.signals import rating_confirmed
from crm_project.rules.errors import RuleBroken
from crm_project.ui import formats
from crm_project.workflow.models import Approval
from crm_project.workflow.services.approvals import ApprovalKind, Difference
from crm_project.workflow.services.tasks import drop_task

CONFIRM = "rating"
OVERRIDE = "rating_override"
LIMIT = "valid_at_most"
"""Entry of the result of a rating that overrides the one in force: it holds no longer than that one."""


def waiting_approval(rating: Rating) -> Approval | None:
    """The request that waits for this rating's confirmation."""
    waiting = Approval.objects.waiting().filter(subject_id=rating.client_id, kind__in=[CONFIRM, OVERRIDE])
    return waiting.select_related("asked_by", "subject__root__branch").first()


def as_proposed(rating: Rating) -> dict[str, Any]:
    """What is asked: the grade with everything it rests on, and the grade it replaces. A change of any of it voids."""
    in_force = Rating.objects.confirmed().filter(client_id=rating.client_id).first()
    if rating.project is not None:
        sponsor = sponsor_rating(rating.project, rating.as_of)
        source = {"sponsor": sponsor.pk if sponsor else None}
    else:
        newest = newest_annual(statements_for(rating.client, rating.as_of))
        source = {"statement": newest.pk if newest else None}
    return {
        "rating": rating.pk,
        "state": rating.state,
        "grade": rating.grade,
        "computed_grade": rating.computed_grade,
        "pd": None if rating.pd is None else f"{rating.pd:.6f}",
        "points": None if rating.score is None else f"{rating.score:.4f}",
        "override_code": rating.override_code,
        "override_reason": rating.override_reason,
        "inputs": _digest(rating.inputs),
        "result": _digest(rating.result),
        "from_grade": in_force.grade if in_force else "",
        "from_pd": f"{in_force.pd:.6f}" if in_force and in_force.pd is not None else None,
        "from_points": f"{in_force.score:.4f}" if in_force and in_force.score is not None else None,
        "from_valid_until": in_force.valid_until.isoformat() if in_force and in_force.valid_until else None,
        **source,
    }


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _rating(approval: Approval) -> Rating:
    rows = Rating.objects.select_related("client", "project__sponsor", "statement", "rule_set")
    found: Rating = rows.get(pk=approval.payload["rating"])
    return found


def _current_payload(approval: Approval) -> dict[str, Any]:
    return as_proposed(_rating(approval))


def _describe(approval: Approval) -> list[Difference]:
    asked, rating = approval.payload, _rating(approval)
    until = rating.valid_until or holds_until(rating, timezone.localdate())
    found = [
        Difference(gettext_lazy("Grade"), asked["from_grade"], asked["grade"]),
        Difference(gettext_lazy("Probability of default"), _percent(asked["from_pd"]), _percent(asked["pd"])),
    ]
    if asked["points"] or asked["from_points"]:
        found.append(Difference(gettext_lazy("Points"), _points(asked["from_points"]), _points(asked["points"])))
    found.append(Difference(gettext_lazy("Valid until"), asked["from_valid_until"] or "", formats.day(until)))
    if asked["override_code"]:
        code = Rating.OverrideReason(asked["override_code"]).label
        found.append(Difference(gettext_lazy("Computed grade"), "", asked["computed_grade"]))
        found.append(Difference(gettext_lazy("Reason of the override"), "", f"{code}: {asked['override_reason']}"))
    return found


def _percent(text: str | None) -> str:
    return formats.percent(text, 2) if text else ""


def _points(text: str | None) -> str:
    return formats.number(text, 2) if text else ""


def holds_until(rating: Rating, confirmed_on: date) -> date:
    """Last day of the rating if it is confirmed on a day. Slotting has no statement: 12 months (default of ours)."""
    rule = RatingRule.from_body(corporate_rule(rating.as_of).body)
    statement_date = rating.statement.period_end if rating.statement else confirmed_on
    until = valid_until(rule, confirmed_on, statement_date)
    limit = rating.result.get(LIMIT)
    return min(until, date.fromisoformat(limit)) if limit else until


def _confirm(approval: Approval) -> None:
    """The grade is in force: the one before is superseded, the client's column, the tier and the rooms above follow."""
    rating = _rating(approval)
    if approval.decided_by_id == rating.proposed_by_id:
        raise RuleBroken("rating_four_eyes", _("Who proposed a grade does not confirm it."))
    earlier = Rating.objects.confirmed().filter(client_id=rating.client_id)
    for one in earlier:
        drop_task(key=due_key(one), why=rating.grade)
    earlier.update(state=Rating.State.SUPERSEDED, version=F("version") + 1)
    rating.state = Rating.State.CONFIRMED
    rating.confirmed_by, rating.confirmed_at = approval.decided_by, approval.decided_at
    rating.valid_until = holds_until(rating, timezone.localdate(approval.decided_at))
    rating.version += 1
    rating.save()
    Client.objects.filter(pk=rating.client_id).update(grade=rating.grade)
    rating.client.grade = rating.grade
    settle_after_rating(rating=rating, by=approval.decided_account)
    rating_confirmed.send(sender=Rating, rating=rating, by=approval.decided_account)


def _refuse(approval: Approval) -> None:
    _close(approval, Rating.State.REFUSED)


def _back_to_draft(approval: Approval) -> None:
    """Withdrawn or void: a draft again; the copy of a rating in force that was to be overridden is dropped."""
    copied = LIMIT in _rating(approval).result
    _close(approval, Rating.State.DROPPED if copied else Rating.State.DRAFT)


def _close(approval: Approval, state: str) -> None:
    proposed = Rating.objects.filter(pk=approval.payload["rating"], state=Rating.State.PROPOSED)
    cleared: dict[str, Any] = {"version": F("version") + 1, "state": state}
    if state == Rating.State.DRAFT:
        cleared |= {"grade": "", "override_code": "", "override_reason": ""}
    proposed.update(**cleared)


def due_key(rating: Rating) -> str:
    """Key of the task to rate again before a rating runs out."""
    return f"rating_due:{rating.pk}"


APPROVAL_KINDS = (
    ApprovalKind(
        CONFIRM,
        gettext_lazy("Confirm a rating"),
        _describe,
        _current_payload,
        on_approved=_confirm,
        on_refused=_refuse,
        on_dropped=_back_to_draft,
    ),
    ApprovalKind(
        OVERRIDE,
        gettext_lazy("Override a rating"),
        _describe,
        _current_payload,
        on_approved=_confirm,
        on_refused=_refuse,
        on_dropped=_back_to_draft,
    ),
)
