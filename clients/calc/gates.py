"""The judge of rating gates: the expression language over the names of the rating sheet. Source: RULES §23."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from clients.calc.scorecard import GateJudge, GateValue
from crm_project.rules.expressions import Checked, Environment, Metric, Values, check, evaluate


def gate_judge(rating_body: Mapping[str, Any], codes_body: Mapping[str, Any]) -> GateJudge:
    """Judge for scorecard.rate, from the bodies of the rules `rating/corporate` and `codes/all`.

    Every gate is checked here. Raises ExpressionError on a gate that does not parse or names an unknown input.
    """
    environment = _environment(rating_body, codes_body)

    @cache
    def checked(expression: str) -> Checked:
        return check(expression, environment, want="condition")

    for row in rating_body["tables"]["gates"]:
        checked(row["expression"])

    def judge(expression: str, values: Mapping[str, GateValue]) -> bool | None:
        verdict = evaluate(checked(expression), Values(now=values)).value
        return None if verdict is None else bool(verdict)

    return judge


def _environment(rating_body: Mapping[str, Any], codes_body: Mapping[str, Any]) -> Environment:
    tables = rating_body["tables"]
    lists: dict[str, dict[str, int]] = {}
    for row in codes_body["tables"]["codes"]:
        lists.setdefault(row["list"], {})[row["code"]] = int(row["order"])
    industries = dict.fromkeys(row["industry"] for row in tables["standards"])
    lists["scorecard_industry"] = {industry: order for order, industry in enumerate(industries)}
    metrics = [
        Metric(row["input"], "client", row["value_type"], code_list=row["code_list"]) for row in tables["inputs"]
    ]
    metrics += [Metric(f"coef_{row['factor']}", "client", "ratio") for row in tables["factors"]]
    return Environment("client", {metric.key: metric for metric in metrics}, lists)
