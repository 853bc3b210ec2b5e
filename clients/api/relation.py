"""Relations of clients as a resource."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from rest_framework import serializers

from clients.api.parts import ScopedKeyField, StrictSerializer
from clients.filters import RelationFilter
from clients.models import Client, Relation
from clients.services.relation import add_relation, change_relation
from clients.validation import clean_uscc
from crm_project.api.views import WritableViewSet


class RelationSerializer(StrictSerializer):
    """`other` is the client behind the code where the caller sees it; that the bank knows one is not told."""

    at_creation = frozenset({"client"})

    client = ScopedKeyField(queryset=Client.objects.all())
    other = serializers.SerializerMethodField()

    class Meta:
        model = Relation
        fields: ClassVar = [
            "id",
            "client",
            "kind",
            "other_name",
            "other_code",
            "other",
            "share",
            "amount",
            "since",
            "until",
            "evidence",
            "version",
        ]
        read_only_fields: ClassVar = ["version"]
        validators: ClassVar[list[Any]] = []  # the service answers, at the field and in words

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if self.instance is None:
            fields["until"].read_only = True  # a relation begins before it ends
        return fields

    def get_other(self, relation: Relation) -> int | None:
        return relation.other_id if relation.other_id in self._in_sight else None

    @cached_property
    def _in_sight(self) -> set[int]:
        """Clients of this answer that the caller sees. One query for a whole page."""
        rows: Any = [self.instance] if self.parent is None else self.parent.instance
        others = {row.other_id for row in rows if row is not None and row.other_id}
        user = self.context["request"].user
        return set(Client.objects.visible_to(user).filter(pk__in=others).values_list("pk", flat=True))

    def validate_other_code(self, value: str) -> str:
        return clean_uscc(value) if value else ""


class RelationViewSet(WritableViewSet):
    """Relations of the clients within the caller's scope."""

    model = Relation
    serializer_class = RelationSerializer
    filterset_class = RelationFilter
    ordering_fields = ["since"]

    def rows(self) -> QuerySet[Any]:
        return Relation.objects.select_related("client")

    def journal_subject(self, instance: Any) -> int:
        return int(instance.client_id)

    def perform_service_create(self, data: dict[str, Any]) -> Model:
        return add_relation(by=self.request.user, **data)

    def perform_service_change(self, instance: Any, version: int, data: dict[str, Any]) -> Model:
        return change_relation(relation=instance, version=version, by=self.request.user, **data)
