"""What each kind of job does once, in a form that shows if it happened twice or half. A kind without a case fails."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone

from clients.models import Client, TierResult
from clients.services.tier import record_cooperation
from crm_project.organization.models import Branch
from crm_project.organization.roles import Role
from crm_project.workflow import jobs
from crm_project.workflow.models import JobRun, Notice, Task
from tests import recipes
from tests.live import probes


@dataclass(frozen=True)
class Trial:
    """One job to be tried: `ask` enqueues it, and after it `effect` must be `once`, however often it was tried."""

    ask: Callable[[], JobRun]
    effect: Callable[[], Any]
    once: Any


def tidy_sessions(key: str) -> Trial:
    now = timezone.now()
    for name, hours in (("old", -1), ("older", -30), ("live", 1)):
        Session.objects.create(
            session_key=f"{key}-{name}"[-40:], session_data="", expire_date=now + timedelta(hours=hours)
        )
    mine = Session.objects.filter(session_key__startswith=f"{key}-"[:36])
    return Trial(
        ask=lambda: jobs.enqueue(kind="tidy_sessions", key=key),
        effect=lambda: [session.session_key.rpartition("-")[2] for session in mine],
        once=["live"],
    )


def escalate_overdue(key: str) -> Trial:
    desk = bank().east
    client = recipes.make_client(recipes.make_staff(Role.RM, desk))
    recipes.make_staff(Role.APPROVER, desk)
    for number in range(3):
        Task.objects.create(
            kind="approval",
            key=f"{key}-{number}",
            subject_id=client.pk,
            role=Role.RM,
            branch=desk,
            due_at=timezone.now() - timedelta(hours=1),
        )
    mine = Task.objects.filter(key__startswith=f"{key}-", escalated_to__isnull=False)
    return Trial(
        ask=lambda: jobs.enqueue(kind="escalate_overdue", key=key),
        effect=lambda: (mine.count(), Notice.objects.filter(subject_id=client.pk).count()),
        once=(3, 3),
    )


def client_reminders(key: str) -> Trial:
    client = recipes.make_client(recipes.make_staff(Role.RM, bank().east))
    Client.objects.filter(pk=client.pk).update(tier="C")
    return Trial(
        ask=lambda: jobs.enqueue(kind="client_reminders", key=key),
        effect=lambda: list(Task.objects.filter(subject_id=client.pk).values_list("kind", flat=True)),
        once=["contact_due"],
    )


def settle_tiers(key: str) -> Trial:
    manager = recipes.make_staff(Role.RM, bank().east)
    client = recipes.make_client(manager)
    facts = {
        "products": 3,
        "overdue_days": 0,
        "times_late": 0,
        "raroc": None,
        "deposits": Decimal(0),
        "fees": Decimal(0),
    }
    record_cooperation(client=client, as_of=date(2026, 9, 1), source="test", by=manager, **facts)
    period = {"period": "2026-10-01T05:40:00+08:00"}
    return Trial(
        ask=lambda: jobs.enqueue(kind="settle_tiers", key=key, params=period),
        effect=lambda: list(TierResult.objects.filter(client=client).values_list("as_of", flat=True)),
        once=[date(2026, 9, 30)],
    )


def probe(key: str) -> Trial:
    return Trial(lambda: jobs.enqueue(kind="probe", key=key), lambda: probes.marks(key), [0, 1, 2])


def probe_parts(key: str) -> Trial:
    return Trial(
        ask=lambda: jobs.enqueue(kind="probe_parts", key=key, chunks=[(0, 1), (2, 3), (4, 5)]),
        effect=lambda: probes.marks(key),
        once=[-1, 0, 1, 2, 3, 4, 5],
    )


CASES: dict[str, Callable[[str], Trial]] = {
    "tidy_sessions": tidy_sessions,
    "escalate_overdue": escalate_overdue,
    "client_reminders": client_reminders,
    "settle_tiers": settle_tiers,
    "probe": probe,
    "probe_parts": probe_parts,
}

KINDS = sorted({*jobs.kinds(), "probe", "probe_parts"})
"""Every kind of the product, whether it has a case or not, and the probes that end well."""


def trial(kind: str, name: str) -> Trial:
    return CASES[kind](f"{kind}-{name}"[-36:])


def bank() -> recipes.Bank:
    """The bank of this database, made where it is missing."""
    if not Branch.objects.filter(code="120101").exists():
        return recipes.make_bank()
    at = {branch.code: branch for branch in Branch.objects.all()}
    return recipes.Bank(at["1"], at["12"], at["1201"], at["120101"], at["120102"], at["13"])
