"""Supervision of the demonstration: contracts, capital, progress and drawdowns in every state under decided deals."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from clients.models import Permit, Project
from clients.services.permit import add_permit, findings_of
from crm_project.organization.demo import World
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.workdays import add_months
from financing.models import BudgetLine, CreditLine, Decision, Tranche
from financing.services.condition import confirm_condition, report_condition
from monitoring.models import Drawdown, Facility, ProjectContract, SupervisedAccount
from monitoring.services.contract import (
    add_contract,
    add_invoice,
    confirm_capital_payment,
    record_capital_payment,
    report_progress,
)
from monitoring.services.drawdown import request_drawdown, withdraw
from monitoring.services.facility import open_account, sign_facility
from monitoring.services.gate import FINE_PERMITS, gate
from monitoring.services.release import pay_drawdown, refuse_drawdown, release_drawdown

WAN = Decimal(10_000)
MONTHS = 8
WORKS = [
    # kind of budget line, share under contract, contractor, bank
    ("construction", "0.92", "澜州市政第四建设有限公司", "融桥银行城东支行"),
    ("equipment", "0.85", "江川机电成套有限公司", "澜州商业银行江川支行"),
    ("installation", "0.80", "北岭安装工程有限公司", "融桥银行北岭支行"),
]


@dataclass(frozen=True)
class Scene:
    """How a deal stands. capital, works, planned: shares of capital due and of the works.

    spent: shares of the investment before and after what was paid. paid, asked: shares of the loan asked for in turn,
    with what becomes of each; "own" is asked for as a payment by the borrower itself. permits: missing ones are held
    by now. open_conditions: how many conditions stay unconfirmed.
    """

    capital: str
    works: str
    planned: str
    spent: tuple[str, str]
    paid: tuple[str, ...]
    asked: tuple[tuple[str, str], ...]
    permits: bool = True
    open_conditions: int = 0


SCENES = [
    Scene("0.63", "0.584", "0.70", ("0.15", "0.565"), ("0.28", "0.29"), (("0.02", "refused"), ("0.0765", "asked"))),
    Scene("0.40", "0.08", "0.10", ("0.03", "0.06"), (), (("0.04", "asked"),), permits=False, open_conditions=1),
    Scene(
        "0.70",
        "0.48",
        "0.50",
        ("0.12", "0.40"),
        ("0.30",),
        (("0.05", "released"), ("0.02", "withdrawn"), ("0.03", "asked"), ("0.14", "own")),
    ),
]


def load(world: World) -> None:
    """One scene per approved deal of a project under construction, as far as there are deals."""
    approved = Decision.objects.filter(
        state=Decision.State.APPROVED, plan__project__stage=Project.Stage.CONSTRUCTION
    ).select_related("plan__project__root__manager__person", "plan_version")
    for number, decision in enumerate(approved.order_by("pk")):
        _deal(world, decision, SCENES[number % len(SCENES)], number)


def _deal(world: World, decision: Decision, scene: Scene, number: int) -> None:
    project = decision.plan.project
    manager, officer = project.root.manager, _colleague(project, Role.SUPERVISION_OFFICER)
    assert manager is not None  # noqa: S101  (a root has one by constraint)
    _conditions(world, decision, scene, manager)
    for sub_limit in decision.lines.filter(level=CreditLine.Level.SUB_LIMIT).order_by("pk"):
        tranche = decision.plan_version.tranches.filter(product__kind=sub_limit.product_kind).first()
        if tranche is None:
            continue
        facility = _facility(world, decision, sub_limit, tranche, manager, number)
        if tranche.no == 1:
            if scene.permits:
                _permits(world, project, manager)
            _capital(world, project, decision.plan_version.equity, scene, manager, officer)
            _progress(world, project, scene, officer)
            _drawdowns(world, facility, _contracts(world, project, manager, number), scene, officer)


def _conditions(world: World, decision: Decision, scene: Scene, manager: Staff) -> None:
    second = _colleague(decision.plan.project, Role.RELEASE_OFFICER)
    rows = list(decision.conditions.filter(confirmed_by=None).order_by("no"))
    for condition in rows[: len(rows) - scene.open_conditions]:
        if condition.reported_by_id is None:
            condition = report_condition(
                condition=condition,
                version=condition.version,
                by=manager,
                fulfilled_on=world.today - timedelta(days=3),
                evidence="原件已核，影像入库",
            )
        confirm_condition(condition=condition, version=condition.version, by=second)


def _facility(
    world: World, decision: Decision, sub_limit: CreditLine, tranche: Tranche, by: Staff, number: int
) -> Facility:
    project = decision.plan.project
    listed = next(one for one in decision.plan_version.result["tranches"] if one["no"] == tranche.no)
    matures = date.fromisoformat(listed["matures_on"])
    complete = project.complete_on or world.today
    facility = sign_facility(
        decision=decision,
        sub_limit=sub_limit,
        by=by,
        tranche=tranche,
        contract_no=f"XM-{world.today.year}-{86 + number * 7:04d}-{tranche.no}",
        amount=Decimal(listed["amount"]),
        signed_on=world.today,
        available_until=min(matures, max(complete, world.today) + timedelta(days=90)),
        matures_on=matures,
    )
    open_account(
        facility=facility,
        by=by,
        account_no=f"6228{world.rng.randrange(10**11, 10**12)}",
        bank_name="融桥银行澜州市分行",
        purpose=SupervisedAccount.Purpose.DISBURSEMENT,
        opened_on=world.today,
    )
    return facility


def _contracts(world: World, project: Project, by: Staff, number: int) -> list[ProjectContract]:
    signed = world.today - timedelta(days=200)
    found = []
    for turn, (kind, share, name, bank) in enumerate(WORKS):
        line = BudgetLine.objects.filter(project=project, kind=kind).first()
        if line is None:
            continue
        contract = add_contract(
            project=project,
            by=by,
            budget_line=line,
            number=f"{'TS' if turn == 0 else 'SB'}-{number * 10 + turn + 7:03d}",
            title=line.name,
            contractor_name=name,
            contractor_account=f"6217{100_000_000 + turn:012d}",
            contractor_bank=bank,
            amount=_round(line.amount * Decimal(share)),
            signed_on=signed,
        )
        found.append(contract)
    return found


def _permits(world: World, project: Project, by: Staff) -> None:
    """What was missing has been issued since, or was never due."""
    for finding in findings_of(project, project.permits.all(), world.today):
        if finding.state in FINE_PERMITS:
            continue
        project.permits.filter(kind=finding.need.kind).delete()
        start = project.start_on or world.today
        add_permit(
            project=project,
            by=by,
            kind=finding.need.kind,
            status=Permit.Status.HELD,
            number=f"澜补〔{world.today.year}〕{finding.need.kind[:2].upper()}{project.pk}号",
            issuer="澜州市行政审批局",
            issued_on=start - timedelta(days=30),
        )


def _capital(world: World, project: Project, equity: Decimal, scene: Scene, manager: Staff, officer: Staff) -> None:
    """Three payments that are confirmed, and one that waits where some is missing."""
    for turn, share in enumerate(("0.5", "0.3", "0.2")):
        payment = record_capital_payment(
            project=project,
            by=manager,
            paid_on=world.today - timedelta(days=300 - turn * 110),
            payer_name=project.sponsor.name,
            amount=_round(equity * Decimal(scene.capital) * Decimal(share)),
            evidence=f"银行进账单，验资报告（{turn + 1}）",
        )
        confirm_capital_payment(payment=payment, version=payment.version, by=officer)
    if Decimal(scene.capital) < 1:
        record_capital_payment(
            project=project,
            by=manager,
            paid_on=world.today - timedelta(days=2),
            payer_name=project.sponsor.name,
            amount=_round(equity * Decimal("0.02")),
            evidence="银行进账单，待核",
        )


def _progress(world: World, project: Project, scene: Scene, officer: Staff) -> None:
    """Month by month up to the last but one."""
    for n in range(1, MONTHS):
        done = Decimal(n) / MONTHS
        shares = Decimal(scene.works) * done, Decimal(scene.planned) * done, Decimal(scene.spent[0]) * done
        _report(project, officer, add_months(world.today.replace(day=1), n - MONTHS), *shares)


def _report(project: Project, by: Staff, month: date, works: Decimal, planned: Decimal, spent: Decimal) -> None:
    report_progress(
        project=project,
        by=by,
        month=month,
        physical=works.quantize(Decimal("0.001")),
        planned=planned.quantize(Decimal("0.001")),
        spent=_round(project.total_investment * spent),
        evidence="监理月报",
    )


def _drawdowns(
    world: World, facility: Facility, contracts: list[ProjectContract], scene: Scene, officer: Staff
) -> None:
    """What is paid, then the report that counts it, then what is under way."""
    for share in scene.paid:
        _settle(_asked(world, facility, contracts, _round(facility.amount * Decimal(share))), "paid")
    shares = Decimal(scene.works), Decimal(scene.planned), Decimal(scene.spent[1])
    _report(facility.project, officer, world.today, *shares)
    for turn, (share, fate) in enumerate(scene.asked):
        amount = _round(facility.amount * Decimal(share))
        _settle(_asked(world, facility, contracts, amount, own=fate == "own", days=turn * 2), fate)


def _asked(
    world: World,
    facility: Facility,
    contracts: list[ProjectContract],
    amount: Decimal,
    *,
    own: bool = False,
    days: int = 0,
) -> Drawdown:
    """Two thirds to the works, the rest to equipment, each with its invoice."""
    manager = facility.root.manager
    assert manager is not None  # noqa: S101  (a root has one by constraint)
    first = _round(amount * Decimal("0.66"))
    payments: list[dict[str, Any]] = []
    for contract, part in zip(contracts, (first, amount - first), strict=False):
        invoice = add_invoice(
            contract=contract,
            by=manager,
            code="3500261130",
            number=f"{world.rng.randrange(10**7, 10**8)}",
            amount=part,
            issued_on=world.today - timedelta(days=6),
        )
        payments.append({"contract": contract, "invoice": invoice, "amount": part, "entrusted": not own})
    return request_drawdown(
        facility=facility,
        by=manager,
        amount=amount,
        purpose="支付工程进度款和设备款",
        wanted_on=world.today + timedelta(days=days),
        payments=payments,
    )


def _settle(drawdown: Drawdown, fate: str) -> None:
    """What becomes of a request; one that fails its checks keeps waiting."""
    project = drawdown.facility.project
    releaser = _colleague(project, Role.RELEASE_OFFICER)
    match fate:
        case "paid" | "released" if gate(drawdown).passed:
            release_drawdown(drawdown=drawdown, by=releaser, reason="提款前提齐备，资料核对一致。")
            if fate == "paid":
                pay_drawdown(drawdown=drawdown, by=_colleague(project, Role.SUPERVISION_OFFICER))
        case "refused":
            refuse_drawdown(drawdown=drawdown, by=releaser, reason="缺共同签证单，补齐后重新申请。")
        case "withdrawn":
            manager = drawdown.root.manager
            assert manager is not None  # noqa: S101  (a root has one by constraint)
            withdraw(drawdown=drawdown, by=manager)


def _colleague(project: Project, role: str) -> Staff:
    """The account of the role at the client's branch."""
    rows = Staff.objects.filter(is_demo=True, role=role, branch=project.root.branch_id)
    return rows.select_related("person", "branch").order_by("pk")[0]


def _round(amount: Decimal) -> Decimal:
    return (amount / WAN).quantize(Decimal(1), ROUND_HALF_UP) * WAN
