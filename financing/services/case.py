"""Verbs on cash-flow cases."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import Project
from crm_project.organization.models import Staff
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.rules.workdays import add_months
from financing.models import CasePeriod, CashFlowCase
from financing.signals import facts_changed

MOST_PERIODS = 100
FLOWS = ("revenue", "opex", "tax", "capex", "working_capital")
COSTS = ("revenue", "opex", "tax", "capex")
ZERO = Decimal("0.00")


@transaction.atomic
def create_case(
    *,
    project: Project,
    by: Staff,
    first_ends_on: date,
    count: int,
    rows: Sequence[Mapping[str, Any]] = (),
    **facts: Any,
) -> CashFlowCase:
    """A case with `count` empty periods, or the given rows, from the first period's end on.

    Raises RuleBroken at name, count or a cell "<row>-<field>".
    """
    if not 1 <= count <= MOST_PERIODS:
        raise RuleBroken("case_count", _("A case has 1 to %(most)s periods.") % {"most": MOST_PERIODS}, "count")
    root_id = Project.objects.select_for_update(no_key=True).values_list("root_id", flat=True).get(pk=project.pk)
    case = CashFlowCase(project=project, root_id=root_id, **facts)
    _check_name(case)
    case.save(force_insert=True)
    ends = [period_end(first_ends_on, n * case.period_months) for n in range(count)]
    empty = dict.fromkeys(FLOWS, ZERO)
    _store(case, [{"ends_on": end, **(rows[n] if n < len(rows) else empty)} for n, end in enumerate(ends)])
    return case


@transaction.atomic
def save_case(
    *, case: CashFlowCase, version: int, by: Staff, rows: Sequence[Mapping[str, Any]], **facts: Any
) -> CashFlowCase:
    """Facts and all periods as typed; rows carry ends_on and the flows. Raises Stale, RuleBroken as `create_case`."""
    current: CashFlowCase = CashFlowCase.objects.select_for_update(no_key=True).get(pk=case.pk)
    if current.version != version:
        raise Stale
    for name, value in facts.items():
        setattr(current, name, value)
    _check_name(current)
    current.version += 1
    current.save()
    _store(current, rows)
    facts_changed.send(sender=CashFlowCase, project=current.project)
    return current


def period_end(first: date, months: int) -> date:
    """The end of a period some months after the first one's; the last day of a month stays one."""
    moved = add_months(first, months)
    if (first + timedelta(days=1)).day == 1:
        return add_months(moved.replace(day=1), 1) - timedelta(days=1)
    return moved


def _store(case: CashFlowCase, rows: Sequence[Mapping[str, Any]]) -> None:
    _check_rows(case, rows)
    present = {period.no: period for period in case.periods.all()}
    fresh = []
    for no, row in enumerate(rows, 1):
        period = present.pop(no, None)
        if period is None:
            fresh.append(CasePeriod(case=case, no=no, **row))
        elif any(getattr(period, name) != value for name, value in row.items()):
            for name, value in row.items():
                setattr(period, name, value)
            period.save()
    CasePeriod.objects.bulk_create(fresh)
    CasePeriod.objects.filter(pk__in=[period.pk for period in present.values()]).delete()


def _check_rows(case: CashFlowCase, rows: Sequence[Mapping[str, Any]]) -> None:
    """Periods follow each other without a gap; only the change of working capital may be negative."""
    for no, row in enumerate(rows):
        for name in COSTS:
            if row[name] < 0:
                message = _("Costs and income are entered as positive figures.")
                raise RuleBroken("case_sign", message, f"{no}-{name}")
        if no and row["ends_on"] != period_end(rows[0]["ends_on"], no * case.period_months):
            message = _("Periods follow each other: this one ends %(months)s months after the one before.")
            raise RuleBroken("case_days", message % {"months": case.period_months}, f"{no}-ends_on")


def _check_name(case: CashFlowCase) -> None:
    if CashFlowCase.objects.filter(project_id=case.project_id, name=case.name).exclude(pk=case.pk).exists():
        raise RuleBroken("case_name", _("The project has a case of this name already."), "name")
