"""What service each tier is promised. Source: RULES §26."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ServiceStandard:
    """What a tier is promised. Times in working hours; proposal_hours None: by agreement."""

    tier: str
    name_en: str
    name_zh: str
    visit: str
    visit_every_days: int
    enquiry_reply_hours: int
    proposal_hours: int | None
    owner: str
    owner_zh: str
    meeting: str
    meeting_zh: str
    review_days: int
    value_added: tuple[str, ...]


def service_standards(body: Mapping[str, Any]) -> dict[str, ServiceStandard]:
    """Standards by tier from the body of the rule `service/client`.

    Raises ValueError where a tier waits longer for a first reply than tier C.
    """
    standards = {
        row["tier"]: ServiceStandard(
            tier=row["tier"],
            name_en=row["tier_en"],
            name_zh=row["tier_zh"],
            visit=row["visit"],
            visit_every_days=int(row["visit_every_days"]),
            enquiry_reply_hours=int(row["enquiry_reply_working_hours"]),
            proposal_hours=int(row["proposal_working_hours"]) if row["proposal_working_hours"] else None,
            owner=row["owner"],
            owner_zh=row["owner_zh"],
            meeting=row["meeting"],
            meeting_zh=row["meeting_zh"],
            review_days=int(row["tier_review_days"]),
            value_added=tuple(key for key in row["value_added"].split(";") if key),
        )
        for row in body["tables"]["standards"]
    }
    slowest = standards["C"].enquiry_reply_hours
    for standard in standards.values():
        if standard.enquiry_reply_hours > slowest:
            raise ValueError(f"service standards: tier {standard.tier} waits longer than tier C")
    return standards
