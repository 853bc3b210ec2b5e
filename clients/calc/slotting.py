"""Slotting of project companies, short form: five factors, category, grade, support. Source: RULES §7.3 and §24."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal, Self

from clients.calc.explanation import ExplanationLine, decimal_of, nearest_to_worse, optional_decimal, shown
from clients.calc.scale import DEFAULT_GRADE, MasterScale

STRONG, WEAK, DEFAULTED = 1, 4, 5
FINANCIAL, SPONSOR = "financial", "sponsor"
Path = Literal["scorecard", "slotting", "slotting_with_check"]


@dataclass(frozen=True)
class SlottingFactor:
    key: str
    name_en: str
    name_zh: str
    weight: Decimal


@dataclass(frozen=True)
class Element:
    """A judged element of a factor. Its weights count inside the factor; 0 leaves it out of that stage."""

    key: str
    factor: str
    name_en: str
    name_zh: str
    weight_construction: Decimal
    weight_operation: Decimal
    anchors: Mapping[int, tuple[str, str]]

    def weight(self, *, completed: bool) -> Decimal:
        return self.weight_operation if completed else self.weight_construction


@dataclass(frozen=True)
class Category:
    """1 strong … 4 weak, 5 default. risk_weight and expected_loss are fractions; *_short below the short maturity."""

    number: int
    key: str
    name_en: str
    name_zh: str
    grade: str
    risk_weight: Decimal
    risk_weight_short: Decimal
    expected_loss: Decimal
    expected_loss_short: Decimal
    provenance: str


@dataclass(frozen=True)
class SupportKind:
    """notches: steps to the better; None: up to one step below the supporter."""

    key: str
    name_en: str
    name_zh: str
    notches: int | None


@dataclass(frozen=True)
class SlottingRule:
    factors: Mapping[str, SlottingFactor]
    elements: Mapping[str, Element]
    categories: Mapping[int, Category]
    sponsor_grades: tuple[tuple[str, int], ...]
    support: Mapping[str, SupportKind]
    base_cover: tuple[Decimal, ...]
    stress_cover: tuple[Decimal, ...]
    tail: tuple[Decimal, ...]
    weak_factor_cap: int
    failing_cover: Decimal
    sponsor_min_share: Decimal
    sponsor_unrated_category: int
    short_maturity_years: Decimal
    scorecard_gap: int
    own_statement_years: Decimal

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Rule from the body of `slotting/project_finance`.

        Raises ValueError where factor weights do not sum to 1 or leave their bounds, or an element lacks an anchor.
        """
        tables, params = body["tables"], body["params"]
        factors = {
            row["factor"]: SlottingFactor(row["factor"], row["name_en"], row["name_zh"], decimal_of(row["weight"]))
            for row in tables["factors"]
        }
        least, most = (decimal_of(bound) for bound in params["weight_bounds"])
        if sum(factor.weight for factor in factors.values()) != 1:
            raise ValueError("slotting: weights of the factors do not sum to 1")
        for factor in factors.values():
            if not least <= factor.weight <= most:
                raise ValueError(f"slotting: weight of {factor.key} is outside {least} to {most}")
        return cls(
            factors=factors,
            elements=_elements(tables),
            categories={category.number: category for category in map(_category, tables["categories"])},
            sponsor_grades=tuple((row["grade_from"], int(row["category"])) for row in tables["sponsor_grades"]),
            support={support.key: support for support in map(_support, tables["support"])},
            base_cover=tuple(decimal_of(bound) for bound in params["base_cover"]),
            stress_cover=tuple(decimal_of(bound) for bound in params["stress_cover"]),
            tail=tuple(decimal_of(bound) for bound in params["tail"]),
            weak_factor_cap=params["weak_factor_cap"],
            failing_cover=decimal_of(params["failing_cover"]),
            sponsor_min_share=decimal_of(params["sponsor_min_share"]),
            sponsor_unrated_category=params["sponsor_unrated_category"],
            short_maturity_years=decimal_of(params["short_maturity_years"]),
            scorecard_gap=params["scorecard_gap"],
            own_statement_years=decimal_of(params["own_statement_years"]),
        )


