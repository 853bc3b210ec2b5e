"""What the page of a decision shows: figures, steps, reasons of the level, acts, the committee, conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.ui import formats
from crm_project.ui.pieces import Event, Figure, NextAction, Step
from crm_project.workflow.models import Act, Task
from financing import plan_texts as texts
from financing.models import Condition, Decision
from financing.workbench_page import page_of

SEES_NO_VOTES = frozenset({Role.RM, Role.EXPERT, Role.INTEGRATOR, Role.PORTAL_USER})
"""Votes are hidden from the side that proposed the deal (RULES §28)."""
State = Decision.State
ICONS: dict[str, str] = {State.APPROVED: "circle-check", State.REFUSED: "circle-x", State.WITHDRAWN: "ban"}


@dataclass(frozen=True)
class ReasonLine:
    level: str
    text: str
    decides: bool


def page_of_decision(decision: Decision, user: Staff) -> dict[str, Any]:
    """Context of the read parts of the page. About eight queries."""
    plan = page_of(decision.plan_version, None)
    conditions = list(decision.conditions.select_related("reported_by", "confirmed_by"))
    return {
        "decision": decision,
        "project": decision.plan.project,
        "borrower": decision.plan.project.borrower,
        "figures": figures(decision),
        "plan_figures": plan["figures"],
        "checks": plan["checks"],
        "passed": plan.get("passed", 0),
        "loans": plan.get("loans", []),
        "rule_versions": plan.get("rule_versions", []),
        "reasons": reasons(decision),
        "steps": steps(decision, conditions),
        "next": next_action(decision, conditions),
        "conditions": conditions,
        "events": events(decision, user),
        "session": session(decision, user),
        "lines": list(decision.lines.filter(level="sub_limit")),
    }


def figures(decision: Decision) -> list[Figure]:
    unit = formats.active_unit().label
    return [
        Figure(_("Amount"), formats.money(decision.amount), unit, decision.plan_version.name),
        Figure(_("Group after the deal"), formats.money(decision.group_exposure), unit, _("loans and open limits")),
        Figure(_("Grade"), decision.grade, "", _("at submission")),
        Figure(_("Coverage"), formats.percent(decision.coverage), "", decision.get_security_display()),
        Figure(_("Authority"), decision.level_needed, "", decision.get_level_needed_display()),
    ]


def reasons(decision: Decision) -> list[ReasonLine]:
    """Every line that asks for a level, the highest first."""
    return [
        ReasonLine(row["level"], texts.sentence(row), row["level"] == decision.level_needed)
        for row in decision.level_reasons
    ]


def steps(decision: Decision, conditions: list[Condition]) -> list[Step]:
    opinion, decided = decision.opinion_at is not None, decision.decided_at is not None
    withdrawn = decision.state == State.WITHDRAWN
    found = [Step(_("Submitted"), formats.day(decision.submitted_at), "done")]
    found.append(_step(_("Risk opinion"), opinion, not withdrawn, decision.opinion_at))
    found.append(_step(_("Decision"), decided, opinion and not withdrawn, decision.decided_at))
    if decision.state == State.APPROVED:
        met = sum(one.confirmed_by_id is not None for one in conditions)
        caption = _("%(met)s of %(all)s confirmed") % {"met": met, "all": len(conditions)}
        found.append(Step(_("Conditions precedent"), caption, "done" if met == len(conditions) else "now"))
    return found


def _step(label: str, done: bool, now: bool, when: Any) -> Step:
    return Step(label, formats.day(when) if done else "", "done" if done else "now" if now else "ahead")


def next_action(decision: Decision, conditions: list[Condition]) -> NextAction:
    task = Task.objects.open().filter(subject_id=decision.pk).order_by("due_at").first()
    due = _("due %(when)s") % {"when": formats.moment(task.due_at)} if task else ""
    match decision.state:
        case State.SUBMITTED:
            return NextAction(_("The risk officer gives an opinion"), due, icon="hourglass")
        case State.OPINED:
            who = decision.get_level_needed_display()
            return NextAction(_("%(who)s decides") % {"who": who}, due, icon="gavel")
        case State.APPROVED:
            left = sum(one.confirmed_by_id is None for one in conditions)
            if left:
                what = _("%(left)s conditions are still open") % {"left": left}
                return NextAction(what, _("the first drawing waits for them"), icon="clock")
            return NextAction(_("All conditions are met"), _("a contract may be signed"), icon="circle-check")
        case _:
            return NextAction(
                decision.get_state_display(), formats.moment(decision.decided_at), icon=ICONS[decision.state]
            )


def events(decision: Decision, user: Staff) -> list[Event]:
    """Who took part, in order. Votes are left out for the side that proposed the deal."""
    rows = Act.objects.filter(deal_id=decision.pk).select_related("person", "account__branch")
    if user.role in SEES_NO_VOTES:
        rows = rows.exclude(act=Act.Kind.VOTE)
    return [
        Event(
            formats.moment(row.at),
            row.person.name,
            f"{row.get_act_display()}·{row.account.get_role_display()}·{row.account.branch.name}",
        )
        for row in rows
    ]


def session(decision: Decision, user: Staff) -> Mapping[str, Any] | None:
    return None if user.role in SEES_NO_VOTES else decision.committee
