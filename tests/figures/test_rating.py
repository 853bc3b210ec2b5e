"""Corporate scorecard and master scale: vectors of RULES §22-23."""

import copy
from datetime import date
from decimal import Decimal

import pytest

from clients.calc.gates import gate_judge
from clients.calc.grade_up import one_grade_up
from clients.calc.override import override_problems, valid_until
from clients.calc.rating_rule import RatingRule, coefficient
from clients.calc.scorecard import CannotRate
from clients.calc.statements import Statement
from crm_project.rules.expressions import ExpressionError
from crm_project.rules.shipped import shipped_body
from tests.figures.rating_case import AS_OF, RULE, WAN, rated, raw_values, statements

# factor, value, coefficient, points
WORKED = """\
debt_ratio                  0.496537  0.8670  6.9363
current_ratio               1.142361  0.5616  2.8079
quick_ratio                 0.721065  0.5369  1.6106
interest_cover              4.894231  0.7894  5.5260
ocf_to_current_liabilities  0.259606  0.9192  6.4345
roe                         0.126234  0.9049  4.5247
operating_margin            0.078829  0.7441  3.7207
roa                         0.092301  1.0000  5.0000
receivable_turnover         5.823864  0.5859  1.7577
inventory_turnover          5.195520  0.6196  1.2391
asset_turnover              0.929355  0.8196  2.4587
revenue_growth              0.090426  0.7014  1.4028
profit_growth               0.167147  0.8679  0.8679
equity_growth               0.093764  0.8501  1.7002
revenue_variability         0.071545  1.0000  3.0000
margin_variability          0.008000  1.0000  3.0000
years_trading              12.500000  0.9000  1.8000
largest_customer_share      0.240000  0.7200  1.4400
management_tenure           5.500000  0.8333  1.6667
net_assets              56984.000000  0.7926  3.9628
"""
WORKED_ROWS = [line.split() for line in WORKED.splitlines()]
GROUPS = {
    "solvency": "23.3152",
    "profitability": "13.2454",
    "operation": "5.4555",
    "growth": "3.9709",
    "stability": "10.9067",
    "size": "3.9628",
    "qualitative": "20.8000",
}
MOVES = """
interest_cover 8 1.4740, current_ratio 1.5 1.1921, debt_ratio 0.45 1.0637, net_assets 200000 1.0372,
industry_outlook A 1.0000, management_quality A 1.0000, shareholder_backing B 0.8000, quick_ratio 1.05 0.7894,
receivable_turnover 9 0.6423, compliance_environment A 0.6000, revenue_growth 0.18 0.5972,
ocf_to_current_liabilities 0.3 0.5655, largest_customer_share 0.1 0.5600, asset_turnover 1.2 0.5413, roe 0.15 0.4753,
inventory_turnover 7 0.3609, management_tenure 8 0.3333, equity_growth 0.12 0.2998, operating_margin 0.09 0.2793
"""


def shown(value: Decimal, places: int = 4) -> str:
    return f"{value:.{places}f}"


# The scale


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        ("100", "R1"),
        ("92", "R1"),
        ("91.99", "R2"),
        ("80", "R4"),
        ("72", "R6"),
        ("71.9999", "R7"),
        ("60", "R9"),
        ("40", "R14"),
        ("34", "R14"),
        ("33.99", "R15"),
        ("0", "R15"),
    ],
)
def test_score_falls_into_its_half_open_band(score, grade):
    assert RULE.scale.of_score(Decimal(score)) == grade


def test_investment_band_is_r1_to_r6_and_default_has_pd_one():
    assert [grade.code for grade in RULE.scale.grades if grade.investment] == [f"R{n}" for n in range(1, 7)]
    assert RULE.scale["D"].pd == 1


def test_scale_with_falling_default_probability_is_refused():
    body = copy.deepcopy(shipped_body("rating", "corporate"))
    body["tables"]["scale"][3]["pd"] = "0.0012"
    with pytest.raises(ValueError, match="R4"):
        RatingRule.from_body(body)


