"""Financial statements: the workbook read exactly or refused by row and field, taken over once, corrected, shown."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse
from django.utils.translation import override
from openpyxl import Workbook

from clients.calc.ratios import all_ratios
from clients.calc.statements import Statement as Figures
from clients.calc.statements import check_identities
from clients.demo_statements import TRADES, simulate
from clients.models import Client, Statement, StatementUpload
from clients.statement_books import figures_of
from clients.statement_template import workbook
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from tests import recipes
from tests.clients.statement_faults import FAULTS
from tests.clients.statement_files import OPTIONAL, as_upload, cell, put, saved, statement_book
from tests.figures.rating_case import LINES, WAN, YEARS, raw_values

pytestmark = pytest.mark.django_db

UPLOADS = reverse("clients-api:statement-upload-list")


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def bank() -> recipes.Bank:
    cache.clear()
    return recipes.make_bank()


@pytest.fixture
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM)


@pytest.fixture
def client(manager: Staff) -> Client:
    return recipes.make_client(manager, name="恒丰机械有限公司")


@pytest.fixture
def browser(manager: Staff) -> Browser:
    Staff.objects.update(language="en")
    browser = Browser()
    browser.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def send(browser: Browser, client: Client, content: bytes, name: str = "2025年报.xlsx") -> Any:
    return browser.post(UPLOADS, {"client": client.pk, "file": as_upload(content, name)})


def page(name: str, client: Client, *more: int) -> str:
    return reverse(f"clients:{name}", args=[client.pk, *more])


def take_over(browser: Browser, upload: dict[str, Any], **body: Any) -> Any:
    address = reverse("clients-api:statement-upload-commit", args=[upload["id"]])
    wanted = {"replaces": upload["replaces"], "warnings_read": True, **body}
    return browser.post(address, wanted, content_type="application/json")


# Reading and booking


def test_the_worked_client_is_read_and_booked_exactly(browser: Browser, client: Client) -> None:
    upload = send(browser, client, statement_book())
    assert (upload.status_code, upload.json()["problems"], upload.json()["state"]) == (201, [], "preview")
    assert not Statement.objects.exists()
    assert len(take_over(browser, upload.json()).json()) == len(YEARS)
    for year, filing in zip(YEARS, Statement.objects.order_by("period_end"), strict=True):
        wanted = LINES.complete(raw_values(year)) | {"cash_unrestricted": raw_values(year)["cash"]}
        assert figures_of(LINES, filing) == wanted | dict.fromkeys(OPTIONAL)
        assert (filing.months, filing.consolidated, filing.audit_opinion) == (12, True, "unqualified")
    upload_row = StatementUpload.objects.get()
    assert (upload_row.state, upload_row.closed_at is None) == ("committed", False)


# Ratios of the worked client, RULES §23
RATIOS = {
    "debt_ratio": "0.496537",
    "current_ratio": "1.142361",
    "quick_ratio": "0.721065",
    "interest_cover": "4.894231",
    "ocf_to_current_liabilities": "0.259606",
    "roe": "0.126234",
    "operating_margin": "0.078829",
    "roa": "0.092301",
    "receivable_turnover": "5.823864",
    "inventory_turnover": "5.195520",
    "asset_turnover": "0.929355",
    "revenue_growth": "0.090426",
    "profit_growth": "0.167147",
    "equity_growth": "0.093764",
}


def test_ratios_of_the_booked_client_are_the_published_ones(browser: Browser, client: Client) -> None:
    take_over(browser, send(browser, client, statement_book()).json())
    booked = [Figures(filing.period_end, figures_of(LINES, filing)) for filing in Statement.objects.all()]
    assert check_identities(LINES, booked) == []
    found = {ratio.key: ratio.value for ratio in all_ratios(LINES, booked)[date(2025, 12, 31)]}
    assert {key: f"{found[key]:.6f}" for key in RATIOS} == RATIOS


def test_dates_of_a_1904_workbook_are_read_as_shown(browser: Browser, client: Client) -> None:
    periods = send(browser, client, statement_book(base_1904=True)).json()["content"]["periods"]
    assert [period["period_end"] for period in periods] == ["2023-12-31", "2024-12-31", "2025-12-31"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_template_filled_in_reads_back_with_its_formulas(browser: Browser, client: Client, language: str) -> None:
    Staff.objects.update(language=language)
    empty = b"".join(browser.get(reverse("clients:statement_template")))
    codes = {problem["code"] for problem in send(browser, client, empty).json()["problems"]}
    assert codes == {"unit_missing", "kind_missing", "opinion_missing", "no_period"}
    filled = [(date(year, 12, 31), raw_values(year) | {"cash_unrestricted": WAN}) for year in YEARS]
    content = workbook(LINES, name="x", periods=filled, consolidated=True, opinion="unqualified")
    upload = send(browser, client, content).json()
    assert upload["problems"] == []
    assert Decimal(upload["content"]["periods"][2]["values"]["net_profit"]) == 6885 * WAN


def test_flows_and_figures_in_yuan_are_not_scaled(browser: Browser, client: Client) -> None:
    upload = send(browser, client, statement_book(put("B1", "元"), put(cell("revenue"), 102500.12))).json()
    assert upload["content"]["periods"][2]["values"]["revenue"] == "102500.12"


# What is wrong, by row and field


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_by_row_and_field_and_changes_nothing(browser: Browser, client: Client, name: str) -> None:
    edits, code, severity, where, line, words = FAULTS[name]
    upload = send(browser, client, statement_book(*edits)).json()
    found = [problem for problem in upload["problems"] if problem["code"] == code]
    assert [(each["severity"], each["line"]) for each in found] == [(severity, line)]
    assert f"{found[0]['column']}{found[0]['row'] or ''}" == where
    assert words in found[0]["text"]
    answer = take_over(browser, upload, warnings_read=False)
    assert (answer.status_code, answer.json()["rule"]) == (
        422,
        "statement_has_errors" if severity == "error" else "warnings_unread",
    )
    assert not Statement.objects.exists()
    assert words in page_text(browser, page("upload_detail", client, upload["id"]))


def page_text(browser: Browser, address: str) -> str:
    return browser.get(address).content.decode().replace("&quot;", '"').replace("&#x27;", "'")


def test_the_company_is_found_by_the_name_of_its_sheet(browser: Browser, client: Client) -> None:
    def second(sheet: Any) -> None:
        sheet.parent.create_sheet("子公司")["A1"] = "单位"

    unnamed = send(browser, client, statement_book(second)).json()["problems"]
    assert [(each["code"], each["params"]["sheets"]) for each in unnamed] == [("several_sheets", ["报表", "子公司"])]
    named = send(browser, client, statement_book(second, sheet=client.short_name)).json()["problems"]
    assert [(each["code"], each["sheet"], each["severity"]) for each in named] == [
        ("sheet_ignored", "子公司", "warning")
    ]


def test_an_empty_workbook_says_so(browser: Browser, client: Client) -> None:
    problems = send(browser, client, saved(Workbook())).json()["problems"]
    assert [each["code"] for each in problems] == ["no_sheet"]


# Files that are not taken at all


@pytest.mark.parametrize(
    ("name", "content", "rule", "words"),
    [
        ("年报.csv", "单位,万元\n营业收入,1\n".encode(), "statement_not_a_workbook", "Excel workbook"),
        ("年报.csv", "单位,万元\n营业收入,1\n".encode("gb18030"), "statement_not_a_workbook", "Excel workbook"),
        ("年报.xls", "单位,万元\n".encode(), "statement_not_a_workbook", "Excel workbook"),
        ("年报.csv", statement_book(), "file_mismatch", "ends in .csv, but the file is an Excel workbook (.xlsx)"),
        ("年报.xls", statement_book(), "file_mismatch", "ends in .xls, but the file is an Excel workbook (.xlsx)"),
        ("年报.xlsx", "单位,万元\n".encode(), "file_mismatch", "but the file is plain text (.csv)"),
        ("年报.xlsx", b"%PDF-1.7", "file_mismatch", "but the file is a PDF (.pdf)"),
        ("年报.xls", b"<html><table></table></html>", "file_markup", "web page"),
        ("年报.pdf", b"%PDF-1.7", "file_not_a_table", "no table"),
        ("年报.xlsx", b"", "file_empty", "empty"),
        ("年报.xlsx", statement_book()[:900], "file_broken", "damaged"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_its_reason(
    browser: Browser, client: Client, name: str, content: bytes, rule: str, words: str
) -> None:
    answer = send(browser, client, content, name)
    assert (answer.status_code, answer.json()["rule"]) == (422, rule)
    assert words in answer.json()["title"]
    form = browser.post(page("statement_upload", client), {"file": as_upload(content, name)})
    assert words in str(form.context["form"].errors["file"])
    assert not StatementUpload.objects.exists()


# Once, corrected, dropped


def test_the_same_file_again_leads_to_the_first_upload(browser: Browser, client: Client) -> None:
    content = statement_book()
    first = send(browser, client, content).json()
    again = send(browser, client, content, "改名.xlsx")
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    take_over(browser, first)
    answer = browser.post(page("statement_upload", client), {"file": as_upload(content)}, follow=True)
    assert "This file was uploaded before" in answer.content.decode()
    assert answer.redirect_chain[0][0] == page("upload_detail", client, first["id"])
    assert take_over(browser, first).json()["rule"] == "upload_closed"
    assert Statement.objects.count() == len(YEARS)


def test_a_dropped_file_may_be_uploaded_anew(browser: Browser, client: Client) -> None:
    content = statement_book()
    first = send(browser, client, content).json()
    assert browser.post(page("statement_drop", client, first["id"])).status_code == 302
    assert take_over(browser, first).json()["rule"] == "upload_closed"
    second = send(browser, client, content)
    assert (second.status_code, second.json()["id"] != first["id"]) == (201, True)


def test_a_correction_supersedes_its_period_and_leaves_the_others(browser: Browser, client: Client) -> None:
    take_over(browser, send(browser, client, statement_book()).json())
    old = Statement.objects.get(period_end="2025-12-31")
    changes = put(cell("cash"), 11700), put(cell("current_assets"), 49450), put(cell("total_assets"), 113284)
    changes += put(cell("other_payables"), 2100), put(cell("current_liabilities"), 43300)
    changes += (put(cell("total_liabilities"), 56300),)
    upload = send(browser, client, statement_book(*changes)).json()
    assert upload["problems"] == []
    assert len(upload["replaces"]) == len(YEARS)
    preview = page_text(browser, page("upload_detail", client, upload["id"]))
    assert preview.count("rq-diff") == 6 + 1  # six cells and the key
    assert "11,700.00" in preview and "11,600.00" in preview
    booked = take_over(browser, upload).json()
    assert [one["period_end"] for one in booked] == ["2025-12-31"]
    old.refresh_from_db()
    assert (old.superseded_at is None, old.cash) == (False, 11600 * WAN)
    assert Statement.objects.current().get(period_end="2025-12-31").cash == 11700 * WAN
    assert Statement.objects.current().count() == len(YEARS)
    assert Statement.objects.count() == len(YEARS) + 1


def test_a_commit_that_saw_other_filings_is_refused(browser: Browser, client: Client, manager: Staff) -> None:
    upload = send(browser, client, statement_book()).json()
    recipes.make_statements(client, manager, years=(2025,), changes={2025: {"revenue": Decimal(1)}})
    assert take_over(browser, upload).status_code == 412
    form = browser.post(page("statement_commit", client, upload["id"]), {"warnings_read": "1"})
    assert form.status_code == 409
    assert "Compare again" in form.content.decode()
    assert Statement.objects.count() == 1


def test_warnings_are_ticked_before_the_file_counts(browser: Browser, client: Client) -> None:
    upload = send(browser, client, statement_book(put(cell("cash_unrestricted"), None))).json()
    assert [(each["code"], each["severity"]) for each in upload["problems"]] == [("missing_value", "warning")]
    address = page("statement_commit", client, upload["id"])
    assert "Confirm that you have read the warnings" in browser.post(address).content.decode()
    assert browser.post(address, {"warnings_read": "1"}).status_code == 302
    assert Statement.objects.count() == len(YEARS)


def test_the_years_in_the_books_are_held_against_the_new_one(browser: Browser, client: Client, manager: Staff) -> None:
    recipes.make_statements(client, manager, years=(2024,))
    alone = send(browser, client, statement_book(put(cell("dividends"), 1990), years=(2025,))).json()["problems"]
    assert [each["code"] for each in alone] == ["roll_forward"]
    in_yuan = send(browser, client, statement_book(put("B1", "元"), years=(2025,))).json()["problems"]
    assert {each["code"] for each in in_yuan} == {"roll_forward", "unit_suspect"}


def test_consolidated_and_single_statements_do_not_replace_each_other(browser: Browser, client: Client) -> None:
    take_over(browser, send(browser, client, statement_book()).json())
    upload = send(browser, client, statement_book(put("B2", "单体"))).json()
    assert upload["replaces"] == []
    take_over(browser, upload)
    assert Statement.objects.current().count() == 2 * len(YEARS)
    both = page_text(browser, page("client_statements", client))
    assert "kind=single" in both and "kind=consolidated" in both


def test_a_foreign_client_does_not_exist(browser: Browser, bank: recipes.Bank) -> None:
    foreign = recipes.make_client(bank.staff(Role.RM, bank.west))
    answer = send(browser, foreign, statement_book())
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["client"])
    assert browser.post(page("statement_upload", foreign), {"file": as_upload(statement_book())}).status_code == 404
    upload = recipes.make_upload(foreign, foreign.subject.manager)
    own = recipes.make_client(bank.staff(Role.RM))
    for client in (foreign, own):  # a foreign file under any client's address
        assert browser.get(page("upload_detail", client, upload.pk)).status_code == 404
        assert browser.post(page("statement_commit", client, upload.pk)).status_code == 404
    assert not StatementUpload.objects.exclude(pk=upload.pk).exists()


# The pages


def test_the_original_stays_as_it_came(browser: Browser, client: Client) -> None:
    content = statement_book()
    upload = send(browser, client, content, "../恒丰 2025.xlsx").json()
    assert upload["file_name"] == "恒丰 2025.xlsx"
    answer = browser.get(page("statement_file", client, upload["id"]))
    assert b"".join(answer.streaming_content) == content


def test_the_trend_shows_the_last_five_periods_and_the_change_on_a_year(browser: Browser, client: Client) -> None:
    take_over(browser, send(browser, client, statement_book()).json())
    groups = browser.get(page("client_statements", client)).context["groups"]
    with override("en"):
        labels = [str(group.label) for group in groups]
    assert labels == ["Income statement", "Balance sheet", "Cash flow", "Equity", "From the notes"]
    revenue = groups[0].rows[0]
    assert (revenue.label, revenue.cells, revenue.change) == ("Revenue", ["86,000", "94,000", "102,500"], "9.0%")
    shares = browser.get(f"{page('client_statements', client)}?show=common").context["groups"][0].rows
    assert [row.cells[2] for row in shares[:2]] == ["100.0%", "79.2%"]


def test_a_ratio_opens_its_definition_and_inputs(browser: Browser, client: Client) -> None:
    take_over(browser, send(browser, client, statement_book()).json())
    answer = browser.get(f"{page('client_statements', client)}?show=ratios&ratio=roe")
    card = answer.context["ratio"]
    assert (card.name, card.formula) == ("Return on equity", "Net profit ÷ Net assets, average")
    assert [(name, cells[2]) for name, cells in card.inputs] == [
        ("Net profit", "6,885"),
        ("Net assets, average", "54,542"),
    ]
    assert [str(result).partition(">")[2].partition("<")[0] or str(result) for result in card.results] == [
        "an input is missing",
        "11.8%",
        "12.6%",
    ]


def test_the_api_lists_current_and_superseded_filings(browser: Browser, client: Client, manager: Staff) -> None:
    recipes.make_statements(client, manager)
    recipes.make_statements(client, manager, years=(2025,))
    address = f"{reverse('clients-api:statement-list')}?client={client.pk}&period_from=2025-01-01"
    assert len(browser.get(address).json()["results"]) == 2
    current = browser.get(f"{address}&current=true").json()["results"]
    assert [(one["revenue"], one["superseded_at"]) for one in current] == [("1025000000.00", None)]


# The demonstration


@pytest.mark.parametrize("size", ["large", "medium", "small"])
def test_statements_of_the_demonstration_hold_together(size: str) -> None:
    for number, industry in enumerate(list(TRADES) * 8):
        years = simulate(industry, size, number, 2025)
        figures = [Figures(year.period_end, year.values, WAN) for year in years]
        assert check_identities(LINES, figures) == [], (industry, number)
        assert all(LINES.complete(year.values)["total_assets"] > 0 for year in years)
