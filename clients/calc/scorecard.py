"""The corporate scorecard: from statements, facts and anchors to a grade, every point explained.

Source: RULES §22-23.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.calc.explanation import YUAN_PER_WAN, ExplanationLine, shown
from clients.calc.rating_rule import Factor, Gate, RatingRule, coefficient
from clients.calc.ratios import BASE_NOT_POSITIVE, MISSING, Ratio, StatementHistory
from clients.calc.statements import Statement, StatementLines, sum_terms
from crm_project.rules.expressions import parse
from crm_project.rules.expressions.nodes import metric_names

GateValue = Decimal | int | str | None
GateJudge = Callable[[str, Mapping[str, GateValue]], bool | None]
"""Judges a gate's expression over named values; None where it cannot be known. Codes are lower-case texts."""

NOT_APPLICABLE = "not_applicable"
CANNOT_RATE = "cannot_rate"
TWO_YEARS = "two_years"
BASE_CASE = "base_case"


@dataclass(frozen=True)
class RatingFacts:
    """What the statements do not say.

    section: GB/T 4754 section letter. years_trading, management_tenure: years. largest_customer_share: fraction.
    anchors: letter A … E by qualitative factor. gate_inputs: values by the names the gates read (overdue days and worst
    category at all banks, enforcement state, audit opinion, audited, restructured, red alerts, guarantees to equity);
    a name left out or None is unknown.
    """

    section: str
    years_trading: Decimal | None
    largest_customer_share: Decimal | None
    management_tenure: Decimal | None
    anchors: Mapping[str, str]
    gate_inputs: Mapping[str, GateValue]


@dataclass(frozen=True)
class Reason:
    """Why a client cannot be rated: too_few_statements, unusable_statement, missing_qualitative or missing_weight."""

    code: str
    detail: str


