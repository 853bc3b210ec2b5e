"""What the workbench shows of a result: figure strip, charts, checks, tables. Everything is read from stored JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm_project.ui import formats
from crm_project.ui.pieces import Figure
from financing import plan_texts as texts
from financing.models import Collateral, Guarantee, PlanVersion
from financing.workbench_charts import charts

Json = Mapping[str, Any]
NO_RESULT: Json = {}


@dataclass(frozen=True)
class CheckLine:
    name: str
    operator: str
    limit: str
    figure: str
    headroom: str
    passed: bool
    source: str
    provenance: str
    cures: list[str]


@dataclass(frozen=True)
class Share:
    """One line of sources or uses."""

    label: str
    amount: Decimal
    share: Decimal
    css: str = ""


@dataclass(frozen=True)
class Secured:
    name: str
    value: Decimal
    rate: Decimal
    eligible: Decimal
    reason: str


def page_of(version: PlanVersion, base: PlanVersion | None) -> dict[str, Any]:
    """Context of the parts that change with every recalculation. Two queries, for the names of the security."""
    result, earlier = version.result, base.result if base else NO_RESULT
    if not result or "error" in result:
        problem = texts.sentence(result["error"]) if result else _("Nothing has been calculated yet.")
        return {"problem": problem, "figures": [], "checks": []}
    checks = [_check(row, version) for row in result["checks"]]
    return {
        "figures": figures(result, earlier, base),
        "checks": checks,
        "passed": sum(check.passed for check in checks),
        "charts": charts(version, base),
        "sources": _shares(result["sources"], Decimal(result["figures"]["uses"]), version),
        "uses": _shares(result["uses"], Decimal(result["figures"]["uses"]), version),
        "sensitivities": _stresses(result),
        "coverage": result["coverage"],
        "secured": _secured(version, result["coverage"]),
        "loans": _loans(version, result),
        "threshold": result["threshold"],
        "rule_versions": [(texts.title_of(rule), rule) for rule in version.rule_versions.values()],
        "break_even": result["figures"].get("break_even_fall"),
    }


def figures(result: Json, earlier: Json, base: PlanVersion | None) -> list[Figure]:
    head, before = result["figures"], earlier.get("figures", {})
    name = base.name if base else ""

    def note(key: str, write: Any) -> str:
        return f"{name} {write(before[key])}" if before.get(key) is not None else ""

    floor = Decimal(result["threshold"]["floor"])
    minimum = formats.to_decimal(head.get("minimum"))
    shocked = head.get("base_minimum") != head.get("minimum")
    without = _("%(ratio)s without the change") % {"ratio": formats.ratio(head.get("base_minimum"))}
    asked = next((check for check in result["checks"] if check["code"] == "capital_ratio"), None)
    unit = formats.active_unit().label
    return [
        Figure(
            _("Lowest DSCR"),
            formats.ratio(minimum),
            _("times"),
            without if shocked else note("minimum", formats.ratio) or _at_least(formats.ratio(floor)),
            bad=minimum is not None and minimum < floor,
        ),
        Figure(_("Average DSCR"), formats.ratio(head.get("average")), _("times"), note("average", formats.ratio)),
        Figure(
            _("LLCR / PLCR"),
            formats.ratio(head.get("llcr")),
            f"/ {formats.ratio(head.get('plcr'))}",
            note("llcr", formats.ratio),
        ),
        Figure(_("Loans"), formats.money(head["debt"]), unit, note("debt", formats.money)),
        Figure(
            _("Capital ratio"),
            formats.percent(head["capital_ratio"]),
            f"{formats.money(head['equity'])} {unit}",
            _at_least(formats.percent(asked["limit"])) if asked else "",
            bad=bool(asked and not asked["passed"]),
        ),
        Figure(
            _("Coverage"),
            formats.percent(head["coverage"]),
            "",
            _("%(share)s with guarantees") % {"share": formats.percent(head["coverage_with_guarantees"])},
        ),
        Figure(_("All-in cost"), formats.percent(head["all_in_cost"], 2), "", note("all_in_cost", _two_places)),
    ]


def _two_places(value: Any) -> str:
    return formats.percent(value, 2)


def _at_least(limit: str) -> str:
    return _("at least %(limit)s") % {"limit": limit}


def _check(row: Json, version: PlanVersion) -> CheckLine:
    rule = version.rule_versions.get(row["source"])
    tranche = row["facts"].get("tranche")
    name = str(texts.CHECKS.get(row["code"], row["code"]))
    several = len(version.result["tranches"]) > 1
    return CheckLine(
        name=_("Loan %(no)s: %(rule)s") % {"no": tranche, "rule": name} if tranche and several else name,
        operator="" if row["limit"] is None else texts.OPERATORS.get(row["code"], "≥"),
        limit="" if row["limit"] is None else texts.figure_of(row["limit"], row["unit"]),
        figure=texts.figure_of(row["figure"], row["unit"]),
        headroom=texts.headroom_of(row["headroom"], row["unit"]),
        passed=row["passed"],
        source=texts.title_of(rule) if rule else _("Plan"),
        provenance=row["provenance"],
        cures=[texts.sentence(cure) for cure in row["cures"]],
    )


def _shares(rows: Sequence[Json], total: Decimal, version: PlanVersion) -> list[Share]:
    found = []
    names = {row.no: str(row.product) for row in version.tranches.all()}
    for row in rows:
        amount = Decimal(row["amount"])
        if row["code"] == "tranche":
            label, css = _("%(no)s %(product)s") % {"no": row["no"], "product": names.get(row["no"], "")}, "rq-loan"
            css = "rq-loan2" if row["no"] > 1 else css
        elif row["code"] == "equity":
            label, css = _("Project capital"), "rq-eq"
        elif row["code"] == "gap":
            label, css = (_("Not yet paid for") if amount > 0 else _("More than needed")), "rq-prev"
        else:
            label, css = row["name"] or str(texts.USES[row["code"]]), ""
        found.append(Share(label, amount, amount / total if total else Decimal(0), css))
    return found


def _stresses(result: Json) -> list[dict[str, Any]]:
    floor = Decimal(result["threshold"]["floor"])
    base = formats.to_decimal(result["figures"].get("base_minimum"))
    rows = [
        {
            "name": texts.name_of(row),
            "minimum": Decimal(row["minimum"]),
            "change": Decimal(row["minimum"]) - base if base is not None else None,
            "average": Decimal(row["average"]),
            "short": Decimal(row["minimum"]) < floor,
            "default": Decimal(row["minimum"]) < 1,
        }
        for row in result["sensitivities"]
    ]
    return sorted(rows, key=lambda row: row["minimum"])


def _secured(version: PlanVersion, coverage: Json) -> list[Secured]:
    project_id = version.plan.project_id
    things = {str(row.pk): row.asset for row in Collateral.objects.filter(project_id=project_id)}
    promises = {str(row.pk): row.guarantor_name for row in Guarantee.objects.filter(project_id=project_id)}
    return [
        Secured(
            names.get(row["ref"], formats.MISSING),
            Decimal(row["value"]),
            Decimal(row["rate"]),
            Decimal(row["eligible"]),
            str(texts.REASONS.get(row["reason"], row["reason"])),
        )
        for names, rows in ((things, coverage["collateral"]), (promises, coverage["guarantees"]))
        for row in rows
    ]


def _loans(version: PlanVersion, result: Json) -> list[dict[str, Any]]:
    rows = {row.no: row for row in version.tranches.select_related("product")}
    found = []
    for loan in result["tranches"]:
        row = rows.get(loan["no"])
        if row is None:
            continue
        found.append(
            {
                "row": row,
                "amount": Decimal(loan["amount"]),
                "rate": Decimal(loan["rate"]),
                "lpr": Decimal(loan["lpr"]),
                "fixing_on": loan["fixing_on"],
                "inferred": loan["fixing_verification"] != "verified",
                "matures_on": loan["matures_on"],
                "interest": Decimal(loan["interest"]),
                "binding": str(texts.BINDINGS.get(loan["binding"], "")),
                "limits": [
                    (str(texts.BINDINGS[code]), Decimal(amount), code == loan["binding"])
                    for code, amount in loan["limits"].items()
                ],
                "project": loan["project"],
            }
        )
    return found


def schedule_rows(loan: Json) -> list[dict[str, Any]]:
    """Rows of a loan's schedule with amounts as Decimals and the cover of each."""
    found = []
    for row in loan["rows"]:
        service = Decimal(row["interest"]) + Decimal(row["principal"])
        cash = None if row["cash"] is None else Decimal(row["cash"])
        found.append(
            {
                "no": row["no"],
                "due_on": date.fromisoformat(row["due_on"]),
                "opening": Decimal(row["opening"]),
                "interest": Decimal(row["interest"]),
                "principal": Decimal(row["principal"]),
                "service": service,
                "closing": Decimal(row["closing"]),
                "cash": cash,
                "cover": cash / service if cash is not None and service else None,
            }
        )
    return found
