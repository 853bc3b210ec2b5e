from typing import Any

from django.db.models import QuerySet

from crm_project.api.views import ScopedViewSet
from monitoring.api.serializers import DrawdownSerializer, FacilitySerializer, LoanNoteSerializer
from monitoring.filters import DrawdownResourceFilter, FacilityFilter, LoanNoteFilter
from monitoring.models import Drawdown, Facility, LoanNote


class FacilityViewSet(ScopedViewSet):
    """Loan contracts with their amounts."""

    model = Facility
    serializer_class = FacilitySerializer
    filterset_class = FacilityFilter
    ordering_fields = ["outstanding"]

    def rows(self) -> QuerySet[Any]:
        return Facility.objects.select_related("project", "borrower")


class LoanNoteViewSet(ScopedViewSet):
    """Loan notes with their instalments."""

    model = LoanNote
    serializer_class = LoanNoteSerializer
    filterset_class = LoanNoteFilter

    def rows(self) -> QuerySet[Any]:
        return LoanNote.objects.prefetch_related("instalments")


class DrawdownViewSet(ScopedViewSet):
    """Drawdowns with their payments and the checks they were decided on."""

    model = Drawdown
    serializer_class = DrawdownSerializer
    filterset_class = DrawdownResourceFilter
    ordering_fields = ["wanted_on"]

    def rows(self) -> QuerySet[Any]:
        return Drawdown.objects.select_related("note").prefetch_related("payments")
