"""Budget, cases, security and plans as resources. Amounts in CNY, shares as fractions."""

from typing import Any, ClassVar

from rest_framework import serializers

from clients.api.parts import ScopedKeyField, StrictSerializer
from clients.models import Client, Project
from financing.models import BudgetLine, CasePeriod, CashFlowCase, Collateral, Guarantee, Plan, PlanVersion
from financing.policy import COLLATERAL_FIELDS, GUARANTEE_FIELDS


class BudgetLineSerializer(serializers.ModelSerializer):
    class Meta:
        model = BudgetLine
        fields: ClassVar = ["id", "project", "kind", "name", "amount", "order", "version"]


class PeriodSerializer(serializers.ModelSerializer):
    class Meta:
        model = CasePeriod
        fields: ClassVar = ["no", "ends_on", "revenue", "opex", "tax", "capex", "working_capital"]


class CaseSerializer(serializers.ModelSerializer):
    periods = PeriodSerializer(many=True, read_only=True)

    class Meta:
        model = CashFlowCase
        fields: ClassVar = [
            "id",
            "project",
            "name",
            "frequency",
            "variable_share",
            "tax_rate",
            "source",
            "periods",
            "version",
        ]


class CollateralSerializer(StrictSerializer):
    at_creation = frozenset({"project"})

    id = serializers.IntegerField(source="pk", read_only=True)
    project = ScopedKeyField(queryset=Project.objects.all())

    class Meta:
        model = Collateral
        fields: ClassVar = ["id", "project", *sorted(COLLATERAL_FIELDS), "version"]
        read_only_fields: ClassVar = ["version"]
        validators: ClassVar[list[Any]] = []


class GuaranteeSerializer(StrictSerializer):
    at_creation = frozenset({"project"})

    project = ScopedKeyField(queryset=Project.objects.all())
    guarantor = ScopedKeyField(queryset=Client.objects.all(), required=False, allow_null=True)

    class Meta:
        model = Guarantee
        fields: ClassVar = ["id", "project", *sorted(GUARANTEE_FIELDS), "version"]
        read_only_fields: ClassVar = ["version"]
        validators: ClassVar[list[Any]] = []
        extra_kwargs: ClassVar = {"guarantor_name": {"required": False}}


class PlanVersionSerializer(serializers.ModelSerializer):
    """A version with its head figures; the whole result comes with the single plan's versions."""

    figures = serializers.SerializerMethodField()

    class Meta:
        model = PlanVersion
        fields: ClassVar = ["no", "name", "state", "figures", "frozen_at", "version"]

    def get_figures(self, row: PlanVersion) -> dict[str, Any]:
        return dict(row.result.get("figures", {}))


class PlanSerializer(serializers.ModelSerializer):
    id = serializers.IntegerField(source="pk", read_only=True)
    project_name = serializers.CharField(source="project.name", read_only=True)
    versions = PlanVersionSerializer(many=True, read_only=True)

    class Meta:
        model = Plan
        fields: ClassVar = ["id", "project", "project_name", "title", "state", "versions", "version"]
