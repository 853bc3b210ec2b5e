"""Projects and their permits as resources."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clients.api.parts import ScopedKeyField, StrictSerializer
from clients.filters import PermitFilter, ProjectFilter
from clients.models import Client, Permit, Project
from clients.services.permit import add_permit, change_permit
from clients.services.project import advance_stage, change_project, register_project, set_project_company
from crm_project.api.views import WritableViewSet, expected_version, with_etag


class ProjectSerializer(StrictSerializer):
    at_creation = frozenset({"sponsor", "stage"})

    id = serializers.IntegerField(source="pk", read_only=True)
    sponsor = ScopedKeyField(queryset=Client.objects.all(), write_only=True)
    sponsor_name = serializers.CharField(source="sponsor.name", read_only=True)
    borrower = serializers.IntegerField(source="borrower_id", read_only=True)
    borrower_name = serializers.CharField(source="borrower.name", read_only=True)
    branch = serializers.CharField(source="root.branch.code", read_only=True)
    manager = serializers.CharField(source="root.manager.username", read_only=True)

    class Meta:
        model = Project
        fields: ClassVar = [
            "id",
            "name",
            "project_code",
            "industry",
            "sponsor",
            "sponsor_name",
            "sponsor_share",
            "borrower",
            "borrower_name",
            "place",
            "purpose",
            "total_investment",
            "stage",
            "approved_on",
            "start_on",
            "complete_on",
            "operate_until",
            "branch",
            "manager",
            "version",
        ]
        read_only_fields: ClassVar = ["version"]


class CompanySerializer(serializers.Serializer):
    company = ScopedKeyField(queryset=Client.objects.all())


class StageSerializer(serializers.Serializer):
    to = serializers.ChoiceField(choices=Project.Stage.choices)
    on = serializers.DateField()
    without_permits = serializers.BooleanField(default=False)


class ProjectViewSet(WritableViewSet):
    """Projects within the caller's scope. The sponsor is named, as a fact; its own record may be out of sight."""

    model = Project
    serializer_class = ProjectSerializer
    filterset_class = ProjectFilter
    ordering_fields = ["pinyin", "total_investment", "complete_on"]

    def rows(self) -> QuerySet[Any]:
        return Project.objects.with_parties()

    def perform_service_create(self, data: dict[str, Any]) -> Model:
        return register_project(by=self.request.user, **data)

    def perform_service_change(self, instance: Any, version: int, data: dict[str, Any]) -> Model:
        return change_project(project=instance, version=version, by=self.request.user, **data)

    @action(detail=True, methods=["post"], serializer_class=CompanySerializer)
    def company(self, request: Request, pk: str) -> Response:
        """The project company takes the project over."""
        return self._acted(request, set_project_company)

    @action(detail=True, methods=["post"], serializer_class=StageSerializer)
    def stage(self, request: Request, pk: str) -> Response:
        """The project enters its next stage."""
        return self._acted(request, advance_stage)

    def _acted(self, request: Request, service: Any) -> Response:
        project = self.get_object()
        version = expected_version(request)
        data = self._valid(request).validated_data
        changed = service(project=project, version=version, by=request.user, **data)
        return with_etag(Response(ProjectSerializer(changed, context=self.get_serializer_context()).data), changed)


class PermitSerializer(StrictSerializer):
    at_creation = frozenset({"project", "kind"})

    project = ScopedKeyField(queryset=Project.objects.all())

    class Meta:
        model = Permit
        fields: ClassVar = [
            "id",
            "project",
            "kind",
            "status",
            "number",
            "issuer",
            "issued_on",
            "expires_on",
            "remark",
            "version",
        ]
        read_only_fields: ClassVar = ["version"]


class PermitViewSet(WritableViewSet):
    """Permits of the projects within the caller's scope."""

    model = Permit
    serializer_class = PermitSerializer
    filterset_class = PermitFilter
    ordering_fields = ["expires_on"]

    def journal_subject(self, instance: Any) -> int:
        return int(instance.project_id)

    def perform_service_create(self, data: dict[str, Any]) -> Model:
        return add_permit(by=self.request.user, **data)

    def perform_service_change(self, instance: Any, version: int, data: dict[str, Any]) -> Model:
        return change_permit(permit=instance, version=version, by=self.request.user, **data)