class CannotRate(Exception):
    """The scorecard does not apply; `reasons` says all that stand in the way."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__("; ".join(f"{reason.code}: {reason.detail}" for reason in reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class FactorScore:
    """One factor scored. weight: after sharing inside the group. points = weight × coefficient, unrounded.

    flags: missing (scored as the poorest standard), two_years (only two years behind a three-year figure), base_case.
    """

    factor: Factor
    value: Decimal | None
    anchor: str
    weight: Decimal
    coefficient: Decimal
    flags: tuple[str, ...]
    inputs: tuple[tuple[str, Decimal | None], ...]

    @property
    def points(self) -> Decimal:
        return self.weight * self.coefficient


@dataclass(frozen=True)
class GateResult:
    """state: clear, hit, not_checked or not_applicable. lowers: the gate is what keeps the grade from being better."""

    gate: Gate
    state: str
    lowers: bool


@dataclass(frozen=True)
class Rating:
    """A proposed rating. score and groups are unrounded points, pd is a fraction. confirmable: all gates checked."""

    statement_date: date
    industry: str
    factors: tuple[FactorScore, ...]
    groups: Mapping[str, Decimal]
    score: Decimal
    missing_weight: Decimal
    grade_by_score: str
    gates: tuple[GateResult, ...]
    grade: str
    pd: Decimal
    band: str
    explanation: tuple[ExplanationLine, ...]

    @property
    def confirmable(self) -> bool:
        return all(result.state != "not_checked" for result in self.gates)


def rate(
    rule: RatingRule,
    lines: StatementLines,
    statements: Sequence[Statement],
    facts: RatingFacts,
    *,
    as_of: date,
    gate_judge: GateJudge,
) -> Rating:
    """Rate a company by its latest annual statement, the years before it and what else is known.

    statements: consolidated, CNY. The latest annual one is scored; a newer interim one serves the gates only.
    as_of: day of the rating, for the age of the annual statement. gate_judge: evaluates a gate's expression.
    Raises CannotRate with every reason. Source: RULES §23.
    """
    ends = sorted({each.period_end for each in statements if each.is_annual})[-rule.stability_years :]
    if len(ends) < rule.min_statements:
        raise CannotRate((Reason("too_few_statements", str(len(ends))),))
    scorer = _Scorer(rule, lines, statements, ends, facts)
    scores, missing_weight = scorer.score()
    score = sum((each.points for each in scores), Decimal(0))
    by_score = rule.scale.of_score(score)
    gates = _judge_gates(rule, scorer.gate_values(scores, as_of), scorer.not_applicable_names(), by_score, gate_judge)
    grade = rule.scale.worst([by_score, *(result.gate.grade for result in gates if result.state == "hit")])
    groups: dict[str, Decimal] = {}
    for each in scores:
        groups[each.factor.group] = groups.get(each.factor.group, Decimal(0)) + each.points
    step = rule.scale[grade]
    return Rating(
        statement_date=ends[-1],
        industry=scorer.industry,
        factors=scores,
        groups=groups,
        score=score,
        missing_weight=missing_weight,
        grade_by_score=by_score,
        gates=gates,
        grade=grade,
        pd=step.pd,
        band=step.band,
        explanation=(*(_explain(rule, scorer.industry, each) for each in scores), *(map(_explain_gate, gates))),
    )


@dataclass(frozen=True)
class _Outcome:
    """How a factor scores. kind: empty for an ordinary value, missing, not_applicable, cannot_rate or base_case."""

    kind: str
    coefficient: Decimal = Decimal(0)


class _Scorer:
    """One company under one rule: values, applicability, coefficients."""

    def __init__(
        self,
        rule: RatingRule,
        lines: StatementLines,
        statements: Sequence[Statement],
        annual_ends: Sequence[date],
        facts: RatingFacts,
    ) -> None:
        self.rule = rule
        self.lines = lines
        self.facts = facts
        self.history = StatementHistory(lines, statements)
        self.ends = annual_ends
        self.newest = max(statement.period_end for statement in statements)
        self.industry = rule.industry(facts.section)
        measured = [factor for factor in rule.factors if not factor.is_qualitative]
        self.values = {factor.key: self._value(factor.key) for factor in measured}
        self.outcomes = {factor.key: self._outcome(factor) for factor in measured}
        self.anchors = {f.key: facts.anchors.get(f.key, "").upper() for f in rule.factors if f.is_qualitative}

    def score(self) -> tuple[tuple[FactorScore, ...], Decimal]:
        """Scores of the applicable factors, and the weight of those scored as missing."""
        applicable = [f for f in self.rule.factors if f.is_qualitative or self.outcomes[f.key].kind != NOT_APPLICABLE]
        weights = self._shared_weights(applicable)
        missing = sum((weights[key] for key in self._keys(MISSING)), Decimal(0))
        reasons = []
        unknown = [key for key, letter in self.anchors.items() if letter not in self.rule.anchors[key]]
        if unknown:
            reasons.append(Reason("missing_qualitative", ", ".join(unknown)))
        if unusable := self._keys(CANNOT_RATE):
            reasons.append(Reason("unusable_statement", ", ".join(unusable)))
        if missing > self.rule.missing_weight_limit:
            reasons.append(Reason("missing_weight", shown(missing)))
        if reasons:
            raise CannotRate(tuple(reasons))
        return tuple(self._score(factor, weights[factor.key]) for factor in applicable), missing

    def gate_values(self, scores: Sequence[FactorScore], as_of: date) -> dict[str, GateValue]:
        """Names the gates read: what was delivered, and what the statements and the scorecard give."""
        computed: dict[str, GateValue] = {
            "debt_ratio": self._newest_ratio("debt_ratio"),
            "interest_cover": self._newest_ratio("interest_cover"),
            "net_assets": self._newest_value("net_assets"),
            "operating_cash_flow": self._newest_value("operating_cash_flow"),
            "years_trading": self.facts.years_trading,
            "credit_record": self.anchors["credit_record"].lower(),
            "loss_years_in_a_row": self._loss_years(),
            "statement_age_months": months_between(self.ends[-1], as_of),
            "scorecard_industry": self.industry,
        }
        coefficients = {f"coef_{each.factor.key}": each.coefficient for each in scores}
        return {**self.facts.gate_inputs, **computed, **coefficients}

    def not_applicable_names(self) -> frozenset[str]:
        """Names known to have no value: ratios without a base, the audit opinion where nothing was audited."""
        names = {key for key, ratio in self.values.items() if ratio.reason == BASE_NOT_POSITIVE}
        if self.facts.gate_inputs.get("audited") == "no":
            names.add("audit_opinion")
        return frozenset(names)

    def _keys(self, kind: str) -> list[str]:
        return [key for key, outcome in self.outcomes.items() if outcome.kind == kind]

    def _newest_ratio(self, key: str) -> Decimal | None:
        newest = self.history.ratio(self.lines.ratios[key], self.newest).value
        return self.values[key].value if newest is None else newest

    def _newest_value(self, line: str) -> Decimal | None:
        newest = self.history.trailing(line, self.newest)
        return self.history.value(line, self.ends[-1]) if newest is None else newest

    def _value(self, key: str) -> Ratio:
        match key:
            case "years_trading" | "largest_customer_share" | "management_tenure":
                value = getattr(self.facts, key)
                return Ratio(key, value, ((key, value),), MISSING if value is None else "")
            case "revenue_variability" | "margin_variability":
                return self._variability(key)
            case "net_assets":
                amount = self.history.value("net_assets", self.ends[-1])
                if amount is None:
                    return Ratio(key, None, (("net_assets", amount),), MISSING)
                reason = "" if amount > 0 else BASE_NOT_POSITIVE
                return Ratio(key, amount / YUAN_PER_WAN, (("net_assets", amount),), reason)
        return self.history.ratio(self.lines.ratios[key], self.ends[-1])

    def _variability(self, key: str) -> Ratio:
        revenues = [self.history.value("revenue", end) for end in self.ends]
        costs = [self.history.value("operating_cost", end) for end in self.ends]
        inputs = tuple((f"revenue@{end.year}", revenue) for end, revenue in zip(self.ends, revenues, strict=True))
        known = [revenue for revenue in revenues if revenue is not None and revenue > 0]
        if len(known) < len(revenues):
            return Ratio(key, None, inputs, MISSING)
        if key == "revenue_variability":
            mean = sum(known, Decimal(0)) / len(known)
            variance = sum(((revenue - mean) ** 2 for revenue in known), Decimal(0)) / len(known)
            return Ratio(key, variance.sqrt() / mean, inputs)
        inputs += tuple((f"operating_cost@{end.year}", cost) for end, cost in zip(self.ends, costs, strict=True))
        margins = [(revenue - cost) / revenue for revenue, cost in zip(known, costs, strict=True) if cost is not None]
        if len(margins) < len(known):
            return Ratio(key, None, inputs, MISSING)
        return Ratio(key, max(margins) - min(margins), inputs)

    def _outcome(self, factor: Factor) -> _Outcome:
        standard = self.rule.standard(self.industry, factor.key)
        if standard is None:
            return _Outcome(NOT_APPLICABLE)
        ratio = self.values[factor.key]
        if ratio.reason == BASE_NOT_POSITIVE:
            return self._base_case(factor)
        if ratio.value is None:
            return _Outcome(MISSING, self.rule.missing_coefficient)
        log = factor.interpolation == "log"
        return _Outcome("", coefficient(ratio.value, standard, lower_is_better=factor.lower_is_better, log=log))

    def _base_case(self, factor: Factor) -> _Outcome:
        outcome = factor.base_then
        if factor.base_test:
            latest = {term.line: self.history.value(term.line, self.ends[-1]) for term in factor.base_test}
            tested = sum_terms(factor.base_test, latest)
            outcome = MISSING if tested is None else factor.base_then if tested > 0 else factor.base_else
        if outcome == MISSING:
            return _Outcome(MISSING, self.rule.missing_coefficient)
        if outcome in (NOT_APPLICABLE, CANNOT_RATE):
            return _Outcome(outcome)
        return _Outcome(BASE_CASE, Decimal(outcome))

    def _score(self, factor: Factor, weight: Decimal) -> FactorScore:
        if factor.is_qualitative:
            letter = self.anchors[factor.key]
            return FactorScore(factor, None, letter, weight, self.rule.anchors[factor.key][letter].coefficient, (), ())
        outcome, ratio = self.outcomes[factor.key], self.values[factor.key]
        flags = (outcome.kind,) if outcome.kind else ()
        if factor.key.endswith("_variability") and len(self.ends) < self.rule.stability_years:
            flags = (*flags, TWO_YEARS)
        return FactorScore(factor, ratio.value, "", weight, outcome.coefficient, flags, ratio.inputs)

    def _shared_weights(self, applicable: Sequence[Factor]) -> dict[str, Decimal]:
        full: dict[str, Decimal] = {}
        left: dict[str, Decimal] = {}
        for factor in self.rule.factors:
            full[factor.group] = full.get(factor.group, Decimal(0)) + factor.weight
        for factor in applicable:
            left[factor.group] = left.get(factor.group, Decimal(0)) + factor.weight
        return {factor.key: factor.weight * full[factor.group] / left[factor.group] for factor in applicable}

    def _loss_years(self) -> int | None:
        years = 0
        for end in reversed(self.ends):
            profit = self.history.value("net_profit", end)
            if profit is None:
                return None
            if profit >= 0:
                break
            years += 1
        return years


def months_between(start: date, end: date) -> Decimal:
    """Months from one day to another, the days over as a fraction of 31; month end to month end is whole."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if _is_month_end(start) and _is_month_end(end):
        return Decimal(months)
    return months + Decimal(end.day - start.day) / 31


