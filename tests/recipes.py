"""Arrange: a small bank and its rows, made through the product's own services."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from clients.models import Client, Permit, Project, Rating, Relation, Statement, StatementUpload, TierResult
from clients.services.client import register_client
from clients.services.handover import request_handover
from clients.services.permit import add_permit
from clients.services.project import register_project
from clients.services.rating import start_rating
from clients.services.relation import add_relation
from clients.services.statements import Period, book_statements
from clients.services.tier import record_cooperation, settle_client_tier
from clients.statement_books import periods_of
from crm_project.organization.models import Branch, Grant, Person, Staff
from crm_project.organization.roles import Level, Role
from crm_project.organization.services import open_part
from crm_project.rules.identifiers import uscc_check_character
from crm_project.rules.models import RuleSet
from crm_project.rules.services import draft_ruleset, subject_of
from crm_project.ui.exports import XLSX_TYPE
from crm_project.workflow.models import Approval, Document, JobRun, Task
from crm_project.workflow.services.documents import attach_document
from crm_project.workflow.services.tasks import open_task
from crm_project.workflow.store import store_made
from financing.models import BudgetLine, CashFlowCase, Collateral, Condition, Decision, Guarantee, Plan, PlanVersion
from financing.services.budget import budget_token, save_budget
from financing.services.case import create_case
from financing.services.line import Grant as LineGrant
from financing.services.line import open_lines
from financing.services.plan import create_plan, save_version
from financing.services.products import load_products
from financing.services.security import add_collateral, add_guarantee
from monitoring.models import CapitalPayment, Drawdown, Facility, Invoice, LoanNote, ProgressReport, ProjectContract
from monitoring.services.contract import (
    add_contract,
    add_invoice,
    confirm_capital_payment,
    record_capital_payment,
    report_progress,
)
from monitoring.services.drawdown import request_drawdown
from monitoring.services.facility import sign_facility
from tests.figures.rating_case import WAN, raw_values

PASSWORD = "a-password-for-tests"

_numbers = count(1)


def make_uscc(number: int | None = None) -> str:
    """A valid synthetic code; no real firm implied."""
    body = f"91440300MA{(number or next(_numbers)):07d}"
    return body + uscc_check_character(body)


def make_person(name: str = "") -> Person:
    number = next(_numbers)
    return Person.objects.create(number=f"T{number}", name=name or f"员工{number}")


def make_staff(
    role: str,
    branch: Branch,
    *,
    level: str = "",
    username: str = "",
    person: Person | None = None,
    language: str = "zh-hans",
) -> Staff:
    person = person or make_person()
    defaults = {
        Role.RM: Level.RM,
        Role.RISK_OFFICER: Level.BRANCH,
        Role.APPROVER: Level.L1,
    }
    return Staff.objects.create_user(
        username or f"{role.replace('_', '-')}-{next(_numbers)}",
        PASSWORD,
        person=person,
        branch=branch,
        role=role,
        level=level or defaults.get(role, ""),
        language=language,
    )


def client_fields(**fields: Any) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "name": f"测试{number}有限公司",
        "uscc": make_uscc(number),
        "nature": Client.Nature.PRIVATE,
        "industry_id": "C",
        **fields,
    }


def make_client(by: Staff, **fields: Any) -> Client:
    return register_client(by=by, **client_fields(**fields))


def make_statements(
    client: Client,
    by: Staff,
    *,
    years: Sequence[int] = (2023, 2024, 2025),
    changes: Mapping[int, Mapping[str, Decimal | None]] | None = None,
    audit_opinion: str = Statement.Opinion.UNQUALIFIED,
    consolidated: bool = True,
) -> list[Statement]:
    """Booked annual statements with the figures of the worked client (RULES §23), oldest first, without a workbook.

    `changes` replace lines of a year, in 万元; None leaves a line out.
    """
    upload = make_upload(
        client, by, years=years, changes=changes, audit_opinion=audit_opinion, consolidated=consolidated
    )
    StatementUpload.objects.filter(pk=upload.pk).update(state="committed", closed_at=timezone.now())
    periods = [Period(day, consolidated, audit_opinion, values) for day, values in periods_of(upload).items()]
    return book_statements(client=client, upload=upload, periods=periods, by=by)


def make_upload(
    client: Client,
    by: Staff,
    *,
    years: Sequence[int] = (2025,),
    changes: Mapping[int, Mapping[str, Decimal | None]] | None = None,
    audit_opinion: str = Statement.Opinion.UNQUALIFIED,
    consolidated: bool = True,
    problems: Sequence[Mapping[str, Any]] = (),
) -> StatementUpload:
    """A preview with the figures of the worked client, as if its workbook had been read. `changes` as above."""
    periods = []
    for year in years:
        changed = (changes or {}).get(year, {})
        values = raw_values(year) | {key: value * WAN for key, value in changed.items() if value is not None}
        values = {key: str(value) for key, value in values.items() if changed.get(key, value) is not None}
        periods.append({"period_end": f"{year}-12-31", "column": "B", "values": values})
    return StatementUpload.objects.create(
        root_id=client.root_id,
        client=client,
        file=store_made(f"statements {next(_numbers)}".encode(), XLSX_TYPE),
        file_name="statements.xlsx",
        content={
            "sheet": client.short_name,
            "unit": "wan",
            "consolidated": consolidated,
            "opinion": audit_opinion,
            "periods": periods,
        },
        problems=list(problems),
        uploaded_by=by,
    )


@dataclass
class Bank:
    """Head office, a province, a city branch with two sub-branches; a second province."""

    head: Branch
    province: Branch
    city: Branch
    east: Branch
    west: Branch
    elsewhere: Branch

    def staff(self, role: str, branch: Branch | None = None, **fields: Any) -> Staff:
        return make_staff(role, branch or self.east, **fields)


def make_bank() -> Bank:
    def branch(code: str, name: str, level: str, parent: Branch | None) -> Branch:
        return Branch.objects.create(code=code, name=name, level=level, parent=parent)

    head = branch("1", "总行", Branch.Level.HEAD_OFFICE, None)
    province = branch("12", "澜州省分行", Branch.Level.PROVINCE, head)
    city = branch("1201", "澜州市分行", Branch.Level.CITY, province)
    return Bank(
        head=head,
        province=province,
        city=city,
        east=branch("120101", "城东支行", Branch.Level.BRANCH, city),
        west=branch("120102", "城西支行", Branch.Level.BRANCH, city),
        elsewhere=branch("13", "海州省分行", Branch.Level.PROVINCE, head),
    )


def make_job(*, subject_id: int | None = None, owner: Staff | None = None, **fields: Any) -> JobRun:
    """A job as its row alone; nobody works on it."""
    fields = {"kind": "tidy_sessions", "key": f"job {next(_numbers)}", **fields}
    return JobRun.objects.create(subject_id=subject_id, owner=owner, **fields)


def make_approval(client: Client, to: Staff) -> Approval:
    """The request that waits for a decision about the client: that `to` manages it. The same one when asked again."""
    waiting = Approval.objects.waiting().filter(subject_id=client.pk).first()
    return waiting or request_handover(client=client, to=to, reason="轮岗", by=client.subject.manager)


def make_task(client: Client, **fields: Any) -> Task:
    """A task of the client's manager that is finished by hand, due in eight business hours."""
    manager = client.subject.manager
    facts: dict[str, Any] = {
        "kind": "client_take_over",
        "key": f"task {next(_numbers)}",
        "subject": client.subject,
        "role": Role.RM,
        "branch": manager.branch,
        "assignee": manager,
        "params": {"from": "甲"},
        **fields,
    }
    if "due_at" not in facts:
        facts.setdefault("working_hours", Decimal(8))
    return open_task(**facts)


