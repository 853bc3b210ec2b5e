"""Financial statements: lines of the template, derived totals, identities, common size, growth.

Amounts are CNY; flows are year to date, stocks stand at the period end; the financial year is the calendar year.
Source: RULES §23 and the statement template of the shipped rule `statement_lines/corporate`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Self
from unicodedata import normalize

from clients.calc.explanation import decimal_of

Values = Mapping[str, Decimal | None]
Nature = Literal["stock", "flow"]


@dataclass(frozen=True)
class Term:
    """One signed part of a sum. `scope` is empty for the statement itself, else opening, average, before or ytd."""

    sign: int
    line: str
    scope: str = ""

    @property
    def name(self) -> str:
        return f"{self.scope}.{self.line}" if self.scope else self.line


def parse_terms(text: str) -> tuple[Term, ...]:
    """Signed terms of a rule table, as "+revenue -opening.net_assets". Raises ValueError on a term without sign."""
    terms = []
    for word in text.split():
        if word[0] not in "+-" or len(word) < 2:
            raise ValueError(f"term without sign: {word!r}")
        scope, _, line = word[1:].rpartition(".")
        terms.append(Term(1 if word[0] == "+" else -1, line, scope))
    return tuple(terms)


@dataclass(frozen=True)
class Line:
    """One line of the template.

    block: balance, income, cash_flow, equity or notes. sign: +1 or -1 in its sub-total. is_total: can be derived.
    item: name under which metrics read it, or empty. blank: what an empty cell means, "" unknown, "0" nothing, or the
    line whose value it takes. row: row of the template.
    """

    key: str
    item: str
    name_en: str
    name_zh: str
    aliases: tuple[str, ...]
    block: str
    nature: Nature
    sign: int
    is_total: bool
    required: bool
    blank: str
    row: int


@dataclass(frozen=True)
class Identity:
    """What must hold inside one statement. kind: sub_total, balance, roll_forward, part; relation: "=" or "<="."""

    key: str
    kind: str
    relation: str
    line: str
    terms: tuple[Term, ...]
    severity: str
    name_en: str
    name_zh: str


@dataclass(frozen=True)
class RatioDefinition:
    """A ratio as data: multiplier × numerator / denominator. unit: fraction, times or days."""

    key: str
    name_en: str
    name_zh: str
    unit: str
    multiplier: Decimal
    numerator: tuple[Term, ...]
    denominator: tuple[Term, ...]
    formula: str


@dataclass(frozen=True)
class Statement:
    """Values of one period end, in CNY. unit: 1 or 10,000, the unit in which the client reported."""

    period_end: date
    values: Values
    unit: Decimal = Decimal(1)

    @property
    def is_annual(self) -> bool:
        return (self.period_end.month, self.period_end.day) == (12, 31)


@dataclass(frozen=True)
class Problem:
    """One broken identity or missing line of one period.

    code: missing_value, sub_total, balance, roll_forward or part_exceeds_whole. lines: the lines concerned, the one to
    look at first in front. difference: reported less computed, CNY; None for a missing value. row: template row.
    """

    code: str
    identity: str
    severity: str
    period_end: date
    lines: tuple[str, ...]
    difference: Decimal | None
    row: int


@dataclass(frozen=True)
class StatementLines:
    """The template and all that is defined on it."""

    lines: Mapping[str, Line]
    identities: tuple[Identity, ...]
    ratios: Mapping[str, RatioDefinition]
    tolerance: Decimal
    _by_label: Mapping[str, str] = field(repr=False, default_factory=dict)

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Template from the body of the rule `statement_lines/corporate`.

        Raises ValueError where an identity or ratio names a line that does not exist, or two lines share a label.
        """
        first_row = int(body["params"]["first_row"])
        lines = {
            row["line"]: Line(
                key=row["line"],
                item=row["item"],
                name_en=row["name_en"],
                name_zh=row["name_zh"],
                aliases=tuple(alias for alias in row["aliases"].split(";") if alias),
                block=row["block"],
                nature="flow" if row["nature"] == "flow" else "stock",
                sign=int(row["sign"]),
                is_total=row["total"] == "yes",
                required=row["required"] == "yes",
                blank=row["blank"],
                row=first_row + place,
            )
            for place, row in enumerate(body["tables"]["lines"])
        }
        identities = tuple(
            Identity(
                key=row["identity"],
                kind=row["kind"],
                relation=row["relation"],
                line=row["line"],
                terms=parse_terms(row["terms"]),
                severity=row["severity"],
                name_en=row["name_en"],
                name_zh=row["name_zh"],
            )
            for row in body["tables"]["identities"]
        )
        ratios = {
            row["ratio"]: RatioDefinition(
                key=row["ratio"],
                name_en=row["name_en"],
                name_zh=row["name_zh"],
                unit=row["unit"],
                multiplier=decimal_of(row["multiplier"]),
                numerator=parse_terms(row["numerator"]),
                denominator=parse_terms(row["denominator"]),
                formula=_formula(row),
            )
            for row in body["tables"]["ratios"]
        }
        named = {identity.line for identity in identities}
        named |= {term.line for identity in identities for term in identity.terms}
        named |= {term.line for ratio in ratios.values() for term in ratio.numerator + ratio.denominator}
        unknown = sorted(named - lines.keys())
        if unknown:
            raise ValueError(f"statement lines: no line {', '.join(unknown)}")
        return cls(lines, identities, ratios, decimal_of(body["params"]["tolerance"]), _labels(lines.values()))

    def line_of_label(self, label: str) -> str | None:
        """Key of the line a label of column A means (Chinese, English, an alias or the key); None if none does."""
        return self._by_label.get(_plain(label))

    def missing_lines(self, present: Iterable[str]) -> tuple[str, ...]:
        """Required lines of the template that a file does not have, in template order."""
        have = set(present)
        return tuple(line.key for line in self.lines.values() if line.required and line.key not in have)

    def complete(self, values: Values) -> dict[str, Decimal | None]:
        """All lines: what was reported, blanks as the template reads them, missing totals derived from their parts."""
        full: dict[str, Decimal | None] = {key: values.get(key) for key in self.lines}
        for line in self.lines.values():
            if full[line.key] is None and line.blank:
                full[line.key] = Decimal(0) if line.blank == "0" else full[line.blank]
        for identity in self.identities:
            if identity.kind == "sub_total" and full[identity.line] is None:
                full[identity.line] = sum_terms(identity.terms, full)
        return full


