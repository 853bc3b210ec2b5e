"""Who must decide a version: its grade, its security, its group's exposure, and the level that follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from clients.models import Client, Rating
from crm_project.rules.errors import RuleBroken
from crm_project.rules.models import RuleSet
from financing import plan_texts as texts
from financing.calc.authority import Authority, AuthorityRule, Deal, Security, Special, level_needed
from financing.calc.committee import CommitteeRule
from financing.calc.lines import ZERO
from financing.calc.results import CalcError, Message
from financing.models import Collateral, CreditLine, Decision, Guarantee, PlanVersion, Product

CASH_KINDS = ("deposit", "treasury")
JOINT = "joint_several"


@dataclass(frozen=True)
class Standing:
    """Where a deal stands on the day of submission.

    coverage: of the loans, by collateral and those guarantors that the table knows. row: the weakest kind of security
    that carries part of it.
    """

    rating: Rating
    amount: Decimal
    group_exposure: Decimal
    coverage: Decimal
    row: Security
    authority: Authority


def authority_rules(on: date) -> tuple[AuthorityRule, CommitteeRule]:
    body = RuleSet.objects.in_force("authority", "credit", on).body
    return AuthorityRule.from_body(body), CommitteeRule.from_body(body)


def standing_of(version: PlanVersion, on: date) -> Standing:
    """A solved version put to the authority rule. About eight queries.

    Raises RuleBroken rating_missing, rating_expired, plan_unsolved, grade_not_served.
    """
    if "figures" not in version.result:
        raise RuleBroken("plan_unsolved", _("This version has no result yet: finish its assumptions first."))
    loans = version.result["tranches"]
    amount = sum((Decimal(loan["amount"]) for loan in loans), ZERO)
    if amount <= 0:
        raise RuleBroken("plan_unsolved", _("The loans of this version come to nothing."))
    client = version.plan.project.borrower
    rating = valid_rating(client, on)
    rule, _committee = authority_rules(on)
    parts, coverage = security_parts(version, rule)
    exposure = group_exposure(client, on) + amount
    deal = Deal(
        grade=int(rating.grade.removeprefix("R")),
        parts=parts,
        amount=amount,
        exposure=exposure,
        tenor_months=max((row.tenor_months for row in version.tranches.all()), default=0),
        project_finance=version.tranches.filter(product__kind=Product.Kind.PROJECT_LOAN).exists(),
        first=not _has_credit(client),
        special=frozenset({Special.POLICY_EXCEPTION}) if failed_checks(version) else frozenset(),
    )
    try:
        authority = level_needed(deal, rule)
    except CalcError as error:
        raise RuleBroken(error.code, texts.sentence(as_json(error.message))) from error
    return Standing(rating, amount, exposure, coverage, _weakest(parts), authority)


def valid_rating(client: Client, on: date) -> Rating:
    """The grade in force. Raises RuleBroken where there is none, where it has run out, or where it is a default."""
    rating: Rating | None = Rating.objects.confirmed().filter(client=client).first()
    if rating is None:
        message = _("%(client)s has no confirmed grade; without one nothing can be submitted.")
        raise RuleBroken("rating_missing", message % {"client": client.name})
    if rating.valid_until is None or rating.valid_until < on:
        message = _("The grade of %(client)s ran out on %(day)s; rate the client again first.")
        raise RuleBroken("rating_expired", message % {"client": client.name, "day": rating.valid_until})
    if not rating.grade.startswith("R"):
        raise RuleBroken("grade_not_served", _("A client in default gets no credit this way."))
    return rating


def failed_checks(version: PlanVersion) -> int:
    return sum(not check["passed"] for check in version.result.get("checks", []))


def security_parts(version: PlanVersion, rule: AuthorityRule) -> tuple[tuple[Security, ...], Decimal]:
    """Kinds of security that together carry the version, and the coverage they come to.

    A rest that nothing covers makes the whole deal unsecured.
    """
    secured = version.result["coverage"]
    exposure = Decimal(secured["exposure"])
    cash, things = _collateral_counted(version, secured)
    promised = _guaranteed(version, secured, rule.guarantor_worst_grade)
    coverage = (cash + things + promised) / exposure
    if cash >= exposure:
        return (Security.CASH,), coverage
    if cash + things >= exposure:
        return (Security.COVERED,), coverage
    if promised >= exposure:
        return (Security.GUARANTEED,), coverage
    if coverage >= 1:
        return (Security.COVERED, Security.GUARANTEED), coverage
    return (Security.NONE,), coverage


def _collateral_counted(version: PlanVersion, secured: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    kinds = dict(Collateral.objects.filter(project_id=version.plan.project_id).values_list("pk", "kind"))
    cash = things = ZERO
    for item in secured["collateral"]:
        if kinds.get(int(item["ref"])) in CASH_KINDS:
            cash += Decimal(item["eligible"])
        else:
            things += Decimal(item["eligible"])
    return cash, things


def _guaranteed(version: PlanVersion, secured: Mapping[str, Any], worst: int) -> Decimal:
    """What joint and several guarantors of a good enough grade count for; an unrated one counts for nothing here."""
    rows = Guarantee.objects.filter(project_id=version.plan.project_id, kind=JOINT, guarantor__isnull=False)
    grades = dict(rows.values_list("pk", "guarantor__grade"))
    good = {pk for pk, grade in grades.items() if grade.startswith("R") and int(grade[1:]) <= worst}
    return sum((Decimal(item["eligible"]) for item in secured["guarantees"] if int(item["ref"]) in good), ZERO)


def _weakest(parts: tuple[Security, ...]) -> Security:
    return max(parts, key=list(Security).index)


def group_exposure(client: Client, on: date) -> Decimal:
    """Of the client and its group before the deal: per client the larger of what it owes and what its line grants."""
    members = Client.objects.filter(Q(pk=client.pk) | Q(group__isnull=False, group_id=client.group_id))
    owed = dict(members.values_list("pk", "exposure"))
    lines = CreditLine.objects.filter(level=CreditLine.Level.CLIENT, client_id__in=owed, valid_until__gte=on)
    granted = dict(lines.values_list("client_id", "limit"))
    return sum((max(amount, granted.get(pk, ZERO)) for pk, amount in owed.items()), ZERO)


def _has_credit(client: Client) -> bool:
    approved = Decision.objects.filter(plan__project__borrower=client, state=Decision.State.APPROVED)
    return client.exposure > 0 or approved.exists()


def reasons_as_json(authority: Authority) -> list[dict[str, Any]]:
    return [{"level": f"L{int(reason.level)}", **as_json(reason.message)} for reason in authority.reasons]


def as_json(message: Message) -> dict[str, Any]:
    """A message as the pages of this room read it: amounts marked as decimals, to be written in the reader's unit."""
    params = {
        name: {"decimal": str(value)} if isinstance(value, Decimal) else value for name, value in message.params.items()
    }
    return {"code": message.code, "template": message.template, "params": params}
