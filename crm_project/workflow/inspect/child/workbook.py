"""Spreadsheets: checked as archives first, then read by calamine, which is imported nowhere else."""

import datetime
import math
import posixpath
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

from . import terms
from .archive import Archive
from .biff import Errors, errors_by_sheet
from .rows import Sink
from .terms import Cell, Refusal
from .used_range import Part, check_range

DOUBLE_DIGITS = 15
FIRST_EXACT_DAY = datetime.date(1900, 3, 1)
"""Earlier serial numbers are a day off: spreadsheets believe in a 29 February 1900."""
RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
LIMIT_OF_INDEX = 4 * terms.MEGABYTE


def read_xlsx(file: BinaryIO, sink: Sink) -> None:
    """All sheets into the sink. Raises Refusal."""
    archive = Archive(file)
    errors = {}
    for name, pieces in archive.walk():
        part = Part()
        if name.lower().endswith(".xml"):
            part.take(pieces)
        else:
            for _piece in pieces:  # counted against the size it declares
                pass
        errors[name.replace("\\", "/").lstrip("/")] = part.errors
    parts = _parts_of_sheets(archive)
    _read(file, sink, [errors.get(part, {}) for part in parts])


def read_xls(file: BinaryIO, sink: Sink) -> None:
    """All sheets into the sink. Raises Refusal."""
    errors = errors_by_sheet(file.read())
    _read(file, sink, errors)


def _read(file: BinaryIO, sink: Sink, errors: Sequence[Errors]) -> None:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    file.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(file)
        known = [(at, one) for at, one in enumerate(book.sheets_metadata) if one.typ == SheetTypeEnum.WorkSheet]
        if len(known) > terms.MAX_SHEETS:
            raise Refusal("too_many_sheets", found=len(known), limit=terms.MAX_SHEETS)
        for place, (at, one) in enumerate(known):
            marked = errors[place] if place < len(errors) else {}
            _read_sheet(book.get_sheet_by_index(at), one.visible == SheetVisibleEnum.Visible, marked, sink)
    except PasswordError as error:
        raise Refusal("encrypted") from error
    except CalamineError as error:
        raise Refusal("broken") from error


def _read_sheet(sheet: Any, visible: bool, errors: Errors, sink: Sink) -> None:
    end = sheet.end
    if end is not None:
        check_range(end[0] + 1, end[1] + 1)
    merged = sheet.merged_cell_ranges or []
    if len(merged) > terms.MAX_MERGED:
        raise Refusal("broken")
    sink.open_sheet(sheet.name, visible, [[a + 1, b + 1, c + 1, d + 1] for (a, b), (c, d) in merged])
    for number, cells in enumerate(_numbered(sheet, errors), start=1):
        sink.row(number, cells)


def _numbered(sheet: Any, errors: Errors) -> Iterator[list[Cell]]:
    """Rows from the first row of the sheet, cells from its first column."""
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in errors.items():
        by_row.setdefault(row, []).append((column, text))
    indent: list[Cell] = [None] * sheet.start[1] if sheet.start else []
    number = 0
    for number, values in enumerate(sheet.iter_rows() if sheet.start else (), start=1):
        yield _with_errors(indent + [typed(value) for value in values], by_row.pop(number, ()))
    for late in range(number + 1, max(by_row, default=0) + 1):  # rows that hold errors only
        yield _with_errors([], by_row.get(late, ()))


def _with_errors(cells: list[Cell], errors: Any) -> list[Cell]:
    for column, text in errors:
        cells.extend([None] * (column - len(cells)))
        cells[column - 1] = (terms.ERROR, text)
    return cells


def typed(value: Any) -> Cell:
    """A value of the reader as kind and text."""
    kind = type(value)
    if kind is str:
        return (terms.TEXT, value) if value else None
    if kind is float:
        return number(value)
    if kind is datetime.date:
        return (terms.DATE if value >= FIRST_EXACT_DAY else terms.ERROR), value.isoformat()
    if kind is datetime.datetime:
        return terms.MOMENT, value.isoformat(sep=" ", timespec="seconds")
    if kind is bool:
        return terms.BOOLEAN, "1" if value else "0"
    if kind is int:
        return terms.NUMBER, str(value)
    return terms.TIME, str(value)  # a time of day or a span, neither of which any import wants as a figure


def number(value: float) -> Cell:
    """The double as its shortest exact decimal, without an exponent. One that needs more than 15 digits is marked:
    a spreadsheet does not show it as it is stored."""
    text = repr(value)
    if len(text) <= DOUBLE_DIGITS and "e" not in text and "n" not in text:
        return terms.NUMBER, text.removesuffix(".0")
    if not math.isfinite(value):
        return terms.ERROR, text
    exact = Decimal(text)
    digits = "".join(map(str, exact.as_tuple().digits)).strip("0")
    return (terms.NUMBER if len(digits) <= DOUBLE_DIGITS else terms.LONG_NUMBER), f"{exact:f}".removesuffix(".0")


def _parts_of_sheets(archive: Archive) -> list[str]:
    """The part of each sheet of cells in workbook order; empty where the index cannot be read."""
    try:
        book = ET.fromstring(archive.read("xl/workbook.xml", LIMIT_OF_INDEX))  # noqa: S314  (limited child)
        links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels", LIMIT_OF_INDEX))  # noqa: S314
    except ET.ParseError:
        return []
    targets = {link.get("Id"): (link.get("Type", ""), link.get("Target", "")) for link in links}
    sheets = [targets.get(one.get(RELATIONSHIP), ("", "")) for one in book.iter() if one.tag.endswith("}sheet")]
    return [posixpath.join("/xl", target).lstrip("/") for kind, target in sheets if kind.endswith("/worksheet")]
