"""Verbs on ratings: start, fill in, propose, override, take back. Confirmation is an approval, see rating_approval."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.calc.override import override_problems
from clients.calc.rating_rule import RatingRule
from clients.calc.slotting import SlottingRule, rating_path
from clients.models import Client, Project, Rating, Relation, Statement
from clients.rating_texts import OVERRIDE_PROBLEMS, blocks_text
from clients.services.rating_approval import CONFIRM, LIMIT, OVERRIDE, as_proposed, waiting_approval
from clients.services.rating_result import Computed, corporate_rule, newest_annual, score_company, statements_for
from clients.services.rating_sheet import CorporateSheet, Sheet, SlottingSheet
from clients.services.slotting_result import slot_project, slotting_rule
from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Level, Role
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.rules.models import RuleSet
from crm_project.workflow.models import Approval
from crm_project.workflow.services import approvals


def suggested_kind(client: Client) -> str:
    """How a client is rated as a rule: a project company by slotting, all others by the scorecard (RULES §24)."""
    company = client.nature == Client.Nature.PROJECT_COMPANY
    return Rating.Kind.SLOTTING if company else Rating.Kind.CORPORATE


def start_rating(*, client: Client, kind: str, by: Staff, as_of: date, project: Project | None = None) -> Rating:
    """A draft, prefilled with what the statement says of the audit, or with the sheet that was refused last.

    project: what a project company is rated by. Raises RuleBroken where a rating is in work already, the day lies in
    the future or before the first rule, or the kind is not the client's path.
    """
    if as_of > timezone.localdate():
        raise RuleBroken("rating_as_of", _("This day lies in the future."), "as_of")
    try:
        rule_set = corporate_rule(as_of) if kind == Rating.Kind.CORPORATE else slotting_rule(as_of)
    except RuleSet.DoesNotExist:
        raise RuleBroken("rating_no_rule", _("No rating rule was in force on this day."), "as_of") from None
    _refuse_wrong_path(client, kind, as_of, project)
    refused = Rating.objects.filter(client=client, kind=kind).order_by("-id").first()
    keep = refused is not None and refused.state == Rating.State.REFUSED
    rating = Rating(
        root_id=client.root_id,
        client=client,
        project=project if kind == Rating.Kind.SLOTTING else None,
        kind=kind,
        rule_set=rule_set,
        as_of=as_of,
        inputs=refused.inputs if refused and keep else _first_sheet(client, kind, as_of, project).as_json(),
    )
    _store(rating, compute(rating))
    try:
        with transaction.atomic():
            rating.save(force_insert=True)
    except IntegrityError as error:
        if "rating_one_in_work" not in str(error):
            raise
        raise RuleBroken("rating_in_work", _("A rating of this client is in work already.")) from error
    return rating


def _refuse_wrong_path(client: Client, kind: str, as_of: date, project: Project | None) -> None:
    company = client.nature == Client.Nature.PROJECT_COMPANY
    if kind == Rating.Kind.CORPORATE:
        if company:
            raise RuleBroken("rating_path", _("A project company is rated by slotting: its project decides."), "kind")
        return
    years = sum(1 for one in statements_for(client, as_of) if one.months == 12)
    rule = SlottingRule.from_body(slotting_rule(as_of).body)
    if rating_path(rule, is_project_company=company, full_operating_years=Decimal(years)) == "scorecard":
        raise RuleBroken("rating_path", _("A company with two annual statements is rated by the scorecard."), "kind")
    if project is None or project.borrower_id != client.pk:
        raise RuleBroken("rating_project", _("Choose the project that this company was formed for."), "project")


def _first_sheet(client: Client, kind: str, as_of: date, project: Project | None) -> Sheet:
    if kind == Rating.Kind.SLOTTING:
        return SlottingSheet(completed=project is not None and project.stage == Project.Stage.OPERATION)
    statement = newest_annual(statements_for(client, as_of))
    if statement is None:
        return CorporateSheet()
    if statement.audit_opinion == Statement.Opinion.UNAUDITED:
        return CorporateSheet(gates={"audited": "no"})
    return CorporateSheet(gates={"audited": "yes", "audit_opinion": statement.audit_opinion})


def sheet_of(rating: Rating) -> Sheet:
    kind = SlottingSheet if rating.kind == Rating.Kind.SLOTTING else CorporateSheet
    return kind.from_json(rating.inputs)


def compute(rating: Rating, sheet: Sheet | None = None) -> Computed:
    """What the rating comes to with a sheet, or with its own, by its rule version and the statements in force now."""
    given = sheet or sheet_of(rating)
    if isinstance(given, SlottingSheet):
        assert rating.project  # noqa: S101  (start_rating asks for it)
        return slot_project(project=rating.project, sheet=given, rule_set=rating.rule_set, as_of=rating.as_of)
    return score_company(client=rating.client, sheet=given, rule_set=rating.rule_set, as_of=rating.as_of)


def _store(rating: Rating, computed: Computed) -> bool:
    """Put an outcome into the row; whether it differs from what stood there."""
    before = (rating.result, rating.computed_grade, rating.statement_id)
    rating.result = computed.result
    rating.score, rating.pd = computed.score, computed.pd
    rating.computed_grade = computed.grade
    rating.statement = computed.statement
    return before != (rating.result, rating.computed_grade, rating.statement_id)


@transaction.atomic
def fill_rating(*, rating: Rating, version: int, by: Staff, sheet: Sheet) -> Rating:
    """Store the sheet and what comes of it. A proposal that waits becomes void and the rating a draft again.

    Raises Stale where somebody changed the rating since `version`, RuleBroken where it is closed.
    """
    locked = _in_work(rating, version)
    if LIMIT in locked.result:
        raise RuleBroken("rating_override_waits", _("An override of the grade in force waits; it is withdrawn first."))
    if locked.state == Rating.State.PROPOSED and (waiting := waiting_approval(locked)):
        approvals.void(approval=waiting)
        locked.refresh_from_db(fields=["state", "version", "grade", "override_code", "override_reason"])
    locked.inputs = sheet.as_json()
    _store(locked, compute(locked, sheet))
    locked.version += 1
    locked.save()
    return locked


def propose_rating(*, rating: Rating, version: int, by: Staff, reason: str = "") -> Approval:
    """Ask a risk officer to confirm the computed grade.

    Raises RuleBroken with everything that is missing, or where statements or the sponsor's grade have changed since the
    sheet was filled in: the new outcome is stored then, so that it can be looked at; Stale.
    """
    _bring_up_to_date(rating, version)
    with transaction.atomic():
        locked = _in_work(rating, version)
        _refuse_unready(locked)
        locked.grade, locked.pd = locked.computed_grade, Decimal(locked.result["pd"])
        locked.override_code = locked.override_reason = ""
        return _ask(locked, CONFIRM, by, Level.BRANCH, reason)


def override_rating(*, rating: Rating, version: int, by: Staff, to_grade: str, code: str, reason: str) -> Approval:
    """Ask for another grade than the computed one, of a rating in work or of the one in force.

    Worse by any number of steps is decided at branch level, better (two steps at most, never through a gate, on ground
    of support never beyond the parent) by the upper branch. Raises RuleBroken, Stale.
    """
    if not reason.strip():
        raise RuleBroken("override_reason", _("Say why the computed grade does not hold."), "reason")
    if rating.state != Rating.State.CONFIRMED:
        _bring_up_to_date(rating, version)
    with transaction.atomic():
        if rating.state == Rating.State.CONFIRMED:
            locked = _copy_in_force(rating, version)
        else:
            locked = _in_work(rating, version)
            _refuse_unready(locked)
        scale_rule = RatingRule.from_body(corporate_rule(locked.as_of).body)
        _refuse_override(scale_rule, locked, to_grade, code)
        better = scale_rule.scale.is_worse(locked.computed_grade, to_grade)
        locked.grade, locked.pd = to_grade, scale_rule.scale[to_grade].pd
        locked.override_code, locked.override_reason = code, reason.strip()
        return _ask(locked, OVERRIDE, by, Level.UPPER_BRANCH if better else Level.BRANCH, reason)


def _bring_up_to_date(rating: Rating, version: int) -> None:
    """Refuses, after storing it, an outcome that is no longer the one the person has seen."""
    with transaction.atomic():
        locked = _in_work(rating, version)
        if locked.state == Rating.State.PROPOSED:
            raise RuleBroken("rating_proposed", _("This rating waits for confirmation already."))
        changed = _store(locked, compute(locked))
        if changed:
            locked.version += 1
            locked.save()
    if changed:
        raise RuleBroken(
            "rating_moved", _("Statements or grades have changed meanwhile: look at the new outcome first.")
        )


def _refuse_unready(rating: Rating) -> None:
    if reasons := blocks_text(rating.result):
        raise RuleBroken("rating_not_ready", " ".join(reasons))


def _copy_in_force(rating: Rating, version: int) -> Rating:
    """A new row with everything of the rating in force, for an override of it; it holds no longer than that one."""
    source = _locked(rating)
    if source.version != version or source.state != Rating.State.CONFIRMED:
        raise Stale
    if Rating.objects.in_work().filter(client_id=source.client_id).exists():
        raise RuleBroken("rating_in_work", _("A rating of this client is in work already."))
    limit = source.valid_until.isoformat() if source.valid_until else None
    return Rating(
        root_id=source.root_id,
        client=source.client,
        project=source.project,
        kind=source.kind,
        rule_set=source.rule_set,
        statement=source.statement,
        as_of=source.as_of,
        inputs=source.inputs,
        result={**source.result, LIMIT: limit},
        score=source.score,
        computed_grade=source.computed_grade,
    )


def _refuse_override(rule: RatingRule, rating: Rating, to_grade: str, code: str) -> None:
    if to_grade == rating.computed_grade:
        raise RuleBroken("override_same", _("This is the computed grade; propose it as it is."), "to_grade")
    held_at = rating.result.get("held_at", [])
    parent = parent_grade(rating)
    for_support = code == Rating.OverrideReason.PARENT_SUPPORT
    problems = override_problems(
        rule, rating.computed_grade, to_grade, held_at=held_at, for_support=for_support, parent_grade=parent
    )
    if problems:
        place = max(rule.scale.position(rating.computed_grade) - rule.override_max_steps, 0)
        words: Mapping[str, Any] = {
            "steps": rule.override_max_steps,
            "grade": rule.scale.grades[place].code,
            "held": rule.scale.worst(held_at) if held_at else rating.computed_grade,
            "parent": parent or _("not rated"),
        }
        text = " ".join(str(OVERRIDE_PROBLEMS[problem]) % words for problem in problems)
        raise RuleBroken(f"override_{problems[0]}", text, "to_grade")


def parent_grade(rating: Rating) -> str | None:
    """Grade of the parent: the sponsor of a project company, else the client in control; None if unrated."""
    if rating.project is not None:
        return rating.project.sponsor.grade or None
    control = Relation.objects.filter(
        client_id=rating.client_id, kind=Relation.Kind.CONTROLLED_BY, until__isnull=True, other__isnull=False
    )
    return control.order_by("-share").values_list("other__grade", flat=True).first() or None


def _ask(rating: Rating, kind: str, by: Staff, level: str, reason: str) -> Approval:
    rating.state = Rating.State.PROPOSED
    rating.proposed_by, rating.proposed_at = by.person, timezone.now()
    rating.version += 1
    rating.save()
    return approvals.request_approval(
        subject=rating.client.subject,
        kind=kind,
        payload=as_proposed(rating),
        by=by,
        role=Role.RISK_OFFICER,
        level=level,
        reason=reason,
    )


def withdraw_rating(*, rating: Rating, by: Staff) -> None:
    """The person who proposed takes the proposal back: a draft again. Raises RuleBroken, Stale."""
    waiting = waiting_approval(rating)
    if waiting is None:
        raise Stale
    approvals.withdraw(approval=waiting, by=by)


@transaction.atomic
def drop_rating(*, rating: Rating, version: int, by: Staff) -> None:
    """A draft is given up; it stays on record. Raises RuleBroken where it waits for confirmation, Stale."""
    locked = _in_work(rating, version)
    if locked.state != Rating.State.DRAFT:
        raise RuleBroken("rating_proposed", _("This rating waits for confirmation already."))
    locked.state = Rating.State.DROPPED
    locked.version += 1
    locked.save(update_fields=["state", "version"])


def _in_work(rating: Rating, version: int) -> Rating:
    """The row under lock as it stands. Raises Stale where it has moved on, RuleBroken where it is closed."""
    locked = _locked(rating)
    if locked.version != version:
        raise Stale
    if locked.state not in (Rating.State.DRAFT, Rating.State.PROPOSED):
        raise RuleBroken("rating_closed", _("This rating is closed; start a new one."))
    return locked


def _locked(rating: Rating) -> Rating:
    """The row as it stands, its client's subject locked before it: the order in which a decision locks too."""
    Subject.objects.select_for_update(of=("self",), no_key=True).get(pk=rating.client_id)
    rows = Rating.objects.select_for_update(of=("self",), no_key=True)
    joined = rows.select_related("client__subject", "client__industry", "project__sponsor", "rule_set")
    locked: Rating = joined.get(pk=rating.pk)
    return locked
