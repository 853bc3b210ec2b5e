"""How the walk calls each route: its arguments for an ownership, and a body that would succeed.

A route without a sample fails the walk: whoever adds a page says here how it is used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from clients.statement_template import workbook
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from financing.models import Product
from tests import recipes
from tests.figures.rating_case import LINES
from tests.walk.world import COLLEAGUE, NOT_EXISTING, NOWHERE, OWN, World

Body = Callable[[World, str], dict[str, Any]]


def nothing(world: World, ownership: str) -> dict[str, Any]:
    return {}


def client_pk(world: World, ownership: str) -> dict[str, Any]:
    return {"pk": world.client_id(ownership)}


@dataclass(frozen=True)
class Sample:
    """`kwargs` of the URL; `body` per unsafe method; `json` bodies go as JSON with If-Match, others as forms.
    `everybody`: what the arguments name is no client's, whoever may open the route sees it."""

    kwargs: Body = nothing
    body: Body = nothing
    json: bool = False
    query: str = ""
    everybody: bool = False

    @property
    def of_one_row(self) -> bool:
        return self.kwargs is not nothing and not self.everybody


def client_body(world: World, ownership: str) -> dict[str, Any]:
    fields = recipes.client_fields(name="丁新建有限公司")
    fields["industry"] = fields.pop("industry_id")
    return {**fields, "short_name": "丁"}


def client_change(world: World, ownership: str) -> dict[str, Any]:
    client = world.clients.get(ownership, world.clients["own"])
    return {
        "name": client.name,
        "short_name": client.short_name,
        "uscc": client.uscc,
        "nature": client.nature,
        "industry": client.industry_id,
        "legal_representative": "新法人",
        "version": client.version,
    }


def job_pk(world: World, ownership: str, state: str = "queued") -> dict[str, Any]:
    """A job about a client; the manager's own is also the manager's to steer."""
    if ownership not in world.clients:
        return {"pk": NOT_EXISTING}
    owner = world.accounts[Role.RM] if ownership == OWN else None
    return {"pk": recipes.make_job(subject_id=world.client_id(ownership), owner=owner, state=state).pk}


def other_manager(world: World, ownership: str) -> Staff:
    """A relationship manager the client could go to."""
    return world.clients[COLLEAGUE].subject.manager if ownership == OWN else world.accounts[Role.RM]


def approval_pk(world: World, ownership: str) -> dict[str, Any]:
    if ownership not in world.clients:
        return {"pk": NOT_EXISTING}
    return {"pk": recipes.make_approval(world.clients[ownership], other_manager(world, ownership)).pk}


def task_pk(world: World, ownership: str) -> dict[str, Any]:
    if ownership not in world.clients:
        return {"pk": NOT_EXISTING}
    return {"pk": recipes.make_task(world.clients[ownership]).pk}


def document_pk(world: World, ownership: str) -> dict[str, Any]:
    return {"pk": NOT_EXISTING if ownership == NOWHERE else recipes.make_document(world.clients[ownership]).pk}


def project_pk(world: World, ownership: str) -> dict[str, Any]:
    return {"pk": world.project_id(ownership)}


def part_pk(name: str) -> Body:
    """A permit or a relation as a resource of its own."""
    return lambda w, o: {"pk": w.extra[name][o].pk if o in w.extra[name] else NOT_EXISTING}


def permit_pk(world: World, ownership: str) -> dict[str, Any]:
    return {**project_pk(world, ownership), "permit": part_pk("permits")(world, ownership)["pk"]}


def relation_pk(world: World, ownership: str) -> dict[str, Any]:
    return {**client_pk(world, ownership), "relation": part_pk("relations")(world, ownership)["pk"]}


def upload_pk(world: World, ownership: str) -> dict[str, Any]:
    return {**client_pk(world, ownership), "upload": part_pk("uploads")(world, ownership)["pk"]}


def plan_pk(world: World, ownership: str) -> dict[str, Any]:
    return part_pk("plans")(world, ownership)


def plan_no(world: World, ownership: str) -> dict[str, Any]:
    return {**plan_pk(world, ownership), "no": 1}


def project_part(kind: str, argument: str) -> Body:
    """A part of a project under the project's own address."""
    return lambda w, o: {**project_pk(w, o), argument: part_pk(kind)(w, o)["pk"]}


def condition_pk(world: World, ownership: str) -> dict[str, Any]:
    return {**part_pk("approved")(world, ownership), "condition": part_pk("conditions")(world, ownership)["pk"]}


