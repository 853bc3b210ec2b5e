from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganizationConfig(AppConfig):
    name = "crm_project.organization"
    label = "organization"
    verbose_name = _("Organization")

    def ready(self) -> None:
        from crm_project.organization import checks  # noqa: F401  (registers the checks)
