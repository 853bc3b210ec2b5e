from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = _("Clients")

    def ready(self) -> None:
        from clients import metrics, rating_pieces, rule_readers
        from clients.search import find_clients, find_projects
        from clients.services import handover
        from crm_project.rules.metrics import register as register_metrics
        from crm_project.ui import menu, panels
        from crm_project.workflow.services import approvals, tasks

        menu.register(
            menu.Room("clients", _("Clients"), "users", 20),
            menu.Page(
                "clients",
                "clients:client_list",
                _("Clients"),
                10,
                covers=(
                    "clients:client_",
                    "clients:statement_",
                    "clients:upload_",
                    "clients:relation_",
                    "clients:cooperation_",
                ),
            ),
            menu.Room("projects", _("Projects"), "crane", 30),
            menu.Page(
                "projects",
                "clients:project_list",
                _("Projects"),
                10,
                covers=("clients:project_", "clients:permit_"),
            ),
        )
        panels.register(
            panels.TabEntry("client", "clients:client_detail", _("Overview"), 10),
            panels.TabEntry("client", "clients:client_statements", _("Financials"), 20),
            panels.TabEntry("client", "clients:client_history", _("History"), 90),
            panels.SubjectEntry("client", "clients:client_detail"),
            panels.SearchEntry("clients:client_detail", _("Clients"), find_clients, 10),
            panels.TabEntry("client", "clients:client_projects", _("Projects"), 50),
            panels.TabEntry("client", "clients:client_relations", _("Relations"), 60),
            panels.TabEntry("project", "clients:project_detail", _("Overview"), 10),
            panels.TabEntry("project", "clients:project_permits", _("Permits"), 20),
            panels.TabEntry("project", "clients:project_history", _("History"), 90),
            panels.SubjectEntry("project", "clients:project_detail"),
            panels.SearchEntry("clients:project_detail", _("Projects"), find_projects, 20),
        )
        rating_pieces.register()
        rule_readers.register()
        register_metrics(*metrics.PROVIDERS)
        approvals.register(handover.APPROVAL_KIND)
        tasks.register(handover.TASK_KIND)
