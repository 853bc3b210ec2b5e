from django.contrib.admin.apps import AdminConfig


class BranchAdminConfig(AdminConfig):
    default_site = "crm_project.organization.admin_site.BranchAdminSite"
