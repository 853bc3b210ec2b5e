"""Client tier and service standards: vectors of RULES §25-26."""

import copy
from dataclasses import replace
from decimal import Decimal

import pytest

from clients.calc.scale import MasterScale
from clients.calc.service import service_standards
from clients.calc.tier import TierFacts, TierRule, gated_tier, score_tier, settle_tier, steady_tier
from crm_project.rules.shipped import shipped_body

RULE = TierRule.from_body(shipped_body("tier", "client"))
SCALE = MasterScale.from_body(shipped_body("rating", "corporate"))
WAN = 10000
WORKED = TierFacts(
    total_assets=Decimal(113184 * WAN),
    grade="R4",
    years=Decimal(6),
    product_groups=4,
    worst_days_past_due=0,
    times_late=0,
    raroc=Decimal("0.095"),
    deposits=Decimal(6200 * WAN),
    fees=Decimal(46 * WAN),
)


def scores(*values: str) -> list[Decimal]:
    return [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("assets", "points"),
    [
        (100, "0.00"),
        (500, "0.00"),
        (501, "0.03"),
        (113184, "78.49"),
        (500000, "100.00"),
        (900000, "100.00"),
        (0, "0.00"),
    ],
)
def test_asset_points_grow_with_the_logarithm(assets, points):
    scored = score_tier(RULE, replace(WORKED, total_assets=Decimal(assets * WAN)))
    assert f"{scored.points['assets']:.2f}" == points


def test_worked_client_scores_7885_and_is_tier_a():
    scored = score_tier(RULE, WORKED)
    assert {key: f"{points:.2f}" for key, points in scored.points.items()} == {
        "assets": "78.49",
        "rating": "87.00",
        "years": "70.00",
        "products": "70.00",
        "repayment": "100.00",
        "raroc": "55.00",
        "deposits": "80.00",
        "fees": "70.00",
    }
    assert f"{scored.score:.2f}" == "78.85"
    result = settle_tier(RULE, SCALE, WORKED)
    assert (result.tier, result.gates, result.provisional) == ("A", (), False)


def test_without_exposure_the_weight_of_raroc_moves_to_deposits_and_fees():
    scored = score_tier(RULE, replace(WORKED, worst_days_past_due=None, raroc=None))
    assert (scored.weights["raroc"], scored.weights["deposits"], scored.weights["fees"]) == (0, 10, 10)
    assert f"{scored.score:.2f}" == "77.45"


@pytest.mark.parametrize(
    ("changes", "measure", "points"),
    [
        ({"years": Decimal("0.99")}, "years", 0),
        ({"years": Decimal(12)}, "years", 100),
        ({"product_groups": 0}, "products", 0),
        ({"worst_days_past_due": 7, "times_late": 2}, "repayment", 80),
        ({"worst_days_past_due": 7, "times_late": 3}, "repayment", 60),
        ({"worst_days_past_due": 8, "times_late": 3}, "repayment", 50),
        ({"worst_days_past_due": 31}, "repayment", 20),
        ({"worst_days_past_due": 91}, "repayment", 0),
        ({"worst_days_past_due": None}, "repayment", 50),
        ({"raroc": Decimal("-0.01")}, "raroc", 0),
        ({"raroc": Decimal("0.11")}, "raroc", 75),
        ({"deposits": Decimal(0)}, "deposits", 0),
        ({"deposits": None}, "deposits", 0),
        ({"fees": Decimal(300 * WAN)}, "fees", 100),
        ({"grade": None}, "rating", 0),
        ({"grade": "R1"}, "rating", 100),
    ],
)
def test_points_of_each_measure(changes, measure, points):
    assert score_tier(RULE, replace(WORKED, **changes)).points[measure] == points


def test_every_measure_is_explained_and_the_lines_add_up():
    scored = score_tier(RULE, WORKED)
    assert {line.key for line in scored.explanation} == set(RULE.weights)
    line = next(line for line in scored.explanation if line.key == "rating")
    assert (line.label_zh, line.input, line.rule, line.contribution) == ("信用等级", "R4", "87 × 30 %", "26.1")
    assert sum(Decimal(line.contribution) for line in scored.explanation) == round(scored.score, 4)


