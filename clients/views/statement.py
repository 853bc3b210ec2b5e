"""Pages of a client's financial statements."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from clients import statement_tables as tables
from clients.forms import StatementUploadForm
from clients.models import Client, Statement, StatementUpload
from clients.services.statement_sheet import ERROR, WARNING
from clients.services.statement_upload import read_upload
from clients.services.statements import commit_upload, drop_upload
from clients.statement_books import (
    figures_of,
    filings_replaced,
    findings_of,
    newest_upload,
    periods_of,
    rule_set,
    template_lines,
)
from clients.statement_template import workbook
from clients.statement_texts import KINDS, finding_text, in_language, line_name
from clients.views.client import frame, visible_client
from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.rules.money import Unit
from crm_project.ui import formats
from crm_project.ui.exports import XLSX_TYPE
from crm_project.ui.menu import may_open
from crm_project.ui.outcomes import broken
from crm_project.ui.pieces import Button, Empty, Tab
from crm_project.workflow.store import open_stored
from crm_project.workflow.views.document import LOCKED_DOWN

VIEWS = {"figures": gettext_lazy("Figures"), "common": gettext_lazy("Common size"), "ratios": gettext_lazy("Ratios")}
UPLOADS_SHOWN = 20
"""Files listed on a client's page; older ones are reached through the filings they brought."""


