"""Permits of a project: which it needs in its stage, which lapse before work starts, how each one stands today.

Source: RULES §1.8.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from crm_project.rules.workdays import Workdays, add_months

BASES = {"01": "approval", "02": "verification", "03": "filing"}
"""How a project was admitted, by the fourth part of its national code. From memory, to be confirmed."""

NOT_STARTED = "preparation"
CLOSED = "closed"


class State(StrEnum):
    """How one needed permit stands; the broken ones first."""

    STARTED_WITHOUT = "started_without"
    EXPIRED = "expired"
    MISSING = "missing"
    APPLIED = "applied"
    EXPIRING = "expiring"
    HELD = "held"
    NOT_NEEDED = "not_needed"


BROKEN = frozenset({State.STARTED_WITHOUT, State.EXPIRED})
"""What the law does not allow as it stands; a permit that is only missing may still come before work starts."""


@dataclass(frozen=True)
class NeedRule:
    """A kind of permit a project needs. stages: those in which it must be held; before them it is to be obtained."""

    kind: str
    stages: frozenset[str]
    waivable: bool
    text_en: str
    text_zh: str
    source: str
    provenance: str


@dataclass(frozen=True)
class ExpiryRule:
    """A permit of this kind lapses `months` after its issue unless work has started.

    basis: the rule holds only for projects admitted this way; empty for all. extensions of `extension_months` each.
    apply_workdays: working days before the end by which an extension must be asked for; 0 where no day is set.
    """

    kind: str
    basis: str
    months: int
    extensions: int
    extension_months: int
    apply_workdays: int
    text_en: str
    text_zh: str
    source: str
    provenance: str

    def lapses_on(self, issued_on: date) -> date:
        return add_months(issued_on, self.months)

    def latest(self, issued_on: date) -> date:
        """The last day to which extensions can carry it."""
        return add_months(issued_on, self.months + self.extensions * self.extension_months)


@dataclass(frozen=True)
class PermitRule:
    """warn_days: calendar days before a permit lapses at which it is called expiring, and urgent."""

    needs: tuple[NeedRule, ...]
    expiries: tuple[ExpiryRule, ...]
    warn_days: int
    urgent_days: int

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Rule from the body of `permits/project`. Raises KeyError or ValueError on a malformed body."""
        first, last = body["params"]["warn_days"]
        if not first > last > 0:
            raise ValueError(f"permits: warn days {first}, {last} must fall")
        needs = tuple(
            NeedRule(
                kind=row["kind"],
                stages=frozenset(row["stages"].split(";")),
                waivable=row["waivable"] == "yes",
                text_en=row["rule_en"],
                text_zh=row["rule_zh"],
                source=row["source"],
                provenance=row["provenance"],
            )
            for row in body["tables"]["needs"]
        )
        expiries = tuple(
            ExpiryRule(
                kind=row["kind"],
                basis=row["basis"],
                months=int(row["months"]),
                extensions=int(row["extensions"]),
                extension_months=int(row["extension_months"]),
                apply_workdays=int(row["apply_workdays"]),
                text_en=row["rule_en"],
                text_zh=row["rule_zh"],
                source=row["source"],
                provenance=row["provenance"],
            )
            for row in body["tables"]["expiry"]
        )
        return cls(needs, expiries, warn_days=first, urgent_days=last)

    def need(self, kind: str) -> NeedRule | None:
        return next((rule for rule in self.needs if rule.kind == kind), None)

    def expiry(self, kind: str, basis: str) -> ExpiryRule | None:
        """The rule by which a permit lapses. A project of unknown basis is taken by the strictest, verification."""
        for rule in self.expiries:
            if rule.kind == kind and (not rule.basis or rule.basis == (basis or "verification")):
                return rule
        return None


@dataclass(frozen=True)
class Paper:
    """One permit on file. status: missing, applied, held or not_needed. expires_on: as entered, else by the rule."""

    kind: str
    status: str
    issued_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True)
