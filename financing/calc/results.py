"""What calculations hand back besides figures: messages, explanations, checks and refusals.

English texts are templates with named parameters. `N_` only marks them for the translation catalogue; the page
translates `template` and formats `params`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

Param = Decimal | int | str | date
Figure = Decimal | int | date


def N_(text: str) -> str:
    """The text itself, marked for translation."""
    return text


@dataclass(frozen=True)
class Message:
    """A sentence for people: stable code, English template, parameters. Amounts are in CNY."""

    code: str
    template: str
    params: Mapping[str, Param] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template % self.params


class CalcError(ValueError):
    """Inputs from which nothing can be calculated; says which and why."""

    def __init__(self, code: str, template: str, **params: Param) -> None:
        self.message = Message(code, template, params)
        super().__init__(str(self.message))

    @property
    def code(self) -> str:
        return self.message.code


@dataclass(frozen=True)
class Explanation:
    """One line of how a result came about: what it is, the figure, the rule or formula, what it contributes."""

    label: str
    input: Decimal
    rule: str
    contribution: Decimal


@dataclass(frozen=True)
class Check:
    """One rule put to one case.

    figure, limit: what was found and what is allowed, in `unit`
        (CNY, times, points, fraction, years, per_year, count, date).
    headroom: room left in the same unit, days for dates; negative is what is missing.
    source: the rule set that set the limit, as kind/scope, or `decision` or `contract`.
    cures: alternatives, each of which would make the check pass; empty where it passes.
    row: number of the schedule row that decides, from 1.
    facts: further figures behind the result.
    """

    code: str
    figure: Figure | None
    limit: Figure | None
    headroom: Decimal | int | None
    passed: bool
    unit: str
    source: str
    cures: tuple[Message, ...] = ()
    row: int | None = None
    facts: Mapping[str, Param] = field(default_factory=dict)
