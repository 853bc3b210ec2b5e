"""From submission to the line: who may do what, what is frozen, what the database refuses by itself (RULES §28)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from clients.models import Client
from clients.services.client import set_co_managers
from crm_project.organization.models import Staff
from crm_project.organization.roles import Level, Role
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Act, Notice, Task
from financing.models import Condition, CreditLine, Decision, Plan, PlanVersion, Tranche
from financing.services.committee import Votes, record_committee
from financing.services.condition import confirm_condition, report_condition
from financing.services.decision import Terms, decide, give_opinion, submit_plan, withdraw
from financing.services.plan import copy_version
from tests import recipes
from tests.financing import decision_support as support
from tests.recipes import Bank

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank() -> Bank:
    return recipes.make_bank()


@pytest.fixture
def manager(bank: Bank) -> Staff:
    return bank.staff(Role.RM)


@pytest.fixture
def client(manager: Staff) -> Client:
    return recipes.make_client(manager)


@pytest.fixture
def risk(bank: Bank) -> Staff:
    return bank.staff(Role.RISK_OFFICER)


@pytest.fixture
def head(bank: Bank) -> Staff:
    return bank.staff(Role.APPROVER)


def refused(rule: str, act: Callable[[], object]) -> str:
    with pytest.raises(RuleBroken) as error:
        act()
    assert error.value.rule == rule, error.value
    return error.value.message


def needs(decision: Decision, level: str) -> Decision:
    """The same deal as one that another level decides."""
    Decision.objects.filter(pk=decision.pk).update(level_needed=level)
    decision.refresh_from_db()
    return decision


def test_submission_freezes_the_version_and_calls_the_risk_officer(client: Client, risk: Staff) -> None:
    decision = support.submitted(client)
    assert decision.plan_version.state == PlanVersion.State.FROZEN
    assert Plan.objects.get(pk=decision.plan_id).state == Plan.State.SUBMITTED
    assert (decision.grade, decision.security, decision.level_needed) == ("R5", "covered", "L1")
    assert decision.level_reasons[0]["code"] == "within"
    assert decision.group_exposure == decision.amount > 0
    task = Task.objects.open().get(subject_id=decision.pk)
    assert (task.kind, task.assignee) == ("risk_opinion", risk)
    assert {act.act for act in Act.objects.filter(deal_id=decision.pk)} == {"propose", "manage"}


def test_a_frozen_version_is_not_edited_and_a_copy_of_it_is(client: Client, manager: Staff) -> None:
    decision = support.submitted(client)
    version = decision.plan_version
    refused("version_frozen", lambda: recipes.save_plan(version, {"equity": Decimal(1)}))
    copy = copy_version(version=version, name="V2", by=manager)
    refused("plan_submitted", lambda: submit_plan(version=copy, seen=copy.version, by=manager))


def test_without_a_grade_in_force_nothing_is_submitted(client: Client, manager: Staff) -> None:
    plan = support.make_plan(client)
    assert client.name in refused("rating_missing", lambda: support.submit(plan))
    support.make_grade(client, days=-1)
    refused("rating_expired", lambda: support.submit(plan))
    support.make_grade(client, "R13")
    assert "R13" in refused("grade_not_served", lambda: support.submit(plan))
    assert not Decision.objects.exists()


def test_a_version_without_a_result_or_saved_meanwhile_is_not_submitted(client: Client, manager: Staff) -> None:
    support.make_grade(client)
    plan = support.make_plan(client)
    version = plan.versions.get()
    with pytest.raises(Stale):
        submit_plan(version=version, seen=version.version - 1, by=manager)
    type(plan.project).objects.filter(pk=plan.project_id).update(start_on=None)
    refused("plan_unsolved", lambda: support.submit(plan))


def test_a_rule_that_is_not_met_makes_it_the_committees(client: Client) -> None:
    support.make_grade(client)
    plan = support.make_plan(client)
    recipes.save_plan(plan.versions.get(), {"equity": Decimal(0)})
    decision = support.submit(plan)
    assert decision.level_needed == "L3"
    assert "policy_exception" in {reason["code"] for reason in decision.level_reasons}


def test_the_lines_of_the_whole_group_count(client: Client, manager: Staff, risk: Staff, head: Staff) -> None:
    group = recipes.make_client(manager).pk
    for member in (client.pk, group):
        Client.objects.filter(pk=member).update(group_id=_group())
    Client.objects.filter(pk=group).update(exposure=Decimal("29000000"))
    decision = support.submitted(client)
    assert decision.group_exposure == decision.amount + Decimal("29000000")
    assert decision.level_needed == "L2"


def _group() -> int:
    from clients.models import ClientGroup

    return ClientGroup.objects.get_or_create(name="恒泽集团")[0].pk


def test_the_risk_opinion_is_another_persons_and_given_once(
    client: Client, manager: Staff, bank: Bank, risk: Staff
) -> None:
    decision = support.submitted(client)
    second_account = bank.staff(Role.RISK_OFFICER, person=manager.person)
    opinion = {"supports": True, "text": "同意。"}
    refused("decision_excluded", lambda: give_opinion(decision=decision, by=second_account, **opinion))
    refused("opinion_role", lambda: give_opinion(decision=decision, by=bank.staff(Role.APPROVER), **opinion))
    stranger = bank.staff(Role.RISK_OFFICER, bank.west)
    refused("decision_scope", lambda: give_opinion(decision=decision, by=stranger, **opinion))
    give_opinion(decision=decision, by=risk, **opinion)
    with pytest.raises(Stale):
        give_opinion(decision=decision, by=risk, **opinion)


def test_approval_opens_the_lines_with_conditions_and_tells_the_manager(
    client: Client, manager: Staff, risk: Staff, head: Staff
) -> None:
    decision = support.approved(client, risk, head)
    assert Plan.objects.get(pk=decision.plan_id).state == Plan.State.APPROVED
    lines = {line.level: line for line in CreditLine.objects.filter(client=client)}
    assert set(lines) == {"client", "sub_limit"}
    assert lines["sub_limit"].parent == lines["client"]
    assert {line.limit for line in lines.values()} == {decision.amount}
    assert lines["sub_limit"].product_kind == "project_loan" and not lines["sub_limit"].revolving
    assert [one.text for one in decision.conditions.all()] == list(support.CONDITIONS)
    assert Notice.objects.filter(staff=manager, kind="credit_decided").exists()
    assert not Task.objects.open().filter(subject_id=decision.pk).exists()


@pytest.mark.parametrize(
    ("needed", "level", "may"),
    [
        ("L1", Level.L1, True),
        ("L1", Level.L2, True),
        ("L1", Level.L3, False),
        ("L1", Level.L4, True),
        ("L2", Level.L1, False),
        ("L2", Level.L2, True),
        ("L3", Level.L2, False),
        ("L3", Level.L4, False),
        ("L4", Level.L2, False),
        ("L4", Level.L4, True),
    ],
)
def test_one_approver_decides_up_to_the_own_level_and_never_for_the_committee(
    client: Client, bank: Bank, risk: Staff, needed: str, level: str, may: bool
) -> None:
    decision = needs(support.opined(client, risk), needed)
    approver = bank.staff(Role.APPROVER, bank.head if level == Level.L4 else bank.east, level=level)

    def act() -> Decision:
        return decide(decision=decision, by=approver, approve=True, reason="同意。", terms=support.terms())

    if may:
        assert act().state == Decision.State.APPROVED
    else:
        refused("decision_level", act)


def test_who_prepared_or_judged_the_deal_does_not_decide_it_under_any_account(
    client: Client, manager: Staff, bank: Bank, risk: Staff
) -> None:
    helper = bank.staff(Role.RM)
    set_co_managers(client=client, staff=[helper])
    decision = support.opined(client, risk)
    for person in (manager.person, helper.person, risk.person):
        account = bank.staff(Role.APPROVER, person=person)
        message = refused(
            "decision_excluded",
            lambda by=account: decide(decision=decision, by=by, approve=True, reason="同意。", terms=support.terms()),
        )
        assert person.name in message


@pytest.mark.parametrize("act", ["approve", "vote", "risk_opinion"])
def test_the_database_refuses_an_act_of_who_manages_the_client_by_itself(
    client: Client, manager: Staff, bank: Bank, act: str
) -> None:
    decision = support.submitted(client)
    account = bank.staff(Role.APPROVER, person=manager.person)
    with pytest.raises(DatabaseError, match="excludes this act"), transaction.atomic():
        Act.objects.create(deal_id=decision.pk, act=act, person=manager.person, account=account)


def test_the_database_refuses_an_act_under_another_persons_name(client: Client, manager: Staff, head: Staff) -> None:
    decision = support.submitted(client)
    with pytest.raises(DatabaseError, match="another person"), transaction.atomic():
        Act.objects.create(deal_id=decision.pk, act=Act.Kind.APPROVE, person=head.person, account=manager)


def test_the_database_keeps_a_decision_to_its_course(client: Client, manager: Staff, risk: Staff, head: Staff) -> None:
    helper = recipes.make_staff(Role.RM, manager.branch)
    set_co_managers(client=client, staff=[helper])
    decision = support.opined(client, risk)
    row = Decision.objects.filter(pk=decision.pk)
    decided = {"decided_at": timezone.now(), "decided_reason": "同意。", "state": "approved"}
    for change, why in (
        ({"decided_by": helper.person, **decided}, "prepared the deal"),
        ({"amount": Decimal(1)}, "stays as it was"),
        ({"state": "submitted"}, "from submission"),
    ):
        with pytest.raises(DatabaseError, match=why), transaction.atomic():
            row.update(**change)
    decide(decision=decision, by=head, approve=True, reason="同意。", terms=support.terms())
    with pytest.raises(DatabaseError, match="final"), transaction.atomic():
        row.update(state="refused")


def test_an_edit_behind_the_products_back_makes_approval_impossible(client: Client, risk: Staff, head: Staff) -> None:
    decision = support.opined(client, risk)
    Tranche.objects.filter(version=decision.plan_version).update(spread_bp=0)
    asked = {"decision": decision, "by": head, "reason": "意见。", "terms": support.terms()}
    refused("decision_changed", lambda: decide(approve=True, **asked))
    assert decide(approve=False, **asked).state == Decision.State.REFUSED


def test_a_new_grade_or_a_grown_group_makes_approval_impossible(client: Client, risk: Staff, head: Staff) -> None:
    decision = support.opined(client, risk)
    asked = {"decision": decision, "by": head, "approve": True, "reason": "意见。", "terms": support.terms()}
    Client.objects.filter(pk=client.pk).update(exposure=Decimal("90000000"))
    refused("decision_outgrown", lambda: decide(**asked))
    support.make_grade(client, "R9")
    refused("decision_changed", lambda: decide(**asked))


def test_a_decision_says_why_and_until_when(client: Client, risk: Staff, head: Staff) -> None:
    decision = support.opined(client, risk)
    asked = {"decision": decision, "by": head, "approve": True}
    refused("decision_reason", lambda: decide(reason=" ", terms=support.terms(), **asked))
    for day in (None, timezone.localdate()):
        refused("line_until", lambda until=day: decide(reason="同意。", terms=Terms(until), **asked))
    refused("conditions_long", lambda: decide(reason="同意。", terms=support.terms("长" * 301), **asked))
    assert not CreditLine.objects.exists()


def test_a_withdrawn_deal_is_in_design_again_and_a_copy_may_be_submitted(
    client: Client, manager: Staff, bank: Bank, risk: Staff
) -> None:
    decision = support.opined(client, risk)
    refused("decision_withdraw", lambda: withdraw(decision=decision, by=bank.staff(Role.RM)))
    withdraw(decision=decision, by=manager)
    assert Plan.objects.get(pk=decision.plan_id).state == Plan.State.DESIGN
    assert not Task.objects.open().filter(subject_id=decision.pk).exists()
    version = decision.plan_version
    refused("version_frozen", lambda: submit_plan(version=version, seen=version.version, by=manager))
    copy = copy_version(version=version, name="V2", by=manager)
    assert submit_plan(version=copy, seen=copy.version, by=manager).state == Decision.State.SUBMITTED


def test_a_refused_deal_returns_once_and_only_changed(client: Client, manager: Staff, risk: Staff, head: Staff) -> None:
    def refuse(decision: Decision) -> Decision:
        opinion = give_opinion(decision=decision, by=risk, supports=False, text="现金流偏紧。")
        return decide(decision=opinion, by=head, approve=False, reason="不同意。", terms=Terms(None))

    first = refuse(support.submitted(client))
    copy = copy_version(version=first.plan_version, name="V2", by=manager)
    refused("refused_unchanged", lambda: submit_plan(version=copy, seen=copy.version, by=manager))
    copy.refresh_from_db()
    changed = recipes.save_plan(copy, {"equity": Decimal("5500000")})
    second = refuse(submit_plan(version=changed, seen=changed.version, by=manager))
    third = copy_version(version=second.plan_version, name="V3", by=manager)
    refused("refused_twice", lambda: submit_plan(version=third, seen=third.version, by=manager))


def test_the_end_of_a_decision_comes_once(client: Client, manager: Staff, risk: Staff, head: Staff) -> None:
    decision = support.approved(client, risk, head)
    with pytest.raises(Stale):
        decide(decision=decision, by=head, approve=False, reason="不同意。", terms=Terms(None))
    with pytest.raises(Stale):
        withdraw(decision=decision, by=manager)
    assert CreditLine.objects.filter(level="client", limit=decision.amount).count() == 1


class Session:
    """A committee of nine over a deal that is theirs."""

    def __init__(self, bank: Bank, client: Client, risk: Staff) -> None:
        self.members = support.committee(bank)
        self.chair = self.members[0]
        self.decision = needs(support.opined(client, risk), "L3")

    def record(self, present: int, yes: int, *, veto: bool = False, **facts: object) -> Decision:
        given: dict[str, object] = {
            "decision": self.decision,
            "by": self.chair,
            "attendance": self.members[:present],
            "votes": Votes(yes, present - yes, 0),
            "minutes": "第12次会议纪要。",
            "veto": veto,
            "terms": support.terms(*support.CONDITIONS),
            **facts,
        }
        return record_committee(**given)  # type: ignore[arg-type]


@pytest.fixture
def session(bank: Bank, client: Client, risk: Staff) -> Session:
    return Session(bank, client, risk)


@pytest.mark.parametrize(
    ("present", "yes", "veto", "state"),
    [(7, 5, False, "approved"), (7, 4, False, "refused"), (7, 5, True, "refused"), (9, 6, False, "approved")],
)
def test_the_committee_decides_by_two_thirds_of_those_present(
    session: Session, present: int, yes: int, veto: bool, state: str
) -> None:
    decision = session.record(present, yes, veto=veto)
    assert decision.state == state
    assert (decision.committee["yes"], len(decision.committee["present"])) == (yes, present)
    assert Act.objects.filter(deal_id=decision.pk, act=Act.Kind.VOTE).count() == present
    assert CreditLine.objects.exists() == (state == "approved")


def test_without_quorum_minutes_or_with_wrong_counts_nothing_is_decided(session: Session) -> None:
    refused("no_quorum", lambda: session.record(5, 5))
    refused("votes_present", lambda: session.record(7, 5, votes=Votes(5, 1, 0)))
    refused("minutes", lambda: session.record(7, 5, minutes=" "))
    refused("nothing_to_veto", lambda: session.record(7, 4, veto=True))
    session.decision.refresh_from_db()
    assert session.decision.state == Decision.State.OPINED


def test_only_members_vote_the_chair_among_them_and_nobody_who_prepared_the_deal(
    session: Session, bank: Bank, manager: Staff, head: Staff
) -> None:
    refused("committee_member", lambda: session.record(7, 5, by=head))
    refused("chair_absent", lambda: session.record(7, 5, attendance=session.members[1:8]))
    refused("committee_member", lambda: session.record(7, 5, attendance=[*session.members[:6], head]))
    twin = bank.staff(Role.APPROVER, bank.province, level=Level.L3, person=manager.person)
    message = refused("decision_excluded", lambda: session.record(7, 5, attendance=[*session.members[:6], twin]))
    assert manager.name in message


def test_what_one_approver_decides_is_not_the_committees(session: Session) -> None:
    needs(session.decision, "L2")
    refused("decision_level", lambda: session.record(7, 5))


def test_a_condition_is_reported_by_one_and_confirmed_by_another(
    client: Client, manager: Staff, bank: Bank, risk: Staff, head: Staff
) -> None:
    decision = support.approved(client, risk, head)
    condition = decision.conditions.get(no=1)
    today = timezone.localdate()
    refused("condition_open", lambda: confirm_condition(condition=condition, version=1, by=risk))
    said = {"version": 1, "by": manager, "evidence": "登记证明"}
    tomorrow = today + timedelta(days=1)
    refused("condition_day", lambda: report_condition(condition=condition, fulfilled_on=tomorrow, **said))
    reported = report_condition(condition=condition, fulfilled_on=today, **said)
    twin = bank.staff(Role.RISK_OFFICER, person=manager.person)
    for by in (manager, twin):
        refused("condition_four_eyes", lambda by=by: confirm_condition(condition=reported, version=2, by=by))
    with pytest.raises(DatabaseError), transaction.atomic():
        Condition.objects.filter(pk=condition.pk).update(confirmed_by=manager.person)
    confirm_condition(condition=reported, version=2, by=risk)
    with pytest.raises(RuleBroken):
        report_condition(condition=condition, fulfilled_on=today, **{**said, "version": 3})
