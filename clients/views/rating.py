"""Pages of a client's rating: what it rests on, filling it in, proposing, overriding; and the list of ratings."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clients import rating_page
from clients.calc.rating_rule import RatingRule
from clients.models import Client, Rating
from clients.models.rating import NOTICE_DAYS
from clients.rating_filters import RatingFilter
from clients.rating_forms import CorporateForm, OverrideForm, RatingStartForm, SheetForm, SlottingForm
from clients.rating_tables import RatingTable
from clients.services import rating as services
from clients.services.rating_approval import waiting_approval
from clients.services.rating_result import corporate_rule
from clients.services.rating_sheet import SlottingSheet
from clients.statement_books import template_lines
from clients.views.client import frame, visible_client
from clients.views.saving import form_page, saved, values
from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui import formats
from crm_project.ui.lists import ListPage, Preset
from crm_project.ui.menu import may_open
from crm_project.ui.pieces import Button, Empty, NextAction

STALE = gettext_lazy("Somebody changed this rating meanwhile; here is how it stands now.")


class RatingList(ListPage):
    request: StaffRequest
    title = gettext_lazy("Ratings")
    table_class = RatingTable
    filterset_class = RatingFilter
    default_sort = "-as_of"
    presets = (
        Preset(gettext_lazy("In force"), "state=confirmed"),
        Preset(gettext_lazy("In work"), "state=draft&state=proposed"),
        Preset(gettext_lazy("Running out within 45 days"), "due=soon&sort=valid_until"),
        Preset(gettext_lazy("Expired"), "due=past&sort=valid_until"),
        Preset(gettext_lazy("Overridden"), "state=confirmed&overridden=true"),
        Preset(gettext_lazy("All")),
    )

    def get_queryset(self) -> QuerySet[Rating]:
        rows = Rating.objects.visible_to(self.request.user)
        people = rows.select_related("client", "root__branch", "root__manager__person", "proposed_by", "confirmed_by")
        return people.with_rank()

    def empty(self) -> Empty:
        return Empty(gettext_lazy("No client has been rated yet. A rating begins on the client's page."))


@require_safe
def client_rating(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    ratings = list(_ratings(client))
    in_force = next((one for one in ratings if one.state == Rating.State.CONFIRMED), None)
    in_work = next((one for one in ratings if one.state in (Rating.State.DRAFT, Rating.State.PROPOSED)), None)
    shown = _asked_for(request, client) or in_force or in_work
    context = {
        **frame(request, client),
        "in_force": in_force,
        "in_work": in_work,
        "shown": shown,
        "ratings": ratings,
        "next": _next(request, client, in_force, in_work),
        "may_rate": may_open(request.user, "clients:rating_form", "POST"),
        "may_override": _may_override(request, shown),
        "expired": in_force is not None and in_force.days_left(timezone.localdate()) < 0,
    }
    if shown is not None:
        context |= rating_page.page_of(shown.result, template_lines())
    return render(request, "clients/client_rating.html", context)


def _may_override(request: StaffRequest, shown: Rating | None) -> bool:
    """Only the rating in work or, with none in work, the one in force."""
    if shown is None or not shown.computed_grade or not may_open(request.user, "clients:rating_override"):
        return False
    others = Rating.objects.in_work().filter(client_id=shown.client_id).exclude(pk=shown.pk)
    return shown.state in (Rating.State.DRAFT, Rating.State.CONFIRMED) and not others.exists()


def _ratings(client: Client) -> QuerySet[Rating]:
    rows = Rating.objects.filter(client=client)
    return rows.select_related("rule_set", "statement", "project", "proposed_by", "confirmed_by")


def _asked_for(request: StaffRequest, client: Client) -> Rating | None:
    """The earlier rating that the address names."""
    number = request.GET.get("rating", "")
    if not number:
        return None
    return get_object_or_404(_ratings(client), pk=int(number) if number.isdecimal() else 0)


def _next(request: StaffRequest, client: Client, in_force: Rating | None, in_work: Rating | None) -> NextAction | None:
    if not may_open(request.user, "clients:rating_create"):
        return None
    if in_work is not None and in_work.state == Rating.State.PROPOSED:
        return None
    if in_work is not None:
        button = Button(_("Continue"), reverse("clients:rating_form", args=[client.pk]), "pencil")
        return NextAction(_("Finish the rating in work"), in_work.computed_grade or _("not complete yet"), button)
    start = reverse("clients:rating_create", args=[client.pk])
    if in_force is None:
        return NextAction(_("Rate the client"), _("no rating yet"), Button(_("Start the rating"), start, "plus"))
    left = in_force.days_left(timezone.localdate())
    text = _("valid until %(day)s") % {"day": formats.day(in_force.valid_until)}
    soon = left <= NOTICE_DAYS
    style = "danger" if left < 0 else "primary" if soon else "plain"
    return NextAction(_("Rate again"), text, Button(_("Start the rating"), start, "plus", style), urgent=left < 0)


def rating_create(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    initial = {"kind": services.suggested_kind(client), "as_of": timezone.localdate()}
    form = RatingStartForm(request.POST or None, client=client, initial=initial)
    if request.method == "POST" and form.is_valid():
        if saved(form, services.start_rating, client=client, by=request.user, **values(form)):
            return redirect("clients:rating_form", client.pk)
    back = reverse("clients:client_rating", args=[client.pk])
    title = _("Rate %(client)s") % {"client": client.name}
    return form_page(
        request, "clients/rating_create.html", form, title=title, submit=_("Start the rating"), cancel=back
    )


def rating_form(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    rating = _in_work(client)
    if rating is None:
        return redirect("clients:client_rating", client.pk)
    form = _sheet_form(request, rating)
    if request.method == "POST" and form.is_valid():
        sheet = form.sheet()
        filled = saved(form, services.fill_rating, rating=rating, version=rating.version, by=request.user, sheet=sheet)
        if filled and "propose" in request.POST:
            return _propose(request, filled)
        if filled:
            messages.success(request, _("Saved. The rating is in work until it is proposed."))
            return redirect("clients:rating_form", client.pk)
    context = {
        **rating_page.page_of(rating.result, template_lines()),
        "client": client,
        "rating": rating,
        "outcome": rating,
        "title": _("Rating of %(client)s") % {"client": client.name},
        "cancel": reverse("clients:client_rating", args=[client.pk]),
    }
    return form_page(request, "clients/rating_form.html", form, **context)


def _in_work(client: Client) -> Rating | None:
    rows = Rating.objects.in_work().filter(client=client)
    return rows.select_related("client__industry", "project__sponsor", "rule_set", "statement").first()


def _sheet_form(request: StaffRequest, rating: Rating) -> SheetForm:
    sheet, data = services.sheet_of(rating), request.POST or None
    if isinstance(sheet, SlottingSheet):
        return SlottingForm(data, rule_set=rating.rule_set, sheet=sheet, current_version=rating.version)
    return CorporateForm(
        data, rule_set=rating.rule_set, sheet=sheet, as_of=rating.as_of, current_version=rating.version
    )


@require_POST
def rating_preview(request: StaffRequest, pk: int) -> HttpResponse:
    """What the sheet would come to as it is typed; nothing is stored."""
    rating = _in_work(visible_client(request, pk))
    if rating is None:
        return redirect("clients:client_rating", pk)
    form = _sheet_form(request, rating)
    form.is_valid()
    outcome = services.compute(rating, form.sheet())
    context = {**rating_page.page_of(outcome.result, template_lines()), "rating": rating, "outcome": outcome}
    return render(request, "clients/rating_preview.html", context)


@require_POST
def rating_propose(request: StaffRequest, pk: int) -> HttpResponse:
    rating = _in_work(visible_client(request, pk))
    return _propose(request, rating) if rating else redirect("clients:client_rating", pk)


def _propose(request: StaffRequest, rating: Rating) -> HttpResponse:
    reason = request.POST.get("reason", "")[:2000]
    try:
        services.propose_rating(rating=rating, version=rating.version, by=request.user, reason=reason)
    except RuleBroken as error:
        messages.error(request, error.message)
    except Stale:
        messages.warning(request, str(STALE))
    else:
        messages.success(request, _("Proposed. The grade takes effect when a risk officer has confirmed it."))
        return redirect("clients:client_rating", rating.client_id)
    return redirect("clients:rating_form", rating.client_id)


@require_POST
def rating_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """A proposal becomes a draft again; a draft is given up."""
    rating = _in_work(visible_client(request, pk))
    if rating is None:
        return redirect("clients:client_rating", pk)
    try:
        if waiting_approval(rating):
            services.withdraw_rating(rating=rating, by=request.user)
            messages.success(request, _("Withdrawn."))
        else:
            services.drop_rating(rating=rating, version=rating.version, by=request.user)
            messages.success(request, _("The draft is given up; it stays on record."))
    except RuleBroken as error:
        messages.error(request, error.message)
    except Stale:
        messages.warning(request, str(STALE))
    return redirect("clients:client_rating", pk)


def rating_override(request: StaffRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    rating = _in_work(client) or _ratings(client).filter(state=Rating.State.CONFIRMED).first()
    if rating is None or not rating.computed_grade:
        return redirect("clients:client_rating", client.pk)
    rule = RatingRule.from_body(corporate_rule(rating.as_of).body)
    form = OverrideForm(
        request.POST or None, rule=rule, computed_grade=rating.computed_grade, current_version=rating.version
    )
    if request.method == "POST" and form.is_valid():
        arguments = {"rating": rating, "version": rating.version, "by": request.user, **values(form)}
        if saved(form, services.override_rating, **arguments):
            messages.success(request, _("Asked. The grade takes effect when a risk officer has confirmed it."))
            return redirect("clients:client_rating", client.pk)
    context: dict[str, Any] = {
        "title": _("Override the grade of %(client)s") % {"client": client.name},
        "caption": _("Computed grade %(grade)s") % {"grade": rating.computed_grade},
        "submit": _("Ask for confirmation"),
        "cancel": reverse("clients:client_rating", args=[client.pk]),
        "rule": rule,
        "gates": rating_page.gates(rating.result),
    }
    return form_page(request, "clients/rating_override.html", form, **context)
