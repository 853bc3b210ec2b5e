"""What this room knows of clients and projects, as of a day. The catalogue says what each metric means."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from clients.statement_metrics import STATEMENT_COLUMNS, statement_params, statement_sql
from crm_project.rules import metrics
from crm_project.rules.errors import RuleSilent
from crm_project.rules.metrics import Provider
from crm_project.rules.models import RuleSet

ROOM = "clients"
STAGES = {"preparation": "planning", "construction": "construction", "operation": "operation", "closed": "closed"}
"""Stage of a project to its code in the list project_stage."""

CLIENT_COLUMNS = {
    "client_type": "code",
    "client_stage": "code",
    "relationship_years": "count",
    "product_groups_12m": "count",
    "fee_income_12m": "money_cny",
    **STATEMENT_COLUMNS,
}

# A project company stands where the least advanced of its open projects stands; everybody else operates.
CLIENT_SQL = """
SELECT client.subject_id, st.period_end,
       (%(type_codes)s::jsonb ->> CASE WHEN client.nature IN ('project_company', 'public_institution')
                                       THEN client.nature ELSE 'operating_company' END)::smallint AS client_type,
       CASE WHEN client.nature = 'project_company' THEN own.stage
            ELSE (%(stage_codes)s::jsonb ->> 'operation')::smallint END AS client_stage,
       extract(year FROM age(%(as_of)s::date, client.client_since)) AS relationship_years,
       CASE WHEN record.fresh THEN record.products END AS product_groups_12m,
       CASE WHEN record.fresh THEN record.fees END AS fee_income_12m,
       {columns}, st.na,
       st.stale || CASE WHEN record.fresh IS FALSE THEN ARRAY['product_groups_12m', 'fee_income_12m']
                        ELSE '{{}}'::text[] END AS stale
FROM clients_client client
JOIN ({statements}) st ON st.subject_id = client.subject_id
LEFT JOIN LATERAL (
    SELECT min((%(stage_codes)s::jsonb ->> project.stage)::smallint) AS stage
    FROM clients_project project WHERE project.borrower_id = client.subject_id AND project.stage <> 'closed'
) own ON true
LEFT JOIN LATERAL (
    SELECT products, fees, %(as_of)s::date - as_of <= %(cooperation_age)s AS fresh
    FROM clients_cooperationrecord WHERE client_id = client.subject_id AND as_of <= %(as_of)s
    ORDER BY as_of DESC LIMIT 1
) record ON true
"""


def client_sql(as_of: date) -> str:
    columns = ", ".join(f"st.{key}" for key in STATEMENT_COLUMNS)
    return CLIENT_SQL.format(columns=columns, statements=statement_sql(as_of))


def client_params(as_of: date) -> Mapping[str, Any]:
    known, codes = metrics.catalogue(as_of), _codes(as_of)
    return {
        "type_codes": _json(codes["client_type"]),
        "stage_codes": _json(_stage_codes(codes)),
        "cooperation_age": int(known["fee_income_12m"]["max_age_days"]),
        **statement_params(as_of, known, codes["audit_opinion"]),
    }


PROJECT_COLUMNS = {"project_stage": "code", "permit_next_expiry_on": "date", "permits_missing_started": "count"}

# Without a list of permits nothing is known of them; a permit that holds for ever has no day to warn of.
PROJECT_SQL = """
SELECT project.subject_id, NULL::date AS period_end,
       (%(stage_codes)s::jsonb ->> project.stage)::smallint AS project_stage,
       held.next_expiry AS permit_next_expiry_on,
       CASE WHEN held.papers > 0 THEN missing.papers END AS permits_missing_started,
       CASE WHEN held.papers > 0 AND held.next_expiry IS NULL THEN ARRAY['permit_next_expiry_on']
            ELSE '{}'::text[] END AS na,
       '{}'::text[] AS stale
FROM clients_project project
LEFT JOIN LATERAL (
    SELECT count(*) AS papers, min(expires_on) FILTER (WHERE status = 'held') AS next_expiry
    FROM clients_permit WHERE project_id = project.subject_id
) held ON true
LEFT JOIN LATERAL (
    SELECT CASE WHEN %(permits_known)s THEN count(*) END AS papers
    FROM unnest(%(permit_kinds)s::text[], %(permit_stages)s::text[]) AS need (kind, stage)
    WHERE need.stage = project.stage AND NOT EXISTS (
        SELECT FROM clients_permit permit WHERE permit.project_id = project.subject_id
        AND permit.kind = need.kind AND permit.status IN ('held', 'not_needed'))
) missing ON true
"""


def project_params(as_of: date) -> Mapping[str, Any]:
    """What a permit is needed for comes from the rule on permits; while that one is silent, nothing is known of it."""
    try:
        rows = RuleSet.objects.in_force("permits", "project", as_of).body["tables"]["needs"]
    except (RuleSilent, RuleSet.DoesNotExist):
        rows = []
    needs = [(row["kind"], stage) for row in rows for stage in row["stages"].split(";")]
    return {
        "stage_codes": _json(_stage_codes(_codes(as_of))),
        "permits_known": bool(rows),
        "permit_kinds": [kind for kind, _ in needs],
        "permit_stages": [stage for _, stage in needs],
    }


PROVIDERS = (
    Provider(ROOM, "client", CLIENT_COLUMNS, client_sql, client_params),
    Provider(ROOM, "project", PROJECT_COLUMNS, PROJECT_SQL, project_params),
)


def _codes(as_of: date) -> dict[str, dict[str, int]]:
    """Position of each code by list."""
    lists: dict[str, dict[str, int]] = {}
    for row in RuleSet.objects.in_force("codes", "all", as_of).body["tables"]["codes"]:
        lists.setdefault(row["list"], {})[row["code"]] = int(row["order"])
    return lists


def _stage_codes(codes: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {stage: codes["project_stage"][code] for stage, code in STAGES.items()}


def _json(codes: Mapping[str, int]) -> str:
    return "{" + ", ".join(f'"{code}": {position}' for code, position in codes.items()) + "}"
