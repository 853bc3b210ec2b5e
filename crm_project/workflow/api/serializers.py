from typing import Any

from rest_framework import serializers

from crm_project.workflow import jobs
from crm_project.workflow.models import Approval, Document, JobRun, Notice, Task
from crm_project.workflow.services import approvals, notices, tasks


class ApprovalSerializer(serializers.ModelSerializer):
    subject_title = serializers.CharField(source="subject.title", read_only=True)
    role_needed = serializers.CharField(read_only=True)
    asked_by = serializers.CharField(source="asked_by.name", read_only=True)
    decided_by = serializers.CharField(source="decided_by.name", read_only=True, allow_null=True)
    changes = serializers.SerializerMethodField()

    class Meta:
        model = Approval
        fields = [
            "id",
            "subject",
            "subject_title",
            "kind",
            "amount",
            "role_needed",
            "level_needed",
            "state",
            "asked_by",
            "asked_at",
            "asked_reason",
            "decided_by",
            "decided_at",
            "decided_reason",
            "changes",
        ]
        read_only_fields = fields

    def get_changes(self, approval: Approval) -> list[dict[str, str]]:
        return [
            {"label": str(one.label), "before": one.before, "after": one.after}
            for one in approvals.changes_of(approval)
        ]


class TaskSerializer(serializers.ModelSerializer):
    subject_title = serializers.CharField(source="subject.title", read_only=True)
    title = serializers.SerializerMethodField()
    branch = serializers.CharField(source="branch.code", read_only=True)
    assignee = serializers.CharField(source="assignee.username", read_only=True, allow_null=True)

    class Meta:
        model = Task
        fields = [
            "id",
            "subject",
            "subject_title",
            "kind",
            "title",
            "amount",
            "role",
            "branch",
            "assignee",
            "due_at",
            "paused_at",
            "state",
            "created_at",
            "done_at",
            "outcome",
            "escalated_at",
        ]
        read_only_fields = fields

    def get_title(self, task: Task) -> str:
        return tasks.kind_of(task).title(task)


class JobSerializer(serializers.ModelSerializer):
    title = serializers.SerializerMethodField()
    owner = serializers.CharField(source="owner.username", read_only=True, allow_null=True)
    counts = serializers.SerializerMethodField()

    class Meta:
        model = JobRun
        fields = [
            "id",
            "kind",
            "title",
            "owner",
            "subject",
            "state",
            "done",
            "total",
            "attempts",
            "counts",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields

    def get_title(self, run: JobRun) -> str:
        return jobs.label_of(run.kind)

    def get_counts(self, run: JobRun) -> dict[str, int]:
        """Numbers by name, as the kind declares them; empty until there are any."""
        counts: dict[str, int] = (run.result or {}).get("counts", {})
        return counts


class DocumentSerializer(serializers.ModelSerializer):
    media_type = serializers.CharField(source="file.media_type", read_only=True)
    size = serializers.IntegerField(source="file.size", read_only=True)
    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    uploaded_by = serializers.CharField(source="uploaded_by.username", read_only=True)

    class Meta:
        model = Document
        fields = [
            "id",
            "subject",
            "kind",
            "name",
            "media_type",
            "size",
            "sha256",
            "uploaded_by",
            "uploaded_at",
            "retired_at",
            "retired_reason",
        ]
        read_only_fields = fields


class NoticeSerializer(serializers.ModelSerializer):
    text = serializers.SerializerMethodField()
    subject = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = ["id", "kind", "text", "subject", "created_at", "read_at"]
        read_only_fields = fields

    def get_text(self, notice: Notice) -> str:
        return notices.kind_of(notice).text(notice)

    def get_subject(self, notice: Any) -> int | None:
        """The subject's number while the account may see it."""
        return notice.subject_id if notice.subject_open else None
