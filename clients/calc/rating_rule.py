"""The corporate rating rule as types: factors, standards, anchors, gates. Source: RULES §22-23."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from clients.calc.explanation import decimal_of, optional_decimal
from clients.calc.scale import MasterScale
from clients.calc.statements import Term, parse_terms

STANDARD_NAMES = ("excellent", "good", "average", "low", "poor")
STANDARD_COEFFICIENTS = (Decimal("1.0"), Decimal("0.8"), Decimal("0.6"), Decimal("0.4"), Decimal("0.2"))
OTHER_INDUSTRY = "*"


@dataclass(frozen=True)
class Factor:
    """One factor of the scorecard.

    base_test, base_then, base_else: what scores where the base is not positive. The test is a sum of statement lines,
    positive → then, else → else; without a test `then` holds. Outcomes: a coefficient, missing, not_applicable or
    cannot_rate.
    """

    key: str
    group: str
    name_en: str
    name_zh: str
    formula: str
    unit: str
    lower_is_better: bool
    weight: Decimal
    interpolation: str
    base_test: tuple[Term, ...]
    base_then: str
    base_else: str

    @property
    def is_qualitative(self) -> bool:
        return self.interpolation == "anchor"


@dataclass(frozen=True)
class Anchor:
    coefficient: Decimal
    text_en: str
    text_zh: str


@dataclass(frozen=True)
class Gate:
    """A condition that limits the grade. effect: not_better_than or set. min_coefficients: clear it, by factor."""

    code: str
    key: str
    expression: str
    grade: str
    effect: str
    min_coefficients: Mapping[str, Decimal]
    message_en: str
    message_zh: str


@dataclass(frozen=True)
class RatingRule:
    """Everything a rating reads. standards: industry → factor → five values, excellent first; absent where blank."""

    factors: tuple[Factor, ...]
    group_names: Mapping[str, tuple[str, str]]
    standards: Mapping[str, Mapping[str, tuple[Decimal, ...]]]
    industry_of_section: Mapping[str, str]
    anchors: Mapping[str, Mapping[str, Anchor]]
    gates: tuple[Gate, ...]
    scale: MasterScale
    missing_coefficient: Decimal
    missing_weight_limit: Decimal
    min_statements: int
    stability_years: int
    valid_months: int
    statement_max_months: int
    override_max_steps: int
    move_min_points: Decimal
    sets_max_moves: int

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Rule from the body of `rating/corporate`.

        Raises ValueError where weights do not sum to 100, the five values of a standard do not run from better to
        worse, or a gate names a grade that is not on the scale.
        """
        tables, params = body["tables"], body["params"]
        factors = tuple(_factor(row) for row in tables["factors"])
        if sum(factor.weight for factor in factors) != 100:
            raise ValueError("rating: weights of the factors do not sum to 100")
        scale = MasterScale.from_body(body)
        gates = tuple(_gate(row) for row in tables["gates"])
        for gate in gates:
            if gate.grade not in {grade.code for grade in scale.grades}:
                raise ValueError(f"rating: gate {gate.code} names grade {gate.grade!r}")
        anchors: dict[str, dict[str, Anchor]] = {}
        for row in tables["anchors"]:
            anchor = Anchor(decimal_of(row["coefficient"]), row["anchor_en"], row["anchor_zh"])
            anchors.setdefault(row["factor"], {})[row["level"]] = anchor
        return cls(
            factors=factors,
            group_names={row["group"]: (row["name_en"], row["name_zh"]) for row in tables["groups"]},
            standards=_standards(tables["standards"], {factor.key: factor for factor in factors}),
            industry_of_section={
                section: row["industry"] for row in tables["standards"] for section in row["gbt4754_section"].split(";")
            },
            anchors=anchors,
            gates=gates,
            scale=scale,
            missing_coefficient=decimal_of(params["missing_coefficient"]),
            missing_weight_limit=decimal_of(params["missing_weight_limit"]),
            min_statements=params["min_statements"],
            stability_years=params["stability_years"],
            valid_months=params["valid_months"],
            statement_max_months=params["statement_max_months"],
            override_max_steps=params["override_max_steps"],
            move_min_points=decimal_of(params["move_min_points"]),
            sets_max_moves=params["sets_max_moves"],
        )

    def industry(self, section: str) -> str:
        """Scorecard industry of a GB/T 4754 section letter; sections without their own standards share `other`."""
        return self.industry_of_section.get(section, self.industry_of_section[OTHER_INDUSTRY])

    def standard(self, industry: str, factor: str) -> tuple[Decimal, ...] | None:
        """The five values of a factor; None where the industry's standards are blank (not applicable)."""
        return self.standards[industry].get(factor)


