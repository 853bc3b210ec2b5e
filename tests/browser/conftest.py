"""Fixtures of the browser tests: `browser_page` on the module's own web server, `watch` for what it may do wrong."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import browser as browsers
from tests.servers import Site

# Playwright keeps an event loop in the thread of the tests; Django would refuse its database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser per worker. Without one a test is skipped, unless CRM_REQUIRE=browser demands it."""
    try:
        with browsers.running_browser() as running:
            yield running
    except browsers.NoBrowser as error:
        if "browser" in os.environ.get("CRM_REQUIRE", ""):
            raise
        pytest.skip(str(error))


@pytest.fixture
def watch(http: Site) -> browsers.Watch:
    """Collects what the page does wrong; `watch.expect("422")` before an answer that the test wants."""
    return browsers.Watch(http.address)


@pytest.fixture
def browser_page(browser: Browser, http: Site, watch: browsers.Watch) -> Iterator[Page]:
    """A page of 1440 × 900 in Chinese without cookies; relative addresses lead to the module's server.

    The test fails at its end on every fault that `watch` was not told to expect.
    """
    context = browser.new_context(
        base_url=http.address, locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 900}
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    watch.listen(page)
    yield page
    context.close()
    assert watch.unexpected() == []
