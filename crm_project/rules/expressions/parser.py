"""Text to syntax tree, by recursive descent over the grammar of the language.

Everything that needs no catalogue is refused here: characters, syntax, unknown functions, the shape of
arguments, the range of periods, a literal zero divisor and the limits of size.
Source: RULES §9.3.
"""

from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches

from . import nodes
from .errors import ExpressionError
from .nodes import Node, Span
from .tokens import Token, tokenize

MAX_DEPTH = 12
MAX_NODES = 100
MAX_METRICS = 12
MAX_LOOK_BACKS = 6
MAX_PERIOD = {"d": 1830, "m": 60, "q": 20, "y": 5}
MAX_WINDOW = 12  # period ends that avg and streak may look along

KEYWORDS = frozenset({"and", "or", "not", "in", "between", "true", "false"})
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
FUNCTIONS = (
    "lag",
    "change",
    "growth",
    "avg",
    "streak",
    "percentile",
    "days_to",
    "days_since",
    "is_missing",
    "abs",
    "pp",
    "min",
    "max",
    "if",
    "coalesce_missing",
)
SCALES = {"%": (Decimal("0.01"), "ratio"), "万": (Decimal(10_000), "money"), "亿": (Decimal(100_000_000), "money")}


def parse(text: str) -> Node:
    """The syntax tree of an expression.

    Raises ExpressionError with code E_CHAR, E_SYNTAX, E_UNKNOWN_FUNCTION, E_PERIOD, E_ARGUMENT, E_DIV_ZERO or
    E_LIMIT_…, placed at the first mistake.
    """
    return _Parser(tokenize(text)).whole()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0
        self.parts = 0
        self.metrics: set[str] = set()
        self.look_backs: set[tuple[str, int, str]] = set()

    # reading tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def ahead(self, *texts: str) -> bool:
        return self.token.kind in ("symbol", "name") and self.token.text in texts

    def next_is(self, text: str) -> bool:
        following = self.tokens[min(self.position + 1, len(self.tokens) - 1)]
        return following.kind in ("symbol", "name") and following.text == text

    def advance(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def take(self, text: str) -> Token:
        if not self.ahead(text):
            raise self.unexpected(text)
        return self.advance()

    def unexpected(self, expected: str) -> ExpressionError:
        """expected: a token of the language, or value, operator for a kind of token."""
        token = self.token
        found = repr(token.text) if token.text else "the end"
        wanted = {"value": "a value", "operator": "an operator or the end"}.get(expected, repr(expected))
        message = f"expected {wanted}, found {found}"
        return ExpressionError("E_SYNTAX", message, token.start, token.end, expected=expected, found=token.text)

    # limits

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH}"
            raise ExpressionError("E_LIMIT_DEPTH", message, token.start, token.end, limit=MAX_DEPTH)

    def count(self, place: Span | Token, parts: int = 1) -> None:
        self.parts += parts
        if self.parts > MAX_NODES:
            message = f"more than {MAX_NODES} parts"
            raise ExpressionError("E_LIMIT_NODES", message, place.start, place.end, limit=MAX_NODES)

    def count_look_back(self, kind: str, period: nodes.Period) -> None:
        """lag, change and growth over one period share a look-back; avg and streak each have their own."""
        self.look_backs.add((kind, period.count, period.unit))
        if len(self.look_backs) > MAX_LOOK_BACKS:
            message = f"more than {MAX_LOOK_BACKS} different look-backs"
            raise ExpressionError("E_LIMIT_LAGS", message, period.start, period.end, limit=MAX_LOOK_BACKS)

    # grammar, loosest binding first

    def whole(self) -> Node:
        node = self.expression()
        if self.token.kind != "end":
            raise self.unexpected("operator")
        return node

    def expression(self) -> Node:
        left = self.conjunction()
        while self.ahead("or"):
            operator = self.advance()
            right = self.conjunction()
            self.count(operator)
            left = nodes.Logic(left.start, right.end, "or", left, right, operator.start)
        return left

    def conjunction(self) -> Node:
        left = self.negation()
        while self.ahead("and"):
            operator = self.advance()
            right = self.negation()
            self.count(operator)
            left = nodes.Logic(left.start, right.end, "and", left, right, operator.start)
        return left

    def negation(self) -> Node:
        if not self.ahead("not"):
            return self.comparison()
        operator = self.advance()
        self.deeper(operator)
        operand = self.negation()
        self.depth -= 1
        self.count(operator)
        return nodes.Not(operator.start, operand.end, operand)

    def comparison(self) -> Node:
        left = self.sum()
        if self.ahead(*COMPARISONS):
            operator = self.advance()
            right = self.sum()
            self.count(operator)
            return nodes.Comparison(left.start, right.end, operator.text, left, right, operator.start)
        if self.ahead("between"):
            operator = self.advance()
            low = self.sum()
            self.take("and")
            high = self.sum()
            self.count(operator, 3)  # two comparisons and their and
            return nodes.Between(left.start, high.end, left, low, high, operator.start)
        if self.ahead("in") or (self.ahead("not") and self.next_is("in")):
            return self.membership(left)
        return left

    def membership(self, operand: Node) -> Node:
        negated = self.ahead("not")
        if negated:
            self.advance()
        operator = self.take("in")
        self.take("(")
        items = [self.sum()]
        while self.ahead(","):
            self.advance()
            items.append(self.sum())
        end = self.take(")").end
        self.count(operator, 2 * len(items) - 1 + negated)  # comparisons joined by or
        return nodes.Membership(operand.start, end, operand, tuple(items), negated, operator.start)

    def sum(self) -> Node:
        left = self.term()
        while self.ahead("+", "-"):
            operator = self.advance()
            right = self.term()
            self.count(operator)
            left = nodes.Arithmetic(left.start, right.end, operator.text, left, right, operator.start)
        return left

    def term(self) -> Node:
        left = self.unary()
        while self.ahead("*", "/"):
            operator = self.advance()
            right = self.unary()
            if operator.text == "/" and isinstance(right, nodes.Number) and right.value == 0:
                raise ExpressionError("E_DIV_ZERO", "division by the number zero", right.start, right.end)
            self.count(operator)
            left = nodes.Arithmetic(left.start, right.end, operator.text, left, right, operator.start)
        return left

    def unary(self) -> Node:
        if not self.ahead("-"):
            return self.primary()
        operator = self.advance()
        self.deeper(operator)
        operand = self.unary()
        self.depth -= 1
        if isinstance(operand, nodes.Number):
            return replace(operand, start=operator.start, value=-operand.value)
        self.count(operator)
        return nodes.Negate(operator.start, operand.end, operand)

    def primary(self) -> Node:
        token = self.token
        if token.kind == "number":
            self.advance()
            self.count(token)
            return _number(token)
        if token.kind == "code":
            self.advance()
            self.count(token)
            return nodes.Code(token.start, token.end, token.text.strip("'"))
        if token.kind == "period":
            message = f"a period like {token.text} stands only as the last argument of a look-back"
            raise ExpressionError("E_PERIOD", message, token.start, token.end, found=token.text)
        if self.ahead("("):
            self.deeper(self.advance())
            inner = self.expression()
            end = self.take(")").end
            self.depth -= 1
            return replace(inner, start=token.start, end=end)
        if self.ahead("true", "false"):
            self.advance()
            self.count(token)
            return nodes.Truth(token.start, token.end, token.text == "true")
        if token.kind != "name" or token.text in KEYWORDS:
            raise self.unexpected("value")
        return self.call() if self.next_is("(") else self.metric()

    def metric(self) -> nodes.MetricName:
        token = self.advance()
        self.count(token)
        self.metrics.add(token.text)
        if len(self.metrics) > MAX_METRICS:
            message = f"more than {MAX_METRICS} metrics"
            raise ExpressionError("E_LIMIT_METRICS", message, token.start, token.end, limit=MAX_METRICS)
        return nodes.MetricName(token.start, token.end, token.text)

    # functions

    def call(self) -> Node:
        name = self.advance()
        if name.text not in FUNCTIONS:
            near = next(iter(get_close_matches(name.text, FUNCTIONS, 1)), "")
            hint = f"; did you mean {near!r}?" if near else ""
            message = f"no function {name.text!r}{hint}"
            raise ExpressionError("E_UNKNOWN_FUNCTION", message, name.start, name.end, name=name.text, near=near)
        self.take("(")
        self.deeper(name)
        node = self.arguments(name)
        if self.ahead(","):
            raise self.bad_argument(name, "too_many", "has too many arguments")
        end = self.take(")").end
        self.depth -= 1
        self.count(name)
        return replace(node, end=end)

    def arguments(self, name: Token) -> Node:
        """The call without its closing parenthesis; its end is set once that is read."""
        span = (name.start, name.end)
        match name.text:
            case "lag" | "change" | "growth":
                metric = self.metric_argument(name)
                return nodes.LookBack(*span, name.text, metric, self.period_argument(name, "lag"))
            case "avg":
                metric = self.metric_argument(name)
                return nodes.Average(*span, metric, self.period_argument(name, "avg"))
            case "streak":
                condition = self.expression()
                return nodes.Streak(*span, condition, self.period_argument(name, "streak"))
            case "percentile":
                return nodes.Percentile(*span, self.metric_argument(name))
            case "days_to" | "days_since":
                return nodes.DayCount(*span, name.text, self.metric_argument(name))
            case "is_missing":
                return nodes.IsMissing(*span, self.metric_argument(name))
            case "abs":
                return nodes.Absolute(*span, self.expression())
            case "pp":
                return nodes.PercentagePoints(*span, self.expression())
            case "if":
                condition = self.expression()
                self.take(",")
                then = self.expression()
                self.take(",")
                return nodes.Choice(*span, condition, then, self.expression())
            case "coalesce_missing":
                operand = self.expression()
                self.take(",")
                return nodes.Substitute(*span, operand, self.literal_argument(name))
            case _:
                return self.extreme(name)

    def extreme(self, name: Token) -> Node:
        operands = [self.expression()]
        while self.ahead(","):
            self.advance()
            operands.append(self.expression())
        if len(operands) < 2 and self.ahead(")"):
            raise self.bad_argument(name, "too_few", "needs two or more values")
        return nodes.Extreme(name.start, name.end, name.text, tuple(operands))

    def metric_argument(self, name: Token) -> nodes.MetricName:
        if self.token.kind != "name" or self.token.text in KEYWORDS or self.next_is("("):
            raise self.bad_argument(name, "metric_needed", "needs a metric name here, not a calculation")
        metric = self.metric()
        if self.token.kind in ("symbol", "name") and not self.ahead(",", ")"):
            raise self.bad_argument(name, "metric_needed", "needs a metric name here, not a calculation")
        return metric

    def literal_argument(self, name: Token) -> nodes.Number | nodes.Truth | nodes.Code:
        first = self.token
        literal = self.unary()
        if not isinstance(literal, nodes.Number | nodes.Truth | nodes.Code):
            message = f"{name.text} needs a literal as substitute"
            raise ExpressionError(
                "E_ARGUMENT", message, first.start, literal.end, function=name.text, reason="literal_needed"
            )
        return literal

    def period_argument(self, name: Token, look_back: str) -> nodes.Period:
        self.take(",")
        token = self.token
        if token.kind != "period":
            message = "a period such as 4q, 12m, 1y or 30d is needed"
            raise ExpressionError("E_PERIOD", message, token.start, token.end, found=token.text)
        count, unit = int(token.text[:-1]), token.text[-1]
        windowed = name.text in ("avg", "streak")
        most = MAX_WINDOW if windowed else MAX_PERIOD[unit]
        if (windowed and unit == "d") or not 1 <= count <= most:
            message = f"{token.text} is out of range"
            raise ExpressionError("E_PERIOD", message, token.start, token.end, found=token.text, most=most)
        self.advance()
        period = nodes.Period(token.start, token.end, count, unit)
        self.count_look_back(look_back, period)
        return period

    def bad_argument(self, name: Token, reason: str, text: str) -> ExpressionError:
        token = self.token
        message = f"{name.text} {text}"
        return ExpressionError("E_ARGUMENT", message, token.start, token.end, function=name.text, reason=reason)


def _number(token: Token) -> nodes.Number:
    digits, scale, kind = token.text, Decimal(1), "number"
    if digits[-1] in SCALES:
        scale, kind = SCALES[digits[-1]]
        digits = digits[:-1]
    return nodes.Number(token.start, token.end, Decimal(digits.replace("_", "")) * scale, kind)
