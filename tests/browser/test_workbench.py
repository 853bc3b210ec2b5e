"""The plan workbench: a changed assumption moves the DSCR at once, and a second window overwrites nothing."""

import pytest
from playwright.sync_api import Page, expect

from crm_project.organization.roles import Role
from financing.models import Plan
from tests import recipes
from tests.browser.browser import Watch, accessibility_faults, sign_in
from tests.financing.plan_support import published_plan, published_project

FIGURE = "#bench-figures .rq-fig:first-child .n"


@pytest.fixture(scope="module")
def plan(live_database: str) -> Plan:
    manager = recipes.make_bank().staff(Role.RM, username="bench")
    return published_plan(published_project(recipes.make_client(manager, name="澜州恒泽水务有限公司")))


def test_a_changed_assumption_moves_the_dscr_at_once_and_two_windows_do_not_fight(
    browser_page: Page, watch: Watch, plan: Plan
) -> None:
    page = browser_page
    sign_in(page, "bench", recipes.PASSWORD)
    page.goto(plan.get_absolute_url())
    expect(page.locator(FIGURE)).to_contain_text("1.30")
    assert accessibility_faults(page) == []
    second = page.context.new_page()
    watch.listen(second)
    second.goto(plan.get_absolute_url())

    page.get_by_label("现金流变动").fill("-10")
    expect(page.locator(FIGURE)).to_contain_text("1.17")
    expect(page.locator("#bench-saved")).to_contain_text("已自动保存")
    page.get_by_label("现金流变动").fill("0")
    expect(page.locator(FIGURE)).to_contain_text("1.30")

    watch.expect("422")
    page.get_by_label("期限", exact=True).fill("0")
    expect(page.locator("#bench-note")).to_contain_text("未保存")
    expect(page.get_by_label("期限", exact=True)).to_have_attribute("aria-invalid", "")
    page.get_by_label("期限", exact=True).fill("96")
    expect(page.locator("#bench-note")).to_be_empty()

    watch.expect("409")
    second.get_by_label("项目资本金").fill("200")
    expect(second.locator("#bench-note")).to_contain_text("另一窗口已保存此版本")
    expect(second.get_by_label("项目资本金")).to_have_value("200")
    second.locator("#version-name").fill("我的版本")
    second.get_by_role("button", name="另存为新版本").click()
    expect(second.locator(".rq-row1")).to_contain_text("我的版本")
    expect(second.get_by_label("项目资本金")).to_have_value("200")
