from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class WorkflowConfig(AppConfig):
    name = "crm_project.workflow"
    label = "workflow"
    verbose_name = _("Workflow")

    def ready(self) -> None:
        from crm_project.ui import menu
        from crm_project.workflow import checks, kinds, signals  # noqa: F401  (checks, and sign-in into the journal)
        from crm_project.workflow.services import notices

        kinds.register()
        menu.register(
            menu.Page("day", "workflow:task_list", _("Tasks"), 20, ("workflow:task_",)),
            menu.Page("day", "workflow:approval_list", _("Approvals"), 30),
            menu.Page("day", "workflow:notice_list", _("Notices"), 40),
            menu.Page("day", "workflow:job_list", _("Jobs"), 90),
            menu.Bell("workflow:notice_list", notices.unread, "workflow:notice_count"),
        )
        autodiscover_modules("tasks")  # every room's kinds of jobs
