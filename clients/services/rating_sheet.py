"""What a rating is made from besides statements: the sheet a relationship manager fills in, kept as JSON in the row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self


@dataclass(frozen=True)
class Judgement:
    """An anchor of a qualitative factor, A … E or empty, and the sentence of evidence it stands on."""

    level: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class CorporateSheet:
    """Sheet of the scorecard. A value left out is unknown.

    years_trading, management_tenure: years. largest_customer_share: fraction. gates: what the gates ask, as text by
    name of the input (RULES §23, rating_inputs). judgements: by qualitative factor.
    """

    years_trading: Decimal | None = None
    largest_customer_share: Decimal | None = None
    management_tenure: Decimal | None = None
    gates: Mapping[str, str] = field(default_factory=dict)
    judgements: Mapping[str, Judgement] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "years_trading": _text(self.years_trading),
            "largest_customer_share": _text(self.largest_customer_share),
            "management_tenure": _text(self.management_tenure),
            "gates": {name: value for name, value in self.gates.items() if value},
            "judgements": {
                factor: {"level": one.level, "evidence": one.evidence} for factor, one in self.judgements.items()
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            years_trading=_number(stored.get("years_trading")),
            largest_customer_share=_number(stored.get("largest_customer_share")),
            management_tenure=_number(stored.get("management_tenure")),
            gates=dict(stored.get("gates", {})),
            judgements={factor: Judgement(**one) for factor, one in stored.get("judgements", {}).items()},
        )


@dataclass(frozen=True)
class SlottingSheet:
    """Sheet of the slotting short form (RULES §24).

    The cover ratios are the lowest of the base case and of the combined downside; years count from today. figures_from
    says where these figures stand. anchors: category 1 … 4 by element; basis: sentence of evidence by judged factor.
    support: kinds of binding support by the sponsor, support_paper names the paper.
    """

    completed: bool = False
    lowest_dscr: Decimal | None = None
    target_dscr: Decimal | None = None
    lowest_downside_dscr: Decimal | None = None
    project_life_years: Decimal | None = None
    tenor_years: Decimal | None = None
    remaining_years: Decimal | None = None
    figures_from: str = ""
    anchors: Mapping[str, int] = field(default_factory=dict)
    basis: Mapping[str, str] = field(default_factory=dict)
    support: tuple[str, ...] = ()
    support_paper: str = ""
    permits_possible: bool = True
    defaulted: bool = False

    FIGURES = ("lowest_dscr", "target_dscr", "lowest_downside_dscr", "project_life_years", "tenor_years")

    @property
    def missing_figures(self) -> tuple[str, ...]:
        return tuple(name for name in self.FIGURES if getattr(self, name) is None)

    def as_json(self) -> dict[str, Any]:
        figures = {name: _text(getattr(self, name)) for name in (*self.FIGURES, "remaining_years")}
        return {
            **figures,
            "completed": self.completed,
            "figures_from": self.figures_from,
            "anchors": dict(self.anchors),
            "basis": dict(self.basis),
            "support": list(self.support),
            "support_paper": self.support_paper,
            "permits_possible": self.permits_possible,
            "defaulted": self.defaulted,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            **{name: _number(stored.get(name)) for name in (*cls.FIGURES, "remaining_years")},
            completed=bool(stored.get("completed", False)),
            figures_from=stored.get("figures_from", ""),
            anchors=dict(stored.get("anchors", {})),
            basis=dict(stored.get("basis", {})),
            support=tuple(stored.get("support", ())),
            support_paper=stored.get("support_paper", ""),
            permits_possible=bool(stored.get("permits_possible", True)),
            defaulted=bool(stored.get("defaulted", False)),
        )


Sheet = CorporateSheet | SlottingSheet


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _number(text: Any) -> Decimal | None:
    return None if text in (None, "") else Decimal(str(text))
