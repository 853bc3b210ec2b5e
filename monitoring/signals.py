"""News from below that this room acts on."""

from typing import Any

from django.dispatch import receiver

from clients.models import Project
from clients.signals import project_rerooted
from monitoring.models import CapitalPayment, Invoice, ProgressReport, ProjectContract

PARTS = (ProjectContract, Invoice, CapitalPayment, ProgressReport)
"""What belongs to a project without a subject of its own. A loan contract stays with the client who signed it."""


@receiver(project_rerooted, dispatch_uid="supervision moves with its project")
def follow_the_project(sender: type[Project], project: Project, **more: Any) -> None:
    """What hangs on a project goes to its new root with it, inside the same transaction."""
    for model in PARTS:
        model.objects.filter(project=project).update(root_id=project.root_id)
