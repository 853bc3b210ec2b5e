"""Statements as tables for pages: trend, common size, ratios, a preview beside what the books hold."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clients.calc.ratios import BASE_NOT_POSITIVE, MISSING, Ratio, StatementHistory, all_ratios, year_before
from clients.calc.statements import Line, RatioDefinition, StatementLines, Term, common_size, growth
from clients.calc.statements import Statement as Figures
from clients.models import Statement
from clients.statement_texts import BLOCKS, name_of, term_name
from crm_project.rules.money import round_half_up
from crm_project.ui import formats, markup

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PERIODS_SHOWN = 5
YEAR = 12
LOWER_IS_BETTER = {
    "debt_ratio",
    "debt_to_equity",
    "short_debt_share",
    "receivable_days",
    "inventory_days",
    "other_receivables_share",
}
EXACT = {"yuan": 2, "wan": 2, "yi": 6}
"""Decimals of a preview by unit: more than elsewhere, because here every digit is looked at."""
Values = Mapping[str, Decimal | None]


@dataclass(frozen=True)
class Row:
    """One line: its name, a cell per column, the change against a year before. `total` prints it bold."""

    key: str
    label: str
    cells: Sequence[SafeString]
    change: SafeString
    total: bool = False


@dataclass(frozen=True)
class Group:
    label: "str | _StrPromise"
    rows: list[Row]


@dataclass(frozen=True)
class PreviewCell:
    """A figure as read and as it stands in the books. `compared`: the period has been filed before."""

    read: SafeString
    booked: SafeString
    compared: bool
    differs: bool


@dataclass(frozen=True)
class PreviewRow:
    label: str
    cells: list[PreviewCell]
    total: bool


@dataclass(frozen=True)
class PreviewGroup:
    label: "str | _StrPromise"
    rows: list[PreviewRow]


@dataclass(frozen=True)
class RatioCard:
    """What a ratio is and how it came about: formula in words, each input per period, result or reason."""

    key: str
    name: str
    formula: str
    note: str
    inputs: list[tuple[str, list[SafeString]]]
    results: list[SafeString]


@dataclass(frozen=True)
class Trend:
    """The current filings of one kind, oldest first; the last few are shown, all of them feed the calculations."""

    rule: StatementLines
    filings: Sequence[Statement]
    figures: Sequence[Figures] = field(repr=False)
    kinds: Collection[bool]
    """Which kinds the client has filed: consolidated, single, or both."""

    @property
    def shown(self) -> Sequence[Statement]:
        return self.filings[-PERIODS_SHOWN:]

    @property
    def days(self) -> list[date]:
        return [filing.period_end for filing in self.shown]

    def values(self, day: date) -> Values:
        return next((one.values for one in self.figures if one.period_end == day), {})

    @property
    def latest(self) -> date:
        return self.filings[-1].period_end


def period_label(filing: Statement) -> str:
    """`2025` for a full year, `2026-09` for a part of one."""
    return f"{filing.period_end:%Y}" if filing.months == YEAR else f"{filing.period_end:%Y-%m}"


def reading_order(rule: StatementLines) -> list[tuple[str, list[Line]]]:
    """Lines by block, every sub-total behind its parts; the template itself puts the totals last."""
    ordered: list[str] = []
    for identity in rule.identities:
        if identity.kind == "sub_total":
            ordered += [term.line for term in identity.terms if term.line not in ordered]
            ordered += [identity.line] if identity.line not in ordered else []
    ordered += [line for line in rule.lines if line not in ordered]
    lines = [rule.lines[key] for key in ordered]
    return [(block, [line for line in lines if line.block == block]) for block in BLOCKS]


def figure_groups(trend: Trend) -> list[Group]:
    """Amounts in the user's unit, and growth of the latest period over the same cut a year before."""
    rule = trend.rule
    full = [rule.complete(trend.values(day)) for day in trend.days]
    rates = growth(rule, trend.values(trend.latest), trend.values(year_before(trend.latest)))
    return _groups(rule, lambda key: [markup.money(one[key]) for one in full], lambda key: markup.percent(rates[key]))


