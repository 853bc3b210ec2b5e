"""Documents of a client in a real browser: a file is refused with its reason, another is added, then retired."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from clients.models import Client
from crm_project.organization.roles import Role
from tests.browser.browser import Watch, accessibility_faults, settled, sign_in
from tests.recipes import PASSWORD, make_bank, make_client


@pytest.fixture(scope="module")
def client(live_database: str) -> Client:
    return make_client(make_bank().staff(Role.RM), name="恒泽水务有限公司")


def pdf(name: str) -> FilePayload:
    return {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n"}


def test_a_document_is_added_and_retired_without_leaving_the_page(
    browser_page: Page, client: Client, watch: Watch
) -> None:
    page = browser_page
    sign_in(page, client.subject.manager.username, PASSWORD)
    page.goto(f"/work/subjects/{client.pk}/documents/")
    settled(page)

    watch.expect("422")
    page.locator("#id_kind").select_option("statement")
    page.locator("#id_file").set_input_files(pdf("财报.xls"))
    page.get_by_role("button", name="上传资料").click()
    expect(page.locator("#id_file_error")).to_contain_text("实际内容是PDF 文件")
    expect(page.locator("#id_kind")).to_have_value("statement")

    page.locator("#id_kind").select_option("contract")
    page.locator("#id_file").set_input_files(pdf("施工合同.pdf"))
    page.get_by_role("button", name="上传资料").click()
    expect(page.locator("#documents")).to_contain_text("施工合同.pdf")
    assert accessibility_faults(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="施工合同.pdf").click()
    assert download.value.path().read_bytes() == pdf("施工合同.pdf")["buffer"]

    page.get_by_role("button", name="作废").click()
    page.get_by_label("作废原因").fill("版本已更新")
    page.locator(".rq-pop button[type=submit]").click()
    expect(page.locator("#documents summary")).to_contain_text("已作废 1 份")
    expect(page.locator("#documents .rq-empty")).to_be_visible()
