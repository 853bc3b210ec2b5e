"""Verbs on financial statements: take a workbook that was read into the books, or drop it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.calc.statements import StatementLines
from clients.models import Client, Statement, StatementUpload
from clients.services.statement_sheet import ERROR, WARNING
from clients.signals import statements_booked
from clients.statement_books import figures_of, filings_replaced, findings_of, periods_of, template_lines
from crm_project.organization.models import Staff
from crm_project.rules.errors import RuleBroken, Stale


@dataclass(frozen=True)
class Period:
    """Figures of one period end, CNY to the cent, by line of the template; a line left out is unknown."""

    period_end: date
    consolidated: bool
    audit_opinion: str
    values: Mapping[str, Decimal]

    @property
    def months(self) -> int:
        """Months of the year to date that the flows cover: the financial year is the calendar year."""
        return self.period_end.month


@transaction.atomic
def commit_upload(
    *, upload: StatementUpload, replaces: Collection[int], warnings_read: bool, by: Staff
) -> list[Statement]:
    """Take a preview into the books; returns the new filings. Periods whose figures stand there already are left alone.

    replaces: ids of the current filings the person saw beside the preview. Raises RuleBroken where the upload is no
    preview any more, has errors, or warnings nobody has read; Stale where other filings have come in since.
    """
    client = Client.objects.select_for_update().get(pk=upload.client_id)
    upload = StatementUpload.objects.select_for_update().get(pk=upload.pk)
    _refuse_closed(upload)
    if findings_of(upload, ERROR):
        raise RuleBroken("statement_has_errors", _("The file has errors. Correct it and upload it again."))
    if findings_of(upload, WARNING) and not warnings_read:
        raise RuleBroken("warnings_unread", _("Confirm that you have read the warnings."), "warnings_read")
    current = {statement.period_end: statement for statement in filings_replaced(upload)}
    if {statement.pk for statement in current.values()} != set(replaces):
        raise Stale
    rule = template_lines()
    content = upload.content
    periods = [
        Period(day, content["consolidated"], content["opinion"], values) for day, values in periods_of(upload).items()
    ]
    changed = [period for period in periods if not _same(rule, period, current.get(period.period_end))]
    _close(upload, StatementUpload.State.COMMITTED)
    return book_statements(client=client, upload=upload, periods=changed, by=by)


@transaction.atomic
def drop_upload(*, upload: StatementUpload) -> StatementUpload:
    """Put a preview aside; its file stays stored and may be uploaded anew. Raises RuleBroken where it is closed."""
    upload = StatementUpload.objects.select_for_update().get(pk=upload.pk)
    _refuse_closed(upload)
    return _close(upload, StatementUpload.State.DROPPED)


@transaction.atomic
def book_statements(
    *, client: Client, upload: StatementUpload, periods: Sequence[Period], by: Staff
) -> list[Statement]:
    """Take periods into the books. An earlier filing of the same period and kind is superseded, never changed.

    The caller has checked the figures. The client is locked, so that two filings of one period follow each other.
    """
    Client.objects.select_for_update().get(pk=client.pk)
    now = timezone.now()
    made = []
    for period in periods:
        Statement.objects.current().filter(
            client=client, period_end=period.period_end, consolidated=period.consolidated
        ).update(superseded_at=now)
        made.append(
            Statement(
                root_id=client.root_id,
                client=client,
                upload=upload,
                period_end=period.period_end,
                months=period.months,
                consolidated=period.consolidated,
                audit_opinion=period.audit_opinion,
                **period.values,
            )
        )
    Statement.objects.bulk_create(made)
    statements_booked.send(sender=Statement, client=client, statements=made, by=by)
    return made


def _refuse_closed(upload: StatementUpload) -> None:
    if upload.state == StatementUpload.State.COMMITTED:
        raise RuleBroken("upload_closed", _("This file has been taken over already."))
    if upload.state == StatementUpload.State.DROPPED:
        raise RuleBroken("upload_closed", _("This file has been dropped. Upload it again."))


def _close(upload: StatementUpload, state: str) -> StatementUpload:
    upload.state = state
    upload.closed_at = timezone.now()
    upload.save(update_fields=["state", "closed_at"])
    return upload


def _same(rule: StatementLines, period: Period, current: Statement | None) -> bool:
    if current is None or current.audit_opinion != period.audit_opinion:
        return False
    return {line: period.values.get(line) for line in rule.lines} == figures_of(rule, current)
