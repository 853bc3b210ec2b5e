"""Metrics of financial statements as SQL, built from the statement template and its ratios (RULES §23).

The newest filing of a client counts, consolidated where there is one, as the books hold it now. The figures are those
of `clients.calc.ratios`; a test compares the two.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from clients.calc.statements import RatioDefinition, StatementLines, Term
from clients.models import Statement
from crm_project.rules.models import RuleSet

RATIOS = (
    "debt_ratio",
    "equity_ratio",
    "current_ratio",
    "quick_ratio",
    "interest_cover",
    "gross_margin",
    "short_debt_share",
    "cash_to_short_debt",
    "receivable_days",
    "inventory_days",
    "other_receivables_share",
    "pretax_margin",
)
DAYS = frozenset({"receivable_days", "inventory_days"})
AMOUNTS = {
    "revenue_ytd": "now.revenue",
    "revenue_ttm": "trailing revenue",
    "ocf_ttm": "trailing operating_cash_flow",
    "net_profit_ttm": "trailing net_profit",
    "operating_cash_flow_q": "quarter operating_cash_flow",
    "net_profit_q": "quarter net_profit",
    "net_assets": "now.net_assets",
}
STATEMENT_COLUMNS = {
    **{key: "days" if key in DAYS else "ratio" for key in RATIOS},
    **dict.fromkeys(AMOUNTS, "money_cny"),
    "operating_quarters": "count",
    "audit_opinion": "code",
    "statement_days_late": "days",
}
NO_AGE = frozenset({"operating_quarters", "statement_days_late", "audit_opinion"})
"""Not judged by the age of the newest statement: no limit, a count of days, and an age of its own."""

COLUMNS = frozenset(field.name for field in Statement._meta.fields)

# now: newest filing; year: last full year before it; before: same cut a year earlier; quarter: quarter before it.
FILINGS = """
SELECT client.subject_id, now.period_end, now.months, late.due_on, opinion.audit_opinion AS opinion, opinion.opinion_of,
       now.period_end IS NOT NULL AND NOT parts.any AS annual, start.day AS started_on, {inner}
