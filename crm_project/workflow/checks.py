from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from crm_project.workflow import faults


@register(Tags.security, deploy=True)
def no_fault_points_are_on(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not faults.is_on():
        return []
    return [Error(f"{faults.VARIABLE} is set: work would be broken on purpose", id="workflow.E001")]
