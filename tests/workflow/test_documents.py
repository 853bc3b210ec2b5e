"""Documents of a subject: stored once by content, downloaded with care, retired and kept."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.core.files.base import ContentFile
from django.core.files.uploadhandler import SkipFile
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse

from clients.models import Client
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.inspect import BadFile
from crm_project.workflow.journal import Act
from crm_project.workflow.models import Document, JournalEntry, StoredFile
from crm_project.workflow.services.documents import attach_document, plain_name, retire_document
from crm_project.workflow.store import MAX_BYTES, inspect_stored, open_stored, store_upload
from crm_project.workflow.uploads import MAX_REQUEST, CutUploadHandler
from tests import recipes

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PDF = b"%PDF-1.7\nhello"


@pytest.fixture
def store(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "store"
    return tmp_path / "store"


@pytest.fixture
def bank() -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture
def manager(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM)


@pytest.fixture
def client(manager: Staff) -> Client:
    return recipes.make_client(manager)


def signed_in(account: Staff) -> Browser:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def upload(browser: Browser, client: Client, file_name: str, content: bytes, **more: Any) -> Any:
    body = {"file": recipes.make_file(file_name, content), "kind": "contract", "name": "", **more}
    return browser.post(reverse("workflow:document_upload", args=[client.pk]), body, headers=HTMX)


def test_an_upload_becomes_a_document_in_the_list(store: Path, manager: Staff, client: Client) -> None:
    answer = upload(signed_in(manager), client, "施工合同.pdf", PDF, name="主体工程施工合同")
    assert answer.status_code == 200
    assert "主体工程施工合同.pdf" in answer.content.decode()
    document = Document.objects.get()
    assert (document.subject_id, document.kind, document.uploaded_by) == (client.pk, Document.Kind.CONTRACT, manager)
    assert document.file.media_type == "application/pdf"
    assert files_in(store) == [store / document.file.sha256[:2] / sha256(PDF).hexdigest()]


def test_the_same_file_is_stored_once(store: Path, manager: Staff, client: Client) -> None:
    first = recipes.make_document(client, recipes.make_file("a.pdf", PDF))
    second = recipes.make_document(client, recipes.make_file("b.pdf", PDF), name="副本")
    assert first.file == second.file
    assert (first.name, second.name) == ("a.pdf", "副本.pdf")
    assert StoredFile.objects.count() == 1
    assert len(files_in(store)) == 1


def test_a_refused_file_says_why_beside_its_field_and_leaves_nothing(
    store: Path, manager: Staff, client: Client
) -> None:
    answer = upload(signed_in(manager), client, "财报.xls", PDF)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert ".xls" in page and ".pdf" in page
    assert 'id="id_file_error"' in page
    assert not Document.objects.exists()
    assert not StoredFile.objects.exists()
    assert files_in(store) == []


def test_a_file_of_51_megabytes_is_cut_and_refused(store: Path, manager: Staff, client: Client) -> None:
    answer = upload(signed_in(manager), client, "大.csv", b"a" * (MAX_BYTES + 1024 * 1024))
    assert answer.status_code == 422
    assert "50 MB" in answer.content.decode()
    assert files_in(store) == []


def handler(account: Any) -> CutUploadHandler:
    request = RequestFactory().post("/")
    request.user = account
    return CutUploadHandler(request)


def test_no_more_than_the_limit_is_written_while_it_streams(manager: Staff) -> None:
    incoming = handler(manager)
    incoming.new_file("file", "a.csv", "text/csv", None, "utf-8")
    incoming.receive_data_chunk(b"ab", MAX_BYTES)
    incoming.receive_data_chunk(b"cd", MAX_BYTES + 2)
    assert incoming.file.file.tell() == 1


def test_a_visitor_writes_nothing_and_no_request_is_endless(manager: Staff) -> None:
    with pytest.raises(SkipFile):
        handler(AnonymousUser()).new_file("file", "a.csv", "text/csv", None, "utf-8")
    with pytest.raises(RequestDataTooBig):
        handler(manager).handle_raw_input(None, {}, MAX_REQUEST + 1, b"")


class Interrupted(ContentFile):  # type: ignore[type-arg]
    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield PDF
        raise ConnectionError


def test_an_interrupted_upload_leaves_no_half_file(store: Path) -> None:
    with pytest.raises(ConnectionError):
        store_upload(Interrupted(PDF, name="a.pdf"))
    assert files_in(store) == []
    assert not StoredFile.objects.exists()


def test_an_empty_file_is_refused(store: Path) -> None:
    with pytest.raises(BadFile) as caught:
        store_upload(ContentFile(b"", name="a.csv"))
    assert caught.value.code == "empty"


def test_a_stored_table_is_read_row_by_row(store: Path) -> None:
    stored = store_upload(recipes.make_file("明细.txt", "日期\t金额\n2025-12-31\t1.00\n".encode("gb18030")))
    with inspect_stored(stored) as found:
        assert [[cell.text for cell in row.cells] for row in found.sheets[0].rows()] == [
            ["日期", "金额"],
            ["2025-12-31", "1.00"],
        ]


def test_a_download_is_an_attachment_that_can_do_nothing(store: Path, manager: Staff, client: Client) -> None:
    document = recipes.make_document(client, recipes.make_file("a.pdf", PDF), name="一季度报告")
    answer = signed_in(manager).get(reverse("workflow:document_download", args=[document.pk]))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('一季度报告.pdf')}"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "no-store"
    entry = JournalEntry.objects.get(route="workflow:document_download")
    assert (entry.act, entry.subject_id, entry.actor) == (Act.EXPORT, client.pk, manager)
    assert entry.detail["document"] == document.pk


def test_a_retired_document_is_kept_with_its_reason(store: Path, manager: Staff, client: Client) -> None:
    document = recipes.make_document(client, recipes.make_file("a.pdf", PDF))
    browser = signed_in(manager)
    address = reverse("workflow:document_retire", args=[document.pk])
    assert "a.pdf" in browser.post(address, {"reason": ""}, headers=HTMX).content.decode()
    assert Document.objects.get().retired_at is None
    page = browser.post(address, {"reason": "版本已更新"}, headers=HTMX).content.decode()
    assert "版本已更新" in page
    assert "<s>a.pdf</s>" in page
    with open_stored(document.file) as kept:
        assert kept.read() == PDF
    assert browser.get(reverse("workflow:document_download", args=[document.pk])).status_code == 200


def test_only_the_uploader_and_the_manager_of_the_client_retire(
    store: Path, bank: recipes.Bank, manager: Staff, client: Client
) -> None:
    officer, other = bank.staff(Role.RISK_OFFICER), bank.staff(Role.RISK_OFFICER)
    document = attach_document(
        subject=client.subject, upload=recipes.make_file("a.pdf", PDF), kind="other", name="", by=officer
    )
    with pytest.raises(RuleBroken) as caught:
        retire_document(document=document, reason="错误", by=other)
    assert caught.value.rule == "retire_by"
    second_account = bank.staff(Role.APPROVER, person=officer.person)
    retire_document(document=document, reason="错误", by=second_account)
    with pytest.raises(Stale):
        retire_document(document=document, reason="错误", by=manager)


def test_a_document_of_a_foreign_client_does_not_exist(store: Path, bank: recipes.Bank, client: Client) -> None:
    document = recipes.make_document(client)
    browser = signed_in(bank.staff(Role.RM))
    assert browser.get(reverse("workflow:document_list", args=[client.pk])).status_code == 404
    assert upload(browser, client, "a.pdf", PDF).status_code == 404
    assert browser.get(reverse("workflow:document_download", args=[document.pk])).status_code == 404
    assert browser.post(reverse("workflow:document_retire", args=[document.pk]), {"reason": "x"}).status_code == 404
    assert browser.get(reverse("workflow-api:document-detail", args=[document.pk])).status_code == 404
    assert browser.get(reverse("workflow-api:document-content", args=[document.pk])).status_code == 404
    assert browser.get(reverse("workflow-api:document-list")).json()["results"] == []
    assert Document.objects.count() == 1


def test_an_account_that_only_reads_sees_no_upload(store: Path, bank: recipes.Bank, client: Client) -> None:
    document = recipes.make_document(client)
    page = signed_in(bank.staff(Role.HEAD_OFFICE_VIEWER)).get(reverse("workflow:document_list", args=[client.pk]))
    text = page.content.decode()
    assert document.name in text
    assert "<form" not in text.split('id="documents"')[1].split("</section>")[0]


def test_without_scripts_the_list_is_a_page_and_an_upload_returns_to_it(
    store: Path, manager: Staff, client: Client
) -> None:
    browser, address = signed_in(manager), reverse("workflow:document_list", args=[client.pk])
    body = {"file": recipes.make_file(), "kind": "other", "name": ""}
    answer = browser.post(reverse("workflow:document_upload", args=[client.pk]), body)
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert "<!doctype html>" in browser.get(address).content.decode()
    assert "<!doctype html>" not in browser.get(address, headers=HTMX).content.decode()


def test_the_api_gives_metadata_by_subject_and_the_content(store: Path, manager: Staff, client: Client) -> None:
    document = recipes.make_document(client, recipes.make_file("a.pdf", PDF))
    recipes.make_document(recipes.make_client(manager))
    browser = signed_in(manager)
    (found,) = browser.get(reverse("workflow-api:document-list"), {"subject": client.pk}).json()["results"]
    assert found["id"] == document.pk
    assert (found["name"], found["media_type"], found["size"]) == ("a.pdf", "application/pdf", len(PDF))
    assert found["sha256"] == sha256(PDF).hexdigest()
    assert browser.get(reverse("workflow-api:document-list"), {"retired": "true"}).json()["results"] == []
    content = browser.get(reverse("workflow-api:document-content", args=[document.pk]))
    assert b"".join(content.streaming_content) == PDF
    assert content["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", ".._.._etc_passwd.pdf"),
        ("C:\\报告.pdf", "C__报告.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("合同\u202efdp.exe.pdf", "合同fdp.exe.pdf"),
        ("  e\u0301.pdf. ", "é.pdf"),
        ("=cmd|' /C calc'!A0.csv", "=cmd_' _C calc'!A0.csv"),
        ("...", ""),
    ],
)
def test_a_name_keeps_its_words_and_loses_its_tricks(given: str, kept: str) -> None:
    assert plain_name(given).lstrip(".") == kept.lstrip(".")


@pytest.mark.parametrize("name", ["长" * 300, "../..", "\u202e"])
def test_any_name_gives_a_document_within_the_store(name: str, store: Path, client: Client) -> None:
    document = recipes.make_document(client, recipes.make_file("a.pdf", PDF), name=name)
    assert document.name.endswith(".pdf")
    assert 4 < len(document.name) <= 150
    assert files_in(store) == [store / document.file.sha256[:2] / document.file.sha256]
