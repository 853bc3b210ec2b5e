"""The world the walk goes through: one account per role, one client per ownership, all rows with canary names."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crm_project.organization.models import Staff
from crm_project.organization.roles import ANONYMOUS, Role, Scope
from financing.models import Condition, Decision
from financing.services.decision import give_opinion
from tests import recipes
from tests.financing import decision_support

OWN, COLLEAGUE, ELSEWHERE, NOWHERE = "own", "colleague", "elsewhere", "nowhere"
OWNERSHIPS = (OWN, COLLEAGUE, ELSEWHERE, NOWHERE)
ROLES = (ANONYMOUS, *Role.values)
CASH = [Decimal("80000000")] * 12
BUDGET = {"construction": Decimal("480000000")}
NOT_EXISTING = 999_999_999


@dataclass
class World:
    accounts: dict[str, Staff]
    clients: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)

    def client_id(self, ownership: str) -> int:
        return NOT_EXISTING if ownership == NOWHERE else self.clients[ownership].pk

    def project_id(self, ownership: str) -> int:
        return NOT_EXISTING if ownership == NOWHERE else self.extra["projects"][ownership].pk

    def canary(self, ownership: str) -> str:
        return self.clients[ownership].name


def make_world() -> World:
    bank = recipes.make_bank()
    accounts = {role: bank.staff(role) for role in Role.values}
    accounts[Role.HEAD_OFFICE_VIEWER] = bank.staff(Role.HEAD_OFFICE_VIEWER, bank.head)
    clients = {
        OWN: recipes.make_client(accounts[Role.RM], name="甲金丝雀有限公司"),
        COLLEAGUE: recipes.make_client(bank.staff(Role.RM), name="乙金丝雀有限公司"),
        ELSEWHERE: recipes.make_client(bank.staff(Role.RM, bank.west), name="丙金丝雀有限公司"),
    }
    for role in (Role.EXPERT, Role.PORTAL_USER, Role.INTEGRATOR):
        recipes.grant(accounts[role], clients[OWN], date.today() + timedelta(days=30))
    days = {"start_on": date(2027, 1, 1), "complete_on": date(2027, 12, 31)}
    projects = {
        whose: recipes.make_project(client, name=f"{client.name}的项目", **days) for whose, client in clients.items()
    }
    for role in (Role.EXPERT, Role.PORTAL_USER, Role.INTEGRATOR):
        recipes.grant(accounts[role], projects[OWN], date.today() + timedelta(days=30))
    extra = {
        "projects": projects,
        "permits": {whose: recipes.make_permit(project) for whose, project in projects.items()},
        "relations": {whose: recipes.make_relation(client) for whose, client in clients.items()},
        "uploads": {whose: recipes.make_upload(client, accounts[Role.RM]) for whose, client in clients.items()},
        "statements": {
            whose: recipes.make_statements(client, accounts[Role.RM])[-1] for whose, client in clients.items()
        },
        "ratings": {whose: recipes.make_rating(client) for whose, client in clients.items()},
        "tiers": {whose: recipes.make_tier(client) for whose, client in clients.items()},
        "cases": {whose: recipes.make_case(project, CASH) for whose, project in projects.items()},
        "budgets": {whose: recipes.make_budget(project, BUDGET)[0] for whose, project in projects.items()},
        "collateral": {whose: recipes.make_collateral(project) for whose, project in projects.items()},
        "guarantees": {whose: recipes.make_guarantee(project) for whose, project in projects.items()},
        "rule": recipes.make_rule_subject(),
        "company": recipes.make_company(accounts[Role.RM]),
    }
    extra["plans"] = {
        whose: recipes.make_plan(project, case=extra["cases"][whose], title=f"{clients[whose].name}的方案")
        for whose, project in projects.items()
    }
    extra["contracts"] = {whose: recipes.make_contract(project) for whose, project in projects.items()}
    extra["capital"] = {
        whose: recipes.make_capital(project, Decimal("20000000"), confirmed=False)
        for whose, project in projects.items()
    }
    extra["facilities"] = {whose: recipes.make_facility(project) for whose, project in projects.items()}
    extra["drawdowns"] = {
        whose: recipes.make_drawdown(facility, Decimal("1000000")) for whose, facility in extra["facilities"].items()
    }
    extra["notes"] = {whose: recipes.make_note(facility) for whose, facility in extra["facilities"].items()}
    for role in (Role.EXPERT, Role.PORTAL_USER, Role.INTEGRATOR):
        for name in ("plans", "collateral", "facilities", "drawdowns", "notes"):
            recipes.grant(accounts[role], extra[name][OWN], date.today() + timedelta(days=30))
    extra |= _decisions(bank, accounts, extra)
    return World(accounts=accounts, clients=clients, extra=extra)


def _decisions(bank: recipes.Bank, accounts: dict[str, Staff], extra: dict[str, Any]) -> dict[str, Any]:
    """Deals of each ownership: submitted, judged, approved with a condition to be met, and their lines."""

    def submitted(whose: str) -> Decision:
        project = extra["projects"][whose]
        decision_support.make_grade(project.borrower)
        return decision_support.submit(recipes.make_plan(project, case=extra["cases"][whose]))

    opined = {whose: submitted(whose) for whose in (OWN, ELSEWHERE)}
    officers = {OWN: accounts[Role.RISK_OFFICER], ELSEWHERE: bank.staff(Role.RISK_OFFICER, bank.west)}
    for whose, decision in opined.items():
        give_opinion(decision=decision, by=officers[whose], supports=True, text="支持")
        Decision.objects.filter(pk=decision.pk).update(level_needed=Decision.Level.L1)
    approved = {whose: facility.decision for whose, facility in extra["facilities"].items()}
    return {
        "decisions": {whose: submitted(whose) for whose in approved},
        "opined": opined,
        "approved": approved,
        "conditions": {
            whose: Condition.objects.create(decision=decision, no=9, text="补充条件")
            for whose, decision in approved.items()
        },
        "lines": {whose: facility.sub_limit for whose, facility in extra["facilities"].items()},
    }


VISIBLE: dict[Scope, set[str]] = {
    Scope.EVERYTHING: {OWN, COLLEAGUE, ELSEWHERE},
    Scope.BRANCH: {OWN, COLLEAGUE},
    Scope.PERSONAL: {OWN},
    Scope.GRANTED: {OWN},
    Scope.CONFIGURATION: set(),
}


def sees(account: Staff, ownership: str) -> bool:
    return ownership in VISIBLE[account.scope]
