"""What a rating comes to: statements in force, sheet and rule version in, points, gates and grade out.

The outcome is stored in the row as JSON, with the words of the rule version in both languages, so that a rating of some
years ago reads as it did then. Figures are decimal texts of six places; the row's own column keeps the sum unrounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from clients.calc.explanation import ExplanationLine, shown
from clients.calc.gates import gate_judge
from clients.calc.grade_up import GradeUp, one_grade_up
from clients.calc.rating_rule import RatingRule
from clients.calc.scorecard import CannotRate, FactorScore, GateResult, GateValue, RatingFacts, rate
from clients.calc.scorecard import Rating as Scored
from clients.calc.statements import Statement as Figures
from clients.calc.statements import StatementLines
from clients.models import Client, Statement
from clients.services.rating_sheet import CorporateSheet
from clients.statement_books import figures_of
from crm_project.rules.expressions import parse
from crm_project.rules.expressions.nodes import metric_names
from crm_project.rules.models import RuleSet

Json = dict[str, Any]
PLACES = 6


@dataclass(frozen=True)
class Computed:
    """result: for the row; its `blocks` say what stands between this and a proposal. grade: empty where there is none.

    score: unrounded points, None for slotting. pd: fraction.
    """

    result: Json
    score: Decimal | None = None
    grade: str = ""
    pd: Decimal | None = None
    statement: Statement | None = None


def corporate_rule(as_of: date) -> RuleSet:
    return RuleSet.objects.in_force("rating", "corporate", as_of)


def statements_for(client: Client, as_of: date) -> list[Statement]:
    """Filings in force up to a day, oldest first: consolidated ones, or single-company ones where there are none."""
    filed = list(Statement.objects.current().filter(client=client, period_end__lte=as_of).order_by("period_end"))
    consolidated = [one for one in filed if one.consolidated]
    return consolidated if any(one.months == 12 for one in consolidated) else [o for o in filed if not o.consolidated]


def newest_annual(statements: Sequence[Statement]) -> Statement | None:
    return next((one for one in reversed(statements) if one.months == 12), None)


def statement_lines(as_of: date) -> StatementLines:
    return StatementLines.from_body(RuleSet.objects.in_force("statement_lines", "corporate", as_of).body)


def score_company(*, client: Client, sheet: CorporateSheet, rule_set: RuleSet, as_of: date) -> Computed:
    """The scorecard over the client's statements and a sheet. Source: RULES §23."""
    rule = RatingRule.from_body(rule_set.body)
    lines = statement_lines(as_of)
    statements = statements_for(client, as_of)
    facts = RatingFacts(
        section=client.industry_id[:1],
        years_trading=sheet.years_trading,
        largest_customer_share=sheet.largest_customer_share,
        management_tenure=sheet.management_tenure,
        anchors={factor: one.level for factor, one in sheet.judgements.items()},
        gate_inputs=_gate_inputs(rule_set.body, sheet.gates),
    )
    judge = gate_judge(rule_set.body, RuleSet.objects.in_force("codes", "all", as_of).body)
    figures = [Figures(one.period_end, figures_of(lines, one)) for one in statements]
    try:
        scored = rate(rule, lines, figures, facts, as_of=as_of, gate_judge=judge)
    except CannotRate as refusal:
        blocks = [{"code": reason.code, "detail": reason.detail} for reason in refusal.reasons]
        return Computed({"blocks": blocks, "names": _factor_names(rule)}, statement=newest_annual(statements))
    result = {
        "blocks": [*_without_evidence(sheet), *_unchecked(rule_set.body, scored, facts.gate_inputs)],
        "names": _factor_names(rule),
        "industry": scored.industry,
        "statement_date": scored.statement_date.isoformat(),
        "missing_weight": _figure(scored.missing_weight),
        "grade_by_score": scored.grade_by_score,
        "pd": f"{scored.pd:f}",
        "band": _band(rule, scored.grade),
        "held_at": [each.gate.grade for each in scored.gates if each.state == "hit"],
        "groups": _groups(rule, scored),
        "factors": [_factor(rule, scored, each, sheet) for each in scored.factors],
        "gates": [_gate(each) for each in scored.gates],
        "grade_up": _grade_up(one_grade_up(rule, scored)),
        "explanation": [line.as_dict() for line in [*scored.explanation, *_totals(scored)]],
    }
    return Computed(result, scored.score, scored.grade, scored.pd, newest_annual(statements))


def _gate_inputs(body: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, GateValue]:
    kinds = {row["input"]: row["value_type"] for row in body["tables"]["inputs"] if row["source"] == "sheet"}
    return {name: _gate_value(kind, given.get(name, "")) for name, kind in kinds.items()}


