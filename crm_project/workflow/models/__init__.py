from crm_project.workflow.models.approval import Act, Approval
from crm_project.workflow.models.document import Document, StoredFile
from crm_project.workflow.models.job import JobChunk, JobRun
from crm_project.workflow.models.journal import JournalEntry
from crm_project.workflow.models.notice import Notice
from crm_project.workflow.models.task import Task

__all__ = ["Act", "Approval", "Document", "JobChunk", "JobRun", "JournalEntry", "Notice", "StoredFile", "Task"]
