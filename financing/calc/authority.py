"""Which level may decide a deal: the amounts by security and grade, and what always goes higher.

Source: RULES §28 and §22. Amounts in CNY. All figures come from the rule set authority/credit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any

from .results import N_, CalcError, Message

WORST_SERVED_GRADE = 12
"""R13 and worse get credit only to reduce risk; R11 and R12 only in rows that cover the deal (RULES §22)."""


class Security(StrEnum):
    CASH = "cash"
    COVERED = "covered"
    GUARANTEED = "guaranteed"
    NONE = "none"


class Level(IntEnum):
    """L1 branch head, L2 upper-branch risk head, L3 committee of the upper branch, L4 head office."""

    L1 = 1
    L2 = 2
    L3 = 3
    L4 = 4


class Special(StrEnum):
    """Deals that a committee always decides, whatever their amount."""

    RELATED_PARTY = "related_party"
    WATCH_LIST = "watch_list"
    RESTRUCTURING = "restructuring"
    POLICY_EXCEPTION = "policy_exception"
    ESCALATED_SCREENING = "escalated_screening"


SPECIAL_TEXTS = {
    Special.RELATED_PARTY: N_("a related party of the bank: committee"),
    Special.WATCH_LIST: N_("the client is on the watch list: committee"),
    Special.RESTRUCTURING: N_("a restructuring: committee"),
    Special.POLICY_EXCEPTION: N_("an exception from a rule: committee"),
    Special.ESCALATED_SCREENING: N_("screening was escalated: committee"),
}


@dataclass(frozen=True)
class AuthorityRow:
    """Amounts up to which L1, L2 and L3 decide one kind of security in one band of grades; None: without a bound."""

    security: Security
    grade_from: int
    grade_to: int
    limits: tuple[Decimal | None, Decimal | None, Decimal | None]


@dataclass(frozen=True)
class AuthorityRule:
    rows: tuple[AuthorityRow, ...]
    project_finance_committee_above: Decimal
    first_deal_committee_above: Decimal
    head_office_tenor_months: int
    guarantor_worst_grade: int

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "AuthorityRule":
        params = body["params"]
        return cls(
            rows=tuple(_row(row) for row in body["tables"]["amounts"]),
            project_finance_committee_above=Decimal(params["project_finance_committee_above"]),
            first_deal_committee_above=Decimal(params["first_deal_committee_above"]),
            head_office_tenor_months=int(params["head_office_tenor_months"]),
            guarantor_worst_grade=int(params["guarantor_worst_grade"]),
        )

    def row_for(self, security: Security, grade: int) -> AuthorityRow | None:
        """The row of a kind of security and a grade; None where no level may grant such a deal."""
        fitting = (row for row in self.rows if row.security is security and row.grade_from <= grade <= row.grade_to)
        return next(fitting, None)


@dataclass(frozen=True)
class Deal:
    """What the level depends on.

    grade: 1 for R1. parts: kinds of security that together carry the deal; where there are several, each is judged by
    its row. exposure: of the client's whole group after the deal; amount: of the deal alone; CNY.
    first: the client has no credit here yet. reduces_risk: the deal lowers exposure or improves security.
    """

    grade: int
    parts: tuple[Security, ...]
    amount: Decimal
    exposure: Decimal
    tenor_months: int
    project_finance: bool
    first: bool = False
    reduces_risk: bool = False
    special: frozenset[Special] = frozenset()


@dataclass(frozen=True)
class Reason:
    """One line of the answer: the level it asks for and why."""

    level: Level
    message: Message


@dataclass(frozen=True)
class Authority:
    """The level that decides, and every reason behind it, the highest first."""

    level: Level
    reasons: tuple[Reason, ...]


def level_needed(deal: Deal, rule: AuthorityRule) -> Authority:
    """The highest level that any line asks for.

    Raises CalcError grade_not_served where the grade may not get this credit at all, no_security without a part.
    Example: R5, coverage 100 %, 80 m of group exposure, working capital of 10 m: L2 (up to 100 m).
    """
    if not deal.parts:
        raise CalcError("no_security", N_("the deal names no kind of security"))
    reasons = [*_by_amount(deal, rule), *_always(deal, rule)]
    ordered = sorted(reasons, key=lambda reason: -reason.level)
    return Authority(ordered[0].level, tuple(ordered))


def _by_amount(deal: Deal, rule: AuthorityRule) -> list[Reason]:
    if deal.grade > WORST_SERVED_GRADE:
        if not deal.reduces_risk:
            template = N_("grade R%(grade)s may only get credit that reduces risk")
            raise CalcError("grade_not_served", template, grade=deal.grade)
        return [Reason(Level.L3, Message("risk_reducing", N_("R13 or worse, risk-reducing only: committee")))]
    return [_of_part(part, deal, rule) for part in deal.parts]


def _of_part(part: Security, deal: Deal, rule: AuthorityRule) -> Reason:
    row = rule.row_for(part, deal.grade)
    if row is None:
        template = N_("grade R%(grade)s may only get credit covered in full by collateral or cash")
        raise CalcError("grade_not_served", template, grade=deal.grade)
    for level, limit in zip((Level.L1, Level.L2, Level.L3), row.limits, strict=True):
        if limit is None:
            template = N_("group exposure %(exposure)s, L%(level)s without an upper bound in this row")
            return Reason(level, Message("unbounded", template, _facts(part, deal, int(level))))
        if deal.exposure <= limit:
            template = N_("group exposure %(exposure)s, L%(level)s up to %(limit)s")
            return Reason(level, Message("within", template, {**_facts(part, deal, int(level)), "limit": limit}))
    last = row.limits[-1] or Decimal(0)
    template = N_("group exposure %(exposure)s is above the %(limit)s of the committee")
    return Reason(Level.L4, Message("above", template, {**_facts(part, deal, 4), "limit": last}))


def _facts(part: Security, deal: Deal, level: int) -> dict[str, Decimal | int | str]:
    return {"exposure": deal.exposure, "level": level, "security": part.value, "grade": deal.grade}


def _always(deal: Deal, rule: AuthorityRule) -> Sequence[Reason]:
    found = []
    if deal.project_finance and deal.amount > rule.project_finance_committee_above:
        template = N_("project finance above %(limit)s: committee")
        facts = {"limit": rule.project_finance_committee_above}
        found.append(Reason(Level.L3, Message("project_finance", template, facts)))
    if deal.first and deal.amount > rule.first_deal_committee_above:
        template = N_("first deal of the client, above %(limit)s: committee")
        found.append(Reason(Level.L3, Message("first_deal", template, {"limit": rule.first_deal_committee_above})))
    if deal.tenor_months > rule.head_office_tenor_months:
        template = N_("tenor of %(months)s months, above %(limit)s: head office")
        facts_of_tenor = {"months": deal.tenor_months, "limit": rule.head_office_tenor_months}
        found.append(Reason(Level.L4, Message("tenor", template, facts_of_tenor)))
    found += [Reason(Level.L3, Message(one.value, SPECIAL_TEXTS[one])) for one in sorted(deal.special)]
    return found


def _row(row: Mapping[str, str]) -> AuthorityRow:
    l1, l2, l3 = (Decimal(row[name]) if row[name] else None for name in ("l1", "l2", "l3"))
    return AuthorityRow(Security(row["security"]), int(row["grade_from"]), int(row["grade_to"]), (l1, l2, l3))
