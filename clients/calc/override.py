"""Overriding a rating and how long it holds. Source: RULES §23."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date

from clients.calc.rating_rule import RatingRule
from clients.calc.scale import DEFAULT_GRADE


def override_problems(
    rule: RatingRule,
    grade: str,
    to_grade: str,
    *,
    held_at: Sequence[str] = (),
    for_support: bool = False,
    parent_grade: str | None = None,
) -> tuple[str, ...]:
    """Codes of the rules an override of `grade` would break; empty where it may be asked for.

    held_at: grades of the gates that hold ("not better than"). for_support: the ground is the parent's support;
    parent_grade: the parent's own grade, None if unrated.
    too_many_steps: more steps to the better than allowed. through_gate: better than a gate that holds, or out of
    default. above_parent: better than the parent's grade on ground of its support.
    Raises KeyError for a grade that is not on the scale.
    """
    scale = rule.scale
    steps = scale.position(grade) - scale.position(to_grade)
    better = steps > 0
    failed = {
        "too_many_steps": steps > rule.override_max_steps,
        "through_gate": better and (grade == DEFAULT_GRADE or any(scale.is_worse(held, to_grade) for held in held_at)),
        "above_parent": better and for_support and (parent_grade is None or scale.is_worse(parent_grade, to_grade)),
    }
    return tuple(code for code, wrong in failed.items() if wrong)


def valid_until(rule: RatingRule, confirmed_on: date, statement_date: date) -> date:
    """Last day of a rating: 12 months from confirmation, at most 18 months from the statement date."""
    return min(_months_later(confirmed_on, rule.valid_months), _months_later(statement_date, rule.statement_max_months))


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    from_month_end = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if from_month_end else min(day.day, last))
