"""Ratings and tiers to read, each with its whole explanation. They are made and confirmed on their pages."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, serializers

from clients.calc.explanation import shown
from clients.models import Rating, TierResult
from clients.rating_filters import RatingFilter, TierFilter
from crm_project.api.views import ScopedViewSet


class RatingSerializer(serializers.ModelSerializer):
    """score: points to four decimals. explanation: label (en, zh), input, rule, contribution per line."""

    rule = serializers.CharField(source="rule_set.__str__", read_only=True)
    statement_date = serializers.DateField(source="statement.period_end", read_only=True, allow_null=True)
    score = serializers.SerializerMethodField()
    proposed_by = serializers.CharField(source="proposed_by.name", read_only=True, allow_null=True)
    confirmed_by = serializers.CharField(source="confirmed_by.name", read_only=True, allow_null=True)
    band = serializers.JSONField(source="result.band", read_only=True, allow_null=True)
    gates = serializers.JSONField(source="result.gates", read_only=True, allow_null=True)
    grade_up = serializers.JSONField(source="result.grade_up", read_only=True, allow_null=True)
    explanation = serializers.JSONField(source="result.explanation", read_only=True, allow_null=True)

    class Meta:
        model = Rating
        fields = [
            "id",
            "client",
            "kind",
            "project",
            "rule",
            "statement_date",
            "as_of",
            "score",
            "computed_grade",
            "grade",
            "pd",
            "band",
            "override_code",
            "override_reason",
            "state",
            "proposed_by",
            "proposed_at",
            "confirmed_by",
            "confirmed_at",
            "valid_until",
            "gates",
            "grade_up",
            "explanation",
            "version",
        ]
        read_only_fields = fields

    def get_score(self, rating: Rating) -> str | None:
        return None if rating.score is None else shown(rating.score)


class RatingViewSet(ScopedViewSet):
    """Ratings of clients within the caller's scope."""

    model = Rating
    serializer_class = RatingSerializer
    filterset_class = RatingFilter
    ordering_fields = ["as_of", "valid_until"]

    def rows(self) -> QuerySet[Any]:
        return Rating.objects.select_related("rule_set", "statement", "proposed_by", "confirmed_by")

    def journal_subject(self, instance: Any) -> int:
        return int(instance.client_id)


class TierSerializer(serializers.ModelSerializer):
    rule = serializers.CharField(source="rule_set.__str__", read_only=True)
    score = serializers.SerializerMethodField()

    class Meta:
        model = TierResult
        fields = [
            "id",
            "client",
            "rating",
            "rule",
            "as_of",
            "score",
            "score_tier",
            "steady_tier",
            "gates",
            "watch_list",
            "tier",
            "holds_from",
            "provisional",
            "explanation",
        ]
        read_only_fields = fields

    def get_score(self, result: TierResult) -> str:
        return shown(result.score)


class TierViewSet(ScopedViewSet):
    """Tiers of clients within the caller's scope, every settlement one row."""

    model = TierResult
    serializer_class = TierSerializer
    filterset_class = TierFilter
    ordering_fields = ["as_of"]
    retrieve = mixins.RetrieveModelMixin.retrieve

    def rows(self) -> QuerySet[Any]:
        return TierResult.objects.select_related("rule_set")

    def journal_subject(self, instance: Any) -> int:
        return int(instance.client_id)
