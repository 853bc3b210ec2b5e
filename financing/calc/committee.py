"""The credit committee: quorum, majority and veto. Source: RULES §28; the figures come from authority/credit."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from .results import N_, CalcError


@dataclass(frozen=True)
class CommitteeRule:
    """least_members: below it there is no committee. quorum: share of the members; least_present: and never fewer.
    passing: share of those present that must say yes."""

    least_members: int
    quorum: Fraction
    least_present: int
    passing: Fraction

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "CommitteeRule":
        params = body["params"]
        return cls(
            least_members=int(params["committee_members"]),
            quorum=Fraction(params["committee_quorum"]),
            least_present=int(params["committee_least_present"]),
            passing=Fraction(params["committee_pass"]),
        )


@dataclass(frozen=True)
class Ballot:
    """What was counted. Abstention counts as present."""

    members: int
    yes: int
    no: int
    abstain: int

    @property
    def present(self) -> int:
        return self.yes + self.no + self.abstain


@dataclass(frozen=True)
class Outcome:
    """quorum: how many had to be present; needed: yes votes a pass takes; passed: by vote and not vetoed."""

    quorum: int
    needed: int
    voted_for: bool
    passed: bool


def count_ballot(ballot: Ballot, rule: CommitteeRule, *, veto: bool = False) -> Outcome:
    """The result of a vote. The chair may veto a pass; a refusal stays a refusal.

    Raises CalcError too_few_members, no_quorum, too_many_present, negative_votes, nothing_to_veto.
    Example: 9 members, 7 present, 5 yes: passed; 4 yes: refused; 5 present: no quorum.
    """
    if min(ballot.yes, ballot.no, ballot.abstain) < 0:
        raise CalcError("negative_votes", N_("votes are not negative"))
    if ballot.members < rule.least_members:
        template = N_("the committee has %(members)s members, it needs %(least)s")
        raise CalcError("too_few_members", template, members=ballot.members, least=rule.least_members)
    if ballot.present > ballot.members:
        template = N_("%(present)s votes were counted, the committee has %(members)s members")
        raise CalcError("too_many_present", template, present=ballot.present, members=ballot.members)
    quorum = max(ceil(ballot.members * rule.quorum), rule.least_present)
    if ballot.present < quorum:
        template = N_("no quorum: %(present)s of %(members)s are present, %(quorum)s are needed")
        raise CalcError("no_quorum", template, present=ballot.present, members=ballot.members, quorum=quorum)
    needed = ceil(ballot.present * rule.passing)
    voted_for = ballot.yes >= needed
    if veto and not voted_for:
        raise CalcError("nothing_to_veto", N_("the vote has refused the deal; there is nothing to veto"))
    return Outcome(quorum, needed, voted_for, voted_for and not veto)
