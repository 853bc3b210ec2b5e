"""Slotting of project companies: vectors of RULES §7.3 and §24."""

import copy
from dataclasses import replace
from decimal import Decimal

import pytest

from clients.calc.explanation import nearest_to_worse
from clients.calc.scale import MasterScale
from clients.calc.slotting import (
    CannotSlot,
    SlottingFacts,
    SlottingRule,
    Sponsor,
    Support,
    combine,
    financial_strength,
    gap_needs_explanation,
    rating_path,
    slot,
    sponsor_category,
    supported_grade,
)
from crm_project.rules.shipped import shipped_body

RULE = SlottingRule.from_body(shipped_body("slotting", "project_finance"))
SCALE = MasterScale.from_body(shipped_body("rating", "corporate"))
TRANSACTION_CONSTRUCTION = {"3.1": 2, "3.2.1": 3, "3.2.2": 3, "3.2.4": 3, "3.3": 2, "3.4": 3}
ANCHORS = {"2.3": 1, "2.4": 1, "2.6": 1, **TRANSACTION_CONSTRUCTION} | {f"5.{n}": 2 for n in range(1, 6)}
WORKED = SlottingFacts(
    completed=False,
    lowest_dscr=Decimal("1.30"),
    target_dscr=Decimal("1.30"),
    lowest_downside_dscr=Decimal("1.0890"),
    project_life_years=Decimal(10),
    tenor_years=Decimal(8),
    anchors=ANCHORS,
    sponsors=(Sponsor(Decimal(1), "R4"),),
)


def test_worked_project_is_good_r7_with_pd_060_percent():
    result = slot(RULE, SCALE, WORKED)
    assert result.factors == {"financial": 2, "political_legal": 1, "transaction": 3, "sponsor": 1, "security": 2}
    assert (result.average, result.category.number, result.category.key) == (Decimal("2.05"), 2, "good")
    assert (result.own_grade, result.grade, result.pd) == ("R7", "R7", Decimal("0.0060"))
    assert (result.risk_weight, result.expected_loss, result.caps) == (Decimal("0.90"), Decimal("0.008"), ())


def test_every_judgement_and_factor_is_explained():
    lines = {line.key: line for line in slot(RULE, SCALE, WORKED).explanation}
    assert lines["base"].as_dict()["contribution"] == "2"
    assert (lines["stress"].input, lines["stress"].rule) == ("1.089", "≥ 1.1 / 1 / 0.9")
    assert lines["3.2.1"].rule == "× 2"
    assert lines["transaction"].contribution == "0.9"
    assert lines["category"].input == "2.05"
    assert set(RULE.elements) <= lines.keys()


@pytest.mark.parametrize(
    ("numbers", "average", "category"),
    [
        ((2, 1, 3, 2, 2), "2.20", 2),
        ((1, 1, 1, 1, 1), "1", 1),
        ((2, 1, 3, 1, 2), "2.05", 2),
        ((2, 1, 3, 4, 2), "2.50", 3),
    ],
)
def test_factors_combine_by_their_weights(numbers, average, category):
    mean = combine(RULE, dict(zip(RULE.factors, numbers, strict=True)))
    assert mean == Decimal(average)
    assert nearest_to_worse(mean) == category


@pytest.mark.parametrize(
    ("dscr", "downside", "life", "category"),
    [
        ("1.30", "1.0890", "10", 2),
        ("1.495", "1.10", "9.6", 1),
        ("1.30", "1.10", "10", 1),  # 2, 1, 1
        ("1.2999", "1.10", "10", 2),  # 3, 1, 1
        ("1.30", "1.10", "8.8", 2),  # 2, 1, 2 → 1.67
        ("1.50", "0.95", "10", 3),  # mean 1.67, not better than stress
        ("1.16", "0.89", "7.9", 4),
        ("1.50", "1.00", "8", 2),  # 1, 2, 3
    ],
)
def test_financial_strength_is_the_mean_but_not_better_than_stress(dscr, downside, life, category):
    facts = replace(
        WORKED, lowest_dscr=Decimal(dscr), lowest_downside_dscr=Decimal(downside), project_life_years=Decimal(life)
    )
    assert financial_strength(RULE, facts)[0] == category


