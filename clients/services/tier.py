"""Verbs on tiers: what client and bank do together, the tier that follows, and the contact its service promises."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.calc.rating_rule import RatingRule
from clients.calc.scorecard import months_between
from clients.calc.service import ServiceStandard, service_standards
from clients.calc.tier import TierFacts, TierRule, settle_tier
from clients.calc.tier import TierResult as Settled
from clients.models import Client, CooperationRecord, Rating, TierResult
from clients.services.rating_result import corporate_rule, newest_annual, statement_lines, statements_for
from clients.statement_books import figures_of
from crm_project.organization.models import Staff, Subject
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken
from crm_project.rules.models import RuleSet
from crm_project.workflow.models import Task
from crm_project.workflow.services.tasks import TaskKind, drop_task, open_task

CONTACT = "contact_due"
WatchList = TierResult.WatchList
RED = 4
END_OF_WORK = time(18)
MONTHS_OF_A_YEAR = 12


@transaction.atomic
def record_cooperation(
    *,
    client: Client,
    as_of: date,
    products: int,
    overdue_days: int | None,
    times_late: int,
    raroc: Decimal | None,
    deposits: Decimal,
    fees: Decimal,
    source: str,
    by: Staff,
) -> CooperationRecord:
    """What client and bank do together as of a day; the same day again corrects it.

    deposits, fees: CNY over 12 months. raroc: fraction, None without exposure. overdue_days: longest of 24 months, None
    where the client has not borrowed here. Raises RuleBroken for a day in the future or figures without a source.
    """
    if as_of > timezone.localdate():
        raise RuleBroken("cooperation_as_of", _("This day lies in the future."), "as_of")
    if not source.strip():
        raise RuleBroken("cooperation_source", _("Say where the figures come from."), "source")
    if deposits < 0:
        raise RuleBroken("cooperation_deposits", _("Deposits are never negative."), "deposits")
    facts: dict[str, Any] = {
        "root_id": client.root_id,
        "products": products,
        "overdue_days": overdue_days,
        "times_late": times_late,
        "raroc": raroc,
        "deposits": deposits,
        "fees": fees,
        "source": source.strip(),
        "entered_by": by,
    }
    return CooperationRecord.objects.update_or_create(client=client, as_of=as_of, defaults=facts)[0]


@transaction.atomic
def settle_client_tier(
    *,
    client: Client,
    as_of: date,
    by: Staff | None = None,
    watch_list: str | None = None,
) -> TierResult:
    """The client's tier on a day, stored with its explanation; the contact task of its service standard follows.

    The newest score of a quarter is the quarter's score: anti-flicker compares it with the quarters before, so that
    settling again within a quarter changes nothing but what the gates say. watch_list: whether the client is on the
    watch list or left it this quarter, a TierResult.WatchList; None: as the last result has it. by: None for the
    quarterly run. Raises RuleBroken where no cooperation record stands by that day. Source: RULES §25.
    """
    Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    record = CooperationRecord.objects.filter(client=client, as_of__lte=as_of).order_by("-as_of").first()
    if record is None:
        raise RuleBroken("tier_no_record", _("Enter the cooperation record first: the tier rests on it."))
    rule_set = RuleSet.objects.in_force("tier", "client", as_of)
    rating = Rating.objects.confirmed().filter(client=client).first()
    earlier = TierResult.objects.filter(client=client).first()
    watch = _watch_list(earlier, as_of) if watch_list is None else WatchList(watch_list)
    facts = _facts(client, record, rating, as_of, on_watch_list=watch == WatchList.ON)
    rule = TierRule.from_body(rule_set.body)
    scale = RatingRule.from_body(corporate_rule(as_of).body).scale
    quarters = _quarters_before(client, as_of)
    settled = settle_tier(
        rule,
        scale,
        facts,
        earlier_scores=[one.score for one in quarters],
        earlier_tier=quarters[-1].steady_tier if quarters else None,
        left_watch_list_this_quarter=watch == WatchList.LEFT,
    )
    result = TierResult.objects.create(
        root_id=client.root_id,
        client=client,
        cooperation=record,
        rating=rating,
        rule_set=rule_set,
        as_of=as_of,
        score=settled.score.score,
        score_tier=rule.of_score(settled.score.score),
        steady_tier=settled.steady_tier,
        gates=list(settled.gates),
        watch_list=watch,
        tier=settled.tier,
        holds_from=earlier.holds_from if earlier and earlier.tier == settled.tier else as_of,
        provisional=settled.provisional,
        explanation=_explanation(settled),
        settled_by=by,
    )
    Client.objects.filter(pk=client.pk).update(tier=result.tier)
    client.tier = result.tier
    plan_contact(client=client, tier=result.tier, from_day=as_of)
    return result


def settle_after_rating(*, rating: Rating, by: Staff | None) -> None:
    """A new grade passes the tier's gates at once. A client without a cooperation record has no tier yet."""
    if CooperationRecord.objects.filter(client_id=rating.client_id).exists():
        settle_client_tier(client=rating.client, as_of=timezone.localdate(), by=by)


