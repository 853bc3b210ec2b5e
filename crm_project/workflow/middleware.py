"""Who did it, and what the journal keeps of it: both for every request, in one place."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from pghistory.middleware import HistoryMiddleware

from crm_project.organization import policy
from crm_project.workflow import journal

Handler = Callable[[HttpRequest], HttpResponse]


class RequestHistoryMiddleware(HistoryMiddleware):
    """Every row changed during the request carries its actor, its address and the request's number."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4()  # type: ignore[attr-defined]
        return super().__call__(request)

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_context(request), "request_id": str(request.request_id)}  # type: ignore[attr-defined]


class JournalMiddleware:
    """Writes the act that the route's policy row names, and every refusal of a signed-in account."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if match is None or not request.user.is_authenticated:
            return response
        row = policy.table().get((match.view_name, request.method or ""))
        if response.status_code in (403, 404):
            journal.record(
                journal.Act.REFUSED,
                request=request,
                status=response.status_code,
                path=request.path[:200],
            )
        elif row and row.audit and response.status_code < 400:
            _record_act(request, row, response.status_code)
        return response


def _record_act(request: HttpRequest, row: policy.Row, status: int) -> None:
    number = request.resolver_match.kwargs.get(row.subject) if request.resolver_match else None
    subject_id = getattr(request, "journal_subject_id", number)  # a view that creates a subject names it here
    detail = {"query": request.GET.urlencode()[:500]} if row.audit == journal.Act.EXPORT else {}
    detail |= getattr(request, "journal_detail", {})  # what a view adds to say what exactly it was
    journal.record(row.audit, request=request, status=status, subject_id=subject_id, **detail)
