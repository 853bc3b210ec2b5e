"""Decisions and credit lines as resources, to be read. Votes and attendance of the committee are not given out."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm_project.api.views import ScopedViewSet
from financing.decision_lists import CreditLineFilter, DecisionFilter
from financing.models import Condition, CreditLine, Decision


class ConditionSerializer(serializers.ModelSerializer):
    confirmed = serializers.SerializerMethodField()

    class Meta:
        model = Condition
        fields: ClassVar = ["id", "no", "text", "fulfilled_on", "evidence", "confirmed", "version"]

    def get_confirmed(self, row: Condition) -> bool:
        return row.confirmed_by_id is not None


class DecisionSerializer(serializers.ModelSerializer):
    id = serializers.IntegerField(source="pk", read_only=True)
    plan_version = serializers.IntegerField(source="plan_version.no", read_only=True)
    conditions = ConditionSerializer(many=True, read_only=True)

    class Meta:
        model = Decision
        fields: ClassVar = [
            "id",
            "plan",
            "plan_version",
            "amount",
            "group_exposure",
            "grade",
            "security",
            "coverage",
            "level_needed",
            "level_reasons",
            "state",
            "submitted_at",
            "opinion_supports",
            "decided_at",
            "decided_reason",
            "line_until",
            "conditions",
            "version",
        ]


class CreditLineSerializer(serializers.ModelSerializer):
    class Meta:
        model = CreditLine
        fields: ClassVar = [
            "id",
            "level",
            "parent",
            "client",
            "product_kind",
            "decision",
            "limit",
            "used",
            "revolving",
            "valid_from",
            "valid_until",
            "frozen",
        ]


class DecisionViewSet(ScopedViewSet):
    """Decisions on plans within the caller's scope."""

    model = Decision
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    ordering_fields = ["submitted_at", "amount"]

    def rows(self) -> QuerySet[Any]:
        return Decision.objects.select_related("plan_version").prefetch_related("conditions")


class CreditLineViewSet(ScopedViewSet):
    """Client lines and sub-limits. A group's line is no client's alone; only who sees the whole bank reads it here."""

    model = CreditLine
    serializer_class = CreditLineSerializer
    filterset_class = CreditLineFilter
    ordering_fields = ["valid_until", "limit"]

    def journal_subject(self, instance: Any) -> Any:
        return instance.root_id

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.get_serializer(self.get_object()).data)  # nobody edits a line, so it has no version