def of(world: World, kind: str, ownership: str) -> Any:
    """The thing of that ownership; the own one where the address leads nowhere."""
    return world.extra[kind].get(ownership, world.extra[kind][OWN])


def case_body(world: World, ownership: str) -> dict[str, Any]:
    """The grid of the case as the page sends it."""
    case = of(world, "cases", ownership)
    body = {"name": case.name, "source": "可研", "variable_share": "0", "version": case.version}
    rows = list(case.periods.all())
    body |= {"p-TOTAL_FORMS": len(rows), "p-INITIAL_FORMS": len(rows)}
    for n, row in enumerate(rows):
        body |= {f"p-{n}-ends_on": row.ends_on, f"p-{n}-revenue": "8000"}
        body |= {f"p-{n}-{name}": "0" for name in ("opex", "tax", "capex", "working_capital")}
    return body


def bench_body(world: World, ownership: str) -> dict[str, Any]:
    """The cells of the workbench with nothing changed."""
    version = of(world, "plans", ownership).versions.get()
    row = version.tranches.get()
    return {
        "seen": version.version,
        "case": version.case_id,
        "cfads_shock": "0",
        "rate_shock_bp": "0",
        "dscr_case": version.dscr_case,
        "equity": "0",
        "equity_type_capital": "0",
        "t1-product": row.product_id,
        "t1-method": row.method,
        "t1-target_dscr": "1.35",
        "t1-starts_on": row.starts_on,
        "t1-first_due_on": row.first_due_on,
        "t1-tenor_months": row.tenor_months,
        "t1-instalment_months": row.instalment_months,
        "t1-grace_periods": "0",
        "t1-lpr_tenor": "5y",
        "t1-spread_bp": "0",
        "t1-upfront_fee": "0",
        "t1-commitment_fee": "0",
    }


def bench_act(world: World, ownership: str) -> dict[str, Any]:
    """What the small forms beside the workbench send."""
    version = of(world, "plans", ownership).versions.get()
    return {"seen": version.version, "product": Product.objects.order_by("pk")[0].pk, "loan": 1}


def new_plan(world: World, ownership: str) -> dict[str, Any]:
    case = of(world, "cases", ownership)
    return {"title": "新方案", "case": case.pk, "dscr_case": "industrial", "equity": "12000"}


def statement_file() -> SimpleUploadedFile:
    """The empty template: it is read, and a lot is wrong with it."""
    return SimpleUploadedFile("报表.xlsx", workbook(LINES, name="报表"))


PROJECT = {"name": "新项目", "industry": "D4610", "total_investment": "30000", "stage": "preparation"}
PERMIT = {"kind": "planning", "status": "applied"}
COLLATERAL = {
    "kind": "machinery",
    "asset": "机组",
    "owner_name": "抵押人",
    "value": "5000",
    "valued_on": "2026-01-01",
}
GUARANTEE = {
    "kind": "ordinary",
    "guarantor_name": "保证人有限公司",
    "amount": "3000",
    "net_assets": "90000",
}
RELATION = {
    "kind": "guarantees",
    "other_name": "某公司",
    "amount": "100",
    "since": "2025-01-01",
    "evidence": "保证合同",
}

COOPERATION: dict[str, Any] = {
    "as_of": date.today(),
    "source": "综合贡献报表",
    "products": 4,
    "deposits": "6,200",
    "fees": "46",
    "times_late": 0,
}

