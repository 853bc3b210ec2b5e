"""Lists as CSV and XLSX: the same rows, columns, order and unit as on the page.

Text that a spreadsheet would run as a formula is neutralised in CSV and written as plain text in XLSX.
"""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from crm_project.ui.listing import Listing

FORMATS = ("xlsx", "csv")
MAX_ROWS = 50_000
BATCH = 2_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BLANKS = " \u3000\u00a0\ufeff"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def neutral(value: Any) -> str:
    """A CSV cell that no spreadsheet takes for a formula: such text gets a leading apostrophe. Numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    text = str(value)
    runs = text.startswith(FORMULA_STARTS) or text.lstrip(BLANKS).startswith(FORMULA_STARTS)
    return f"'{text}" if runs else text


def response(listing: Listing, name: str, kind: str) -> HttpResponse:
    """The file as a download. `name` without ending; `kind` one of FORMATS."""
    body = _csv(listing) if kind == "csv" else _xlsx(listing)
    answer = HttpResponse(body, content_type="text/csv; charset=utf-8" if kind == "csv" else XLSX_TYPE)
    answer["Content-Disposition"] = content_disposition_header(True, f"{name}-{date.today().isoformat()}.{kind}")
    return answer


def _exported(listing: Listing) -> list[tuple[str, Any]]:
    columns = listing.table_class.base_columns
    return [(name, columns[name]) for name in listing.columns if not columns[name].exclude_from_export]


def _records(listing: Listing) -> Iterator[list[Any]]:
    names = [name for name, _column in _exported(listing)]
    batch: list[Any] = []
    for record in listing.queryset.iterator(chunk_size=BATCH):
        batch.append(record)
        if len(batch) == BATCH:
            yield from _values(listing, batch, names)
            batch = []
    yield from _values(listing, batch, names)


def _values(listing: Listing, batch: list[Any], names: list[str]) -> Iterator[list[Any]]:
    for row in listing.table(batch).rows:
        yield [row.get_cell_value(name) for name in names]


def _csv(listing: Listing) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutral(column.plain_header()) for _name, column in _exported(listing)])
    for record in _records(listing):
        writer.writerow([neutral(value) for value in record])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _xlsx(listing: Listing) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        head = book.add_format({"bold": True, "bottom": 1})
        columns = _exported(listing)
        writers = [_writer(book, sheet, column) for _name, column in columns]
        for index, (_name, column) in enumerate(columns):
            sheet.set_column(index, index, 14 if column.number_format() else 22)
            sheet.write_string(0, index, column.plain_header(), head)
        for number, record in enumerate(_records(listing), start=1):
            for index, value in enumerate(record):
                if value is not None:
                    writers[index](number, index, value)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _writer(book: Any, sheet: Any, column: Any) -> Callable[[int, int, Any], None]:
    if not column.number_format():
        return lambda row, index, value: sheet.write_string(row, index, str(value))
    shown = book.add_format({"num_format": column.number_format()})

    def write(row: int, index: int, value: Any) -> None:
        if isinstance(value, (int, Decimal)):
            sheet.write_number(row, index, value, shown)
        else:
            sheet.write_string(row, index, str(value))

    return write
