"""Charts of the workbench as options with colour names; a chart of one version may lay another beside it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm_project.ui import formats
from financing import plan_texts as texts
from financing.models import PlanVersion

Json = Mapping[str, Any]
Option = dict[str, Any]
GRID = {"left": 4, "right": 14, "top": 14, "bottom": 10, "containLabel": True}
MOST_BARS = 8
FLOOR_STEP = Decimal("0.1")


def charts(version: PlanVersion, base: PlanVersion | None) -> dict[str, tuple[Option, str]]:
    """Options and descriptions by code: dscr, service, balance, tornado."""
    result = version.result
    months = version.case.period_months
    earlier = base.result if base is not None and "error" not in base.result and base.result else None
    periods = [row for row in result["periods"] if row["dscr"] is not None]
    return {
        "dscr": _dscr(version, periods, base, earlier, months),
        "service": _service(periods, months),
        "balance": _balance(version, result["periods"], base, earlier, months),
        "tornado": _tornado(result),
    }


def _labels(rows: list[Json], months: int) -> list[str]:
    return [texts.period_label(date.fromisoformat(row["ends_on"]), months) for row in rows]


def _dscr(
    version: PlanVersion, rows: list[Json], base: PlanVersion | None, earlier: Json | None, months: int
) -> tuple[Option, str]:
    floor = Decimal(version.result["threshold"]["floor"])
    values = [Decimal(row["dscr"]) for row in rows]
    others = _on_same_days(rows, earlier, "dscr") if earlier else []
    shown = [*values, *(value for value in others if value is not None), floor]
    low, high = min(shown), max(shown)
    bottom = max(Decimal(0), (low - Decimal("0.05")) // FLOOR_STEP * FLOOR_STEP)
    top = (high // FLOOR_STEP + 1) * FLOOR_STEP
    least = min(values, default=floor)
    agreed = _("asked for %(ratio)s") % {"ratio": formats.ratio(floor)}
    series: list[Option] = [
        {
            "name": version.name,
            "type": "line",
            "color": "@cash",
            "symbol": "circle",
            "symbolSize": 6,
            "lineStyle": {"width": 2.5},
            "data": [round(value, 4) for value in values],
            "markPoint": _lowest_point(values, least, least < floor),
            "markArea": {
                "silent": True,
                "itemStyle": {"color": "@redbg", "opacity": 0.55},
                "data": [[{"yAxis": bottom}, {"yAxis": floor}]],
            },
            "markLine": {
                "silent": True,
                "symbol": "none",
                "lineStyle": {"color": "@red", "type": "dashed", "width": 1.5},
                "label": {"formatter": agreed, "color": "@neg", "position": "insideEndTop"},
                "data": [{"yAxis": floor}],
            },
        }
    ]
    if base is not None and any(value is not None for value in others):
        series.append(_beside(base.name, others))
    option = {
        "grid": {**GRID, "right": 20},
        "tooltip": {"valueFormatter": "$x2"},
        "xAxis": {"type": "category", "data": _labels(rows, months)},
        "yAxis": {"type": "value", "min": bottom, "max": top, "axisLabel": {"formatter": "$x2"}},
        "series": series,
    }
    words = _("DSCR per period, lowest %(least)s, asked for %(floor)s") % {
        "least": formats.ratio(least),
        "floor": formats.ratio(floor),
    }
    return option, words


def _lowest_point(values: list[Decimal], least: Decimal, bad: bool) -> Option:
    """Only where one period stands out: a sculpted line has no lowest point worth a label."""
    if not values or max(values) - least < Decimal("0.01"):
        return {"data": []}
    return {
        "symbol": "circle",
        "symbolSize": 8,
        "itemStyle": {"color": "@red" if bad else "@cash"},
        "label": {"show": True, "position": "bottom", "formatter": formats.ratio(least), "color": "@ink2"},
        "data": [{"coord": [values.index(least), round(least, 4)]}],
    }


def _beside(name: str, values: list[Decimal | None]) -> Option:
    return {
        "name": name,
        "type": "line",
        "color": "@prev",
        "symbol": "circle",
        "symbolSize": 4,
        "lineStyle": {"width": 1.5, "type": "dashed"},
        "data": ["-" if value is None else round(value, 4) for value in values],
    }


def _on_same_days(rows: list[Json], earlier: Json, key: str) -> list[Decimal | None]:
    """The other version's figures for the same period ends."""
    found = {row["ends_on"]: row[key] for row in earlier["periods"]}
    return [None if found.get(row["ends_on"]) is None else Decimal(found[row["ends_on"]]) for row in rows]


