"""A client is rated and stands in its tier, each step by its person, the preview following what is typed."""

from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from clients.models import Client
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from tests import recipes
from tests.browser.browser import accessibility_faults, sign_in
from tests.figures.rating_case import ANCHORS, CLEAN

COOPERATION = {"source": "综合贡献报表", "products": "4", "deposits": "6,200", "fees": "46", "raroc": "9.5"}


@pytest.fixture(scope="module")
def bank(live_database: str) -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture(scope="module")
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM)


@pytest.fixture(scope="module")
def risk(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RISK_OFFICER)


@pytest.fixture(scope="module")
def client(manager: Staff) -> Client:
    client = recipes.make_client(manager, name="澜州恒泽水务有限公司", client_since=date(2020, 6, 30))
    recipes.make_statements(client, manager)
    return client


def enter(page: Page, account: Staff) -> None:
    page.context.clear_cookies()
    sign_in(page, account.username, recipes.PASSWORD)


def fill_sheet(page: Page) -> None:
    for name, text in (("years_trading", "12.5"), ("largest_customer_share", "24"), ("management_tenure", "5.5")):
        page.locator(f"[name={name}]").fill(text)
    for name, value in CLEAN.items():
        field = page.locator(f"[name=gate_{name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(str(value))
        else:
            field.fill("10" if name == "guarantees_to_equity" else str(value))
    for factor, level in ANCHORS.items():
        page.locator(f"[name=level_{factor}]").select_option(level)
        page.locator(f"[name=evidence_{factor}]").fill("尽调报告与征信报告。")


def test_a_client_is_rated_confirmed_and_tiered(
    browser_page: Page, manager: Staff, risk: Staff, client: Client
) -> None:
    page = browser_page
    enter(page, manager)
    page.goto(reverse("clients:client_rating", args=[client.pk]))
    page.locator(".rq-next").get_by_role("link", name="开始评级").click()
    page.get_by_role("button", name="开始评级").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("尚未评价")
    fill_sheet(page)
    expect(preview).to_contain_text("81.66")
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="保存并提交确认").click()
    expect(page.get_by_role("status").filter(has_text="待审批：评级确认")).to_contain_text("R4")
    assert accessibility_faults(page) == []

    enter(page, risk)
    page.locator(".rq-next").get_by_role("link", name="去审批").click()
    page.locator("textarea[name=reason]").fill("报表与依据已核对。")
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("已同意")

    enter(page, manager)
    page.goto(reverse("clients:client_tier", args=[client.pk]))
    page.get_by_role("link", name="录入合作记录").first.click()
    for name, text in COOPERATION.items():
        page.locator(f"[name={name}]").fill(text)
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("核心")
    assert accessibility_faults(page) == []
    page.goto(reverse("clients:client_rating", args=[client.pk]))
    page.locator("summary").filter(has_text="利息保障倍数").click()
    expect(page.locator("main")).to_contain_text("怎样升至 R3")
    assert accessibility_faults(page) == []
