"""Jobs of this room."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client, CooperationRecord, TierResult
from clients.services.rating_due import open_due_tasks
from clients.services.tier import plan_contact, quarter_start, settle_client_tier, without_contact
from crm_project.workflow.jobs import Bounds, Chunk, Outcome, Run, chunked_job, job

CLIENTS_A_CHUNK = 500
CONTACTS_A_RUN = 2000


@job(
    "client_reminders",
    label=_("Planning contacts and ratings that run out"),
    counts={"contacts": _("contacts planned"), "ratings": _("ratings running out")},
    crontab="20 6 * * *",
)
def plan_reminders(run: Run) -> Outcome:
    """Every morning: the next contact of each client with a tier, and ratings to be made again."""
    today = timezone.localdate()
    waiting = list(without_contact()[:CONTACTS_A_RUN])
    for client in waiting:
        plan_contact(client=client, tier=client.tier, from_day=today)
    return Outcome({"contacts": len(waiting), "ratings": open_due_tasks(today)})


def _cut(params: Mapping[str, Any]) -> Iterable[Bounds]:
    known = list(CooperationRecord.objects.order_by("client_id").values_list("client_id", flat=True).distinct())
    chunks = [known[start : start + CLIENTS_A_CHUNK] for start in range(0, len(known), CLIENTS_A_CHUNK)]
    return [(chunk[0], chunk[-1]) for chunk in chunks]


@chunked_job(
    "settle_tiers",
    label=_("Quarterly tiers"),
    counts={"settled": _("tiers settled")},
    crontab="40 5 1 1,4,7,10 *",
    cut=_cut,
)
def settle_tiers(run: Run, chunk: Chunk) -> Outcome:
    """On the first morning of a quarter: the tier of every client at the end of the last one, once."""
    as_of = quarter_start(timezone.localdate(run.period)) - timedelta(days=1)
    known = CooperationRecord.objects.filter(as_of__lte=as_of).values("client_id")
    settled = TierResult.objects.filter(as_of=as_of, settled_by__isnull=True).values("client_id")
    clients = Client.objects.filter(pk__gte=chunk.lower, pk__lte=chunk.upper, pk__in=known).exclude(pk__in=settled)
    clients = clients.order_by("pk")
    for client in clients:
        settle_client_tier(client=client, as_of=as_of)
    return Outcome({"settled": len(clients)})
