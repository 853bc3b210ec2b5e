from clients.policy import READERS, WRITERS, api_rows
from crm_project.organization.policy import BANK_STAFF, WriteSet, rows
from crm_project.organization.roles import Role
from crm_project.workflow.journal import Act

COLLATERAL_FIELDS = frozenset(
    {
        "kind",
        "asset",
        "owner_name",
        "value",
        "valued_on",
        "valuer",
        "prior_claims",
        "cap",
        "registered_on",
        "registration_no",
    }
)
GUARANTEE_FIELDS = frozenset(
    {
        "kind",
        "guarantor",
        "guarantor_name",
        "amount",
        "net_assets",
        "other_guarantees",
        "has_resolution",
        "has_opinion",
        "is_listed",
        "is_public_body",
    }
)

REPORTERS = {Role.RM, Role.SUPERVISION_OFFICER}
CONFIRMERS = {Role.RISK_OFFICER, Role.SUPERVISION_OFFICER, Role.RELEASE_OFFICER}
LINE_READERS = BANK_STAFF | {Role.INTEGRATOR}

ROUTES = [
    *rows("financing:project_budget", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("financing:budget_edit", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("financing:project_cases", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("financing:case_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("financing:case_edit", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("financing:project_security", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("financing:collateral_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("financing:collateral_edit", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("financing:guarantee_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("financing:guarantee_edit", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("financing:project_plans", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("financing:plan_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("financing:plan_list", GET=READERS),
    *rows("financing:plan_count", GET=READERS),
    *rows("financing:plan_export", GET=BANK_STAFF, audit={"GET": Act.EXPORT}),
    *rows("financing:plan_workbench", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("financing:plan_recompute", POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("financing:plan_version_create", POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("financing:tranche_add", POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("financing:tranche_remove", POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("financing:plan_compare", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("financing:plan_history", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("financing:plan_schedule", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("financing-api:budget-line-list", GET=READERS),
    *rows("financing-api:budget-line-detail", GET=READERS, audit={"GET": Act.VIEW}, subject=""),
    *rows("financing-api:case-list", GET=READERS),
    *rows("financing-api:case-detail", GET=READERS, audit={"GET": Act.VIEW}, subject=""),
    *api_rows("financing-api:collateral"),
    *api_rows("financing-api:guarantee", subject=""),
    *rows("financing-api:plan-list", GET=READERS),
    *rows("financing-api:plan-detail", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("financing-api:plan-result", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("financing:plan_workbook", GET=BANK_STAFF, audit={"GET": Act.EXPORT}),
    *rows("financing:plan_submit", POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("financing:decision_list", GET=BANK_STAFF),
    *rows("financing:decision_count", GET=BANK_STAFF),
    *rows("financing:decision_export", GET=BANK_STAFF, audit={"GET": Act.EXPORT}),
    *rows("financing:decision_detail", GET=BANK_STAFF, audit={"GET": Act.VIEW}),
    *rows("financing:decision_opinion", POST={Role.RISK_OFFICER}, audit={"POST": Act.DECIDE}),
    *rows("financing:decision_decide", POST={Role.APPROVER}, audit={"POST": Act.DECIDE}),
    *rows("financing:decision_committee", POST={Role.APPROVER}, audit={"POST": Act.DECIDE}),
    *rows("financing:decision_withdraw", POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("financing:condition_report", POST=REPORTERS, audit={"POST": Act.CHANGE}),
    *rows("financing:condition_confirm", POST=CONFIRMERS, audit={"POST": Act.DECIDE}),
    *rows("financing:line_list", GET=BANK_STAFF, audit={"GET": Act.VIEW}),
    *rows("financing-api:decision-list", GET=LINE_READERS),
    *rows("financing-api:decision-detail", GET=LINE_READERS, audit={"GET": Act.VIEW}),
    *rows("financing-api:credit-line-list", GET=LINE_READERS),
    *rows("financing-api:credit-line-detail", GET=LINE_READERS, audit={"GET": Act.VIEW}, subject=""),
]

WRITES = [
    WriteSet("collateral", "", COLLATERAL_FIELDS | {"project"}),
    WriteSet("collateral", "entered", COLLATERAL_FIELDS),
    WriteSet("guarantee", "", GUARANTEE_FIELDS | {"project"}),
    WriteSet("guarantee", "entered", GUARANTEE_FIELDS),
]
