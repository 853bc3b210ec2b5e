"""Versions of a rule: one a day, two persons, nothing unconfirmed speaks by itself, old results keep what they had."""

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import override

from clients.models import Client
from crm_project.organization.models import Person, Subject
from crm_project.rules.bodies import BodyMalformed
from crm_project.rules.errors import RuleBroken, RuleSilent, Stale
from crm_project.rules.models import RuleSet
from crm_project.rules.services import (
    activate_ruleset,
    confirm_text_read,
    draft_ruleset,
    load_shipped_rules,
    revise_draft,
    subject_of,
    use_unconfirmed,
)
from crm_project.rules.shipped import ShippedRule, shipped_rules
from tests import recipes

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def author() -> Person:
    return recipes.make_person()


@pytest.fixture
def second() -> Person:
    return recipes.make_person()


def shipped(kind: str, scope: str, on: date = TODAY) -> RuleSet:
    found = RuleSet.objects.newest(kind, scope, on)
    assert found is not None
    return found


def changed(kind: str, scope: str, **params: Any) -> dict[str, Any]:
    body = deepcopy(shipped(kind, scope).body)
    body["params"].update(params)
    return body


def draft(author: Person, **fields: Any) -> RuleSet:
    facts: dict[str, Any] = {
        "kind": "tier",
        "scope": "client",
        "effective_from": TOMORROW,
        "version": "2026-2",
        "provenance": "bank_policy",
        "source": "行发〔2026〕8号",
        **fields,
    }
    facts.setdefault("body", changed(facts["kind"], facts["scope"]))
    return draft_ruleset(author=author, **facts)


def silent(kind: str = "permits", scope: str = "project") -> RuleSet:
    rule = shipped(kind, scope)
    RuleSet.objects.filter(pk=rule.pk).update(use_unconfirmed_from=None, use_unconfirmed_by=None)
    return RuleSet.objects.get(pk=rule.pk)


def test_a_new_version_holds_from_its_day_on_and_the_days_before_keep_theirs(author: Person, second: Person) -> None:
    before = shipped("tier", "client")
    new = draft(author, body=changed("tier", "client", quarters=3))
    assert RuleSet.objects.in_force("tier", "client", TOMORROW) == before
    activate_ruleset(ruleset=new, approval_person=second)
    assert RuleSet.objects.in_force("tier", "client", TODAY) == before
    found = RuleSet.objects.in_force("tier", "client", TOMORROW)
    assert (found, found.approved_by, found.body["params"]["quarters"]) == (new, second, 3)


def test_a_result_keeps_the_version_it_rests_on(author: Person, second: Person) -> None:
    client = recipes.make_client(recipes.make_bank().staff("rm"))
    result = recipes.make_tier(client)
    before = result.rule_set
    activate_ruleset(ruleset=draft(author, effective_from=TODAY), approval_person=second)
    result.refresh_from_db()
    assert result.rule_set == before
    assert recipes.make_tier(Client.objects.get(pk=client.pk)).rule_set.version == "2026-2"


def test_no_two_versions_take_effect_on_one_day(author: Person) -> None:
    draft(author)
    with pytest.raises(RuleBroken) as error:
        draft(author, version="2026-3")
    assert (error.value.rule, error.value.field) == ("ruleset_day", "effective_from")
    twin = RuleSet.objects.get(kind="tier", version="2026-2")
    twin.pk, twin.version = None, "2026-3"
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_a_name_is_used_once(author: Person) -> None:
    with pytest.raises(RuleBroken) as error:
        draft(author, version=shipped("tier", "client").version)
    assert error.value.field == "version"


def test_the_author_does_not_approve_under_any_account(author: Person) -> None:
    new = draft(author)
    with pytest.raises(RuleBroken) as error:
        activate_ruleset(ruleset=new, approval_person=author)
    assert error.value.rule == "ruleset_four_eyes"
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSet.objects.filter(pk=new.pk).update(status="approved", approved_by=author)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSet.objects.filter(pk=new.pk).update(status="approved")


def test_whoever_rewrote_a_draft_last_does_not_approve_it(author: Person, second: Person) -> None:
    new = draft(author)
    facts = {"effective_from": TOMORROW, "provenance": "bank_policy", "source": "同上", "version": "2026-2"}
    revise_draft(ruleset=new, body=changed("tier", "client", quarters=4), author=second, **facts)
    with pytest.raises(RuleBroken):
        activate_ruleset(ruleset=new, approval_person=second)


def test_an_approved_version_is_never_changed_or_taken_away(author: Person, second: Person) -> None:
    rule = shipped("tier", "client")
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSet.objects.filter(pk=rule.pk).update(body={})
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSet.objects.filter(pk=rule.pk).update(status="draft")
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSet.objects.filter(pk=rule.pk).delete()
    new = activate_ruleset(ruleset=draft(author), approval_person=second)
    with pytest.raises(Stale):
        activate_ruleset(ruleset=new, approval_person=second)


def test_an_unconfirmed_rule_does_not_speak_until_the_bank_enters_a_day(author: Person) -> None:
    rule = silent()
    with override("en"), pytest.raises(RuleSilent) as error:
        RuleSet.objects.in_force("permits", "project", TODAY)
    assert "“Permits of a project”, version 2026-1" in error.value.message
    use_unconfirmed(ruleset=rule, from_day=TODAY, person=author)
    found = RuleSet.objects.in_force("permits", "project", TODAY)
    assert (found.use_unconfirmed_by, found.provenance) == (author, "unconfirmed")


