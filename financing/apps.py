from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FinancingConfig(AppConfig):
    name = "financing"
    verbose_name = _("Financing")

    def ready(self) -> None:
        from crm_project.ui import menu, panels
        from financing import decision_pieces, rule_readers, signals  # noqa: F401  connects the receivers
        from financing.services import refresh  # noqa: F401  connects its receiver

        rule_readers.register()
        decision_pieces.register()
        menu.register(
            menu.Page(
                "projects",
                "financing:plan_list",
                _("Financing plans"),
                20,
                covers=("financing:",),
            ),
        )
        panels.register(
            panels.TabEntry("project", "financing:project_budget", _("Budget"), 30),
            panels.TabEntry("project", "financing:project_cases", _("Cash flow"), 35),
            panels.TabEntry("project", "financing:project_security", _("Security"), 40),
            panels.TabEntry("project", "financing:project_plans", _("Plans"), 50),
            panels.SubjectEntry("plan", "financing:plan_workbench"),
        )
