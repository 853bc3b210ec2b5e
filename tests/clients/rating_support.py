"""The worked client of RULES §23 and the worked project of §24 as rows, with the people who rate them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client, Project, Rating
from clients.services.project import set_project_company
from clients.services.rating import fill_rating, propose_rating, start_rating
from clients.services.rating_sheet import CorporateSheet, Judgement, SlottingSheet
from crm_project.organization.models import Staff
from crm_project.organization.roles import Level, Role
from crm_project.workflow.models import Approval
from crm_project.workflow.services import approvals
from tests import recipes
from tests.figures.rating_case import ANCHORS, CLEAN
from tests.figures.test_slotting import ANCHORS as ELEMENTS

NOW = datetime(2026, 6, 30, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = date(2026, 6, 30)
JUDGEMENTS = {factor: Judgement(level, f"依据：{factor}") for factor, level in ANCHORS.items()}
SHEET = CorporateSheet(
    years_trading=Decimal("12.5"),
    largest_customer_share=Decimal("0.24"),
    management_tenure=Decimal("5.5"),
    gates={name: str(value) for name, value in CLEAN.items()},
    judgements=JUDGEMENTS,
)
SLOTTING_SHEET = SlottingSheet(
    lowest_dscr=Decimal("1.30"),
    target_dscr=Decimal("1.30"),
    lowest_downside_dscr=Decimal("1.0890"),
    project_life_years=Decimal(10),
    tenor_years=Decimal(8),
    figures_from="现金流方案 V2，2026-06-20",
    anchors=ELEMENTS,
    basis={"political_legal": "省重点项目批复", "transaction": "总承包合同与承购协议", "security": "担保合同清单"},
)


@dataclass
class Desk:
    """A branch at work: the managing RM, the branch's risk officer and the upper branch's."""

    bank: recipes.Bank
    manager: Staff
    risk: Staff
    upper: Staff
    client: Client


def make_desk() -> Desk:
    bank = recipes.make_bank()
    manager = bank.staff(Role.RM)
    client = recipes.make_client(manager, industry_id="C", client_since=date(2020, 6, 30))
    recipes.make_statements(client, manager)
    upper = bank.staff(Role.RISK_OFFICER, bank.city, level=Level.UPPER_BRANCH)
    return Desk(bank, manager, bank.staff(Role.RISK_OFFICER), upper, client)


def make_draft(desk: Desk, client: Client | None = None, sheet: CorporateSheet = SHEET, **fields: Any) -> Rating:
    """A filled draft of the worked client."""
    of = client or desk.client
    rating = start_rating(client=of, kind="corporate", by=of.root.manager, as_of=fields.pop("as_of", TODAY))
    return fill_rating(rating=rating, version=rating.version, by=of.root.manager, sheet=sheet)


def propose(rating: Rating, by: Staff) -> Approval:
    rating.refresh_from_db()
    return propose_rating(rating=rating, version=rating.version, by=by)


def confirm(approval: Approval, by: Staff) -> Rating:
    approvals.decide(approval=approval, by=by, approve=True, reason="同意")
    return Rating.objects.get(pk=approval.payload["rating"])


def make_confirmed(desk: Desk, sheet: CorporateSheet = SHEET) -> Rating:
    return confirm(propose(make_draft(desk, sheet=sheet), desk.manager), desk.risk)


def make_project_company(desk: Desk) -> tuple[Client, Project]:
    """A project company of the worked client's project, wholly its own."""
    project = recipes.make_project(desk.client)
    company = recipes.make_company(desk.manager)
    set_project_company(project=project, version=project.version, company=company, by=desk.manager)
    return company, Project.objects.get(pk=project.pk)


def make_slotting_draft(desk: Desk, sheet: SlottingSheet = SLOTTING_SHEET) -> Rating:
    company, project = make_project_company(desk)
    rating = start_rating(client=company, kind="slotting", by=desk.manager, as_of=TODAY, project=project)
    return fill_rating(rating=rating, version=rating.version, by=desk.manager, sheet=sheet)


def signed_in(account: Staff, language: str = "en") -> Browser:
    Staff.objects.filter(pk=account.pk).update(language=language)
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def address(name: str, client: Client) -> str:
    return reverse(f"clients:{name}", args=[client.pk])


def form_data(rating: Rating, sheet: CorporateSheet = SHEET, **changes: Any) -> dict[str, Any]:
    """What the page of the sheet posts for a sheet."""
    data = {
        "version": rating.version,
        "years_trading": "12.5",
        "largest_customer_share": "24",
        "management_tenure": "5.5",
        **{f"gate_{name}": value for name, value in sheet.gates.items()},
        "gate_guarantees_to_equity": "10",
    }
    for factor, one in sheet.judgements.items():
        data |= {f"level_{factor}": one.level, f"evidence_{factor}": one.evidence}
    return data | changes