def make_file(name: str = "说明.csv", content: bytes = "科目,金额\n现金,1.00\n".encode()) -> SimpleUploadedFile:
    """A file as a form brings it."""
    return SimpleUploadedFile(name, content)


def make_document(client: Client, upload: SimpleUploadedFile | None = None, **fields: Any) -> Document:
    return attach_document(
        subject=client.subject,
        by=client.subject.manager,
        **{"upload": upload or make_file(), "kind": Document.Kind.OTHER, "name": "", **fields},
    )


def grant(staff: Staff, client: Client, until: Any) -> Grant:
    return Grant.objects.create(staff=staff, subject_id=client.pk, until=until)


def project_fields(**fields: Any) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "name": f"测试{number}项目",
        "industry_id": "D4610",
        "total_investment": Decimal("500000000"),
        "stage": "preparation",
        **fields,
    }


def make_project(sponsor: Client, **fields: Any) -> Project:
    """A project of the sponsor, in the charge of its manager."""
    return register_project(by=sponsor.subject.manager, sponsor=sponsor, **project_fields(**fields))


def make_company(by: Staff, **fields: Any) -> Client:
    """A client that may take a project over."""
    return make_client(by, **{"nature": Client.Nature.PROJECT_COMPANY, "industry_id": "D4610", **fields})