def common_size_groups(trend: Trend) -> list[Group]:
    """Shares of total assets or revenue, and their move in points over a year."""
    rule = trend.rule
    shares = [common_size(rule, trend.values(day)) for day in trend.days]
    now, then = (common_size(rule, trend.values(day)) for day in (trend.latest, year_before(trend.latest)))

    def change(key: str) -> SafeString:
        return _arrow(_difference(now[key], then[key]), formats.points)

    return _groups(rule, lambda key: [markup.percent(one[key]) for one in shares], change)


def ratio_rows(trend: Trend) -> list[Row]:
    """Every defined ratio, and its move over a year: points for fractions, else in its own unit."""
    found = all_ratios(trend.rule, trend.figures)
    by_day = {day: {ratio.key: ratio for ratio in ratios} for day, ratios in found.items()}
    before = by_day.get(year_before(trend.latest), {})
    rows = []
    for key, definition in trend.rule.ratios.items():
        cells = [_ratio_value(definition, by_day[day][key].value) for day in trend.days]
        then = before[key].value if key in before else None
        change = _ratio_change(definition, _difference(by_day[trend.latest][key].value, then))
        rows.append(Row(key, name_of(definition), cells, change))
    return rows


def ratio_card(trend: Trend, key: str) -> RatioCard | None:
    """Definition and inputs of one ratio for the periods shown; None where there is no such ratio."""
    definition = trend.rule.ratios.get(key)
    if definition is None:
        return None
    history = StatementHistory(trend.rule, trend.figures)
    ratios = [history.ratio(definition, day) for day in trend.days]
    names = dict.fromkeys(name for ratio in ratios for name, _value in ratio.inputs)
    inputs = [
        (term_name(trend.rule, name), [markup.money(dict(ratio.inputs)[name]) for ratio in ratios]) for name in names
    ]
    results = [_ratio_value(definition, ratio.value) if ratio.value is not None else _reason(ratio) for ratio in ratios]
    note = _(
        "Flows over the twelve months to the period end; averages of the period end and the same day a year before."
    )
    return RatioCard(key, name_of(definition), _formula(trend.rule, definition), note, inputs, results)


def chart_revenue(trend: Trend) -> dict[str, Any]:
    """Revenue and net profit over twelve months, in the user's unit."""
    history = StatementHistory(trend.rule, trend.figures)
    formatter = "$x2" if formats.active_unit().code == "yi" else "$money"

    def series(line: str, colour: str) -> dict[str, Any]:
        values = [formats.in_unit(history.trailing(line, day)) for day in trend.days]
        label = {"show": True, "position": "top", "formatter": formatter, "fontSize": 11, "color": "@ink2"}
        name = name_of(trend.rule.lines[line])
        return {"name": name, "type": "bar", "barMaxWidth": 26, "color": colour, "data": values, "label": label}

    return {
        "grid": {"left": 6, "right": 6, "top": 44, "bottom": 22},
        "legend": _legend(),
        "xAxis": {"type": "category", "data": [period_label(one) for one in trend.shown]},
        "yAxis": {"type": "value", "axisLabel": {"show": False}, "splitLine": {"show": False}},
        "series": [series("revenue", "@loan"), series("net_profit", "@cash")],
    }


def chart_debt(trend: Trend) -> dict[str, Any]:
    """Debt ratio in percent, one point a period."""
    definition = trend.rule.ratios["debt_ratio"]
    history = StatementHistory(trend.rule, trend.figures)
    values = [history.ratio(definition, day).value for day in trend.days]
    label = {"show": True, "position": "top", "formatter": "$pct1", "fontSize": 11, "color": "@ink2"}
    return {
        "grid": {"left": 24, "right": 24, "top": 50, "bottom": 22},
        "legend": _legend(),
        "xAxis": {"type": "category", "data": [period_label(one) for one in trend.shown]},
        "yAxis": {"type": "value", "scale": True, "axisLabel": {"show": False}, "splitLine": {"show": False}},
        "series": [
            {
                "name": name_of(definition),
                "type": "line",
                "color": "@loan",
                "symbolSize": 6,
                "label": label,
                "data": [None if value is None else value * 100 for value in values],
            }
        ],
    }


