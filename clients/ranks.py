"""Grades and tiers in their own order: as texts R10 would come before R2, and S after D."""

from django.db.models import Case, Expression, IntegerField, Value, When
from django.db.models.functions import Cast, Substr

DEFAULT_RANK = 99
TIERS = ("S", "A", "B", "C", "D")
GRADES = (*(f"R{number}" for number in range(1, 16)), "D")


def grade_rank(column: str = "grade") -> Expression:
    """1 for R1 … 15 for R15, 99 for default; empty without a grade."""
    return Case(
        When(**{column: "D"}, then=Value(DEFAULT_RANK)),
        When(**{f"{column}__startswith": "R"}, then=Cast(Substr(column, 2), IntegerField())),
        output_field=IntegerField(),
    )


def tier_rank() -> Expression:
    """0 for the best tier … 4; empty without a tier."""
    return Case(*(When(tier=tier, then=Value(place)) for place, tier in enumerate(TIERS)), output_field=IntegerField())
