"""A client changes hands: asked for, found, decided and taken over, each by its person."""

import re

import pytest
from playwright.sync_api import Page, expect

from clients.models import Client
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from tests import recipes
from tests.browser.browser import accessibility_faults, settled, sign_in


@pytest.fixture(scope="module")
def bank(live_database: str) -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture
def people(bank: recipes.Bank) -> dict[str, Staff]:
    return {"giver": bank.staff(Role.RM), "taker": bank.staff(Role.RM), "head": bank.staff(Role.APPROVER)}


@pytest.fixture
def client(people: dict[str, Staff]) -> Client:
    return recipes.make_client(people["giver"], name="澜州恒泽水务有限公司")


def enter(page: Page, account: Staff) -> None:
    page.context.clear_cookies()
    sign_in(page, account.username, recipes.PASSWORD)


def test_a_client_changes_hands(browser_page: Page, people: dict[str, Staff], client: Client) -> None:
    page = browser_page
    enter(page, people["giver"])
    expect(page).to_have_url(re.compile(r"/my-day/$"))
    page.goto(client.get_absolute_url())
    page.get_by_role("link", name="移交").click()
    page.locator("select[name=to]").select_option(str(people["taker"].pk), force=True)
    page.locator("textarea[name=reason]").fill("客户经理轮岗")
    page.get_by_role("button", name="提交审批").click()
    expect(page.get_by_role("status").filter(has_text="待审批：移交客户")).to_contain_text(people["taker"].name)
    assert accessibility_faults(page) == []

    enter(page, people["head"])
    assert accessibility_faults(page) == []
    page.locator(".rq-next").get_by_role("link", name="去审批").click()
    assert accessibility_faults(page) == []
    page.locator("textarea[name=reason]").fill("同意移交")
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("已同意")

    enter(page, people["taker"])
    page.locator(".rq-task").get_by_role("link", name="登记结果").click()
    page.locator("textarea[name=outcome]").fill("已拜访，资料齐全")
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_text("没有待办")).to_be_visible()


def test_the_search_box_is_worked_by_keyboard_alone(
    browser_page: Page, people: dict[str, Staff], client: Client
) -> None:
    page = browser_page
    enter(page, people["giver"])
    settled(page)
    page.keyboard.press("/")
    page.keyboard.type("lzhz")
    expect(page.get_by_role("option")).to_contain_text(client.name)
    assert accessibility_faults(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith(client.get_absolute_url()))