def make_permit(project: Project, **fields: Any) -> Permit:
    """A permit, held since 30 days unless told otherwise."""
    facts: dict[str, Any] = {"kind": "land", "status": "held", **fields}
    if facts["status"] == "held":
        facts = {"number": f"许可{next(_numbers)}号", "issued_on": timezone.localdate() - timedelta(days=30), **facts}
    return add_permit(project=project, by=project.root.manager, **facts)


def make_relation(client: Client, **fields: Any) -> Relation:
    """A relation, a shareholding in it unless told otherwise."""
    facts = {
        "kind": "shareholder",
        "other_name": f"关联方{next(_numbers)}",
        "since": timezone.localdate() - timedelta(days=400),
        "evidence": "工商登记",
        **fields,
    }
    return add_relation(client=client, by=client.subject.manager, **facts)


def make_rating(client: Client, **fields: Any) -> Rating:
    """A draft of the scorecard, with the sheet still to be filled in."""
    facts = {"kind": Rating.Kind.CORPORATE, "as_of": timezone.localdate(), **fields}
    return start_rating(client=client, by=client.subject.manager, **facts)


def make_tier(client: Client) -> TierResult:
    """A cooperation record of today and the tier it gives."""
    facts = {"products": 4, "overdue_days": 0, "times_late": 0, "raroc": Decimal("0.095"), "source": "综合贡献报表"}
    amounts = {"deposits": 6_200 * WAN, "fees": 46 * WAN}
    by, today = client.subject.manager, timezone.localdate()
    record_cooperation(client=client, as_of=today, by=by, **facts, **amounts)
    return settle_client_tier(client=client, as_of=today, by=by)


def make_budget(project: Project, amounts: Mapping[str, Decimal]) -> list[BudgetLine]:
    """The project's budget, one line a kind."""
    lines = [
        {"pk": None, "kind": kind, "name": f"{kind} {n}", "amount": a} for n, (kind, a) in enumerate(amounts.items())
    ]
    token = budget_token(project.budget_lines.all())
    return save_budget(project=project, token=token, lines=lines, by=project.root.manager)


def make_case(project: Project, cfads: Sequence[Decimal], **fields: Any) -> CashFlowCase:
    """A case whose revenue is all cash available for debt service, yearly from 2028 on unless told otherwise."""
    zero = Decimal(0)
    rows = [{"revenue": cash, "opex": zero, "tax": zero, "capex": zero, "working_capital": zero} for cash in cfads]
    facts = {
        "name": f"方案{next(_numbers)}",
        "frequency": "yearly",
        "source": "可行性研究报告",
        "first_ends_on": date(2028, 12, 31),
        **fields,
    }
    return create_case(project=project, by=project.root.manager, count=len(rows), rows=rows, **facts)


def make_plan(project: Project, **fields: Any) -> Plan:
    """A plan in its first version; with a case of its own unless one is given."""
    load_products()
    case = fields.pop("case", None) or make_case(project, [Decimal("80000000")] * 12)
    facts = {"title": f"融资方案{next(_numbers)}", "dscr_case": "regulated_utility", "equity": Decimal(0), **fields}
    return create_plan(project=project, by=project.root.manager, case=case, **facts)


def save_plan(
    version: PlanVersion, terms: Mapping[str, Any], tranches: Mapping[int, Mapping[str, Any]] | None = None
) -> PlanVersion:
    """The draft with changed assumptions, as its manager would save it."""
    by = version.plan.project.root.manager
    return save_version(version=version, seen=version.version, by=by, terms=terms, tranches=tranches or {})


