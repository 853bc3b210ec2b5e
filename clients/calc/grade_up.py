"""What would lift a client by one grade: gates to clear, moves worth making, smallest sets. Source: RULES §23."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from clients.calc.rating_rule import STANDARD_COEFFICIENTS, Gate, RatingRule
from clients.calc.scorecard import FactorScore, Rating


@dataclass(frozen=True)
class Move:
    """One factor brought to a standard. now and to: a value, or an anchor letter; now is None where it is missing.

    gain: points won, unrounded.
    """

    score: FactorScore
    now: Decimal | str | None
    to: Decimal | str
    gain: Decimal

    @property
    def factor(self) -> str:
        return self.score.factor.key


@dataclass(frozen=True)
class Requirement:
    """What a gate asks besides points. factor is empty for a gate that no factor clears; to: value or anchor needed."""

    gate: Gate
    factor: str
    now: Decimal | str | None
    to: Decimal | str | None


@dataclass(frozen=True)
class GradeUp:
    """points_needed: unrounded, 0 where only gates stand in the way. moves: best first. smallest_sets: factor keys."""

    grade: str
    points_needed: Decimal
    requirements: tuple[Requirement, ...]
    moves: tuple[Move, ...]
    smallest_sets: tuple[tuple[str, ...], ...]


def one_grade_up(rule: RatingRule, rating: Rating) -> GradeUp | None:
    """What the next better grade asks; None for the best grade and for default.

    A move brings one factor to the nearest standard worth at least the rule's smallest gain, or to the standard a gate
    asks for. A set reaches the points needed and holds every factor a gate asks for; only sets of the least size are
    named. Worked: 81.6565 (R4) → R3 needs 2.3435 points and interest cover of 5. Source: RULES §23.
    """
    place = rule.scale.position(rating.grade)
    if place == 0 or place == len(rule.scale.grades) - 1:
        return None
    target = rule.scale.grades[place - 1]
    needed = max((target.score_from or Decimal(0)) - rating.score, Decimal(0))
    hit = [
        each.gate for each in rating.gates if each.state == "hit" and rule.scale.is_worse(each.gate.grade, target.code)
    ]
    scores = {each.factor.key: each for each in rating.factors}
    floors: dict[str, Decimal] = {}
    requirements: list[Requirement] = []
    for gate in hit:
        short = {
            key: least
            for key, least in gate.min_coefficients.items()
            if key in scores and scores[key].coefficient < least
        }
        for key, least in short.items():
            floors[key] = max(least, floors.get(key, least))
            to = _mark(rule, rating.industry, scores[key], least)
            requirements.append(Requirement(gate, key, scores[key].anchor or scores[key].value, to))
        if not short:
            requirements.append(Requirement(gate, "", None, None))
    moves = [
        move for score in rating.factors if (move := _move(rule, rating.industry, score, floors.get(score.factor.key)))
    ]
    moves.sort(key=lambda move: -move.gain)
    sets = _smallest_sets(moves, needed, frozenset(floors), rule.sets_max_moves)
    return GradeUp(target.code, needed, tuple(requirements), tuple(moves), sets)


def _move(rule: RatingRule, industry: str, score: FactorScore, floor: Decimal | None) -> Move | None:
    """The smallest step up worth naming, not below what a gate asks; for a gate even where it wins little."""
    for least in reversed(STANDARD_COEFFICIENTS):
        gain = (least - score.coefficient) * score.weight
        asked = floor is not None and gain > 0 and least == STANDARD_COEFFICIENTS[0]
        if (floor is None or least >= floor) and (gain >= rule.move_min_points or asked):
            return Move(score, score.anchor or score.value, _mark(rule, industry, score, least), gain)
    return None


def _mark(rule: RatingRule, industry: str, score: FactorScore, least: Decimal) -> Decimal | str:
    """Value or anchor letter that earns a coefficient of the standards."""
    if score.anchor:
        anchors = rule.anchors[score.factor.key]
        return next(letter for letter, anchor in anchors.items() if anchor.coefficient == least)
    standard = rule.standard(industry, score.factor.key)
    if standard is None:
        raise ValueError(f"{score.factor.key} has no standards for {industry}")
    return standard[STANDARD_COEFFICIENTS.index(least)]


def _smallest_sets(
    moves: Sequence[Move], needed: Decimal, asked: frozenset[str], most: int
) -> tuple[tuple[str, ...], ...]:
    if not needed and not asked:
        return ()
    for size in range(1, most + 1):
        found = [
            tuple(move.factor for move in chosen)
            for chosen in combinations(moves, size)
            if sum(move.gain for move in chosen) >= needed and asked <= {move.factor for move in chosen}
        ]
        if found:
            return tuple(found)
    return ()