def sum_terms(terms: Iterable[Term], values: Mapping[str, Decimal | None]) -> Decimal | None:
    """Signed sum; None as soon as one term is unknown. `values` by term name."""
    total = Decimal(0)
    for term in terms:
        value = values.get(term.name)
        if value is None:
            return None
        total += term.sign * value
    return total


def check_identities(rule: StatementLines, statements: Sequence[Statement]) -> list[Problem]:
    """Missing values and broken identities of a client's statements, in order of period and template row.

    A difference counts beyond the tolerance in the unit of the file (0.01 yuan, or 0.01 万元). A sub-total that was not
    reported is not a problem, it is derived; a value missing from the notes is a warning. The roll-forward of net
    assets needs the statement of the last year end; it is a warning: the template has no line for capital paid in.
    """
    problems: list[Problem] = []
    full = {statement.period_end: rule.complete(statement.values) for statement in statements}
    for statement in sorted(statements, key=lambda each: each.period_end):
        found = _missing_values(rule, statement)
        opening = full.get(date(statement.period_end.year - 1, 12, 31), {})
        values = full[statement.period_end] | {f"opening.{key}": value for key, value in opening.items()}
        for identity in rule.identities:
            reported = statement.values.get(identity.line)
            expected = sum_terms(identity.terms, values)
            if identity.kind == "balance":
                reported = values[identity.line]
            if reported is None or expected is None:
                continue
            difference = reported - expected
            excess = difference if identity.relation == "<=" else abs(difference)
            if excess <= rule.tolerance * statement.unit:
                continue
            code = "part_exceeds_whole" if identity.kind == "part" else identity.kind
            lines = (identity.line, *(term.line for term in identity.terms if term.line != identity.line))
            row = rule.lines[identity.line].row
            found.append(Problem(code, identity.key, identity.severity, statement.period_end, lines, difference, row))
        problems += sorted(found, key=lambda problem: problem.row)
    return problems


def common_size(rule: StatementLines, values: Values) -> dict[str, Decimal | None]:
    """Every line as a fraction: stocks of total assets, flows of revenue; None where line or base is unknown or ≤ 0."""
    full = rule.complete(values)
    shares: dict[str, Decimal | None] = {}
    for line in rule.lines.values():
        value, base = (full[line.key], full["revenue" if line.nature == "flow" else "total_assets"])
        shares[line.key] = None if value is None or base is None or base <= 0 else value / base
    return shares


def growth(rule: StatementLines, values: Values, before: Values) -> dict[str, Decimal | None]:
    """Every line's value over that of the same cut a year before, less 1; None where unknown or the base is ≤ 0."""
    now, then = rule.complete(values), rule.complete(before)
    rates: dict[str, Decimal | None] = {}
    for key in rule.lines:
        value, base = now[key], then[key]
        rates[key] = None if value is None or base is None or base <= 0 else value / base - 1
    return rates


def _missing_values(rule: StatementLines, statement: Statement) -> list[Problem]:
    derived = {identity.line for identity in rule.identities if identity.kind == "sub_total"}
    found = []
    for line in rule.lines.values():
        if line.required and not line.blank and line.key not in derived and statement.values.get(line.key) is None:
            severity = "warning" if line.block == "notes" else "error"
            found.append(Problem("missing_value", "", severity, statement.period_end, (line.key,), None, line.row))
    return found


def _formula(row: Mapping[str, str]) -> str:
    times = "" if row["multiplier"] == "1" else f"{row['multiplier']} × "
    return f"{times}{_sum_text(row['numerator'])} / {_sum_text(row['denominator'])}"


def _sum_text(terms: str) -> str:
    text = terms.removeprefix("+").replace(" +", " + ").replace(" -", " − ")
    return f"({text})" if " " in text else text


def _plain(label: str) -> str:
    text = normalize("NFKC", label).casefold()
    return "".join(char for char in text if not char.isspace()).removesuffix(":")


def _labels(lines: Iterable[Line]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for line in lines:
        for label in {_plain(text) for text in (line.key, line.name_en, line.name_zh, *line.aliases)}:
            if label in labels:
                raise ValueError(f"statement lines: {labels[label]} and {line.key} share the label {label!r}")
            labels[label] = line.key
    return labels
