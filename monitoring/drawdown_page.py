"""The pieces of the drawdown's desk: figure strip, next action, steps, capital and progress as charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken
from crm_project.ui import formats
from crm_project.ui.pieces import Button, Figure, NextAction, Step
from financing.calc.drawdown_gate import CapitalPosition
from monitoring.models import CapitalPayment, Drawdown, ProgressReport
from monitoring.services.gate import Gate
from monitoring.services.release import payment_due, why_not_pay, why_not_release

State = Drawdown.State
OPEN_STATES = {Role.SUPERVISION_OFFICER: State.RELEASED}
QUEUE_ROWS = 8
WHOLE = Decimal(10_000)
STATE_CSS = {State.REQUESTED: "", State.RELEASED: "t", State.PAID: "t", State.REFUSED: "o", State.WITHDRAWN: "o"}


@dataclass(frozen=True)
class May:
    """What this account may do with the drawdown now; a refusal says why not where its role would."""

    decide: bool
    pay: bool
    withdraw: bool
    refusal: RuleBroken | None


def what_may(drawdown: Drawdown, user: Staff) -> May:
    requested, released = drawdown.state == State.REQUESTED, drawdown.state == State.RELEASED
    decides, pays = user.role == Role.RELEASE_OFFICER, user.role == Role.SUPERVISION_OFFICER
    refusal = None
    if requested and decides:
        refusal = why_not_release(drawdown, user)
    elif released and pays:
        refusal = why_not_pay(drawdown, user)
    return May(
        decide=requested and decides and refusal is None,
        pay=released and pays and refusal is None,
        withdraw=requested and user.role == Role.RM,
        refusal=refusal,
    )


def figures(
    drawdown: Drawdown, position: CapitalPosition, report: ProgressReport | None, gate: Gate | None
) -> list[Figure]:
    facility, unit = drawdown.facility, formats.active_unit().label
    entrusted = sum((one.amount for one in drawdown.payments.all() if one.entrusted), Decimal(0))
    own = sum((one.amount for one in drawdown.payments.all() if not one.entrusted), Decimal(0))
    split = _("entrusted %(entrusted)s, by the borrower %(own)s") % {
        "entrusted": formats.money(entrusted),
        "own": formats.money(own),
    }
    return [
        Figure(_("Asked for"), formats.money(drawdown.amount), unit, split),
        _allowed(drawdown, position, gate, unit),
        Figure(
            _("Drawn / loan contract"),
            formats.money(facility.drawn),
            f"/ {formats.money(facility.amount - facility.cancelled)}",
            formats.percent(facility.drawn / (facility.amount - facility.cancelled or Decimal(1))),
            href=facility.get_absolute_url(),
        ),
        Figure(
            _("Capital paid in / due"),
            formats.money(position.paid_in),
            f"/ {formats.money(position.required)}",
            formats.percent(position.paid_in / position.required) if position.required else formats.MISSING,
            href=reverse("monitoring:project_supervision", args=[facility.project_id]) + "#capital",
        ),
        _progress(facility.project_id, report),
    ]


def _allowed(drawdown: Drawdown, position: CapitalPosition, gate: Gate | None, unit: Any) -> Figure:
    if gate is None:
        note = drawdown.note
        text = _("note %(number)s") % {"number": note.note_no} if note else drawdown.get_state_display()
        return Figure(_("Released"), formats.money(note.amount if note else None), unit, text)
    room = position.allowed - drawdown.amount
    words = _("short by %(amount)s") if room < 0 else _("room %(amount)s")
    note_text = words % {"amount": formats.money(abs(room))}
    return Figure(_("Capital lets be drawn"), formats.money(position.allowed), unit, note_text, bad=room < 0)


def _progress(project_id: int, report: ProgressReport | None) -> Figure:
    href = reverse("monitoring:project_supervision", args=[project_id]) + "#progress"
    if report is None:
        return Figure(_("Progress of the works"), formats.MISSING, "", _("no report yet"), href=href)
    behind = report.physical - report.planned
    note = _("planned %(planned)s, %(difference)s points") % {
        "planned": formats.percent(report.planned),
        "difference": formats.points(behind, 1),
    }
    return Figure(
        _("Progress of the works"), formats.percent(report.physical), "", f"{report.month:%Y-%m} · {note}", href=href
    )


def next_action(drawdown: Drawdown, may: May, gate: Gate | None) -> NextAction:
    desk = reverse("monitoring:drawdown_desk", args=[drawdown.pk])
    match drawdown.state:
        case State.REQUESTED if gate is not None and not gate.passed:
            count = len(gate.failures)
            text = ngettext("Do not release: %(count)s check fails", "Do not release: %(count)s checks fail", count)
            what = text % {"count": count}
            button = Button(_("See the way out"), f"{desk}#decide", "list-check", "danger")
            return NextAction(what, _way(gate), button if may.decide else None, urgent=True, icon="alert-circle")
        case State.REQUESTED:
            button = Button(_("Release"), f"{desk}#decide", "lock-open")
            wanted = _("wanted on %(day)s") % {"day": formats.day(drawdown.wanted_on)}
            return NextAction(_("Release officer: release"), wanted, button if may.decide else None)
        case State.RELEASED:
            due = payment_due(drawdown, timezone.localdate(drawdown.decided_at))
            late = due < timezone.localdate()
            text = _("to the payees by %(day)s") % {"day": formats.day(due)}
            pay = Button(
                _("Record payment"), reverse("monitoring:drawdown_pay", args=[drawdown.pk]), "send", method="POST"
            )
            return NextAction(_("Supervision officer: pay"), text, pay if may.pay else None, urgent=late)
        case _other:
            when = drawdown.paid_at or drawdown.decided_at
            return NextAction(str(drawdown.get_state_display()), formats.moment(when), icon="circle-check")


def _way(gate: Gate) -> str:
    if gate.largest:
        return _("%(amount)s %(unit)s would pass") % {
            "amount": formats.money(gate.largest),
            "unit": formats.active_unit().label,
        }
    return _("no smaller amount passes either")


def steps(drawdown: Drawdown) -> list[Step]:
    """Request, check and release, payment."""
    asked = Step(_("Request"), f"{drawdown.requested_by.name} {formats.moment(drawdown.requested_at)}", "done")
    if drawdown.state in (State.REFUSED, State.WITHDRAWN):
        by = drawdown.decided_by.name if drawdown.decided_by else ""
        caption = f"{by} {formats.moment(drawdown.decided_at)}"
        return [asked, Step(drawdown.get_state_display(), caption, "now")]
    decided = drawdown.decided_by is not None
    caption = f"{drawdown.decided_by.name} {formats.moment(drawdown.decided_at)}" if drawdown.decided_by else ""
    release = Step(_("Check and release"), caption or _("release officer"), "done" if decided else "now")
    if drawdown.paid_by is not None:
        return [
            asked,
            release,
            Step(_("Payment"), f"{drawdown.paid_by.name} {formats.moment(drawdown.paid_at)}", "done"),
        ]
    caption = _("supervision officer")
    if decided:
        due = formats.day(payment_due(drawdown, timezone.localdate(drawdown.decided_at)))
        caption = _("supervision officer, by %(day)s") % {"day": due}
    return [asked, release, Step(_("Payment"), caption, "now" if decided else "ahead")]


def queue(rows: Any, user: Staff) -> list[Drawdown]:
    """What waits beside this one: for payment at the supervision officer's desk, for release at every other."""
    state = OPEN_STATES.get(Role(user.role), State.REQUESTED)
    return list(rows.filter(state=state).with_facility().order_by("wanted_on", "pk")[:QUEUE_ROWS])


