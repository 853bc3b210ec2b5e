"""Addresses of the bank's own face. Rooms are included by name, so that the platform imports none of them."""

from django.contrib import admin
from django.urls import include, path

from crm_project.home import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("configuration/", admin.site.urls),
    path("api/", include("crm_project.api.urls")),
    path("api/v1/", include("crm_project.workflow.api.urls")),
    path("api/v1/", include("clients.api.urls")),
    path("api/v1/", include("financing.api.urls")),
    path("api/v1/", include("monitoring.api.urls")),
    path("work/", include("crm_project.workflow.urls")),
    path("clients/", include("clients.urls")),
    path("financing/", include("financing.urls")),
    path("monitoring/", include("monitoring.urls")),
    path("", include("crm_project.home.urls")),
]

handler400 = "crm_project.ui.errors.bad_request"
handler403 = "crm_project.ui.errors.forbidden"
handler404 = "crm_project.ui.errors.not_found"
handler500 = "crm_project.ui.errors.server_error"