def coefficient(value: Decimal, standard: tuple[Decimal, ...], *, lower_is_better: bool, log: bool = False) -> Decimal:
    """Coefficient 0 … 1 of a value between its five standards, unrounded.

    At the standards 1, .8, .6, .4, .2; between neighbours linear in the value (log: in its natural logarithm); better
    than the first 1; worse than the last falling linearly to 0 over one more step as long as the last one.
    Worked, standards .45 .52 .62 .72 .85, lower is better: .57 → .7, .915 → .1. Source: RULES §23.
    """
    if log and value <= 0:
        return Decimal(0)
    sign = -1 if lower_is_better else 1
    at = sign * (value.ln() if log else value)
    marks = [sign * (mark.ln() if log else mark) for mark in standard]
    if at >= marks[0]:
        return STANDARD_COEFFICIENTS[0]
    for place in range(len(marks) - 1):
        upper, lower = marks[place], marks[place + 1]
        if at >= lower:
            high, low = STANDARD_COEFFICIENTS[place], STANDARD_COEFFICIENTS[place + 1]
            return low + (high - low) * (at - lower) / (upper - lower)
    step = marks[-2] - marks[-1]
    return max(Decimal(0), STANDARD_COEFFICIENTS[-1] * (1 - (marks[-1] - at) / step))


def _factor(row: Mapping[str, str]) -> Factor:
    return Factor(
        key=row["factor"],
        group=row["group"],
        name_en=row["name_en"],
        name_zh=row["name_zh"],
        formula=row["formula"],
        unit=row["unit"],
        lower_is_better=row["better"] == "lower",
        weight=decimal_of(row["weight"]),
        interpolation=row["interpolation"],
        base_test=parse_terms(row["base_test"]),
        base_then=row["base_then"],
        base_else=row["base_else"],
    )


def _gate(row: Mapping[str, str]) -> Gate:
    needs = dict(part.split(":") for part in row["min_coefficients"].split(";") if part)
    return Gate(
        code=row["gate"],
        key=row["key"],
        expression=row["expression"],
        grade=row["grade"],
        effect=row["effect"],
        min_coefficients={factor: decimal_of(least) for factor, least in needs.items()},
        message_en=row["message_en"],
        message_zh=row["message_zh"],
    )


def _standards(rows: list[dict[str, str]], factors: Mapping[str, Factor]) -> dict[str, dict[str, tuple[Decimal, ...]]]:
    standards: dict[str, dict[str, tuple[Decimal, ...]]] = {}
    for row in rows:
        industry = standards.setdefault(row["industry"], {})
        marks = [optional_decimal(row[name]) for name in STANDARD_NAMES]
        if all(mark is None for mark in marks):
            continue
        values = tuple(mark for mark in marks if mark is not None)
        direction = -1 if factors[row["factor"]].lower_is_better else 1
        falling = all(direction * (better - worse) > 0 for better, worse in zip(values, values[1:], strict=False))
        if len(values) != len(marks) or not falling:
            raise ValueError(f"rating: standards of {row['industry']} {row['factor']} do not run from better to worse")
        industry[row["factor"]] = values
    return standards
