"""Verbs on financing plans, their versions and tranches."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Project
from crm_project.organization.models import Staff, Subject
from crm_project.organization.services import open_part
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.rules.workdays import add_months
from financing.models import CashFlowCase, Covenant, Plan, PlanVersion, Product, Tranche
from financing.services.plan_result import result_of
from financing.services.rulebook import RuleBook, rule_book

MOST_TRANCHES = 8
MOST_VERSIONS = 30
Terms = Mapping[str, Any]


@transaction.atomic
def create_plan(
    *, project: Project, by: Staff, title: str, case: CashFlowCase, dscr_case: str, equity: Decimal
) -> Plan:
    """A plan with its first version V1 and one project loan that finds its own amount by the target DSCR.

    Raises RuleBroken at case, dscr_case or equity.
    """
    root_id = Project.objects.select_for_update(no_key=True).values_list("root_id", flat=True).get(pk=project.pk)
    if case.project_id != project.pk:
        raise RuleBroken("case_unknown", _("There is no such case."), "case")
    rules = rule_book(timezone.localdate())
    if dscr_case not in rules.cover.thresholds:
        raise RuleBroken("dscr_case", _("There is no such kind of income."), "dscr_case")
    plan = Plan(project=project, root_id=root_id, title=title)
    plan.subject = open_part(kind=Subject.Kind.PLAN, title=title, root_id=root_id)
    plan.save(force_insert=True)
    version = PlanVersion.objects.create(
        plan=plan, no=1, name="V1", case=case, dscr_case=dscr_case, equity=equity, created_by=by
    )
    _first_tranche(version, rules)
    _calculate(version, rules)
    return plan


@transaction.atomic
def save_version(
    *, version: PlanVersion, seen: int, by: Staff, terms: Terms, tranches: Mapping[int, Terms]
) -> PlanVersion:
    """The draft as typed in the workbench, calculated anew.

    terms: columns of the version; tranches: columns by tranche number; both may be partial. Raises Stale where another
    window saved since `seen`, RuleBroken at a field ("t<no>-<field>" for a tranche's).
    """
    current = _locked(version, seen)
    for name, value in terms.items():
        setattr(current, name, value)
    _check_version(current)
    rows = {row.no: row for row in current.tranches.select_related("product")}
    for no, values in tranches.items():
        if no not in rows:
            raise Stale
        for name, value in values.items():
            setattr(rows[no], name, value)
        _check_tranche(rows[no])
        rows[no].save()
    _calculate(current, rule_book(timezone.localdate()))
    return current


@transaction.atomic
def copy_version(*, version: PlanVersion, name: str, by: Staff) -> PlanVersion:
    """A new draft with the assumptions of another version, tranches and covenants too. Raises RuleBroken at name."""
    plan = Plan.objects.select_for_update(no_key=True).get(pk=version.plan_id)
    name = name.strip()
    if not name:
        raise RuleBroken("version_name", _("Give the version a name."), "name")
    if plan.versions.filter(name=name).exists():
        raise RuleBroken("version_name", _("The plan has a version of this name already."), "name")
    number = (plan.versions.aggregate(most=Max("no"))["most"] or 0) + 1
    if number > MOST_VERSIONS:
        raise RuleBroken("version_count", _("A plan has at most %(most)s versions.") % {"most": MOST_VERSIONS}, "name")
    tranches, covenants = list(version.tranches.all()), list(version.covenants.all())
    copy = PlanVersion.objects.get(pk=version.pk)
    copy.pk, copy.no, copy.name, copy.version = None, number, name, 1
    copy.state, copy.frozen_at, copy.created_by = PlanVersion.State.DRAFT, None, by
    copy._state.adding = True
    copy.created_at = timezone.now()
    copy.save()
    for tranche in tranches:
        tranche.pk, tranche.version = None, copy
    for covenant in covenants:
        covenant.pk, covenant.version = None, copy
    Tranche.objects.bulk_create(tranches)
    Covenant.objects.bulk_create(covenants)
    _calculate(copy, rule_book(timezone.localdate()))
    return copy


@transaction.atomic
def add_tranche(*, version: PlanVersion, seen: int, by: Staff, product: Product) -> PlanVersion:
    """One more loan with cautious terms to start from. Raises Stale, RuleBroken."""
    current = _locked(version, seen)
    last = current.tranches.order_by("-no").first()
    if last is not None and last.no >= MOST_TRANCHES:
        raise RuleBroken("tranche_count", _("A version has at most %(most)s loans.") % {"most": MOST_TRANCHES})
    project_loan = product.kind == Product.Kind.PROJECT_LOAN
    starts_on = last.starts_on if last and project_loan else (current.plan.project.complete_on or timezone.localdate())
    Tranche.objects.create(
        version=current,
        product=product,
        no=(last.no if last else 0) + 1,
        amount=Decimal("1000000"),
        starts_on=starts_on,
        first_due_on=last.first_due_on if last and project_loan else add_months(starts_on, 12),
        tenor_months=last.tenor_months if last and project_loan else min(12, product.max_tenor_months),
        instalment_months=last.instalment_months if last and project_loan else 12,
        method=Tranche.Method.EQUAL_PRINCIPAL if project_loan else Tranche.Method.BULLET,
        lpr_tenor=last.lpr_tenor if last and project_loan else "1y",
        spread_bp=0,
    )
    _calculate(current, rule_book(timezone.localdate()))
    return current


@transaction.atomic
def remove_tranche(*, version: PlanVersion, seen: int, by: Staff, no: int) -> PlanVersion:
    """Takes a loan out of a draft; the numbers of the others stay. Raises Stale."""
    current = _locked(version, seen)
    deleted, _rows = current.tranches.filter(no=no).delete()
    if not deleted:
        raise Stale
    _calculate(current, rule_book(timezone.localdate()))
    return current


def _locked(version: PlanVersion, seen: int) -> PlanVersion:
    rows = PlanVersion.objects.select_for_update(of=("self",), no_key=True)
    current: PlanVersion = rows.select_related("plan__project", "case").get(pk=version.pk)
    if current.version != seen:
        raise Stale
    if current.state != PlanVersion.State.DRAFT:
        raise RuleBroken("version_frozen", _("This version is frozen. Copy it to go on with other assumptions."))
    return current


def _first_tranche(version: PlanVersion, rules: RuleBook) -> None:
    """A sculpted project loan from completion as far as the case goes, at most over the general limit of the tenor."""
    product = Product.objects.filter(kind=Product.Kind.PROJECT_LOAN, active=True).first()
    if product is None:
        raise RuleBroken("no_product", _("The bank offers no project loan at present."), "case")
    project = version.plan.project
    starts_on = project.complete_on or timezone.localdate()
    months = version.case.period_months
    ends = list(version.case.periods.order_by("no").values_list("ends_on", flat=True))
    Tranche.objects.create(
        version=version,
        product=product,
        no=1,
        starts_on=starts_on,
        first_due_on=_first_due(starts_on, ends, months),
        tenor_months=_tenor(starts_on, ends, product, months),
        instalment_months=months,
        method=Tranche.Method.SCULPTED,
        target_dscr=rules.cover.thresholds[version.dscr_case].target,
        lpr_tenor="5y",
        spread_bp=0,
    )


def _first_due(starts_on: date, ends: list[date], months: int) -> date:
    return next((end for end in ends if end > starts_on), add_months(starts_on, months))


def _tenor(starts_on: date, ends: list[date], product: Product, months: int) -> int:
    room = (ends[-1].year - starts_on.year) * 12 + ends[-1].month - starts_on.month if ends else 12
    return max(months, min(room, product.max_tenor_months, 120))


def _calculate(version: PlanVersion, rules: RuleBook) -> None:
    version.result, version.rule_versions = result_of(version, rules)
    version.version += 1
    try:
        version.save()
    except IntegrityError as error:  # two windows gave the same name at the same moment
        raise Stale from error


def _check_version(version: PlanVersion) -> None:
    if version.case.project_id != version.plan.project_id:
        raise RuleBroken("case_unknown", _("There is no such case."), "case")
    if version.equity < 0:
        raise RuleBroken("equity", _("Capital is not negative."), "equity")
    if not 0 <= version.equity_type_capital <= version.equity:
        message = _("Equity-type instruments are part of the capital, so at most as much as it.")
        raise RuleBroken("equity_type", message, "equity_type_capital")
    if not Decimal(-1) < version.cfads_shock <= Decimal(1):
        raise RuleBroken("cfads_shock", _("A change lies above -100% and at most at 100%."), "cfads_shock")


def _check_tranche(row: Tranche) -> None:
    def broken(rule: str, message: str, field: str) -> RuleBroken:
        return RuleBroken(rule, message, f"t{row.no}-{field}")

    if row.amount is not None and row.amount <= 0:
        raise broken("tranche_amount", _("The amount is more than nothing."), "amount")
    if row.method == Tranche.Method.SCULPTED and not row.target_dscr:
        raise broken("tranche_target", _("A sculpted loan needs its target DSCR."), "target_dscr")
    if row.target_dscr is not None and row.target_dscr <= 0:
        raise broken("tranche_target", _("A target DSCR is more than nothing."), "target_dscr")
    if row.method != Tranche.Method.SCULPTED and row.amount is None:
        raise broken("tranche_amount", _("Only a sculpted loan finds its own amount; type one."), "amount")
    if row.first_due_on <= row.starts_on:
        raise broken("tranche_days", _("The first repayment follows the first drawing."), "first_due_on")
    if row.tenor_months > row.product.max_tenor_months:
        message = _("%(product)s runs at most %(months)s months.")
        values = {"product": row.product.name, "months": row.product.max_tenor_months}
        raise broken("tranche_tenor", message % values, "tenor_months")
