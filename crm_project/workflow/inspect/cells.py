"""Rows and cells as importers see them, and how a cell becomes a text, a day or an amount: exactly, or with an error
that names row, field and rule. Nothing is rounded, guessed or dropped in silence."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from django.utils.translation import gettext_lazy as _

from crm_project.rules.money import BadAmount, Unit, parse_figure, unscale
from crm_project.ui.forms import AMOUNT_ERRORS
from crm_project.workflow.inspect.child import terms
from crm_project.workflow.inspect.child.terms import column_letters

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise


class Kind(StrEnum):
    EMPTY = ""
    TEXT = terms.TEXT
    NUMBER = terms.NUMBER
    LONG_NUMBER = terms.LONG_NUMBER
    DATE = terms.DATE
    MOMENT = terms.MOMENT
    TIME = terms.TIME
    BOOLEAN = terms.BOOLEAN
    ERROR = terms.ERROR


class Cell(NamedTuple):
    """`text` by kind: the text itself; the exact decimal (LONG_NUMBER: more than 15 digits, as formulas leave them);
    2025-12-31; 2025-12-31 08:30:00; 1 or 0; #DIV/0!."""

    kind: Kind = Kind.EMPTY
    text: str = ""

    @property
    def is_empty(self) -> bool:
        return self.kind is Kind.EMPTY or (self.kind is Kind.TEXT and not self.text.strip())


EMPTY = Cell()
KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Row:
    """`number` counts from 1 as the spreadsheet shows it."""

    number: int
    cells: tuple[Cell, ...]

    def __getitem__(self, column: int) -> Cell:
        """The cell of a column from 1; empty beyond the row's end."""
        return self.cells[column - 1] if 1 <= column <= len(self.cells) else EMPTY


@dataclass(frozen=True)
class Merged:
    """A merged region, rows and columns from 1, both ends within. Its value stands in the first cell only."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def __str__(self) -> str:
        first = f"{column_letters(self.first_column)}{self.first_row}"
        return f"{first}:{column_letters(self.last_column)}{self.last_row}"

    def touches(self, first_row: int, last_row: int) -> bool:
        return self.first_row <= last_row and self.last_row >= first_row


@dataclass(frozen=True)
class Sheet:
    """A sheet by name (empty for text files), with the last row and column that hold anything."""

    name: str
    visible: bool
    height: int
    width: int
    _file: BinaryIO = field(repr=False, compare=False)
    _offset: int = field(repr=False)
    _lines: int = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """Rows that hold anything, one at a time, from the first; may be called again."""
        position = self._offset + len(self._first_line)
        for _line in range(self._lines):
            self._file.seek(position)  # another sheet may be read in between
            line = self._file.readline()
            position += len(line)
            number, cells = json.loads(line)
            yield Row(number, tuple(_cell(cell) for cell in cells))

    @cached_property
    def merged(self) -> tuple[Merged, ...]:
        """Merged regions of the sheet."""
        return tuple(Merged(*corners) for corners in json.loads(self._first_line))

    @cached_property
    def _first_line(self) -> bytes:
        self._file.seek(self._offset)
        return self._file.readline()


def _cell(pair: list[str] | None) -> Cell:
    return EMPTY if pair is None else Cell(KINDS[pair[0]], pair[1])


class BadCell(Exception):
    """A cell that an importer cannot take. `rule` is a stable code, `field` the importer's word for the column."""

    def __init__(self, row: int, column: int, field: "Text", rule: str, given: str, **params: Any) -> None:
        super().__init__(f"row {row}, {field}: {rule} ({given!r})")
        self.row = row
        self.column = column_letters(column)
        self.field = field
        self.rule = rule
        self.given = given
        self.params = params

    @property
    def message(self) -> str:
        """Row, field and what is wrong, in the active language."""
        reason = str(RULES[self.rule]) % {"given": self.given, **self.params}
        where = _("Row %(row)s, column %(column)s, %(field)s: %(reason)s")
        return str(where) % {"row": self.row, "column": self.column, "field": self.field, "reason": reason}


RULES: dict[str, "Text"] = {
    **AMOUNT_ERRORS,
    "required": _("This must not be empty."),
    "error_value": _("The cell holds the error %(given)s."),
    "not_text": _("“%(given)s” is not a text."),
    "too_long": _("The text has more than %(limit)s characters."),
    "digits_lost": _(
        "The number is stored as a figure and has lost its last digits. Format the column as text and enter it again."
    ),
    "not_a_date": _("“%(given)s” is not a day such as 2025-12-31."),
    "has_time": _("“%(given)s” carries a time of day; a day is wanted."),
    "calculated_digits": _("“%(given)s” is finer than a spreadsheet shows. Round it to the cent and enter it again."),
}