SAMPLES: dict[str, Sample] = {
    "healthz": Sample(),
    "readyz": Sample(),
    "api:schema": Sample(),
    "api:docs": Sample(),
    "home:index": Sample(),
    "home:sign_in": Sample(body=lambda w, o: {"username": "nobody", "password": "wrong"}),
    "home:sign_out": Sample(),
    "home:preferences": Sample(body=lambda w, o: {"unit": "yi"}),
    "home:my_day": Sample(),
    "home:rule_list": Sample(),
    "home:rule_count": Sample(),
    "home:rule_export": Sample(query="format=csv"),
    "home:rule_report": Sample(),
    "home:rule_of_subject": Sample(kwargs=lambda w, o: {"pk": w.extra["rule"].subject_id}, everybody=True),
    "home:rule_detail": Sample(
        kwargs=lambda w, o: {"kind": w.extra["rule"].kind, "scope": w.extra["rule"].scope}, everybody=True
    ),
    "home:calendar": Sample(),
    "home:search": Sample(query="q=金丝雀"),
    "home:search_suggest": Sample(query="q=金丝雀"),
    "workflow:approval_list": Sample(query="box=all"),
    "workflow:approval_count": Sample(query="box=all"),
    "workflow:approval_export": Sample(query="box=all&format=csv"),
    "workflow:approval_detail": Sample(kwargs=approval_pk),
    "workflow:approval_decide": Sample(kwargs=approval_pk, body=lambda w, o: {"answer": "refuse", "reason": "不同意"}),
    "workflow:approval_withdraw": Sample(kwargs=approval_pk),
    "workflow:task_list": Sample(query="box=all"),
    "workflow:task_count": Sample(query="box=all"),
    "workflow:task_export": Sample(query="box=all&format=csv"),
    "workflow:task_finish": Sample(kwargs=task_pk, body=lambda w, o: {"outcome": "已拜访"}),
    "workflow:notice_list": Sample(),
    "workflow:notice_read": Sample(),
    "workflow:notice_count": Sample(),
    "workflow-api:approval-list": Sample(),
    "workflow-api:approval-detail": Sample(kwargs=approval_pk),
    "workflow-api:task-list": Sample(),
    "workflow-api:task-detail": Sample(kwargs=task_pk),
    "workflow-api:notice-list": Sample(),
    "workflow:document_list": Sample(kwargs=client_pk),
    "workflow:document_upload": Sample(
        kwargs=client_pk, body=lambda w, o: {"file": recipes.make_file(), "kind": "other", "name": ""}
    ),
    "workflow:document_download": Sample(kwargs=document_pk),
    "workflow:document_retire": Sample(kwargs=document_pk, body=lambda w, o: {"reason": "已过期"}),
    "workflow-api:document-list": Sample(),
    "workflow-api:document-detail": Sample(kwargs=document_pk),
    "workflow-api:document-content": Sample(kwargs=document_pk),
    "workflow:job_list": Sample(),
    "workflow:job_count": Sample(),
    "workflow:job_export": Sample(query="format=csv"),
    "workflow:job_detail": Sample(kwargs=job_pk),
    "workflow:job_progress": Sample(kwargs=job_pk),
    "workflow:job_cancel": Sample(kwargs=job_pk),
    "workflow:job_retry": Sample(kwargs=lambda w, o: job_pk(w, o, "failed")),
    "workflow-api:job-list": Sample(),
    "workflow-api:job-detail": Sample(kwargs=job_pk),
    "clients:client_list": Sample(),
    "clients:client_count": Sample(),
    "clients:client_export": Sample(query="format=csv"),
    "clients:client_create": Sample(body=client_body),
    "clients:client_detail": Sample(kwargs=client_pk),
    "clients:client_edit": Sample(kwargs=client_pk, body=client_change),
    "clients:client_handover": Sample(
        kwargs=client_pk, body=lambda w, o: {"to": other_manager(w, o).pk, "reason": "轮岗"}
    ),
    "clients:client_history": Sample(kwargs=client_pk),
    "clients:statement_template": Sample(),
    "clients:client_statements": Sample(kwargs=client_pk),
    "clients:statement_upload": Sample(kwargs=client_pk, body=lambda w, o: {"file": statement_file()}),
    "clients:upload_detail": Sample(kwargs=upload_pk),
    "clients:statement_commit": Sample(
        kwargs=upload_pk, body=lambda w, o: {"replaces": part_pk("statements")(w, o)["pk"], "warnings_read": "1"}
    ),
    "clients:statement_drop": Sample(kwargs=upload_pk),
    "clients:statement_file": Sample(kwargs=upload_pk),
    "clients:client_projects": Sample(kwargs=client_pk),
    "clients:client_relations": Sample(kwargs=client_pk),
    "clients:client_group": Sample(kwargs=client_pk, body=lambda w, o: {"name": "新集团", "version": 1}),
    "clients:relation_create": Sample(kwargs=client_pk, body=lambda w, o: RELATION),
    "clients:relation_edit": Sample(kwargs=relation_pk, body=lambda w, o: {**RELATION, "version": 1}),
    "clients:relation_end": Sample(kwargs=relation_pk, body=lambda w, o: {"until": date.today(), "version": 1}),
    "clients:rating_list": Sample(),
    "clients:rating_count": Sample(),
    "clients:rating_export": Sample(query="format=csv"),
    "clients:client_rating": Sample(kwargs=client_pk),
    "clients:rating_create": Sample(kwargs=client_pk, body=lambda w, o: {"kind": "corporate", "as_of": date.today()}),
    "clients:rating_form": Sample(kwargs=client_pk, body=lambda w, o: {"version": 1, "years_trading": "12.5"}),
    "clients:rating_preview": Sample(kwargs=client_pk, body=lambda w, o: {"years_trading": "12.5"}),
    "clients:rating_propose": Sample(kwargs=client_pk),
    "clients:rating_withdraw": Sample(kwargs=client_pk),
    "clients:rating_override": Sample(
        kwargs=client_pk, body=lambda w, o: {"version": 1, "to_grade": "R9", "code": "other", "reason": "另有信息"}
    ),
    "clients:client_tier": Sample(kwargs=client_pk),
    "clients:cooperation_create": Sample(kwargs=client_pk, body=lambda w, o: COOPERATION),
    "clients-api:rating-list": Sample(),
    "clients-api:rating-detail": Sample(kwargs=part_pk("ratings")),
    "clients-api:tier-list": Sample(),
    "clients-api:tier-detail": Sample(kwargs=part_pk("tiers")),
    "clients:project_list": Sample(),
    "clients:project_count": Sample(),
    "clients:project_export": Sample(query="format=csv"),
    "clients:project_create": Sample(body=lambda w, o: {**PROJECT, "sponsor": w.client_id(OWN)}),
    "clients:project_detail": Sample(kwargs=project_pk),
    "clients:project_edit": Sample(kwargs=project_pk, body=lambda w, o: {**PROJECT, "version": 1}),
    "clients:project_stage": Sample(
        kwargs=project_pk, body=lambda w, o: {"to": "closed", "on": date.today(), "version": 1}
    ),
    "clients:project_company": Sample(
        kwargs=project_pk, body=lambda w, o: {"company": w.extra["company"].pk, "version": 1}
    ),
    "clients:project_permits": Sample(kwargs=project_pk),
    "clients:project_history": Sample(kwargs=project_pk),
    "clients:permit_create": Sample(kwargs=project_pk, body=lambda w, o: PERMIT),
    "clients:permit_edit": Sample(kwargs=permit_pk, body=lambda w, o: {"status": "applied", "version": 1}),
    "clients-api:project-list": Sample(body=lambda w, o: {**PROJECT, "sponsor": w.client_id(OWN)}, json=True),
    "clients-api:project-detail": Sample(kwargs=project_pk, body=lambda w, o: {"place": "北岭"}, json=True),
    "clients-api:project-company": Sample(
        kwargs=project_pk, body=lambda w, o: {"company": w.extra["company"].pk}, json=True
    ),
    "clients-api:project-stage": Sample(
        kwargs=project_pk, body=lambda w, o: {"to": "closed", "on": date.today()}, json=True
    ),
    "clients-api:permit-list": Sample(body=lambda w, o: {**PERMIT, "project": w.project_id(OWN)}, json=True),
    "clients-api:permit-detail": Sample(kwargs=part_pk("permits"), body=lambda w, o: {"remark": "已核"}, json=True),
    "clients-api:relation-list": Sample(body=lambda w, o: {**RELATION, "client": w.client_id(OWN)}, json=True),
    "clients-api:relation-detail": Sample(
        kwargs=part_pk("relations"), body=lambda w, o: {"evidence": "年报"}, json=True
    ),
    "clients-api:statement-list": Sample(),
    "clients-api:statement-detail": Sample(kwargs=part_pk("statements")),
    "clients-api:statement-upload-list": Sample(
        body=lambda w, o: {"client": w.client_id(OWN), "file": statement_file()}
    ),
    "clients-api:statement-upload-detail": Sample(kwargs=part_pk("uploads")),
    "clients-api:statement-upload-commit": Sample(
        kwargs=part_pk("uploads"), body=lambda w, o: {"replaces": [part_pk("statements")(w, o)["pk"]]}, json=True
    ),
    "clients-api:statement-upload-drop": Sample(kwargs=part_pk("uploads"), json=True),
    "financing:project_budget": Sample(kwargs=project_pk),
    "financing:budget_edit": Sample(
        kwargs=project_pk,
        body=lambda w, o: {
            "token": f"{of(w, 'budgets', o).pk}:1",
            "line-TOTAL_FORMS": 1,
            "line-INITIAL_FORMS": 1,
            "line-0-pk": of(w, "budgets", o).pk,
            "line-0-kind": "construction",
            "line-0-name": "建筑工程",
            "line-0-amount": "30000",
        },
    ),
    "financing:project_cases": Sample(kwargs=project_pk),
    "financing:case_create": Sample(
        kwargs=project_pk,
        body=lambda w, o: {
            "name": "悲观",
            "source": "评估",
            "frequency": "half_yearly",
            "variable_share": "30",
            "first_ends_on": "2028-06-30",
            "count": "20",
        },
    ),
    "financing:case_edit": Sample(kwargs=project_part("cases", "case"), body=case_body),
    "financing:project_security": Sample(kwargs=project_pk),
    "financing:collateral_create": Sample(kwargs=project_pk, body=lambda w, o: COLLATERAL),
    "financing:collateral_edit": Sample(
        kwargs=project_part("collateral", "collateral"), body=lambda w, o: {**COLLATERAL, "version": 1}
    ),
    "financing:guarantee_create": Sample(kwargs=project_pk, body=lambda w, o: GUARANTEE),
    "financing:guarantee_edit": Sample(
        kwargs=project_part("guarantees", "guarantee"), body=lambda w, o: {**GUARANTEE, "version": 1}
    ),
    "financing:project_plans": Sample(kwargs=project_pk),
    "financing:plan_create": Sample(kwargs=project_pk, body=new_plan),
    "financing:plan_list": Sample(),
    "financing:plan_count": Sample(),
    "financing:plan_export": Sample(query="format=csv"),
    "financing:plan_workbench": Sample(kwargs=plan_pk),
    "financing:plan_recompute": Sample(kwargs=plan_no, body=bench_body),
    "financing:plan_version_create": Sample(kwargs=plan_pk, body=lambda w, o: {"from": "1", "name": "保守"}),
    "financing:tranche_add": Sample(kwargs=plan_no, body=bench_act),
    "financing:tranche_remove": Sample(kwargs=plan_no, body=bench_act),
    "financing:plan_compare": Sample(kwargs=plan_pk),
    "financing:plan_history": Sample(kwargs=plan_pk),
    "financing:plan_schedule": Sample(kwargs=plan_pk),
    "financing:plan_workbook": Sample(kwargs=plan_pk),
    "financing:plan_submit": Sample(kwargs=plan_no, body=bench_act),
    "financing:decision_list": Sample(),
    "financing:decision_count": Sample(),
    "financing:decision_export": Sample(query="format=csv"),
    "financing:decision_detail": Sample(kwargs=part_pk("decisions")),
    "financing:decision_opinion": Sample(
        kwargs=part_pk("decisions"), body=lambda w, o: {"supports": "yes", "text": "支持"}
    ),
    "financing:decision_decide": Sample(
        kwargs=part_pk("opined"), body=lambda w, o: {"answer": "refuse", "reason": "不同意"}
    ),
    "financing:decision_committee": Sample(kwargs=part_pk("opined"), body=lambda w, o: {"minutes": "纪要"}),
    "financing:decision_withdraw": Sample(kwargs=part_pk("decisions")),
    "financing:condition_report": Sample(
        kwargs=condition_pk, body=lambda w, o: {"fulfilled_on": "2026-01-01", "evidence": "凭证", "version": 1}
    ),
    "financing:condition_confirm": Sample(kwargs=condition_pk, body=lambda w, o: {"version": 1}),
    "financing:line_list": Sample(kwargs=client_pk),
    "financing-api:decision-list": Sample(),
    "financing-api:decision-detail": Sample(kwargs=part_pk("decisions")),
    "financing-api:credit-line-list": Sample(),
    "financing-api:credit-line-detail": Sample(kwargs=part_pk("lines")),
    "financing-api:budget-line-list": Sample(),
    "financing-api:budget-line-detail": Sample(kwargs=part_pk("budgets")),
    "financing-api:case-list": Sample(),
    "financing-api:case-detail": Sample(kwargs=part_pk("cases")),
    "financing-api:collateral-list": Sample(body=lambda w, o: {**COLLATERAL, "project": w.project_id(OWN)}, json=True),
    "financing-api:collateral-detail": Sample(
        kwargs=part_pk("collateral"), body=lambda w, o: {"owner_name": "新抵押人"}, json=True
    ),
    "financing-api:guarantee-list": Sample(body=lambda w, o: {**GUARANTEE, "project": w.project_id(OWN)}, json=True),
    "financing-api:guarantee-detail": Sample(
        kwargs=part_pk("guarantees"), body=lambda w, o: {"has_opinion": True}, json=True
    ),
    "financing-api:plan-list": Sample(),
    "financing-api:plan-detail": Sample(kwargs=plan_pk),
    "financing-api:plan-result": Sample(kwargs=plan_pk),
    "monitoring:drawdown_list": Sample(),
    "monitoring:drawdown_count": Sample(),
    "monitoring:drawdown_export": Sample(query="format=csv"),
    "monitoring:drawdown_create": Sample(
        kwargs=part_pk("facilities"),
        body=lambda w, o: {
            "amount": "100",
            "purpose": "支付工程款",
            "wanted_on": date.today(),
            "pay-TOTAL_FORMS": 1,
            "pay-INITIAL_FORMS": 0,
            "pay-0-contract": of(w, "contracts", o).pk,
            "pay-0-amount": "100",
            "pay-0-entrusted": "on",
        },
    ),
    "monitoring:drawdown_desk": Sample(kwargs=part_pk("drawdowns")),
    "monitoring:drawdown_release": Sample(kwargs=part_pk("drawdowns"), body=lambda w, o: {"reason": "条件齐备"}),
    "monitoring:drawdown_part": Sample(
        kwargs=part_pk("drawdowns"), body=lambda w, o: {"reason": "部分放款", "amount": "50"}
    ),
    "monitoring:drawdown_refuse": Sample(kwargs=part_pk("drawdowns"), body=lambda w, o: {"reason": "补件"}),
    "monitoring:drawdown_withdraw": Sample(kwargs=part_pk("drawdowns")),
    "monitoring:drawdown_pay": Sample(kwargs=part_pk("drawdowns")),
    "monitoring:facility_list": Sample(),
    "monitoring:facility_count": Sample(),
    "monitoring:facility_export": Sample(query="format=csv"),
    "monitoring:facility_detail": Sample(kwargs=part_pk("facilities")),
    "monitoring:facility_create": Sample(
        kwargs=project_pk,
        body=lambda w, o: {
            "sub_limit": of(w, "facilities", o).sub_limit_id,
            "tranche": of(w, "facilities", o).decision.plan_version.tranches.get(no=1).pk,
            "contract_no": "借字另一份",
            "amount": "1",
            "signed_on": date.today(),
            "available_until": of(w, "facilities", o).available_until,
            "matures_on": of(w, "facilities", o).matures_on,
        },
    ),
    "monitoring:project_supervision": Sample(kwargs=project_pk),
    "monitoring:contract_create": Sample(
        kwargs=project_pk,
        body=lambda w, o: {
            "budget_line": of(w, "budgets", o).pk,
            "number": "施工2",
            "title": "设备采购",
            "amount": "10",
            "signed_on": date.today(),
            "contractor_name": "设备厂",
            "contractor_account": "62220001",
            "contractor_bank": "融桥银行",
        },
    ),
    "monitoring:invoice_create": Sample(
        kwargs=project_part("contracts", "contract"),
        body=lambda w, o: {"number": "00112233", "amount": "10", "issued_on": date.today()},
    ),
    "monitoring:capital_create": Sample(
        kwargs=project_pk,
        body=lambda w, o: {"paid_on": date.today(), "payer_name": "股东", "amount": "10", "evidence": "进账单"},
    ),
    "monitoring:capital_confirm": Sample(kwargs=project_part("capital", "payment")),
    "monitoring:progress_create": Sample(
        kwargs=project_pk,
        body=lambda w, o: {
            "month": date.today(),
            "physical": "10",
            "planned": "12",
            "spent": "100",
            "evidence": "监理月报",
        },
    ),
    "monitoring-api:facility-list": Sample(),
    "monitoring-api:facility-detail": Sample(kwargs=part_pk("facilities")),
    "monitoring-api:loan-note-list": Sample(),
    "monitoring-api:loan-note-detail": Sample(kwargs=part_pk("notes")),
    "monitoring-api:drawdown-list": Sample(),
    "monitoring-api:drawdown-detail": Sample(kwargs=part_pk("drawdowns")),
    "clients-api:client-list": Sample(body=client_body, json=True),
    "clients-api:client-detail": Sample(kwargs=client_pk, body=lambda w, o: {"phone": "010-1"}, json=True),
}