def _is_month_end(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]


def _judge_gates(
    rule: RatingRule, values: Mapping[str, GateValue], not_applicable: frozenset[str], by_score: str, judge: GateJudge
) -> tuple[GateResult, ...]:
    states = [_gate_state(gate, values, not_applicable, judge) for gate in rule.gates]
    hit = [gate.grade for gate, state in zip(rule.gates, states, strict=True) if state == "hit"]
    worst = rule.scale.worst([by_score, *hit])
    return tuple(
        GateResult(gate, state, state == "hit" and gate.grade == worst != by_score)
        for gate, state in zip(rule.gates, states, strict=True)
    )


def _gate_state(gate: Gate, values: Mapping[str, GateValue], not_applicable: frozenset[str], judge: GateJudge) -> str:
    verdict = judge(gate.expression, values)
    if verdict is not None:
        return "hit" if verdict else "clear"
    names = metric_names(parse(gate.expression))
    unknown = {name for name in names if values.get(name) is None}
    return NOT_APPLICABLE if unknown and unknown <= not_applicable else "not_checked"


def _explain(rule: RatingRule, industry: str, score: FactorScore) -> ExplanationLine:
    factor = score.factor
    if factor.is_qualitative:
        given, standard = score.anchor, f"{score.anchor} = {shown(score.coefficient)}"
    else:
        given = shown(score.value, 6)
        standard = " / ".join(shown(mark) for mark in rule.standard(industry, factor.key) or ())
    text = f"{standard}; {shown(score.coefficient)} × {shown(score.weight)}"
    if score.flags:
        text += f" ({', '.join(score.flags)})"
    return ExplanationLine(factor.key, factor.name_en, factor.name_zh, given, text, shown(score.points))


def _explain_gate(result: GateResult) -> ExplanationLine:
    gate = result.gate
    sign = "=" if gate.effect == "set" else "≤"
    contribution = gate.grade if result.lowers else ""
    text = f"{gate.expression} → {sign} {gate.grade}"
    return ExplanationLine(gate.code, gate.message_en, gate.message_zh, result.state, text, contribution)
