"""What decisions and lines bring to the pages of others: menu, tab, kinds of tasks and notices."""

from django.utils.translation import gettext_lazy as _

from crm_project.ui import menu, panels
from crm_project.workflow.services import notices, tasks
from financing.services.decision_desk import NOTICE_KINDS, TASK_KINDS


def register() -> None:
    menu.register(
        menu.Page(
            "projects",
            "financing:decision_list",
            _("Decisions"),
            30,
            covers=("financing:decision_", "financing:condition_"),
        )
    )
    panels.register(
        panels.TabEntry("client", "financing:line_list", _("Credit lines"), 45),
        panels.SubjectEntry("decision", "financing:decision_detail"),
    )
    tasks.register(*TASK_KINDS)
    notices.register(*NOTICE_KINDS)
