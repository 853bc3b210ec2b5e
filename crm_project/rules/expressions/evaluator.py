"""Value of a checked expression over one subject's figures, with unknown as a third truth value.

The slow, obvious counterpart of the scan: one subject at a time, with a trace for the explanation.
Source: RULES §9.3.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any, assert_never

from . import nodes
from .checker import Checked
from .environment import Metric, ValueType
from .nodes import Node, Span

# What a snapshot holds: a number, a code as name or position, a day, or nothing.
Cell = Decimal | int | str | date | None
Value = Decimal | bool | date

PRECISION = 34  # digits of a calculation; values are rounded when shown, never before they are compared
PEERS = 4  # other subjects a percentile needs, so that the group counts five

ARITHMETIC: dict[str, Callable[[Any, Any], Decimal]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Values:
    """Figures of one subject.

    now: metric -> today's cell. as_of: the day of judgement, needed by days_to and days_since.
    empty: metric -> why its cell is empty (missing, stale, na); it wins over a cell, none given means missing.
    earlier: look-back such as "4q" -> metric -> the cell of that time.
    series: metric -> cells of the period ends, newest (this one) first.
    peers: metric -> cells of the other subjects of the same division and size class.
    """

    now: Mapping[str, Cell] = field(default_factory=dict)
    as_of: date | None = None
    empty: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)
    series: Mapping[str, Sequence[Cell]] = field(default_factory=dict)
    peers: Mapping[str, Sequence[Cell]] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """Why a value is unknown: missing, stale, na, no_history, div0, base_not_positive or few_peers.

    metric: the one to blame; for div0 the first of the divisor, empty if that names none.
    """

    metric: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """A value, or None with the reasons that make it unknown. Codes are positions in their list."""

    value: Value | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Step:
    """One line of an explanation: what the text from start to end came to. substituted: a literal stood in."""

    start: int
    end: int
    type: ValueType
    outcome: Outcome
    substituted: bool = False


@dataclass(frozen=True)
class Evaluation:
    """value: None is unknown, then reasons say why. trace: the steps, inner before outer, literals left out."""

    value: Value | None
    reasons: tuple[Reason, ...]
    trace: tuple[Step, ...]

    @property
    def known(self) -> bool:
        return self.value is not None

    @property
    def not_applicable(self) -> bool:
        """Unknown only because nothing in it applies to this subject."""
        return self.value is None and all(reason.reason == "na" for reason in self.reasons)


def evaluate(checked: Checked, values: Values) -> Evaluation:
    """Value of the expression: Decimal, bool or date, None for unknown.

    Raises ValueError where a cell does not suit its metric (a float, an unknown code name, not finite)
    and where a count of days has no as_of; never for missing figures or a zero divisor.
    """
    with localcontext() as context:
        context.prec = PRECISION
        evaluator = _Evaluator(checked, values)
        outcome = evaluator.visit(checked.root)
    return Evaluation(outcome.value, outcome.reasons, tuple(evaluator.trace))


def _unknown(*outcomes: Outcome) -> Outcome:
    """Unknown for the reasons of all of these, each said once."""
    return Outcome(None, tuple(dict.fromkeys(reason for outcome in outcomes for reason in outcome.reasons)))


def _because(metric: str, reason: str) -> Outcome:
    return Outcome(None, (Reason(metric, reason),))


class _Evaluator:
    def __init__(self, checked: Checked, values: Values) -> None:
        self.checked = checked
        self.values = values
        self.trace: list[Step] = []
        self.substitutes: set[Span] = set()

    def visit(self, node: Node) -> Outcome:
        outcome = self.outcome_of(node)
        if not isinstance(node, nodes.Number | nodes.Truth | nodes.Code):
            self.note(node, self.checked.types[node], outcome)
        return outcome

    def note(self, place: Span, kind: ValueType, outcome: Outcome) -> None:
        self.trace.append(Step(place.start, place.end, kind, outcome, substituted=place in self.substitutes))

    def outcome_of(self, node: Node) -> Outcome:
        match node:
            case nodes.Number(value=value) | nodes.Truth(value=value):
                return Outcome(value)
            case nodes.Code(name=name):
                code_list = self.checked.types[node].code_list
                return Outcome(Decimal(self.checked.environment.codes[code_list][name]))
            case nodes.MetricName(name=name):
                return self.current(name)
            case nodes.Negate(operand=operand):
                return self.mapped(operand, operator.neg)
            case nodes.Not(operand=operand):
                return self.mapped(operand, operator.not_)
            case nodes.Absolute(operand=operand):
                return self.mapped(operand, abs)
            case nodes.PercentagePoints(operand=operand):
                return self.mapped(operand, lambda value: value * 100)
            case nodes.Logic(operator=word, left=left, right=right):
                return _logic(word, self.visit(left), self.visit(right))
            case nodes.Arithmetic():
                return self.arithmetic(node)
            case nodes.Comparison(operator=sign, left=left, right=right):
                return _compare(sign, self.visit(left), self.visit(right))
            case nodes.Between(operand=operand, low=low, high=high):
                middle = self.visit(operand)
                above = _compare(">=", middle, self.visit(low))
                return _logic("and", above, _compare("<=", middle, self.visit(high)))
            case nodes.Membership():
                return self.membership(node)
            case nodes.LookBack():
                return self.look_back(node)
            case nodes.Average():
                return self.average(node)
            case nodes.Streak():
                return self.streak(node)
            case nodes.Percentile(metric=metric):
                return self.percentile(metric)
            case nodes.DayCount(function=function, metric=metric):
                return self.day_count(function, metric)
            case nodes.IsMissing(metric=metric):
                return Outcome(self.visit(metric).value is None)
            case nodes.Extreme(function=function, operands=operands):
                return self.extreme(min if function == "min" else max, operands)
            case nodes.Choice(condition=condition, then=then, otherwise=otherwise):
                choice = self.visit(condition)
                return _unknown(choice) if choice.value is None else self.visit(then if choice.value else otherwise)
            case nodes.Substitute():
                return self.substitute(node)
            case _:
                assert_never(node)

    # cells

    def metric(self, name: str) -> Metric:
        return self.checked.environment.metrics[name]

    def cell(self, name: str, cell: Cell) -> Value | None:
        """The cell as a value: numbers and positions of codes as Decimal. Raises ValueError where it does not fit."""
        kind = self.metric(name).type
        if cell is None:
            return None
        if kind.name == "date":
            if isinstance(cell, date) and not isinstance(cell, datetime):
                return cell
        elif isinstance(cell, str):
            if kind.name == "code" and cell in self.checked.environment.codes[kind.code_list]:
                return Decimal(self.checked.environment.codes[kind.code_list][cell])
        elif isinstance(cell, int | Decimal) and not isinstance(cell, bool):
            number = Decimal(cell)
            if number.is_finite():
                return number
        raise ValueError(f"metric {name}: {cell!r} is not a {kind.name}")

    def current(self, name: str) -> Outcome:
        if name in self.values.empty:
            return _because(name, self.values.empty[name])
        value = self.cell(name, self.values.now.get(name))
        return _because(name, "missing") if value is None else Outcome(value)

    def before(self, name: str, period: nodes.Period) -> Outcome:
        value = self.cell(name, self.values.earlier.get(str(period), {}).get(name))
        return _because(name, "no_history") if value is None else Outcome(value)

    # operators

    def mapped(self, operand: Node, function: Callable[[Any], Value]) -> Outcome:
        outcome = self.visit(operand)
        return _unknown(outcome) if outcome.value is None else Outcome(function(outcome.value))

    def arithmetic(self, node: nodes.Arithmetic) -> Outcome:
        left, right = self.visit(node.left), self.visit(node.right)
        a, b = left.value, right.value
        if a is None or b is None:
            return _unknown(left, right)
        if isinstance(a, date) and isinstance(b, date):
            return Outcome(Decimal((a - b).days))
        if node.operator == "/" and b == 0:
            return _because(next(iter(nodes.metric_names(node.right)), ""), "div0")
        return Outcome(ARITHMETIC[node.operator](a, b))

    def membership(self, node: nodes.Membership) -> Outcome:
        operand = self.visit(node.operand)
        found = Outcome(False)
        for item in node.items:
            found = _logic("or", found, _compare("=", operand, self.visit(item)))
        return Outcome(not found.value) if node.negated and found.value is not None else found

    # functions

    def look_back(self, node: nodes.LookBack) -> Outcome:
        name = node.metric.name
        before = self.before(name, node.period)
        if node.function == "lag":
            return before
        now = self.visit(node.metric)
        self.note(node.period, self.metric(name).type, before)
        a, b = now.value, before.value
        if not (isinstance(a, Decimal) and isinstance(b, Decimal)):
            return _unknown(now, before)
        if node.function == "change":
            return Outcome(a - b)
        return _because(name, "base_not_positive") if b <= 0 else Outcome(a / b - 1)

    def average(self, node: nodes.Average) -> Outcome:
        name, count = node.metric.name, node.period.count
        if name in self.values.empty:
            return self.current(name)
        cells = [self.cell(name, cell) for cell in self.values.series.get(name, ())[:count]]
        numbers = [cell for cell in cells if isinstance(cell, Decimal)]
        if len(numbers) < count:
            return _because(name, "no_history")
        return Outcome(sum(numbers, Decimal(0)) / count)

    def streak(self, node: nodes.Streak) -> Outcome:
        names = nodes.metric_names(node.condition)
        for period in range(node.period.count):
            outcome = _Evaluator(self.checked, self.at_period(names, period)).visit(node.condition)
            if period == 0 and outcome.value is None:
                return _unknown(outcome)
            if not outcome.value:
                return Outcome(Decimal(period))
        return Outcome(Decimal(node.period.count))

    def at_period(self, names: Sequence[str], period: int) -> Values:
        """The cells of one past period end, counted from the newest; why a cell is empty is known of that one only."""
        series = {name: self.values.series.get(name, ()) for name in names}
        now = {name: cells[period] for name, cells in series.items() if period < len(cells)}
        return replace(self.values, now=now, empty=self.values.empty if period == 0 else {})

    def percentile(self, metric: nodes.MetricName) -> Outcome:
        own = self.visit(metric)
        if own.value is None:
            return own
        cells = (self.cell(metric.name, cell) for cell in self.values.peers.get(metric.name, ()))
        peers = [cell for cell in cells if isinstance(cell, Decimal)]
        if len(peers) < PEERS:
            return _because(metric.name, "few_peers")
        below = sum(COMPARE["<"](peer, own.value) for peer in peers)
        return Outcome(Decimal(below) / len(peers))

    def day_count(self, function: str, metric: nodes.MetricName) -> Outcome:
        day = self.visit(metric)
        if not isinstance(day.value, date):
            return day
        if self.values.as_of is None:
            raise ValueError(f"{function} needs the as-of day")
        days = (day.value - self.values.as_of).days
        return Outcome(Decimal(days if function == "days_to" else -days))

    def extreme(self, choose: Callable[[list[Any]], Value], operands: Sequence[Node]) -> Outcome:
        outcomes = [self.visit(operand) for operand in operands]
        if any(outcome.value is None for outcome in outcomes):
            return _unknown(*outcomes)
        return Outcome(choose([outcome.value for outcome in outcomes]))

    def substitute(self, node: nodes.Substitute) -> Outcome:
        outcome = self.visit(node.operand)
        if outcome.value is not None:
            return outcome
        self.substitutes.add(node)
        return self.visit(node.literal)


def _compare(sign: str, left: Outcome, right: Outcome) -> Outcome:
    if left.value is None or right.value is None:
        return _unknown(left, right)
    return Outcome(COMPARE[sign](left.value, right.value))


def _logic(word: str, left: Outcome, right: Outcome) -> Outcome:
    """Kleene's and, or: one false decides an and, one true an or, whatever the other side."""
    decisive = word == "or"
    if left.value is decisive or right.value is decisive:
        return Outcome(decisive)
    if left.value is None or right.value is None:
        return _unknown(left, right)
    return Outcome(not decisive)
