"""What a rating says to a person, in the active language: what blocks it, why an override is refused."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from clients.statement_texts import in_language
from crm_project.ui import formats

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Json = Mapping[str, Any]

FIGURES: "dict[str, _StrPromise]" = {
    "lowest_dscr": gettext_lazy("Lowest DSCR, base case"),
    "target_dscr": gettext_lazy("Target DSCR"),
    "lowest_downside_dscr": gettext_lazy("Lowest DSCR, combined downside"),
    "project_life_years": gettext_lazy("Remaining project life (years)"),
    "tenor_years": gettext_lazy("Tenor of the loan (years)"),
}
FLAGS: "dict[str, _StrPromise]" = {
    "missing": gettext_lazy("missing: scored as the poorest standard"),
    "two_years": gettext_lazy("only two years of statements"),
    "base_case": gettext_lazy("no base: scored by the special case"),
}
STATES: "dict[str, _StrPromise]" = {
    "hit": gettext_lazy("Holds"),
    "not_checked": gettext_lazy("Not checked"),
    "clear": gettext_lazy("Passed"),
    "not_applicable": gettext_lazy("Not applicable"),
}
CAPS: "dict[str, _StrPromise]" = {
    "weak_factor": gettext_lazy("a factor is weak"),
    "failing_cover": gettext_lazy("the base case does not cover the debt service"),
    "no_permits": gettext_lazy("no lawful path to the permits"),
    "default": gettext_lazy("the borrower is in default"),
}
OVERRIDE_PROBLEMS: "dict[str, _StrPromise]" = {
    "too_many_steps": gettext_lazy(
        "An override may better a grade by %(steps)s steps at most; %(grade)s is the limit."
    ),
    "through_gate": gettext_lazy("No override goes through a gate: %(held)s holds."),
    "above_parent": gettext_lazy("On ground of support no grade is better than the parent's own; that is %(parent)s."),
}


def label(pair: Json) -> str:
    """A label of a rule body in the active language."""
    return in_language(pair["en"], pair["zh"])


def listed(words: list[str]) -> str:
    return str(pgettext("between listed values", ", ")).join(words)


def block_text(block: Json, names: Json) -> str:
    """One thing that stands between a rating and its proposal. `names`: labels of factors and elements by key."""
    detail = block.get("detail", "")
    keys = [key for key in str(detail).split(", ") if key]
    named = listed([label(names[key]) if key in names else str(FIGURES.get(key, key)) for key in keys])
    match block["code"]:
        case "too_few_statements":
            count = int(detail)
            text = ngettext(
                "At least two annual statements are needed; there is %(count)s.",
                "At least two annual statements are needed; there are %(count)s.",
                count,
            )
            return text % {"count": count}
        case "missing_qualitative" | "missing_elements":
            return _("Not judged yet: %(names)s.") % {"names": named}
        case "unusable_statement":
            return _("The statements cannot be used for: %(names)s.") % {"names": named}
        case "missing_weight":
            return _("Missing factors weigh %(weight)s points; at most 15 may be missing.") % {"weight": detail}
        case "evidence" | "basis":
            return _("A sentence of evidence is missing for: %(names)s.") % {"names": named}
        case "missing_figures":
            return _("Not entered yet: %(names)s.") % {"names": named}
        case "not_positive":
            return _("Must be above zero: %(names)s.") % {"names": named}
        case "figures_from":
            return _("Say where the figures of the cash flow come from.")
        case "support_paper":
            return _("Name the paper that binds the supporter.")
        case "not_checked":
            inputs = listed([label(pair) for pair in block["inputs"]])
            return _("Not checked: %(gate)s. Missing: %(inputs)s.") % {
                "gate": label(block["label"]),
                "inputs": inputs or _("figures of the statements"),
            }
    return str(block["code"])


def blocks_text(result: Json) -> list[str]:
    """Everything that stands between a stored result and its proposal."""
    return [block_text(block, result.get("names", {})) for block in result.get("blocks", [])]


def value_text(value: str | None, unit: str) -> str:
    """The value of a factor with its unit: fractions as percentages, ratios with two decimals."""
    amount = None if value is None else Decimal(value)
    match unit:
        case "fraction":
            return formats.percent(amount, 2)
        case "wan_cny":
            return formats.number(amount)
        case "years":
            return formats.number(amount, 1)
    return formats.number(amount, 2)
