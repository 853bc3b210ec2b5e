"""The list furniture, tried on the client list."""

import csv
import io
import re
import zipfile
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from django.db import connection
from django.test import Client as Browser
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from clients.models import Client
from clients.tables import ClientTable
from clients.views.client import ClientList
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.ui import exports, listing
from crm_project.ui.exports import neutral
from crm_project.ui.lists import Preset
from tests.recipes import make_bank, make_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Staff:
    """A risk officer of a branch with 60 clients of its own and one client of another branch."""
    bank = make_bank()
    rm = bank.staff(Role.RM)
    for number in range(60):
        make_client(
            rm,
            name=f"恒泽{number:02d}有限公司",
            registered_capital=None if number % 10 == 9 else Decimal((number % 5 + 1) * 10_000_000),
            founded_on=date(2001 + number % 3, 5, 1),
            nature=Client.Nature.STATE_OWNED if number < 4 else Client.Nature.PRIVATE,
        )
    make_client(bank.staff(Role.RM, bank.elsewhere), name="外地有限公司")
    return bank.staff(Role.RISK_OFFICER)


@pytest.fixture
def browser(officer: Staff) -> Browser:
    browser = Browser()
    browser.force_login(officer)
    return browser


def names(html: str) -> list[str]:
    return re.findall(r'<a [^>]*class="rq-b"[^>]*>([^<]+)</a>', html)


def get(browser: Browser, query: str = "", status: int = 200, part: str = "", **headers: str) -> str:
    response = browser.get(f"/clients/{part}{query}", headers=headers)
    assert response.status_code == status, response.content.decode()[:500]
    return response.content.decode()


def test_a_page_holds_fifty_rows_of_what_the_user_may_see(browser: Browser) -> None:
    html = get(browser)
    assert len(names(html)) == 50
    assert "外地" not in html
    assert "60 条" in html and "第 1–50 条" in html
    assert len(names(get(browser, "?page=2"))) == 10


def test_a_condition_narrows_the_list_and_stands_as_a_chip_that_can_be_taken_away(browser: Browser) -> None:
    html = get(browser, "?nature=state_owned&sort=-name&cols=name,uscc")
    assert len(names(html)) == 4
    assert "国有企业" in html
    assert 'href="/clients/?sort=-name&amp;cols=name,uscc"' in html


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?colour=red", "没有名为 colour 的条件。"),
        ("?nature=martian", "企业性质"),
        ("?branch=999999", "机构"),
        ("?sort=password", "不能按“password”排序。"),
        ("?cols=name,secret", "没有名为 secret 的列。"),
        ("?page=0", "“0”不是页码。"),
        ("?page=x", "“x”不是页码。"),
        ("?page=21", "第 20 页之后"),
        ("?per_page=7", "per_page 只能取"),
        ("?density=huge", "“huge”不是行距选项。"),
        ("?after=rubbish", "翻页标记与排序不符"),
        ("?after=W10&page=2", "翻页标记与排序不符"),
    ],
)
def test_what_the_list_does_not_know_is_refused_in_words(browser: Browser, query: str, said: str) -> None:
    html = get(browser, query, status=400)
    assert said in html
    assert names(html) == []


def test_empty_parameters_of_a_form_are_no_conditions(browser: Browser) -> None:
    assert len(names(get(browser, "?nature=&q=&sort="))) == 50


@pytest.mark.parametrize("sort", ["registered_capital", "-registered_capital", "founded_on", "-name"])
def test_every_row_comes_exactly_once_over_all_pages_and_empty_values_come_last(
    browser: Browser, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LAST_OFFSET_PAGE", 1)  # so that the second page already goes by its mark
    seen: list[str] = []
    address: str | None = f"/clients/?sort={sort}&per_page=25"
    while address:
        html = browser.get(address).content.decode()
        seen += names(html)
        found = html.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0] if 'rel="next"' in html else None
        address = found.replace("&amp;", "&") if found else None
    assert len(seen) == len(set(seen)) == 60
    if "capital" in sort:
        without = set(
            Client.objects.filter(registered_capital=None, name__startswith="恒泽").values_list("name", flat=True)
        )
        assert set(seen[-6:]) == without
    in_one = names(get(browser, f"?sort={sort}&per_page=100"))
    assert seen == in_one


def test_the_address_follows_what_is_shown(browser: Browser) -> None:
    response = browser.get("/clients/?nature=state_owned&q=&sort=-name", headers={"HX-Request": "true"})
    assert response.headers["HX-Push-Url"] == "/clients/?nature=state_owned&sort=-name"
    assert "HX-Request" in response.headers["Vary"]
    html = response.content.decode()
    assert html.lstrip().startswith("<section") and "<html" not in html


def test_coming_back_in_the_history_gives_the_whole_page(browser: Browser) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in browser.get("/clients/", headers=headers).content.decode()


