"""Pages of a client's tier and of the service it is promised."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.models import CooperationRecord, TierResult
from clients.services.tier import CONTACT, record_cooperation, settle_client_tier
from clients.tier_forms import CooperationForm
from clients.tier_page import page_of
from clients.views.client import frame, visible_client
from clients.views.saving import form_page, saved
from crm_project.organization.requests import StaffRequest
from crm_project.ui.menu import may_open
from crm_project.ui.pieces import Button, Empty
from crm_project.workflow.models import Task

RESULTS_SHOWN = 12


@require_safe
def client_tier(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    results = list(TierResult.objects.filter(client=client).select_related("rule_set", "rating")[:RESULTS_SHOWN])
    records = CooperationRecord.objects.filter(client=client).select_related("entered_by__person")
    enter = Button(_("Enter cooperation record"), reverse("clients:cooperation_create", args=[client.pk]), "plus")
    may_enter = may_open(request.user, "clients:cooperation_create")
    context = {
        **frame(request, client),
        "results": results,
        "records": records[:RESULTS_SHOWN],
        "enter": enter if may_enter else None,
        "empty": Empty(_("No cooperation record yet: the tier rests on it."), enter if may_enter else None),
        "contact": Task.objects.open().filter(subject_id=client.pk, kind=CONTACT).first(),
    }
    if results:
        context |= page_of(results[0])
    return render(request, "clients/client_tier.html", context)


def cooperation_create(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    initial = {"as_of": timezone.localdate(), "times_late": 0}
    form = CooperationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        record = saved(form, record_cooperation, client=client, by=request.user, **form.cleaned_data)
        if record:
            result = settle_client_tier(client=client, as_of=timezone.localdate(), by=request.user)
            messages.success(request, _("Recorded. The client stands in tier %(tier)s.") % {"tier": result.tier})
            return redirect("clients:client_tier", client.pk)
    title = _("Cooperation with %(client)s") % {"client": client.name}
    back = reverse("clients:client_tier", args=[client.pk])
    return form_page(request, "clients/cooperation_form.html", form, title=title, cancel=back)