FROM clients_client client
LEFT JOIN LATERAL (
    SELECT EXISTS (SELECT FROM clients_statement part
                   WHERE part.client_id = client.subject_id AND part.superseded_at IS NULL AND part.months < 12
                     AND part.period_end BETWEEN %(as_of)s::date - interval '24 months' AND %(as_of)s::date) AS any
) parts ON true
LEFT JOIN LATERAL (
    SELECT period_end, months, consolidated, {lines} FROM clients_statement s
    WHERE s.client_id = client.subject_id AND s.superseded_at IS NULL AND s.period_end <= %(as_of)s
    ORDER BY period_end DESC, consolidated DESC LIMIT 1
) now ON true
LEFT JOIN LATERAL (
    SELECT {lines} FROM clients_statement s
    WHERE s.client_id = client.subject_id AND s.superseded_at IS NULL AND s.consolidated = now.consolidated
      AND s.period_end = make_date(extract(year FROM now.period_end)::int - 1, 12, 31)
) year ON true
LEFT JOIN LATERAL (
    SELECT {lines} FROM clients_statement s
    WHERE s.client_id = client.subject_id AND s.superseded_at IS NULL AND s.consolidated = now.consolidated
      AND s.period_end = (now.period_end - interval '1 year')::date
) before ON true
LEFT JOIN LATERAL (
    SELECT {lines} FROM clients_statement s
    WHERE s.client_id = client.subject_id AND s.superseded_at IS NULL AND s.consolidated = now.consolidated
      AND s.period_end = (date_trunc('month', now.period_end) - interval '2 months' - interval '1 day')::date
) quarter ON true
LEFT JOIN LATERAL (
    SELECT audit_opinion, period_end AS opinion_of FROM clients_statement s
    WHERE s.client_id = client.subject_id AND s.superseded_at IS NULL AND s.months = 12 AND s.period_end <= %(as_of)s
    ORDER BY period_end DESC, consolidated DESC LIMIT 1
) opinion ON true
LEFT JOIN LATERAL (
    SELECT CASE WHEN client.nature <> 'project_company' THEN client.founded_on ELSE (
        SELECT GREATEST(client.founded_on, max(project.complete_on)) FROM clients_project project
        WHERE project.borrower_id = client.subject_id AND project.stage = 'operation'
        HAVING count(*) > 0) END AS day
) start ON true
LEFT JOIN LATERAL (
    SELECT due.due_on FROM unnest(%(due_periods)s::date[], %(due_days)s::date[]) AS due (period_end, due_on)
    WHERE due.due_on < %(as_of)s AND (parts.any OR extract(month FROM due.period_end) = 12)
      AND NOT EXISTS (SELECT FROM clients_statement s WHERE s.client_id = client.subject_id
                      AND s.superseded_at IS NULL AND s.period_end >= due.period_end)
    ORDER BY due.period_end DESC LIMIT 1
) late ON true
"""

QUARTER_OF = "(extract(year FROM {day}) * 4 + extract(quarter FROM {day}))"


def statement_sql(as_of: date) -> str:
    """subject_id, period_end, the columns of STATEMENT_COLUMNS, na, stale; a row for every client."""
    rule = StatementLines.from_body(RuleSet.objects.in_force("statement_lines", "corporate", as_of).body)
    if not rule.lines.keys() <= COLUMNS:
        raise ValueError(f"no column for {', '.join(sorted(rule.lines.keys() - COLUMNS))}")
    lines = ", ".join(f"{_complete(rule, key)} AS {key}" for key in rule.lines)
    inner = [f"{_sum(rule, rule.ratios[key], upper=True)} AS {key}_top" for key in RATIOS]
    inner += [f"{_sum(rule, rule.ratios[key], upper=False)} AS {key}_base" for key in RATIOS]
    inner += [f"{_amount(rule, text)} AS {key}_value" for key, text in AMOUNTS.items()]
    filings = FILINGS.format(lines=lines, inner=", ".join(inner))
    aged = [key for key in STATEMENT_COLUMNS if key not in NO_AGE]
    values = [f"CASE WHEN {_fresh(key)} THEN {_value(rule, key)} END AS {key}" for key in aged]
    na = [f"CASE WHEN {_fresh(key)} AND {key}_base <= 0 AND %(na_{key})s THEN '{key}' END" for key in RATIOS]
    stale = [f"CASE WHEN NOT ({_fresh(key)}) THEN '{key}' END" for key in aged]
    stale.append("CASE WHEN %(as_of)s::date - opinion_of > %(age_audit_opinion)s THEN 'audit_opinion' END")
    return f"""
SELECT subject_id, period_end, {", ".join(values)}, {_operating_quarters()} AS operating_quarters,
       CASE WHEN %(as_of)s::date - opinion_of <= %(age_audit_opinion)s
            THEN (%(opinion_codes)s::jsonb ->> opinion)::smallint END AS audit_opinion,
       COALESCE(%(as_of)s::date - due_on, 0) AS statement_days_late,
       array_remove(ARRAY[{", ".join(na)}]::text[], NULL) AS na,
       array_remove(ARRAY[{", ".join(stale)}]::text[], NULL) AS stale