def _gate_value(kind: str, text: str) -> GateValue:
    if not text:
        return None
    if kind == "code":
        return text
    return int(text) if kind in ("days", "count") else Decimal(text)


def _without_evidence(sheet: CorporateSheet) -> list[Json]:
    bare = [factor for factor, one in sheet.judgements.items() if one.level and not one.evidence.strip()]
    return [{"code": "evidence", "detail": ", ".join(bare)}] if bare else []


def _unchecked(body: Mapping[str, Any], scored: Scored, given: Mapping[str, GateValue]) -> list[Json]:
    """Gates that could not be judged, each with the inputs of the sheet it waits for."""
    names = {row["input"]: {"en": row["name_en"], "zh": row["name_zh"]} for row in body["tables"]["inputs"]}
    found = []
    for each in scored.gates:
        if each.state == "not_checked":
            asked = sorted(metric_names(parse(each.gate.expression)))
            missing = [names[name] for name in asked if name in names and given.get(name) is None]
            label = {"en": each.gate.message_en, "zh": each.gate.message_zh}
            found.append({"code": "not_checked", "gate": each.gate.code, "label": label, "inputs": missing})
    return found


def _factor_names(rule: RatingRule) -> dict[str, dict[str, str]]:
    return {factor.key: {"en": factor.name_en, "zh": factor.name_zh} for factor in rule.factors}


def _groups(rule: RatingRule, scored: Scored) -> list[Json]:
    full: dict[str, Decimal] = {}
    for factor in rule.factors:
        full[factor.group] = full.get(factor.group, Decimal(0)) + factor.weight
    return [
        {"key": key, "label": _pair(rule.group_names[key]), "points": _figure(points), "weight": _figure(full[key])}
        for key, points in scored.groups.items()
    ]


def _factor(rule: RatingRule, scored: Scored, score: FactorScore, sheet: CorporateSheet) -> Json:
    factor = score.factor
    told: Json = {
        "key": factor.key,
        "group": factor.group,
        "label": {"en": factor.name_en, "zh": factor.name_zh},
        "formula": factor.formula,
        "unit": factor.unit,
        "weight": _figure(score.weight),
        "coefficient": _figure(score.coefficient),
        "points": _figure(score.points),
        "flags": list(score.flags),
    }
    if factor.is_qualitative:
        anchor = rule.anchors[factor.key][score.anchor]
        text = {"en": anchor.text_en, "zh": anchor.text_zh}
        return told | {"anchor": score.anchor, "text": text, "evidence": sheet.judgements[factor.key].evidence}
    return told | {
        "value": None if score.value is None else _figure(score.value),
        "standards": [_figure(mark) for mark in rule.standard(scored.industry, factor.key) or ()],
        "inputs": [[name, None if value is None else _figure(value)] for name, value in score.inputs],
    }


def _gate(result: GateResult) -> Json:
    gate = result.gate
    return {
        "code": gate.code,
        "label": {"en": gate.message_en, "zh": gate.message_zh},
        "expression": gate.expression,
        "grade": gate.grade,
        "effect": gate.effect,
        "state": result.state,
        "lowers": result.lowers,
    }


def _grade_up(found: GradeUp | None) -> Json | None:
    if found is None:
        return None
    return {
        "grade": found.grade,
        "points_needed": _figure(found.points_needed),
        "requirements": [
            {
                "gate": each.gate.code,
                "label": {"en": each.gate.message_en, "zh": each.gate.message_zh},
                "factor": each.factor,
                "now": _mark(each.now),
                "to": _mark(each.to),
            }
            for each in found.requirements
        ],
        "moves": [
            {"factor": move.factor, "now": _mark(move.now), "to": _mark(move.to), "gain": _figure(move.gain)}
            for move in found.moves
        ],
        "sets": [list(each) for each in found.smallest_sets],
    }


def _totals(scored: Scored) -> list[ExplanationLine]:
    by_score, held = scored.grade_by_score, [each.gate.code for each in scored.gates if each.lowers]
    return [
        ExplanationLine("score", "Points", "总分", shown(scored.missing_weight), "Σ", shown(scored.score)),
        ExplanationLine("grade", "Grade", "信用等级", by_score, ", ".join(held), scored.grade),
    ]


def _band(rule: RatingRule, grade: str) -> Json:
    step = rule.scale[grade]
    return {"code": step.band, "en": step.band_en, "zh": step.band_zh, "investment": step.investment}


def _pair(names: tuple[str, str]) -> dict[str, str]:
    return {"en": names[0], "zh": names[1]}


def _figure(value: Decimal) -> str:
    return shown(value, PLACES)


def _mark(value: Decimal | str | None) -> str | None:
    return value if value is None or isinstance(value, str) else _figure(value)