@dataclass(frozen=True)
class Sponsor:
    """share: fraction of the project company held. grade: None if unrated; a government body's never counts."""

    share: Decimal
    grade: str | None
    is_government: bool = False


@dataclass(frozen=True)
class Support:
    """kind: full_guarantee, shortfall or completion; only papers that bind. grade: the supporter's, None if unrated."""

    kind: str
    grade: str | None


@dataclass(frozen=True)
class SlottingFacts:
    """completed: completion tests passed. DSCRs are the lowest of the base case and of the combined downside.

    project_life_years, tenor_years: from today, tenor positive. anchors: category 1 … 4 by element key.
    permits_possible: there is a lawful path to every permit. remaining_years: maturity of the exposure, for the risk
    weight. defaulted: the borrower is in default.
    """

    completed: bool
    lowest_dscr: Decimal
    target_dscr: Decimal
    lowest_downside_dscr: Decimal
    project_life_years: Decimal
    tenor_years: Decimal
    anchors: Mapping[str, int]
    sponsors: Sequence[Sponsor]
    support: Sequence[Support] = ()
    permits_possible: bool = True
    remaining_years: Decimal | None = None
    defaulted: bool = False


class CannotSlot(Exception):
    """Elements without a judgement; `elements` names them."""

    code = "missing_elements"

    def __init__(self, elements: tuple[str, ...]) -> None:
        super().__init__(f"no judgement for {', '.join(elements)}")
        self.elements = elements


@dataclass(frozen=True)
class Slotting:
    """factors: category by factor. average: unrounded. caps: weak_factor, failing_cover, no_permits, default.

    own_grade is before support, grade after it; category, risk_weight and expected_loss ignore support.
    """

    factors: Mapping[str, int]
    average: Decimal
    category: Category
    caps: tuple[str, ...]
    own_grade: str
    grade: str
    pd: Decimal
    risk_weight: Decimal
    expected_loss: Decimal
    explanation: tuple[ExplanationLine, ...]


def slot(rule: SlottingRule, scale: MasterScale, facts: SlottingFacts) -> Slotting:
    """Category and grade of a project company.

    Weighted mean of the five factors, nearest category, a half to the worse, then the caps, the grade of the category
    and support. Worked: factors 2, 1, 3, 1, 2 → 2.05 → good → R7. Raises CannotSlot where a needed judgement is
    missing. Source: RULES §24.
    """
    needed = [element for element in rule.elements.values() if element.weight(completed=facts.completed)]
    missing = tuple(element.key for element in needed if facts.anchors.get(element.key) not in range(STRONG, WEAK + 1))
    if missing:
        raise CannotSlot(missing)
    financial, lines = financial_strength(rule, facts)
    categories: dict[str, int] = {}
    for factor in rule.factors.values():
        if factor.key == FINANCIAL:
            categories[factor.key] = financial
        elif factor.key == SPONSOR:
            categories[factor.key] = sponsor_category(rule, scale, facts.sponsors)
        else:
            parts = [element for element in needed if element.factor == factor.key]
            categories[factor.key] = _judged(parts, facts)
            lines += [_explain_element(element, facts) for element in parts]
    average = combine(rule, categories)
    number, caps = _capped(rule, nearest_to_worse(average), categories, facts)
    category = rule.categories[number]
    grade = supported_grade(rule, scale, category.grade, facts.support, completed=facts.completed)
    short = facts.remaining_years is not None and facts.remaining_years < rule.short_maturity_years
    lines += [
        ExplanationLine(
            factor.key,
            factor.name_en,
            factor.name_zh,
            str(categories[factor.key]),
            f"× {shown(factor.weight)}",
            shown(factor.weight * categories[factor.key]),
        )
        for factor in rule.factors.values()
    ]
    lines.append(
        ExplanationLine("category", "Category", "评级类别", shown(average), ", ".join(caps), str(category.number))
    )
    lines.append(
        ExplanationLine("grade", "Grade after support", "增信后等级", category.grade, _support_text(facts), grade)
    )
    return Slotting(
        factors=categories,
        average=average,
        category=category,
        caps=caps,
        own_grade=category.grade,
        grade=grade,
        pd=scale[grade].pd,
        risk_weight=category.risk_weight_short if short else category.risk_weight,
        expected_loss=category.expected_loss_short if short else category.expected_loss,
        explanation=tuple(lines),
    )


