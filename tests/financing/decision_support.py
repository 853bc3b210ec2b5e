"""Arrange: a plan that meets every rule, submitted, judged and decided."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from clients.models import Client, Rating
from crm_project.organization.models import Staff
from crm_project.organization.roles import Level, Role
from crm_project.rules.models import RuleSet
from financing.models import Decision, Plan
from financing.services.decision import Terms, decide, give_opinion, submit_plan
from tests import recipes
from tests.financing.plan_support import WAN, published_project
from tests.recipes import Bank

CONDITIONS = ("抵押登记办妥", "资本金到位20%")


def make_grade(client: Client, grade: str = "R5", *, days: int = 300) -> Rating:
    """A grade in force for as many days from today, proposed and confirmed by two persons; without a sheet."""
    Rating.objects.confirmed().filter(client=client).update(state=Rating.State.SUPERSEDED)
    Client.objects.filter(pk=client.pk).update(grade=grade)
    return Rating.objects.create(
        root_id=client.root_id,
        client=client,
        kind=Rating.Kind.CORPORATE,
        rule_set=RuleSet.objects.in_force("rating", "corporate", timezone.localdate()),
        as_of=timezone.localdate(),
        grade=grade,
        computed_grade=grade,
        pd=Decimal("0.0027"),
        state=Rating.State.CONFIRMED,
        proposed_by=recipes.make_person(),
        confirmed_by=recipes.make_person(),
        confirmed_at=timezone.now(),
        valid_until=timezone.localdate() + timedelta(days=days),
    )


def make_plan(client: Client) -> Plan:
    """About 510 万元 of loan against 500 万元 of capital, covered by a factory: every rule is met."""
    project = published_project(client)
    recipes.make_collateral(project)
    case = recipes.make_case(project, [80 * WAN] * 20, frequency="half_yearly", first_ends_on=date(2028, 6, 30))
    plan = recipes.make_plan(project, case=case)
    loan = {"first_due_on": date(2028, 6, 30), "tenor_months": 96, "instalment_months": 6, "spread_bp": 150}
    recipes.save_plan(plan.versions.get(), {"equity": 500 * WAN}, {1: {**loan, "target_dscr": Decimal("1.50")}})
    return plan


def submit(plan: Plan) -> Decision:
    """The newest version, submitted by the manager who sees it as it stands."""
    version = plan.versions.order_by("-no")[0]
    return submit_plan(version=version, seen=version.version, by=plan.root.manager)


def submitted(client: Client, grade: str = "R5") -> Decision:
    make_grade(client, grade)
    return submit(make_plan(client))


def opined(client: Client, by: Staff, grade: str = "R5") -> Decision:
    return give_opinion(decision=submitted(client, grade), by=by, supports=True, text="第一还款来源可靠。")


def in_a_year() -> date:
    return timezone.localdate() + timedelta(days=365)


def terms(*conditions: str) -> Terms:
    return Terms(in_a_year(), conditions)


def approved(client: Client, risk: Staff, approver: Staff, grade: str = "R5") -> Decision:
    decision = opined(client, risk, grade)
    return decide(decision=decision, by=approver, approve=True, reason="同意。", terms=terms(*CONDITIONS))


def committee(bank: Bank, number: int = 9) -> list[Staff]:
    """Members at the province, the chair first."""
    return [bank.staff(Role.APPROVER, bank.province, level=Level.L3) for _number in range(number)]
