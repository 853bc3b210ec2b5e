"""Reading statements from the books: the rule they follow, their figures, what a filing would replace."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone

from clients.calc import statements as calc
from clients.models import Client, Statement, StatementUpload
from crm_project.rules.models import RuleSet


def rule_set() -> RuleSet:
    """The version of the statement template in force today. One query."""
    return RuleSet.objects.in_force("statement_lines", "corporate", timezone.localdate())


def template_lines() -> calc.StatementLines:
    """The template in force today. One query."""
    return calc.StatementLines.from_body(rule_set().body)


def figures_of(rule: calc.StatementLines, statement: Statement) -> dict[str, Decimal | None]:
    """Reported figures of a booked statement, CNY, by line; None where nothing was reported."""
    return {line: getattr(statement, line) for line in rule.lines}


def booked(rule: calc.StatementLines, client: Client, *, consolidated: bool) -> list[calc.Statement]:
    """The current filings of a client as calculations take them, oldest first. One query."""
    current = Statement.objects.current().filter(client=client, consolidated=consolidated).order_by("period_end")
    return [calc.Statement(one.period_end, figures_of(rule, one)) for one in current]


def periods_of(upload: StatementUpload) -> dict[date, dict[str, Decimal]]:
    """Figures an upload was read with, CNY, by period end and line."""
    return {
        date.fromisoformat(period["period_end"]): _decimals(period["values"])
        for period in upload.content.get("periods", [])
    }


def filings_replaced(upload: StatementUpload) -> list[Statement]:
    """Current filings of the upload's periods and kind, oldest first. One query."""
    return list(
        Statement.objects.current()
        .filter(
            client_id=upload.client_id,
            consolidated=upload.content.get("consolidated"),
            period_end__in=periods_of(upload),
        )
        .order_by("period_end")
    )


def newest_upload(client: Client) -> int:
    """Number of the client's latest upload, 0 where there is none: a file read now that is not above it was known."""
    return StatementUpload.objects.filter(client=client).aggregate(newest=Max("pk"))["newest"] or 0


def findings_of(upload: StatementUpload, severity: str) -> list[Mapping[str, Any]]:
    """Stored findings of one severity, in the order they were found."""
    return [problem for problem in upload.problems if problem["severity"] == severity]


def _decimals(values: Mapping[str, str]) -> dict[str, Decimal]:
    return {line: Decimal(value) for line, value in values.items()}