def test_a_head_says_how_the_list_is_sorted_and_turns_the_order(browser: Browser) -> None:
    html = get(browser, "?sort=registered_capital")
    assert 'aria-sort="ascending"' in html
    assert 'href="/clients/?sort=-registered_capital"' in html


def test_counting_stops_at_a_thousand_and_goes_on_when_asked(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "COUNT_CAP", 55)
    html = get(browser, "?nature=private&nature=state_owned")
    assert "1,000+" in html
    asked = html.split('hx-get="/clients/count?')[1].split('"')[0].replace("&amp;", "&")
    assert parse_qs(urlsplit(f"?{asked}").query) == {"nature": ["private", "state_owned"]}
    assert "60 条" in get(browser, f"?{asked}", part="count")


def test_a_page_costs_the_same_queries_however_many_rows_it_has(browser: Browser) -> None:
    def cost(query: str) -> int:
        get(browser, query)  # warms what is read once
        with CaptureQueriesContext(connection) as caught:
            get(browser, query)
        return len(caught)

    assert cost("?per_page=50") <= cost("?q=恒泽01") + 1  # the count, which a short list does not need


def test_csv_holds_the_columns_the_order_and_the_unit_that_are_shown(browser: Browser) -> None:
    response = browser.get("/clients/export?format=csv&nature=state_owned&cols=name,registered_capital&sort=-name")
    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0] == ["客户", "注册资本（万元）"]
    assert rows[1][0] == "恒泽03有限公司" and Decimal(rows[1][1]) == 4000
    assert len(rows) == 5
    assert "attachment" in response.headers["Content-Disposition"]


def test_xlsx_holds_numbers_as_numbers_and_text_as_text(browser: Browser) -> None:
    response = browser.get("/clients/export?format=xlsx&cols=name,registered_capital,founded_on&sort=name")
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("客户", "注册资本（万元）", "成立日期")
    assert len(rows) == 61
    assert rows[1][1] == 1000 and rows[1][2] == "2001-05-01"


def test_an_export_beyond_its_limit_asks_to_narrow_the_list(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MAX_ROWS", 10)
    assert "一次最多导出 10 条" in get(browser, part="export", status=400)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", " =", "\u3000="])
def test_no_cell_of_a_csv_is_run_as_a_formula(start: str) -> None:
    assert neutral(f"{start}cmd|' /C calc'!A0").startswith("'")


def test_a_negative_number_stays_a_number_in_a_csv() -> None:
    assert neutral(Decimal("-12.50")) == "-12.50"
    assert neutral(None) == ""


def test_a_formula_in_a_name_is_plain_text_in_the_workbook(browser: Browser) -> None:
    Client.objects.filter(name="恒泽00有限公司").update(name="=1+1有限公司", pinyin="a")
    response = browser.get("/clients/export?format=xlsx&cols=name&sort=name")
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert sheet is not None
    assert "=1+1有限公司" in [row[0].value for row in sheet.rows]
    with zipfile.ZipFile(io.BytesIO(response.content)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_an_empty_list_says_one_sentence_and_offers_one_way_on(browser: Browser) -> None:
    html = get(browser, "?q=没有这个名字")
    assert "没有符合条件的记录。" in html and "清除条件" in html


def test_the_register_button_is_shown_to_those_who_may_register(browser: Browser) -> None:
    rm = Staff.objects.filter(role=Role.RM).first()
    other = Browser()
    other.force_login(rm)
    assert "/clients/new/" in get(other)
    assert "/clients/new/" not in get(browser)


class TotalTable(ClientTable):
    totals = ("registered_capital",)


class TotalList(ClientList):
    table_class = TotalTable
    presets = (Preset("全部"), Preset("国有", "nature=state_owned&sort=-name"))


def total_list(user: Staff, query: str = "") -> str:
    request = RequestFactory().get(f"/clients/{query}")
    request.user = user
    request.resolver_match = resolve("/clients/")
    return TotalList.as_view()(request).content.decode()


def test_the_last_row_adds_up_the_whole_list_in_the_unit_shown(officer: Staff) -> None:
    html = total_list(officer, "?per_page=25&cols=name,registered_capital")
    foot = html.split("<tfoot>")[1]
    assert "合计" in foot and "150,000" in foot
    assert "60 条，注册资本 150,000 万元" in html


def test_a_list_too_long_to_be_counted_is_not_added_up_unasked(officer: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "COUNT_CAP", 55)
    assert "<tfoot>" not in total_list(officer)


def test_a_ready_view_is_a_tab_that_is_lit_by_its_conditions(officer: Staff) -> None:
    html = total_list(officer, "?nature=state_owned&sort=-name")
    lit = html.split('aria-current="page">')[1 if html.count('aria-current="page"') == 1 else -1]
    assert lit.startswith("国有<i>4</i>")
