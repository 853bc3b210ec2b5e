"""Base of every resource: rows through `visible_to`, writes through services, versions in ETag and If-Match."""

from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from crm_project.api.errors import PreconditionRequired


class ScopedViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """List and detail of a noun. A row outside the account's scope does not exist."""

    request: Any  # DRF's request around ours; its user is an account, since the route policy let it through
    model: type[Model]
    ordering_fields: list[str] = []
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        return self.rows().visible_to(self.request.user)  # type: ignore[attr-defined]

    def rows(self) -> QuerySet[Any]:
        """Override to add select_related or annotations; scope is applied on top."""
        return self.model._default_manager.all()

    def journal_subject(self, instance: Any) -> int:
        """The subject the journal names for this row: its own, unless the row is a part of another noun."""
        return int(instance.pk)

    def get_object(self) -> Any:
        instance = super().get_object()
        self.request._request.journal_subject_id = self.journal_subject(instance)
        return instance

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        instance = self.get_object()
        return with_etag(Response(self.get_serializer(instance).data), instance)


class WritableViewSet(ScopedViewSet):
    """Create and change through two services that the resource names."""

    http_method_names = ["get", "head", "post", "patch"]

    def perform_service_create(self, data: dict[str, Any]) -> Model:
        raise NotImplementedError

    def perform_service_change(self, instance: Any, version: int, data: dict[str, Any]) -> Model:
        raise NotImplementedError

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self._valid(request)
        created = self.perform_service_create(serializer.validated_data)
        request._request.journal_subject_id = self.journal_subject(created)  # type: ignore[attr-defined]
        return with_etag(Response(self.get_serializer(created).data, status=201), created)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        instance = self.get_object()
        version = expected_version(request)
        serializer = self._valid(request, instance=instance, partial=True)
        changed = self.perform_service_change(instance, version, serializer.validated_data)
        return with_etag(Response(self.get_serializer(changed).data), changed)

    def _valid(self, request: Request, **kwargs: Any) -> BaseSerializer:
        serializer = self.get_serializer(data=request.data, **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer


def with_etag(response: Response, instance: Any) -> Response:
    response["ETag"] = f'"{instance.version}"'
    return response


def expected_version(request: Request) -> int:
    """Version the caller has read. Raises PreconditionRequired where If-Match is missing or no version of ours."""
    tag = request.headers.get("If-Match", "").strip('"')
    if not tag.isdecimal():
        raise PreconditionRequired()
    return int(tag)