def combine(rule: SlottingRule, categories: Mapping[str, int]) -> Decimal:
    """Weighted mean of the factors' categories, unrounded: 2, 1, 3, 2, 2 → 2.20. Source: RULES §7.3."""
    return sum((factor.weight * categories[factor.key] for factor in rule.factors.values()), Decimal(0))


def financial_strength(rule: SlottingRule, facts: SlottingFacts) -> tuple[int, list[ExplanationLine]]:
    """Category from base cover, stress cover and tail: their mean, a half to the worse, not better than stress.

    Raises ValueError where target or tenor is not positive.
    """
    if facts.target_dscr <= 0 or facts.tenor_years <= 0:
        raise ValueError("slotting: target DSCR and tenor must be positive")
    measured = (
        (
            "base",
            "Lowest DSCR to target",
            "最低偿债备付率/目标",
            facts.lowest_dscr / facts.target_dscr,
            rule.base_cover,
        ),
        (
            "stress",
            "Lowest DSCR of the downside",
            "压力情景最低偿债备付率",
            facts.lowest_downside_dscr,
            rule.stress_cover,
        ),
        (
            "tail",
            "Project life beyond the loan",
            "项目剩余寿命裕度",
            (facts.project_life_years - facts.tenor_years) / facts.tenor_years,
            rule.tail,
        ),
    )
    parts = {key: _cut(value, bounds) for key, _, _, value, bounds in measured}
    lines = [
        ExplanationLine(key, en, zh, shown(value), "≥ " + " / ".join(map(shown, bounds)), str(parts[key]))
        for key, en, zh, value, bounds in measured
    ]
    mean = Decimal(sum(parts.values())) / len(parts)
    return max(parts["stress"], nearest_to_worse(mean)), lines


def sponsor_category(rule: SlottingRule, scale: MasterScale, sponsors: Sequence[Sponsor]) -> int:
    """Category of the sponsors: share-weighted mean over those of 20 % or more, rounded up to the worse."""
    counted = [sponsor for sponsor in sponsors if sponsor.share >= rule.sponsor_min_share]
    total = sum((sponsor.share for sponsor in counted), Decimal(0))
    if not total:
        return rule.sponsor_unrated_category
    weighted = sum((sponsor.share * _graded(rule, scale, sponsor) for sponsor in counted), Decimal(0))
    return int((weighted / total).to_integral_value(ROUND_CEILING))


def supported_grade(
    rule: SlottingRule, scale: MasterScale, own: str, support: Sequence[Support], *, completed: bool
) -> str:
    """Best grade any support gives; never better than the supporter, never worse than the own grade.

    A full guarantee gives the supporter's grade and one step, a shortfall undertaking two steps, a completion
    guarantee one step until completion; nothing lifts a borrower out of default. Worked, own R10, supporter R5: R6, R8,
    R9. Source: RULES §24.
    """
    best = own
    if own == DEFAULT_GRADE:
        return own
    for each in support:
        if each.grade is None or (each.kind == "completion" and completed):
            continue
        notches = rule.support[each.kind].notches
        reached = scale.moved(each.grade, 1) if notches is None else scale.moved(own, -notches)
        reached = scale.worst([reached, each.grade])
        if scale.is_worse(best, reached):
            best = reached
    return best


def rating_path(rule: SlottingRule, *, is_project_company: bool, full_operating_years: Decimal) -> Path:
    """How a borrower is rated: by scorecard, by slotting, or by slotting with the scorecard shown as a check.

    is_project_company: formed for the project or repaid mainly from it. Source: RULES §24.
    """
    if full_operating_years < rule.own_statement_years:
        return "slotting"
    return "slotting_with_check" if is_project_company else "scorecard"


