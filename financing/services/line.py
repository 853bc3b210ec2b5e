"""Verbs on credit lines, locked in one order: group, client, sub-limit. Source: RULES §27.

`used` is exposure in CNY; of a sub-limit that does not revolve it is what was given away for good, repaid or not.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client, ClientGroup
from crm_project.organization.models import Staff, Subject
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui import formats
from financing.calc.lines import ZERO
from financing.models import CreditLine, Decision


def free_of(line: CreditLine, on: date) -> Decimal:
    """What may still be signed into a line: nothing where it has ended or is frozen."""
    return line.limit - line.used if is_open(line, on) else ZERO


def is_open(line: CreditLine, on: date) -> bool:
    return not line.frozen and line.valid_from <= on <= line.valid_until


@transaction.atomic
def sign_into_lines(*, sub_limit: CreditLine, amount: Decimal, by: Staff) -> list[CreditLine]:
    """A contract takes its exposure at every level. Returns the lines as they stand, the group's first where it has
    one. Raises RuleBroken line_<level> where one has no room, the tightest named; Stale where the tree moved."""
    if amount <= 0:
        raise RuleBroken("line_amount", _("The amount is more than nothing."), "amount")
    path = _locked_path(sub_limit)
    today = timezone.localdate()
    short = [line for line in path if free_of(line, today) < amount]
    if short:
        raise _no_room(min(reversed(short), key=lambda line: free_of(line, today)), today)
    return _add(path, amount)


@transaction.atomic
def release_from_lines(*, sub_limit: CreditLine, amount: Decimal, by: Staff, repaid: bool = False) -> list[CreditLine]:
    """Exposure comes free: all levels where it was cancelled or ran out undrawn. Where it was `repaid`, a revolving
    sub-limit keeps it for the next drawing; one that does not revolve frees the levels above and stays used up itself.

    Raises RuleBroken line_release where more would come free than is used, Stale where the tree moved.
    """
    if amount <= 0:
        raise RuleBroken("line_amount", _("The amount is more than nothing."), "amount")
    path = _locked_path(sub_limit)
    current = path[-1]
    if repaid:
        path = [] if current.revolving else path[:-1]
    if any(line.used < amount for line in path):
        raise RuleBroken("line_release", _("More would come free than is used."), "amount")
    return _add(path, -amount)


def _add(path: list[CreditLine], amount: Decimal) -> list[CreditLine]:
    for line in path:
        CreditLine.objects.filter(pk=line.pk).update(used=F("used") + amount)
        line.refresh_from_db(fields=["used"])
    return path


def _no_room(line: CreditLine, today: date) -> RuleBroken:
    level = str(CreditLine.Level(line.level).label)
    if not is_open(line, today):
        return RuleBroken(f"line_{line.level}", _("%(level)s: it has ended or is frozen.") % {"level": level}, "amount")
    facts = {"level": level, "free": formats.money(free_of(line, today)), "unit": formats.active_unit().label}
    return RuleBroken(f"line_{line.level}", _("%(level)s: only %(free)s %(unit)s are free.") % facts, "amount")


def _locked_path(sub_limit: CreditLine) -> list[CreditLine]:
    """The lines from the top down to this one, each under lock, taken in that order."""
    numbers: list[int] = []
    step: int | None = sub_limit.pk
    while step is not None:
        numbers.append(step)
        step = CreditLine.objects.values_list("parent_id", flat=True).get(pk=step)
    path = [_locked(number) for number in reversed(numbers)]
    if [line.parent_id for line in path] != [None, *(line.pk for line in path[:-1])]:
        raise Stale
    return path


def _locked(number: int) -> CreditLine:
    found: CreditLine = CreditLine.objects.select_for_update(of=("self",), no_key=True).get(pk=number)
    return found


@dataclass(frozen=True)
class Grant:
    """What a decision grants of one kind of product."""

    product_kind: str
    amount: Decimal
    revolving: bool


def open_lines(*, decision: Decision, grants: list[Grant], until: date) -> list[CreditLine]:
    """The approved deal as lines: the group's and the client's are raised by it, each kind of product gets a sub-limit
    of its own. Runs inside the deciding transaction. Returns group line, client line, sub-limits."""
    client: Client = decision.plan.project.borrower
    total = sum((grant.amount for grant in grants), ZERO)
    group_line = _group_line(client.group_id, total, until) if client.group_id else None
    list(Subject.objects.select_for_update(no_key=True).filter(pk=client.pk))
    client_line = _client_line(client, decision, total, until, group_line)
    subs = [
        CreditLine.objects.create(
            level=CreditLine.Level.SUB_LIMIT,
            root_id=client.root_id,
            client=client,
            parent=client_line,
            decision=decision,
            product_kind=grant.product_kind,
            limit=grant.amount,
            revolving=grant.revolving,
            valid_from=timezone.localdate(),
            valid_until=until,
        )
        for grant in grants
    ]
    return [*([group_line] if group_line else []), client_line, *subs]


def _group_line(group_id: int, amount: Decimal, until: date) -> CreditLine:
    """Raised where the group has one; a new one takes in what its members' lines grant and use already."""
    ClientGroup.objects.select_for_update(no_key=True).get(pk=group_id)
    raised = _raised(CreditLine.objects.filter(level=CreditLine.Level.GROUP, group_id=group_id), amount, until)
    if raised is not None:
        return raised
    members = CreditLine.objects.filter(level=CreditLine.Level.CLIENT, client__group_id=group_id, parent=None)
    lines = list(members.select_for_update(of=("self",), no_key=True).order_by("pk"))
    line = CreditLine.objects.create(
        level=CreditLine.Level.GROUP,
        group_id=group_id,
        limit=amount + sum((one.limit for one in lines), ZERO),
        used=sum((one.used for one in lines), ZERO),
        valid_from=timezone.localdate(),
        valid_until=max([until, *(one.valid_until for one in lines)]),
    )
    CreditLine.objects.filter(pk__in=[one.pk for one in lines]).update(parent=line)
    return line


