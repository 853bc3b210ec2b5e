"""The worked case of the drawdown rules (RULES §1.4), a million CNY for every unit of it."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from monitoring.models import Drawdown, Facility, ProjectContract
from monitoring.services.release import release_drawdown
from tests import recipes

MILLION = Decimal("1000000.00")


@dataclass
class Deal:
    bank: recipes.Bank
    facility: Facility
    contract: ProjectContract
    releaser: Staff
    payer: Staff

    @property
    def manager(self) -> Staff:
        manager = self.facility.root.manager
        assert manager is not None
        return manager

    def ask(self, millions: str | Decimal, **fields: object) -> Drawdown:
        return recipes.make_drawdown(
            self.facility, Decimal(millions) * MILLION, **{"contract": self.contract, **fields}
        )

    def release(self, drawdown: Drawdown) -> Drawdown:
        return release_drawdown(drawdown=drawdown, by=self.releaser, reason="条件齐备")


def make_deal(*, capital: str = "120", progress: str = "0.6", **fields: object) -> Deal:
    """Investment 1,000, capital due 200, loan 800; everything else in order. Capital as told, progress as told."""
    bank = recipes.make_bank()
    client = recipes.make_client(bank.staff(Role.RM))
    project = recipes.make_ready_project(client, total_investment=1000 * MILLION)
    facility = recipes.make_facility(project, equity=200 * MILLION, amount=800 * MILLION, **fields)
    contract = recipes.make_contract(project)
    if Decimal(capital):
        recipes.make_capital(project, Decimal(capital) * MILLION)
    recipes.make_progress(project, Decimal(progress), month=timezone.localdate() - timedelta(days=31))
    return Deal(bank, facility, contract, bank.staff(Role.RELEASE_OFFICER), bank.staff(Role.SUPERVISION_OFFICER))
