"""Enterprise size: large, medium, small, micro. Source: RULES §5 (统计上大中小微型企业划分办法, 2017)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from clients.calc.explanation import YUAN_PER_WAN, ExplanationLine, decimal_of, shown

SIZES = ("large", "medium", "small", "micro")
INDICATORS = {
    "staff": ("Staff", "从业人员"),
    "revenue": ("Revenue", "营业收入"),
    "total_assets": ("Total assets", "资产总额"),
}


@dataclass(frozen=True)
class SizeLimit:
    """Lower limits of one indicator, from large to small; staff in persons, money in CNY 10,000."""

    indicator: str
    unit: str
    limits: tuple[Decimal, Decimal, Decimal]
    provenance: str

    def size(self, value: Decimal) -> str:
        """Size this indicator alone would give; `value` in the unit of the limit."""
        for size, limit in zip(SIZES, self.limits, strict=False):
            if value >= limit:
                return size
        return "micro"


@dataclass(frozen=True)
class SizeRule:
    limits: Mapping[str, tuple[SizeLimit, ...]]

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Limits by size class from the body of the rule `enterprise_size/statistics`.

        Raises ValueError where the limits of a row do not fall from large to small.
        """
        limits: dict[str, list[SizeLimit]] = {}
        for row in body["tables"]["limits"]:
            large, medium, small = (decimal_of(row[name]) for name in ("large_from", "medium_from", "small_from"))
            if not large > medium > small:
                raise ValueError(f"enterprise size: limits of {row['size_class']} {row['indicator']} do not fall")
            limit = SizeLimit(row["indicator"], row["unit"], (large, medium, small), row["provenance"])
            limits.setdefault(row["size_class"], []).append(limit)
        return cls({size_class: tuple(rows) for size_class, rows in limits.items()})


@dataclass(frozen=True)
class SizeResult:
    """`size` is None while indicators in `missing` could still change it."""

    size: str | None
    missing: tuple[str, ...]
    provenance: str
    explanation: tuple[ExplanationLine, ...]


def enterprise_size(
    rule: SizeRule,
    size_class: str,
    *,
    staff: int | None = None,
    revenue: Decimal | None = None,
    total_assets: Decimal | None = None,
) -> SizeResult:
    """Size of a company: the smallest of the sizes its industry's indicators give.

    size_class: as Industries.size_class gives it. revenue, total_assets: CNY of the statement year.
    One indicator at micro decides even while others are missing. Raises KeyError for a class without limits.
    Worked: industry, 1,200 persons (large) and CNY 350 million revenue (medium) → medium. Source: RULES §5.
    """
    values = {
        "staff": None if staff is None else Decimal(staff),
        "revenue": None if revenue is None else revenue / YUAN_PER_WAN,
        "total_assets": None if total_assets is None else total_assets / YUAN_PER_WAN,
    }
    sizes: list[str] = []
    missing: list[str] = []
    lines: list[ExplanationLine] = []
    limits = rule.limits[size_class]
    for limit in limits:
        value = values[limit.indicator]
        own = "" if value is None else limit.size(value)
        if own:
            sizes.append(own)
        else:
            missing.append(limit.indicator)
        label_en, label_zh = INDICATORS[limit.indicator]
        bounds = " / ".join(shown(bound) for bound in limit.limits)
        lines.append(ExplanationLine(limit.indicator, label_en, label_zh, shown(value), bounds, own))
    smallest = max(sizes, key=SIZES.index, default="")
    decided = smallest == "micro" or not missing
    provenance = "unconfirmed" if any(limit.provenance == "unconfirmed" for limit in limits) else limits[0].provenance
    return SizeResult(smallest if decided else None, tuple(missing), provenance, tuple(lines))
