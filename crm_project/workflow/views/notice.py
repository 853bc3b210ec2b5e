"""Notices: the list, what has been read, and the bell."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm_project.organization.requests import StaffRequest
from crm_project.ui import menu
from crm_project.workflow.forms import ReadForm
from crm_project.workflow.models import Notice
from crm_project.workflow.services import notices

SHOWN = 200


@dataclass(frozen=True)
class Entry:
    """A notice as its reader sees it: the subject's name and a way there only while the reader may see the subject."""

    notice: Notice
    text: str
    about: str
    href: str
    icon: str


def entry(notice: Any) -> Entry:
    kind = notices.kind_of(notice)
    open_to_reader = notice.subject is None or notice.subject_open
    about = notice.subject.title if notice.subject and notice.subject_open else ""
    return Entry(notice, kind.text(notice), about, kind.address(notice) if open_to_reader else "", kind.icon)


@require_safe
def notice_list(request: StaffRequest) -> HttpResponse:
    rows = Notice.objects.visible_to(request.user).select_related("subject").order_by("-id")[:SHOWN]
    entries = [entry(notice) for notice in rows]
    context = {"entries": entries, "unread": sum(one.notice.read_at is None for one in entries)}
    return render(request, "workflow/notice_list.html", context)


@require_POST
def notice_read(request: StaffRequest) -> HttpResponse:
    """`open`: read it and go where it leads; `one`: read it; neither: read all. A foreign number changes nothing."""
    form = ReadForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    chosen = form.cleaned_data["open"] or form.cleaned_data["one"]
    notices.mark_read(staff=request.user, ids=[chosen] if chosen else None)
    if form.cleaned_data["open"]:
        mine = Notice.objects.visible_to(request.user).select_related("subject").filter(pk=chosen).first()
        if mine is not None and (href := entry(mine).href):
            return redirect(href)
    if not chosen:
        messages.success(request, _("All notices are marked as read."))
    return redirect("workflow:notice_list")


@require_safe
def notice_count(request: StaffRequest) -> HttpResponse:
    return render(request, "components/bell.html", {"bell": menu.bell(request.user)})