def preview_groups(
    rule: StatementLines, read: Mapping[date, Values], booked: Mapping[date, Values]
) -> list[PreviewGroup]:
    """Per line a cell per period: the figure of the file beside the one of the current filing."""
    places = EXACT[formats.active_unit().code]
    new = {day: rule.complete(values) for day, values in read.items()}
    old = {day: rule.complete(values) for day, values in booked.items()}

    def cell(line: str, day: date) -> PreviewCell:
        before = old.get(day)
        value, known = new[day][line], before[line] if before else None
        compared = before is not None
        return PreviewCell(
            markup.money(value, places), markup.money(known, places), compared, compared and value != known
        )

    groups = []
    for block, lines in reading_order(rule):
        rows = [PreviewRow(name_of(line), [cell(line.key, day) for day in new], line.is_total) for line in lines]
        groups.append(PreviewGroup(BLOCKS[block], rows))
    return groups


def _groups(
    rule: StatementLines, cells: Callable[[str], list[SafeString]], change: Callable[[str], SafeString]
) -> list[Group]:
    groups = []
    for block, lines in reading_order(rule):
        rows = [Row(line.key, name_of(line), cells(line.key), change(line.key), line.is_total) for line in lines]
        groups.append(Group(BLOCKS[block], rows))
    return groups


def _legend() -> dict[str, Any]:
    style = {"color": "@ink2", "fontSize": 12}
    return {"top": 0, "left": 0, "itemWidth": 10, "itemHeight": 10, "textStyle": style, "selectedMode": False}


def _difference(now: Decimal | None, then: Decimal | None) -> Decimal | None:
    return None if now is None or then is None else now - then


def _ratio_value(definition: RatioDefinition, value: Decimal | None) -> SafeString:
    match definition.unit:
        case "fraction":
            return markup.percent(value)
        case "days":
            return markup.number(value, 1)
        case _:
            return markup.number(value, 2)


def _ratio_change(definition: RatioDefinition, difference: Decimal | None) -> SafeString:
    if difference is None:
        return _arrow(None, formats.points)
    if definition.unit == "fraction":
        shown = round_half_up(difference, 4)
        size = _("%(points)s points") % {"points": formats.points(abs(shown))}
    else:
        places = 1 if definition.unit == "days" else 2
        shown = round_half_up(difference, places)
        size = formats.number(abs(shown), places)
    return markup.change(shown, size, "down" if definition.key in LOWER_IS_BETTER else "up")


def _arrow(difference: Decimal | None, write: Callable[[Decimal], str]) -> SafeString:
    """A change that is neither good nor bad in itself."""
    if difference is None:
        return format_html("{}", formats.MISSING)
    shown = round_half_up(difference, 4)
    way = markup.ARROWS["up" if shown > 0 else "down"] if shown else ""
    return format_html('<span class="rq-muted">{}{}</span>', way, write(abs(shown)))


def _reason(ratio: Ratio) -> SafeString:
    words = {MISSING: _("an input is missing"), BASE_NOT_POSITIVE: _("base is zero or less")}
    return markup.signed(words[ratio.reason], css="rq-muted rq-sm")


def _formula(rule: StatementLines, definition: RatioDefinition) -> str:
    times = "" if definition.multiplier == 1 else f"{definition.multiplier} × "
    return f"{times}{_sum(rule, definition.numerator)} ÷ {_sum(rule, definition.denominator)}"


def _sum(rule: StatementLines, terms: Sequence[Term]) -> str:
    signs = {1: " + ", -1: " − "}
    text = "".join(signs[term.sign] + term_name(rule, term.name) for term in terms).removeprefix(" + ").strip()
    return f"({text})" if len(terms) > 1 else text
