"""The page on which a manager hands a client over."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clients.forms import HandoverForm
from clients.services.handover import request_handover
from clients.views.client import visible_client
from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken
from crm_project.ui.outcomes import broken
from crm_project.workflow.services.approvals import waiting_on


def client_handover(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    form = HandoverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            request_handover(client=client, by=request.user, **form.cleaned_data)
        except RuleBroken as error:
            broken(form, error)
        else:
            messages.success(request, _("Asked. The client stays with you until the branch head has approved."))
            return redirect(client)
    context = {
        "form": form,
        "title": _("Hand over %(client)s") % {"client": client.name},
        "caption": _("Takes effect when the branch head approves."),
        "submit": _("Ask for approval"),
        "cancel": client.get_absolute_url(),
        "waiting": waiting_on(client.subject),
    }
    return render(request, "clients/client_handover.html", context)