def _client_line(
    client: Client, decision: Decision, amount: Decimal, until: date, group_line: CreditLine | None
) -> CreditLine:
    own = CreditLine.objects.filter(level=CreditLine.Level.CLIENT, client=client)
    current = own.select_for_update(of=("self",), no_key=True).first()
    if current is not None and current.parent_id != (group_line.pk if group_line else None):
        _move(current, group_line)
    line = _raised(own, amount, until)
    if line is None:
        line = CreditLine.objects.create(
            level=CreditLine.Level.CLIENT,
            root_id=client.root_id,
            client=client,
            parent=group_line,
            decision=decision,
            limit=amount,
            valid_from=timezone.localdate(),
            valid_until=until,
        )
    return line


def _move(line: CreditLine, group_line: CreditLine | None) -> None:
    """The client has come to another group: what its line grants and uses goes along."""
    if line.parent_id is not None:
        CreditLine.objects.filter(pk=line.parent_id).update(used=F("used") - line.used)
    if group_line is not None:
        grown = CreditLine.objects.filter(pk=group_line.pk)
        grown.update(limit=F("limit") + line.limit, used=F("used") + line.used)
    CreditLine.objects.filter(pk=line.pk).update(parent=group_line)


def _raised(found: QuerySet[CreditLine], amount: Decimal, until: date) -> CreditLine | None:
    """The line with the amount on top; one that has ended starts anew from what is still used."""
    line: CreditLine | None = found.select_for_update(of=("self",), no_key=True).first()
    if line is None:
        return None
    today = timezone.localdate()
    ended = line.valid_until < today
    line.limit = (line.used if ended else line.limit) + amount
    line.valid_from = today if ended else line.valid_from
    line.valid_until = max(line.valid_until, until)
    line.save(update_fields=["limit", "valid_from", "valid_until"])
    return line
