"""A sheet by the bank's statement template, read into figures and findings; nothing is written.

The sheet: B1 unit, B2 consolidated or single, B3 audit opinion, row 5 period ends from column B, labels in column A
below. Lines are found by their label, so they may stand in any row; a sub-total may be a formula, its value counts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from unicodedata import normalize

from clients.calc.statements import Statement, StatementLines, check_identities
from crm_project.rules.money import UNIT_EXPONENT, Unit
from crm_project.workflow.inspect import EMPTY, BadCell, Cell, Kind, Row, Sheet, amount_cell, date_cell
from crm_project.workflow.inspect.child.terms import column_letters

T = TypeVar("T")
ERROR, WARNING = "error", "warning"
PERIOD_ROW = 5
LAST_ROW, LAST_COLUMN = 400, 30
QUARTER_ENDS = {(3, 31), (6, 30), (9, 30), (12, 31)}

UNITS = {Unit.YUAN: ("元", "人民币元", "yuan", "cny"), Unit.WAN: ("万元", "人民币万元", "万", "wan", "cny 10k")}
KINDS = {
    True: ("合并", "合并报表", "consolidated"),
    False: ("单体", "单体报表", "母公司", "母公司报表", "个别报表", "single"),
}
OPINIONS = {
    "unqualified": ("标准无保留意见", "无保留意见", "标准无保留", "unqualified"),
    "emphasis": ("带强调事项段的无保留意见", "带强调事项段无保留意见", "unqualified with emphasis", "emphasis"),
    "qualified": ("保留意见", "qualified"),
    "adverse": ("否定意见", "adverse"),
    "disclaimer": ("无法表示意见", "disclaimer"),
    "unaudited": ("未经审计", "未审计", "unaudited"),
}
HEAD_CELLS = {1: "unit", 2: "kind", 3: "opinion"}
"""Row of column B to what stands there."""


@dataclass(frozen=True)
class Finding:
    """What is wrong in a file and where. `column` is a letter, `line` a key of the template, `period` an ISO date.

    `code` is stable and `params` hold figures and names only: the sentence is made where it is shown.
    """

    code: str
    severity: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    line: str = ""
    period: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Form in which it is stored and answered."""
        return asdict(self)


@dataclass
class PeriodRead:
    """One column of the sheet. `values`: CNY to the cent by line; blanks are left out."""

    period_end: date
    column: str
    values: dict[str, Decimal] = field(default_factory=dict)


@dataclass
class Reading:
    """A sheet as read. `unit`, `consolidated` and `opinion` are None where the sheet does not say.

    `rows`: line to its row in the sheet. `periods` hold the columns whose period end is known, oldest first.
    """

    sheet: str = ""
    unit: Unit | None = None
    consolidated: bool | None = None
    opinion: str | None = None
    rows: dict[str, int] = field(default_factory=dict)
    periods: list[PeriodRead] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def factor(self) -> Decimal:
        """Yuan in one unit of the sheet."""
        return Decimal(10) ** UNIT_EXPONENT[self.unit or Unit.WAN]

    def content(self) -> dict[str, Any]:
        """Form in which it is stored: figures as text in CNY."""
        return {
            "sheet": self.sheet,
            "unit": self.unit.value if self.unit else "",
            "consolidated": self.consolidated,
            "opinion": self.opinion or "",
            "periods": [
                {
                    "period_end": period.period_end.isoformat(),
                    "column": period.column,
                    "values": {line: str(value) for line, value in period.values.items()},
                }
                for period in self.periods
            ],
        }


def choose_sheet(sheets: Sequence[Sheet], names: Iterable[str]) -> tuple[Sheet | None, list[Finding]]:
    """The sheet of the company: the only one that holds anything, else the one that carries one of its names."""
    filled = [sheet for sheet in sheets if sheet.visible and sheet.height]
    chosen = filled if len(filled) == 1 else [sheet for sheet in filled if _plain(sheet.name) in map(_plain, names)]
    if not filled:
        return None, [Finding("no_sheet", ERROR)]
    if len(chosen) != 1:
        return None, [Finding("several_sheets", ERROR, params={"sheets": [sheet.name for sheet in filled]})]
    others = [sheet for sheet in sheets if sheet.height and sheet is not chosen[0]]
    return chosen[0], [Finding("sheet_ignored", WARNING, sheet=sheet.name) for sheet in others]


def read_sheet(rule: StatementLines, sheet: Sheet, today: date) -> Reading:
    """Everything the sheet says, and every cell that cannot be taken. Identities are checked apart."""
    if sheet.height > LAST_ROW or sheet.width > LAST_COLUMN:
        params = {"rows": sheet.height, "columns": sheet.width, "max_rows": LAST_ROW, "max_columns": LAST_COLUMN}
        return Reading(sheet.name, findings=[Finding("sheet_too_large", ERROR, sheet.name, params=params)])
    return _SheetReader(rule, sheet, today).read()


def check_figures(rule: StatementLines, reading: Reading, booked: Sequence[Statement]) -> list[Finding]:
    """Missing figures and broken identities of what was read, in the light of the years already in the books.

    A corrected year end also moves the opening of the year after it, so that one's roll-forward is looked at again.
    """
    ends = {period.period_end: period.column for period in reading.periods}
    read = [Statement(period.period_end, period.values, reading.factor) for period in reading.periods]
    known = [statement for statement in booked if statement.period_end not in ends]
    full = {statement.period_end: rule.complete(statement.values) for statement in [*read, *known]}
    findings = []
    for problem in check_identities(rule, [*read, *known]):
        opening = date(problem.period_end.year - 1, 12, 31)
        ours = problem.period_end in ends
        if not ours and not (problem.code == "roll_forward" and opening in ends):
            continue
        line = next((line for line in problem.lines if line in reading.rows), problem.lines[0])
        params: dict[str, Any] = {}
        if problem.difference is not None:
            reported = full[problem.period_end][problem.lines[0]] or Decimal(0)
            params = {
                "identity": problem.identity,
                "reported": str(reported),
                "computed": str(reported - problem.difference),
                "difference": str(problem.difference),
            }
        row = reading.rows.get(line) if ours else None
        if problem.code == "missing_value" and row is None:
            continue  # the line itself is missing, which is said already
        column = ends[problem.period_end] if ours else ""
        period = problem.period_end.isoformat()
        findings.append(Finding(problem.code, problem.severity, reading.sheet, row, column, line, period, params))
    return findings


