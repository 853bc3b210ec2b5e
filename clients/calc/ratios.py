"""Ratios of a client's statements, by the definitions of the rule `statement_lines/corporate`.

Flows are taken over twelve months: the year itself at a year end, else this year to date plus the last full year less
the last year to the same cut. Averages are those of the period end and of the same date a year before. Growth compares
the year to date with the same cut of the year before. Source: RULES §23.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.calc.statements import RatioDefinition, Statement, StatementLines, Term, sum_terms

MISSING = "missing"
BASE_NOT_POSITIVE = "base_not_positive"


@dataclass(frozen=True)
class Ratio:
    """Value of one ratio, unrounded. inputs: name and value of each term used, in the order of the formula.

    reason: why there is no value, `missing` (an input, or the history behind it) or `base_not_positive`.
    """

    key: str
    value: Decimal | None
    inputs: tuple[tuple[str, Decimal | None], ...]
    reason: str = ""


class StatementHistory:
    """A client's completed statements, looked up by period end."""

    def __init__(self, rule: StatementLines, statements: Sequence[Statement]) -> None:
        self.rule = rule
        self._values = {statement.period_end: rule.complete(statement.values) for statement in statements}

    def value(self, line: str, period_end: date) -> Decimal | None:
        """Reported or derived value of a line, year to date for flows; None if unknown."""
        return self._values.get(period_end, {}).get(line)

    def trailing(self, line: str, period_end: date) -> Decimal | None:
        """Value over the twelve months to the period end for flows, the value itself for stocks."""
        now = self.value(line, period_end)
        if self.rule.lines[line].nature == "stock" or (period_end.month, period_end.day) == (12, 31):
            return now
        last_year = self.value(line, date(period_end.year - 1, 12, 31))
        same_cut = self.value(line, year_before(period_end))
        if now is None or last_year is None or same_cut is None:
            return None
        return now + last_year - same_cut

    def average(self, line: str, period_end: date) -> Decimal | None:
        """Mean of a stock at the period end and a year before."""
        closing, opening = (self.value(line, period_end), self.value(line, year_before(period_end)))
        return None if closing is None or opening is None else (opening + closing) / 2

    def term(self, term: Term, period_end: date) -> Decimal | None:
        """Value of a ratio's term, by its scope, without its sign."""
        match term.scope:
            case "":
                return self.trailing(term.line, period_end)
            case "ytd":
                return self.value(term.line, period_end)
            case "before":
                return self.value(term.line, year_before(period_end))
            case "average":
                return self.average(term.line, period_end)
        raise ValueError(f"unknown scope of {term.name}")

    def ratio(self, definition: RatioDefinition, period_end: date) -> Ratio:
        """One ratio of one period. A denominator of zero or less gives no value, with reason base_not_positive."""
        terms = {term.name: term for term in definition.numerator + definition.denominator}
        values = {name: self.term(term, period_end) for name, term in terms.items()}
        inputs = tuple(values.items())
        base = sum_terms(definition.denominator, values)
        if base is not None and base <= 0:
            return Ratio(definition.key, None, inputs, BASE_NOT_POSITIVE)
        total = sum_terms(definition.numerator, values)
        if base is None or total is None:
            return Ratio(definition.key, None, inputs, MISSING)
        return Ratio(definition.key, definition.multiplier * total / base, inputs)


def year_before(day: date) -> date:
    """The same date a year before; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def all_ratios(rule: StatementLines, statements: Sequence[Statement]) -> dict[date, tuple[Ratio, ...]]:
    """Every defined ratio for each period end of the statements, oldest period first."""
    history = StatementHistory(rule, statements)
    periods = sorted({statement.period_end for statement in statements})
    return {day: tuple(history.ratio(definition, day) for definition in rule.ratios.values()) for day in periods}
