from crm_project.organization.policy import BANK_STAFF, Row, WriteSet, rows
from crm_project.organization.roles import Role
from crm_project.workflow.journal import Act

READERS = BANK_STAFF | {Role.EXPERT, Role.INTEGRATOR}
WRITERS = {Role.RM}
GROUP_WRITERS = WRITERS | {Role.RISK_OFFICER}
"""Who belongs to which group is also seen from above, across branches."""

CLIENT_FIELDS = frozenset(
    {
        "name",
        "short_name",
        "uscc",
        "nature",
        "industry",
        "size_class",
        "registered_capital",
        "founded_on",
        "legal_representative",
        "registered_address",
        "phone",
        "staff_count",
        "client_since",
    }
)

PROJECT_FIELDS = frozenset(
    {
        "name",
        "project_code",
        "industry",
        "place",
        "purpose",
        "total_investment",
        "sponsor_share",
        "approved_on",
        "start_on",
        "complete_on",
        "operate_until",
    }
)
PERMIT_FIELDS = frozenset({"status", "number", "issuer", "issued_on", "expires_on", "remark"})
COOPERATION_FIELDS = frozenset(
    {"as_of", "source", "products", "deposits", "fees", "raroc", "overdue_days", "times_late"}
)
RELATION_FIELDS = frozenset({"kind", "other_name", "other_code", "share", "amount", "since", "until", "evidence"})


def api_rows(route: str, subject: str = "pk") -> list[Row]:
    """A resource that relationship managers write; `subject` as in `Row`."""
    return [
        *rows(f"{route}-list", GET=READERS, POST=WRITERS, audit={"POST": Act.CREATE}),
        *rows(
            f"{route}-detail",
            GET=READERS,
            PATCH=WRITERS,
            audit={"GET": Act.VIEW, "PATCH": Act.CHANGE},
            subject=subject,
        ),
    ]


ROUTES = [
    *rows("clients:client_list", GET=READERS),
    *rows("clients:client_count", GET=READERS),
    *rows("clients:client_export", GET=BANK_STAFF, audit={"GET": Act.EXPORT}),
    *rows("clients:client_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("clients:client_detail", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("clients:client_edit", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:client_handover", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:client_history", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("clients:statement_template", GET=BANK_STAFF),
    *rows("clients:client_statements", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("clients:statement_upload", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("clients:upload_detail", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("clients:statement_commit", POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:statement_drop", POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:statement_file", GET=BANK_STAFF | {Role.EXPERT}, audit={"GET": Act.EXPORT}),
    *rows("clients:client_projects", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("clients:client_relations", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("clients:client_group", POST=GROUP_WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:relation_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("clients:relation_edit", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:relation_end", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:rating_list", GET=READERS),
    *rows("clients:rating_count", GET=READERS),
    *rows("clients:rating_export", GET=BANK_STAFF, audit={"GET": Act.EXPORT}),
    *rows("clients:client_rating", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("clients:rating_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("clients:rating_form", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:rating_preview", POST=WRITERS),
    *rows("clients:rating_propose", POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:rating_withdraw", POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:rating_override", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:client_tier", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("clients:cooperation_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("clients-api:rating-list", GET=READERS),
    *rows("clients-api:rating-detail", GET=READERS, audit={"GET": Act.VIEW}, subject=""),
    *rows("clients-api:tier-list", GET=READERS),
    *rows("clients-api:tier-detail", GET=READERS, audit={"GET": Act.VIEW}, subject=""),
    *rows("clients:project_list", GET=READERS),
    *rows("clients:project_count", GET=READERS),
    *rows("clients:project_export", GET=BANK_STAFF, audit={"GET": Act.EXPORT}),
    *rows("clients:project_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("clients:project_detail", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("clients:project_edit", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:project_stage", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:project_company", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients:project_permits", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("clients:project_history", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("clients:permit_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("clients:permit_edit", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CHANGE}),
    *api_rows("clients-api:project"),
    *rows("clients-api:project-company", POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("clients-api:project-stage", POST=WRITERS, audit={"POST": Act.CHANGE}),
    *api_rows("clients-api:permit", subject=""),
    *api_rows("clients-api:relation", subject=""),
    *rows("clients-api:statement-list", GET=READERS),
    *rows("clients-api:statement-detail", GET=READERS, audit={"GET": Act.VIEW}, subject=""),
    *rows("clients-api:statement-upload-list", GET=READERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("clients-api:statement-upload-detail", GET=READERS, audit={"GET": Act.VIEW}, subject=""),
    *rows("clients-api:statement-upload-commit", POST=WRITERS, audit={"POST": Act.CHANGE}, subject=""),
    *rows("clients-api:statement-upload-drop", POST=WRITERS, audit={"POST": Act.CHANGE}, subject=""),
    *rows("clients-api:client-list", GET=READERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows(
        "clients-api:client-detail",
        GET=READERS,
        PATCH=WRITERS,
        audit={"GET": Act.VIEW, "PATCH": Act.CHANGE},
    ),
]

WRITES = [
    WriteSet("client", "", CLIENT_FIELDS),
    WriteSet("client", "registered", CLIENT_FIELDS),
    WriteSet("project", "", PROJECT_FIELDS | {"sponsor", "stage"}),
    *(WriteSet("project", stage, PROJECT_FIELDS) for stage in ("preparation", "construction", "operation", "closed")),
    WriteSet("permit", "", PERMIT_FIELDS | {"project", "kind"}),
    *(WriteSet("permit", status, PERMIT_FIELDS) for status in ("missing", "applied", "held", "not_needed")),
    WriteSet("relation", "", (RELATION_FIELDS - {"until"}) | {"client"}),
    WriteSet("relation", "standing", RELATION_FIELDS),
    WriteSet("rating", "", frozenset({"kind", "project", "as_of"})),
    *(WriteSet("rating", state, frozenset({"inputs"})) for state in ("draft", "proposed")),
    WriteSet("cooperation_record", "", COOPERATION_FIELDS),
]
