"""A stored rating as its page draws it: words in the active language, figures in the reader's unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clients.calc.statements import StatementLines
from clients.models import Rating
from clients.rating_texts import CAPS, FLAGS, STATES, blocks_text, label, listed, value_text
from clients.statement_texts import in_language, term_name
from crm_project.ui import formats

Json = Mapping[str, Any]
GATE_MARKS = {
    "hit": ("circle-x", "rq-ko"),
    "not_checked": ("alert-triangle", "rq-wa"),
    "clear": ("circle-check", "rq-ok"),
    "not_applicable": ("minus", "rq-muted"),
}
GATE_ORDER = list(GATE_MARKS)
MOST_LOST = 3


@dataclass(frozen=True)
class FactorRow:
    """value: with its unit, or the anchor. standards: from excellent to poor. inputs: what the value is made of."""

    label: str
    value: str
    standards: str
    coefficient: Decimal
    points: Decimal
    weight: Decimal
    flags: list[str]
    formula: str
    inputs: list[tuple[str, str]]
    text: str
    evidence: str

    @property
    def share(self) -> Decimal:
        return self.coefficient


@dataclass(frozen=True)
class GroupRows:
    label: str
    points: Decimal
    weight: Decimal
    rows: list[FactorRow]

    @property
    def share(self) -> Decimal:
        return self.points / self.weight if self.weight else Decimal(0)


@dataclass(frozen=True)
class GateRow:
    label: str
    state: str
    word: str
    icon: str
    css: str
    limit: str
    lowers: bool


@dataclass(frozen=True)
class MoveRow:
    label: str
    now: str
    to: str
    gain: Decimal


@dataclass(frozen=True)
class Lift:
    """What the next better grade asks, in words. sets: the smallest sets of moves that suffice."""

    grade: str
    asks: list[str]
    moves: list[MoveRow]
    sets: list[str]


def groups(result: Json, lines: StatementLines) -> list[GroupRows]:
    """Factors under their groups, as the scorecard orders them; empty where the client cannot be rated."""
    rows: dict[str, list[FactorRow]] = {}
    for factor in result.get("factors", []):
        rows.setdefault(factor["group"], []).append(_factor(factor, lines))
    return [
        GroupRows(label(one["label"]), Decimal(one["points"]), Decimal(one["weight"]), rows.get(one["key"], []))
        for one in result.get("groups", [])
    ]


def _factor(factor: Json, lines: StatementLines) -> FactorRow:
    anchor = factor.get("anchor", "")
    unit = factor["unit"]
    return FactorRow(
        label=label(factor["label"]),
        value=anchor or value_text(factor["value"], unit),
        standards="" if anchor else " / ".join(value_text(mark, unit) for mark in factor["standards"]),
        coefficient=Decimal(factor["coefficient"]),
        points=Decimal(factor["points"]),
        weight=Decimal(factor["weight"]),
        flags=[str(FLAGS.get(flag, flag)) for flag in factor["flags"]],
        formula=factor["formula"],
        inputs=[_input(name, value, lines) for name, value in factor.get("inputs", [])],
        text=label(factor["text"]) if anchor else "",
        evidence=factor.get("evidence", ""),
    )


def _input(name: str, value: str | None, lines: StatementLines) -> tuple[str, str]:
    """A term of a ratio: statement lines are amounts, the others figures of the sheet."""
    line, _at, year = name.partition("@")
    if line.rpartition(".")[2] not in lines.lines:
        return "", formats.number(value, 2)
    word = term_name(lines, line)
    return f"{word} {year}".strip(), formats.money(value)


def gates(result: Json) -> list[GateRow]:
    """Gates that hold first, then those not checked, then the rest."""
    rows = [_gate(gate) for gate in result.get("gates", [])]
    return sorted(rows, key=lambda row: (GATE_ORDER.index(row.state), not row.lowers))


def _gate(gate: Json) -> GateRow:
    icon, css = GATE_MARKS[gate["state"]]
    sign = "=" if gate["effect"] == "set" else "≤"
    return GateRow(
        label=label(gate["label"]),
        state=gate["state"],
        word=str(STATES[gate["state"]]),
        icon=icon,
        css=css,
        limit=f"{sign} {gate['grade']}",
        lowers=gate["lowers"],
    )


def lift(result: Json) -> Lift | None:
    found = result.get("grade_up")
    if not found:
        return None
    names = {factor["key"]: label(factor["label"]) for factor in result["factors"]}
    units = {factor["key"]: factor["unit"] for factor in result["factors"]}
    needed = Decimal(found["points_needed"])
    asks = [_("%(points)s points more") % {"points": formats.number(needed, 4)}] if needed else []
    asks += [_requirement(one, names, units) for one in found["requirements"]]
    moves = [
        MoveRow(
            names[one["factor"]],
            _mark(one["now"], units[one["factor"]]),
            _mark(one["to"], units[one["factor"]]),
            Decimal(one["gain"]),
        )
        for one in found["moves"]
    ]
    sets = [" + ".join(names[key] for key in each) for each in found["sets"]]
    return Lift(found["grade"], asks, moves, sets)


def _requirement(one: Json, names: Mapping[str, str], units: Mapping[str, str]) -> str:
    if not one["factor"]:
        return _("the gate must be cleared: %(gate)s") % {"gate": label(one["label"])}
    key = one["factor"]
    return _("%(factor)s at least %(to)s, now %(now)s") % {
        "factor": names[key],
        "to": _mark(one["to"], units[key]),
        "now": _mark(one["now"], units[key]),
    }


def _mark(value: str | None, unit: str) -> str:
    return value or formats.MISSING if unit == "level" else value_text(value, unit)


@dataclass(frozen=True)
class PartRow:
    """One line of a slotting: a factor, an element or a computed figure, with its category in words."""

    label: str
    value: str
    category: int
    word: str
    weight: str
    text: str = ""


@dataclass(frozen=True)
class FactorParts:
    head: PartRow
    parts: list[PartRow]


COMPUTED = ("base", "stress", "tail")
CATEGORY_CSS = {1: "rq-ok", 2: "rq-ok", 3: "rq-wa", 4: "rq-ko", 5: "rq-ko"}


def slotting_factors(result: Json) -> list[FactorParts]:
    """The five factors with what each is made of; empty where figures or judgements are missing."""
    found = []
    for factor in result.get("factors", []):
        parts = [_element(one) for one in result["elements"] if one["factor"] == factor["key"]]
        if factor["key"] == "financial":
            parts = [_computed(line) for line in result["explanation"] if line["key"] in COMPUTED]
        if factor["key"] == "sponsor":
            parts = [_sponsor(result["sponsor"], factor["category"])]
        weight = formats.percent(factor["weight"], 0)
        found.append(FactorParts(_part(factor, weight, factor["basis"]), parts))
    return found


def _part(one: Json, weight: str, text: str) -> PartRow:
    return PartRow(label(one["label"]), "", one["category"], category_word(one["category"]), weight, text)


def _element(one: Json) -> PartRow:
    return _part(one, f"× {one['weight']}", label(one["text"]))


def _computed(line: Json) -> PartRow:
    number = int(line["contribution"])
    return PartRow(
        label(line["label"]), formats.ratio(line["input"], 4), number, category_word(number), "", line["rule"]
    )


def _sponsor(sponsor: Json, number: int) -> PartRow:
    return PartRow(sponsor["name"], sponsor["grade"] or _("not rated"), number, category_word(number), "")


def category_word(number: int) -> str:
    words = {1: _("Strong"), 2: _("Good"), 3: _("Satisfactory"), 4: _("Weak"), 5: _("Default")}
    return words[number]


def caps_text(result: Json) -> str:
    return listed([str(CAPS[code]) for code in result.get("caps", [])])


def page_of(result: Json, lines: StatementLines) -> dict[str, Any]:
    """Everything a template needs of one stored result, whichever kind it is."""
    band = result.get("band")
    category = result.get("category")
    return {
        "groups": [] if category else groups(result, lines),
        "gates": gates(result),
        "lift": lift(result),
        "factors": slotting_factors(result) if category else [],
        "category": in_language(category["en"], category["zh"]) if category else "",
        "caps": caps_text(result),
        "band": f"{band['code']} {in_language(band['en'], band['zh'])}" if band else "",
        "support": listed([label(one["label"]) for one in result.get("support", [])]),
        "blocks": blocks_text(result),
        "explanation": [{**line, "label": label(line["label"])} for line in result.get("explanation", [])],
    }


def summary_of(rating: Rating) -> dict[str, Any]:
    """What the card on the client's overview shows: points by group and the factors that lost most, or categories."""
    result = rating.result
    lost = (
        sorted(result.get("factors", []), key=lambda one: _lost(one), reverse=True) if rating.score is not None else []
    )
    return {
        "rating": rating,
        "groups": [
            GroupRows(label(one["label"]), Decimal(one["points"]), Decimal(one["weight"]), [])
            for one in result.get("groups", [])
        ],
        "lost": [_loss(one) for one in lost[:MOST_LOST]],
        "factors": [_part(one, "", "") for one in result["factors"]] if result.get("category") else [],
        "held": listed([gate["code"] for gate in result.get("gates", []) if gate["state"] == "hit"]),
    }


def _lost(factor: Json) -> Decimal:
    return Decimal(factor["weight"]) - Decimal(factor["points"])


def _loss(factor: Json) -> PartRow:
    points = f"{formats.number(factor['points'], 2)} / {formats.number(factor['weight'], 1)}"
    return PartRow(
        label(factor["label"]), factor.get("anchor") or value_text(factor["value"], factor["unit"]), 0, "", points
    )
