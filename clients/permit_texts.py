"""What the findings on permits say to a person: the state in a word, the rule, the way out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from clients.calc.permits import ExpiryRule, NeedRule, PermitFinding, State
from clients.models import Permit, Project
from clients.services.permit import BEGUN
from crm_project.ui import formats

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

WORDS: dict[State, tuple["_StrPromise", str, str]] = {
    # word, class of its colour, icon
    State.STARTED_WITHOUT: (gettext_lazy("Started without it"), "rq-ko", "circle-x"),
    State.EXPIRED: (gettext_lazy("Lapsed"), "rq-ko", "circle-x"),
    State.MISSING: (gettext_lazy("Not obtained"), "rq-wa", "alert-circle"),
    State.APPLIED: (gettext_lazy("Applied for"), "rq-wa", "clock"),
    State.EXPIRING: (gettext_lazy("Expiring"), "rq-wa", "clock"),
    State.HELD: (gettext_lazy("Held"), "rq-ok", "circle-check"),
    State.NOT_NEEDED: (gettext_lazy("Not needed"), "rq-muted", "minus"),
}


@dataclass(frozen=True)
class PermitLine:
    """One needed permit as a row of a check table."""

    finding: PermitFinding
    kind: str
    word: str
    css: str
    icon: str
    rule: str
    lapse_rule: str
    way_out: str


def lines_of(project: Project, findings: Iterable[PermitFinding], day: date) -> list[PermitLine]:
    return [_line(project, finding, day) for finding in findings]


def _line(project: Project, finding: PermitFinding, day: date) -> PermitLine:
    word, css, icon = WORDS[finding.state]
    return PermitLine(
        finding=finding,
        kind=str(Permit.Kind(finding.need.kind).label),
        word=str(word),
        css=css,
        icon=icon,
        rule=in_language(finding.need),
        lapse_rule=in_language(finding.expiry) if finding.expiry else "",
        way_out=way_out(project, finding, day),
    )


def in_language(rule: NeedRule | ExpiryRule) -> str:
    return rule.text_zh if (get_language() or "").startswith("zh") else rule.text_en


def way_out(project: Project, finding: PermitFinding, day: date) -> str:
    """What must be done now; empty where nothing is."""
    match finding.state:
        case State.STARTED_WITHOUT:
            return _("No drawdown until the client has obtained it.")
        case State.EXPIRED if finding.expiry is None:
            return _("Have it renewed; no drawdown before.")
        case State.EXPIRED:
            return _("It fell before work started: have it issued again; no drawdown before.")
        case State.MISSING | State.APPLIED:
            if project.start_on and project.start_on >= day:
                return _("Obtain it before the planned start on %(day)s.") % {"day": formats.day(project.start_on)}
            return _("Obtain it before work starts.")
        case State.EXPIRING:
            return _before_it_lapses(finding, day)
        case State.HELD:
            return _although_held(project, finding)
        case _other:
            return ""


def _before_it_lapses(finding: PermitFinding, day: date) -> str:
    last = {"day": formats.day(finding.lapses_on)}
    if finding.expiry is None:
        return _("Have it renewed by %(day)s.") % last
    if not finding.extensible:
        return _("Work must start by %(day)s; no extension is left.") % last
    if finding.apply_by is None:
        return _("Have work start or the permit extended by %(day)s.") % last
    if finding.apply_by < day:
        return _("Too late to ask for an extension: work must start by %(day)s.") % last
    return _("Have the extension asked for by %(apply)s, or work start by %(day)s.") % {
        **last,
        "apply": formats.day(finding.apply_by),
    }


def _although_held(project: Project, finding: PermitFinding) -> str:
    if finding.issued_late:
        return _("Issued after work had started: ask for the ruling of the authority.")
    planned = project.start_on if project.stage not in BEGUN else None
    if planned and finding.lapses_on and planned > finding.lapses_on:
        return _("Lapses before the planned start on %(day)s.") % {"day": formats.day(planned)}
    return ""