class _SheetReader:
    """One pass over a sheet. Findings are collected, none ends the reading."""

    def __init__(self, rule: StatementLines, sheet: Sheet, today: date) -> None:
        self.rule = rule
        self.sheet = sheet
        self.today = today
        self.rows = {row.number: row for row in sheet.rows()}
        self.reading = Reading(sheet.name)
        self.columns: dict[int, PeriodRead | None] = {}
        self.without_period: set[int] = set()

    def read(self) -> Reading:
        reading = self.reading
        reading.unit = self._head(1, UNITS)
        reading.consolidated = self._head(2, KINDS)
        reading.opinion = self._head(3, OPINIONS)
        self._merged()
        self._periods()
        for number in range(PERIOD_ROW + 1, self.sheet.height + 1):
            if number in self.rows:
                self._line(self.rows[number])
        for line in self.rule.missing_lines(reading.rows):
            self._find("missing_line", line=line)
        reading.periods = sorted((one for one in self.columns.values() if one), key=lambda one: one.period_end)
        return reading

    def _find(self, code: str, severity: str = ERROR, **where: Any) -> None:
        self.reading.findings.append(Finding(code, severity, self.sheet.name, **where))

    def _cell(self, row: int, column: int) -> Cell:
        return self.rows[row][column] if row in self.rows else EMPTY

    def _head(self, row: int, words: Mapping[T, tuple[str, ...]]) -> T | None:
        """What B1, B2 or B3 says; None with a finding where it is empty or unknown."""
        name = HEAD_CELLS[row]
        cell = self._cell(row, 2)
        if cell.is_empty:
            self._find(f"{name}_missing", row=row, column="B")
            return None
        for meaning, labels in words.items():
            if cell.kind is Kind.TEXT and _plain(cell.text) in map(_plain, labels):
                return meaning
        self._find(f"{name}_unknown", row=row, column="B", params={"given": cell.text[:40]})
        return None

    def _merged(self) -> None:
        for region in self.sheet.merged:
            in_head = region.first_row <= len(HEAD_CELLS) and region.first_column <= 2 <= region.last_column
            if in_head or region.last_row >= PERIOD_ROW:
                column = column_letters(region.first_column)
                self._find("merged", row=region.first_row, column=column, params={"region": str(region)})

    def _periods(self) -> None:
        """Row 5: the period end of each column, None where it cannot be used."""
        row = self.rows.get(PERIOD_ROW, Row(PERIOD_ROW, ()))
        seen: dict[date, str] = {}
        for column in range(2, self.sheet.width + 1):
            letter = column_letters(column)
            try:
                day = date_cell(row, column, "period_end")
            except BadCell as error:
                self._bad_cell(error, "")
                self.columns[column] = None
                continue
            if day is None:
                continue
            where: dict[str, Any] = {"row": PERIOD_ROW, "column": letter, "period": day.isoformat()}
            self.columns[column] = None
            if (day.month, day.day) not in QUARTER_ENDS:
                self._find("not_quarter_end", **where)
            elif day > self.today:
                self._find("future_period", **where)
            elif day in seen:
                self._find("duplicate_period", **where, params={"other": seen[day]})
            else:
                seen[day] = letter
                self.columns[column] = PeriodRead(day, letter)
        if not self.columns:
            self._find("no_period", row=PERIOD_ROW, column="B")

    def _line(self, row: Row) -> None:
        label = row[1].text.strip()
        filled = [column for column in range(2, len(row.cells) + 1) if not row[column].is_empty]
        line = self.rule.line_of_label(label) if label else None
        if line is None:
            if filled:
                letter = column_letters(filled[0])
                self._find("unknown_line", WARNING, row=row.number, column=letter, params={"label": label[:60]})
            return
        if line in self.reading.rows:
            self._find("duplicate_line", row=row.number, line=line, params={"other": self.reading.rows[line]})
            return
        self.reading.rows[line] = row.number
        for column in filled:
            self._figure(row, column, line)

    def _figure(self, row: Row, column: int, line: str) -> None:
        letter = column_letters(column)
        if column not in self.columns:
            if column not in self.without_period:
                self._find("figure_without_period", row=row.number, column=letter, line=line)
            self.without_period.add(column)
            return
        period = self.columns[column]
        day = period.period_end.isoformat() if period else ""
        try:
            value = amount_cell(row, column, line, unit=self.reading.unit or Unit.WAN, calculated=True)
        except BadCell as error:
            self._bad_cell(error, line, day)
            return
        if row[column].kind is Kind.TEXT:
            where: dict[str, Any] = {"row": row.number, "column": letter, "line": line, "period": day}
            self._find("text_figure", WARNING, **where, params={"given": row[column].text[:40], "value": str(value)})
        if period and value is not None:
            period.values[line] = value

    def _bad_cell(self, error: BadCell, line: str, period: str = "") -> None:
        params = {**error.params, "given": error.given[:40]}
        self._find(error.rule, row=error.row, column=error.column, line=line, period=period, params=params)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", normalize("NFKC", text)).strip().casefold()
