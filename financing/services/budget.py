"""Verbs on the budget, and the capital it calls for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clients.calc.capital import CapitalRule, CapitalSector, SectorUndecided
from clients.models import Project
from crm_project.organization.models import Staff
from crm_project.rules.errors import RuleBroken, Stale
from financing.models import BudgetLine
from financing.services.rulebook import capital_rule
from financing.signals import facts_changed

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class CapitalNeed:
    """What the capital rule asks of a project. on: the day that picks its rows. source: of the rule set.

    sector: the row that holds, or the strictest of those a person has to choose from. candidates: all that may hold.
    """

    rule: CapitalRule
    sector: CapitalSector
    candidates: tuple[CapitalSector, ...]
    undecided: bool
    on: date
    source: Mapping[str, str]


def capital_need(project: Project, today: date, chosen: str = "") -> CapitalNeed | None:
    """The row of the capital rule for a project, by its approval day and industry; None where none covers the day.

    Where several rows may hold and nobody has chosen, the strictest speaks meanwhile. One query.
    """
    on = project.approved_on or today
    found = capital_rule(on)
    if found is None:
        return None
    rule, source = found
    candidates = rule.candidates(project.industry_id, on)
    try:
        sector, undecided = rule.pick(project.industry_id, on, chosen or None), False
    except SectorUndecided:
        sector, undecided = max(candidates, key=lambda row: row.ratio), True
    return CapitalNeed(rule, sector, candidates, undecided, on, source)


def budget_token(lines: Iterable[BudgetLine]) -> str:
    """What a form remembers of the lines it was opened with, so that two windows do not overwrite each other."""
    return ",".join(f"{line.pk}:{line.version}" for line in sorted(lines, key=lambda line: line.pk))


@transaction.atomic
def save_budget(*, project: Project, token: str, lines: Sequence[Mapping[str, Any]], by: Staff) -> list[BudgetLine]:
    """The whole budget as typed: lines with `pk` are changed, those without are new, those left out are taken away.

    lines: kind, name, amount and pk or None, in their order. Raises Stale where the lines are no longer those of
    `token`; RuleBroken with field "<row>-<field>", rows from 0.
    """
    root_id = Project.objects.select_for_update(no_key=True).values_list("root_id", flat=True).get(pk=project.pk)
    present = {line.pk: line for line in BudgetLine.objects.select_for_update().filter(project=project)}
    if budget_token(present.values()) != token:
        raise Stale
    _check(lines)
    kept = {row["pk"] for row in lines if row.get("pk")}
    _take_away(project, kept)
    _free_names(present, lines)
    saved = []
    for order, row in enumerate(lines):
        line = present.get(row.get("pk")) or BudgetLine(project=project, root_id=root_id)
        saved.append(_saved(line, row, order))
    facts_changed.send(sender=BudgetLine, project=project)
    return saved


def _take_away(project: Project, kept: set[int]) -> None:
    """Deletes the lines that are not kept. Raises RuleBroken naming one that a contract is charged to."""
    gone = BudgetLine.objects.filter(project=project).exclude(pk__in=kept)
    used = gone.filter(contracts__isnull=False).values_list("name", flat=True).first()
    if used is not None:
        message = _("A contract is charged to %(line)s; the line cannot be taken away.") % {"line": used}
        raise RuleBroken("budget_line_in_use", message)
    gone.delete()


def _free_names(present: Mapping[int, BudgetLine], lines: Sequence[Mapping[str, Any]]) -> None:
    """Lines that take each other's names would meet the constraint half-way: those that change give theirs up first."""
    taken = {row["name"] for row in lines}
    for row in lines:
        line = present.get(row.get("pk") or 0)
        if line is not None and line.name != row["name"] and line.name in taken:
            BudgetLine.objects.filter(pk=line.pk).update(name=f"#{line.pk}")


def _saved(line: BudgetLine, row: Mapping[str, Any], order: int) -> BudgetLine:
    wanted = {"kind": row["kind"], "name": row["name"], "amount": row["amount"], "order": order}
    if line.pk and all(getattr(line, name) == value for name, value in wanted.items()):
        return line
    for name, value in wanted.items():
        setattr(line, name, value)
    if line.pk:
        line.version += 1
    line.save()
    return line


def _check(lines: Sequence[Mapping[str, Any]]) -> None:
    names: set[str] = set()
    for no, row in enumerate(lines):
        if row["amount"] <= 0:
            raise RuleBroken("budget_amount", _("An amount is more than nothing."), f"{no}-amount")
        if row["name"] in names:
            raise RuleBroken("budget_name", _("This name stands in the budget already."), f"{no}-name")
        names.add(row["name"])


def budget_total(project: Project) -> Decimal:
    """Sum of the budget lines, CNY. One query."""
    return sum((line.amount for line in project.budget_lines.all()), ZERO)
