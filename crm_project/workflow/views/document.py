"""Documents of a subject: the list, upload, download, retirement. The list is a card that other pages include, and
htmx swaps as a whole."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm_project.organization.models import Subject
from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui.menu import may_open
from crm_project.ui.outcomes import broken
from crm_project.ui.panels import subject_address
from crm_project.workflow.forms import RetireForm, UploadForm
from crm_project.workflow.models import Document
from crm_project.workflow.services.documents import attach_document, may_retire, retire_document
from crm_project.workflow.store import open_stored

SHOWN = 300
LOCKED_DOWN = "default-src 'none'; sandbox"


@dataclass(frozen=True)
class Line:
    document: Document
    may_retire: bool


def documents_context(request: StaffRequest, subject: Subject, form: UploadForm | None = None) -> dict[str, Any]:
    """What `workflow/document_list.html` needs; pages of other rooms add it to their own context. One query."""
    rows = Document.objects.filter(subject=subject).select_related("file", "uploaded_by__person", "subject__root")
    retires = may_open(request.user, "workflow:document_retire", "POST")
    lines = [Line(one, retires and may_retire(one, request.user)) for one in rows[:SHOWN]]
    return {
        "document_subject": subject,
        "documents": [line for line in lines if line.document.retired_at is None],
        "retired_documents": [line.document for line in lines if line.document.retired_at is not None],
        "upload_form": (form or UploadForm()) if may_open(request.user, "workflow:document_upload", "POST") else None,
    }


@require_safe
def document_list(request: StaffRequest, pk: int) -> HttpResponse:
    return _answer(request, _visible_subject(request, pk))


@require_POST
def document_upload(request: StaffRequest, pk: int) -> HttpResponse:
    subject = _visible_subject(request, pk)
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        values = form.cleaned_data
        try:
            attach_document(
                subject=subject, upload=values["file"], kind=values["kind"], name=values["name"], by=request.user
            )
        except RuleBroken as error:
            broken(form, error)
        else:
            return _answer(request, subject, changed=True)
    return _answer(request, subject, form)


@require_safe
def document_download(request: StaffRequest, pk: int) -> FileResponse:
    document = visible_document(request, pk)
    response = FileResponse(
        open_stored(document.file),
        as_attachment=True,
        filename=document.name,
        content_type=document.file.media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = LOCKED_DOWN
    return response


@require_POST
def document_retire(request: StaffRequest, pk: int) -> HttpResponse:
    document = visible_document(request, pk)
    form = RetireForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        retire_document(document=document, reason=reason, by=request.user)
    except RuleBroken as error:
        messages.error(request, error.message)
    except Stale:
        messages.warning(request, _("This document has been retired already."))
    return _answer(request, document.subject, changed=True)


def visible_document(request: StaffRequest, pk: int) -> Document:
    rows = Document.objects.visible_to(request.user).select_related("file", "subject__root", "uploaded_by")
    document = get_object_or_404(rows, pk=pk)
    request.journal_subject_id = document.subject_id
    request.journal_detail = {"document": document.pk}
    return document


def _visible_subject(request: StaffRequest, pk: int) -> Subject:
    return get_object_or_404(Subject.objects.visible_to(request.user), pk=pk)


def _answer(
    request: StaffRequest, subject: Subject, form: UploadForm | None = None, changed: bool = False
) -> HttpResponse:
    """The card for htmx, a page of its own otherwise; after a change without htmx the browser is sent to it."""
    card = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    if changed and not card:
        return redirect("workflow:document_list", subject.pk)
    context = {**documents_context(request, subject, form), "subject_address": subject_address(subject)}
    template = "workflow/document_list.html" if card else "workflow/document_page.html"
    return render(request, template, context, status=422 if form else 200)