def gap_needs_explanation(rule: SlottingRule, scale: MasterScale, slotted: str, scored: str) -> bool:
    """Whether slotting and scorecard lie so many grades apart that the difference must be explained."""
    return abs(scale.position(slotted) - scale.position(scored)) > rule.scorecard_gap


def _cut(value: Decimal, bounds: Sequence[Decimal]) -> int:
    return next((number for number, bound in enumerate(bounds, STRONG) if value >= bound), WEAK)


def _judged(parts: Sequence[Element], facts: SlottingFacts) -> int:
    weights = [element.weight(completed=facts.completed) for element in parts]
    judged = [facts.anchors[element.key] for element in parts]
    total = sum((weight * number for weight, number in zip(weights, judged, strict=True)), Decimal(0))
    return nearest_to_worse(total / sum(weights, Decimal(0)))


def _graded(rule: SlottingRule, scale: MasterScale, sponsor: Sponsor) -> int:
    if sponsor.grade is None or sponsor.is_government:
        return rule.sponsor_unrated_category
    reached = [category for grade, category in rule.sponsor_grades if not scale.is_worse(grade, sponsor.grade)]
    return max(reached)


def _capped(
    rule: SlottingRule, number: int, categories: Mapping[str, int], facts: SlottingFacts
) -> tuple[int, tuple[str, ...]]:
    floors = {
        "weak_factor": rule.weak_factor_cap if WEAK in categories.values() else STRONG,
        "failing_cover": WEAK if facts.lowest_dscr < rule.failing_cover else STRONG,
        "no_permits": STRONG if facts.permits_possible else WEAK,
        "default": DEFAULTED if facts.defaulted else STRONG,
    }
    return max(number, *floors.values()), tuple(code for code, floor in floors.items() if floor > number)


def _explain_element(element: Element, facts: SlottingFacts) -> ExplanationLine:
    weight = element.weight(completed=facts.completed)
    judged = str(facts.anchors[element.key])
    return ExplanationLine(element.key, element.name_en, element.name_zh, judged, f"× {shown(weight)}", judged)


def _support_text(facts: SlottingFacts) -> str:
    return ", ".join(f"{each.kind} {each.grade or '–'}" for each in facts.support)


def _elements(tables: Mapping[str, Any]) -> dict[str, Element]:
    anchors: dict[str, dict[int, tuple[str, str]]] = {}
    for row in tables["anchors"]:
        anchors.setdefault(row["element"], {})[int(row["category"])] = (row["anchor_en"], row["anchor_zh"])
    elements = {}
    for row in tables["elements"]:
        key = row["element"]
        if set(anchors.get(key, {})) != set(range(STRONG, WEAK + 1)):
            raise ValueError(f"slotting: element {key} needs one anchor for each category")
        elements[key] = Element(
            key=key,
            factor=row["factor"],
            name_en=row["name_en"],
            name_zh=row["name_zh"],
            weight_construction=decimal_of(row["weight_construction"]),
            weight_operation=decimal_of(row["weight_operation"]),
            anchors=anchors[key],
        )
    return elements


def _category(row: Mapping[str, str]) -> Category:
    return Category(
        number=int(row["category"]),
        key=row["key"],
        name_en=row["name_en"],
        name_zh=row["name_zh"],
        grade=row["grade"],
        risk_weight=decimal_of(row["risk_weight"]),
        risk_weight_short=decimal_of(row["risk_weight_short"]),
        expected_loss=decimal_of(row["expected_loss"]),
        expected_loss_short=decimal_of(row["expected_loss_short"]),
        provenance=row["provenance"],
    )


def _support(row: Mapping[str, str]) -> SupportKind:
    notches = optional_decimal(row["notches"])
    return SupportKind(row["kind"], row["name_en"], row["name_zh"], None if notches is None else int(notches))
