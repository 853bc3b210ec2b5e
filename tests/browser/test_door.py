"""The sign-in page in a real browser; and that the watch over pages sees what it is there to see."""

import pytest
from playwright.sync_api import Page

from crm_project.organization.roles import Role
from tests import recipes
from tests.browser.browser import Watch, accessibility_faults, settled, sign_in
from tests.servers import Site


def test_a_relationship_manager_signs_in(browser_page: Page, http: Site) -> None:
    account = recipes.make_bank().staff(Role.RM, username="zhoumin")
    sign_in(browser_page, "zhoumin", recipes.PASSWORD)
    assert account.person.name in browser_page.locator("body").inner_text()


def test_the_sign_in_page_is_accessible(browser_page: Page) -> None:
    browser_page.goto("/sign-in/")
    settled(browser_page)
    assert accessibility_faults(browser_page) == []


BREACHES = {
    "Content Security Policy": "document.head.append(Object.assign(document.createElement('script'), {text: '1'}))",
    "script error": "setTimeout(() => { throw new Error('planted') })",
    "request to elsewhere": "new Image().src = 'http://elsewhere.example/x.png'",
    "answer 404": "fetch('/no-such-page/')",
}


@pytest.mark.parametrize("fault", BREACHES)
def test_the_watch_sees_a_planted(fault: str, browser_page: Page, watch: Watch) -> None:
    browser_page.goto("/sign-in/")
    assert watch.faults == []
    watch.expect("")
    browser_page.evaluate(BREACHES[fault])
    for _ in range(250):  # the events arrive while the page is waited for
        if any(fault in seen for seen in watch.faults):
            return
        browser_page.wait_for_timeout(20)
    raise AssertionError(watch.faults)
