"""Client tier S A B C D: points, gates, anti-flicker. Source: RULES §25."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from clients.calc.explanation import YUAN_PER_WAN, ExplanationLine, decimal_of, optional_decimal, shown
from clients.calc.scale import MasterScale

UNRATED = "unrated"
NEW = "new"
LABELS = {
    "assets": ("Total assets (CNY 10,000)", "总资产(万元)"),
    "rating": ("Grade", "信用等级"),
    "years": ("Years of cooperation", "合作年限"),
    "products": ("Product groups", "使用产品类数"),
    "repayment": ("Worst days past due, 24 months", "近24个月最长逾期天数"),
    "raroc": ("RAROC, 12 months", "风险调整后收益率(近12个月)"),
    "deposits": ("Average deposits, 12 months (CNY 10,000)", "日均存款(近12个月,万元)"),
    "fees": ("Fee income, 12 months (CNY 10,000)", "中间业务收入(近12个月,万元)"),
}


@dataclass(frozen=True)
class Step:
    """Half-open step [start, below) of a table; an open end is None."""

    start: Decimal | None
    below: Decimal | None
    result: str

    def holds(self, value: Decimal) -> bool:
        return (self.start is None or value >= self.start) and (self.below is None or value < self.below)

    @property
    def text(self) -> str:
        return f"[{shown(self.start)}, {shown(self.below)}) → {self.result}"


@dataclass(frozen=True)
class TierGate:
    """asked: tier the gate guards, or `any`. below: worst grade allowed, or unrated, new. given: tier instead."""

    asked: str
    below: str
    given: str


@dataclass(frozen=True)
class TierRule:
    weights: Mapping[str, Decimal]
    steps: Mapping[str, tuple[Step, ...]]
    rating_points: Mapping[str, Decimal]
    tiers: tuple[Step, ...]
    gates: tuple[TierGate, ...]
    assets_floor_wan: Decimal
    assets_span: Decimal
    no_borrowing_points: Decimal
    often_late_points: Decimal
    often_late_days: int
    often_late_times: int
    raroc_moves_to: Mapping[str, Decimal]
    new_client_months: int
    margin_points: Decimal
    quarters: int
    no_red_alert: frozenset[str]

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Rule from the body of `tier/client`.

        Raises ValueError where weights do not sum to 100 or the steps of a table leave a gap or overlap.
        """
        weights: dict[str, Decimal] = {}
        steps: dict[str, list[Step]] = {}
        rating_points: dict[str, Decimal] = {}
        gates: list[TierGate] = []
        for row in body["tables"]["tier"]:
            table = row["table"]
            if table.startswith("weight."):
                weights[table.removeprefix("weight.")] = decimal_of(row["points"])
            elif table == "rating":
                rating_points[row["from"]] = decimal_of(row["points"])
            elif table == "gate":
                gates.append(TierGate(row["from"], row["below"], row["points"]))
            elif table != "special" and not table.startswith("formula."):
                step = Step(optional_decimal(row["from"]), optional_decimal(row["below"]), row["points"])
                steps.setdefault(table, []).append(step)
        if sum(weights.values()) != 100:
            raise ValueError("tier: weights do not sum to 100")
        for table, rows in steps.items():
            rows.sort(key=lambda step: Decimal("-Infinity") if step.start is None else step.start)
            if any(lower.below != upper.start for lower, upper in zip(rows, rows[1:], strict=False)):
                raise ValueError(f"tier: steps of {table} do not join")
        params = body["params"]
        return cls(
            weights=weights,
            steps={table: tuple(rows) for table, rows in steps.items() if table != "tier"},
            rating_points=rating_points,
            tiers=tuple(reversed(steps["tier"])),
            gates=tuple(gates),
            assets_floor_wan=decimal_of(params["assets_floor_wan"]),
            assets_span=decimal_of(params["assets_span"]),
            no_borrowing_points=decimal_of(params["no_borrowing_points"]),
            often_late_points=decimal_of(params["often_late_points"]),
            often_late_days=params["often_late_days"],
            often_late_times=params["often_late_times"],
            raroc_moves_to={key: decimal_of(points) for key, points in params["raroc_moves_to"].items()},
            new_client_months=params["new_client_months"],
            margin_points=decimal_of(params["margin_points"]),
            quarters=params["quarters"],
            no_red_alert=frozenset(params["no_red_alert"]),
        )

    @property
    def order(self) -> tuple[str, ...]:
        """Tiers, best first."""
        return tuple(step.result for step in self.tiers)

    def of_score(self, score: Decimal) -> str:
        """Tier of an unrounded score, before gates."""
        return next(step.result for step in self.tiers if step.holds(score))


@dataclass(frozen=True)
class TierFacts:
    """total_assets, deposits, fees: CNY. years: since the first account or loan here. grade: None if unrated.

    worst_days_past_due: of 24 months, None without borrowing here; times_late: delays of 1 to 7 days in them. raroc:
    fraction, None without exposure. A figure of total_assets, deposits or fees that is unknown is None and scores 0.
    """

    total_assets: Decimal | None
    grade: str | None
    years: Decimal
    product_groups: int
    worst_days_past_due: int | None
    times_late: int
    raroc: Decimal | None
    deposits: Decimal | None
    fees: Decimal | None
    red_alerts_open: int = 0
    on_watch_list: bool = False


@dataclass(frozen=True)
class TierScore:
    """points: 0 … 100 by measure; weights sum to 100; score unrounded."""

    points: Mapping[str, Decimal]
    weights: Mapping[str, Decimal]
    score: Decimal
    explanation: tuple[ExplanationLine, ...]


