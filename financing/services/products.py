"""The bank's products: the shipped catalogue, and which of them fit a project."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from clients.models import Client, Project, Rating
from crm_project.rules.expressions import Environment, ExpressionError, Metric, Values, check, evaluate, parse
from crm_project.rules.expressions.evaluator import Cell
from crm_project.rules.shipped import shipped_rules
from financing.models import Product

FACTS = (
    Metric("project_stage", "project", "code", code_list="project_stage"),
    Metric("is_project_company", "project", "code", code_list="yes_no_fact"),
    Metric("total_investment", "project", "money_cny"),
    Metric("operating_months", "project", "count", "months"),
    Metric("grade_number", "project", "count"),
)
"""What `excluded_when` may speak of; grade_number is 1 for R1, unknown without a rating in force."""

CODES = {
    "project_stage": {stage: n for n, stage in enumerate(Project.Stage.values)},
    "yes_no_fact": {"no": 0, "yes": 1},
}
ENVIRONMENT = Environment("project", {fact.key: fact for fact in FACTS}, CODES)


@dataclass(frozen=True)
class Match:
    """A product beside a project. excluded: whether its rule leaves it out; unknown: facts the rule misses."""

    product: Product
    excluded: bool
    unknown: tuple[str, ...]


@transaction.atomic
def load_products() -> int:
    """Products of the shipped catalogue that the bank does not have yet; by code. Returns how many are new."""
    fresh = 0
    for rule in (rule for rule in shipped_rules() if rule.kind == "products"):
        for row in rule.body["tables"]["products"]:
            _product, created = Product.objects.get_or_create(code=row["code"], defaults=_columns(row))
            fresh += created
    return fresh


def _columns(row: dict[str, str]) -> dict[str, object]:
    return {
        "kind": row["kind"],
        "name_en": row["name_en"],
        "name_zh": row["name_zh"],
        "revolving": row["revolving"] == "yes",
        "min_amount": Decimal(row["min_amount"]),
        "max_amount": Decimal(row["max_amount"]) if row["max_amount"] else None,
        "max_tenor_months": int(row["max_tenor_months"]),
        "excluded_when": row["excluded_when"],
        "excluded_because_en": row["excluded_because_en"],
        "excluded_because_zh": row["excluded_because_zh"],
        "provenance": row["provenance"],
        "source": row["source"],
        "order": int(row["order"]),
    }


def check_rule(text: str) -> None:
    """Raises ExpressionError where a text is no rule over the facts of a project."""
    check(parse(text), ENVIRONMENT, "condition")


def match_products(project: Project, on: date) -> list[Match]:
    """All products on offer, the fitting ones first, each other one with the rule that excludes it. Two queries."""
    values = Values(now=_facts(project, on), as_of=on)
    found = [_match(product, values) for product in Product.objects.filter(active=True)]
    return sorted(found, key=lambda match: (match.excluded, bool(match.unknown), match.product.order))


def _match(product: Product, values: Values) -> Match:
    if not product.excluded_when:
        return Match(product, False, ())
    try:
        outcome = evaluate(check(parse(product.excluded_when), ENVIRONMENT, "condition"), values)
    except ExpressionError:
        return Match(product, False, ("excluded_when",))
    missing = tuple(sorted({reason.metric for reason in outcome.reasons if reason.metric}))
    return Match(product, outcome.value is True, missing if outcome.value is None else ())


def _facts(project: Project, on: date) -> dict[str, Cell]:
    rating = Rating.objects.confirmed().filter(client_id=project.borrower_id, valid_until__gte=on).first()
    company = project.borrower.nature == Client.Nature.PROJECT_COMPANY
    months = None
    if project.complete_on and project.operate_until:
        start, end = project.complete_on, project.operate_until
        months = Decimal((end.year - start.year) * 12 + end.month - start.month)
    return {
        "project_stage": project.stage,
        "is_project_company": "yes" if company else "no",
        "total_investment": project.total_investment,
        "operating_months": months,
        "grade_number": Decimal(rating.grade.removeprefix("R")) if rating and rating.grade else None,
    }
