"""Drafts follow the facts they rest on: a changed budget, case or security is calculated into them at once."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from clients.models import Project
from financing.models import PlanVersion
from financing.services.plan_result import result_of
from financing.services.rulebook import rule_book
from financing.signals import facts_changed


@receiver(facts_changed, dispatch_uid="drafts follow the facts")
def refresh_drafts(sender: Any, project: Project, **more: Any) -> None:
    """New results for all drafts of a project. Assumptions stay, so open windows need not be told."""
    drafts = PlanVersion.objects.filter(plan__project=project, state=PlanVersion.State.DRAFT)
    rules = None
    for version in drafts.select_related("plan__project", "case"):
        rules = rules or rule_book(timezone.localdate())
        result, versions = result_of(version, rules)
        PlanVersion.objects.filter(pk=version.pk).update(result=result, rule_versions=versions)
