"""The client's relations and its group."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.calc.rings import Ring
from clients.models import Client, Relation
from clients.relation_forms import GroupForm, RelationEditForm, RelationEndForm, RelationForm, groups_in_sight
from clients.services.relation import add_relation, change_relation, end_relation, rings_of, set_group
from clients.views.client import frame, visible_client
from clients.views.saving import form_page, saved, values
from crm_project.organization.requests import StaffRequest
from crm_project.ui.menu import may_open
from crm_project.workflow import history

HIDDEN = frozenset({"other"})
"""Whom the bank knows behind a credit code is not told by the history either."""


@require_safe
def client_relations(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    form = GroupForm(initial={"name": client.group.name if client.group else ""}, current_version=client.version)
    return render(request, "clients/client_relations.html", _context(request, client, form))


def client_group(request: StaffRequest, pk: int) -> HttpResponse:
    """The client joins a group, founds one or leaves its own."""
    client = visible_client(request, pk)
    form = GroupForm(request.POST, current_version=client.version)
    if form.is_valid():
        if saved(form, set_group, client=client, version=client.version, by=request.user, **values(form)):
            return redirect("clients:client_relations", client.pk)
    status = 409 if form.has_error("__all__", "changed") else 200
    return render(request, "clients/client_relations.html", _context(request, client, form), status=status)


def relation_create(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    form = RelationForm(request.POST or None, initial={"kind": request.GET.get("kind")})
    if request.method == "POST" and form.is_valid():
        if saved(form, add_relation, client=client, by=request.user, **form.cleaned_data):
            return redirect("clients:client_relations", client.pk)
    return _page(request, client, form, _("Relation of %(client)s") % {"client": client.name})


def relation_edit(request: StaffRequest, pk: int, relation: int) -> HttpResponse:
    client = visible_client(request, pk)
    row = _standing(client, relation)
    shown = Relation.objects.get(pk=row.pk)  # a model form writes into its instance
    form = RelationEditForm(request.POST or None, instance=shown, current_version=row.version)
    if request.method == "POST" and form.is_valid():
        if saved(form, change_relation, relation=row, version=row.version, by=request.user, **values(form)):
            return redirect("clients:client_relations", client.pk)
    return _page(request, client, form, _in_words(row))


def relation_end(request: StaffRequest, pk: int, relation: int) -> HttpResponse:
    client = visible_client(request, pk)
    row = _standing(client, relation)
    form = RelationEndForm(request.POST or None, current_version=row.version)
    if request.method == "POST" and form.is_valid():
        if saved(form, end_relation, relation=row, version=row.version, by=request.user, **values(form)):
            return redirect("clients:client_relations", client.pk)
    title = _("End: %(relation)s") % {"relation": _in_words(row)}
    return _page(request, client, form, title, submit=_("End relation"))


def _standing(client: Client, pk: int) -> Relation:
    return get_object_or_404(Relation.objects.select_related("client"), pk=pk, client=client, until__isnull=True)


def _in_words(relation: Relation) -> str:
    return f"{relation.client.short_name} {relation.get_kind_display()} {relation.other_name}"


def _page(request: StaffRequest, client: Client, form: Any, title: str, submit: str = "") -> HttpResponse:
    cancel = reverse("clients:client_relations", args=[client.pk])
    return form_page(request, "clients/relation_form.html", form, title=title, submit=submit, cancel=cancel)


def _context(request: StaffRequest, client: Client, form: GroupForm) -> dict[str, Any]:
    visible = Relation.objects.visible_to(request.user)
    own = list(visible.filter(client=client).select_related("client"))
    rings, names = rings_of(client, request.user)
    return {
        **frame(request, client),
        "kinds": _by_kind(row for row in own if row.until is None),
        "ended": [row for row in own if row.until is not None],
        "named_by": visible.filter(other=client, until__isnull=True).select_related("client"),
        "in_sight": _in_sight(request, own),
        "rings": [_members(ring, names) for ring in rings],
        "group_form": form,
        "group_names": groups_in_sight(request.user),
        **_group(request, client),
        "may_write": may_open(request.user, "clients:relation_create"),
        "may_group": may_open(request.user, "clients:client_group", "POST"),
        "changes": [change for change in history.changes(own, hidden=HIDDEN) if change.fields],
    }


def _by_kind(rows: Iterable[Relation]) -> list[tuple[str, list[Relation]]]:
    found: dict[Relation.Kind, list[Relation]] = {kind: [] for kind in Relation.Kind}
    for row in rows:
        found[Relation.Kind(row.kind)].append(row)
    return [(str(kind.label), of_kind) for kind, of_kind in found.items() if of_kind]


def _in_sight(request: StaffRequest, rows: Iterable[Relation]) -> set[int]:
    """Other parties that are clients this account sees: only those are linked."""
    others = {row.other_id for row in rows if row.other_id}
    return set(Client.objects.visible_to(request.user).filter(pk__in=others).values_list("pk", flat=True))


def _members(ring: Ring, names: dict[str, str]) -> dict[str, Any]:
    links = [
        {"guarantor": names[link.guarantor], "debtor": names[link.debtor], "amount": link.amount} for link in ring.links
    ]
    return {"links": links, "amount": ring.amount, "count": len(links)}


def _group(request: StaffRequest, client: Client) -> dict[str, Any]:
    """The members of the client's group this account sees, and how many more there are."""
    if client.group is None:
        return {"members": [], "unseen": 0}
    members = Client.objects.filter(group=client.group)
    seen = list(members.visible_to(request.user).with_root().order_by("pinyin"))
    return {"members": seen, "unseen": members.count() - len(seen)}