def _watch_list(earlier: TierResult | None, as_of: date) -> str:
    """On the list as long as nobody says otherwise; having left it counts for the rest of that quarter."""
    if earlier is None:
        return WatchList.OFF
    if earlier.watch_list == WatchList.LEFT and earlier.as_of < quarter_start(as_of):
        return WatchList.OFF
    return earlier.watch_list


def _facts(
    client: Client, record: CooperationRecord, rating: Rating | None, as_of: date, *, on_watch_list: bool
) -> TierFacts:
    since = client.client_since
    months = months_between(since, as_of) if since and since < as_of else Decimal(0)
    return TierFacts(
        total_assets=_total_assets(client, as_of),
        grade=rating.grade if rating else None,
        years=months / MONTHS_OF_A_YEAR,
        product_groups=record.products,
        worst_days_past_due=record.overdue_days,
        times_late=record.times_late,
        raroc=record.raroc,
        deposits=record.deposits,
        fees=record.fees,
        red_alerts_open=int(client.worst_level == RED),
        on_watch_list=on_watch_list,
    )


def _total_assets(client: Client, as_of: date) -> Decimal | None:
    newest = newest_annual(statements_for(client, as_of))
    if newest is None:
        return None
    lines = statement_lines(as_of)
    return lines.complete(figures_of(lines, newest))["total_assets"]


def _quarters_before(client: Client, as_of: date) -> list[TierResult]:
    """The last result of each earlier quarter, oldest first; two are enough for the rule."""
    results = TierResult.objects.filter(client=client, as_of__lt=quarter_start(as_of)).order_by("as_of", "id")
    last = {quarter_start(one.as_of): one for one in results}
    return list(last.values())


def quarter_start(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _explanation(settled: Settled) -> list[dict[str, object]]:
    return [line.as_dict() for line in settled.score.explanation]


def standard_of(tier: str, on: date) -> ServiceStandard:
    """What a tier is promised on a day. Raises KeyError for an unknown tier."""
    return service_standards(RuleSet.objects.in_force("service", "client", on).body)[tier]


def plan_contact(*, client: Client, tier: str, from_day: date) -> Task:
    """The next contact the service standard promises; a later one that is planned already moves forward.

    Due at the end of the working day, `visit_every_days` after the last contact, or after `from_day` where there was
    none since.
    """
    tasks = Task.objects.filter(subject_id=client.pk, kind=CONTACT)
    last = tasks.filter(state=Task.State.DONE).order_by("-done_at").values_list("done_at", flat=True).first()
    start = max(from_day, timezone.localdate(last)) if last else from_day
    due = end_of_work(start + timedelta(days=standard_of(tier, from_day).visit_every_days))
    planned = tasks.open().first()
    if planned is not None:
        if planned.due_at <= due:
            return planned
        drop_task(key=planned.key, why=tier)
    root = Subject.objects.select_related("branch", "manager").get(pk=client.pk)
    assert root.branch is not None  # noqa: S101  (a client has one by constraint)
    return open_task(
        kind=CONTACT,
        key=f"{CONTACT}:{client.pk}:{due.date().isoformat()}",
        subject=root,
        role=Role.RM,
        branch=root.branch,
        assignee=root.manager,
        due_at=due,
        params={"tier": tier},
    )


def end_of_work(day: date) -> datetime:
    """18:00 of a day in the bank's time zone."""
    return timezone.make_aware(datetime.combine(day, END_OF_WORK))


def without_contact() -> QuerySet[Client]:
    """Clients with a tier for which no contact is planned: the last one has been made."""
    planned = Task.objects.open().filter(subject_id=OuterRef("pk"), kind=CONTACT)
    return Client.objects.exclude(tier="").exclude(Exists(planned)).order_by("pk")


def _contact_remark(task: Task) -> str:
    return _("tier %(tier)s") % {"tier": task.params["tier"]}


CONTACT_KIND = TaskKind(
    CONTACT,
    gettext_lazy("Contact due"),
    title=lambda task: _("Visit the client as its service standard promises"),
    button=gettext_lazy("Report"),
    remark=_contact_remark,
    by_hand=True,
)
