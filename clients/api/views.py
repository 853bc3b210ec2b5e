from typing import Any

from django.db.models import Model, QuerySet

from clients.api.serializers import ClientSerializer
from clients.filters import ClientFilter
from clients.models import Client
from clients.services.client import change_client, register_client
from crm_project.api.views import WritableViewSet


class ClientViewSet(WritableViewSet):
    """Clients within the caller's scope."""

    model = Client
    serializer_class = ClientSerializer
    filterset_class = ClientFilter
    ordering_fields = ["pinyin", "client_since", "registered_capital"]

    def rows(self) -> QuerySet[Any]:
        return Client.objects.with_root()

    def perform_service_create(self, data: dict[str, Any]) -> Model:
        return register_client(by=self.request.user, **data)

    def perform_service_change(self, instance: Any, version: int, data: dict[str, Any]) -> Model:
        return change_client(client=instance, version=version, by=self.request.user, **data)
