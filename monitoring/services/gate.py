"""All conditions of a drawdown put to the case as it stands: each with figure, limit, room, source and way out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum
from django.utils import timezone

from clients.calc.permits import State
from clients.services.permit import findings_of
from crm_project.rules.errors import RuleSilent
from crm_project.rules.models import RuleSet
from crm_project.workflow.services.clock import workdays
from financing.calc import drawdown_gate as calc
from financing.calc import lines
from financing.calc.results import N_, Check, Message, Param
from financing.models import Decision, Product
from monitoring.calc.portions import Portion, fill
from monitoring.models import (
    CapitalPayment,
    Drawdown,
    DrawdownPayment,
    Facility,
    Invoice,
    ProgressReport,
    ProjectContract,
)

ZERO = Decimal("0.00")
TAKEN = (Drawdown.State.RELEASED, Drawdown.State.PAID)
DRAWDOWN_RULE = ("drawdown", "project")
ENTRUSTED_RULE = ("entrusted_payment", "fixed_asset")
PERMIT_RULE = ("permits", "project")
FINE_PERMITS = frozenset({State.HELD, State.EXPIRING, State.NOT_NEEDED})
AMOUNT_CHECKS = frozenset({"capital", "progress", "budget_line", "contract", "invoice", "drawing", "entrusted_payment"})
"""Those that a smaller drawing may pass."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Gate:
    """checks: failures first. rules: what a result remembers of each rule set, by kind/scope. largest: the most that
    passes all checks when payments are served in their order, CNY; 0 where no amount does."""

    amount: Decimal
    checks: tuple[Check, ...]
    rules: Mapping[str, Mapping[str, str]]
    largest: Decimal

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)


@dataclass(frozen=True)
class Case:
    """What the checks need, read once. taken: of each budget line by earlier drawings; invoiced: likewise."""

    drawdown: Drawdown
    today: date
    payments: tuple[DrawdownPayment, ...]
    capital: calc.CapitalPosition
    drawdown_rules: calc.DrawdownRules
    entrusted: calc.EntrustedRule | None
    report: ProgressReport | None
    spent_before: Decimal
    taken: Mapping[int, Decimal]
    invoiced: Mapping[int, Decimal]
    earlier: tuple[calc.Payment, ...]
    rules: Mapping[str, Mapping[str, str]]

    @property
    def project_loan(self) -> bool:
        return bool(self.drawdown.facility.product.kind == Product.Kind.PROJECT_LOAN)


def gate(drawdown: Drawdown, *, amount: Decimal | None = None) -> Gate:
    """Every check of the drawdown, or of a part of it. About twenty queries; locks nothing."""
    case = read_case(drawdown)
    asked = [payment.amount for payment in case.payments]
    wanted = drawdown.amount if amount is None else amount
    amounts = asked if amount is None else list(fill([Portion(one) for one in asked], wanted))
    checks = _checks(case, wanted, amounts)
    return Gate(wanted, tuple(sorted(checks, key=lambda check: check.passed)), case.rules, _largest(case, checks))


def _checks(case: Case, amount: Decimal, amounts: Sequence[Decimal]) -> list[Check]:
    found = [*_project_checks(case, amount, amounts), *_paper_checks(case, amounts)]
    return [*found, *_line_checks(case, amount), _conditions(case), *_entrusted(case, amounts)]


def _project_checks(case: Case, amount: Decimal, amounts: Sequence[Decimal]) -> list[Check]:
    if not case.project_loan:
        return []
    project = case.drawdown.facility.project
    progress = calc.check_progress(
        total_investment=project.total_investment,
        spent=case.spent_before + amount,
        progress=case.report.physical if case.report else Decimal(0),
        rules=case.drawdown_rules,
    )
    return [calc.check_capital(case.capital, amount), progress, *_budget(case, amounts), _permits(case)]


def _budget(case: Case, amounts: Sequence[Decimal]) -> list[Check]:
    """One check per budget line that the payments take from."""
    lines_ = {payment.contract.budget_line_id: payment.contract.budget_line for payment in case.payments}
    found = []
    for number, line in lines_.items():
        paid = zip(case.payments, amounts, strict=True)
        this = sum((amount for payment, amount in paid if payment.contract.budget_line_id == number), ZERO)
        found.append(_within("budget_line", case.taken[number] + this, line.amount, "budget", {"name": line.name}))
    return found


