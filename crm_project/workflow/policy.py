from crm_project.organization.policy import BANK_STAFF, rows
from crm_project.organization.roles import Role
from crm_project.workflow.journal import Act

WORKERS = BANK_STAFF | {Role.EXPERT}
"""Those who may have tasks and are told things."""

CONFIGURERS = frozenset({Role.ADMINISTRATOR})
"""They decide on rules, and see no other request."""

ASKERS = BANK_STAFF - {Role.HEAD_OFFICE_VIEWER}
DECIDERS = ASKERS - {Role.RM}
"""Roles that a request may name; which of them decides stands in the request."""

JOB_READERS = BANK_STAFF | {Role.ADMINISTRATOR}
"""An administrator sees the jobs that belong to nobody and concern no client."""

DOCUMENT_READERS = BANK_STAFF | {Role.EXPERT}

ROUTES = [
    *rows("workflow:approval_list", GET=BANK_STAFF | CONFIGURERS),
    *rows("workflow:approval_count", GET=BANK_STAFF | CONFIGURERS),
    *rows("workflow:approval_export", GET=BANK_STAFF, audit={"GET": Act.EXPORT}),
    *rows("workflow:approval_detail", GET=BANK_STAFF | CONFIGURERS, audit={"GET": Act.VIEW}, subject=""),
    *rows("workflow:approval_decide", POST=DECIDERS | CONFIGURERS, audit={"POST": Act.DECIDE}, subject=""),
    *rows("workflow:approval_withdraw", POST=ASKERS | CONFIGURERS, audit={"POST": Act.CHANGE}, subject=""),
    *rows("workflow:task_list", GET=WORKERS | CONFIGURERS),
    *rows("workflow:task_count", GET=WORKERS | CONFIGURERS),
    *rows("workflow:task_export", GET=BANK_STAFF, audit={"GET": Act.EXPORT}),
    *rows(
        "workflow:task_finish",
        GET=WORKERS,
        POST=WORKERS - {Role.HEAD_OFFICE_VIEWER},
        audit={"POST": Act.CHANGE},
        subject="",
    ),
    *rows("workflow:notice_list", GET=WORKERS | CONFIGURERS),
    *rows("workflow:notice_read", POST=WORKERS | CONFIGURERS),
    *rows("workflow:notice_count", GET=WORKERS | CONFIGURERS),
    *rows("workflow:job_list", GET=JOB_READERS),
    *rows("workflow:job_count", GET=JOB_READERS),
    *rows("workflow:job_export", GET=JOB_READERS, audit={"GET": Act.EXPORT}),
    *rows("workflow:job_detail", GET=JOB_READERS, subject=""),
    *rows("workflow:job_progress", GET=JOB_READERS, subject=""),
    *rows("workflow:job_cancel", POST=JOB_READERS, audit={"POST": Act.CHANGE}, subject=""),
    *rows("workflow:job_retry", POST=JOB_READERS, audit={"POST": Act.CHANGE}, subject=""),
    *rows("workflow:document_list", GET=DOCUMENT_READERS),
    *rows("workflow:document_upload", POST=ASKERS, audit={"POST": Act.CREATE}),
    *rows("workflow:document_download", GET=DOCUMENT_READERS, audit={"GET": Act.EXPORT}, subject=""),
    *rows("workflow:document_retire", POST=ASKERS, audit={"POST": Act.CHANGE}, subject=""),
    *rows("workflow-api:document-list", GET=DOCUMENT_READERS | {Role.INTEGRATOR}),
    *rows("workflow-api:document-detail", GET=DOCUMENT_READERS | {Role.INTEGRATOR}, subject=""),
    *rows(
        "workflow-api:document-content",
        GET=DOCUMENT_READERS | {Role.INTEGRATOR},
        audit={"GET": Act.EXPORT},
        subject="",
    ),
    *rows("workflow-api:job-list", GET=BANK_STAFF | {Role.INTEGRATOR}),
    *rows("workflow-api:job-detail", GET=BANK_STAFF | {Role.INTEGRATOR}, subject=""),
    *rows("workflow-api:approval-list", GET=BANK_STAFF | {Role.INTEGRATOR}),
    *rows("workflow-api:approval-detail", GET=BANK_STAFF | {Role.INTEGRATOR}, subject=""),
    *rows("workflow-api:task-list", GET=WORKERS | {Role.INTEGRATOR}),
    *rows("workflow-api:task-detail", GET=WORKERS | {Role.INTEGRATOR}, subject=""),
    *rows("workflow-api:notice-list", GET=WORKERS),
]
