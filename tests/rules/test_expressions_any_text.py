"""Whatever is typed: a refusal with its place, or a value or unknown, never another exception.

Source: RELIABILITY E2, light dose (500).
"""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_project.rules.expressions import (
    CODES,
    ExpressionError,
    Values,
    check,
    evaluate,
)

from .expression_support import AS_OF, catalogue

ENVIRONMENT = catalogue()
# Names whose every cell is numeric or coded, with something of each type.
NAMES = ["debt_ratio", "net_assets", "receivable_days", "operating_quarters", "audit_opinion", "bank_debt_total"]
PIECES = [
    *NAMES, "det_ratio", "project_stage", "'qualified'", "'x'", "0", "1", "0.5", "75%", "500万", "1.2亿",
    "true", "false",
    "4q", "3m", "99y", "+", "-", "*", "/", "=", "!=", "<", "<=", ">", ">=", "(", ")", ",", "and", "or", "not", "in",
    "between", "lag(", "change(", "growth(", "avg(", "streak(", "percentile(", "days_to(", "is_missing(", "abs(",
    "pp(", "min(", "max(", "if(", "coalesce_missing(", "sqrt(", ";", "'", "\n", "；", "DROP", "%",
]  # fmt: skip

NUMBERS = st.sampled_from(["0", "1", "2.5", "75%", "0%", "500万", "debt_ratio", "net_assets", "receivable_days"])


def _sums(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    metric = st.sampled_from(NAMES)
    period = st.sampled_from(["1q", "4q", "3m", "30d", "1y", "13q"])
    condition = st.tuples(inner, st.sampled_from(["<", ">=", "="]), inner).map(" ".join)
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({' '.join(t)})"),
        st.tuples(st.sampled_from(["lag", "change", "growth", "avg"]), metric, period).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
        st.tuples(condition, period).map(lambda t: f"streak({t[0]}, {t[1]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.tuples(st.sampled_from(["abs", "pp", "-"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(condition, inner, inner).map(lambda t: f"if({t[0]}, {t[1]}, {t[2]})"),
        st.tuples(inner, NUMBERS).map(lambda t: f"coalesce_missing({t[0]}, {t[1]})"),
        metric.map(lambda name: f"percentile({name})"),
    )


def _conditions() -> st.SearchStrategy[str]:
    values = st.recursive(NUMBERS, _sums, max_leaves=6)
    comparison = st.one_of(
        st.tuples(values, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), values).map(" ".join),
        st.tuples(values, values, values).map(lambda t: f"{t[0]} between {t[1]} and {t[2]}"),
        st.tuples(values, values, values).map(lambda t: f"{t[0]} not in ({t[1]}, {t[2]})"),
        st.sampled_from(["audit_opinion >= 'qualified'", "is_missing(net_assets)", "false"]),
    )
    joined = st.tuples(comparison, st.sampled_from(["and", "or", "and not"]), comparison).map(" ".join)
    return st.one_of(values, comparison, joined)


TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join),
    st.text(max_size=60),
    _conditions(),
    _conditions(),
)
CELLS = st.one_of(
    st.none(), st.just(Decimal(0)), st.integers(-5, 5), st.decimals(-(10**12), 10**12, allow_nan=False, places=6)
)
CODED = st.one_of(st.none(), st.integers(0, 5), st.just("qualified"))


@st.composite
def figures(draw: st.DrawFn) -> Values:
    def cells() -> dict[str, object]:
        return {name: draw(CODED if name == "audit_opinion" else CELLS) for name in NAMES}

    past = [cells() for _ in range(4)]
    return Values(
        now=past[0],
        as_of=AS_OF,
        empty=draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["missing", "stale", "na"]), max_size=2)),
        earlier={"4q": past[1], "3m": past[2]},
        series={name: [row[name] for row in past] for name in NAMES},
        peers={name: [row[name] for row in past] * 2 for name in NAMES},
    )


@settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, figures())
def test_any_text_is_refused_at_a_place_or_has_a_value_or_is_unknown(text, given_values):
    try:
        checked = check(text, ENVIRONMENT)
    except ExpressionError as error:
        assert error.code in CODES
        assert 0 <= error.start < error.end <= max(len(text), error.start + 1)
        assert error.start <= len(text)
        return
    result = evaluate(checked, given_values)
    if result.value is None:
        assert result.reasons
    else:
        assert not result.reasons
        assert isinstance(result.value, bool) == (checked.type == "bool")
