"""A stored tier as its page draws it, and the service it is promised."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clients.calc.service import ServiceStandard, service_standards
from clients.calc.tier import TierRule
from clients.models import TierResult
from clients.rating_texts import label, listed
from clients.statement_texts import in_language
from crm_project.rules.models import RuleSet
from crm_project.ui import formats

UNRATED = "unrated"


@dataclass(frozen=True)
class Measure:
    """One of the eight measures. points: 0 … 100. weight: percent. gained: points × weight / 100."""

    label: str
    value: str
    points: Decimal
    weight: Decimal
    gained: Decimal

    @property
    def share(self) -> Decimal:
        return self.points / 100


def measures(result: TierResult) -> list[Measure]:
    return [_measure(line) for line in result.explanation]


def _measure(line: Mapping[str, Any]) -> Measure:
    """`rule` of a stored line reads "78.49 × 30 %"."""
    points, weight = line["rule"].removesuffix(" %").split(" × ")
    return Measure(
        label(line["label"]),
        _value(line["key"], line["input"]),
        Decimal(points),
        Decimal(weight),
        Decimal(line["contribution"]),
    )


def _value(key: str, text: str) -> str:
    if key == "rating":
        return _("not rated") if text == UNRATED else text
    if key == "raroc":
        return formats.percent(text, 2)
    return formats.number(text, 1 if key == "years" else 0)


def gate_text(code: str) -> str:
    match code:
        case "unrated":
            return _("not rated: tier B at most")
        case "new":
            return _("relationship shorter than six months: tier B at most, provisional")
        case "red_alert":
            return _("a red alert is open: no tier S")
        case "watch_list":
            return _("on the watch list: tier D")
        case "R13":
            return _("grade R13 or worse: tier D")
    return _("grade worse than %(grade)s") % {"grade": code}


def page_of(result: TierResult) -> dict[str, Any]:
    """What page and card show of one result."""
    rule = TierRule.from_body(result.rule_set.body)
    service = RuleSet.objects.in_force("service", "client", result.as_of)
    standard = service_standards(service.body)[result.tier]
    names = {row["key"]: in_language(row["name_en"], row["name_zh"]) for row in service.body["tables"]["value_added"]}
    band = next(step for step in rule.tiers if step.result == result.score_tier)
    return {
        "tier": result,
        "tier_name": tier_name(standard),
        "measures": measures(result),
        "tier_gates": [gate_text(code) for code in result.gates],
        "band_from": band.start,
        "band_below": band.below,
        "standard": standard,
        "standard_owner": in_language(standard.owner, standard.owner_zh),
        "standard_meeting": in_language(standard.meeting, standard.meeting_zh),
        "value_added": listed([names[key] for key in standard.value_added]),
        "service_rule": service,
    }


def tier_name(standard: ServiceStandard) -> str:
    return in_language(standard.name_en, standard.name_zh)
