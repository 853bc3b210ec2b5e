"""Verbs on rules."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.organization.models import Person, Subject
from crm_project.organization.services import open_root
from crm_project.rules import bodies
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.rules.models import CalendarDay, Industry, RuleSet
from crm_project.rules.shipped import shipped_body, shipped_rules
from crm_project.rules.signals import ruleset_activated, ruleset_confirmed

TITLE_LENGTH = 200


@transaction.atomic
def load_shipped_rules() -> int:
    """Bring in the rule data that come with the product; by natural key, so that a second run changes nothing.

    A shipped version that the bank has since replaced for the same day stays as the bank has it.
    Returns how many rows are new.
    """
    fresh = 0
    for rule in shipped_rules():
        _, created = RuleSet.objects.get_or_create(
            kind=rule.kind,
            scope=rule.scope,
            effective_from=rule.effective_from,
            defaults={
                "version": rule.version,
                "body": rule.body,
                "provenance": rule.provenance,
                "source": rule.source,
                "shipped": True,
                "status": RuleSet.Status.APPROVED,
            },
        )
        fresh += created
    return fresh + _load_calendar() + _load_industries()


def _load_calendar() -> int:
    rows = shipped_body("calendar", "china")["tables"]["days"]
    return _add_missing(
        CalendarDay,
        [
            CalendarDay(
                day=date.fromisoformat(row["date"]),
                kind=row["kind"],
                name_en=row["name_en"],
                name_zh=row["name_zh"],
                status=row["status"],
            )
            for row in rows
        ],
    )


def _load_industries() -> int:
    rows = shipped_body("industries", "gbt4754")["tables"]["industries"]
    return _add_missing(
        Industry,
        [
            Industry(
                code=row["code"],
                level=row["level"],
                parent_id=row["parent"] or None,
                name_zh=row["name_zh"],
                name_en=row["name_en"],
                size_class=row["size_class"],
            )
            for row in rows
        ],
    )


def _add_missing(model: Any, objects: list[Any]) -> int:
    known = set(model.objects.values_list("pk", flat=True))
    missing = [item for item in objects if item.pk not in known]
    model.objects.bulk_create(missing)
    return len(missing)


@transaction.atomic
def draft_ruleset(
    *,
    kind: str,
    scope: str,
    effective_from: date,
    body: dict[str, Any],
    provenance: str,
    source: str,
    author: Person,
    version: str,
    text_read_by: Person | None = None,
) -> RuleSet:
    """A new version that holds from a day once a second person has approved it.

    text_read_by: for an unconfirmed rule, who read the official text. Raises RuleBroken where the day or the name of
    the version is taken, nothing is said of the source, or the body cannot be read; the message names the place.
    """
    draft = RuleSet(kind=kind, scope=scope)
    fill_draft(draft, effective_from, body, provenance, source, author, version, text_read_by)
    draft.save(force_insert=True)
    return draft


@transaction.atomic
def revise_draft(
    *,
    ruleset: RuleSet,
    effective_from: date,
    body: dict[str, Any],
    provenance: str,
    source: str,
    author: Person,
    version: str,
    text_read_by: Person | None = None,
) -> RuleSet:
    """Rewrite a draft; who did is its author from now on. Raises Stale where it is approved, else as draft_ruleset."""
    draft = _locked(ruleset, RuleSet.Status.DRAFT)
    fill_draft(draft, effective_from, body, provenance, source, author, version, text_read_by)
    draft.save()
    return draft


def fill_draft(
    draft: RuleSet,
    effective_from: date,
    body: dict[str, Any],
    provenance: str,
    source: str,
    author: Person,
    version: str,
    text_read_by: Person | None,
) -> None:
    """Write a draft's facts into it without saving. Raises RuleBroken as draft_ruleset."""
    others = RuleSet.objects.filter(kind=draft.kind, scope=draft.scope).exclude(pk=draft.pk)
    if others.filter(effective_from=effective_from).exists():
        raise RuleBroken("ruleset_day", _("Another version takes effect on this day."), "effective_from")
    if not version.strip() or others.filter(version=version.strip()).exists():
        raise RuleBroken("ruleset_version", _("Give a name that no other version of this rule has."), "version")
    if not source.strip():
        raise RuleBroken("ruleset_source", _("Say where the rule comes from."), "source")
    if provenance not in RuleSet.Provenance.values:
        raise RuleBroken("ruleset_provenance", _("This is no provenance."), "provenance")
    before = RuleSet.objects.newest(draft.kind, draft.scope, effective_from)
    bodies.check_body(draft.kind, draft.scope, body, before.body if before else None)
    draft.effective_from, draft.body, draft.provenance = effective_from, body, provenance
    draft.source, draft.author, draft.version = source.strip(), author, version.strip()
    draft.text_read_by = text_read_by


