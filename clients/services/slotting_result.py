"""What the slotting of a project company comes to: typed cash-flow figures, judgements and the sponsor's grade in."""

from datetime import date
from decimal import Decimal
from typing import Any

from clients.calc.rating_rule import RatingRule
from clients.calc.scale import MasterScale
from clients.calc.slotting import FINANCIAL, SPONSOR, CannotSlot, Slotting, SlottingFacts, SlottingRule, slot
from clients.calc.slotting import Sponsor as SponsorFacts
from clients.calc.slotting import Support as SupportFacts
from clients.models import Client, Project, Rating
from clients.services.rating_result import Computed, Json, corporate_rule
from clients.services.rating_sheet import SlottingSheet
from crm_project.rules.models import RuleSet

WHOLE = Decimal(1)


def slotting_rule(as_of: date) -> RuleSet:
    return RuleSet.objects.in_force("slotting", "project_finance", as_of)


def sponsor_rating(project: Project, as_of: date) -> Rating | None:
    """The rating of the sponsor that holds on a day; an expired one does not count."""
    return Rating.objects.confirmed().filter(client_id=project.sponsor_id, valid_until__gte=as_of).first()


def slot_project(*, project: Project, sheet: SlottingSheet, rule_set: RuleSet, as_of: date) -> Computed:
    """The short form over a sheet. The sponsor's standing comes from its own rating. Source: RULES §24."""
    rule = SlottingRule.from_body(rule_set.body)
    scale = RatingRule.from_body(corporate_rule(as_of).body).scale
    sponsor = sponsor_rating(project, as_of)
    told = {"sponsor": _sponsor(project, sponsor), "names": _names(rule)}
    blocks = _blocks(rule, sheet)
    if sheet.missing_figures or _not_positive(sheet):
        return Computed({"blocks": blocks, **told})
    try:
        slotted = slot(rule, scale, _facts(project, sheet, sponsor))
    except CannotSlot as refusal:
        return Computed({"blocks": [*blocks, {"code": refusal.code, "detail": ", ".join(refusal.elements)}], **told})
    return Computed(_result(rule, scale, slotted, sheet) | {"blocks": blocks} | told, None, slotted.grade, slotted.pd)


def _facts(project: Project, sheet: SlottingSheet, sponsor: Rating | None) -> SlottingFacts:
    figures = {name: getattr(sheet, name) for name in SlottingSheet.FIGURES}
    grade = sponsor.grade if sponsor else None
    return SlottingFacts(
        **figures,
        completed=sheet.completed,
        anchors=sheet.anchors,
        sponsors=[
            SponsorFacts(
                project.sponsor_share or WHOLE,
                grade,
                is_government=project.sponsor.nature == Client.Nature.PUBLIC_INSTITUTION,
            )
        ],
        support=[SupportFacts(kind, grade) for kind in sheet.support],
        permits_possible=sheet.permits_possible,
        remaining_years=sheet.remaining_years,
        defaulted=sheet.defaulted,
    )


def _blocks(rule: SlottingRule, sheet: SlottingSheet) -> list[Json]:
    found: list[Json] = []
    if sheet.missing_figures:
        found.append({"code": "missing_figures", "detail": ", ".join(sheet.missing_figures)})
    if wrong := _not_positive(sheet):
        found.append({"code": "not_positive", "detail": ", ".join(wrong)})
    if not sheet.figures_from.strip():
        found.append({"code": "figures_from", "detail": ""})
    bare = [key for key in judged_factors(rule) if not sheet.basis.get(key, "").strip()]
    if bare:
        found.append({"code": "basis", "detail": ", ".join(bare)})
    if sheet.support and not sheet.support_paper.strip():
        found.append({"code": "support_paper", "detail": ""})
    return found


def judged_factors(rule: SlottingRule) -> list[str]:
    """Factors that rest on judgement: all but financial strength and sponsor, which are computed."""
    return [key for key in rule.factors if key not in (FINANCIAL, SPONSOR)]


def _not_positive(sheet: SlottingSheet) -> list[str]:
    return [
        name for name in ("target_dscr", "tenor_years") if (value := getattr(sheet, name)) is not None and value <= 0
    ]


def _result(rule: SlottingRule, scale: MasterScale, slotted: Slotting, sheet: SlottingSheet) -> Json:
    category, step = slotted.category, scale[slotted.grade]
    return {
        "average": f"{slotted.average:f}",
        "category": {"number": category.number, "key": category.key, "en": category.name_en, "zh": category.name_zh},
        "caps": list(slotted.caps),
        "own_grade": slotted.own_grade,
        "pd": f"{slotted.pd:f}",
        "held_at": [slotted.grade] if slotted.caps else [],
        "band": {"code": step.band, "en": step.band_en, "zh": step.band_zh, "investment": step.investment},
        "risk_weight": f"{slotted.risk_weight:f}",
        "expected_loss": f"{slotted.expected_loss:f}",
        "factors": [
            {
                "key": factor.key,
                "label": {"en": factor.name_en, "zh": factor.name_zh},
                "weight": f"{factor.weight:f}",
                "category": slotted.factors[factor.key],
                "basis": sheet.basis.get(factor.key, ""),
            }
            for factor in rule.factors.values()
        ],
        "elements": [
            {
                "key": key,
                "factor": element.factor,
                "label": {"en": element.name_en, "zh": element.name_zh},
                "category": number,
                "text": {"en": element.anchors[number][0], "zh": element.anchors[number][1]},
                "weight": f"{element.weight(completed=sheet.completed):f}",
            }
            for key, element in rule.elements.items()
            if (number := sheet.anchors.get(key)) and element.weight(completed=sheet.completed)
        ],
        "support": [
            {"kind": key, "label": {"en": rule.support[key].name_en, "zh": rule.support[key].name_zh}}
            for key in sheet.support
        ],
        "explanation": [line.as_dict() for line in slotted.explanation],
    }


def _sponsor(project: Project, rating: Rating | None) -> dict[str, Any]:
    """The sponsor's standing as a fact of this rating: the borrower's team may read it without seeing the sponsor."""
    return {
        "name": project.sponsor.name,
        "share": None if project.sponsor_share is None else f"{project.sponsor_share:f}",
        "grade": rating.grade if rating else None,
        "rating": rating.pk if rating else None,
        "valid_until": rating.valid_until.isoformat() if rating and rating.valid_until else None,
    }


def _names(rule: SlottingRule) -> dict[str, dict[str, str]]:
    names = {key: {"en": factor.name_en, "zh": factor.name_zh} for key, factor in rule.factors.items()}
    return names | {key: {"en": one.name_en, "zh": one.name_zh} for key, one in rule.elements.items()}
