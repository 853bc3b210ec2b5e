"""The committee's session as its chair enters it: who was present, how many voted how, minutes, veto (RULES §28)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.organization.models import Staff
from crm_project.organization.roles import Level, Role
from crm_project.rules.errors import RuleBroken
from crm_project.workflow.models import Act
from financing import plan_texts as texts
from financing.calc.committee import Ballot, count_ballot
from financing.calc.results import CalcError
from financing.models import Decision
from financing.services import decision as decisions
from financing.services.authority import as_json, authority_rules
from financing.services.decision import Terms
from financing.services.decision_desk import above


@dataclass(frozen=True)
class Votes:
    yes: int
    no: int
    abstain: int


def committee_of(decision: Decision) -> list[Staff]:
    """Accounts of the committee over the deal's branch, one per person, those who may not vote left in."""
    members = Staff.objects.filter(role=Role.APPROVER, level=Level.L3, is_active=True, branch__in=above(decision))
    by_person = {one.person_id: one for one in members.select_related("person", "branch").order_by("-pk")}
    return sorted(by_person.values(), key=lambda one: one.person.number)


@transaction.atomic
def record_committee(
    *,
    decision: Decision,
    by: Staff,
    attendance: Sequence[Staff],
    votes: Votes,
    minutes: str,
    veto: bool,
    terms: Terms,
) -> Decision:
    """What the committee decided: passed by the vote and not vetoed, else refused. No vote is kept by name.

    Raises RuleBroken where the chair was not present or is no member, somebody present may not vote, the votes are not
    as many as those present, there is no quorum or nothing to veto; Stale where it is decided already.
    """
    if not minutes.strip():
        raise RuleBroken("minutes", _("Enter the minutes."), "minutes")
    locked = decisions.locked_decision(decision, Decision.State.OPINED)
    if refusal := why_not_chair(locked, by):
        raise refusal
    members = committee_of(locked)
    present = _present(locked, by, members, attendance)
    if votes.yes + votes.no + votes.abstain != len(present):
        raise RuleBroken("votes_present", _("There are not as many votes as persons present."), "yes")
    _rule, rule = authority_rules(timezone.localdate())
    try:
        outcome = count_ballot(Ballot(len(members), votes.yes, votes.no, votes.abstain), rule, veto=veto)
    except CalcError as error:
        field = "veto" if error.code == "nothing_to_veto" else "attendance"
        raise RuleBroken(error.code, texts.sentence(as_json(error.message)), field) from error
    for one in present:
        decisions.write_act(locked, Act.Kind.VOTE, one)
    record: dict[str, Any] = {
        "members": len(members),
        "present": [{"person": one.person_id, "name": one.name} for one in present],
        "yes": votes.yes,
        "no": votes.no,
        "abstain": votes.abstain,
        "quorum": outcome.quorum,
        "needed": outcome.needed,
        "veto": veto,
        "chair": by.person_id,
    }
    return decisions.settle(locked, by, approve=outcome.passed, reason=minutes, terms=terms, committee=record)


def why_not_chair(decision: Decision, by: Staff) -> RuleBroken | None:
    """Why this account may not enter the session; None where it may: a member who may vote."""
    if decision.level_needed != Decision.Level.L3:
        who = Decision.Level(decision.level_needed).label
        return RuleBroken("decision_level", _("This is decided by: %(who)s.") % {"who": who})
    if by.pk not in {one.pk for one in committee_of(decision)}:
        return RuleBroken("committee_member", _("The session is entered by its chair, a member of the committee."))
    return decisions.why_excluded(decision, by)


def _present(decision: Decision, by: Staff, members: Sequence[Staff], attendance: Sequence[Staff]) -> list[Staff]:
    known = {one.pk: one for one in members}
    chosen = {one.pk for one in attendance}
    if by.pk not in chosen:
        raise RuleBroken("chair_absent", _("The chair who enters the session was present."), "attendance")
    if not chosen <= set(known):
        raise RuleBroken("committee_member", _("Only members of the committee vote."), "attendance")
    present = [one for pk, one in known.items() if pk in chosen]
    for one in present:
        if refusal := decisions.why_excluded(decision, one):
            raise RuleBroken(refusal.rule, refusal.message, "attendance")
    return present
