"""What expressions come to, with unknown as a value, and how the result explains itself."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from crm_project.rules.expressions import Reason, Values, check, evaluate

from .expression_support import AS_OF, VECTORS, catalogue, cell, rating_sheet, values


def result(text: str, given: Values, subject: str = "client"):
    return evaluate(check(text, catalogue(subject)), given)


@pytest.mark.parametrize("vector", VECTORS["evaluation"], ids=lambda vector: vector["expr"][:40])
def test_published_evaluation(vector):
    found = result(vector["expr"], values(vector), vector.get("subject", "client"))
    expected = cell(vector["value"])
    if isinstance(expected, bool) or expected is None:
        assert found.value is expected
    else:
        assert isinstance(found.value, Decimal)
        assert abs(found.value - expected) < Decimal("0.000001")
    if "why" in vector:
        assert [reason.reason for reason in found.reasons] == vector["why"]


TRUE, FALSE, UNKNOWN = "debt_ratio > 0", "debt_ratio < 0", "equity_ratio > 0"
TRUTH = {TRUE: True, FALSE: False, UNKNOWN: None}


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (TRUE, UNKNOWN, None, True),
        (FALSE, UNKNOWN, False, None),
        (UNKNOWN, UNKNOWN, None, None),
        (TRUE, FALSE, False, True),
        (TRUE, TRUE, True, True),
        (FALSE, FALSE, False, False),
    ],
)
def test_three_valued_logic(a, b, both, either):
    given = Values({"debt_ratio": Decimal("0.5")})
    for left, right in ((a, b), (b, a)):
        assert result(f"{left} and {right}", given).value is both
        assert result(f"{left} or {right}", given).value is either
    negated = None if TRUTH[a] is None else not TRUTH[a]
    assert result(f"not ({a})", given).value is negated


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("debt_ratio between 0.7 and 0.8", True),
        ("debt_ratio between equity_ratio and 0.6", False),
        ("debt_ratio between 0.6 and equity_ratio", None),
        ("debt_ratio in (equity_ratio, 70%)", True),
        ("debt_ratio in (equity_ratio, 80%)", None),
        ("debt_ratio not in (60%, 70%)", False),
        ("equity_ratio not in (60%, 70%)", None),
        ("client_type not in ('project_company')", True),
        ("'qualified' <= audit_opinion", True),
        ("coalesce_missing(enforcement_state, 'dishonest') >= 'dishonest'", True),
        ("is_missing(debt_ratio)", False),
        ("-debt_ratio + 2 * 1.5", Decimal("2.3")),
        ("max(debt_ratio, 50%, 0.1)", Decimal("0.7")),
        ("1 / 3 * 3 < 1", True),
        ("0.1 + 0.2 = 0.3", True),
    ],
)
def test_operators(text, value):
    given = Values({"debt_ratio": Decimal("0.7"), "client_type": "group_parent", "audit_opinion": 4})
    assert result(text, given).value == value


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("debt_ratio + equity_ratio + debt_ratio", [("debt_ratio", "stale"), ("equity_ratio", "missing")]),
        ("change(debt_ratio, 4q)", [("debt_ratio", "stale"), ("debt_ratio", "no_history")]),
        ("avg(debt_ratio, 4q)", [("debt_ratio", "stale")]),
        ("streak(debt_ratio > 0.7, 4q)", [("debt_ratio", "stale")]),
        ("percentile(gross_margin)", [("gross_margin", "na")]),
        ("current_ratio / (current_ratio - current_ratio)", [("current_ratio", "div0")]),
        ("coalesce_missing(debt_ratio, 0) > 1 or gross_margin > 0", [("gross_margin", "na")]),
    ],
)
def test_unknown_names_metric_and_reason_once(text, reasons):
    given = Values({"current_ratio": Decimal(1)}, empty={"debt_ratio": "stale", "gross_margin": "na"})
    found = result(text, given)
    assert found.value is None
    assert found.reasons == tuple(Reason(*reason) for reason in reasons)


def test_a_known_value_carries_no_reasons_of_parts_that_did_not_matter():
    found = result("debt_ratio > 0.7 or equity_ratio > 0", Values({"debt_ratio": Decimal("0.8")}))
    assert (found.value, found.reasons) == (True, ())


def test_only_na_makes_a_value_not_applicable():
    empty = {"gross_margin": "na", "quick_ratio": "na"}
    assert result("gross_margin + quick_ratio", Values(empty=empty)).not_applicable
    assert not result("gross_margin + debt_ratio", Values(empty=empty)).not_applicable


def test_trace_tells_each_step_inner_before_outer():
    text = "pp(change(debt_ratio, 4q)) > 10"
    given = Values({"debt_ratio": Decimal("0.72")}, earlier={"4q": {"debt_ratio": Decimal("0.61")}})
    steps = [(text[step.start : step.end], step.outcome.value) for step in result(text, given).trace]
    assert steps == [
        ("debt_ratio", Decimal("0.72")),
        ("4q", Decimal("0.61")),
        ("change(debt_ratio, 4q)", Decimal("0.11")),
        ("pp(change(debt_ratio, 4q))", Decimal(11)),
        (text, True),
    ]


def test_trace_shows_that_a_substitute_was_used():
    text = "coalesce_missing(debt_ratio, 0)"
    assert result(text, Values()).trace[-1].substituted
    assert not result(text, Values({"debt_ratio": Decimal(1)})).trace[-1].substituted


def test_days_since_counts_the_other_way():
    given = Values({"insurance_expires_on": date(2026, 6, 15)}, as_of=AS_OF)
    assert result("days_since(insurance_expires_on)", given, "collateral").value == 15
    assert result("insurance_expires_on - insurance_expires_on", given, "collateral").value == 0


@pytest.mark.parametrize(
    ("metric", "bad", "message"),
    [
        ("debt_ratio", 0.7, "0.7 is not a ratio"),
        ("debt_ratio", True, "True is not a ratio"),
        ("debt_ratio", Decimal("NaN"), r"Decimal\('NaN'\) is not a ratio"),
        ("audit_opinion", "fine", "'fine' is not a code"),
    ],
)
def test_a_cell_of_the_wrong_kind_is_refused(metric, bad, message):
    with pytest.raises(ValueError, match=f"metric {metric}: {message}"):
        result(f"is_missing({metric})", Values({metric: bad}))


def test_a_point_in_time_is_not_a_day_and_days_need_a_day_of_judgement():
    with pytest.raises(ValueError, match="is not a date"):
        result("days_to(insurance_expires_on)", Values({"insurance_expires_on": datetime(2026, 1, 1)}), "collateral")
    with pytest.raises(ValueError, match="days_to needs the as-of day"):
        result("days_to(insurance_expires_on)", Values({"insurance_expires_on": date(2026, 1, 1)}), "collateral")


def test_rating_gate_with_an_unknown_input_is_unknown():
    gate = check("coef_debt_ratio < 0.8 or credit_record > 'b'", rating_sheet(), "condition")
    assert evaluate(gate, Values({"coef_debt_ratio": Decimal("0.9"), "credit_record": "c"})).value is True
    assert evaluate(gate, Values({"coef_debt_ratio": Decimal("0.9"), "credit_record": "b"})).value is False
    assert evaluate(gate, Values({"coef_debt_ratio": Decimal("0.9")})).value is None
