"""Verbs on relations between clients and on groups.

Whether the bank knows a credit code is no answer to be had here: the client behind it is noted in silence.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.calc.rings import LONGEST, Guarantee, Ring, find_rings
from clients.models import Client, ClientGroup, Relation
from crm_project.organization.models import Staff
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.limits import hit

GUARANTEES = (Relation.Kind.GUARANTEES, Relation.Kind.GUARANTEED_BY)
HOLDINGS = (Relation.Kind.CONTROLS, Relation.Kind.CONTROLLED_BY, Relation.Kind.SHAREHOLDER)
GROUP_CLASHES_A_DAY = 20
SECONDS_OF_A_DAY = 24 * 60 * 60


@transaction.atomic
def add_relation(*, client: Client, by: Staff, **fields: Any) -> Relation:
    """A relation of the client. Raises RuleBroken at the field that breaks a rule."""
    Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    relation = Relation(root_id=client.root_id, client=client, **fields)
    _complete(relation)
    relation.save(force_insert=True)
    return relation


@transaction.atomic
def change_relation(*, relation: Relation, version: int, by: Staff, **fields: Any) -> Relation:
    """Change a relation that stands. Raises Stale where somebody changed it since `version`, else as `add_relation`."""
    Client.objects.select_for_update(of=("self",), no_key=True).get(pk=relation.client_id)
    current: Relation = Relation.objects.select_for_update(of=("self",)).select_related("client").get(pk=relation.pk)
    if current.version != version:
        raise Stale
    if current.until is not None:
        raise RuleBroken("relation_ended", _("This relation has ended; what it was stays as it is."))
    for name, value in fields.items():
        setattr(current, name, value)
    _complete(current)
    current.version += 1
    current.save()
    return current


def end_relation(*, relation: Relation, version: int, until: date, by: Staff) -> Relation:
    """The relation stood until this day. Raises as `change_relation`."""
    return change_relation(relation=relation, version=version, by=by, until=until)


def link_relations(client: Client) -> None:
    """Relations that name the code of a client just registered now know whom they mean."""
    named = Relation.objects.filter(other_code=client.uscc).exclude(client=client)
    named.exclude(other=client).update(other=client)


@transaction.atomic
def set_group(*, client: Client, version: int, name: str, by: Staff) -> Client:
    """The client belongs to the group of this name, or to none where it is empty. Raises Stale as elsewhere.

    A group is joined by its exact name where `by` sees one of its members, or where it has none; an unused name founds
    a group. A name that is kept elsewhere in the bank raises RuleBroken: who is in that group is not to be found out
    by trying names, so the tries are counted.
    """
    current: Client = Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    if current.version != version:
        raise Stale
    current.group = _group_named(name.strip(), by) if name.strip() else None
    current.version += 1
    current.save()
    return current


def _group_named(name: str, by: Staff) -> ClientGroup:
    group, founded = ClientGroup.objects.get_or_create(name=name)
    if founded or not group.members.exists():
        return group
    if Client.objects.visible_to(by).filter(group=group).exists():
        return group
    if hit(f"group-clash:{by.pk}", limit=GROUP_CLASHES_A_DAY, seconds=SECONDS_OF_A_DAY):
        message = _(
            "A group of this name is kept elsewhere in the bank. Ask the upper branch's risk officer to add the client."
        )
    else:
        message = _("Too many names of groups tried today. Ask your branch head.")
    raise RuleBroken("group_elsewhere", message, "name")


def rings_of(client: Client, user: Staff) -> tuple[list[Ring], dict[str, str]]:
    """Guarantee rings through the client among the relations this account sees, and the names of their members by code.

    By the codes noted, not by clients: a ring must not tell whether the bank knows a company. At most one query per
    member of the longest ring, one where the client has no guarantee.
    """
    rows = Relation.objects.visible_to(user).filter(kind__in=GUARANTEES, until__isnull=True).exclude(other_code="")
    seen: set[str] = set()
    frontier = {client.uscc}
    found: dict[int, Guarantee] = {}
    names: dict[str, str] = {}
    for _step in range(LONGEST):
        near = rows.filter(Q(client__uscc__in=frontier) | Q(other_code__in=frontier)).select_related("client")
        seen |= frontier
        frontier = set()
        for row in near:
            own, other = row.client.uscc, row.other_code
            names = {other: row.other_name, **names, own: row.client.name}
            guarantor, debtor = (own, other) if row.kind == Relation.Kind.GUARANTEES else (other, own)
            found[row.pk] = Guarantee(guarantor, debtor, row.amount or Decimal(0))
            frontier |= {own, other} - seen
        if not frontier:
            break
    return find_rings(found.values(), client.uscc), names


def _complete(relation: Relation) -> None:
    client = relation.client
    if relation.other_code and relation.other_code == client.uscc:
        raise RuleBroken("relation_self", _("This is the client's own code."), "other_code")
    if relation.amount is not None and relation.amount <= 0:
        raise RuleBroken("relation_amount", _("The amount is more than nothing."), "amount")
    if relation.kind in GUARANTEES and relation.amount is None:
        raise RuleBroken("relation_amount", _("A guarantee has an amount."), "amount")
    if relation.kind not in GUARANTEES and relation.amount is not None:
        raise RuleBroken("relation_amount", _("Only a guarantee has an amount."), "amount")
    if relation.share is not None and relation.kind not in HOLDINGS:
        raise RuleBroken("relation_share", _("Only control and shareholdings have a share."), "share")
    if relation.share is not None and not 0 < relation.share <= 1:
        raise RuleBroken("relation_share", _("A share lies above 0% and at most at 100%."), "share")
    _check_days(relation)
    _refuse_double(relation)
    relation.other = Client.objects.filter(uscc=relation.other_code).first() if relation.other_code else None


def _check_days(relation: Relation) -> None:
    today = timezone.localdate()
    if relation.since > today:
        raise RuleBroken("relation_days", _("This day lies in the future."), "since")
    if relation.until is not None and relation.until > today:
        raise RuleBroken("relation_days", _("This day lies in the future."), "until")
    if relation.until is not None and relation.until < relation.since:
        raise RuleBroken("relation_days", _("It ends after it began."), "until")


def _refuse_double(relation: Relation) -> None:
    """The client is locked, so no twin can come in between."""
    twins = Relation.objects.filter(
        client=relation.client, kind=relation.kind, other_name=relation.other_name, until__isnull=True
    )
    if relation.until is None and twins.exclude(pk=relation.pk).exists():
        raise RuleBroken("relation_double", _("This relation is noted already."), "other_name")