def progress_chart(reports: Sequence[ProgressReport], investment: Decimal) -> tuple[dict[str, Any], str] | None:
    """Physical and planned progress and the share of the investment spent, per month; None without a report."""
    if not reports:
        return None
    rows = sorted(reports, key=lambda row: row.month)
    series = [
        _line(_("Works"), [row.physical for row in rows], "@cash", solid=True),
        _line(_("Planned"), [row.planned for row in rows], "@prev", solid=False),
        _line(_("Spent"), [row.spent / investment for row in rows], "@loan", solid=True),
    ]
    option = {
        "grid": {"left": 4, "right": 14, "top": 14, "bottom": 10, "containLabel": True},
        "tooltip": {"valueFormatter": "$pct1"},
        "xAxis": {"type": "category", "data": [f"{row.month:%Y-%m}" for row in rows]},
        "yAxis": {"type": "value", "axisLabel": {"formatter": "$pct1"}},
        "series": series,
    }
    last = rows[-1]
    words = _("Works %(works)s, planned %(planned)s, spent %(spent)s of the investment in %(month)s") % {
        "works": formats.percent(last.physical),
        "planned": formats.percent(last.planned),
        "spent": formats.percent(last.spent / investment),
        "month": f"{last.month:%Y-%m}",
    }
    return option, words


def _line(name: str, shares: Sequence[Decimal], colour: str, *, solid: bool) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line",
        "color": colour,
        "symbol": "circle",
        "symbolSize": 5,
        "lineStyle": {"width": 2.5 if solid else 1.5, "type": "solid" if solid else "dashed"},
        "data": [round(share * 100, 2) for share in shares],
    }


def capital_rows(project_id: int) -> list[CapitalPayment]:
    rows = CapitalPayment.objects.filter(project=project_id).select_related("reported_by", "confirmed_by")
    return list(rows)


def round_part(largest: Decimal | None) -> Decimal | None:
    """The part offered for release: whole 10,000 CNY where it is that much."""
    return largest - largest % WHOLE if largest is not None and largest >= WHOLE else largest