@pytest.mark.parametrize(
    ("score", "grade", "tier"),
    [
        ("85", "R6", "S"),
        ("84.99", "R1", "A"),
        ("90", "R7", "A"),
        ("75", "R11", "B"),
        ("70", "R10", "A"),
        ("39.99", "R5", "D"),
        ("88", "R13", "D"),
        ("88", "D", "D"),
        ("95", "R11", "B"),
    ],
)
def test_tier_of_a_score_and_grade(score, grade, tier):
    assert gated_tier(RULE, SCALE, RULE.of_score(Decimal(score)), replace(WORKED, grade=grade))[0] == tier


@pytest.mark.parametrize(
    ("start", "changes", "tier", "gates"),
    [
        ("S", {"red_alerts_open": 1}, "A", ("red_alert",)),
        ("A", {"red_alerts_open": 1}, "A", ()),
        ("S", {"on_watch_list": True}, "D", ("watch_list",)),
        ("S", {"grade": None}, "B", ("unrated",)),
        ("C", {"grade": None}, "C", ()),
        ("A", {"years": Decimal("0.49")}, "B", ("new",)),
        ("A", {"years": Decimal("0.5")}, "A", ()),
        ("S", {"grade": "R12", "red_alerts_open": 2}, "B", ("red_alert", "R10")),
    ],
)
def test_gates_act_at_once_and_say_why(start, changes, tier, gates):
    assert gated_tier(RULE, SCALE, start, replace(WORKED, **changes)) == (tier, gates)


@pytest.mark.parametrize(
    ("current", "history", "tier"),
    [
        ("A", ("69", "69"), "A"),
        ("A", ("67.9", "67.9"), "B"),
        ("A", ("67.9", "68.1"), "A"),
        ("A", ("68", "68"), "A"),
        ("B", ("72", "72"), "A"),
        ("B", ("71.9", "75"), "B"),
        ("B", ("90", "90"), "A"),
        ("B", ("90",), "B"),
        ("S", ("99", "99"), "S"),
        ("D", ("1", "1"), "D"),
        ("A", ("72", "67.9", "67.9"), "B"),
    ],
)
def test_tier_moves_one_step_after_two_quarters_beyond_the_margin(current, history, tier):
    assert steady_tier(RULE, current, scores(*history)) == tier


def test_first_tier_needs_no_wait():
    assert steady_tier(RULE, None, scores("86")) == "S"


def test_gate_lowers_the_tier_but_not_the_steady_one():
    result = settle_tier(
        RULE, SCALE, replace(WORKED, on_watch_list=True), earlier_scores=scores("78"), earlier_tier="A"
    )
    assert (result.steady_tier, result.tier, result.gates) == ("A", "D", ("watch_list",))


def test_client_waits_one_quarter_after_leaving_the_watch_list():
    waiting = settle_tier(
        RULE, SCALE, WORKED, earlier_scores=scores("78"), earlier_tier="A", left_watch_list_this_quarter=True
    )
    assert (waiting.tier, waiting.gates) == ("D", ("watch_list",))
    assert settle_tier(RULE, SCALE, WORKED, earlier_scores=scores("78", "78"), earlier_tier="A").tier == "A"


def test_new_client_is_provisional_and_at_most_b():
    result = settle_tier(RULE, SCALE, replace(WORKED, years=Decimal("0.4"), total_assets=Decimal(500000 * WAN)))
    assert (result.tier, result.provisional) == ("B", True)


def test_rule_with_a_gap_between_steps_is_refused():
    body = copy.deepcopy(shipped_body("tier", "client"))
    row = next(row for row in body["tables"]["tier"] if (row["table"], row["from"]) == ("years", "2"))
    row["below"] = "2.5"
    with pytest.raises(ValueError, match="years"):
        TierRule.from_body(body)


# RULES §26: tier, visit every n days, reply and proposal in working hours
STANDARDS = [("S", 30, 2, 24), ("A", 60, 4, 40), ("B", 90, 8, 56), ("C", 180, 16, 80), ("D", 30, 16, None)]


@pytest.mark.parametrize(("tier", "visit", "reply", "proposal"), STANDARDS)
def test_service_standard_of_each_tier(tier, visit, reply, proposal):
    standard = service_standards(shipped_body("service", "client"))[tier]
    promised = (standard.visit_every_days, standard.enquiry_reply_hours, standard.proposal_hours)
    assert promised == (visit, reply, proposal)


def test_nobody_is_served_below_the_reply_time_of_tier_c():
    body = copy.deepcopy(shipped_body("service", "client"))
    body["tables"]["standards"][-1]["enquiry_reply_working_hours"] = "17"
    with pytest.raises(ValueError, match="tier D"):
        service_standards(body)
