"""Verbs on decisions: submit, give the risk opinion, decide or record the committee, withdraw (RULES §28).

Who may do what is judged by natural person: by the acts written in the deal and by who manages the client now. The
database keeps the same exclusions (triggers of `Act` and `Decision`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.organization.models import CoManager, Staff, Subject
from crm_project.organization.roles import Role
from crm_project.organization.services import open_part
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Act
from crm_project.workflow.services.approvals import payload_hash
from financing.models import Condition, Decision, Plan, PlanVersion
from financing.services import decision_desk as desk
from financing.services.authority import reasons_as_json, standing_of, valid_rating
from financing.services.line import Grant, open_lines
from financing.services.plan_result import result_of
from financing.services.rulebook import rule_book

SIGNING_LEVELS = {"L1": ("L1",), "L2": ("L1", "L2"), "L4": ("L1", "L2", "L4")}
"""Levels of deals that one approver may decide alone. A committee member alone decides nothing; an L3 deal is the
committee's."""
MOST_CONDITIONS = 30
LONGEST_CONDITION = 300
REFUSALS_ALLOWED = 2
"""A refused deal returns once."""
PREPARED = (Act.Kind.PROPOSE, Act.Kind.MANAGE, Act.Kind.SECOND_DILIGENCE)


@dataclass(frozen=True)
class Terms:
    """What a pass is given with: the last day of the line and the conditions precedent, one text each."""

    line_until: date | None
    conditions: Sequence[str] = ()


@transaction.atomic
def submit_plan(*, version: PlanVersion, seen: int, by: Staff) -> Decision:
    """Freezes a version as calculated today and asks for the risk opinion.

    Raises RuleBroken where the plan is under decision, the version cannot be calculated, the grade is missing, run out
    or not served, or a refused deal returns a second time or unchanged; Stale where the version was saved since `seen`.
    """
    plan = Plan.objects.select_for_update(no_key=True).get(pk=version.plan_id)
    frozen = _draft(version, seen)
    _refuse_state(plan)
    today = timezone.localdate()
    frozen.result, frozen.rule_versions = result_of(frozen, rule_book(today))
    stands = standing_of(frozen, today)
    _refuse_unchanged(frozen)
    frozen.state, frozen.frozen_at = PlanVersion.State.FROZEN, timezone.now()
    frozen.version += 1
    frozen.save()
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.SUBMITTED, version=F("version") + 1)
    decision = Decision(
        root_id=plan.root_id,
        plan=plan,
        plan_version=frozen,
        amount=stands.amount,
        group_exposure=stands.group_exposure,
        grade=stands.rating.grade,
        security=stands.row.value,
        coverage=stands.coverage,
        level_needed=f"L{int(stands.authority.level)}",
        level_reasons=reasons_as_json(stands.authority),
        payload_hash=hash_of(frozen, stands.rating.pk),
        submitted_by=by.person,
    )
    decision.subject = open_part(kind=Subject.Kind.DECISION, title=plan.title, root_id=plan.root_id)
    decision.save(force_insert=True)
    _write_preparers(decision, by)
    desk.call_risk_officer(decision)
    return decision


def _draft(version: PlanVersion, seen: int) -> PlanVersion:
    rows = PlanVersion.objects.select_for_update(of=("self",), no_key=True)
    found: PlanVersion = rows.select_related("plan__project__borrower", "case").get(pk=version.pk)
    if found.version != seen:
        raise Stale
    if found.state != PlanVersion.State.DRAFT:
        raise RuleBroken("version_frozen", _("This version has been submitted before; copy it to a new one."))
    return found


def _refuse_state(plan: Plan) -> None:
    if plan.state == Plan.State.SUBMITTED:
        raise RuleBroken("plan_submitted", _("A version of this plan is under decision already."))
    if plan.state == Plan.State.APPROVED:
        raise RuleBroken("plan_approved", _("This plan has been approved; a further need is a plan of its own."))
    if plan.decisions.filter(state=Decision.State.REFUSED).count() >= REFUSALS_ALLOWED:
        raise RuleBroken("refused_twice", _("This deal was refused twice; it does not return again."))


def _refuse_unchanged(version: PlanVersion) -> None:
    refused = Decision.objects.filter(plan_id=version.plan_id, state=Decision.State.REFUSED)
    last = refused.order_by("-pk").select_related("plan_version").first()
    if last is not None and facts_of(last.plan_version) == facts_of(version):
        raise RuleBroken("refused_unchanged", _("A refused deal returns only after its facts have changed."))


def facts_of(version: PlanVersion) -> dict[str, Any]:
    """What is decided on, without the names it goes by and the day of calculation."""
    tranches = version.tranches.order_by("no").values()
    covenants = version.covenants.order_by("metric", "operator").values()
    return {
        "terms": [version.case_id, version.dscr_case, str(version.equity), str(version.equity_type_capital)],
        "tranches": [_plain(row) for row in tranches],
        "covenants": [_plain(row) for row in covenants],
        "result": {name: value for name, value in version.result.items() if name != "on"},
    }


