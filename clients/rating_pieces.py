"""What ratings and tiers bring to the pages and lists of others: tabs, cards, menu, kinds of approvals and tasks."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.models import Client, Rating, TierResult
from clients.rating_page import summary_of
from clients.services import rating_approval, rating_due, tier
from clients.signals import statements_booked
from clients.tier_page import page_of
from crm_project.organization.requests import StaffRequest
from crm_project.ui import menu, panels
from crm_project.workflow.services import approvals, tasks


def register() -> None:
    menu.register(menu.Page("clients", "clients:rating_list", _("Ratings"), 30))
    panels.register(
        panels.TabEntry("client", "clients:client_rating", _("Rating"), 30),
        panels.TabEntry("client", "clients:client_tier", _("Tier & service"), 40),
        panels.CardEntry("client", "clients:client_rating", "clients/rating_card.html", rating_card, 20),
        panels.CardEntry("client", "clients:client_tier", "clients/tier_card.html", tier_card, 30),
    )
    approvals.register(*rating_approval.APPROVAL_KINDS)
    tasks.register(tier.CONTACT_KIND, rating_due.TASK_KIND)
    statements_booked.connect(rating_due.end_override, dispatch_uid="override ends with the next statement")


def rating_card(request: StaffRequest, client: Client) -> dict[str, Any] | None:
    """Where the points of the grade in force come from, by group."""
    rating = Rating.objects.confirmed().filter(client=client).select_related("rule_set").first()
    return summary_of(rating) if rating else None


def tier_card(request: StaffRequest, client: Client) -> dict[str, Any] | None:
    result = TierResult.objects.filter(client=client).select_related("rule_set").first()
    return page_of(result) if result else None