FROM ({filings}) filings"""  # noqa: S608  built from rule keys that are columns; values are parameters


def statement_params(
    as_of: date, catalogue: Mapping[str, Mapping[str, str]], opinions: Mapping[str, int]
) -> Mapping[str, Any]:
    """Ages and due days of the catalogue's version. An unaudited statement has no opinion and so no code."""
    settings = RuleSet.objects.in_force("metrics", "all", as_of).body["params"]
    periods = _period_ends(as_of)
    days = {12: int(settings["statement_due_days"]["year"])}
    usual = int(settings["statement_due_days"]["quarter"])
    return {
        **{f"age_{key}": int(catalogue[key]["max_age_days"]) for key in STATEMENT_COLUMNS if key not in NO_AGE},
        "age_audit_opinion": int(catalogue["audit_opinion"]["max_age_days"]),
        **{f"na_{key}": catalogue[key]["missing_rule"] == "na" for key in RATIOS},
        "annual_age": int(settings["annual_filer_max_age_days"]),
        "opinion_codes": "{" + ", ".join(f'"{code}": {place}' for code, place in opinions.items()) + "}",
        "due_periods": periods,
        "due_days": [date.fromordinal(end.toordinal() + days.get(end.month, usual)) for end in periods],
    }


def _period_ends(as_of: date) -> list[date]:
    """Quarter ends of this year and the two before."""
    ends = ((3, 31), (6, 30), (9, 30), (12, 31))
    return [date(year, *end) for year in range(as_of.year - 2, as_of.year + 1) for end in ends]


def _complete(rule: StatementLines, key: str) -> str:
    """A line as StatementLines.complete reads it: reported, else what a blank means, else the sum of its parts."""
    line = rule.lines[key]
    choices = [f"s.{key}"]
    if line.blank:
        choices.append("0" if line.blank == "0" else _complete(rule, line.blank))
    for identity in rule.identities:
        if identity.kind == "sub_total" and identity.line == key:
            parts = [f"{'+' if term.sign > 0 else '-'} {_complete(rule, term.line)}" for term in identity.terms]
            choices.append(f"(0 {' '.join(parts)})")
    return f"COALESCE({', '.join(choices)})" if len(choices) > 1 else choices[0]


def _sum(rule: StatementLines, ratio: RatioDefinition, *, upper: bool) -> str:
    terms = ratio.numerator if upper else ratio.denominator
    return "(0 " + " ".join(f"{'+' if term.sign > 0 else '-'} {_term(rule, term)}" for term in terms) + ")"


def _term(rule: StatementLines, term: Term) -> str:
    match term.scope:
        case "":
            return _trailing(rule, term.line)
        case "ytd":
            return f"now.{term.line}"
        case "before":
            return f"before.{term.line}"
        case "average":
            return f"((now.{term.line} + before.{term.line}) / 2)"
    raise ValueError(f"unknown scope of {term.name}")


def _trailing(rule: StatementLines, line: str) -> str:
    """Twelve months to the period end for a flow, the value itself for a stock."""
    if rule.lines[line].nature == "stock":
        return f"now.{line}"
    return f"(CASE WHEN now.months = 12 THEN now.{line} ELSE now.{line} + year.{line} - before.{line} END)"


def _amount(rule: StatementLines, text: str) -> str:
    how, _, line = text.partition(" ")
    match how:
        case "trailing":
            return _trailing(rule, line)
        case "quarter":
            return f"CASE WHEN now.months = 3 THEN now.{line} ELSE now.{line} - quarter.{line} END"
    return text


def _value(rule: StatementLines, key: str) -> str:
    if key in AMOUNTS:
        return f"{key}_value"
    return f"CASE WHEN {key}_base > 0 THEN {rule.ratios[key].multiplier} * {key}_top / {key}_base END"


def _fresh(key: str) -> str:
    """The newest statement is young enough; whoever files only once a year has longer."""
    limit = f"CASE WHEN annual THEN GREATEST(%(annual_age)s, %(age_{key})s) ELSE %(age_{key})s END"
    return f"%(as_of)s::date - period_end <= {limit}"


def _operating_quarters() -> str:
    """Complete calendar quarters from the start of business to the period end."""
    first = f"({QUARTER_OF.format(day='(started_on - 1)')} + 1)"
    return f"GREATEST({QUARTER_OF.format(day='period_end')} - {first} + 1, 0)"