def _paper_checks(case: Case, amounts: Sequence[Decimal]) -> list[Check]:
    """Contract and invoice of every payment, and whether the payee is the one they name."""
    pairs = list(zip(case.payments, amounts, strict=True))
    found = []
    for contract in {payment.contract_id: payment.contract for payment in case.payments}.values():
        this = sum((amount for payment, amount in pairs if payment.contract_id == contract.pk), ZERO)
        facts: dict[str, Param] = {"name": contract.number, "contractor": contract.contractor_name}
        found.append(_within("contract", contract.paid + this, contract.amount, "contract", facts))
    for invoice in {payment.invoice_id: payment.invoice for payment in case.payments if payment.invoice}.values():
        this = sum((amount for payment, amount in pairs if payment.invoice_id == invoice.pk), ZERO)
        figure = case.invoiced.get(invoice.pk, ZERO) + this
        found.append(_within("invoice", figure, invoice.amount, "invoice", {"name": invoice.number}))
    return [*found, _payees(case)]


def _within(code: str, figure: Decimal, limit: Decimal, source: str, facts: Mapping[str, Param]) -> Check:
    room = limit - figure
    cure = Message("spend_less", N_("leave out %(amount)s of spending"), {"amount": -room})
    return Check(code, figure, limit, room, room >= 0, "CNY", source, () if room >= 0 else (cure,), facts=facts)


def _payees(case: Case) -> Check:
    """Name and account of each payee as in its contract; the invoice is of the same contract."""
    wrong = [payment.payee_name for payment in case.payments if not payee_fits(payment)]
    cure = Message("payee", N_("correct the payee: %(payees)s"), {"payees": ", ".join(wrong)})
    found = len(case.payments) - len(wrong)
    cures = (cure,) if wrong else ()
    return Check("payee", found, len(case.payments), -len(wrong), not wrong, "count", "contract", cures)


def payee_fits(payment: DrawdownPayment) -> bool:
    contract = payment.contract
    named = (payment.payee_name, payment.payee_account) == (contract.contractor_name, contract.contractor_account)
    return named and (payment.invoice is None or payment.invoice.contract_id == contract.pk)


def _permits(case: Case) -> Check:
    project = case.drawdown.facility.project
    findings = findings_of(project, project.permits.all(), case.today)
    missing = [finding.need.kind for finding in findings if finding.state not in FINE_PERMITS]
    cures = (Message("permits", N_("have the missing permits issued"), {}),) if missing else ()
    facts: dict[str, Param] = {"missing": ",".join(missing)}
    fine, source = len(findings) - len(missing), "/".join(PERMIT_RULE)
    return Check("permits", fine, len(findings), -len(missing), not missing, "count", source, cures, facts=facts)


def _line_checks(case: Case, amount: Decimal) -> list[Check]:
    facility, line = case.drawdown.facility, case.drawdown.facility.sub_limit
    valid = line.valid_from <= case.today <= line.valid_until and not line.frozen
    drawing = lines.check_drawing(_as_calc(facility, case.today), amount, line_valid=valid)
    passed = valid or (not line.revolving and not line.frozen)
    renew = Message("renew_line", N_("renew the credit line or lift its freeze"), {})
    days = (line.valid_until - case.today).days
    facts: dict[str, Param] = {"revolving": int(line.revolving), "frozen": int(line.frozen)}
    cures = () if passed else (renew,)
    date_check = Check("line", case.today, line.valid_until, days, passed, "date", "decision", cures, facts=facts)
    return [drawing, date_check]


def _as_calc(facility: Facility, today: date) -> lines.Facility:
    return lines.Facility(
        ref=facility.contract_no,
        amount=facility.amount,
        revolving=facility.sub_limit.revolving,
        drawn=facility.drawn,
        outstanding=facility.outstanding,
        cancelled=facility.cancelled,
        available=facility.signed_on <= today <= facility.available_until and facility.state != Facility.State.CLOSED,
        frozen=facility.state == Facility.State.FROZEN,
    )


def _conditions(case: Case) -> Check:
    rows = list(case.drawdown.facility.decision.conditions.all())
    open_ = [row.no for row in rows if row.confirmed_by_id is None]
    numbers = ", ".join(str(no) for no in open_)
    cure = Message("conditions", N_("fulfil and confirm conditions %(numbers)s"), {"numbers": numbers})
    figure = len(rows) - len(open_)
    return Check("conditions", figure, len(rows), -len(open_), not open_, "count", "decision", (cure,) if open_ else ())


