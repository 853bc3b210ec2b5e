"""Documents: put on a subject, retired with a reason; never edited, never deleted."""

import unicodedata
from pathlib import Path

from django.core.files.base import File
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from crm_project.organization.models import Staff, Subject
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.inspect import BadFile
from crm_project.workflow.models import Document
from crm_project.workflow.store import store_upload

NAME_LENGTH = 150
NOT_IN_NAMES = set('\\/:*?"<>|')
HIDDEN_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, and marks that turn the order of letters round


def attach_document(*, subject: Subject, upload: "File[bytes]", kind: str, name: str, by: Staff) -> Document:
    """A new document of the subject. `name`: what colleagues call it, the file's own name where empty.

    The same file again is a new document of the same stored file.
    Raises RuleBroken: file_<code> of BadFile, kind_unknown.
    """
    if kind not in Document.Kind.values:
        raise RuleBroken("kind_unknown", _("There is no such kind of document."), "kind")
    try:
        stored = store_upload(upload)
    except BadFile as error:
        raise error.as_rule() from error
    ending = Path(plain_name(upload.name or "")).suffix.lower()
    title = plain_name(name or upload.name or "")
    if title.lower().endswith(ending):
        title = title[: -len(ending)]
    title = title[: NAME_LENGTH - len(ending)] or _("Document")
    return Document.objects.create(subject=subject, file=stored, kind=kind, name=title + ending, uploaded_by=by)


@transaction.atomic
def retire_document(*, document: Document, reason: str, by: Staff) -> Document:
    """The document no longer counts; it and its file stay. Raises RuleBroken: retire_by, reason; Stale."""
    if not may_retire(document, by):
        raise RuleBroken("retire_by", _("Only who uploaded it or who manages the client may retire a document."))
    if not reason.strip():
        raise RuleBroken("reason", _("Say why."), "reason")
    waiting = Document.objects.filter(pk=document.pk, retired_at__isnull=True)
    if not waiting.update(retired_at=Now(), retired_reason=reason.strip()):
        raise Stale
    document.refresh_from_db()
    return document


def may_retire(document: Document, account: Staff) -> bool:
    """Whether the account's person uploaded the document or the account manages the client. Needs `subject.root` and
    `uploaded_by` loaded."""
    root = document.subject.root
    manages = root is not None and root.manager_id == account.pk
    return manages or document.uploaded_by.person_id == account.person_id


def plain_name(text: str) -> str:
    """A file's name without paths, controls and what file systems refuse."""
    text = unicodedata.normalize("NFC", text)
    kept = (letter for letter in text if unicodedata.category(letter) not in HIDDEN_CATEGORIES)
    return "".join("_" if letter in NOT_IN_NAMES else letter for letter in kept).strip(" .")
