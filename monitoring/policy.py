from clients.policy import READERS, WRITERS
from crm_project.organization.policy import BANK_STAFF, rows
from crm_project.organization.roles import Role
from crm_project.workflow.journal import Act

RELEASERS = {Role.RELEASE_OFFICER}
PAYERS = {Role.SUPERVISION_OFFICER}
REPORTERS = WRITERS | PAYERS
"""Who brings what must stand beside the money: capital paid in and progress made."""

ROUTES = [
    *rows("monitoring:drawdown_list", GET=READERS),
    *rows("monitoring:drawdown_count", GET=READERS),
    *rows("monitoring:drawdown_export", GET=BANK_STAFF, audit={"GET": Act.EXPORT}),
    *rows("monitoring:drawdown_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("monitoring:drawdown_desk", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("monitoring:drawdown_release", POST=RELEASERS, audit={"POST": Act.CHANGE}),
    *rows("monitoring:drawdown_part", POST=RELEASERS, audit={"POST": Act.CHANGE}),
    *rows("monitoring:drawdown_refuse", POST=RELEASERS, audit={"POST": Act.CHANGE}),
    *rows("monitoring:drawdown_withdraw", POST=WRITERS, audit={"POST": Act.CHANGE}),
    *rows("monitoring:drawdown_pay", POST=PAYERS, audit={"POST": Act.CHANGE}),
    *rows("monitoring:facility_list", GET=READERS),
    *rows("monitoring:facility_count", GET=READERS),
    *rows("monitoring:facility_export", GET=BANK_STAFF, audit={"GET": Act.EXPORT}),
    *rows("monitoring:facility_detail", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("monitoring:facility_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("monitoring:project_supervision", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("monitoring:contract_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("monitoring:invoice_create", GET=WRITERS, POST=WRITERS, audit={"POST": Act.CREATE}),
    *rows("monitoring:capital_create", GET=REPORTERS, POST=REPORTERS, audit={"POST": Act.CREATE}),
    *rows("monitoring:capital_confirm", POST=PAYERS, audit={"POST": Act.CHANGE}),
    *rows("monitoring:progress_create", GET=REPORTERS, POST=REPORTERS, audit={"POST": Act.CREATE}),
    *rows("monitoring-api:facility-list", GET=READERS),
    *rows("monitoring-api:facility-detail", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("monitoring-api:loan-note-list", GET=READERS),
    *rows("monitoring-api:loan-note-detail", GET=READERS, audit={"GET": Act.VIEW}),
    *rows("monitoring-api:drawdown-list", GET=READERS),
    *rows("monitoring-api:drawdown-detail", GET=READERS, audit={"GET": Act.VIEW}),
]
