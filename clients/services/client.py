"""Verbs on clients."""

import unicodedata
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from clients.models import Client
from clients.services.relation import link_relations
from crm_project.organization.models import CoManager, Staff, Subject
from crm_project.organization.services import open_root
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow import journal
from crm_project.workflow.limits import hit

USCC_CLASHES_A_DAY = 20
SECONDS_OF_A_DAY = 24 * 60 * 60


def register_client(*, by: Staff, **fields: Any) -> Client:
    """A new client of the account's branch, managed by the account. Raises RuleBroken where the bank has it already."""
    refuse_known_uscc(fields["uscc"], by=by)
    client = Client(**fields)
    try:
        with transaction.atomic():
            subject = open_root(
                kind=Subject.Kind.CLIENT,
                title=client.name,
                branch=by.branch,
                manager=by,
            )
            client.subject = subject
            client.root = subject
            _complete(client)
            client.save(force_insert=True)
            link_relations(client)
    except IntegrityError as error:
        if "uscc" not in str(error):
            raise
        refuse_known_uscc(fields["uscc"], by=by)  # registered by somebody else in this very moment
        raise
    return client


@transaction.atomic
def change_client(*, client: Client, version: int, by: Staff, **fields: Any) -> Client:
    """Change facts of a client. Raises Stale where somebody changed it since `version`, RuleBroken on a uscc clash."""
    if not Client.objects.filter(pk=client.pk, version=version).update(version=version + 1):
        raise Stale
    if fields.get("uscc", client.uscc) != client.uscc:
        refuse_known_uscc(fields["uscc"], by=by)
    for name, value in fields.items():
        setattr(client, name, value)
    client.version = version + 1
    _complete(client)
    client.save()
    if "uscc" in fields:
        link_relations(client)
    if "name" in fields:
        Subject.objects.filter(pk=client.pk).exclude(title=client.name).update(title=client.name)
    return client


@transaction.atomic
def set_co_managers(*, client: Client, staff: list[Staff]) -> None:
    """Exactly these accounts manage the client besides its manager."""
    CoManager.objects.filter(root_id=client.root_id).exclude(staff__in=staff).delete()
    known = set(CoManager.objects.filter(root_id=client.root_id).values_list("staff_id", flat=True))
    CoManager.objects.bulk_create(CoManager(root_id=client.root_id, staff=one) for one in staff if one.pk not in known)


def refuse_known_uscc(uscc: str, *, by: Staff) -> None:
    """Raises RuleBroken where a client with this code exists: it names the managing branch and nothing else.

    The question itself tells that the bank knows the company, so it is counted per account and kept in the journal.
    """
    branch = Subject.objects.filter(client__uscc=uscc).values_list("branch__name", flat=True).first()
    if branch is None:
        return
    journal.record(journal.Act.USCC_CLASH, actor=by)
    if not hit(f"uscc-clash:{by.pk}", limit=USCC_CLASHES_A_DAY, seconds=SECONDS_OF_A_DAY):
        raise RuleBroken(
            "uscc_questions",
            _("Too many codes of existing clients today. Ask your branch head."),
            "uscc",
        )
    message = _("This company is a client already, managed by %(branch)s. Ask that branch for co-management.")
    raise RuleBroken("uscc_unique", message % {"branch": branch}, "uscc")


def _complete(client: Client) -> None:
    client.pinyin = "".join(lazy_pinyin(client.name)).lower()[:400]
    client.initials = "".join(lazy_pinyin(client.name, style=Style.FIRST_LETTER)).lower()[:100]
    client.short_name = client.short_name or client.name[:30]
    client.name = unicodedata.normalize("NFC", client.name)
