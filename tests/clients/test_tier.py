"""Tiers: the worked client of RULES §25 through services and pages, gates at once, moves by two quarters, contacts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from clients.models import Client, CooperationRecord, TierResult
from clients.services.tier import record_cooperation, settle_client_tier
from clients.tasks import plan_reminders, settle_tiers
from crm_project.rules.errors import RuleBroken
from crm_project.workflow.jobs import Chunk, Run, enqueue
from crm_project.workflow.models import Task
from crm_project.workflow.services.tasks import finish_by_hand
from tests import recipes
from tests.clients import rating_support as support
from tests.clients.rating_support import SHEET, TODAY, Desk, make_confirmed, signed_in

pytestmark = pytest.mark.django_db

WAN = 10_000
FACTS: dict[str, Any] = {
    "products": 4,
    "overdue_days": 0,
    "times_late": 0,
    "raroc": Decimal("0.095"),
    "deposits": Decimal(6_200 * WAN),
    "fees": Decimal(46 * WAN),
    "source": "客户综合贡献报表 2026-06",
}
"""The worked client: six years, four products, RAROC 9.5 %, deposits 6,200 and fees 46 (CNY 10,000)."""


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    cache.clear()
    with time_machine.travel(support.NOW, tick=False) as moving:
        yield moving


@pytest.fixture
def desk() -> Desk:
    return support.make_desk()


def record(desk: Desk, **changes: Any) -> CooperationRecord:
    facts = {"as_of": timezone.localdate(), **FACTS, **changes}
    return record_cooperation(client=desk.client, by=desk.manager, **facts)


def settle(desk: Desk, **changes: Any) -> TierResult:
    client = Client.objects.get(pk=desk.client.pk)
    return settle_client_tier(client=client, **{"as_of": timezone.localdate(), "by": desk.manager, **changes})


def test_the_worked_client_stands_in_tier_a_with_78_85_points(desk: Desk) -> None:
    make_confirmed(desk)
    rm = signed_in(desk.manager)
    data = {
        "as_of": TODAY.isoformat(),
        "source": FACTS["source"],
        "products": "4",
        "deposits": "6,200",
        "fees": "46",
        "raroc": "9.5",
        "overdue_days": "0",
        "times_late": "0",
    }
    done = rm.post(reverse("clients:cooperation_create", args=[desk.client.pk]), data)
    assert done.url == reverse("clients:client_tier", args=[desk.client.pk])
    result = TierResult.objects.get()
    assert (f"{result.score:.2f}", result.tier, result.steady_tier, result.gates) == ("78.85", "A", "A", [])
    assert (result.holds_from, result.provisional, result.settled_by) == (TODAY, False, desk.manager)
    assert Client.objects.get(pk=desk.client.pk).tier == "A"
    page = rm.get(done.url).content.decode()
    for text in ("78.85", "core", "113,184", "R4", "70 to below 85", "every 60 days", "4 working hours", "9.50%"):
        assert text in page, text
    answer = rm.get(reverse("clients-api:tier-list")).json()["results"][0]
    assert (answer["tier"], answer["score"][:5]) == ("A", "78.84")  # 78.8459 before it is shown with two decimals
    assert {line["key"]: line["contribution"] for line in answer["explanation"]}["rating"] == "26.1"


def test_without_exposure_the_weight_of_raroc_moves(desk: Desk) -> None:
    make_confirmed(desk)
    record(desk, raroc=None, overdue_days=None)
    assert f"{settle(desk).score:.2f}" == "77.45"


def test_a_client_without_a_record_has_no_tier_and_is_told_why(desk: Desk) -> None:
    make_confirmed(desk)
    assert Client.objects.get(pk=desk.client.pk).tier == ""
    with pytest.raises(RuleBroken) as refused:
        settle(desk)
    assert refused.value.rule == "tier_no_record"
    page = signed_in(desk.manager).get(reverse("clients:client_tier", args=[desk.client.pk])).content.decode()
    assert "No cooperation record yet" in page


def test_an_unrated_client_reaches_tier_b_at_most(desk: Desk) -> None:
    record(desk, deposits=Decimal(40_000 * WAN), fees=Decimal(400 * WAN), products=8, raroc=Decimal("0.3"))
    result = settle(desk)
    assert (result.score_tier, result.tier) == ("B", "B")
    make_confirmed(desk)
    assert TierResult.objects.first().score_tier == "S"


def test_a_new_client_is_provisional(desk: Desk) -> None:
    Client.objects.filter(pk=desk.client.pk).update(client_since=TODAY - timedelta(days=90))
    make_confirmed(desk)
    record(desk, deposits=Decimal(40_000 * WAN), fees=Decimal(400 * WAN), products=8, raroc=Decimal("0.3"))
    result = settle(desk)
    assert (result.tier, result.provisional, result.gates) == ("B", True, ["new"])


def test_a_confirmed_downgrade_passes_the_gates_at_once(desk: Desk) -> None:
    make_confirmed(desk)
    record(desk)
    first = settle(desk)
    assert first.tier == "A"
    overdue = replace(SHEET, gates=dict(SHEET.gates) | {"enforcement_state": "dishonest"})
    assert make_confirmed(desk, sheet=overdue).grade == "R14"
    now = TierResult.objects.first()
    assert (now.tier, now.gates, now.rating.grade) == ("D", ["R13"], "R14")
    assert Client.objects.get(pk=desk.client.pk).tier == "D"


def test_a_red_alert_bars_tier_s_only(desk: Desk) -> None:
    make_confirmed(desk)
    record(desk, deposits=Decimal(40_000 * WAN), fees=Decimal(400 * WAN), products=8, raroc=Decimal("0.3"))
    assert settle(desk).tier == "S"
    Client.objects.filter(pk=desk.client.pk).update(worst_level=4)
    result = settle(desk)
    assert (result.tier, result.steady_tier, result.gates) == ("A", "S", ["red_alert"])


def test_the_watch_list_holds_until_it_is_left_and_one_quarter_longer(desk: Desk, clock: Any) -> None:
    make_confirmed(desk)
    record(desk)
    assert settle(desk, watch_list="on").tier == "D"
    assert settle(desk).tier == "D"  # nobody has said otherwise
    assert settle(desk, watch_list="left").tier == "D"
    assert settle(desk).tier == "D"
    clock.move_to(support.NOW.replace(month=8))
    assert settle(desk).tier == "A"


def at(desk: Desk, clock: Any, day: date, **changes: Any) -> TierResult:
    clock.move_to(datetime(day.year, day.month, day.day, 10, tzinfo=support.NOW.tzinfo))
    record(desk, **changes)
    return settle(desk)


LEAN: dict[str, Any] = {"products": 0, "deposits": Decimal(0), "fees": Decimal(0), "raroc": Decimal(0)}
"""Points of the worked client without business: 78.85 falls to 62.28, well below A."""


def test_a_tier_moves_after_two_quarters_and_only_one_step(desk: Desk, clock: Any) -> None:
    make_confirmed(desk)
    assert at(desk, clock, TODAY).tier == "A"
    second = at(desk, clock, date(2026, 9, 30), **LEAN)
    assert (second.score_tier, second.tier, second.holds_from) == ("B", "A", TODAY)
    third = at(desk, clock, date(2026, 12, 31), **LEAN)
    assert (third.tier, third.holds_from) == ("B", date(2026, 12, 31))


def test_settling_twice_in_a_quarter_counts_once(desk: Desk, clock: Any) -> None:
    make_confirmed(desk)
    assert at(desk, clock, date(2026, 7, 10)).tier == "A"
    assert at(desk, clock, date(2026, 10, 10), **LEAN).tier == "A"
    assert at(desk, clock, date(2026, 12, 20), **LEAN).tier == "A"


def test_results_are_only_ever_added(desk: Desk) -> None:
    record(desk)
    result = settle(desk)
    with pytest.raises(DatabaseError), transaction.atomic():
        TierResult.objects.filter(pk=result.pk).update(tier="S")


def test_the_same_day_again_corrects_its_record(desk: Desk) -> None:
    record(desk)
    record(desk, products=5)
    assert CooperationRecord.objects.get().products == 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("as_of", "2026-07-01"),
        ("as_of", "soon"),
        ("deposits", "-1"),
        ("deposits", "1,23"),
        ("deposits", "NaN"),
        ("raroc", "9_5"),
        ("products", "-1"),
        ("overdue_days", "40000"),
        ("times_late", ""),
        ("source", " "),
    ],
)
def test_bad_input_is_named_at_its_field(desk: Desk, field: str, value: str) -> None:
    data = {"as_of": "2026-06-30", "source": "x", "products": 1, "deposits": "1", "fees": "1", "times_late": "0"}
    address = reverse("clients:cooperation_create", args=[desk.client.pk])
    response = signed_in(desk.manager).post(address, {**data, field: value})
    assert list(response.context["form"].errors) == [field]
    assert not CooperationRecord.objects.exists()


def test_who_was_late_has_borrowed(desk: Desk) -> None:
    data = {"as_of": "2026-06-30", "source": "x", "products": 1, "deposits": "1", "fees": "1", "times_late": "2"}
    response = signed_in(desk.manager).post(reverse("clients:cooperation_create", args=[desk.client.pk]), data)
    assert list(response.context["form"].errors) == ["overdue_days"]


# Service


def test_the_service_standard_plans_the_next_contact(desk: Desk) -> None:
    make_confirmed(desk)
    record(desk)
    settle(desk)
    task = Task.objects.open().get(kind="contact_due")
    assert (task.assignee, timezone.localdate(task.due_at)) == (desk.manager, TODAY + timedelta(days=60))
    settle(desk)
    assert Task.objects.filter(kind="contact_due").count() == 1


def test_a_stricter_tier_moves_the_planned_contact_forward(desk: Desk) -> None:
    make_confirmed(desk)
    record(desk)
    settle(desk)
    settle(desk, watch_list="on")
    task = Task.objects.open().get(kind="contact_due")
    assert timezone.localdate(task.due_at) == TODAY + timedelta(days=30)


def run(kind: str) -> Run:
    period = timezone.localtime().replace(second=0, microsecond=0).isoformat(timespec="minutes")
    return Run(enqueue(kind=kind, key=f"{kind}:{period}", params={"period": period}), 1)


def test_the_morning_job_plans_the_contact_after_the_one_that_was_made(desk: Desk, clock: Any) -> None:
    make_confirmed(desk)
    record(desk)
    settle(desk)
    clock.move_to(support.NOW + timedelta(days=40))
    finish_by_hand(task=Task.objects.open().get(kind="contact_due"), by=desk.manager, outcome="已走访，讨论二期项目")
    assert plan_reminders(run("client_reminders")).counts == {"contacts": 1, "ratings": 0}
    assert plan_reminders(run("client_reminders")).counts == {"contacts": 0, "ratings": 0}
    task = Task.objects.open().get(kind="contact_due")
    assert timezone.localdate(task.due_at) == TODAY + timedelta(days=100)


def test_the_quarterly_job_settles_every_recorded_client_once(desk: Desk, clock: Any) -> None:
    make_confirmed(desk)
    record(desk)
    settle(desk)
    clock.move_to(datetime(2026, 10, 1, 6, tzinfo=support.NOW.tzinfo))
    job = run("settle_tiers")
    bounds = [Chunk(chunk.no, chunk.lower, chunk.upper) for chunk in job.row.chunks.all()]
    assert [settle_tiers(job, chunk).counts for chunk in bounds] == [{"settled": 1}]
    assert [settle_tiers(job, chunk).counts for chunk in bounds] == [{"settled": 0}]
    result = TierResult.objects.first()
    assert (result.as_of, result.settled_by, result.tier) == (date(2026, 9, 30), None, "A")


# Lists


def test_clients_are_found_and_sorted_by_grade_and_tier(desk: Desk) -> None:
    make_confirmed(desk)
    record(desk)
    settle(desk)
    rm = signed_in(desk.manager)
    listing = reverse("clients:client_list")
    for query in ("tier=A", "grade=R4", "sort=grade", "sort=-tier", "tier=S&tier=A"):
        assert desk.client.name in rm.get(f"{listing}?{query}").content.decode(), query
    for query in ("tier=B", "grade=R5", "rating=none", "rating=soon"):
        assert desk.client.name not in rm.get(f"{listing}?{query}").content.decode(), query
    assert rm.get(f"{listing}?tier=Z").status_code == 400


def test_r10_stands_behind_r2_in_the_list(desk: Desk) -> None:
    names = {}
    for grade in ("R10", "D", "R2", ""):
        client = recipes.make_client(desk.manager, name=f"等级{grade or '无'}有限公司")
        Client.objects.filter(pk=client.pk).update(grade=grade)
        names[grade] = client.name
    page = signed_in(desk.manager).get(f"{reverse('clients:client_list')}?sort=grade").content.decode()
    places = [page.index(f">{names[grade]}<") for grade in ("R2", "R10", "D", "")]
    assert places == sorted(places)
