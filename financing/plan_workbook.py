"""A plan version as a workbook with live formulas: cash flow, repayment schedule, key figures.

Blue cells are inputs. Interest, principal, cash and cover are formulas over them with the calculated values cached. The
principal of a sculpted loan is an input, since its cents come from a search; the last row of every loan takes what is
left. CNY to the cent.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from financing.models import PlanVersion, Tranche
from financing.services.case import FLOWS

CASH, SCHEDULE, FIGURES = "现金流", "还款计划", "指标"
FIRST_LOAN = 12  # row of the first loan on the sheet of figures, from 1
FIRST_ROW = 2
SHOCK, RATE_SHOCK, EQUITY, USES = f"'{FIGURES}'!$B$3", f"'{FIGURES}'!$B$4", f"'{FIGURES}'!$B$5", f"'{FIGURES}'!$B$6"
MONEY_FORMAT = "#,##0.00;[Red](#,##0.00)"
Json = Mapping[str, Any]


@dataclass
class _Book:
    book: Any
    formats: dict[str, Any] = field(default_factory=dict)

    def look(self, number: str = "", *, typed: bool = False, bold: bool = False) -> Any:
        key = f"{number}{typed}{bold}"
        if key not in self.formats:
            style: dict[str, Any] = {"num_format": number} if number else {}
            style |= {"font_color": "#1D5BB8"} if typed else {}
            style |= {"bold": True} if bold else {}
            self.formats[key] = self.book.add_format(style)
        return self.formats[key]


def workbook(version: PlanVersion) -> bytes:
    """The file. The version must have a result with figures."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    made = _Book(book)
    sheets = [book.add_worksheet(name) for name in (CASH, SCHEDULE, FIGURES)]
    result = version.result
    last = _schedule(made, sheets[1], result["tranches"])
    _cash(made, sheets[0], result, last)
    _figures(made, sheets[2], version)
    for sheet in sheets:
        sheet.set_column(0, 16, 16)
        sheet.freeze_panes(1, 0)
    book.close()
    return file.getvalue()


def _heads(made: _Book, sheet: Any, row: int, heads: list[str]) -> None:
    for column, head in enumerate(heads):
        sheet.write(row, column, head, made.look(bold=True))


def _schedule(made: _Book, sheet: Any, loans: list[Json]) -> int:
    """All rows of all loans, one after the other. Returns the number of the last row, from 1."""
    heads = [_("Loan"), _("No."), _("Due on"), _("Days"), _("Opening"), _("Interest"), _("Principal")]
    _heads(made, sheet, 0, [*heads, _("Debt service"), _("Closing"), _("Project loan"), _("Discount factor")])
    row = FIRST_ROW
    for place, loan in enumerate(loans):
        first = row
        for line in loan["rows"]:
            _line(made, sheet, row, line, loan, (first, FIRST_LOAN + place))
            row += 1
    return row - 1


def _line(made: _Book, sheet: Any, row: int, line: Json, loan: Json, at: tuple[int, int]) -> None:
    first, loan_row = at
    money = made.look(MONEY_FORMAT)
    due = date.fromisoformat(line["due_on"])
    before = f"'{FIGURES}'!$H${loan_row}" if row == first else f"C{row - 1}"
    amount, rate = f"'{FIGURES}'!$C${loan_row}", f"'{FIGURES}'!$G${loan_row}"
    sheet.write_number(row - 1, 0, loan["no"])
    sheet.write_number(row - 1, 1, line["no"])
    sheet.write_datetime(row - 1, 2, due, made.look("yyyy-mm-dd", typed=True))
    sheet.write_formula(row - 1, 3, f"=C{row}-{before}", None, _days(line, loan))
    sheet.write_formula(row - 1, 4, f"={amount}" if row == first else f"=I{row - 1}", money, float(line["opening"]))
    sheet.write_formula(row - 1, 5, f"=ROUND(E{row}*{rate}*D{row}/360,2)", money, float(line["interest"]))
    formula = _principal(line, loan, row, loan_row)
    if formula:
        sheet.write_formula(row - 1, 6, formula, money, float(line["principal"]))
    else:
        sheet.write_number(row - 1, 6, float(line["principal"]), made.look(MONEY_FORMAT, typed=True))
    service = Decimal(line["interest"]) + Decimal(line["principal"])
    sheet.write_formula(row - 1, 7, f"=F{row}+G{row}", money, float(service))
    sheet.write_formula(row - 1, 8, f"=E{row}-G{row}", money, float(line["closing"]))
    sheet.write_number(row - 1, 9, int(loan["project"]))
    if loan["method"] == Tranche.Method.ANNUITY and line["no"] > _grace(loan):
        earlier = "1" if line["no"] == _grace(loan) + 1 else f"K{row - 1}"
        sheet.write_formula(row - 1, 10, f"={earlier}/(1+{rate}*D{row}/360)", None, _factor(loan, line["no"]))


