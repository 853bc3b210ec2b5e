"""Two versions beside each other: every assumption and every result, differences marked."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from crm_project.ui import formats
from financing.models import PlanVersion, Tranche
from financing.plan_forms import TRANCHE_FIELDS, VERSION_FIELDS
from financing.plan_texts import name_of
from financing.services.plan_result import differences

PERCENT = ("cfads_shock", "gearing_limit", "upfront_fee", "commitment_fee")
MONEY = ("equity", "equity_type_capital", "amount")
RESULTS = ("minimum", "average", "llcr", "plcr", "debt", "uses", "capital_ratio", "interest", "coverage", "all_in_cost")


@dataclass(frozen=True)
class Line:
    """`change` is the second less the first, written; empty where nothing is to be subtracted."""

    label: str
    first: str
    second: str
    change: str = ""

    @property
    def differs(self) -> bool:
        return self.first != self.second


@dataclass(frozen=True)
class Group:
    title: str
    lines: list[Line]


def compared(first: PlanVersion, second: PlanVersion) -> list[Group]:
    """Assumptions of the plan, of each loan by number, and the results. Four queries."""
    rows = [{row.no: row for row in version.tranches.select_related("product")} for version in (first, second)]
    groups = [Group(_("Plan"), [_line(first, second, name) for name in VERSION_FIELDS])]
    groups[0].lines[1] = Line(groups[0].lines[1].label, _income(first), _income(second))
    for no in sorted(rows[0].keys() | rows[1].keys()):
        one, two = rows[0].get(no), rows[1].get(no)
        groups.append(Group(_("Loan %(no)s") % {"no": no}, [_line(one, two, name) for name in TRANCHE_FIELDS]))
    return [Group(_("Results"), _results(first, second)), *groups]


def _income(version: PlanVersion) -> str:
    """The kind of income by the name that its rule gives it."""
    threshold = version.result.get("threshold")
    return name_of(threshold) if threshold else version.dscr_case


def _line(one: Model | None, two: Model | None, name: str) -> Line:
    model = type(one or two)
    label = str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return Line(label, _written(one, name), _written(two, name))


def _written(row: Any, name: str) -> str:
    if row is None:
        return formats.MISSING
    value = getattr(row, name)
    if name in PERCENT:
        return formats.percent(value, 2)
    if name in MONEY:
        return formats.money(value) if value is not None or not isinstance(row, Tranche) else _("as the limits carry")
    if name == "target_dscr":
        return formats.ratio(value)
    shown = getattr(row, f"get_{name}_display", None)
    return str(shown() if shown else value) if value not in (None, "") else formats.MISSING


def _results(first: PlanVersion, second: PlanVersion) -> list[Line]:
    words = {
        "minimum": _("Lowest DSCR"),
        "average": _("Average DSCR"),
        "llcr": "LLCR",
        "plcr": "PLCR",
        "debt": _("Loans"),
        "uses": _("Total uses"),
        "capital_ratio": _("Capital ratio"),
        "interest": _("Interest in total"),
        "coverage": _("Coverage"),
        "all_in_cost": _("All-in cost"),
    }
    one, two = first.result.get("figures", {}), second.result.get("figures", {})
    change = differences(first.result, second.result)
    return [
        Line(
            words[name],
            _result(one.get(name), name),
            _result(two.get(name), name),
            _result(change[name], name, signed=True) if change.get(name) else "",
        )
        for name in RESULTS
    ]


def _result(value: Any, name: str, signed: bool = False) -> str:
    amount = formats.to_decimal(value)
    if amount is None:
        return formats.MISSING
    if name in ("debt", "uses", "interest"):
        text = formats.money(amount)
    elif name in ("capital_ratio", "coverage", "all_in_cost"):
        text = formats.percent(amount, 2)
    else:
        text = formats.ratio(amount)
    return f"+{text}" if signed and amount > Decimal(0) else text