@transaction.atomic
def activate_ruleset(*, ruleset: RuleSet, approval_person: Person) -> RuleSet:
    """The draft becomes the rule from its day on. To be called by the decision of its approval.

    Raises Stale where it is no draft any more, RuleBroken where its author approves, an unconfirmed text has neither
    reader nor decision of the bank, or the body cannot be read.
    """
    draft = _locked(ruleset, RuleSet.Status.DRAFT)
    if draft.author_id == approval_person.pk:
        raise RuleBroken("ruleset_four_eyes", _("You wrote this rule yourself; another person approves it."))
    refuse_silent(draft)
    before = RuleSet.objects.newest(draft.kind, draft.scope, draft.effective_from)
    bodies.check_body(draft.kind, draft.scope, draft.body, before.body if before else None)
    draft.status, draft.approved_by = RuleSet.Status.APPROVED, approval_person
    draft.save(update_fields=["status", "approved_by"])
    ruleset_activated.send(sender=RuleSet, ruleset=draft, person=approval_person)
    return draft


def refuse_silent(ruleset: RuleSet) -> None:
    """Raises RuleBroken for an unconfirmed version without a reader of its text or a decision of the bank."""
    decided = ruleset.text_read_by_id is not None or ruleset.use_unconfirmed_from is not None
    if ruleset.provenance == RuleSet.Provenance.UNCONFIRMED and not decided:
        message = _("Name who has read the official text, or enter from which day the bank uses it unconfirmed.")
        raise RuleBroken("ruleset_unconfirmed", message, "text_read_by")


@transaction.atomic
def use_unconfirmed(*, ruleset: RuleSet, from_day: date, person: Person) -> RuleSet:
    """The bank uses an unconfirmed rule from a day on, although nobody here has read the text; it stays marked.

    Raises RuleBroken where the rule is not unconfirmed or speaks already.
    """
    locked = _unconfirmed(ruleset)
    locked.use_unconfirmed_from, locked.use_unconfirmed_by = from_day, person
    locked.save(update_fields=["use_unconfirmed_from", "use_unconfirmed_by"])
    ruleset_confirmed.send(sender=RuleSet, ruleset=locked, person=person, code="use")
    return locked


@transaction.atomic
def confirm_text_read(*, ruleset: RuleSet, person: Person) -> RuleSet:
    """A person has read the official text of an unconfirmed rule and found it as it stands here; it stays marked.

    Raises RuleBroken as use_unconfirmed.
    """
    locked = _unconfirmed(ruleset)
    locked.text_read_by = person
    locked.save(update_fields=["text_read_by"])
    ruleset_confirmed.send(sender=RuleSet, ruleset=locked, person=person, code="read")
    return locked


def _unconfirmed(ruleset: RuleSet) -> RuleSet:
    locked = RuleSet.objects.select_for_update(of=("self",)).get(pk=ruleset.pk)
    if locked.provenance != RuleSet.Provenance.UNCONFIRMED:
        raise RuleBroken("ruleset_confirmed", _("This rule needs no confirmation."))
    if locked.text_read_by_id is not None:
        raise RuleBroken("ruleset_confirmed", _("The text of this rule has been read already."))
    return locked


@transaction.atomic
def subject_of(ruleset: RuleSet) -> Subject:
    """The subject on which approvals of a version hang, opened where there is none: a root without branch."""
    locked = RuleSet.objects.select_for_update(of=("self",)).select_related("subject").get(pk=ruleset.pk)
    if locked.subject is None:
        title = f"{locked.body['title']['zh']} {locked.version}"[:TITLE_LENGTH]
        locked.subject = open_root(kind=Subject.Kind.RULE_SET, title=title, branch=None, manager=None)
        locked.save(update_fields=["subject"])
    ruleset.subject = locked.subject
    return locked.subject


def _locked(ruleset: RuleSet, status: str) -> RuleSet:
    locked = RuleSet.objects.select_for_update(of=("self",)).get(pk=ruleset.pk)
    if locked.status != status:
        raise Stale
    return locked


def confirm_shipped(*, person: Person, from_day: date | None = None) -> int:
    """The bank uses every shipped rule that is unconfirmed and silent, from a day on; today unless given.

    Returns how many. The demonstration begins with it; a bank decides rule by rule.
    """
    silent = RuleSet.objects.filter(
        shipped=True,
        provenance=RuleSet.Provenance.UNCONFIRMED,
        text_read_by__isnull=True,
        use_unconfirmed_from__isnull=True,
    )
    for ruleset in silent:
        use_unconfirmed(ruleset=ruleset, from_day=from_day or timezone.localdate(), person=person)
    return len(silent)
