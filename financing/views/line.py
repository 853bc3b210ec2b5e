"""The tab of a client's credit lines."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.models import Client
from clients.views.client import frame, visible_client
from crm_project.organization.requests import StaffRequest
from financing.models import CreditLine, Decision
from financing.services.line import free_of, is_open

ORDER = (CreditLine.Level.GROUP, CreditLine.Level.CLIENT, CreditLine.Level.SUB_LIMIT)


@dataclass(frozen=True)
class LineRow:
    """A line as the page shows it; share: of the limit that is used."""

    line: CreditLine
    free: Decimal
    share: Decimal
    open: bool


@require_safe
def line_list(request: StaffRequest, pk: int) -> HttpResponse:
    """The limit tree from the group line down. What other members of the group use stands only in the sum."""
    client = visible_client(request, pk)
    today = timezone.localdate()
    rows = [
        LineRow(line, free_of(line, today), line.used / line.limit, is_open(line, today)) for line in _lines(client)
    ]
    waiting = Decision.objects.visible_to(request.user).filter(
        plan__project__borrower=client, state__in=[Decision.State.SUBMITTED, Decision.State.OPINED]
    )
    context = {**frame(request, client), "rows": rows, "waiting_deals": list(waiting.select_related("plan__project"))}
    return render(request, "financing/client_lines.html", context)


def _lines(client: Client) -> list[CreditLine]:
    own = Q(client=client)
    if client.group_id:
        own |= Q(level=CreditLine.Level.GROUP, group_id=client.group_id)
    rows = CreditLine.objects.filter(own).select_related("decision__plan__project", "group", "client")
    return sorted(rows, key=lambda line: (ORDER.index(CreditLine.Level(line.level)), line.pk))