def test_a_day_in_the_future_does_not_let_it_speak_yet(author: Person) -> None:
    use_unconfirmed(ruleset=silent(), from_day=TOMORROW, person=author)
    with pytest.raises(RuleSilent):
        RuleSet.objects.in_force("permits", "project", TODAY)


def test_an_unconfirmed_rule_speaks_once_a_person_has_read_its_text(author: Person) -> None:
    confirm_text_read(ruleset=silent(), person=author)
    assert RuleSet.objects.in_force("permits", "project", TODAY).text_read_by == author


def test_an_older_version_never_speaks_for_a_silent_one() -> None:
    silent("entrusted_payment", "fixed_asset")
    with pytest.raises(RuleSilent):
        RuleSet.objects.in_force("entrusted_payment", "fixed_asset", TODAY)
    old = RuleSet.objects.in_force("entrusted_payment", "fixed_asset", date(2024, 6, 30))
    assert old.version == "2009-1"


def test_a_confirmed_rule_needs_no_confirmation(author: Person) -> None:
    with pytest.raises(RuleBroken):
        use_unconfirmed(ruleset=shipped("tier", "client"), from_day=TODAY, person=author)


def test_an_unconfirmed_draft_names_its_reader_before_it_is_activated(author: Person, second: Person) -> None:
    new = draft(author, provenance="unconfirmed")
    with pytest.raises(RuleBroken) as error:
        activate_ruleset(ruleset=new, approval_person=second)
    assert error.value.rule == "ruleset_unconfirmed"
    use_unconfirmed(ruleset=new, from_day=TOMORROW, person=author)
    assert activate_ruleset(ruleset=new, approval_person=second).status == "approved"


def edited(kind: str, scope: str, change: Any) -> dict[str, Any]:
    body = deepcopy(shipped(kind, scope).body)
    change(body)
    return body


@pytest.mark.parametrize(
    ("kind", "scope", "change", "place"),
    [
        ("tier", "client", lambda b: b.pop("selector"), "selector"),
        ("tier", "client", lambda b: b["title"].pop("zh"), "title.zh"),
        ("tier", "client", lambda b: b["params"].pop("quarters"), "params.quarters"),
        ("tier", "client", lambda b: b["params"].update(assets_span="viel"), "params.assets_span"),
        ("tier", "client", lambda b: b["params"].update(quarters="two"), "params.quarters"),
        ("tier", "client", lambda b: b["tables"].update(tier=[]), "tables.tier"),
        ("rating", "corporate", lambda b: b["tables"].pop("scale"), "tables.scale"),
        ("rating", "corporate", lambda b: b["tables"]["scale"][2].update(pd="0,01"), "tables.scale[3].pd"),
        ("rating", "corporate", lambda b: b["tables"]["scale"][2].pop("pd"), "tables.scale[3].pd"),
        ("rating", "corporate", lambda b: b["tables"]["factors"][0].update(weight=8), "tables.factors[1].weight"),
        ("rating", "corporate", lambda b: b["tables"]["gates"][0].update(provenance="x"), "tables.gates[1].provenance"),
    ],
)
def test_a_malformed_body_is_refused_and_its_place_named(
    author: Person, kind: str, scope: str, change: Any, place: str
) -> None:
    with pytest.raises(BodyMalformed) as error:
        draft(author, kind=kind, scope=scope, body=edited(kind, scope, change))
    assert (error.value.place, error.value.field) == (place, "body")
    assert not RuleSet.objects.filter(status="draft").exists()


def test_the_calculation_itself_refuses_a_body_it_could_not_use(author: Person) -> None:
    body = edited("rating", "corporate", lambda b: b["tables"]["factors"][0].update(weight="9"))
    with pytest.raises(BodyMalformed) as error:
        draft(author, kind="rating", scope="corporate", body=body)
    assert "weights of the factors do not sum to 100" in error.value.message


def test_loading_the_shipped_rules_again_changes_nothing() -> None:
    def state() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT xmin::text, r.* FROM rules_ruleset r ORDER BY id")
            return list(cursor.fetchall())

    before = state()
    assert load_shipped_rules() == 0
    assert state() == before


def test_a_version_opens_its_subject_once_without_branch(author: Person) -> None:
    new = draft(author)
    subject = subject_of(new)
    assert subject_of(RuleSet.objects.get(pk=new.pk)) == subject
    assert (subject.kind, subject.root_id, subject.branch_id) == (Subject.Kind.RULE_SET, subject.pk, None)


@pytest.mark.parametrize("rule", shipped_rules(), ids=lambda rule: f"{rule.kind}/{rule.scope} {rule.version}")
def test_every_shipped_rule_can_be_copied_as_a_draft(author: Person, rule: ShippedRule) -> None:
    day = rule.effective_from + timedelta(days=1)
    copy = draft(author, kind=rule.kind, scope=rule.scope, body=deepcopy(rule.body), effective_from=day, version="copy")
    assert copy.status == "draft"