@require_safe
def client_statements(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    trend = _trend(client, request.GET.get("kind", ""))
    context = {**_frame(request, client), "uploads": _uploads(client), "upload_button": _upload_button(request, client)}
    if trend:
        context |= _trend_context(request, client, trend)
    else:
        context["empty"] = Empty(_("No statement of this client has been taken over yet."), context["upload_button"])
    return render(request, "clients/client_statements.html", context)


def statement_upload(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    form = StatementUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        newest = newest_upload(client)
        try:
            upload = read_upload(client=client, upload=form.cleaned_data["file"], by=request.user)
        except RuleBroken as error:
            broken(form, error)
        else:
            if upload.pk <= newest:
                messages.info(request, _("This file was uploaded before; here is what was read then."))
            return redirect("clients:upload_detail", client.pk, upload.pk)
    context = {
        "form": form,
        "client": client,
        "title": _("Upload statements of %(client)s") % {"client": client.name},
        "submit": _("Read the file"),
        "cancel": reverse("clients:client_statements", args=[client.pk]),
    }
    return render(request, "clients/statement_upload.html", context)


@require_safe
def upload_detail(request: StaffRequest, pk: int, upload: int) -> HttpResponse:
    client = visible_client(request, pk)
    return _preview_page(request, client, _upload_of(client, upload))


def statement_commit(request: StaffRequest, pk: int, upload: int) -> HttpResponse:
    client = visible_client(request, pk)
    found = _upload_of(client, upload)
    seen = {int(number) for number in request.POST.getlist("replaces") if number.isdecimal()}
    try:
        booked = commit_upload(
            upload=found, replaces=seen, warnings_read=bool(request.POST.get("warnings_read")), by=request.user
        )
    except RuleBroken as error:
        return _preview_page(request, client, found, refusal=error.message, status=422)
    except Stale:
        text = _("Another filing of these periods has come in since. Compare again.")
        return _preview_page(request, client, found, refusal=text, status=409)
    text = ngettext("%(number)s period taken over.", "%(number)s periods taken over.", len(booked))
    messages.success(request, text % {"number": len(booked)})
    return redirect("clients:client_statements", client.pk)


def statement_drop(request: StaffRequest, pk: int, upload: int) -> HttpResponse:
    client = visible_client(request, pk)
    found = _upload_of(client, upload)
    try:
        drop_upload(upload=found)
    except RuleBroken as error:
        return _preview_page(request, client, found, refusal=error.message, status=422)
    messages.success(request, _("The file was dropped; nothing was taken over."))
    return redirect("clients:client_statements", client.pk)


@require_safe
def statement_file(request: StaffRequest, pk: int, upload: int) -> FileResponse:
    found = _upload_of(visible_client(request, pk), upload)
    answer = FileResponse(
        open_stored(found.file), as_attachment=True, filename=found.file_name, content_type=found.file.media_type
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = LOCKED_DOWN
    return answer


@require_safe
def statement_template(request: StaffRequest) -> HttpResponse:
    answer = HttpResponse(workbook(template_lines(), name=_("Statements")), content_type=XLSX_TYPE)
    answer["Content-Disposition"] = content_disposition_header(True, f"{_('statement-template')}.xlsx")
    return answer


def _frame(request: StaffRequest, client: Client) -> dict[str, Any]:
    """The frame of a client's tab; the pages of a single file stand under the tab of all."""
    context = frame(request, client)
    here = reverse("clients:client_statements", args=[client.pk])
    context["tabs"] = [replace(tab, current=tab.href == here) for tab in context["tabs"]]
    context["may_upload"] = may_open(request.user, "clients:statement_upload", "POST")
    return context


def _trend(client: Client, kind: str) -> tables.Trend | None:
    """The filings of the kind asked for, else consolidated ones where the client has any."""
    filings = list(Statement.objects.current().filter(client=client).order_by("period_end").select_related("upload"))
    if not filings:
        return None
    kinds = {filing.consolidated for filing in filings}
    wanted = {"single": False, "consolidated": True}.get(kind, True)
    chosen = [filing for filing in filings if filing.consolidated == (wanted if wanted in kinds else not wanted)]
    rule = template_lines()
    figures = [tables.Figures(one.period_end, figures_of(rule, one)) for one in chosen]
    return tables.Trend(rule, chosen, figures, kinds)


def _trend_context(request: StaffRequest, client: Client, trend: tables.Trend) -> dict[str, Any]:
    view = request.GET.get("show", "figures")
    view = view if view in VIEWS else "figures"
    kind = "consolidated" if trend.filings[-1].consolidated else "single"
    address = reverse("clients:client_statements", args=[client.pk])
    rules = rule_set()

    def tab(label: Any, show: str, of_kind: str) -> Tab:
        return Tab(str(label), f"{address}?show={show}&kind={of_kind}", current=(show, of_kind) == (view, kind))

    context = {
        "trend": trend,
        "view": view,
        "here": f"{address}?show={view}&kind={kind}",
        "segments": [tab(label, name, kind) for name, label in VIEWS.items()],
        "kind_segments": [
            tab(label, view, "consolidated" if value else "single")
            for value, label in KINDS.items()
            if len(trend.kinds) > 1
        ],
        "kind_name": KINDS[trend.filings[-1].consolidated],
        "rule_set": rules,
        "rule_name": in_language(**rules.body["title"]),
    }
    if view == "ratios":
        key = request.GET.get("ratio", "")
        first = next(iter(trend.rule.ratios))
        card = tables.ratio_card(trend, key) or tables.ratio_card(trend, first)
        return {**context, "rows": tables.ratio_rows(trend), "ratio": card}
    if view == "common":
        return {**context, "groups": tables.common_size_groups(trend)}
    charts = {"revenue_chart": tables.chart_revenue(trend), "debt_chart": tables.chart_debt(trend)}
    return {**context, "groups": tables.figure_groups(trend), **charts}


def _preview_page(
    request: StaffRequest, client: Client, upload: StatementUpload, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    rule = template_lines()
    replaced = filings_replaced(upload)
    unit = upload.content.get("unit", "")
    read = periods_of(upload)
    booked = {one.period_end: figures_of(rule, one) for one in replaced}
    is_preview = upload.state == StatementUpload.State.PREVIEW
    problems = [
        {**one, "line_name": line_name(rule, one["line"]), "text": finding_text(rule, one, unit)}
        for severity in (ERROR, WARNING)
        for one in findings_of(upload, severity)
    ]
    context = {
        **_frame(request, client),
        "upload": upload,
        "refusal": refusal,
        "problems": problems,
        "errors": len(findings_of(upload, ERROR)),
        "warnings": len(findings_of(upload, WARNING)),
        "unit_name": formats.UNITS[unit].label if unit in set(Unit) else "",
        "kind_name": KINDS.get(upload.content.get("consolidated"), ""),
        "opinion_name": dict(Statement.Opinion.choices).get(upload.content.get("opinion"), ""),
        "days": [(day, is_preview and day in booked) for day in read],
        "blocks": tables.preview_groups(rule, read, booked if is_preview else {}) if read else [],
        "columns": 1 + len(read) + (len(booked) if is_preview else 0),
        "replaced": replaced if is_preview else [],
        "is_preview": is_preview,
    }
    return render(request, "clients/upload_detail.html", context, status=status)


def _upload_of(client: Client, number: int) -> StatementUpload:
    uploads = StatementUpload.objects.select_related("uploaded_by__person", "file")
    return get_object_or_404(uploads.filter(client=client), pk=number)


def _uploads(client: Client) -> list[StatementUpload]:
    return list(
        StatementUpload.objects.filter(client=client)
        .select_related("uploaded_by__person")
        .defer("problems")[:UPLOADS_SHOWN]
    )


def _upload_button(request: StaffRequest, client: Client) -> Button | None:
    if not may_open(request.user, "clients:statement_upload", "POST"):
        return None
    return Button(_("Upload statements"), reverse("clients:statement_upload", args=[client.pk]), "upload")