def test_rule_whose_weights_do_not_sum_to_100_is_refused():
    body = copy.deepcopy(shipped_body("rating", "corporate"))
    body["tables"]["factors"][0]["weight"] = "9"
    with pytest.raises(ValueError, match="100"):
        RatingRule.from_body(body)


def test_standard_that_does_not_run_from_better_to_worse_is_refused():
    body = copy.deepcopy(shipped_body("rating", "corporate"))
    body["tables"]["standards"][0]["good"] = "0.44"
    with pytest.raises(ValueError, match="debt_ratio"):
        RatingRule.from_body(body)


def test_gate_that_names_an_unknown_input_is_refused():
    body = copy.deepcopy(shipped_body("rating", "corporate"))
    body["tables"]["gates"][1]["expression"] = "net_asset <= 0"
    with pytest.raises(ExpressionError, match="net_asset"):
        gate_judge(body, shipped_body("codes", "all"))


# Coefficients


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.40", "1"),
        ("0.45", "1"),
        ("0.57", "0.7000"),
        ("0.62", "0.6000"),
        ("0.85", "0.2000"),
        ("0.915", "0.1000"),
        ("0.98", "0"),
        ("1.20", "0"),
    ],
)
def test_debt_ratio_is_interpolated_between_the_standards(value, expected):
    standard = RULE.standard("manufacturing", "debt_ratio")
    assert coefficient(Decimal(value), standard, lower_is_better=True) == Decimal(expected)


def test_net_assets_are_interpolated_in_their_logarithm():
    standard = RULE.standard("manufacturing", "net_assets")
    assert shown(coefficient(Decimal(30000), standard, lower_is_better=False, log=True)) == "0.7000"
    assert coefficient(Decimal(0), standard, lower_is_better=False, log=True) == 0


# The worked client


@pytest.mark.parametrize(("key", "value", "earned", "points"), WORKED_ROWS, ids=[row[0] for row in WORKED_ROWS])
def test_each_factor_of_the_worked_client(key, value, earned, points):
    factor = next(score for score in rated().factors if score.factor.key == key)
    assert shown(factor.value, 6) == value
    assert (shown(factor.coefficient), shown(factor.points)) == (earned, points)


def test_worked_client_is_r4_with_pd_018_percent_and_no_gate():
    rating = rated()
    assert shown(rating.score) == "81.6565"
    assert {group: shown(points) for group, points in rating.groups.items()} == GROUPS
    assert (rating.grade_by_score, rating.grade, rating.pd, rating.band) == ("R4", "R4", Decimal("0.0018"), "I2")
    assert not any(result.lowers for result in rating.gates)
    assert rating.confirmable


def test_every_factor_and_gate_is_explained():
    rating = rated()
    lines = {line.key: line for line in rating.explanation}
    assert len(lines) == 25 + 17
    assert lines["debt_ratio"].as_dict() == {
        "key": "debt_ratio",
        "label": {"en": "Debt ratio", "zh": "资产负债率"},
        "input": "0.496537",
        "rule": "0.45 / 0.52 / 0.62 / 0.72 / 0.85; 0.867 × 8",
        "contribution": "6.9363",
    }
    assert lines["credit_record"].input == "A"


def test_one_grade_up_names_points_gate_moves_and_smallest_sets():
    up = one_grade_up(RULE, rated())
    assert (up.grade, shown(up.points_needed)) == ("R3", "2.3435")
    assert [(each.gate.code, each.factor, each.to) for each in up.requirements] == [
        ("G17", "interest_cover", Decimal(5))
    ]
    assert [f"{move.factor} {move.to} {shown(move.gain)}" for move in up.moves] == [
        part.strip() for part in MOVES.split(",")
    ]
    assert {frozenset(chosen) for chosen in up.smallest_sets} == {
        frozenset({"interest_cover", other})
        for other in ("current_ratio", "debt_ratio", "net_assets", "industry_outlook", "management_quality")
    }


def test_one_grade_up_of_a_gated_client_asks_for_the_gate_not_for_points():
    up = one_grade_up(RULE, rated(gates={"audit_opinion": "qualified"}))
    assert (up.grade, up.points_needed, up.smallest_sets) == ("R9", 0, ())
    assert [each.gate.code for each in up.requirements] == ["G13"]


