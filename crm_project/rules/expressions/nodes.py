"""The syntax tree: small frozen values, each with its place in the text.

`start` and `end` are offsets, end exclusive; parentheses belong to the node they enclose.
`at` is the offset of an operator. No two nodes of one tree share the same span and class.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal


@dataclass(frozen=True)
class Span:
    start: int
    end: int


@dataclass(frozen=True)
class Period(Span):
    """A look-back such as 4q. unit: d, m, q or y."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


@dataclass(frozen=True)
class Number(Span):
    """A literal in base units: 75% is 0.75, 500万 is 5000000. kind: number, ratio or money."""

    value: Decimal
    kind: str


@dataclass(frozen=True)
class Truth(Span):
    value: bool


@dataclass(frozen=True)
class Code(Span):
    """A quoted code name; the list it belongs to follows from the metric beside it."""

    name: str


@dataclass(frozen=True)
class MetricName(Span):
    name: str


@dataclass(frozen=True)
class Negate(Span):
    operand: "Node"


@dataclass(frozen=True)
class Not(Span):
    operand: "Node"


@dataclass(frozen=True)
class Arithmetic(Span):
    """operator: + - * or /."""

    operator: str
    left: "Node"
    right: "Node"
    at: int


@dataclass(frozen=True)
class Comparison(Span):
    """operator: = != < <= > or >=."""

    operator: str
    left: "Node"
    right: "Node"
    at: int


@dataclass(frozen=True)
class Between(Span):
    """low <= operand <= high."""

    operand: "Node"
    low: "Node"
    high: "Node"
    at: int


@dataclass(frozen=True)
class Membership(Span):
    """operand in (items), or not in."""

    operand: "Node"
    items: tuple["Node", ...]
    negated: bool
    at: int


@dataclass(frozen=True)
class Logic(Span):
    """operator: and, or."""

    operator: str
    left: "Node"
    right: "Node"
    at: int


@dataclass(frozen=True)
class LookBack(Span):
    """function: lag, change or growth."""

    function: str
    metric: MetricName
    period: Period


@dataclass(frozen=True)
class Average(Span):
    metric: MetricName
    period: Period


@dataclass(frozen=True)
class Streak(Span):
    condition: "Node"
    period: Period


@dataclass(frozen=True)
class Percentile(Span):
    metric: MetricName


@dataclass(frozen=True)
class DayCount(Span):
    """function: days_to or days_since."""

    function: str
    metric: MetricName


@dataclass(frozen=True)
class IsMissing(Span):
    metric: MetricName


@dataclass(frozen=True)
class Absolute(Span):
    operand: "Node"


@dataclass(frozen=True)
class PercentagePoints(Span):
    operand: "Node"


@dataclass(frozen=True)
class Extreme(Span):
    """function: min or max, over two or more operands."""

    function: str
    operands: tuple["Node", ...]


@dataclass(frozen=True)
class Choice(Span):
    condition: "Node"
    then: "Node"
    otherwise: "Node"


@dataclass(frozen=True)
class Substitute(Span):
    """coalesce_missing: the literal stands in where the operand is unknown."""

    operand: "Node"
    literal: "Number | Truth | Code"


Node = (
    Number
    | Truth
    | Code
    | MetricName
    | Negate
    | Not
    | Arithmetic
    | Comparison
    | Between
    | Membership
    | Logic
    | LookBack
    | Average
    | Streak
    | Percentile
    | DayCount
    | IsMissing
    | Absolute
    | PercentagePoints
    | Extreme
    | Choice
    | Substitute
)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, left to right; a period is not a node."""
    for field in fields(node):
        value = getattr(node, field.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Span) and not isinstance(item, Period):
                yield item  # type: ignore[misc]


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text."""
    yield node
    for child in children(node):
        yield from walk(child)


def metric_names(node: Node) -> tuple[str, ...]:
    """Every metric below the node once, in the order of first use."""
    return tuple(dict.fromkeys(part.name for part in walk(node) if isinstance(part, MetricName)))
