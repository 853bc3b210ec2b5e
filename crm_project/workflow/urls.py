from django.urls import path

from crm_project.ui.lists import list_urls
from crm_project.workflow.views import approval, document, job, notice, task

app_name = "workflow"
urlpatterns = [
    *list_urls("approval", approval.ApprovalList, "approvals/"),
    path("approvals/<int:pk>/", approval.approval_detail, name="approval_detail"),
    path("approvals/<int:pk>/decide/", approval.approval_decide, name="approval_decide"),
    path("approvals/<int:pk>/withdraw/", approval.approval_withdraw, name="approval_withdraw"),
    *list_urls("task", task.TaskList, "tasks/"),
    path("tasks/<int:pk>/finish/", task.task_finish, name="task_finish"),
    path("notices/", notice.notice_list, name="notice_list"),
    path("notices/read/", notice.notice_read, name="notice_read"),
    path("notices/count/", notice.notice_count, name="notice_count"),
    *list_urls("job", job.JobList, "jobs/"),
    path("jobs/<int:pk>/", job.job_detail, name="job_detail"),
    path("jobs/<int:pk>/progress/", job.job_progress, name="job_progress"),
    path("jobs/<int:pk>/cancel/", job.job_cancel, name="job_cancel"),
    path("jobs/<int:pk>/retry/", job.job_retry, name="job_retry"),
    path("subjects/<int:pk>/documents/", document.document_list, name="document_list"),
    path("subjects/<int:pk>/documents/new/", document.document_upload, name="document_upload"),
    path("documents/<int:pk>/", document.document_download, name="document_download"),
    path("documents/<int:pk>/retire/", document.document_retire, name="document_retire"),
]
