"""Loan contracts: the list, one with its notes and drawdowns, a new one under a decision."""

from decimal import Decimal

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from clients.views.project import visible_project
from clients.views.saving import form_page, saved
from crm_project.organization.requests import StaffRequest
from crm_project.ui import formats
from crm_project.ui.lists import ListPage, Preset
from crm_project.ui.menu import may_open
from crm_project.ui.pieces import Button, Empty, Figure, NextAction
from monitoring.filters import FacilityFilter
from monitoring.forms import FacilityForm
from monitoring.models import Facility
from monitoring.services.facility import sign_facility
from monitoring.tables import FacilityTable


class FacilityList(ListPage):
    request: StaffRequest
    title = gettext_lazy("Loan contracts")
    table_class = FacilityTable
    filterset_class = FacilityFilter
    default_sort = "-outstanding"
    presets = (
        Preset(gettext_lazy("All")),
        Preset(gettext_lazy("In force"), "state=signed"),
        Preset(gettext_lazy("Drawing frozen"), "state=frozen"),
    )

    def get_queryset(self) -> QuerySet[Facility]:
        return Facility.objects.visible_to(self.request.user).with_parties()

    def empty(self) -> Empty:
        return Empty(gettext_lazy("No loan contract yet. One is signed on the page of its project."))


def visible_facility(request: StaffRequest, pk: int) -> Facility:
    rows = Facility.objects.visible_to(request.user).with_parties().select_related("product", "sub_limit", "decision")
    return get_object_or_404(rows, pk=pk)


@require_safe
def facility_detail(request: StaffRequest, pk: int) -> HttpResponse:
    facility = visible_facility(request, pk)
    context = {
        "facility": facility,
        "figures": _figures(facility),
        "next": _next(request, facility),
        "drawdowns": facility.drawdowns.select_related("subject", "note", "requested_by").order_by("-no"),
        "notes": facility.notes.prefetch_related("instalments").order_by("-drawn_on", "-pk"),
        "accounts": facility.accounts.order_by("pk"),
    }
    return render(request, "monitoring/facility_detail.html", context)


def _figures(facility: Facility) -> list[Figure]:
    unit = formats.active_unit().label
    left = facility.amount - facility.cancelled - facility.drawn
    share = facility.drawn / (facility.amount - facility.cancelled or Decimal(1))
    line = facility.sub_limit
    return [
        Figure(_("Amount"), formats.money(facility.amount), unit, str(facility.product)),
        Figure(_("Drawn"), formats.money(facility.drawn), unit, formats.percent(share)),
        Figure(_("Left to draw"), formats.money(left), unit, _until(facility)),
        Figure(_("Outstanding"), formats.money(facility.outstanding), unit, _matures(facility)),
        Figure(_("Interest rate"), formats.percent(facility.rate, 2), "", f"LPR {facility.spread_bp:+d} bp"),
        Figure(
            _("Sub-limit used"),
            formats.money(line.used),
            f"/ {formats.money(line.limit)}",
            _("valid until %(day)s") % {"day": formats.day(line.valid_until)},
        ),
    ]


def _until(facility: Facility) -> str:
    return _("available until %(day)s") % {"day": formats.day(facility.available_until)}


def _matures(facility: Facility) -> str:
    return _("matures on %(day)s") % {"day": formats.day(facility.matures_on)}


def _next(request: StaffRequest, facility: Facility) -> NextAction | None:
    waiting = facility.drawdowns.filter(state__in=["requested", "released"]).order_by("no").first()
    if waiting is not None:
        button = Button(_("See the drawdown"), waiting.get_absolute_url(), "arrow-right")
        return NextAction(f"{waiting.get_state_display()} #{waiting.no}", formats.day(waiting.wanted_on), button)
    open_ = facility.state == Facility.State.SIGNED and timezone.localdate() <= facility.available_until
    if open_ and may_open(request.user, "monitoring:drawdown_create"):
        address = reverse("monitoring:drawdown_create", args=[facility.pk])
        return NextAction(_("Ask for a drawdown"), _until(facility), Button(_("New drawdown"), address, "plus"))
    return None


def facility_create(request: StaffRequest, pk: int) -> HttpResponse:
    """Sign a loan contract for the project `pk` under one of its approved decisions."""
    project = visible_project(request, pk)
    form = FacilityForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        facility = saved(form, sign_facility, decision=facts["sub_limit"].decision, by=request.user, **facts)
        if facility is not None:
            request.journal_subject_id = facility.pk
            return redirect(facility)
    return form_page(
        request,
        "components/form_page.html",
        form,
        title=_("Loan contract for %(project)s") % {"project": project.name},
        submit=_("Sign"),
        cancel=reverse("monitoring:project_supervision", args=[project.pk]),
    )