def test_default_has_no_grade_up():
    assert one_grade_up(RULE, rated(gates={"max_overdue_days_all_banks": 91})) is None


# Gates

LOSS = {"non_operating": Decimal(-20000)}


@pytest.mark.parametrize(
    ("gates", "grade", "code"),
    [
        ({"audit_opinion": "qualified"}, "R10", "G13"),
        ({"audit_opinion": "going_concern"}, "R10", "G13"),
        ({"audit_opinion": "disclaimer"}, "R13", "G04"),
        ({"max_overdue_days_all_banks": 91}, "D", "G01"),
        ({"worst_loan_category": "substandard"}, "D", "G01"),
        ({"enforcement_state": "dishonest"}, "R14", "G03"),
        ({"enforcement_state": "enforced_1pct_plus"}, "R10", "G12"),
        ({"restructured_under_observation": "yes"}, "R12", "G06"),
        ({"red_alerts_open": 1}, "R11", "G08"),
        ({"audited": "no", "audit_opinion": None}, "R9", "G14"),
        ({"guarantees_to_equity": Decimal("1.01")}, "R9", "G16"),
    ],
)
def test_gate_limits_the_grade(gates, grade, code):
    rating = rated(gates=gates)
    assert (rating.grade_by_score, rating.grade) == ("R4", grade)
    assert [result.gate.code for result in rating.gates if result.lowers] == [code]
    assert rating.confirmable


def test_red_alert_and_two_loss_years_give_r11():
    loss = {"net_profit": Decimal(-1)}
    rating = rated(statements(y2024=loss, y2025=loss), gates={"red_alerts_open": 1})
    assert {result.gate.code: result.lowers for result in rating.gates if result.state == "hit"} == {
        "G08": True,
        "G10": False,
        "G17": False,
    }
    assert rating.grade == "R11"


def test_overdue_of_90_days_and_special_mention_are_not_default():
    assert rated(gates={"max_overdue_days_all_banks": 90, "worst_loan_category": "special_mention"}).grade == "R4"


def test_old_statement_and_young_company_are_gated():
    assert rated(as_of=date(2027, 6, 30)).grade == "R4"
    assert rated(as_of=date(2027, 7, 1)).grade == "R12"
    assert rated(years_trading=Decimal("1.9")).grade == "R9"


def test_good_score_without_interest_cover_stays_at_r4():
    best = {"industry_outlook": "A", "management_quality": "A", "shareholder_backing": "A"}
    rating = rated(anchors=best)
    assert (rating.grade_by_score, rating.grade) == ("R3", "R4")
    assert [result.gate.code for result in rating.gates if result.lowers] == ["G17"]


def test_unknown_gate_input_blocks_confirmation():
    rating = rated(gates={"worst_loan_category": None})
    assert [result.gate.code for result in rating.gates if result.state == "not_checked"] == ["G01"]
    assert not rating.confirmable


def test_newer_interim_statement_serves_gates_but_not_the_score():
    half_year = Statement(date(2026, 6, 30), raw_values(2025) | {"net_assets": Decimal(-1)}, WAN)
    rating = rated([*statements(), half_year])
    assert shown(rating.score) == "81.6565"
    assert rating.grade == "R15"


# Missing and special cases


def test_missing_customer_share_and_tenure_score_as_the_poorest():
    rating = rated(largest_customer_share=None, management_tenure=None)
    assert (shown(rating.score), rating.missing_weight, rating.grade) == ("79.3498", 4, "R5")
    flagged = {score.factor.key for score in rating.factors if "missing" in score.flags}
    assert flagged == {"largest_customer_share", "management_tenure"}


def test_same_figures_as_a_utility_share_the_weight_inside_the_group():
    rating = rated(section="D")
    stability = [shown(score.weight) for score in rating.factors if score.factor.group == "stability"]
    assert stability == ["3.6000", "3.6000", "2.4000", "2.4000"]
    assert (shown(rating.score), rating.grade) == ("83.1664", "R4")