EXACT_DIGITS = 15
SHOWN = Context(prec=EXACT_DIGITS, rounding=ROUND_HALF_EVEN)
SPARE_DIGITS = 2
DAY = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))")


def text_cell(row: Row, column: int, field: "Text", *, required: bool = False, limit: int = 0) -> str:
    """The text of a cell without blanks around it. A whole number is taken as its digits where none were lost.

    limit: most characters, 0 for no limit. Raises BadCell: required, error_value, not_text, digits_lost, too_long.
    """
    cell = row[column]
    if cell.kind in (Kind.NUMBER, Kind.LONG_NUMBER):
        if cell.kind is Kind.LONG_NUMBER or len(cell.text.lstrip("-")) > EXACT_DIGITS:
            raise BadCell(row.number, column, field, "digits_lost", cell.text)
    elif cell.kind not in (Kind.TEXT, Kind.EMPTY):
        raise _wrong_kind(row, column, field, "not_text")
    text = cell.text.strip()
    if required and not text:
        raise BadCell(row.number, column, field, "required", "")
    if limit and len(text) > limit:
        raise BadCell(row.number, column, field, "too_long", text[:40], limit=limit)
    return text


def date_cell(row: Row, column: int, field: "Text", *, required: bool = False) -> date | None:
    """The day of a cell: a date cell, or a text such as 2025-12-31, 2025/12/31, 2025.12.31, 20251231, 2025年12月31日.

    None where empty. Raises BadCell: required, error_value, not_a_date (a bare number too), has_time.
    """
    cell = row[column]
    if cell.is_empty:
        _refuse_nothing(row, column, field, required)
        return None
    if cell.kind is Kind.MOMENT:
        moment = datetime.fromisoformat(cell.text)
        if moment.time() != time.min:
            raise BadCell(row.number, column, field, "has_time", cell.text)
        return moment.date()
    if cell.kind not in (Kind.DATE, Kind.TEXT):
        raise _wrong_kind(row, column, field, "not_a_date")
    found = DAY.fullmatch(cell.text.strip())
    try:
        if found is None:
            raise ValueError(cell.text)
        year, month, day = (int(part) for part in found.groups() if part is not None and part not in "-/.")
        return date(year, month, day)
    except ValueError as error:
        raise BadCell(row.number, column, field, "not_a_date", cell.text) from error


def amount_cell(
    row: Row,
    column: int,
    field: "Text",
    *,
    unit: Unit = Unit.YUAN,
    required: bool = False,
    calculated: bool = False,
) -> Decimal | None:
    """The amount of a cell in CNY to the cent; `unit` is the unit the sheet is written in.

    A figure of more than 15 digits is refused. calculated: the column may hold results of formulas, which carry dust
    behind their digits (1234567.8900000001); then the 15 digits a spreadsheet shows are taken, where they end at least
    two digits earlier, so that the dust can be nothing else.
    None where empty. Raises BadCell: required, error_value, calculated_digits, or a code of rules.money.
    """
    cell = row[column]
    if cell.is_empty:
        _refuse_nothing(row, column, field, required)
        return None
    if cell.kind not in (Kind.NUMBER, Kind.LONG_NUMBER, Kind.TEXT):
        raise _wrong_kind(row, column, field, "not_a_number")
    try:
        figure = parse_figure(cell.text)
        if cell.kind is Kind.LONG_NUMBER:
            figure = _without_dust(figure, calculated)
        return unscale(figure, unit)
    except BadAmount as error:
        raise BadCell(row.number, column, field, error.code, cell.text) from error


def _without_dust(figure: Decimal, calculated: bool) -> Decimal:
    shown = SHOWN.create_decimal(figure).normalize()
    if not calculated:
        raise BadAmount("too_many_digits", f"{figure} has more digits than a spreadsheet number holds exactly")
    if len(shown.as_tuple().digits) > EXACT_DIGITS - SPARE_DIGITS:
        raise BadAmount("calculated_digits", f"{figure} is finer than a spreadsheet shows")
    return shown


def _refuse_nothing(row: Row, column: int, field: "Text", required: bool) -> None:
    if required:
        raise BadCell(row.number, column, field, "required", "")


def _wrong_kind(row: Row, column: int, field: "Text", rule: str) -> BadCell:
    cell = row[column]
    return BadCell(row.number, column, field, "error_value" if cell.kind is Kind.ERROR else rule, cell.text)