def _principal(line: Json, loan: Json, row: int, loan_row: int) -> str:
    """The formula of a row's principal; empty where it is typed."""
    grace, count = _grace(loan), len(loan["rows"])
    if line["no"] == count:
        return f"=E{row}"
    if loan["method"] == Tranche.Method.EQUAL_PRINCIPAL:
        amount = f"'{FIGURES}'!$C${loan_row}"
        return "=0" if line["no"] <= grace else f"=MIN(E{row},ROUND({amount}/{count - grace},2))"
    if loan["method"] == Tranche.Method.ANNUITY:
        level = f"'{FIGURES}'!$L${loan_row}"
        return "=0" if line["no"] <= grace else f"=MIN(E{row},MAX(0,{level}-F{row}))"
    return "=0" if loan["method"] == Tranche.Method.BULLET else ""


def _grace(loan: Json) -> int:
    return min(int(loan["grace"]), len(loan["rows"]) - 1)


def _days(line: Json, loan: Json) -> int:
    no = line["no"]
    before = loan["starts_on"] if no == 1 else loan["rows"][no - 2]["due_on"]
    return (date.fromisoformat(line["due_on"]) - date.fromisoformat(before)).days


def _factor(loan: Json, no: int) -> float:
    found = 1.0
    for line in loan["rows"][_grace(loan) : no]:
        found /= 1 + float(loan["rate"]) * _days(line, loan) / 360
    return found


def _cash(made: _Book, sheet: Any, result: Json, last: int) -> None:
    names = [_("Revenue"), _("Operating cost"), _("Tax"), _("Capital spending"), _("Change of working capital")]
    more = [_("Cash for debt service"), _("Interest"), _("Principal"), _("DSCR"), _("Balance")]
    _heads(made, sheet, 0, [_("Begins on"), _("Ends on"), *names, *more])
    money, typed = made.look(MONEY_FORMAT), made.look(MONEY_FORMAT, typed=True)
    column = {name: f"'{SCHEDULE}'!${name}${FIRST_ROW}:${name}${last}" for name in "CDEGFJ"}
    balance = Decimal(result["figures"]["debt"])
    ends = [date.fromisoformat(period["ends_on"]) for period in result["periods"]]
    before = _start(ends)
    for row, (period, end) in enumerate(zip(result["periods"], ends, strict=True), FIRST_ROW):
        sheet.write_datetime(row - 1, 0, before + timedelta(days=1), made.look("yyyy-mm-dd", typed=True))
        sheet.write_datetime(row - 1, 1, end, made.look("yyyy-mm-dd", typed=True))
        for n, name in enumerate(FLOWS, 2):
            sheet.write_number(row - 1, n, float(period[name]), typed)
        net = f"=ROUND((C{row}-D{row}-E{row}-F{row}-G{row})*(1+{SHOCK}),2)"
        sheet.write_formula(row - 1, 7, net, money, float(period["cfads"]))
        inside = f"({column['C']}>=A{row})*({column['C']}<=B{row})*{column['J']}"
        extra = f"{RATE_SHOCK}/10000*SUMPRODUCT({inside}*{column['E']}*{column['D']})/360"
        interest = f"=ROUND(SUMPRODUCT({inside}*{column['F']})+{extra},2)"
        sheet.write_formula(row - 1, 8, interest, money, float(period["interest"]))
        principal = f"=SUMPRODUCT({inside}*{column['G']})"
        sheet.write_formula(row - 1, 9, principal, money, float(period["principal"]))
        if period["dscr"] is not None:
            cover = f"=ROUND(H{row}/(I{row}+J{row}),6)"
            sheet.write_formula(row - 1, 10, cover, made.look("0.00"), float(period["dscr"]))
        balance -= Decimal(period["principal"])
        owed = f"'{FIGURES}'!$B$7" if row == FIRST_ROW else f"L{row - 1}"
        sheet.write_formula(row - 1, 11, f"={owed}-J{row}", money, float(balance))
        before = end


