"""From a value to a level, and from nightly levels to an alert that opens at once and closes with care.

Source: RULES §9.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from .checker import Checked
from .evaluator import COMPARE, Evaluation, Reason, Values, evaluate

LEVELS = ("blue", "yellow", "orange", "red")
RISING = (">", ">=")
FALLING = ("<", "<=")
Row = TypeVar("Row")


class ThresholdError(ValueError):
    """Thresholds that cannot be judged by. code: T_OPERATOR, T_LEVEL, T_NONE or T_ORDER."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True)
class Thresholds:
    """Limits of an indicator; a level without a limit is left out.

    operator: > or >= where high is bad, < or <= where low is bad.
    limits: level -> limit in the unit of the expression (for a code: its position); each worse level stricter.
    close_margin: share of the mildest limit by which a value must be clear of it to count towards closing.
    Raises ThresholdError.
    """

    operator: str
    limits: Mapping[str, Decimal]
    close_margin: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if self.operator not in RISING + FALLING:
            raise ThresholdError("T_OPERATOR", f"unknown operator {self.operator!r}")
        if not set(self.limits) <= set(LEVELS):
            raise ThresholdError("T_LEVEL", f"unknown level in {sorted(self.limits)}")
        if not self.limits:
            raise ThresholdError("T_NONE", "no level has a limit")
        limits = [self.limits[level] for level in LEVELS if level in self.limits]
        if limits != sorted(set(limits), reverse=self.operator in FALLING):
            raise ThresholdError("T_ORDER", "every worse level needs a stricter limit")

    @property
    def mildest(self) -> Decimal:
        return next(self.limits[level] for level in LEVELS if level in self.limits)

    def level(self, value: Decimal) -> str | None:
        """The worst level whose limit the value meets; None if it meets none."""
        met = [level for level in LEVELS if level in self.limits and COMPARE[self.operator](value, self.limits[level])]
        return met[-1] if met else None

    def is_clear(self, value: Decimal) -> bool:
        """Clear of the mildest limit by the margin; simply not firing where the margin or that limit is zero."""
        if self.level(value) is not None:
            return False
        margin = self.close_margin * abs(self.mildest)
        if margin == 0:
            return True
        return value <= self.mildest - margin if self.operator in RISING else value >= self.mildest + margin


@dataclass(frozen=True)
class Judgement:
    """Verdict on one subject.

    state: not_applicable, clear, data_missing or firing; level: only when firing.
    reasons: why the gate or the value is unknown. gate: None without a gate; value: None where the gate stopped it.
    """

    state: str
    level: str | None
    reasons: tuple[Reason, ...]
    gate: Evaluation | None
    value: Evaluation | None


def judge(*, expression: Checked, gate: Checked | None, thresholds: Thresholds, values: Values) -> Judgement:
    """Judge one subject: the gate first, then the value, then the worst level met.

    A gate or value that is unknown only because it does not apply gives not_applicable, any other unknown
    data_missing, so that nothing passes in silence.
    Raises ValueError as evaluate does, TypeError for an expression that is neither a number nor a code.
    """
    opened = evaluate(gate, values) if gate else None
    if opened is not None and opened.value is not True:
        idle = opened.value is False or opened.not_applicable
        return Judgement("not_applicable" if idle else "data_missing", None, opened.reasons, opened, None)
    result = evaluate(expression, values)
    if result.value is None:
        state = "not_applicable" if result.not_applicable else "data_missing"
        return Judgement(state, None, result.reasons, opened, result)
    if not isinstance(result.value, Decimal):
        raise TypeError(f"an indicator needs a number, not {result.value!r}")
    level = thresholds.level(result.value)
    return Judgement("firing" if level else "clear", level, (), opened, result)


@dataclass(frozen=True)
class AlertState:
    """What an alert remembers between runs.

    level: the worst since it opened, None while closed. fired_on: the data period that last fired.
    clear_periods: later periods seen clear of the mildest limit, without a break.
    """

    level: str | None = None
    fired_on: str = ""
    clear_periods: tuple[str, ...] = ()


def next_state(
    state: AlertState, *, period: str, value: Decimal | None, thresholds: Thresholds, hold_periods: int
) -> AlertState:
    """The alert after one more run.

    period: what the value was judged on (a period end, a day, an event), so that two nights on one statement
    count once. value: None for unknown, which neither closes nor counts. Opening and rising are immediate;
    it closes when hold_periods different later periods were clear; a value inside the margin starts the count again.
    """
    if value is None:
        return state
    level = thresholds.level(value)
    if level is not None:
        worst = max(level, state.level or level, key=LEVELS.index)
        return AlertState(worst, period)
    if state.level is None:
        return state
    if not thresholds.is_clear(value):
        return AlertState(state.level, state.fired_on)
    if period == state.fired_on or period in state.clear_periods:
        return state
    clear = (*state.clear_periods, period)
    return AlertState() if len(clear) >= hold_periods else AlertState(state.level, state.fired_on, clear)


def for_industry(rows: Mapping[str, Row], industry: str) -> Row:
    """The row of the longest prefix of an industry code; the base row stands under the empty prefix.

    Raises KeyError without a base row where no prefix fits.
    """
    fitting = [prefix for prefix in rows if industry.startswith(prefix)]
    return rows[max(fitting, key=len, default="")]