def test_section_without_own_standards_uses_the_common_ones():
    assert rated(section="I").industry == "other"


def test_company_without_debt_gets_full_cover_and_its_gate_does_not_apply():
    no_interest = {"interest_expense": Decimal(0)}
    rating = rated(statements(y2023=no_interest, y2024=no_interest, y2025=no_interest))
    cover = next(score for score in rating.factors if score.factor.key == "interest_cover")
    assert (cover.value, cover.coefficient, cover.flags) == (None, 1, ("base_case",))
    assert next(result.state for result in rating.gates if result.gate.code == "G11") == "not_applicable"
    assert rating.confirmable


def test_company_without_inventory_shares_that_weight():
    none = {"inventories": Decimal(0)}
    rating = rated(statements(y2024=none, y2025=none))
    operation = {score.factor.key: score.weight for score in rating.factors if score.factor.group == "operation"}
    assert operation == {"receivable_turnover": 4, "asset_turnover": 4}


def test_profit_after_a_loss_year_counts_as_average():
    rating = rated(statements(y2024=LOSS))
    growth = next(score for score in rating.factors if score.factor.key == "profit_growth")
    assert (growth.value, growth.coefficient) == (None, Decimal("0.6"))


def test_negative_equity_scores_nothing_for_size_and_is_gated():
    rating = rated(statements(y2025={"net_assets": Decimal(-100)}))
    size = next(score for score in rating.factors if score.factor.key == "net_assets")
    assert (size.coefficient, rating.grade) == (0, "R15")


def test_two_years_are_rated_with_a_flag_and_one_year_is_not():
    rating = rated(statements(years=(2024, 2025)))
    flagged = {score.factor.key for score in rating.factors if "two_years" in score.flags}
    assert flagged == {"revenue_variability", "margin_variability"}
    with pytest.raises(CannotRate) as refused:
        rated(statements(years=(2025,)))
    assert [reason.code for reason in refused.value.reasons] == ["too_few_statements"]


def test_all_reasons_against_a_rating_are_named_at_once():
    with pytest.raises(CannotRate) as refused:
        rated(statements(years=(2023, 2025)), anchors={"credit_record": ""})
    assert [reason.code for reason in refused.value.reasons] == ["missing_qualitative", "missing_weight"]


# Override and validity


@pytest.mark.parametrize(
    ("to_grade", "changes", "extra", "problems"),
    [
        ("R2", {}, {}, ("through_gate",)),  # G17 holds at R4
        ("R9", {}, {}, ()),
        ("R7", {"gates": {"guarantees_to_equity": Decimal(2)}}, {}, ("through_gate",)),
        ("R3", {"largest_customer_share": None, "management_tenure": None}, {}, ("through_gate",)),
        ("R4", {"largest_customer_share": None, "management_tenure": None}, {}, ()),
        ("R2", {"largest_customer_share": None, "management_tenure": None}, {}, ("too_many_steps", "through_gate")),
        (
            "R4",
            {"largest_customer_share": None, "management_tenure": None},
            {"for_support": True, "parent_grade": "R5"},
            ("above_parent",),
        ),
        (
            "R4",
            {"largest_customer_share": None, "management_tenure": None},
            {"for_support": True, "parent_grade": "R3"},
            (),
        ),
        ("R14", {"gates": {"max_overdue_days_all_banks": 91}}, {}, ("through_gate",)),
    ],
)
def test_override_stays_within_two_steps_gates_and_parent(to_grade, changes, extra, problems):
    rating = rated(**changes)
    held_at = [result.gate.grade for result in rating.gates if result.state == "hit"]
    assert override_problems(RULE, rating.grade, to_grade, held_at=held_at, **extra) == problems


def test_rating_is_valid_for_a_year_but_not_beyond_18_months_of_the_statement():
    assert valid_until(RULE, AS_OF, date(2025, 12, 31)) == date(2027, 6, 30)
    assert valid_until(RULE, date(2026, 3, 15), date(2025, 12, 31)) == date(2027, 3, 15)
    assert valid_until(RULE, date(2026, 12, 1), date(2025, 12, 31)) == date(2027, 6, 30)
