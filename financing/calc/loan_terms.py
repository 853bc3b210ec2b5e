"""Limits on tenor, instalments and extension, and the bank's conditions for an agreed repayment plan.

Source: RULES §1.5, §11, §31.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from crm_project.rules.workdays import add_months

from .interest import PenaltyTerms
from .results import N_, Check, Message

SOURCE = "loan_terms/all"


class LoanKind(StrEnum):
    FIXED_ASSET = "fixed_asset"
    WORKING_CAPITAL = "working_capital"
    WORKING_CAPITAL_LONG_CYCLE = "working_capital_long_cycle"


@dataclass(frozen=True)
class LoanTermRules:
    """Figures of the rule set; months, counts a year, multiples or fractions as the names say."""

    tenor_months: Mapping[LoanKind, int]
    instalments_per_year: int
    instalments_per_year_relaxed: int
    first_principal_months: int
    extension_share_long: Decimal
    extension_share_short: Decimal
    plan_dscr_floor: Decimal
    plan_downside_floor: Decimal
    plan_last_share: Decimal
    client_reply_workdays: int
    overdue_uplift_least: Decimal
    overdue_uplift_most: Decimal
    misuse_uplift_least: Decimal
    misuse_uplift_most: Decimal
    penalty: PenaltyTerms

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "LoanTermRules":
        """Rules from a body with table `terms` of key and value. Raises KeyError where a key is missing."""
        terms = {row["key"]: Decimal(row["value"]) for row in body["tables"]["terms"]}
        return cls(
            tenor_months={kind: int(terms[f"tenor_months_{kind.value}"]) for kind in LoanKind},
            instalments_per_year=int(terms["instalments_per_year"]),
            instalments_per_year_relaxed=int(terms["instalments_per_year_relaxed"]),
            first_principal_months=int(terms["first_principal_months"]),
            extension_share_long=terms["extension_share_long"],
            extension_share_short=terms["extension_share_short"],
            plan_dscr_floor=terms["plan_dscr_floor"],
            plan_downside_floor=terms["plan_downside_floor"],
            plan_last_share=terms["plan_last_share"],
            client_reply_workdays=int(terms["client_reply_workdays"]),
            overdue_uplift_least=terms["overdue_uplift_least"],
            overdue_uplift_most=terms["overdue_uplift_most"],
            misuse_uplift_least=terms["misuse_uplift_least"],
            misuse_uplift_most=terms["misuse_uplift_most"],
            penalty=PenaltyTerms(terms["overdue_uplift"], terms["misuse_uplift"]),
        )

    def admits_penalty(self, terms: PenaltyTerms) -> bool:
        """Whether a contract's uplifts lie inside the bands."""
        return (
            self.overdue_uplift_least <= terms.overdue <= self.overdue_uplift_most
            and self.misuse_uplift_least <= terms.misuse <= self.misuse_uplift_most
        )


def check_tenor(signed_on: date, matures_on: date, kind: LoanKind, rules: LoanTermRules) -> Check:
    """Contract term against the general limit; a longer one needs head office or its delegate. Figures are dates."""
    limit = add_months(signed_on, rules.tenor_months[kind])
    passed = matures_on <= limit
    cures = (
        ()
        if passed
        else (
            Message("shorten", N_("end the loan by %(day)s"), {"day": limit}),
            Message("head_office", N_("have head office or its delegate approve the longer term")),
        )
    )
    return Check("tenor", matures_on, limit, (limit - matures_on).days, passed, "date", SOURCE, cures)


def check_extension(signed_on: date, matures_on: date, extended_to: date, rules: LoanTermRules) -> Check:
    """Total extension against the original term: all of it up to a year, half of it above. Figures are days."""
    term = (matures_on - signed_on).days
    long = matures_on > add_months(signed_on, 12)
    limit = int(term * (rules.extension_share_long if long else rules.extension_share_short))
    asked = (extended_to - matures_on).days
    cures = () if asked <= limit else (Message("shorten", N_("extend by at most %(days)s days"), {"days": limit}),)
    return Check("extension", asked, limit, limit - asked, asked <= limit, "count", SOURCE, cures)
