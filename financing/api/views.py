from typing import Any

from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm_project.api.views import ScopedViewSet, WritableViewSet
from financing.api.serializers import (
    BudgetLineSerializer,
    CaseSerializer,
    CollateralSerializer,
    GuaranteeSerializer,
    PlanSerializer,
)
from financing.filters import BudgetLineFilter, CaseFilter, CollateralFilter, GuaranteeFilter, PlanFilter
from financing.models import BudgetLine, CashFlowCase, Collateral, Guarantee, Plan
from financing.services import security


class PartViewSet(ScopedViewSet):
    """Rows without a subject of their own: the journal names their project."""

    def journal_subject(self, instance: Any) -> int:
        return int(instance.project_id)


class BudgetLineViewSet(PartViewSet):
    """Lines of the budgets of projects within the caller's scope."""

    model = BudgetLine
    serializer_class = BudgetLineSerializer
    filterset_class = BudgetLineFilter


class CaseViewSet(PartViewSet):
    """Cash-flow cases with their periods."""

    model = CashFlowCase
    serializer_class = CaseSerializer
    filterset_class = CaseFilter

    def rows(self) -> QuerySet[Any]:
        return CashFlowCase.objects.prefetch_related("periods")


class CollateralViewSet(WritableViewSet):
    """Mortgaged and pledged things."""

    model = Collateral
    serializer_class = CollateralSerializer
    filterset_class = CollateralFilter

    def perform_service_create(self, data: dict[str, Any]) -> Model:
        return security.add_collateral(by=self.request.user, **data)

    def perform_service_change(self, instance: Any, version: int, data: dict[str, Any]) -> Model:
        return security.change_collateral(collateral=instance, version=version, by=self.request.user, **data)


class GuaranteeViewSet(WritableViewSet):
    """Promises of guarantors."""

    model = Guarantee
    serializer_class = GuaranteeSerializer
    filterset_class = GuaranteeFilter

    def journal_subject(self, instance: Any) -> int:
        return int(instance.project_id)

    def perform_service_create(self, data: dict[str, Any]) -> Model:
        return security.add_guarantee(by=self.request.user, **data)

    def perform_service_change(self, instance: Any, version: int, data: dict[str, Any]) -> Model:
        return security.change_guarantee(guarantee=instance, version=version, by=self.request.user, **data)


class PlanViewSet(ScopedViewSet):
    """Financing plans with the head figures of their versions."""

    model = Plan
    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    ordering_fields = ["title"]

    def rows(self) -> QuerySet[Any]:
        return Plan.objects.select_related("project").prefetch_related("versions")

    @action(detail=True, methods=["get"])
    def result(self, request: Request, pk: str) -> Response:
        """All figures of a version (`?version=`, the newest by default), schedules row by row."""
        plan = self.get_object()
        number = request.query_params.get("version", "")
        versions = plan.versions.order_by("-no")
        if number:
            versions = versions.filter(no=int(number) if number.isdecimal() and len(number) < 6 else 0)
        version = versions.first()
        if version is None:
            raise Http404
        return Response({"no": version.no, "name": version.name, "rules": version.rule_versions, **version.result})
