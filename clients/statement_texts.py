"""What the findings of a statement file say to a person, in the active language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clients.calc.statements import Identity, Line, RatioDefinition, StatementLines
from crm_project.rules.money import Unit, scale
from crm_project.ui import formats
from crm_project.workflow.inspect.cells import RULES

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

BLOCKS = {
    "income": _("Income statement"),
    "balance": _("Balance sheet"),
    "cash_flow": _("Cash flow"),
    "equity": _("Equity"),
    "notes": _("From the notes"),
}
KINDS = {True: _("Consolidated"), False: _("Single company")}
SCOPES = {
    "opening": _("%(line)s at the last year end"),
    "average": _("%(line)s, average"),
    "before": _("%(line)s, a year before"),
    "ytd": _("%(line)s"),
}

TEXTS: dict[str, "_StrPromise"] = {
    "no_sheet": _("The workbook has no visible sheet that holds anything."),
    "several_sheets": _(
        "The workbook has several sheets (%(sheets)s). Name the client's sheet by its name, or leave only that one."
    ),
    "sheet_ignored": _("This sheet is not read."),
    "sheet_too_large": _(
        "The sheet reaches to row %(rows)s and column %(columns)s; a statement has at most %(max_rows)s rows and "
        "%(max_columns)s columns."
    ),
    "unit_missing": _("The unit is missing. Enter 元 or 万元."),
    "unit_unknown": _("“%(given)s” is not a unit of the template. Enter 元 or 万元."),
    "kind_missing": _("It is not said whether the statement is consolidated. Enter 合并 or 单体."),
    "kind_unknown": _("“%(given)s” is neither consolidated nor single. Enter 合并 or 单体."),
    "opinion_missing": _("The audit opinion is missing. Enter 未经审计 where there is none."),
    "opinion_unknown": _("“%(given)s” is not an audit opinion of the template. Choose one from the list in the cell."),
    "merged": _("The cells %(region)s are merged, so it is not certain which cell a figure belongs to. Unmerge them."),
    "no_period": _("No period end is given. Enter a day such as 2025-12-31."),
    "not_quarter_end": _("%(period)s is not the end of a quarter."),
    "future_period": _("%(period)s lies in the future."),
    "duplicate_period": _("%(period)s stands in column %(other)s already."),
    "figure_without_period": _("The column holds figures, but row 5 gives no period end."),
    "missing_line": _("The line is missing from the file."),
    "unknown_line": _("“%(label)s” is not a line of the template; its figures are not read."),
    "duplicate_line": _("The line stands in row %(other)s already."),
    "text_figure": _("“%(given)s” is stored as text; it is read as CNY %(value)s."),
    "missing_value": _("There is no figure. Enter 0 where there is nothing."),
    "sub_total": _(
        "%(identity)s: entered %(reported)s, the lines give %(computed)s, difference %(difference)s %(unit)s."
    ),
    "balance": _("%(identity)s: %(reported)s against %(computed)s, difference %(difference)s %(unit)s."),
    "roll_forward": _("%(identity)s: entered %(reported)s, expected %(computed)s, difference %(difference)s %(unit)s."),
    "part_exceeds_whole": _("%(identity)s: %(reported)s is more than %(computed)s, by %(difference)s %(unit)s."),
    "unit_suspect": _(
        "Total assets are %(times)s times those of the filing of %(other)s. Check whether the unit is right."
    ),
}


def in_language(en: str, zh: str) -> str:
    """The one of two words of a rule table that the reader understands."""
    return zh if (get_language() or "").startswith("zh") else en


def name_of(item: Line | Identity | RatioDefinition) -> str:
    """Name of a line, identity or ratio in the active language."""
    return in_language(item.name_en, item.name_zh)


def term_name(rule: StatementLines, name: str) -> str:
    """Name of a ratio's term, as average.net_assets, in the active language."""
    scope, _dot, line = name.rpartition(".")
    word = name_of(rule.lines[line])
    return str(SCOPES[scope]) % {"line": word} if scope else word


def finding_text(rule: StatementLines, finding: Mapping[str, Any], unit: str) -> str:
    """The sentence of one stored finding. `unit`: code of the unit the file is written in."""
    params = {**finding["params"], "period": finding["period"]}
    if "identity" in params and params["identity"]:
        identity = next((one for one in rule.identities if one.key == params["identity"]), None)
        params["identity"] = name_of(identity) if identity else params["identity"]
        params["unit"] = formats.UNITS[unit or Unit.WAN].label
        for key in ("reported", "computed", "difference"):
            params[key] = _figure(params[key], unit)
    if "sheets" in params:
        params["sheets"] = ", ".join(params["sheets"])
    return str(TEXTS.get(finding["code"]) or RULES[finding["code"]]) % params


def line_name(rule: StatementLines, key: str) -> str:
    """Name of a finding's line; empty where it concerns none."""
    return name_of(rule.lines[key]) if key in rule.lines else ""


def _figure(value: str, unit: str) -> str:
    """An amount in the file's unit, to its last digit."""
    figure = scale(Decimal(value), Unit(unit or Unit.WAN)).normalize()
    text = f"{abs(figure):,f}"
    return f"({text})" if figure < 0 else text
