"""Writing to the journal."""

from typing import Any

from django.http import HttpRequest

from crm_project.workflow.models import JournalEntry

Act = JournalEntry.Act


def record(
    act: str,
    *,
    request: HttpRequest | None = None,
    actor: Any = None,
    subject_id: int | None = None,
    status: int | None = None,
    **detail: Any,
) -> None:
    """One entry. The actor is the request's account unless given; detail must hold no personal data."""
    if actor is None and request is not None and request.user.is_authenticated:
        actor = request.user
    match = request.resolver_match if request else None
    JournalEntry.objects.create(
        act=act,
        actor=actor,
        subject_id=subject_id,
        route=match.view_name if match else "",
        method=(request.method or "") if request else "",
        status=status,
        request_id=getattr(request, "request_id", None),
        address=request.META.get("REMOTE_ADDR") or None if request else None,
        detail=detail,
    )