def _plain(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in row.items() if name not in ("id", "version_id")}


def hash_of(version: PlanVersion, rating_id: int) -> str:
    """Hash over everything the decision rests on. A later change of any of it makes the decision impossible."""
    return payload_hash(
        {"version": version.pk, "rating": rating_id, "rules": version.rule_versions, **facts_of(version)}
    )


def _write_preparers(decision: Decision, by: Staff) -> None:
    root = Subject.objects.select_related("manager__person").get(pk=decision.root_id)
    write_act(decision, Act.Kind.PROPOSE, by)
    if root.manager is not None:
        write_act(decision, Act.Kind.MANAGE, root.manager)
    for one in CoManager.objects.filter(root=root).select_related("staff__person"):
        write_act(decision, Act.Kind.SECOND_DILIGENCE, one.staff)


def write_act(decision: Decision, act: str, by: Staff) -> None:
    Act.objects.create(deal_id=decision.pk, act=act, person=by.person, account=by)


def give_opinion(*, decision: Decision, by: Staff, supports: bool, text: str) -> Decision:
    """The risk officer's opinion, once. Raises RuleBroken, Stale where it is given or the deal withdrawn already."""
    if not text.strip():
        raise RuleBroken("opinion_text", _("Write the opinion."), "text")
    with transaction.atomic():
        locked = locked_decision(decision, Decision.State.SUBMITTED)
        if refusal := why_no_opinion(locked, by):
            raise refusal
        write_act(locked, Act.Kind.RISK_OPINION, by)
        opined = {"opinion": text.strip(), "opinion_supports": supports, "opinion_by": by.person}
        _set(locked, Decision.State.OPINED, opinion_at=timezone.now(), **opined)
        desk.finish_opinion(locked, by)
        desk.call_deciders(locked)
    return locked


def decide(*, decision: Decision, by: Staff, approve: bool, reason: str, terms: Terms) -> Decision:
    """One approver of the level or above decides; approved, the lines are open and the conditions stand.

    Raises RuleBroken where this person or level may not, where no reason is given, where the terms do not hold or what
    was submitted has changed; Stale where somebody decided meanwhile.
    """
    if not reason.strip():
        raise RuleBroken("decision_reason", _("Give the reason of your decision."), "reason")
    with transaction.atomic():
        locked = locked_decision(decision, Decision.State.OPINED)
        if refusal := why_not_decide(locked, by):
            raise refusal
        if approve:
            write_act(locked, Act.Kind.APPROVE, by)
        return settle(locked, by, approve=approve, reason=reason, terms=terms)


@transaction.atomic
def withdraw(*, decision: Decision, by: Staff) -> Decision:
    """Who submitted takes the deal back before it is decided; the plan is in design again. Raises RuleBroken, Stale."""
    locked = locked_decision(decision, Decision.State.SUBMITTED, Decision.State.OPINED)
    if by.person_id != locked.submitted_by_id:
        raise RuleBroken("decision_withdraw", _("Only the person who submitted may withdraw."))
    _set(locked, Decision.State.WITHDRAWN)
    Plan.objects.filter(pk=locked.plan_id).update(state=Plan.State.DESIGN, version=F("version") + 1)
    desk.drop_calls(locked)
    return locked


def settle(
    decision: Decision, by: Staff, *, approve: bool, reason: str, terms: Terms, committee: dict[str, Any] | None = None
) -> Decision:
    """The end of a locked decision and all that follows from it, in the caller's transaction."""
    if approve:
        _refuse_changed(decision)
        conditions = _conditions(terms)
        until = _line_until(terms)
    state = Decision.State.APPROVED if approve else Decision.State.REFUSED
    _set(
        decision,
        state,
        decided_by=by.person,
        decided_at=timezone.now(),
        decided_reason=reason.strip(),
        line_until=until if approve else None,
        committee=committee,
    )
    plan_state = Plan.State.APPROVED if approve else Plan.State.REFUSED
    Plan.objects.filter(pk=decision.plan_id).update(state=plan_state, version=F("version") + 1)
    if approve:
        for number, text in enumerate(conditions, start=1):
            Condition.objects.create(decision=decision, no=number, text=text)
        open_lines(decision=decision, grants=grants_of(decision.plan_version), until=until)
    desk.finish_decision(decision, by)
    return decision