def _start(ends: list[date]) -> date:
    """The day before the first period, which is as long as the second; a year for a case of one period."""
    length = (ends[1] - ends[0]) if len(ends) > 1 else timedelta(days=365)
    return ends[0] - length - timedelta(days=1)


def _figures(made: _Book, sheet: Any, version: PlanVersion) -> None:
    result = version.result
    head = result["figures"]
    loans, periods = result["tranches"], len(result["periods"])
    money, typed, share = made.look(MONEY_FORMAT), made.look(MONEY_FORMAT, typed=True), made.look("0.00%")
    sheet.write(0, 0, f"{version.plan.title} {version.name}", made.look(bold=True))
    sheet.write(2, 0, _("Change of cash flow"))
    sheet.write_number(2, 1, float(result["cfads_shock"]), made.look("0.00%", typed=True))
    sheet.write(3, 0, _("Change of rate, basis points"))
    sheet.write_number(3, 1, result["rate_shock_bp"], made.look("0", typed=True))
    sheet.write(4, 0, _("Project capital"))
    sheet.write_number(4, 1, float(head["equity"]), typed)
    sheet.write(5, 0, _("Total uses"))
    sheet.write_number(5, 1, float(head["uses"]), typed)
    last = FIRST_LOAN + len(loans) - 1
    debt = f"=SUMPRODUCT($C${FIRST_LOAN}:$C${last}*$K${FIRST_LOAN}:$K${last})"
    dscr = f"'{CASH}'!$K${FIRST_ROW}:$K${periods + 1}"
    lines = [
        (_("Loans"), debt, money, head["debt"]),
        (_("Capital ratio"), f"={EQUITY}/{USES}", share, head["capital_ratio"]),
        (_("Lowest DSCR"), f"=MIN({dscr})", made.look("0.00"), head.get("minimum")),
        (_("Average DSCR"), f"=AVERAGE({dscr})", made.look("0.00"), head.get("average")),
    ]
    for row, (label, formula, style, value) in enumerate(lines, 6):
        sheet.write(row, 0, label)
        sheet.write_formula(row, 1, formula, style, float(value or 0))
    heads = [
        _("Loan"),
        _("Product"),
        _("Amount"),
        _("Repayment"),
        "LPR",
        _("Basis points"),
        _("Interest rate"),
        _("Drawn on"),
    ]
    _heads(made, sheet, FIRST_LOAN - 2, [*heads, _("Grace"), _("Rows"), _("Project loan"), _("Level service")])
    rows = {row.no: row for row in version.tranches.select_related("product")}
    first = FIRST_ROW
    for row, loan in enumerate(loans, FIRST_LOAN):
        _loan(made, sheet, row, loan, (rows.get(loan["no"]), first))
        first += len(loan["rows"])


def _loan(made: _Book, sheet: Any, row: int, loan: Json, at: tuple[Tranche | None, int]) -> None:
    tranche, first = at
    at_row = row - 1
    points = (Decimal(loan["rate"]) - Decimal(loan["lpr"])) * 10_000
    sheet.write_number(at_row, 0, loan["no"])
    sheet.write_string(at_row, 1, str(tranche.product) if tranche else "")
    sheet.write_number(at_row, 2, float(loan["amount"]), made.look(MONEY_FORMAT, typed=True))
    sheet.write_string(at_row, 3, str(Tranche.Method(loan["method"]).label))
    sheet.write_number(at_row, 4, float(loan["lpr"]), made.look("0.00%", typed=True))
    sheet.write_number(at_row, 5, float(points), made.look("0", typed=True))
    sheet.write_formula(at_row, 6, f"=E{row}+F{row}/10000", made.look("0.00%"), float(loan["rate"]))
    sheet.write_datetime(at_row, 7, date.fromisoformat(loan["starts_on"]), made.look("yyyy-mm-dd", typed=True))
    sheet.write_number(at_row, 8, _grace(loan))
    sheet.write_number(at_row, 9, len(loan["rows"]))
    sheet.write_number(at_row, 10, int(loan["project"]))
    if loan["method"] == Tranche.Method.ANNUITY:
        begin, end = first + _grace(loan), first + len(loan["rows"]) - 1
        factors = f"'{SCHEDULE}'!$K${begin}:$K${end}"
        line = loan["rows"][_grace(loan)]
        level = float(Decimal(line["interest"]) + Decimal(line["principal"]))
        sheet.write_formula(at_row, 11, f"=ROUND(C{row}/SUM({factors}),2)", made.look(MONEY_FORMAT), level)
