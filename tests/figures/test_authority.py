"""Authority table and committee rules of RULES §28, every cell, in 万元; which grades may get credit: §22."""

from decimal import Decimal

import pytest

from crm_project.rules.shipped import shipped_body
from financing.calc.authority import AuthorityRule, Deal, Level, Security, Special, level_needed
from financing.calc.committee import Ballot, CommitteeRule, count_ballot
from financing.calc.results import CalcError

WAN = Decimal(10_000)
BODY = shipped_body("authority", "credit")
RULE, COMMITTEE = AuthorityRule.from_body(BODY), CommitteeRule.from_body(BODY)

TABLE = {
    # security: L1/L2/L3 for R1–R6, R7–R9, R10–R12; None is no upper bound
    "cash": ((5_000, 20_000, None), (5_000, 20_000, None), (3_000, 10_000, None)),
    "covered": ((3_000, 10_000, 50_000), (1_500, 6_000, 30_000), (500, 2_000, 10_000)),
    "guaranteed": ((2_000, 8_000, 30_000), (1_000, 4_000, 15_000), (0, 1_000, 5_000)),
    "none": ((0, 3_000, 20_000), (0, 0, 5_000), (0, 0, 0)),
}
BANDS = ((1, 6), (7, 9), (10, 10))
CELLS = [
    (security, grade, limits)
    for security, bands in TABLE.items()
    for (best, worst), limits in zip(BANDS, bands, strict=True)
    for grade in (best, worst)
]


def deal(grade: int, *parts: str, exposure: Decimal, **facts: object) -> Deal:
    given: dict[str, object] = {"amount": 1 * WAN, "tenor_months": 60, "project_finance": False, **facts}
    return Deal(grade=grade, parts=tuple(Security(part) for part in parts), exposure=exposure, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("security", "grade", "limits"), CELLS)
def test_each_cell_decides_up_to_its_amount_and_not_a_cent_more(
    security: str, grade: int, limits: tuple[int | None, ...]
) -> None:
    for number, limit in enumerate(limits, start=1):
        if limit is None:
            assert level_needed(deal(grade, security, exposure=900_000 * WAN), RULE).level == Level.L3
            continue
        at, above = limit * WAN, limit * WAN + Decimal("0.01")
        if limit and (number == 1 or limit > (limits[number - 2] or 0)):
            assert level_needed(deal(grade, security, exposure=at), RULE).level == number
        assert level_needed(deal(grade, security, exposure=above), RULE).level > number


@pytest.mark.parametrize("grade", [11, 12])
def test_r11_and_r12_get_credit_only_when_covered_in_full(grade: int) -> None:
    assert level_needed(deal(grade, "cash", exposure=3_000 * WAN), RULE).level == Level.L1
    assert level_needed(deal(grade, "covered", exposure=2_000 * WAN), RULE).level == Level.L2
    for security in ("guaranteed", "none"):
        with pytest.raises(CalcError, match="covered in full") as refused:
            level_needed(deal(grade, security, exposure=WAN), RULE)
        assert refused.value.code == "grade_not_served"


def test_r13_and_worse_only_reduce_risk_and_only_the_committee_says_so() -> None:
    with pytest.raises(CalcError, match="reduces risk"):
        level_needed(deal(13, "cash", exposure=WAN), RULE)
    assert level_needed(deal(15, "cash", exposure=WAN, reduces_risk=True), RULE).level == Level.L3


@pytest.mark.parametrize(
    ("facts", "level", "code"),
    [
        ({"project_finance": True, "amount": 3_000 * WAN}, Level.L1, "within"),
        ({"project_finance": True, "amount": 3_000 * WAN + 1}, Level.L3, "project_finance"),
        ({"first": True, "amount": 5_000 * WAN}, Level.L1, "within"),
        ({"first": True, "amount": 5_000 * WAN + 1}, Level.L3, "first_deal"),
        ({"tenor_months": 120}, Level.L1, "within"),
        ({"tenor_months": 121}, Level.L4, "tenor"),
        *(({"special": frozenset({one})}, Level.L3, one.value) for one in Special),
    ],
)
def test_what_always_goes_higher(facts: dict[str, object], level: Level, code: str) -> None:
    answer = level_needed(deal(5, "covered", exposure=1_000 * WAN, **facts), RULE)
    assert (answer.level, answer.reasons[0].message.code) == (level, code)


def test_mixed_security_goes_to_the_highest_level_of_its_parts() -> None:
    answer = level_needed(deal(8, "covered", "guaranteed", exposure=5_000 * WAN), RULE)
    assert answer.level == Level.L3
    assert [reason.level for reason in answer.reasons] == [Level.L3, Level.L2]


@pytest.mark.parametrize(
    ("members", "yes", "no", "abstain", "veto", "answer"),
    [
        (9, 5, 0, 0, False, "no_quorum"),
        (9, 4, 3, 0, False, "refused"),
        (9, 5, 2, 0, False, "passed"),
        (9, 5, 0, 2, False, "passed"),
        (9, 5, 2, 0, True, "refused"),
        (9, 4, 3, 0, True, "nothing_to_veto"),
        (7, 4, 0, 1, False, "passed"),
        (7, 4, 0, 0, False, "no_quorum"),
        (7, 8, 0, 0, False, "too_many_present"),
        (6, 6, 0, 0, False, "too_few_members"),
        (9, 8, -1, 0, False, "negative_votes"),
    ],
)
def test_the_committee_needs_its_quorum_and_two_thirds_of_those_present(
    members: int, yes: int, no: int, abstain: int, veto: bool, answer: str
) -> None:
    try:
        outcome = count_ballot(Ballot(members, yes, no, abstain), COMMITTEE, veto=veto)
    except CalcError as error:
        assert error.code == answer
    else:
        assert ("passed" if outcome.passed else "refused") == answer


def test_seven_present_need_five_yes() -> None:
    assert count_ballot(Ballot(9, 7, 0, 0), COMMITTEE).needed == 5