def _service(rows: list[Json], months: int) -> tuple[Option, str]:
    def bar(name: str, key: str, colour: str) -> Option:
        data = [_in_unit(row[key]) for row in rows]
        return {"name": name, "type": "bar", "stack": "d", "color": colour, "barWidth": "58%", "data": data}

    cash = {
        "name": _("Cash for debt service"),
        "type": "line",
        "color": "@cash",
        "symbol": "none",
        "lineStyle": {"width": 2},
        "data": [_in_unit(row["cfads"]) for row in rows],
    }
    option = {
        "grid": GRID,
        "tooltip": {"valueFormatter": "$money"},
        "xAxis": {"type": "category", "data": _labels(rows, months)},
        "yAxis": {"type": "value"},
        "series": [bar(_("Principal"), "principal", "@loan"), bar(_("Interest"), "interest", "@loan2"), cash],
    }
    return option, _("Cash flow against principal and interest over %(count)s periods") % {"count": len(rows)}


def _balance(
    version: PlanVersion, rows: list[Json], base: PlanVersion | None, earlier: Json | None, months: int
) -> tuple[Option, str]:
    rows = _until_repaid(rows)
    series: list[Option] = [
        {
            "name": version.name,
            "type": "line",
            "step": "end",
            "symbol": "none",
            "color": "@loan",
            "areaStyle": {"opacity": 0.16},
            "lineStyle": {"width": 2},
            "data": [_in_unit(row["balance"]) for row in rows],
        }
    ]
    if base is not None and earlier:
        others = _on_same_days(rows, earlier, "balance")
        data = ["-" if value is None else _in_unit(value) for value in others]
        style = {"width": 1.5, "type": "dashed"}
        series.append(
            {
                "name": base.name,
                "type": "line",
                "step": "end",
                "symbol": "none",
                "color": "@prev",
                "lineStyle": style,
                "data": data,
            }
        )
    option = {
        "grid": GRID,
        "tooltip": {"valueFormatter": "$money"},
        "xAxis": {"type": "category", "boundaryGap": False, "data": _labels(rows, months)},
        "yAxis": {"type": "value"},
        "series": series,
    }
    last = rows[-1]["ends_on"] if rows else formats.MISSING
    return option, _("Balance of the loans, repaid by %(day)s") % {"day": last}


def _until_repaid(rows: list[Json]) -> list[Json]:
    count = sum(1 for row in rows if Decimal(row["balance"]) > 0)
    return rows[: count + 1]


def _tornado(result: Json) -> tuple[Option, str]:
    """The shocks that hurt most, longest bar on top: from the base case down to the lowest DSCR under each.

    One that leaves a period without any cash would flatten all others; it stands in the table only.
    """
    floor, base = Decimal(result["threshold"]["floor"]), result["figures"].get("base_minimum")
    if base is None:
        return {}, ""
    bearable = [row for row in result["sensitivities"] if Decimal(row["minimum"]) > 0]
    rows = sorted(bearable, key=lambda row: Decimal(row["minimum"]))[:MOST_BARS][::-1]
    start = Decimal(base)
    bars = [
        {
            "value": round(Decimal(row["minimum"]) - start, 4),
            "itemStyle": {"color": "@red" if Decimal(row["minimum"]) < floor else "@cash"},
            "label": {
                "show": True,
                "position": "left",
                "formatter": formats.ratio(row["minimum"]),
                "color": "@ink2",
            },
        }
        for row in rows
    ]
    option = {
        "grid": {**GRID, "left": 30},
        "tooltip": {"show": False},
        "xAxis": {"type": "value", "axisLabel": {"show": False}},
        "yAxis": {"type": "category", "position": "right", "data": [texts.name_of(row) for row in rows]},
        "series": [{"type": "bar", "barWidth": 13, "data": bars}],
    }
    words = _("Lowest DSCR by change; without one %(ratio)s") % {"ratio": formats.ratio(base)}
    return option, words


def _in_unit(amount: Any) -> Decimal:
    value = formats.in_unit(amount)
    return round(value or Decimal(0), 2)
