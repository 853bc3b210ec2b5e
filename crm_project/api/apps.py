from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "crm_project.api"
    label = "api"

    def ready(self) -> None:
        from crm_project.api import schema  # noqa: F401  registers the scheme
