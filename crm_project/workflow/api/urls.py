from django.urls import path

from crm_project.workflow.api.views import ApprovalViewSet, DocumentViewSet, JobViewSet, NoticeViewSet, TaskViewSet

app_name = "workflow-api"
urlpatterns = [
    path("approvals/", ApprovalViewSet.as_view({"get": "list"}), name="approval-list"),
    path("approvals/<int:pk>/", ApprovalViewSet.as_view({"get": "retrieve"}), name="approval-detail"),
    path("tasks/", TaskViewSet.as_view({"get": "list"}), name="task-list"),
    path("tasks/<int:pk>/", TaskViewSet.as_view({"get": "retrieve"}), name="task-detail"),
    path("jobs/", JobViewSet.as_view({"get": "list"}), name="job-list"),
    path("jobs/<int:pk>/", JobViewSet.as_view({"get": "retrieve"}), name="job-detail"),
    path("notices/", NoticeViewSet.as_view({"get": "list"}), name="notice-list"),
    path("documents/", DocumentViewSet.as_view({"get": "list"}), name="document-list"),
    path("documents/<int:pk>/", DocumentViewSet.as_view({"get": "retrieve"}), name="document-detail"),
    path("documents/<int:pk>/content/", DocumentViewSet.as_view({"get": "content"}), name="document-content"),
]
