"""The request as views meet it: the route policy has let a signed-in account through."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from crm_project.organization.models import Staff


class StaffRequest(HttpRequest):
    """Only for annotations; no such object is ever made."""

    user: Staff
    request_id: UUID
    journal_subject_id: int
    """A view that creates a subject names it here, so that the journal can point to it."""
    journal_detail: dict[str, Any]
    """What else the journal should keep of this act; numbers and codes, no personal data."""