@dataclass(frozen=True)
class TierResult:
    """steady_tier: what scores and anti-flicker give, kept for the next quarter; tier: after the gates.

    gates: below-names of the gates that lowered the tier, red_alert or watch_list. provisional: a new client.
    """

    score: TierScore
    steady_tier: str
    tier: str
    gates: tuple[str, ...]
    provisional: bool


def score_tier(rule: TierRule, facts: TierFacts) -> TierScore:
    """Points of the eight measures and their weighted sum.

    Without exposure the weight of RAROC moves to deposits and fees. Raises KeyError for a grade without points and
    ValueError for a figure below every step. Worked: 78.85, and 77.45 without exposure. Source: RULES §25.
    """
    weights = dict(rule.weights)
    if facts.raroc is None:
        weights["raroc"] = Decimal(0)
        for key, moved in rule.raroc_moves_to.items():
            weights[key] += moved
    values = {
        "assets": _wan(facts.total_assets),
        "years": facts.years,
        "products": Decimal(facts.product_groups),
        "repayment": None if facts.worst_days_past_due is None else Decimal(facts.worst_days_past_due),
        "raroc": facts.raroc,
        "deposits": _wan(facts.deposits),
        "fees": _wan(facts.fees),
    }
    points = {key: _points(rule, key, value) for key, value in values.items()}
    points["rating"] = rule.rating_points[facts.grade or UNRATED]
    if facts.worst_days_past_due is None:
        points["repayment"] = rule.no_borrowing_points
    elif 1 <= facts.worst_days_past_due <= rule.often_late_days and facts.times_late > rule.often_late_times:
        points["repayment"] = rule.often_late_points
    score = sum((weights[key] * points[key] / 100 for key in rule.weights), Decimal(0))
    lines = tuple(
        ExplanationLine(
            key,
            *LABELS[key],
            (facts.grade or UNRATED) if key == "rating" else shown(values[key]),
            f"{shown(points[key], 2)} × {shown(weights[key])} %",
            shown(weights[key] * points[key] / 100),
        )
        for key in rule.weights
    )
    return TierScore(points, weights, score, lines)


def gated_tier(rule: TierRule, scale: MasterScale, tier: str, facts: TierFacts) -> tuple[str, tuple[str, ...]]:
    """A tier after the gates, and which of them lowered it; the gates act at once, from the best tier down."""
    hit: list[str] = []
    for gate in rule.gates:
        applies, name = _gate_applies(rule, scale, gate, tier, facts)
        if applies and rule.order.index(gate.given) > rule.order.index(tier):
            tier = gate.given
            hit.append(name)
    return tier, tuple(hit)


def steady_tier(rule: TierRule, current: str | None, scores: Sequence[Decimal]) -> str:
    """Tier of quarterly scores, newest last, without flicker. A client without a tier gets that of its newest score.

    A move is one tier only, where all of the last two scores lie at least two points inside the next tier (up), or
    more than two below the own floor (down). Worked: A with 67.9, 67.9 → B; B with 72, 72 → A. Source: RULES §25.
    """
    if current is None:
        return rule.of_score(scores[-1])
    recent = scores[-rule.quarters :]
    place = rule.order.index(current)
    if len(recent) < rule.quarters:
        return current
    if place > 0:
        better = rule.tiers[place - 1]
        if better.start is not None and min(recent) >= better.start + rule.margin_points:
            return better.result
    floor = rule.tiers[place].start
    if floor is not None and max(recent) < floor - rule.margin_points:
        return rule.tiers[place + 1].result
    return current


def settle_tier(
    rule: TierRule,
    scale: MasterScale,
    facts: TierFacts,
    *,
    earlier_scores: Sequence[Decimal] = (),
    earlier_tier: str | None = None,
    left_watch_list_this_quarter: bool = False,
) -> TierResult:
    """The tier of this quarter.

    earlier_scores: those of the quarters before, newest last. earlier_tier: the steady tier of last quarter, None for
    the first. left_watch_list_this_quarter: the tier waits one quarter as if the client were still on the list.
    """
    score = score_tier(rule, facts)
    steady = steady_tier(rule, earlier_tier, [*earlier_scores, score.score])
    tier, gates = gated_tier(rule, scale, steady, facts)
    lowest = rule.order[-1]
    if left_watch_list_this_quarter and tier != lowest:
        tier, gates = lowest, (*gates, "watch_list")
    return TierResult(score, steady, tier, gates, provisional=_is_new(rule, facts))


def _points(rule: TierRule, key: str, value: Decimal | None) -> Decimal:
    if value is None:
        return Decimal(0)
    if key != "assets":
        for step in rule.steps[key]:
            if step.holds(value):
                return Decimal(step.result)
        raise ValueError(f"tier: no step of {key} holds {value}")
    if value <= 0:
        return Decimal(0)
    points = 100 * (value / rule.assets_floor_wan).ln() / rule.assets_span.ln()
    return max(Decimal(0), min(Decimal(100), points))


def _gate_applies(rule: TierRule, scale: MasterScale, gate: TierGate, tier: str, facts: TierFacts) -> tuple[bool, str]:
    if gate.below == UNRATED:
        return facts.grade is None, UNRATED
    if gate.below == NEW:
        return _is_new(rule, facts), NEW
    if gate.asked == "any":
        if facts.on_watch_list:
            return True, "watch_list"
        return facts.grade is not None and not scale.is_worse(gate.below, facts.grade), gate.below
    if gate.asked != tier:
        return False, ""
    if facts.red_alerts_open and tier in rule.no_red_alert:
        return True, "red_alert"
    return facts.grade is not None and scale.is_worse(facts.grade, gate.below), gate.below


def _is_new(rule: TierRule, facts: TierFacts) -> bool:
    return facts.years * 12 < rule.new_client_months


def _wan(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount / YUAN_PER_WAN
