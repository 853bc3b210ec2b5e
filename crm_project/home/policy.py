from crm_project.organization.policy import BANK_STAFF, EVERYBODY, rows
from crm_project.organization.roles import Role
from crm_project.workflow.journal import Act

WORKERS = BANK_STAFF | {Role.EXPERT}
RULE_READERS = BANK_STAFF | {Role.ADMINISTRATOR}

ROUTES = [
    *rows("home:index", GET=WORKERS | {Role.ADMINISTRATOR}, business=False),
    *rows("home:sign_in", GET=EVERYBODY, POST=EVERYBODY, business=False),
    *rows("home:sign_out", POST=EVERYBODY, business=False),
    *rows("home:my_day", GET=WORKERS),
    *rows("home:search", GET=WORKERS),
    *rows("home:search_suggest", GET=WORKERS),
    *rows("home:rule_list", GET=RULE_READERS, business=False),
    *rows("home:rule_count", GET=RULE_READERS, business=False),
    *rows("home:rule_export", GET=RULE_READERS, audit={"GET": Act.EXPORT}, business=False),
    *rows("home:rule_report", GET=RULE_READERS, business=False),
    *rows("home:rule_of_subject", GET=RULE_READERS, business=False),
    *rows("home:rule_detail", GET=RULE_READERS, business=False),
    *rows("home:calendar", GET=RULE_READERS, business=False),
    *rows("home:preferences", POST=EVERYBODY, business=False),
]
