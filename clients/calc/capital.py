"""Minimum capital of a fixed-asset project: which row holds, how much is due, what counts. Source: RULES §4."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

from clients.calc.explanation import ExplanationLine, decimal_of, optional_decimal, shown

CENT = Decimal("0.01")
OTHER = "other"


class SectorUndecided(Exception):
    """More than one row may hold for the industry code: a person chooses and gives the reason."""

    code = "sector_undecided"

    def __init__(self, industry_code: str, sectors: tuple[str, ...]) -> None:
        super().__init__(f"{industry_code}: choose one of {', '.join(sectors)}")
        self.industry_code = industry_code
        self.sectors = sectors


@dataclass(frozen=True)
class CapitalSector:
    """Minimum of one sector in one period.

    ratio: fraction of total investment. reducible_pp: points by which an approval may lower it; None where it may, but
    no bound is known.
    """

    sector: str
    name_en: str
    name_zh: str
    code_prefixes: tuple[str, ...]
    product_test: str
    effective_from: date
    effective_to: date | None
    ratio: Decimal
    reducible_pp: Decimal | None
    reducible_condition: str
    source: str
    provenance: str

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def match(self, industry_code: str) -> int:
        """Length of the longest prefix that fits the code, 0 for none."""
        return max((len(prefix) for prefix in self.code_prefixes if industry_code.startswith(prefix)), default=0)


@dataclass(frozen=True)
class CapitalRule:
    sectors: tuple[CapitalSector, ...]
    equity_type_max_share: Decimal
    equity_type_from: date

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Rows of all periods from the body of the rule `project_capital_min/fixed_asset`.

        Raises ValueError on a ratio outside (0, 1].
        """
        sectors = []
        for row in body["tables"]["sectors"]:
            ratio = decimal_of(row["ratio"])
            if not 0 < ratio <= 1:
                raise ValueError(f"project capital: ratio of {row['sector']} is {ratio}")
            sectors.append(
                CapitalSector(
                    sector=row["sector"],
                    name_en=row["name_en"],
                    name_zh=row["name_zh"],
                    code_prefixes=tuple(prefix for prefix in row["code_prefixes"].split(";") if prefix),
                    product_test=row["product_test"],
                    effective_from=date.fromisoformat(row["effective_from"]),
                    effective_to=date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
                    ratio=ratio,
                    reducible_pp=optional_decimal(row["reducible_pp"]),
                    reducible_condition=row["reducible_condition"],
                    source=row["source"],
                    provenance=row["provenance"],
                )
            )
        params = body["params"]
        return cls(
            tuple(sectors), decimal_of(params["equity_type_max_share"]), date.fromisoformat(params["equity_type_from"])
        )

    def candidates(self, industry_code: str, on: date) -> tuple[CapitalSector, ...]:
        """Rows in force on the day whose prefix fits, longest prefix first, `other` last.

        Raises LookupError where no period covers the day.
        """
        current = [row for row in self.sectors if row.in_force(on)]
        if not current:
            raise LookupError(f"no minimum project capital in force on {on}")
        fitting = [row for row in current if row.match(industry_code)]
        fitting.sort(key=lambda row: -row.match(industry_code))
        return (*fitting, *(row for row in current if row.sector == OTHER))

    def pick(self, industry_code: str, on: date, chosen: str | None = None) -> CapitalSector:
        """The row that holds on the approval, verification or filing date.

        chosen: sector a person picked after answering the product tests. Raises SectorUndecided where the longest
        prefix is shared or its row has a product test and nothing was chosen, or where `chosen` does not fit.
        """
        rows = self.candidates(industry_code, on)
        if chosen is not None:
            for row in rows:
                if row.sector == chosen:
                    return row
        elif not rows[0].product_test and (
            len(rows) == 1 or rows[1].match(industry_code) < rows[0].match(industry_code)
        ):
            return rows[0]
        raise SectorUndecided(industry_code, tuple(row.sector for row in rows))


@dataclass(frozen=True)
class CapitalCheck:
    """Outcome for one project. Money in CNY, shares as fractions, unrounded.

    problems: capital_below_minimum, reduction_above_limit, reduction_without_approval, equity_type_above_limit.
    """

    ratio: Decimal
    required: Decimal
    shortfall: Decimal
    equity_type_share: Decimal
    approval_document_needed: bool
    problems: tuple[str, ...]
    provenance: str
    explanation: tuple[ExplanationLine, ...]


def check_capital(
    rule: CapitalRule,
    sector: CapitalSector,
    *,
    on: date,
    total_investment: Decimal,
    capital: Decimal,
    equity_type: Decimal = Decimal(0),
    reduction_pp: Decimal = Decimal(0),
    reduction_approved: bool = False,
) -> CapitalCheck:
    """Whether a project's capital reaches its minimum.

    total_investment: fixed-asset investment and initial working capital, CNY. capital: CNY, of which `equity_type` are
    perpetual or other equity-type instruments. reduction_pp: points claimed below the ratio, which need an approval
    document. The required amount is rounded half-up to the cent. Raises ValueError on a negative amount or no
    investment.
    Worked: highway approved in 2020, investment 1,000, 5 points → ratio 0.15, required 150. Source: RULES §4.
    """
    if total_investment <= 0 or min(capital, equity_type, reduction_pp) < 0:
        raise ValueError("project capital: investment must be positive, amounts must not be negative")
    bound = sector.ratio * 100 if sector.reducible_pp is None else sector.reducible_pp
    allowed = min(reduction_pp, bound)
    ratio = sector.ratio - allowed / 100
    required = (total_investment * ratio).quantize(CENT, ROUND_HALF_UP)
    share = equity_type / capital if capital else Decimal(0)
    limited = on >= rule.equity_type_from
    failed = {
        "capital_below_minimum": capital < required,
        "reduction_above_limit": reduction_pp > bound,
        "reduction_without_approval": allowed > 0 and not reduction_approved,
        "equity_type_above_limit": limited and share > rule.equity_type_max_share,
    }
    lines = (
        ExplanationLine("ratio", "Minimum ratio", "最低资本金比例", sector.sector, shown(sector.ratio), shown(ratio)),
        ExplanationLine(
            "required", "Capital due", "应有资本金", shown(total_investment, 2), shown(ratio), shown(required, 2)
        ),
        ExplanationLine(
            "capital", "Capital in the plan", "方案资本金", shown(capital, 2), f"≥ {shown(required, 2)}", ""
        ),
        ExplanationLine(
            "equity_type",
            "Equity-type instruments in the capital",
            "权益型工具占资本金比例",
            shown(share),
            f"≤ {shown(rule.equity_type_max_share)}" if limited else "",
            "",
        ),
    )
    return CapitalCheck(
        ratio=ratio,
        required=required,
        shortfall=max(required - capital, Decimal(0)),
        equity_type_share=share,
        approval_document_needed=allowed > 0,
        problems=tuple(code for code, wrong in failed.items() if wrong),
        provenance=sector.provenance,
        explanation=lines,
    )
