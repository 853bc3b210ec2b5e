"""Financial statements and the workbooks they came in as resources."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from clients.api.parts import ScopedKeyField
from clients.filters import StatementFilter, StatementUploadFilter
from clients.models import Client, Statement, StatementUpload
from clients.services.statement_upload import read_upload
from clients.services.statements import commit_upload, drop_upload
from clients.statement_books import filings_replaced, newest_upload, template_lines
from clients.statement_texts import finding_text
from crm_project.api.views import ScopedViewSet
from crm_project.rules.fields import MoneyField

LINES = [field.name for field in Statement._meta.fields if isinstance(field, MoneyField)]


class StatementSerializer(serializers.ModelSerializer):
    """Figures in CNY: flows of the year to date, stocks at the period end; null where nothing was reported."""

    class Meta:
        model = Statement
        fields: ClassVar = [
            "id",
            "client",
            "upload",
            "period_end",
            "months",
            "consolidated",
            "audit_opinion",
            "superseded_at",
            *LINES,
        ]
        read_only_fields = fields


class StatementUploadSerializer(serializers.ModelSerializer):
    """A workbook as read. `replaces`: ids of the current filings it would supersede, to be sent back on commit."""

    problems = serializers.SerializerMethodField()
    replaces = serializers.SerializerMethodField()
    uploaded_by = serializers.CharField(source="uploaded_by.username", read_only=True)

    class Meta:
        model = StatementUpload
        fields: ClassVar = [
            "id",
            "client",
            "file_name",
            "state",
            "content",
            "problems",
            "replaces",
            "uploaded_by",
            "uploaded_at",
            "closed_at",
        ]
        read_only_fields = fields

    def get_problems(self, upload: StatementUpload) -> list[dict[str, Any]]:
        """Findings with sheet, row, column, line, period, code, severity and the sentence in the caller's language."""
        rule, unit = self.context["rule"], upload.content.get("unit", "")
        return [{**problem, "text": finding_text(rule, problem, unit)} for problem in upload.problems]

    def get_replaces(self, upload: StatementUpload) -> list[int]:
        if upload.state != StatementUpload.State.PREVIEW:
            return []
        return [statement.pk for statement in filings_replaced(upload)]


class StatementFileSerializer(serializers.Serializer[Any]):
    client = ScopedKeyField(queryset=Client.objects.all())
    file = serializers.FileField(allow_empty_file=True, max_length=255)


class CommitSerializer(serializers.Serializer[Any]):
    replaces = serializers.ListField(child=serializers.IntegerField(), max_length=100)
    warnings_read = serializers.BooleanField(default=False)


class StatementViewSet(ScopedViewSet):
    """Statements in the books, the superseded ones with them."""

    model = Statement
    serializer_class = StatementSerializer
    filterset_class = StatementFilter
    ordering_fields = ["period_end"]
    retrieve = mixins.RetrieveModelMixin.retrieve

    def journal_subject(self, instance: Any) -> int:
        return int(instance.client_id)


class StatementUploadViewSet(ScopedViewSet):
    """Workbooks of statements: upload one, see what was read and what is wrong, take it over or drop it."""

    model = StatementUpload
    serializer_class = StatementUploadSerializer
    filterset_class = StatementUploadFilter
    ordering_fields = ["uploaded_at"]
    parser_classes = [MultiPartParser, JSONParser]
    retrieve = mixins.RetrieveModelMixin.retrieve

    def rows(self) -> QuerySet[Any]:
        return StatementUpload.objects.select_related("uploaded_by")

    def journal_subject(self, instance: Any) -> int:
        return int(instance.client_id)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "rule": template_lines()}

    @extend_schema(
        request={"multipart/form-data": StatementFileSerializer},
        responses={200: StatementUploadSerializer, 201: StatementUploadSerializer},
    )
    def create(self, request: Request) -> Response:
        """Read a workbook into a preview. A file that is known already answers 200 with its first upload."""
        given = StatementFileSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        client = given.validated_data["client"]
        newest = newest_upload(client)
        upload = read_upload(client=client, upload=given.validated_data["file"], by=self.request.user)
        request._request.journal_subject_id = client.pk  # type: ignore[attr-defined]
        return Response(self.get_serializer(upload).data, status=201 if upload.pk > newest else 200)

    @extend_schema(request=CommitSerializer, responses=StatementSerializer(many=True))
    @action(detail=True, methods=["post"])
    def commit(self, request: Request, pk: str) -> Response:
        """Take a preview into the books; answers the new filings."""
        upload = self.get_object()
        given = CommitSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        booked = commit_upload(upload=upload, **given.validated_data, by=self.request.user)
        return Response(StatementSerializer(booked, many=True).data)

    @extend_schema(request=None, responses=StatementUploadSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str) -> Response:
        """Put a preview aside."""
        return Response(self.get_serializer(drop_upload(upload=self.get_object())).data)
