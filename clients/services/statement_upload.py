"""Reading a workbook of financial statements into a preview."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.calc.statements import Statement, StatementLines
from clients.models import Client, StatementUpload
from clients.services.statement_sheet import WARNING, Finding, Reading, check_figures, choose_sheet, read_sheet
from clients.statement_books import booked, template_lines
from crm_project.organization.models import Staff
from crm_project.rules.errors import RuleBroken
from crm_project.workflow.inspect import BadFile, Inspection
from crm_project.workflow.models import StoredFile
from crm_project.workflow.services.documents import plain_name
from crm_project.workflow.store import inspect_stored, store_upload

WORKBOOKS = ("xlsx", "xls")
LONGEST_NAME = 150
SUSPECT_TIMES = 1000
"""Total assets this many times those of the nearest filing are taken for a mistake in the unit."""


def read_upload(*, client: Client, upload: "File[bytes]", by: Staff) -> StatementUpload:
    """Store a workbook and read it into a preview; nothing is booked. The same file again leads to the first upload.

    Opens the file in a child process, so call it outside transactions. Raises RuleBroken naming why a file is not
    taken; what is wrong inside it stands in the preview's problems.
    """
    try:
        stored = store_upload(upload)
        known = _open_upload(client, stored)
        if known:
            return known
        with inspect_stored(stored) as found:
            reading = _read(client, found)
    except BadFile as error:
        raise error.as_rule() from error
    try:
        with transaction.atomic():
            return StatementUpload.objects.create(
                root_id=client.root_id,
                client=client,
                file=stored,
                file_name=_short_name(upload.name or ""),
                content=reading.content(),
                problems=[finding.as_dict() for finding in reading.findings],
                uploaded_by=by,
            )
    except IntegrityError:  # sent twice at the same moment
        known = _open_upload(client, stored)
        if known is None:
            raise
        return known


def _read(client: Client, found: Inspection) -> Reading:
    if found.kind not in WORKBOOKS:
        raise RuleBroken(
            "statement_not_a_workbook",
            _("Statements come as an Excel workbook by the bank's template; text files are not taken."),
            "file",
        )
    rule = template_lines()
    sheet, about_sheets = choose_sheet(found.sheets, (client.name, client.short_name, client.uscc))
    if sheet is None:
        return Reading(findings=about_sheets)
    reading = read_sheet(rule, sheet, timezone.localdate())
    reading.findings = [*about_sheets, *reading.findings]
    if reading.unit is None:  # without the unit no amount is known
        reading.periods = []
    known = [] if reading.consolidated is None else booked(rule, client, consolidated=reading.consolidated)
    reading.findings += _unit_findings(rule, reading, known)
    reading.findings += check_figures(rule, reading, known)
    return reading


def _unit_findings(rule: StatementLines, reading: Reading, known: Sequence[Statement]) -> Iterable[Finding]:
    """A warning where total assets leap by a factor that only another unit explains."""
    assets = {one.period_end: total for one in known if (total := rule.complete(one.values)["total_assets"])}
    for period in reading.periods:
        total = rule.complete(period.values)["total_assets"]
        nearest = min(assets, key=lambda day: abs(day - period.period_end), default=None)
        if not total or nearest is None:
            continue
        times = abs(total / assets[nearest])
        if Decimal(1) / SUSPECT_TIMES < times < SUSPECT_TIMES:
            continue
        params = {"times": f"{times:.4g}", "other": nearest.isoformat()}
        where: dict[str, Any] = {"sheet": reading.sheet, "column": period.column, "line": "total_assets"}
        row = reading.rows.get("total_assets")
        yield Finding("unit_suspect", WARNING, **where, row=row, period=period.period_end.isoformat(), params=params)


def _open_upload(client: Client, stored: StoredFile) -> StatementUpload | None:
    return StatementUpload.objects.filter(client=client, file=stored).exclude(state="dropped").first()


def _short_name(name: str) -> str:
    """The file's own name; a long one loses the end of its stem and keeps its ending."""
    path = Path(plain_name(name) or "statements.xlsx")
    return f"{path.stem[: LONGEST_NAME - len(path.suffix)]}{path.suffix}"
