"""News of this room, and news from below that it acts on."""

from typing import Any

from django.dispatch import Signal, receiver

from clients.models import Project
from clients.signals import project_rerooted
from crm_project.organization.models import Subject
from financing.models import BudgetLine, CashFlowCase, Collateral, Decision, Guarantee, Plan

facts_changed = Signal()
"""Budget, a case or the security of a project changed: sent inside the transaction with project."""

PARTS = (BudgetLine, CashFlowCase, Guarantee)
"""What belongs to a project without a subject of its own."""


@receiver(project_rerooted, dispatch_uid="financing moves with its project")
def follow_the_project(sender: type[Project], project: Project, **more: Any) -> None:
    """What hangs on a project goes to its new root with it, inside the same transaction."""
    things = Collateral.objects.filter(project=project)
    plans = Plan.objects.filter(project=project)
    decisions = Decision.objects.filter(plan__project=project)
    numbers = [pk for rows in (things, plans, decisions) for pk in rows.values_list("pk", flat=True)]
    list(Subject.objects.select_for_update(no_key=True).filter(pk__in=numbers).order_by("pk"))
    Subject.objects.filter(pk__in=numbers).update(root_id=project.root_id)
    for rows in (things, plans, decisions, *(model.objects.filter(project=project) for model in PARTS)):
        rows.update(root_id=project.root_id)
