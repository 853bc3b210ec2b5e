from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MonitoringConfig(AppConfig):
    name = "monitoring"
    verbose_name = _("Supervision of funds")

    def ready(self) -> None:
        from crm_project.ui import menu, panels
        from crm_project.workflow.services import tasks
        from monitoring import signals  # noqa: F401  connects the receivers
        from monitoring.services.drawdown import TASK_KINDS

        tasks.register(*TASK_KINDS)
        menu.register(
            menu.Room("supervision", pgettext_lazy("room", "Funds"), "shield-check", 40),
            menu.Page("supervision", "monitoring:drawdown_list", _("Drawdowns"), 10),
            menu.Page(
                "supervision",
                "monitoring:facility_list",
                _("Loan contracts"),
                20,
                covers=("monitoring:facility_", "monitoring:"),
            ),
        )
        panels.register(
            panels.TabEntry("project", "monitoring:project_supervision", pgettext_lazy("room", "Supervision"), 60),
            panels.SubjectEntry("facility", "monitoring:facility_detail"),
            panels.SubjectEntry("drawdown", "monitoring:drawdown_desk"),
        )
