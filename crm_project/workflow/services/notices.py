"""Notices in the product: an account is told that something happened. No client data leaves by mail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from crm_project.organization.models import Staff, Subject
from crm_project.ui.panels import subject_address
from crm_project.workflow.models import Notice

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise


def _page_of_subject(notice: Notice) -> str:
    return subject_address(notice.subject) if notice.subject else ""


@dataclass(frozen=True)
class NoticeKind:
    """What a kind of notice says, in the reader's language, and where it leads.

    `text` and `address` are not asked for the subject's name: the page adds it where the reader may still see it, and
    leads nowhere where not.
    """

    code: str
    label: "Text"
    text: Callable[[Notice], str]
    address: Callable[[Notice], str] = _page_of_subject
    icon: str = "bell"


_kinds: dict[str, NoticeKind] = {}


def register(*kinds: NoticeKind) -> None:
    """Called from a room's `apps.py`; the same code twice replaces the first."""
    _kinds.update({kind.code: kind for kind in kinds})


def kind_of(notice: Notice) -> NoticeKind:
    return _kinds[notice.kind]


def notify(
    *, staff: Staff, kind: str, key: str, params: dict[str, Any] | None = None, subject: Subject | None = None
) -> None:
    """Tell an account once: the same key again changes nothing. Raises KeyError for an unknown kind."""
    code = _kinds[kind].code
    notice = Notice(staff=staff, kind=code, key=key, params=params or {}, subject=subject)
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def settle(*, kind: str, key: str) -> None:
    """What these notices asked for is over: nobody who has not read them need do so."""
    Notice.objects.filter(kind=kind, key=key).unread().update(read_at=timezone.now())


def unread(staff: Staff) -> int:
    return Notice.objects.filter(staff=staff).unread().count()


def mark_read(*, staff: Staff, ids: list[int] | None = None) -> int:
    """Mark these notices of the account as read, or all of them; those of others are passed over."""
    chosen = Q() if ids is None else Q(pk__in=ids)
    return Notice.objects.filter(chosen, staff=staff).unread().update(read_at=timezone.now())