class PermitFinding:
    """How one needed kind stands on a day.

    paper: the permit it was judged by, the one that lasts longest. lapses_on: last day on which it holds; None where
    it does not lapse. days_left: to that day, negative once past. apply_by: last day to ask for an extension.
    issued_late: work had begun before it was issued.
    """

    need: NeedRule
    state: State
    paper: Paper | None = None
    expiry: ExpiryRule | None = None
    lapses_on: date | None = None
    days_left: int | None = None
    urgent: bool = False
    apply_by: date | None = None
    issued_late: bool = False

    @property
    def extensible(self) -> bool:
        """Whether an extension could still carry it beyond the day on which it lapses."""
        if self.expiry is None or self.paper is None or self.paper.issued_on is None or self.lapses_on is None:
            return False
        return self.lapses_on < self.expiry.latest(self.paper.issued_on)

    @property
    def spent(self) -> bool:
        """Whether the clock of its rule has ended, because work started in time."""
        return self.state is State.HELD and self.expiry is not None and self.lapses_on is None

    @property
    def broken(self) -> bool:
        return self.state in BROKEN


def basis_of(project_code: str) -> str:
    """How a project was admitted, read from its national code: approval, verification or filing; empty if unknown."""
    parts = project_code.split("-")
    return BASES.get(parts[3], "") if len(parts) == 5 else ""


def check_permits(
    papers: Iterable[Paper],
    *,
    stage: str,
    started_on: date | None,
    basis: str,
    day: date,
    rule: PermitRule,
    calendar: Workdays,
) -> tuple[PermitFinding, ...]:
    """How every needed kind stands on `day`, the broken first; nothing for a closed project.

    started_on: day on which work began, None while it has not. In preparation a kind is to be obtained and only
    missing; from the stages of its rule on, work has started without it.
    Worked: verified 2024-12-20, not started: lapses on 2026-12-20, on 2026-11-24 expiring with 26 days left, and the
    extension had to be asked for 30 working days before.
    """
    if stage == CLOSED:
        return ()
    known = list(papers)
    found = [
        _judge(need, [one for one in known if one.kind == need.kind], stage, started_on, basis, day, rule, calendar)
        for need in rule.needs
        if stage == NOT_STARTED or stage in need.stages
    ]
    order = list(State)
    return tuple(sorted(found, key=lambda finding: order.index(finding.state)))


def _judge(
    need: NeedRule,
    papers: list[Paper],
    stage: str,
    started_on: date | None,
    basis: str,
    day: date,
    rule: PermitRule,
    calendar: Workdays,
) -> PermitFinding:
    expiry = rule.expiry(need.kind, basis)
    held = [paper for paper in papers if paper.status == "held" and paper.issued_on and paper.issued_on <= day]
    if held:
        dated = [(_lapses_on(paper, expiry, started_on), paper) for paper in held]
        lapses_on, paper = max(dated, key=lambda pair: (pair[0] or date.max, pair[1].issued_on or date.min))
        return _of_held(need, paper, expiry, lapses_on, started_on, day, rule, calendar)
    if need.waivable and any(paper.status == "not_needed" for paper in papers):
        return PermitFinding(need, State.NOT_NEEDED, expiry=expiry)
    applied = next((paper for paper in papers if paper.status == "applied"), None)
    if stage in need.stages:
        return PermitFinding(need, State.STARTED_WITHOUT, applied, expiry)
    return PermitFinding(need, State.APPLIED if applied else State.MISSING, applied, expiry)


def _lapses_on(paper: Paper, expiry: ExpiryRule | None, started_on: date | None) -> date | None:
    """The last day on which a held permit holds; a start before that day ends the clock of its rule."""
    if expiry is None or paper.issued_on is None:
        return paper.expires_on
    last = paper.expires_on or expiry.lapses_on(paper.issued_on)
    return None if started_on is not None and started_on <= last else last


def _of_held(
    need: NeedRule,
    paper: Paper,
    expiry: ExpiryRule | None,
    lapses_on: date | None,
    started_on: date | None,
    day: date,
    rule: PermitRule,
    calendar: Workdays,
) -> PermitFinding:
    late = started_on is not None and paper.issued_on is not None and started_on < paper.issued_on
    if lapses_on is None:
        return PermitFinding(need, State.HELD, paper, expiry, issued_late=late)
    left = (lapses_on - day).days
    # a start after the last day does not revive what had lapsed by then
    lapsed = left < 0 or (expiry is not None and started_on is not None)
    state = State.EXPIRED if lapsed else State.EXPIRING if left <= rule.warn_days else State.HELD
    workdays = expiry.apply_workdays if expiry else 0
    return PermitFinding(
        need,
        state,
        paper,
        expiry,
        lapses_on,
        left,
        urgent=state is State.EXPIRING and left <= rule.urgent_days,
        apply_by=calendar.add_workdays(lapses_on, -workdays) if workdays else None,
        issued_late=late,
    )
