"""The desk itself: shell, list and form under keyboard, phone and both themes, without a breach of the page policy."""

import re

import pytest
from playwright.sync_api import Page, expect

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from tests.browser.browser import accessibility_faults, settled, sign_in
from tests.recipes import PASSWORD, make_bank, make_client

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def rm(live_database: str) -> Staff:
    rm = make_bank().staff(Role.RM)
    for number in range(60):
        make_client(rm, name=f"恒泽{number:02d}有限公司", registered_capital=f"{number}0000.00")
    return rm


@pytest.fixture
def clients(browser_page: Page, rm: Staff) -> Page:
    sign_in(browser_page, rm.username, PASSWORD)
    browser_page.goto("/clients/")
    settled(browser_page)
    return browser_page


def test_the_search_box_of_a_list_narrows_while_typing_and_keeps_the_cursor(clients: Page) -> None:
    clients.locator("#list-q").press_sequentially("恒泽07")
    expect(clients.locator("[data-rq-row]")).to_have_count(1)
    expect(clients.locator("#list-q")).to_be_focused()
    expect(clients).to_have_url(re.compile(r"\?q=%E6%81%92%E6%B3%BD07$"))
    clients.go_back()
    expect(clients.locator("[data-rq-row]")).to_have_count(50)


def test_a_list_is_walked_and_opened_by_keyboard(clients: Page) -> None:
    rows = clients.locator("[data-rq-row]")
    rows.first.focus()
    clients.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    clients.keyboard.press("End")
    expect(rows.last).to_be_focused()
    name = rows.last.locator("a").first.inner_text()
    clients.keyboard.press("Enter")
    expect(clients.locator("h1")).to_have_text(name)


def test_conditions_columns_and_order_stand_in_the_address(clients: Page) -> None:
    clients.get_by_role("button", name="条件").click()
    clients.get_by_label("民营企业").check()
    clients.get_by_role("button", name="应用").first.click()
    expect(clients.locator(".rq-chip", has_text="民营企业")).to_be_visible()
    clients.get_by_role("link", name=re.compile("注册资本")).click()
    expect(clients.locator("th[aria-sort=descending]")).to_contain_text("注册资本")
    clients.get_by_role("button", name=re.compile(r"^列 ")).click()
    panel = clients.locator("[data-rq-columns]")
    panel.get_by_label("信用代码").check()
    panel.get_by_role("button", name="应用").click()
    expect(clients.locator("th", has_text="信用代码")).to_be_visible()
    expect(clients).to_have_url(re.compile(r"nature=private&sort=-registered_capital&cols=name,.*uscc"))
    clients.get_by_role("link", name="去掉条件：企业性质").click()
    expect(clients.locator(".rq-chip", has_text="民营企业")).to_have_count(0)


def test_the_theme_switches_at_once_and_stays(clients: Page) -> None:
    with clients.expect_response("**/preferences/") as saved:
        clients.get_by_role("button", name="切换深色").click()
    assert saved.value.status == 204
    expect(clients.locator("html")).to_have_attribute("data-bs-theme", "dark")
    clients.reload()
    expect(clients.locator("html")).to_have_attribute("data-bs-theme", "dark")
    clients.get_by_role("button", name="切换浅色").click()
    expect(clients.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_unit_and_language_are_chosen_in_the_top_bar(clients: Page) -> None:
    clients.goto("/clients/?sort=-registered_capital")
    clients.get_by_role("button", name="亿元", exact=True).click()
    expect(clients.locator("tbody")).to_contain_text("0.0059")
    clients.get_by_role("button", name="万元", exact=True).click()
    expect(clients).to_have_url(re.compile(r"/clients/\?sort=-registered_capital$"))
    clients.get_by_role("button", name="Switch to English").click()
    expect(clients.locator("h1")).to_have_text("Clients")
    clients.get_by_role("button", name="切换为中文").click()
    expect(clients.locator("h1")).to_have_text("客户")


def test_a_refused_form_moves_the_focus_to_what_is_wrong(clients: Page) -> None:
    clients.goto("/clients/new/")
    clients.locator(".rq-form-foot [type=submit]").click()
    expect(clients.locator("[data-rq-errors]")).to_be_focused()
    clients.locator("[data-rq-errors] a").first.click()
    expect(clients.locator(".rq-wrong .form-control").first).to_be_focused()


@pytest.mark.parametrize("address", ["/clients/", "/clients/new/"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_meets_wcag(clients: Page, rm: Staff, address: str, theme: str) -> None:
    Staff.objects.filter(pk=rm.pk).update(theme=theme)
    clients.goto(address)
    assert accessibility_faults(clients) == []
    Staff.objects.filter(pk=rm.pk).update(theme="light")


@pytest.mark.parametrize("address", ["/clients/", "/clients/new/"])
def test_a_page_fits_a_phone(clients: Page, address: str) -> None:
    clients.set_viewport_size(PHONE)
    clients.goto(address)
    assert clients.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_menu_of_a_phone_holds_the_tools_and_the_way_out(clients: Page) -> None:
    clients.set_viewport_size(PHONE)
    clients.locator(".rq-me").click()
    clients.locator(".rq-menu").get_by_role("button", name="退出").click()
    expect(clients).to_have_url(re.compile("/sign-in/"))


def test_the_sign_in_page_meets_wcag(browser_page: Page) -> None:
    browser_page.goto("/sign-in/")
    settled(browser_page)
    assert accessibility_faults(browser_page) == []
