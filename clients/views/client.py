"""Pages of the client."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from clients.filters import ClientFilter
from clients.forms import ClientEditForm, ClientForm
from clients.models import Client
from clients.services.client import change_client, register_client
from clients.tables import ClientTable
from crm_project.organization.models import CoManager
from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui import formats, panels
from crm_project.ui.lists import ListPage, Preset
from crm_project.ui.menu import may_open
from crm_project.ui.outcomes import broken, stale
from crm_project.ui.pieces import Button, Empty, Figure
from crm_project.workflow import history
from crm_project.workflow.services.approvals import waiting_on


class ClientList(ListPage):
    request: StaffRequest
    title = gettext_lazy("Clients")
    table_class = ClientTable
    filterset_class = ClientFilter
    default_sort = "name"
    presets = (
        Preset(gettext_lazy("All")),
        Preset(gettext_lazy("Tier S"), "tier=S"),
        Preset(gettext_lazy("Tier A"), "tier=A"),
        Preset(gettext_lazy("Tier B"), "tier=B"),
        Preset(gettext_lazy("Tiers C and D"), "tier=C&tier=D"),
        Preset(gettext_lazy("Rating runs out"), "rating=soon"),
        Preset(gettext_lazy("Not rated"), "rating=none"),
    )

    def get_queryset(self) -> QuerySet[Client]:
        return Client.objects.visible_to(self.request.user).with_root().with_ranks()

    def caption(self) -> str:
        return str(self.request.user.branch.name)

    def create_button(self) -> Button | None:
        return Button(gettext_lazy("Register client"), reverse("clients:client_create"), "plus")

    def empty(self) -> Empty:
        return Empty(gettext_lazy("No client is in your charge yet."), self.create_button())


def visible_client(request: StaffRequest, pk: int) -> Client:
    return get_object_or_404(Client.objects.visible_to(request.user).with_root(), pk=pk)


def client_create(request: StaffRequest) -> HttpResponse:
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            client = register_client(by=request.user, **form.cleaned_data)
        except RuleBroken as error:
            broken(form, error)
        else:
            request.journal_subject_id = client.pk
            return redirect(client)
    context = {"form": form, "title": _("Register client"), "cancel": reverse("clients:client_list")}
    return render(request, "clients/client_form.html", context)


def client_edit(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    version = client.version
    form = ClientEditForm(request.POST or None, instance=client, current_version=version)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        try:
            change_client(client=visible_client(request, pk), version=version, by=request.user, **values)
        except RuleBroken as error:
            broken(form, error)
        except Stale:
            stale(form)
        else:
            return redirect(client)
    context = {
        "form": form,
        "title": _("Edit %(client)s") % {"client": client.name},
        "cancel": client.get_absolute_url(),
    }
    return render(
        request, "clients/client_form.html", context, status=409 if form.has_error("__all__", "changed") else 200
    )


@require_safe
def client_detail(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    co_managers = CoManager.objects.filter(root_id=client.pk).select_related("staff__person", "staff__branch")
    cards = panels.cards("client", "main", request, client)
    context = {**frame(request, client), "co_managers": co_managers, "main_cards": cards}
    return render(request, "clients/client_detail.html", context)


@require_safe
def client_history(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    rows = [client, client.subject, *CoManager.objects.filter(root_id=client.pk)]
    return render(request, "clients/client_history.html", {**frame(request, client), "changes": history.changes(rows)})


def frame(request: StaffRequest, client: Client) -> dict[str, Any]:
    """What every tab of a client's page shows around itself."""
    return {
        "client": client,
        "figures": _figures(client),
        "tabs": panels.tabs("client", request, client),
        "aside_cards": panels.cards("client", "aside", request, client),
        "may_edit": may_open(request.user, "clients:client_edit"),
        "may_hand_over": client.root.manager_id == request.user.pk,
        "waiting": waiting_on(client.subject) if may_open(request.user, "workflow:approval_detail") else [],
    }


def _figures(client: Client) -> list[Figure]:
    unit = formats.active_unit().label
    founded = _("founded %(day)s") % {"day": formats.day(client.founded_on)} if client.founded_on else ""
    since = client.client_since
    years = _("%(years)s years") % {"years": (timezone.localdate() - since).days // 365} if since else _("not stated")
    return [
        Figure(
            _("Grade"),
            client.grade or formats.MISSING,
            "",
            "" if client.grade else _("not rated yet"),
            reverse("clients:client_rating", args=[client.pk]),
        ),
        Figure(
            _("Tier"),
            client.tier or formats.MISSING,
            "",
            "" if client.tier else _("no tier yet"),
            reverse("clients:client_tier", args=[client.pk]),
        ),
        Figure(_("Exposure"), formats.money(client.exposure), unit, ""),
        Figure(_("Registered capital"), formats.money(client.registered_capital), unit, founded),
        Figure(_("Client since"), formats.day(client.client_since), "", years),
    ]
