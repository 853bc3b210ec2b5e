"""Words for what the calculation hands back as codes: checks, limits, reasons, messages."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from crm_project.ui import formats

CHECKS = {
    "funded": gettext_lazy("Capital and debt pay for all uses"),
    "capital_ratio": gettext_lazy("Capital ratio"),
    "capital_sector": gettext_lazy("Sector of the capital rule is chosen"),
    "equity_type": gettext_lazy("Equity-type share of the capital"),
    "dscr": gettext_lazy("Lowest DSCR"),
    "llcr": gettext_lazy("LLCR"),
    "plcr": gettext_lazy("PLCR"),
    "dscr_downside": gettext_lazy("Lowest DSCR in the downside"),
    "tenor": gettext_lazy("End of the tenor"),
    "instalments_per_year": gettext_lazy("Principal instalments a year"),
    "first_principal": gettext_lazy("First principal"),
    "last_instalment": gettext_lazy("Last instalment of the loan"),
}
OPERATORS = {"funded": "=", "equity_type": "≤", "tenor": "≤", "first_principal": "≤", "last_instalment": "≤"}
"""Between name and limit of a check; at least where nothing is said."""
BINDINGS = {
    "dscr": gettext_lazy("target DSCR"),
    "gearing": gettext_lazy("gearing limit"),
    "amount": gettext_lazy("amount needed"),
}
USES = {
    "idc": gettext_lazy("Interest during construction"),
    "fees": gettext_lazy("Fees during construction"),
}
REASONS = {
    "not_effective": gettext_lazy("not registered yet"),
    "not_valued": gettext_lazy("never valued"),
    "stale": gettext_lazy("valuation out of date"),
    "counted_before": gettext_lazy("counted once already"),
    "prior_claims": gettext_lazy("prior claims take it up"),
    "capped": gettext_lazy("capped at the registered amount"),
    "not_counted": gettext_lazy("does not count by policy"),
    "public_body": gettext_lazy("a public body may not guarantee"),
    "no_resolution": gettext_lazy("no resolution on file"),
    "no_opinion": gettext_lazy("no legal opinion on file"),
    "not_listed": gettext_lazy("not on the approved list"),
    "insurer_grade": gettext_lazy("insurer's grade too low or unknown"),
    "used_up": gettext_lazy("guarantor's means are used up"),
    "group_counted_once": gettext_lazy("its group counts once"),
}
SHARES = frozenset({"share"})
"""Parameters of messages that are fractions; all other decimals are amounts."""


def sentence(message: Mapping[str, Any]) -> str:
    """A stored message in the reader's language, amounts in the reader's unit."""
    template = _(message["template"])
    return str(template % {name: _written(name, value) for name, value in message["params"].items()})


def _written(name: str, value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    if "day" in value:
        return str(value["day"])
    amount = Decimal(value["decimal"])
    if name in SHARES:
        return formats.percent(amount)
    return f"{formats.money(amount)} {formats.active_unit().label}"


def figure_of(value: Any, unit: str) -> str:
    """A figure of a check in its unit: CNY, times, fraction, per_year, count, years, date."""
    if value is None:
        return formats.MISSING
    match unit:
        case "CNY":
            return formats.money(value)
        case "times":
            return formats.ratio(value)
        case "fraction":
            return formats.percent(value)
        case "date":
            return str(value)
        case "per_year":
            return formats.number(value, 0 if Decimal(value) == int(Decimal(value)) else 2)
        case _other:
            return formats.number(value)


def headroom_of(value: Any, unit: str) -> str:
    if value is None:
        return formats.MISSING
    if unit == "date":
        return _("%(days)s days") % {"days": formats.number(value)}
    return figure_of(value, unit)


def name_of(row: Mapping[str, Any]) -> str:
    """The name of a shock or rule in the reader's language."""
    name = row.get("name_zh" if (get_language() or "").startswith("zh") else "name_en")
    return name or (_("Combined downside") if row.get("code") == "downside" else str(row.get("code", "")))


def title_of(rule: Mapping[str, str]) -> str:
    zh = (get_language() or "").startswith("zh")
    return rule.get("title_zh" if zh else "title_en") or rule.get("source", "")


def period_label(ends_on: date, months: int) -> str:
    """2028 for a year; 2028H1 for a half-year."""
    if months == 12:
        return str(ends_on.year)
    return _("%(year)sH%(half)s") % {"year": ends_on.year, "half": 1 if ends_on.month <= 6 else 2}