def make_collateral(project: Project, **fields: Any) -> Collateral:
    facts = {
        "kind": "factory",
        "asset": f"厂房{next(_numbers)}",
        "owner_name": "抵押人",
        "value": Decimal("100000000"),
        "valued_on": timezone.localdate(),
        "registered_on": timezone.localdate(),
        **fields,
    }
    return add_collateral(project=project, by=project.root.manager, **facts)


def make_guarantee(project: Project, **fields: Any) -> Guarantee:
    facts = {
        "kind": "joint_several",
        "guarantor_name": f"保证人{next(_numbers)}有限公司",
        "amount": Decimal("50000000"),
        "net_assets": Decimal("200000000"),
        "has_resolution": True,
        **fields,
    }
    return add_guarantee(project=project, by=project.root.manager, **facts)


def make_rule_draft(author: Person, **fields: Any) -> RuleSet:
    """A draft of the tier rule for tomorrow, with the body of today's, written by this person."""
    kind, scope = fields.pop("kind", "tier"), fields.pop("scope", "client")
    today = timezone.localdate()
    facts: dict[str, Any] = {
        "effective_from": today + timedelta(days=1),
        "version": "next",
        "provenance": RuleSet.Provenance.BANK_POLICY,
        "source": "行发〔2026〕8号",
        **fields,
    }
    if "body" not in facts:
        newest = RuleSet.objects.newest(kind, scope, today)
        assert newest is not None
        facts["body"] = deepcopy(newest.body)
    return draft_ruleset(kind=kind, scope=scope, author=author, **facts)


def make_rule_subject() -> RuleSet:
    """The tier rule in force, with the subject on which approvals hang."""
    rule = RuleSet.objects.in_force("tier", "client", timezone.localdate())
    subject_of(rule)
    rule.refresh_from_db()
    return rule


@transaction.atomic
def make_decision(project: Project, **fields: Any) -> Decision:
    """An approved decision with one project loan of `amount` and its lines, as its rows alone.

    `equity`: project capital of the plan. `conditions`: texts of conditions precedent, all fulfilled and confirmed.
    """
    amount = fields.pop("amount", Decimal("80000000"))
    conditions = fields.pop("conditions", ["抵押登记办妥"])
    plan = fields.pop("plan", None) or make_plan(project, equity=fields.pop("equity", Decimal("20000000")))
    version = plan.versions.latest("no")
    version.tranches.update(amount=amount, method="equal_principal", target_dscr=None)
    listed = [{"no": 1, "project": True, "amount": str(amount), "rate": "0.0385", "rows": []}]
    PlanVersion.objects.filter(pk=version.pk).update(
        state=PlanVersion.State.FROZEN, frozen_at=timezone.now(), result={**version.result, "tranches": listed}
    )
    version.refresh_from_db()
    officer, approver, today = make_person(), fields.pop("approver", None) or make_person(), timezone.localdate()
    decision = Decision(
        root_id=project.root_id,
        plan=plan,
        plan_version=version,
        amount=amount,
        group_exposure=amount,
        grade="R5",
        security=Decision.Security.COVERED,
        coverage=Decimal("1.2"),
        level_needed=Decision.Level.L1,
        payload_hash="0" * 64,
        submitted_by=project.root.manager.person,
        **fields,
    )
    decision.subject = open_part(kind="decision", title=str(plan), root_id=project.root_id)
    decision.save(force_insert=True)
    Decision.objects.filter(pk=decision.pk).update(
        state=Decision.State.OPINED,
        opinion="同意",
        opinion_supports=True,
        opinion_by=officer,
        opinion_at=timezone.now(),
    )
    Decision.objects.filter(pk=decision.pk).update(
        state=Decision.State.APPROVED, decided_by=approver, decided_at=timezone.now(), decided_reason="同意"
    )
    decision.refresh_from_db()
    for no, text in enumerate(conditions, start=1):
        Condition.objects.create(
            decision=decision,
            no=no,
            text=text,
            fulfilled_on=today,
            evidence="登记证明",
            reported_by=project.root.manager.person,
            confirmed_by=officer,
            confirmed_at=timezone.now(),
        )
    grant = LineGrant("project_loan", amount, revolving=False)
    open_lines(decision=decision, grants=[grant], until=today + timedelta(days=365))
    return decision


