"""The head of a project's page: figure strip, next action, time-line."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from clients.calc.capital import CapitalRule, SectorUndecided
from clients.calc.permits import State
from clients.models import Project
from clients.permit_texts import PermitLine
from clients.services.permit import BEGUN
from crm_project.rules.models import RuleSet
from crm_project.ui import formats
from crm_project.ui.pieces import Button, Figure, NextAction, Step


def figures(project: Project, lines: Sequence[PermitLine], today: date) -> list[Figure]:
    begun = project.stage in BEGUN
    done = project.stage in (Project.Stage.OPERATION, Project.Stage.CLOSED)
    unit = formats.active_unit().label
    return [
        Figure(_("Total investment"), formats.money(project.total_investment), unit, _capital_note(project, today)),
        Figure(_("Start"), formats.day(project.start_on), "", _("actual") if begun else _("planned")),
        Figure(_("Completion"), formats.day(project.complete_on), "", _("actual") if done else _("planned")),
        _days_figure(project, today, done),
        _permits_figure(project, lines),
    ]


def _capital_note(project: Project, today: date) -> str:
    """The least capital the state demands, by the industry and the day of approval (RULES §4). One query."""
    on = project.approved_on or today
    try:
        rule = CapitalRule.from_body(RuleSet.objects.in_force("project_capital_min", "fixed_asset", on).body)
        least = most = rule.pick(project.industry_id, on).ratio
    except SectorUndecided:
        ratios = [sector.ratio for sector in rule.candidates(project.industry_id, on)]
        least, most = min(ratios), max(ratios)
    except (LookupError, RuleSet.DoesNotExist):
        return _("no capital rule on that day")
    if least != most:
        return _("capital at least %(low)s to %(high)s, by sector") % {
            "low": formats.percent(least, 0),
            "high": formats.percent(most, 0),
        }
    return _("capital at least %(share)s: %(amount)s") % {
        "share": formats.percent(least, 0),
        "amount": formats.money(project.total_investment * least),
    }


def _days_figure(project: Project, today: date, done: bool) -> Figure:
    if done or project.complete_on is None:
        return Figure(_("Days to completion"), formats.MISSING, "", project.get_stage_display())
    left = (project.complete_on - today).days
    note = project.get_stage_display()
    if left < 0:
        note = _("completion overdue")
    elif project.start_on and project.start_on < today:
        share = Decimal((today - project.start_on).days) / (project.complete_on - project.start_on).days
        note = _("%(share)s of the time has passed") % {"share": formats.percent(share, 0)}
    return Figure(_("Days to completion"), formats.number(left), _("days"), note, bad=left < 0)


def _permits_figure(project: Project, lines: Sequence[PermitLine]) -> Figure:
    needed = [line for line in lines if line.finding.state is not State.NOT_NEEDED]
    fit = [line for line in needed if line.finding.state in (State.HELD, State.EXPIRING)]
    broken = sum(line.finding.broken for line in lines)
    expiring = sum(line.finding.state is State.EXPIRING for line in lines)
    if broken:
        note = _("%(number)s lapsed or missing after the start") % {"number": broken}
    elif expiring:
        note = _("%(number)s expiring") % {"number": expiring}
    else:
        note = _("all held") if len(fit) == len(needed) else _("to be obtained: %(n)s") % {"n": len(needed) - len(fit)}
    href = reverse("clients:project_permits", args=[project.pk])
    shown = f"{len(fit)} / {len(needed)}" if needed else formats.MISSING
    return Figure(_("Permits held / needed"), shown, "", note if needed else "", href, bad=broken > 0)


def next_action(project: Project, lines: Iterable[PermitLine], may_edit: bool) -> NextAction | None:
    """The permit that hurts most, else the project company, else the next stage; None where nothing is to be done."""
    if project.stage == Project.Stage.CLOSED:
        return None
    worst = next((line for line in lines if line.finding.broken or line.finding.urgent), None)
    if worst is not None:
        href = reverse("clients:project_permits", args=[project.pk])
        return NextAction(
            _("%(permit)s: %(state)s") % {"permit": worst.kind, "state": worst.word},
            worst.way_out,
            Button(_("See permits"), href, style="danger" if worst.finding.broken else "plain"),
            urgent=worst.finding.broken,
            icon=worst.icon,
        )
    if not may_edit:
        return None
    if project.stage == Project.Stage.PREPARATION and project.borrower_id == project.sponsor_id:
        href = reverse("clients:project_company", args=[project.pk])
        what = _("The sponsor borrows as long as no project company is registered")
        return NextAction(what, _("before the loan contract is signed"), Button(_("Set project company"), href))
    return None


def timeline(project: Project, today: date) -> list[Step]:
    """Milestones that have a day, in their order, and today among them."""
    begun = project.stage in BEGUN
    done = project.stage in (Project.Stage.OPERATION, Project.Stage.CLOSED)
    milestones = [
        (project.approved_on, _("Approved or filed"), True),
        (project.start_on, _("Start of construction"), begun),
        (project.complete_on, _("Completion"), done),
        (project.operate_until, _("End of operation"), False),
    ]
    dated = [(day, label, happened) for day, label, happened in milestones if day is not None]
    steps = [
        Step(label, _caption(day, happened, today), "done" if happened else "ahead") for day, label, happened in dated
    ]
    passed = sum(happened for _day, _label, happened in dated)
    return [*steps[:passed], Step(_("Today"), formats.day(today), "now"), *steps[passed:]]


def _caption(day: date, happened: bool, today: date) -> str:
    if happened:
        return formats.day(day)
    late = _("%(day)s, planned and passed") if day < today else _("%(day)s, planned")
    return late % {"day": formats.day(day)}
