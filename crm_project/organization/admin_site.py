"""The administrator's pages: configuration only, behind the same sign-in as everything else."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm_project.organization.roles import Role


class BranchAdminSite(AdminSite):
    site_header = _("RongQiao configuration")
    site_title = _("RongQiao configuration")
    index_title = _("Configuration")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and getattr(request.user, "role", None) == Role.ADMINISTRATOR

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """There is one sign-in page, with lock-out; the admin has no door of its own."""
        return redirect(f"{reverse('home:sign_in')}?next={request.path}")
