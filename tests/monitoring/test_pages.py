"""Pages of supervision: the desk, lists, forms; what a person reads where something is wrong."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from monitoring.models import CapitalPayment, Drawdown, Facility, Invoice, ProjectContract
from tests import recipes
from tests.monitoring.support import MILLION, Deal, make_deal

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> Deal:
    return make_deal()


def browser_of(staff: Staff) -> Browser:
    browser = Browser()
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def desk(drawdown: Drawdown, name: str = "desk") -> str:
    return reverse(f"monitoring:drawdown_{name}", args=[drawdown.pk])


def test_the_desk_says_what_fails_and_what_would_pass(deal: Deal) -> None:
    deal.release(deal.ask("400"))
    page = browser_of(deal.releaser).get(desk(deal.ask("100"))).content.decode()
    for text in ("资本金同比例", "10,000", "8,000", "(2,000)", "补缴资本金500 万元", "只放 8,000", "不通过"):
        assert text in page, text
    assert page.index("资本金同比例") < page.index("概算科目")  # the failure first
    assert desk(Drawdown.objects.latest("pk"), "release") not in page


def test_missing_progress_is_told_in_percent_and_in_money() -> None:
    deal = make_deal(progress="0")
    page = browser_of(deal.releaser).get(desk(deal.ask("60"))).content.decode()
    assert "形象进度须达到1.00%以上" in page
    assert "剔除1,000 万元支出" in page


def test_a_part_is_released_from_the_desk(deal: Deal) -> None:
    drawdown = deal.ask("500")
    body = {"reason": "资本金只到六成", "amount": "48000"}
    answer = browser_of(deal.releaser).post(desk(drawdown, "part"), body, follow=True)
    assert "已部分放款" in answer.content.decode()
    assert Drawdown.objects.get(pk=drawdown.pk).paid_out == 480 * MILLION


def test_a_release_that_does_not_pass_keeps_what_was_typed(deal: Deal) -> None:
    drawdown = deal.ask("500")
    answer = browser_of(deal.releaser).post(desk(drawdown, "release"), {"reason": "照办"})
    page = answer.content.decode()
    assert "照办" in page
    assert "有检查未通过" in page
    assert Drawdown.objects.get(pk=drawdown.pk).state == "requested"


def test_without_a_reason_the_field_says_so(deal: Deal) -> None:
    answer = browser_of(deal.releaser).post(desk(deal.ask("1"), "refuse"), {"reason": ""})
    assert answer.context["form"].errors.keys() == {"reason"}


def test_the_approver_with_a_second_account_reads_why_not(deal: Deal) -> None:
    second = deal.bank.staff(Role.RELEASE_OFFICER, person=deal.facility.decision.decided_by)
    drawdown = deal.ask("1")
    page = browser_of(second).get(desk(drawdown)).content.decode()
    assert "须由他人放款" in page
    browser_of(second).post(desk(drawdown, "release"), {"reason": "同意"})
    assert Drawdown.objects.get(pk=drawdown.pk).state == "requested"


def test_from_request_to_payment_through_the_pages(deal: Deal) -> None:
    body = {
        "amount": "1000",
        "purpose": "三季度工程款",
        "wanted_on": timezone.localdate().isoformat(),
        "pay-TOTAL_FORMS": 2,
        "pay-INITIAL_FORMS": 0,
        "pay-0-contract": deal.contract.pk,
        "pay-0-amount": "1000",
        "pay-0-entrusted": "on",
    }
    browser_of(deal.manager).post(reverse("monitoring:drawdown_create", args=[deal.facility.pk]), body)
    drawdown = Drawdown.objects.get()
    browser_of(deal.releaser).post(desk(drawdown, "release"), {"reason": "条件齐备"})
    browser_of(deal.payer).post(desk(drawdown, "pay"))
    drawdown.refresh_from_db()
    assert (drawdown.state, drawdown.paid_out) == ("paid", 10 * MILLION)
    page = browser_of(deal.manager).get(deal.facility.get_absolute_url()).content.decode()
    assert f"{deal.facility.contract_no}-01" in page


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"amount": "999"}, "amount"),
        ({"wanted_on": "2020-01-01"}, "wanted_on"),
        ({"amount": "很多"}, "amount"),
        ({"purpose": ""}, "purpose"),
    ],
)
def test_a_wrong_request_says_so_at_its_field(deal: Deal, changes: dict[str, str], where: str) -> None:
    body = {
        "amount": "1000",
        "purpose": "工程款",
        "wanted_on": timezone.localdate().isoformat(),
        "pay-TOTAL_FORMS": 1,
        "pay-INITIAL_FORMS": 0,
        "pay-0-contract": deal.contract.pk,
        "pay-0-amount": "1000",
        "pay-0-entrusted": "on",
        **changes,
    }
    answer = browser_of(deal.manager).post(reverse("monitoring:drawdown_create", args=[deal.facility.pk]), body)
    assert answer.context["form"].errors.keys() == {where}
    assert not Drawdown.objects.exists()


def test_an_invoice_of_another_contract_is_refused_in_its_row(deal: Deal) -> None:
    other = recipes.make_contract(deal.facility.project, amount=MILLION)
    body = {
        "amount": "100",
        "purpose": "工程款",
        "wanted_on": timezone.localdate().isoformat(),
        "pay-TOTAL_FORMS": 1,
        "pay-INITIAL_FORMS": 0,
        "pay-0-contract": deal.contract.pk,
        "pay-0-invoice": recipes.make_invoice(other).pk,
        "pay-0-amount": "100",
    }
    answer = browser_of(deal.manager).post(reverse("monitoring:drawdown_create", args=[deal.facility.pk]), body)
    assert answer.context["formset"].forms[0].errors.keys() == {"invoice"}


def test_an_invoice_on_file_is_refused_whoever_brings_it(deal: Deal) -> None:
    invoice = recipes.make_invoice(deal.contract)
    address = reverse("monitoring:invoice_create", args=[deal.facility.project_id, deal.contract.pk])
    body = {"code": invoice.code, "number": invoice.number, "amount": "1", "issued_on": timezone.localdate()}
    answer = browser_of(deal.manager).post(address, body)
    assert "一张发票只融资一次" in answer.content.decode()
    assert Invoice.objects.count() == 1


def test_contract_capital_and_progress_are_entered_and_confirmed(deal: Deal) -> None:
    project, day = deal.facility.project, timezone.localdate()
    browser = browser_of(deal.manager)
    line = project.budget_lines.get()
    contract = {
        "budget_line": line.pk,
        "number": "SB-1",
        "title": "设备",
        "amount": "10",
        "signed_on": day,
        "contractor_name": "设备厂",
        "contractor_uscc": "91440300MA0000001X",
        "contractor_account": "6222 0001",
        "contractor_bank": "融桥银行",
    }
    address = reverse("monitoring:contract_create", args=[project.pk])
    assert browser.post(address, contract).context["form"].errors.keys() == {"contractor_uscc"}
    browser.post(address, {**contract, "contractor_uscc": ""})
    assert ProjectContract.objects.get(number="SB-1").contractor_account == "62220001"
    capital = {"paid_on": day, "payer_name": "股东", "amount": "500", "evidence": "进账单"}
    browser.post(reverse("monitoring:capital_create", args=[project.pk]), capital)
    payment = CapitalPayment.objects.get(amount=5 * MILLION)
    browser_of(deal.payer).post(reverse("monitoring:capital_confirm", args=[project.pk, payment.pk]))
    payment.refresh_from_db()
    assert payment.confirmed_by == deal.payer.person
    progress = {"month": day, "physical": "10", "planned": "70", "spent": "1", "evidence": "月报"}
    address = reverse("monitoring:progress_create", args=[project.pk])
    assert browser.post(address, progress).context["form"].errors.keys() == {"physical"}  # the last report said 60 %
    assert browser.post(address, {**progress, "physical": "61"}).status_code == 302
    page = browser.get(reverse("monitoring:project_supervision", args=[project.pk])).content.decode()
    assert "61.0%" in page


def test_a_contract_beyond_the_decided_amount_is_not_signed(deal: Deal) -> None:
    facility, day = deal.facility, timezone.localdate()
    body = {
        "sub_limit": facility.sub_limit_id,
        "tranche": facility.decision.plan_version.tranches.get(no=1).pk,
        "contract_no": "第二份",
        "amount": "1",
        "signed_on": day,
        "available_until": day + timedelta(days=30),
        "matures_on": day + timedelta(days=300),
    }
    answer = browser_of(deal.manager).post(reverse("monitoring:facility_create", args=[facility.project_id]), body)
    assert answer.context["form"].errors.keys() == {"amount"}
    assert Facility.objects.count() == 1


def test_what_is_foreign_does_not_exist(deal: Deal) -> None:
    drawdown = deal.ask("1")
    stranger = browser_of(deal.bank.staff(Role.RM))
    abroad = browser_of(deal.bank.staff(Role.RELEASE_OFFICER, deal.bank.elsewhere))
    assert stranger.get(desk(drawdown)).status_code == 404
    assert stranger.get(deal.facility.get_absolute_url()).status_code == 404
    assert abroad.post(desk(drawdown, "release"), {"reason": "同意"}).status_code == 404


def test_lists_show_what_waits(deal: Deal) -> None:
    deal.release(deal.ask("1"))
    waiting = deal.ask("2")
    browser = browser_of(deal.payer)
    page = browser.get(reverse("monitoring:drawdown_list"), {"state": "requested"}).content.decode()
    assert waiting.subject.title in page
    assert f"{deal.facility.contract_no} #1" not in page
    assert deal.facility.contract_no in browser.get(reverse("monitoring:facility_list")).content.decode()


@pytest.mark.parametrize("route", ["monitoring:drawdown_list", "monitoring:facility_list"])
def test_a_list_costs_the_same_for_one_row_and_for_many(deal: Deal, route: str) -> None:
    def cost() -> int:
        browser = browser_of(deal.payer)
        browser.get(reverse(route))
        with CaptureQueriesContext(connection) as captured:
            browser.get(reverse(route))
        return len(captured)

    deal.ask("1")
    few = cost()
    for _ in range(4):
        deal.ask("1")
        recipes.make_facility(recipes.make_project(recipes.make_client(deal.manager)))
    assert cost() == few


def test_the_api_reads_facilities_notes_and_drawdowns(deal: Deal) -> None:
    drawdown = deal.release(deal.ask("1"))
    browser = browser_of(deal.manager)
    row = browser.get(reverse("monitoring-api:drawdown-detail", args=[drawdown.pk])).json()
    assert (row["state"], Decimal(row["released"])) == ("released", MILLION)
    note = browser.get(reverse("monitoring-api:loan-note-detail", args=[drawdown.note_id])).json()
    assert sum(Decimal(line["principal"]) for line in note["instalments"]) == MILLION
