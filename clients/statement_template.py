"""The bank's statement template as a workbook, empty or filled, made from the rule data."""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from clients.calc.statements import Identity, StatementLines
from clients.services.statement_sheet import KINDS, OPINIONS, PERIOD_ROW, UNITS
from clients.statement_texts import in_language, name_of
from crm_project.rules.money import Unit, scale

COLUMNS = 5
"""Periods a template has room for."""
FIGURE = "#,##0.00####;[Red](#,##0.00####)"
SHEET_NAME_LIMIT = 31
FORBIDDEN_IN_NAMES = str.maketrans("", "", "[]:*?/\\'")

Periods = Sequence[tuple[date, Mapping[str, Decimal | None]]]


def workbook(
    rule: StatementLines,
    *,
    name: str,
    periods: Periods = (),
    unit: Unit = Unit.WAN,
    consolidated: bool | None = None,
    opinion: str = "",
) -> bytes:
    """An XLSX file by the template: labels, choices for the head, formulas with their values for the sub-totals.

    periods: period end and figures in CNY by line, at most COLUMNS; without them the file is the empty template, whose
    unit, kind and opinion must be chosen: nothing is taken for granted.
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(name.translate(FORBIDDEN_IN_NAMES)[:SHEET_NAME_LIMIT])
        _TemplateWriter(rule, book, sheet, unit).write(periods, consolidated, opinion)
    return out.getvalue()


class _TemplateWriter:
    def __init__(self, rule: StatementLines, book: Any, sheet: Any, unit: Unit) -> None:
        self.rule = rule
        self.sheet = sheet
        self.unit = unit
        self.label = book.add_format({"text_wrap": False})
        self.strong = book.add_format({"bold": True})
        self.note = book.add_format({"font_color": "#536478", "italic": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "bold": True, "bottom": 1, "align": "right"})
        self.entry = book.add_format({"num_format": FIGURE, "font_color": "#1D5BB8"})
        self.total = book.add_format({"num_format": FIGURE, "bold": True, "bg_color": "#F3F5F8"})
        self.sums = {one.line: one for one in rule.identities if one.kind == "sub_total"}

    def write(self, periods: Periods, consolidated: bool | None, opinion: str) -> None:
        self.sheet.set_column(0, 0, 34)
        self.sheet.set_column(1, COLUMNS, 17)
        self._head(0, _("Unit"), UNITS, self.unit if periods else "")
        self._head(1, _("Kind of statement"), KINDS, consolidated)
        self._head(2, _("Audit opinion"), OPINIONS, opinion)
        help_line = _("Blue: to be entered. Grey: computed, may be overwritten. Flows are those of the year to date.")
        self.sheet.write_string(3, 0, help_line, self.note)
        self.sheet.write_string(PERIOD_ROW - 1, 0, _("Period end"), self.strong)
        for line in self.rule.lines.values():
            self.sheet.write_string(line.row - 1, 0, name_of(line), self.strong if line.is_total else self.label)
        for column in range(1, COLUMNS + 1):
            end, values = periods[column - 1] if column <= len(periods) else (None, {})
            self._column(column, end, values)
        self.sheet.freeze_panes(PERIOD_ROW, 1)

    def _head(self, row: int, label: str, words: Mapping[Any, tuple[str, ...]], value: Any) -> None:
        choices = {meaning: in_language(labels[-1], labels[0]) for meaning, labels in words.items()}
        self.sheet.write_string(row, 0, label, self.strong)
        if value in choices:
            self.sheet.write_string(row, 1, choices[value])
        self.sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": list(choices.values())})

    def _column(self, column: int, end: date | None, values: Mapping[str, Decimal | None]) -> None:
        if end:
            self.sheet.write_datetime(PERIOD_ROW - 1, column, end, self.day)
        else:
            self.sheet.write_blank(PERIOD_ROW - 1, column, None, self.day)
        full = self.rule.complete(values) if end else {}
        for line in self.rule.lines.values():
            row = line.row - 1
            identity = self.sums.get(line.key)
            if identity:
                shown = self._shown(full.get(line.key))
                self.sheet.write_formula(row, column, self._formula(identity, column), self.total, shown)
            elif values.get(line.key) is not None:
                self.sheet.write_number(row, column, self._shown(values[line.key]), self.entry)
            else:
                self.sheet.write_blank(row, column, None, self.entry)

    def _formula(self, identity: Identity, column: int) -> str:
        """Sum of the lines of a sub-total; empty while the column has no period end."""
        signs = {1: "+", -1: "-"}
        cells = ((term.sign, xl_rowcol_to_cell(self.rule.lines[term.line].row - 1, column)) for term in identity.terms)
        terms = "".join(f"{signs[sign]}{cell}" for sign, cell in cells).removeprefix("+")
        return f'=IF({xl_rowcol_to_cell(PERIOD_ROW - 1, column)}="","",{terms})'

    def _shown(self, value: Decimal | None) -> float | str:
        """The figure in the file's unit as a spreadsheet holds it: a double, exact to its 15 digits."""
        return "" if value is None else float(scale(value, self.unit))