def make_facility(project: Project, **fields: Any) -> Facility:
    """A facility over the whole of a decision, available for a year, maturing in ten."""
    decision = fields.pop("decision", None) or make_decision(
        project,
        **{name: fields.pop(name) for name in ("equity", "conditions", "approver") if name in fields},
        **({"amount": fields["amount"]} if "amount" in fields else {}),
    )
    today = timezone.localdate()
    facts: dict[str, Any] = {
        "sub_limit": decision.lines.get(level="sub_limit"),
        "tranche": decision.plan_version.tranches.get(no=1),
        "contract_no": f"借字{next(_numbers)}",
        "amount": decision.amount,
        "signed_on": today,
        "available_until": today + timedelta(days=365),
        "matures_on": today.replace(day=1) + timedelta(days=3650),
        **fields,
    }
    return sign_facility(decision=decision, by=project.root.manager, **facts)


def make_contract(project: Project, **fields: Any) -> ProjectContract:
    """A works contract on the project's first budget line, which is made where there is none."""
    line = fields.pop("budget_line", None) or project.budget_lines.first()
    if line is None:
        line = make_budget(project, {"construction": project.total_investment})[0]
    facts: dict[str, Any] = {
        "number": f"合同{next(_numbers)}",
        "title": "建筑工程施工",
        "contractor_name": f"承包商{next(_numbers)}有限公司",
        "contractor_account": f"6222{next(_numbers):012d}",
        "contractor_bank": "融桥银行",
        "amount": line.amount,
        "signed_on": timezone.localdate() - timedelta(days=60),
        **fields,
    }
    return add_contract(project=project, by=project.root.manager, budget_line=line, **facts)


def make_invoice(contract: ProjectContract, **fields: Any) -> Invoice:
    facts = {"code": "0440", "number": f"{next(_numbers):08d}", "amount": contract.amount, **fields}
    facts.setdefault("issued_on", timezone.localdate())
    return add_invoice(contract=contract, by=contract.root.manager, **facts)


def make_capital(project: Project, amount: Decimal, *, confirmed: bool = True) -> CapitalPayment:
    """Capital paid in, confirmed by a second person unless told otherwise."""
    payment = record_capital_payment(
        project=project,
        by=project.root.manager,
        paid_on=timezone.localdate(),
        payer_name=project.sponsor.name,
        amount=amount,
        evidence="进账单",
    )
    if confirmed:
        second = make_staff(Role.SUPERVISION_OFFICER, project.root.branch)
        confirm_capital_payment(payment=payment, version=payment.version, by=second)
    return payment


def make_progress(project: Project, physical: Decimal, **fields: Any) -> ProgressReport:
    facts = {"month": timezone.localdate(), "planned": physical, "spent": Decimal(0), "evidence": "监理月报", **fields}
    return report_progress(project=project, by=project.root.manager, physical=physical, **facts)


def make_drawdown(facility: Facility, amount: Decimal, **fields: Any) -> Drawdown:
    """A request for one payment under a contract of the project, which is made where there is none."""
    contract = fields.pop("contract", None) or facility.project.contracts.first() or make_contract(facility.project)
    payments = [{"contract": contract, "amount": amount}]
    facts = {"purpose": "支付工程款", "wanted_on": timezone.localdate(), "payments": payments, **fields}
    return request_drawdown(facility=facility, by=facility.root.manager, amount=amount, **facts)


def make_note(facility: Facility, amount: Decimal = Decimal("1000000")) -> LoanNote:
    """A loan note as its row alone."""
    number, today = f"借据{next(_numbers)}", timezone.localdate()
    note = LoanNote(
        root_id=facility.root_id,
        facility=facility,
        note_no=number,
        amount=amount,
        balance=amount,
        rate=facility.rate,
        drawn_on=today,
        due_on=facility.matures_on,
    )
    note.subject = open_part(kind="loan_note", title=number, root_id=facility.root_id)
    note.save(force_insert=True)
    return note


def make_ready_project(sponsor: Client, **fields: Any) -> Project:
    """A project under construction with every permit it needs."""
    facts = {"stage": "construction", "start_on": timezone.localdate() - timedelta(days=90), **fields}
    facts.setdefault("approved_on", timezone.localdate() - timedelta(days=400))
    project = make_project(sponsor, **facts)
    for kind in ("approval", "land", "planning", "environment", "energy", "construction", "water_soil"):
        make_permit(project, kind=kind, issued_on=timezone.localdate() - timedelta(days=120))
    return project
