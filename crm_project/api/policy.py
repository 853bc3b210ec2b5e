from crm_project.organization.policy import SIGNED_IN, rows

ROUTES = [
    *rows("api:schema", GET=SIGNED_IN, business=False),
    *rows("api:docs", GET=SIGNED_IN, business=False),
]
