from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HomeConfig(AppConfig):
    name = "crm_project.home"
    label = "home"

    def ready(self) -> None:
        from crm_project.home import my_day
        from crm_project.ui import menu, panels

        menu.register(
            menu.Room("day", _("My day"), icon="home", order=10),
            menu.Page("day", "home:my_day", _("Today"), 10),
            menu.Room("rules", _("Rules"), "scale", order=90, last=True),
            menu.Page("rules", "home:rule_list", _("Rules"), 10),
            menu.Page("rules", "home:calendar", _("Calendar"), 20),
        )
        panels.register(
            panels.SubjectEntry("rule_set", "home:rule_of_subject"),
            panels.FigureEntry("day", "clients:client_list", my_day.clients_figure, 10),
            panels.FigureEntry("day", "workflow:task_list", my_day.overdue_figure, 20),
            panels.FigureEntry("day", "workflow:task_list", my_day.today_figure, 30),
            panels.FigureEntry("day", "workflow:approval_list", my_day.approvals_figure, 40),
            panels.CardEntry(
                "day", "workflow:approval_list", "home/approvals_card.html", my_day.approvals_card, 10, "aside"
            ),
            panels.CardEntry("day", "workflow:task_list", "home/raised_card.html", my_day.raised_card, 20, "aside"),
        )
