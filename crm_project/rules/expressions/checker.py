"""Types, units and names of a syntax tree.

Rules of the calculus: + and - want one type on both sides, * a number or ratio on one side, / gives a ratio
of equals; a ratio never meets percentage points; a coded metric meets only codes of its own list.
Source: RULES §9.3.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, NoReturn, assert_never

from . import nodes
from .environment import NUMERIC, Environment, Metric, ValueType
from .errors import ExpressionError
from .nodes import Node, Span
from .parser import parse

Want = Literal["any", "value", "condition"]

NUMBER, RATIO, PP, DAYS, COUNT, BOOL = (
    ValueType.of(name) for name in ("number", "ratio", "pp", "days", "count", "bool")
)
STRING = ValueType("string", "")
WORDS = {
    "compare": "compared",
    "add": "added",
    "subtract": "subtracted",
    "multiply": "multiplied",
    "divide": "divided",
    "combine": "combined",
    "substitute": "substituted for each other",
}
OPERATIONS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}


@dataclass(frozen=True)
class Checked:
    """An expression that may be evaluated.

    types: the type of every node below root. metrics: the names used, in the order of the text.
    """

    root: Node
    environment: Environment = field(repr=False)
    types: Mapping[Node, ValueType] = field(repr=False, compare=False)
    metrics: tuple[str, ...]

    @property
    def value_type(self) -> ValueType:
        return self.types[self.root]

    @property
    def type(self) -> str:
        """number, ratio, pp, money, days, count, date, code or bool."""
        return self.value_type.name

    @property
    def unit(self) -> str:
        """Unit the value is shown in: fraction, times, pp, CNY, days, quarters, …; empty for number and bool."""
        return self.value_type.unit


def check(expression: Node | str, environment: Environment, want: Want = "any") -> Checked:
    """Check names, types and units.

    want: value where a number or code is needed (an indicator), condition where a bool is (a gate, a covenant).
    Raises ExpressionError with any code of the language, placed at the first mistake found.
    """
    root = parse(expression) if isinstance(expression, str) else expression
    checker = _Checker(environment)
    kind = checker.visit(root)
    if kind.name == "string":
        checker.refuse_bare_code(root)
    if want == "condition" and kind.name != "bool":
        raise ExpressionError(
            "E_NOT_CONDITION", f"a condition is needed, this is a {kind.name}", 0, root.end, found=kind.name
        )
    if want == "value" and not (kind.is_numeric or kind.name == "code"):
        raise ExpressionError("E_NOT_VALUE", f"a number is needed, this is a {kind.name}", 0, root.end, found=kind.name)
    return Checked(root, environment, checker.types, nodes.metric_names(root))


def _merged(a: ValueType, b: ValueType) -> ValueType:
    """Type of a sum, minimum or choice of two fitting values: a number takes the type of its partner."""
    if a.name == "number" or b.name == "number":
        return b if a.name == "number" else a
    return a if a == b else ValueType.of(a.name)


def _fits(a: ValueType, b: ValueType) -> bool:
    """One numeric type on both sides, or a plain number on one."""
    return a.is_numeric and b.is_numeric and (a.name == b.name or "number" in (a.name, b.name))


def _product(a: ValueType, b: ValueType) -> ValueType | None:
    if b.name == "number":
        return a
    if a.name in ("number", "ratio"):
        return b
    return a if b.name == "ratio" else None


def _quotient(a: ValueType, b: ValueType) -> ValueType | None:
    if b.name in ("number", "ratio"):
        return a
    if a.name == b.name:
        return RATIO
    return a if (a.name, b.name) == ("money", "count") else None


class _Checker:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.types: dict[Node, ValueType] = {}

    def visit(self, node: Node) -> ValueType:
        kind = self.type_of(node)
        self.types[node] = kind
        return kind

    def type_of(self, node: Node) -> ValueType:
        match node:
            case nodes.Number(kind=name):
                return ValueType.of(name)
            case nodes.Truth():
                return BOOL
            case nodes.Code():
                return STRING
            case nodes.MetricName():
                return self.metric(node).type
            case nodes.Negate(operand=operand):
                return self.signed(node, operand)
            case nodes.Not(operand=operand):
                return self.condition(operand)
            case nodes.Logic(left=left, right=right):
                self.condition(left)
                return self.condition(right)
            case nodes.Arithmetic():
                return self.arithmetic(node)
            case nodes.Comparison(operator=operator, left=left, right=right, at=at):
                return self.comparison(left, (right,), Span(at, at + len(operator)))
            case nodes.Between(operand=operand, low=low, high=high, at=at):
                return self.comparison(operand, (low, high), Span(at, at + len("between")))
            case nodes.Membership(operand=operand, items=items, at=at):
                return self.comparison(operand, items, Span(at, at + len("in")))
            case nodes.LookBack() | nodes.Average():
                return self.look_back(node)
            case nodes.Streak():
                return self.streak(node)
            case nodes.Percentile(metric=metric):
                self.needs(metric, NUMERIC, "percentile")
                return RATIO
            case nodes.DayCount(function=function, metric=metric):
                self.needs(metric, {"date"}, function)
                return DAYS
            case nodes.IsMissing(metric=metric):
                self.visit(metric)
                return BOOL
            case nodes.Absolute(operand=operand):
                return self.needs(operand, NUMERIC, "abs")
            case nodes.PercentagePoints(operand=operand):
                self.needs(operand, {"ratio"}, "pp")
                return PP
            case nodes.Extreme():
                return self.extreme(node)
            case nodes.Choice():
                return self.choice(node)
            case nodes.Substitute():
                return self.substitute(node)
            case _:
                assert_never(node)

    # names

    def metric(self, node: nodes.MetricName) -> Metric:
        known = self.environment.metrics
        metric = known.get(node.name)
        if metric is None:
            own = [key for key, other in known.items() if other.subject == self.environment.subject]
            near = _nearest(node.name, own) or _nearest(node.name, known)
            message = f"no metric {node.name!r}{_hint(near)}"
            raise ExpressionError("E_UNKNOWN_METRIC", message, node.start, node.end, name=node.name, near=near)
        owner, subject = metric.subject, self.environment.subject
        if owner != subject:
            message = f"{node.name!r} belongs to {owner}, this expression judges {subject}"
            raise ExpressionError(
                "E_SUBJECT", message, node.start, node.end, name=node.name, owner=owner, subject=subject
            )
        return metric

    def code(self, node: nodes.Code, partner: ValueType) -> None:
        """Give a code name the list of the value beside it."""
        if partner.name != "code":
            message = f"a code name stands only beside a code metric, not beside a {partner.name}"
            raise ExpressionError(
                "E_TYPE", message, node.start, node.end, a="code", b=partner.name, operation="compare"
            )
        names = self.environment.codes[partner.code_list]
        if node.name not in names:
            near = _nearest(node.name, names)
            message = f"{node.name!r} is not in list {partner.code_list!r}{_hint(near)}"
            raise ExpressionError(
                "E_CODE", message, node.start, node.end, list=partner.code_list, name=node.name, near=near
            )
        self.types[node] = partner

    # types

    def condition(self, node: Node) -> ValueType:
        kind = self.visit(node)
        if kind.name != "bool":
            message = f"a condition is needed here, this is a {kind.name}"
            raise ExpressionError("E_TYPE", message, node.start, node.end, a=kind.name, b="bool", operation="combine")
        return kind

    def needs(self, node: Node, names: Iterable[str], function: str) -> ValueType:
        kind = self.visit(node)
        if kind.name not in names:
            message = f"{function} does not work on a {kind.name}"
            raise ExpressionError("E_TYPE", message, node.start, node.end, a=kind.name, b=function, operation="combine")
        return kind

    def signed(self, node: nodes.Negate, operand: Node) -> ValueType:
        kind = self.visit(operand)
        if not kind.is_numeric:
            message = f"a {kind.name} has no sign"
            raise ExpressionError(
                "E_TYPE", message, node.start, node.start + 1, a="number", b=kind.name, operation="subtract"
            )
        return kind

    def arithmetic(self, node: nodes.Arithmetic) -> ValueType:
        a, b = self.visit(node.left), self.visit(node.right)
        result: ValueType | None = None
        if node.operator in "+-":
            if _fits(a, b):
                result = _merged(a, b)
            elif node.operator == "-" and a.name == b.name == "date":
                result = DAYS
        elif a.is_numeric and b.is_numeric:
            result = _product(a, b) if node.operator == "*" else _quotient(a, b)
        if result is None:
            self.refuse(a, b, OPERATIONS[node.operator], Span(node.at, node.at + 1))
        return result

    def comparison(self, operand: Node, others: Iterable[Node], place: Span) -> ValueType:
        a = self.visit(operand)
        for other in others:
            b = self.visit(other)
            if isinstance(other, nodes.Code):
                self.code(other, a)
            elif isinstance(operand, nodes.Code):
                self.code(operand, b)
            elif not (_fits(a, b) or a.name == b.name == "date" or (a.name == "code" and _same_list(a, b))):
                self.refuse(a, b, "compare", place)
        return BOOL

    def look_back(self, node: nodes.LookBack | nodes.Average) -> ValueType:
        function = node.function if isinstance(node, nodes.LookBack) else "avg"
        coded = function in ("lag", "change")
        kind = self.needs(node.metric, NUMERIC | {"code"} if coded else NUMERIC, function)
        self.steps(node.metric, node.period)
        if function == "growth":
            return RATIO
        return COUNT if function == "change" and kind.name == "code" else kind

    def steps(self, name: nodes.MetricName, period: nodes.Period) -> None:
        """Statement metrics step by statement periods (q, y), all others by the calendar (m, d)."""
        from_statements = self.metric(name).from_statements
        if from_statements != (period.unit in "qy"):
            rule = "comes with statements: use q or y" if from_statements else "is dated by the calendar: use m or d"
            units = "qy" if from_statements else "md"
            message = f"{name.name} {rule}"
            raise ExpressionError(
                "E_PERIOD", message, period.start, period.end, name=name.name, found=str(period), units=units
            )

    def streak(self, node: nodes.Streak) -> ValueType:
        self.condition(node.condition)
        names = [part for part in nodes.walk(node.condition) if isinstance(part, nodes.MetricName)]
        if not names:
            self.refuse_in_streak(node.condition, "metric_needed", "a condition without a metric")
        for part in nodes.walk(node.condition):
            # Such a call looks beyond the one period a streak's condition is asked of.
            if isinstance(part, nodes.LookBack | nodes.Average | nodes.Streak | nodes.Percentile | nodes.DayCount):
                self.refuse_in_streak(part, "one_period", "a look-back, a percentile or a count of days")
        for name in names:
            self.steps(name, node.period)
        return COUNT

    def extreme(self, node: nodes.Extreme) -> ValueType:
        result = NUMBER
        for operand in node.operands:
            kind = self.visit(operand)
            if not _fits(result, kind):
                self.refuse(result, kind, "combine", operand)
            result = _merged(result, kind)
        return result

    def choice(self, node: nodes.Choice) -> ValueType:
        self.condition(node.condition)
        a, b = self.visit(node.then), self.visit(node.otherwise)
        if a.name == b.name == "bool":
            return BOOL
        if not _fits(a, b):
            self.refuse(a, b, "combine", node.otherwise)
        return _merged(a, b)

    def substitute(self, node: nodes.Substitute) -> ValueType:
        kind = self.visit(node.operand)
        literal = self.visit(node.literal)
        if isinstance(node.literal, nodes.Code):
            self.code(node.literal, kind)
        elif not (kind.name == literal.name == "bool" or (kind.is_numeric and literal.name in ("number", kind.name))):
            self.refuse(kind, literal, "substitute", node.literal)
        return kind

    # refusals

    def refuse(self, a: ValueType, b: ValueType, operation: str, place: Span) -> NoReturn:
        names = {a.name, b.name}
        hint = ""
        if names == {"ratio", "pp"}:
            hint = "; write pp(...) or a plain number"
        elif "code" in names:
            hint = "; write the code name in quotes"
        message = f"{a.name} and {b.name} cannot be {WORDS[operation]}{hint}"
        raise ExpressionError("E_TYPE", message, place.start, place.end, a=a.name, b=b.name, operation=operation)

    def refuse_bare_code(self, node: Node) -> NoReturn:
        message = "a code name stands only beside a code metric"
        raise ExpressionError("E_TYPE", message, node.start, node.end, a="code", b="string", operation="compare")

    def refuse_in_streak(self, node: Node, reason: str, text: str) -> NoReturn:
        message = f"streak does not work on {text}"
        raise ExpressionError("E_ARGUMENT", message, node.start, node.end, function="streak", reason=reason)


def _same_list(a: ValueType, b: ValueType) -> bool:
    return b.name == "code" and a.code_list == b.code_list


def _nearest(name: str, known: Iterable[str]) -> str:
    return next(iter(get_close_matches(name, list(known), 1)), "")


def _hint(near: str) -> str:
    return f"; did you mean {near!r}?" if near else ""