def _entrusted(case: Case, amounts: Sequence[Decimal]) -> list[Check]:
    if case.entrusted is None:
        cure = Message("rule_silent", N_("have an administrator enter the use of the unconfirmed rule"), {})
        return [Check("entrusted_payment", None, None, None, False, "CNY", "/".join(ENTRUSTED_RULE), (cure,))]
    own = tuple(
        calc.Payment(payment.payee_name, payment.payee_name, amount, case.today, payment.entrusted)
        for payment, amount in zip(case.payments, amounts, strict=True)
        if amount
    )
    groups = {payment.payee_group for payment in own if not payment.entrusted}
    earlier = tuple(payment for payment in case.earlier if payment.payee_group in groups)
    investment = case.drawdown.facility.project.total_investment
    found = calc.check_entrusted((*earlier, *own), case.entrusted, total_investment=investment, workdays=workdays())
    if found:
        return list(found)
    limit = case.entrusted.threshold(investment)
    return [Check("entrusted_payment", ZERO, limit, limit, True, "CNY", case.entrusted.source)]


def _largest(case: Case, checks: Iterable[Check]) -> Decimal:
    """The most that passes: bounded by capital, progress and facility, then by what each payment takes from."""
    if any(not check.passed and check.code not in AMOUNT_CHECKS for check in checks) or case.entrusted is None:
        return ZERO
    facility = case.drawdown.facility
    total = min(case.drawdown.amount, _as_calc(facility, case.today).drawable)
    rooms = {f"contract {one.contract_id}": one.contract.amount - one.contract.paid for one in case.payments}
    for payment in case.payments:
        if payment.invoice is not None:
            invoiced = case.invoiced.get(payment.invoice.pk, ZERO)
            rooms[f"invoice {payment.invoice.pk}"] = payment.invoice.amount - invoiced
    if case.project_loan:
        total = min(total, case.capital.allowed, max(ZERO, _supported(case) - case.spent_before))
        for payment in case.payments:
            line = payment.contract.budget_line
            rooms[f"line {line.pk}"] = line.amount - case.taken[line.pk]
    rooms |= _self_managed_rooms(case, case.entrusted)
    fits = fill([Portion(payment.amount, _rooms_of(payment)) for payment in case.payments], total, rooms)
    largest = sum(fits, ZERO)
    return largest if largest and all(check.passed for check in _checks(case, largest, fits)) else ZERO


def _supported(case: Case) -> Decimal:
    """Spending that the reported progress supports, cents rounded down."""
    progress = case.report.physical if case.report else Decimal(0)
    share = progress + case.drawdown_rules.tolerance_points / 100
    return Decimal(int(share * case.drawdown.facility.project.total_investment * 100)).scaleb(-2)


def _self_managed_rooms(case: Case, rule: calc.EntrustedRule) -> dict[str, Decimal]:
    limit = rule.threshold(case.drawdown.facility.project.total_investment)
    names = {payment.payee_name for payment in case.payments if not payment.entrusted}
    rooms = {}
    for name in names:
        before = sum((one.amount for one in case.earlier if one.payee_group == name), ZERO)
        rooms[f"payee {name}"] = max(ZERO, limit - (before if rule.window_workdays is not None else ZERO))
    return rooms


def _rooms_of(payment: DrawdownPayment) -> tuple[str, ...]:
    names = [f"contract {payment.contract_id}", f"line {payment.contract.budget_line_id}"]
    if payment.invoice_id:
        names.append(f"invoice {payment.invoice_id}")
    if not payment.entrusted:
        names.append(f"payee {payment.payee_name}")
    return tuple(names)


def read_case(drawdown: Drawdown) -> Case:
    """Everything the checks rest on, as the database holds it now. Raises RuleSet.DoesNotExist for a missing rule."""
    facility = drawdown.facility
    today = timezone.localdate()
    rows = drawdown.payments.select_related("contract__budget_line", "invoice")
    payments = tuple(rows)
    found = RuleSet.objects.in_force(*DRAWDOWN_RULE, facility.signed_on)
    permits = RuleSet.objects.in_force(*PERMIT_RULE, today)
    entrusted, remembered = entrusted_rule(facility)
    report = ProgressReport.objects.filter(project=facility.project_id).order_by("-month").first()
    return Case(
        drawdown=drawdown,
        today=today,
        payments=payments,
        capital=capital_position(facility),
        drawdown_rules=calc.DrawdownRules.from_body(found.body),
        entrusted=entrusted,
        report=report,
        spent_before=_spent_before(facility, report),
        taken=_taken(payments),
        invoiced=_invoiced(payments),
        earlier=_earlier(drawdown, payments),
        rules={**_remembered(found), **_remembered(permits), **remembered},
    )