def test_construction_elements_count_twice_before_completion_and_not_after():
    # before: (2 + 2·3·3 + 2 + 3) / 9 = 2.78 → 3; after: (2 + 2 + 3) / 3 = 2.33 → 2
    assert slot(RULE, SCALE, WORKED).factors["transaction"] == 3
    after = replace(WORKED, completed=True, anchors={k: v for k, v in ANCHORS.items() if not k.startswith("3.2")})
    assert slot(RULE, SCALE, after).factors["transaction"] == 2


def test_half_goes_to_the_worse():
    anchors = ANCHORS | {"2.3": 1, "2.4": 2, "2.6": 1}  # 1.33 → 1
    assert slot(RULE, SCALE, replace(WORKED, anchors=anchors)).factors["political_legal"] == 1
    done = replace(WORKED, completed=True, anchors=ANCHORS | {"3.1": 1, "3.3": 2, "3.4": 2})  # 1.67 → 2
    assert slot(RULE, SCALE, done).factors["transaction"] == 2
    even = replace(WORKED, anchors=ANCHORS | {"3.1": 1, "3.2.1": 2, "3.2.2": 2, "3.2.4": 2, "3.3": 1, "3.4": 2})
    assert slot(RULE, SCALE, even).factors["transaction"] == 2


def test_missing_judgements_are_named_and_only_those_of_the_stage():
    with pytest.raises(CannotSlot) as refused:
        slot(RULE, SCALE, replace(WORKED, anchors={k: v for k, v in ANCHORS.items() if k not in ("2.4", "3.2.2")}))
    assert refused.value.elements == ("2.4", "3.2.2")
    with pytest.raises(CannotSlot):
        slot(RULE, SCALE, replace(WORKED, anchors=ANCHORS | {"2.4": 5}))


@pytest.mark.parametrize(
    ("changes", "category", "caps"),
    [
        ({"sponsors": (Sponsor(Decimal(1), "R11"),), "anchors": dict.fromkeys(ANCHORS, 1)}, 3, ("weak_factor",)),
        ({"lowest_dscr": Decimal("0.9999")}, 4, ("failing_cover",)),
        ({"permits_possible": False}, 4, ("no_permits",)),
        ({"defaulted": True}, 5, ("default",)),
    ],
)
def test_caps_hold_the_category_down(changes, category, caps):
    result = slot(RULE, SCALE, replace(WORKED, **changes))
    assert (result.category.number, result.caps) == (category, caps)
    assert result.grade == {3: "R10", 4: "R14", 5: "D"}[category]


@pytest.mark.parametrize(
    ("sponsors", "category"),
    [
        ([("1", "R4")], 1),
        ([("1", "R5")], 2),
        ([("1", "R7")], 2),
        ([("1", "R8")], 3),
        ([("1", "R10")], 3),
        ([("1", "R11")], 4),
        ([("1", "D")], 4),
        ([("1", None)], 4),
        ([], 4),
        ([("0.5", "R4"), ("0.5", "R5")], 2),
        ([("0.8", "R4"), ("0.2", "R5")], 2),  # 1.2, rounded to the worse
        ([("0.81", "R4"), ("0.19", None)], 1),  # below 20 % does not count
    ],
)
def test_sponsor_factor_follows_the_grades_of_the_large_sponsors(sponsors, category):
    made = [Sponsor(Decimal(share), grade) for share, grade in sponsors]
    assert sponsor_category(RULE, SCALE, made) == category


def test_standing_of_a_government_body_never_counts():
    assert sponsor_category(RULE, SCALE, [Sponsor(Decimal(1), "R1", is_government=True)]) == 4


