"""Levels, and alerts that open at once and close only after new data periods."""

from decimal import Decimal

import pytest

from crm_project.rules.expressions import (
    AlertState,
    Judgement,
    ThresholdError,
    Thresholds,
    Values,
    check,
    for_industry,
    judge,
    next_state,
)

from .expression_support import (
    INDICATORS,
    VECTORS,
    catalogue,
    cell,
    indicator_rows,
    thresholds,
    values,
)


def judged(row: dict[str, str], given: Values) -> Judgement:
    environment = catalogue(row["subject"])
    gate = check(row["applies_when"], environment, "condition") if row["applies_when"] else None
    expression = check(row["expression"], environment, "value")
    return judge(expression=expression, gate=gate, thresholds=thresholds(row), values=given)


@pytest.mark.parametrize("vector", VECTORS["judgement"], ids=lambda v: f"{v['indicator']} {v['result']}")
def test_published_judgement(vector):
    row = for_industry(indicator_rows(vector["indicator"]), vector.get("industry", ""))
    verdict = judged(row, values(vector))
    assert (verdict.level or verdict.state) == vector["result"]
    assert (verdict.level is not None) == (verdict.state == "firing")


def test_judgement_names_what_is_missing():
    row = indicator_rows("debt_ratio")[""]
    gate_blind = judged(row, Values({"debt_ratio": Decimal("0.8")}))
    value_blind = judged(row, Values({"client_type": "group_parent"}, empty={"debt_ratio": "stale"}))
    assert [(reason.metric, reason.reason) for reason in gate_blind.reasons] == [("client_type", "missing")]
    assert [(reason.metric, reason.reason) for reason in value_blind.reasons] == [("debt_ratio", "stale")]


@pytest.mark.parametrize("vector", VECTORS["hysteresis"], ids=lambda v: f"{v['indicator']} {v['states'][-1]}")
def test_published_sequence_of_nights(vector):
    row = indicator_rows(vector["indicator"])[""]
    state, states = AlertState(), []
    for period, figure in vector["nights"]:
        value = None if figure is None else Decimal(str(cell(figure)))
        state = next_state(
            state, period=period, value=value, thresholds=thresholds(row), hold_periods=int(row["hold_periods"])
        )
        states.append(state.level or "closed")
    assert states == vector["states"]


def test_the_period_that_fired_does_not_count_towards_closing():
    rule = thresholds(indicator_rows("debt_ratio")[""])
    state = AlertState()
    for period, value in [("2025Q4", "0.71"), ("2025Q4", "0.60"), ("2026Q1", "0.60")]:
        state = next_state(state, period=period, value=Decimal(value), thresholds=rule, hold_periods=2)
    assert state == AlertState("yellow", "2025Q4", ("2026Q1",))


@pytest.mark.parametrize("row", INDICATORS, ids=lambda row: f"{row['key']} {row['industry_prefixes']}")
def test_every_indicator_has_thresholds_in_order_and_codes_of_its_list(row):
    rule = thresholds(row)
    environment = catalogue(row["subject"])
    kind = check(row["expression"], environment, "value").value_type
    if kind.name == "code":
        assert set(rule.limits.values()) <= set(environment.codes[kind.code_list].values())


@pytest.mark.parametrize(
    ("operator", "limits", "code"),
    [
        ("=", {"blue": 1}, "T_OPERATOR"),
        (">", {"purple": 1}, "T_LEVEL"),
        (">", {}, "T_NONE"),
        (">", {"blue": 2, "red": 1}, "T_ORDER"),
        ("<", {"blue": 1, "yellow": 1}, "T_ORDER"),
    ],
)
def test_thresholds_that_cannot_be_judged_by_are_refused(operator, limits, code):
    with pytest.raises(ThresholdError) as caught:
        Thresholds(operator, {level: Decimal(limit) for level, limit in limits.items()})
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("operator", "limit", "margin", "value", "clear"),
    [
        (">", "0.65", "0.05", "0.6175", True),
        (">", "0.65", "0.05", "0.6176", False),
        (">", "0.65", "0", "0.65", True),
        ("<", "-0.05", "0.05", "-0.0475", True),
        ("<", "-0.05", "0.05", "-0.0476", False),
        ("<", "0", "0.05", "0", True),
        (">=", "1", "0", "1", False),
    ],
)
def test_clear_means_beyond_the_mildest_limit_by_the_margin(operator, limit, margin, value, clear):
    rule = Thresholds(operator, {"blue": Decimal(limit)}, Decimal(margin))
    assert rule.is_clear(Decimal(value)) is clear


def test_longest_industry_prefix_wins():
    rows = {"": "base", "G53": "rail", "G5412": "metro", "E": "construction"}
    assert [for_industry(rows, code) for code in ("G5412", "G5320", "E4700", "C3110", "")] == [
        "metro",
        "rail",
        "construction",
        "base",
        "base",
    ]