def entrusted_rule(facility: Facility) -> tuple[calc.EntrustedRule | None, Mapping[str, Mapping[str, str]]]:
    """The rule by the day of the loan contract and what a result remembers of it; None where it does not speak yet."""
    try:
        rule = RuleSet.objects.in_force(*ENTRUSTED_RULE, facility.signed_on)
    except RuleSilent:
        return None, {}
    read = calc.EntrustedRule.from_body(rule.body, version=rule.version, effective_from=rule.effective_from)
    return read, _remembered(rule)


def _remembered(rule: RuleSet) -> dict[str, Mapping[str, str]]:
    facts = {
        "version": rule.version,
        "source": rule.source,
        "provenance": rule.provenance,
        "title_en": rule.body["title"]["en"],
        "title_zh": rule.body["title"]["zh"],
    }
    return {f"{rule.kind}/{rule.scope}": facts}


def capital_position(facility: Facility) -> calc.CapitalPosition:
    """Capital and loans of the whole project: all its decisions with a contract, the largest capital any of them asks
    for, and what is drawn under all its project loans. Four queries."""
    of_project = Facility.objects.filter(project=facility.project_id, product__kind=Product.Kind.PROJECT_LOAN)
    decisions = Decision.objects.filter(facilities__in=of_project).distinct().select_related("plan_version")
    paid = CapitalPayment.objects.filter(project=facility.project_id, confirmed_by__isnull=False)
    rows = list(decisions)
    return calc.CapitalPosition(
        required=max((row.plan_version.equity for row in rows), default=ZERO),
        paid_in=paid.aggregate(total=Sum("amount"))["total"] or ZERO,
        loan=sum((_project_loans(row) for row in rows), ZERO),
        drawn=of_project.aggregate(total=Sum("drawn"))["total"] or ZERO,
    )


def _project_loans(decision: Decision) -> Decimal:
    """Project loans of the decided version; the decided amount where the version lists none."""
    listed = decision.plan_version.result.get("tranches", [])
    amounts = [Decimal(tranche["amount"]) for tranche in listed if tranche.get("project")]
    return sum(amounts, ZERO) or decision.amount


def _spent_before(facility: Facility, report: ProgressReport | None) -> Decimal:
    """Spending of the newest report and what was released since; without a report, all that was released."""
    released = Drawdown.objects.filter(facility__project=facility.project_id, state__in=TAKEN)
    if report is not None:
        released = released.filter(decided_at__gt=report.reported_at)
    since = released.aggregate(total=Sum("note__amount"))["total"] or ZERO
    return since + (report.spent if report else ZERO)


def _taken(payments: Sequence[DrawdownPayment]) -> dict[int, Decimal]:
    numbers = {payment.contract.budget_line_id for payment in payments}
    rows = ProjectContract.objects.filter(budget_line__in=numbers).values("budget_line").annotate(total=Sum("paid"))
    return {**dict.fromkeys(numbers, ZERO), **{row["budget_line"]: row["total"] for row in rows.order_by()}}


def _invoiced(payments: Sequence[DrawdownPayment]) -> dict[int, Decimal]:
    numbers = {payment.invoice_id for payment in payments if payment.invoice_id}
    rows = DrawdownPayment.objects.filter(invoice__in=numbers, drawdown__state__in=TAKEN).order_by()
    found = rows.values("invoice").annotate(total=Sum("amount"))
    return {row["invoice"]: row["total"] for row in found}


def _earlier(drawdown: Drawdown, payments: Sequence[DrawdownPayment]) -> tuple[calc.Payment, ...]:
    """Payments the borrower made itself to the same payees out of earlier drawings of the facility."""
    names = {payment.payee_name for payment in payments if not payment.entrusted}
    rows = DrawdownPayment.objects.filter(
        drawdown__facility=drawdown.facility_id, drawdown__state__in=TAKEN, entrusted=False, payee_name__in=names
    ).exclude(drawdown=drawdown.pk)
    return tuple(
        calc.Payment(str(row.pk), row.payee_name, row.amount, timezone.localdate(row.decided_at), False)
        for row in rows.annotate(decided_at=F("drawdown__decided_at"))
    )


def open_invoices(contract: ProjectContract) -> list[Invoice]:
    """Invoices of a contract that no drawing has paid in full."""
    paid = DrawdownPayment.objects.filter(invoice__contract=contract, drawdown__state__in=TAKEN).order_by()
    taken = {row["invoice"]: row["total"] for row in paid.values("invoice").annotate(total=Sum("amount"))}
    return [row for row in contract.invoices.all() if taken.get(row.pk, ZERO) < row.amount]