@pytest.mark.parametrize(
    ("own", "sponsor", "kinds", "grade"),
    [
        ("R10", "R5", [], "R10"),
        ("R10", "R5", ["completion"], "R9"),
        ("R10", "R5", ["shortfall"], "R8"),
        ("R10", "R5", ["full_guarantee"], "R6"),
        ("R7", "R9", ["full_guarantee"], "R7"),
        ("R14", "R13", ["shortfall"], "R13"),
        ("R10", "R5", ["completion", "shortfall"], "R8"),
        ("R10", None, ["full_guarantee"], "R10"),
        ("R15", "D", ["full_guarantee"], "R15"),
        ("D", "R1", ["full_guarantee"], "D"),
    ],
)
def test_support_lifts_the_grade_but_never_above_the_supporter(own, sponsor, kinds, grade):
    support = [Support(kind, sponsor) for kind in kinds]
    assert supported_grade(RULE, SCALE, own, support, completed=False) == grade


def test_completion_guarantee_ends_with_completion():
    assert supported_grade(RULE, SCALE, "R10", [Support("completion", "R5")], completed=True) == "R10"


def test_support_leaves_category_and_risk_weight_alone():
    result = slot(RULE, SCALE, replace(WORKED, support=(Support("full_guarantee", "R4"),)))
    assert (result.own_grade, result.grade, result.pd) == ("R7", "R5", Decimal("0.0027"))
    assert (result.category.key, result.risk_weight) == ("good", Decimal("0.90"))


@pytest.mark.parametrize(
    ("category", "weight", "short_weight", "loss"),
    [
        (1, "0.70", "0.50", "0.004"),
        (2, "0.90", "0.70", "0.008"),
        (3, "1.15", "1.15", "0.028"),
        (4, "2.50", "2.50", "0.08"),
    ],
)
def test_risk_weights_of_the_categories(category, weight, short_weight, loss):
    row = RULE.categories[category]
    assert (row.risk_weight, row.risk_weight_short, row.expected_loss) == tuple(
        map(Decimal, (weight, short_weight, loss))
    )


def test_exposure_below_two_and_a_half_years_has_the_lower_weight():
    assert slot(RULE, SCALE, replace(WORKED, remaining_years=Decimal("2.49"))).risk_weight == Decimal("0.70")
    assert slot(RULE, SCALE, replace(WORKED, remaining_years=Decimal("2.5"))).risk_weight == Decimal("0.90")


@pytest.mark.parametrize(
    ("is_project_company", "years", "path"),
    [
        (False, "2", "scorecard"),
        (True, "2", "slotting_with_check"),
        (True, "1.9", "slotting"),
        (False, "1", "slotting"),
    ],
)
def test_borrower_decides_the_path(is_project_company, years, path):
    assert rating_path(RULE, is_project_company=is_project_company, full_operating_years=Decimal(years)) == path


def test_more_than_three_grades_between_slotting_and_scorecard_must_be_explained():
    assert not gap_needs_explanation(RULE, SCALE, "R10", "R7")
    assert gap_needs_explanation(RULE, SCALE, "R10", "R6")


def test_rule_with_a_weight_out_of_bounds_or_a_missing_anchor_is_refused():
    body = copy.deepcopy(shipped_body("slotting", "project_finance"))
    body["tables"]["factors"][0]["weight"] = "0.61"
    with pytest.raises(ValueError, match="sum to 1"):
        SlottingRule.from_body(body)
    body["tables"]["factors"][2]["weight"] = "0.04"
    body["tables"]["factors"][3]["weight"] = "0.05"
    with pytest.raises(ValueError, match="outside"):
        SlottingRule.from_body(body)
    body = copy.deepcopy(shipped_body("slotting", "project_finance"))
    del body["tables"]["anchors"][0]
    with pytest.raises(ValueError, match="anchor"):
        SlottingRule.from_body(body)
