"""What a recorded check says to a person: name, what was looked at, figures, source, way out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from clients.models import Permit
from crm_project.ui import formats
from financing.plan_texts import figure_of, sentence, title_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Json = Mapping[str, Any]

NAMES: dict[str, "_StrPromise"] = {
    "capital": gettext_lazy("Project capital in proportion"),
    "progress": gettext_lazy("Progress of the works"),
    "budget_line": gettext_lazy("Budget line"),
    "contract": gettext_lazy("Project contract"),
    "invoice": gettext_lazy("Invoice"),
    "payee": gettext_lazy("Payee as in the contract"),
    "conditions": gettext_lazy("Conditions precedent"),
    "drawing": gettext_lazy("Left under the loan contract"),
    "line": gettext_lazy("Credit line"),
    "permits": gettext_lazy("Permits"),
    "entrusted_payment": gettext_lazy("Entrusted payment"),
}
SOURCES: dict[str, "_StrPromise"] = {
    "budget": gettext_lazy("Approved budget"),
    "contract": gettext_lazy("Project contract"),
    "invoice": gettext_lazy("Invoice"),
    "facility": gettext_lazy("Loan contract"),
    "decision": gettext_lazy("Decision"),
}


@dataclass(frozen=True)
class CheckRow:
    """One check as a row of the table."""

    code: str
    passed: bool
    name: str
    caption: str
    figure: str
    limit: str
    headroom: str
    source: str
    provenance: str
    cures: tuple[str, ...]

    @property
    def way_out(self) -> str:
        return pgettext("between alternatives", ", or ").join(self.cures)

    @property
    def short(self) -> bool:
        return formats.is_negative(self.headroom)


def rows_of(record: Sequence[Json]) -> list[CheckRow]:
    """The recorded checks in the reader's language and unit, in their order."""
    return [_row(check) for check in record]


def _row(check: Json) -> CheckRow:
    unit = check["unit"]
    return CheckRow(
        code=check["code"],
        passed=check["passed"],
        name=str(NAMES[check["code"]]),
        caption=_caption(check),
        figure=_figure(check["figure"], unit),
        limit=_figure(check["limit"], unit),
        headroom=_headroom(check["headroom"], unit),
        source=str(SOURCES[check["source"]]) if check["source"] in SOURCES else title_of(check),
        provenance=check["provenance"],
        cures=tuple(sentence(_with_points(cure)) for cure in check["cures"]),
    )


def _with_points(cure: Json) -> Json:
    """Points are written here: a sentence takes every other decimal for an amount."""
    params = cure["params"]
    if "points" not in params:
        return cure
    return {**cure, "params": {**params, "points": formats.number(params["points"]["decimal"], 2)}}


def _figure(value: Any, unit: str) -> str:
    if unit == "points" and value is not None:
        return formats.number(value, 2)
    return figure_of(value, unit)


def _headroom(value: Any, unit: str) -> str:
    if unit == "date" and value is not None:
        return _("%(days)s days") % {"days": formats.number(value)}
    return _figure(value, unit)


def _caption(check: Json) -> str:
    facts = check["facts"]
    match check["code"]:
        case "capital":
            return _capital(facts, Decimal(check["figure"]))
        case "progress":
            return _("works %(works)s, spent with this drawing %(spent)s of the investment; in points") % {
                "works": formats.percent(facts["progress"]),
                "spent": formats.percent(_share(facts["spent"], facts["total_investment"])),
            }
        case "contract":
            return f"{facts['name']} {facts['contractor']}"
        case "budget_line" | "invoice":
            return str(facts["name"])
        case "permits" if facts["missing"]:
            kinds = [str(Permit.Kind(kind).label) for kind in facts["missing"].split(",")]
            return _("missing or lapsed: %(kinds)s") % {"kinds": pgettext("between listed values", ", ").join(kinds)}
        case "line":
            return _("today against its end; revolves") if facts["revolving"] else _("today against its end")
        case "entrusted_payment" if facts.get("payee"):
            return _("%(payee)s, %(count)s payments by the borrower itself") % {
                "payee": facts["payee"],
                "count": facts["payments"],
            }
        case "entrusted_payment":
            return _("most the borrower may pay itself to one payee")
        case _other:
            return ""


def _capital(facts: Json, asked: Decimal) -> str:
    after = Decimal(facts["drawn"]) + asked
    return _("paid in %(paid)s, loans after this drawing %(loans)s") % {
        "paid": formats.percent(_share(facts["paid_in"], facts["required"])),
        "loans": formats.percent(_share(after, facts["loan"])),
    }


def _share(part: Any, whole: Any) -> Decimal | None:
    return Decimal(part) / Decimal(whole) if Decimal(whole) else None