def _refuse_changed(decision: Decision) -> None:
    today = timezone.localdate()
    rating = valid_rating(decision.plan.project.borrower, today)
    if hash_of(decision.plan_version, rating.pk) != decision.payload_hash:
        message = _(
            "What was submitted or the grade has changed since. Refuse it, or have it withdrawn and submitted anew."
        )
        raise RuleBroken("decision_changed", message)
    stands = standing_of(decision.plan_version, today)
    if f"L{int(stands.authority.level)}" > decision.level_needed:
        message = _("The group's exposure has grown: this now takes %(level)s. Have it withdrawn and submitted anew.")
        level = Decision.Level(f"L{int(stands.authority.level)}").label
        raise RuleBroken("decision_outgrown", message % {"level": level})


def _conditions(terms: Terms) -> list[str]:
    found = [text.strip() for text in terms.conditions if text.strip()]
    if len(found) > MOST_CONDITIONS or any(len(text) > LONGEST_CONDITION for text in found):
        message = _("At most %(most)s conditions of %(length)s characters each.")
        facts = {"most": MOST_CONDITIONS, "length": LONGEST_CONDITION}
        raise RuleBroken("conditions_long", message % facts, "conditions")
    return found


def _line_until(terms: Terms) -> date:
    if terms.line_until is None or terms.line_until <= timezone.localdate():
        raise RuleBroken("line_until", _("Say until when the line holds, a day still to come."), "line_until")
    return terms.line_until


def grants_of(version: PlanVersion) -> list[Grant]:
    """Amounts by kind of product; a kind revolves where all of its products do."""
    amounts = {loan["no"]: Decimal(loan["amount"]) for loan in version.result["tranches"]}
    found: dict[str, Grant] = {}
    for row in version.tranches.select_related("product").order_by("no"):
        kind, amount = row.product.kind, amounts.get(row.no, Decimal(0))
        earlier = found.get(kind, Grant(kind, Decimal(0), True))
        found[kind] = Grant(kind, earlier.amount + amount, earlier.revolving and row.product.revolving)
    return [grant for grant in found.values() if grant.amount > 0]


def why_no_opinion(decision: Decision, by: Staff) -> RuleBroken | None:
    """Why this account may not give the opinion; None where it may."""
    signer = _signer(by, Role.RISK_OFFICER)
    if signer is None:
        return RuleBroken("opinion_role", _("The opinion is the risk officer's."))
    return _excluded(decision, signer, PREPARED) or _out_of_scope(decision, signer)


def why_not_decide(decision: Decision, by: Staff) -> RuleBroken | None:
    """Why this account may not decide alone; None where it may. Judged by what the account is at this moment."""
    signer = _signer(by, Role.APPROVER)
    if signer is None or decision.level_needed not in SIGNING_LEVELS.get(signer.level, ()):
        who = Decision.Level(decision.level_needed).label
        return RuleBroken("decision_level", _("This is decided by: %(who)s.") % {"who": who})
    return why_excluded(decision, signer) or _out_of_scope(decision, signer)


def why_excluded(decision: Decision, signer: Staff) -> RuleBroken | None:
    return _excluded(decision, signer, (*PREPARED, Act.Kind.RISK_OPINION))


def _signer(by: Staff, role: str) -> Staff | None:
    return Staff.objects.filter(pk=by.pk, is_active=True, role=role).select_related("person", "branch").first()


def _excluded(decision: Decision, signer: Staff, acts: Sequence[str]) -> RuleBroken | None:
    acted = Act.objects.filter(deal_id=decision.pk, person=signer.person_id, act__in=acts).exists()
    root = Subject.objects.select_related("manager").get(pk=decision.root_id)
    manages = root.manager is not None and root.manager.person_id == signer.person_id
    helps = CoManager.objects.filter(root=root, staff__person=signer.person_id).exists()
    if not (acted or manages or helps):
        return None
    message = _("%(person)s has prepared or judged this deal, under whatever account, and may not do this too.")
    return RuleBroken("decision_excluded", message % {"person": signer.name})


def _out_of_scope(decision: Decision, signer: Staff) -> RuleBroken | None:
    if Decision.objects.visible_to(signer).filter(pk=decision.pk).exists():
        return None
    return RuleBroken("decision_scope", _("This record is outside your branches."))


def locked_decision(decision: Decision, *states: str) -> Decision:
    """The decision under lock, its subject before it: the order in which an act locks too. Raises Stale."""
    Subject.objects.select_for_update(of=("self",), no_key=True).get(pk=decision.pk)
    rows = Decision.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("plan__project__borrower", "plan_version__plan__project", "root__branch", "subject")
    found: Decision = rows.get(pk=decision.pk)
    if found.state not in states:
        raise Stale
    return found


def _set(decision: Decision, state: str, **columns: Any) -> None:
    waiting = Decision.objects.filter(pk=decision.pk, state=decision.state, version=decision.version)
    if not waiting.update(state=state, version=F("version") + 1, **columns):
        raise Stale
    for name, value in {"state": state, "version": decision.version + 1, **columns}.items():
        setattr(decision, name, value)
