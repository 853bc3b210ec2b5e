from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.request import Request

from crm_project.api.views import ScopedViewSet
from crm_project.organization.requests import StaffRequest
from crm_project.workflow.api.serializers import (
    ApprovalSerializer,
    DocumentSerializer,
    JobSerializer,
    NoticeSerializer,
    TaskSerializer,
)
from crm_project.workflow.filters import ApprovalFilter, DocumentFilter, JobFilter, TaskFilter
from crm_project.workflow.models import Approval, Document, JobRun, Notice, Task
from crm_project.workflow.views.document import document_download


class ApprovalViewSet(ScopedViewSet):
    """Approvals about subjects within the caller's scope. They are decided on their page."""

    model = Approval
    serializer_class = ApprovalSerializer
    filterset_class = ApprovalFilter
    ordering_fields = ["asked_at", "decided_at"]
    retrieve = mixins.RetrieveModelMixin.retrieve

    def rows(self) -> QuerySet[Any]:
        return Approval.objects.select_related("subject", "asked_by", "decided_by")


class TaskViewSet(ScopedViewSet):
    """Tasks about subjects within the caller's scope."""

    model = Task
    serializer_class = TaskSerializer
    filterset_class = TaskFilter
    ordering_fields = ["due_at"]
    retrieve = mixins.RetrieveModelMixin.retrieve

    def rows(self) -> QuerySet[Any]:
        return Task.objects.select_related("subject", "branch", "assignee")


class JobViewSet(ScopedViewSet):
    """The caller's background jobs, and those about subjects within its scope."""

    model = JobRun
    serializer_class = JobSerializer
    filterset_class = JobFilter
    ordering_fields = ["created_at", "finished_at"]
    retrieve = mixins.RetrieveModelMixin.retrieve

    def rows(self) -> QuerySet[Any]:
        return JobRun.objects.select_related("owner")


class NoticeViewSet(ScopedViewSet):
    """The caller's own notices, as a list."""

    model = Notice
    serializer_class = NoticeSerializer
    ordering_fields = ["id"]

    def rows(self) -> QuerySet[Any]:
        return Notice.objects.select_related("subject")


class DocumentViewSet(ScopedViewSet):
    """Documents of subjects within the caller's scope: what is known of them, and their content."""

    model = Document
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilter
    ordering_fields = ["uploaded_at"]
    retrieve = mixins.RetrieveModelMixin.retrieve

    def rows(self) -> QuerySet[Any]:
        return Document.objects.select_related("file", "uploaded_by")

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def content(self, request: Request, pk: int) -> HttpResponseBase:
        """The file as an attachment."""
        return document_download(cast(StaffRequest, request._request), pk)
