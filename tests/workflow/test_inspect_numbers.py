"""Figures and days from cells: exactly as they stand, or refused with row, field and rule (RELIABILITY F6)."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crm_project.rules.money import Unit
from crm_project.workflow.inspect import BadCell, Cell, Kind, Row, amount_cell, date_cell, inspect_file, text_cell
from tests.workflow import bombs

MAC = '<workbookPr date1904="1"/>'


def first_row(tmp_path: Path, cell: str, **more: str) -> Row:
    """The first row of a sheet whose cell A1 has this XML."""
    path = bombs.write(tmp_path, "a.xlsx", bombs.workbook(bombs.sheet_xml(f'<row r="1">{cell}</row>'), **more))
    with inspect_file(path, name="a.xlsx") as found:
        return next(found.sheets[0].rows(), Row(1, ()))


def number(value: str) -> str:
    return f'<c r="A1"><v>{value}</v></c>'


def row(kind: Kind, text: str, number: int = 7) -> Row:
    return Row(number, (Cell(kind, text),))


STORED = [
    ("1.005", Kind.NUMBER, "1.005"),
    ("1234.5", Kind.NUMBER, "1234.5"),
    ("-0.1", Kind.NUMBER, "-0.1"),
    ("100", Kind.NUMBER, "100"),
    ("1e5", Kind.NUMBER, "100000"),
    ("1E-7", Kind.NUMBER, "0.0000001"),
    ("123456789012345", Kind.NUMBER, "123456789012345"),
    ("9999999999999.99", Kind.NUMBER, "9999999999999.99"),
    ("90071992547409.93", Kind.LONG_NUMBER, "90071992547409.94"),
    ("1234567.8900000001", Kind.LONG_NUMBER, "1234567.8900000001"),
    ("0.1000000000000000055", Kind.NUMBER, "0.1"),
    ("NaN", Kind.ERROR, "nan"),
    ("1e400", Kind.ERROR, "inf"),
    ("-1e400", Kind.ERROR, "-inf"),
]
"""What stands in the file, and what comes out."""


@pytest.mark.parametrize(("value", "kind", "text"), STORED)
def test_a_stored_number_comes_out_exactly(value: str, kind: Kind, text: str, tmp_path: Path) -> None:
    assert first_row(tmp_path, number(value))[1] == Cell(kind, text)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="A1" t="b"><v>1</v></c>', Cell(Kind.BOOLEAN, "1")),
        ('<c r="A1" t="e"><v>#DIV/0!</v></c>', Cell(Kind.ERROR, "#DIV/0!")),
        ('<c r="A1" t="e"><f>B1/0</f><v>#REF!</v></c>', Cell(Kind.ERROR, "#REF!")),
        ('<c r="A1" t="str"><v>1_000</v></c>', Cell(Kind.TEXT, "1_000")),
        ('<c r="A1" t="inlineStr"><is><t>１２３</t></is></c>', Cell(Kind.TEXT, "１２３")),
        ('<c r="A1" s="1"><v>45657</v></c>', Cell(Kind.DATE, "2024-12-31")),
        ('<c r="A1" s="1"><v>45657.5</v></c>', Cell(Kind.MOMENT, "2024-12-31 12:00:00")),
        ('<c r="A1" s="1"><v>0.5</v></c>', Cell(Kind.TIME, "12:00:00")),
        ('<c r="A1" s="1"/>', Cell()),
    ],
)
def test_a_cell_keeps_its_kind(cell: str, expected: Cell, tmp_path: Path) -> None:
    assert first_row(tmp_path, cell)[1] == expected


@pytest.mark.parametrize(
    ("serial", "properties", "day"),
    [
        ("61", "", date(1900, 3, 1)),
        ("45657", "", date(2024, 12, 31)),
        ("0.0", MAC, None),
        ("44195", MAC, date(2024, 12, 31)),
        ("60", "", None),  # a 29 February 1900 that never was
        ("1", "", None),  # a day off before it
        ("-1", "", None),
        ("2958466", "", None),  # after 31 December 9999
    ],
)
def test_a_serial_number_is_the_right_day_or_refused(
    serial: str, properties: str, day: date | None, tmp_path: Path
) -> None:
    found = first_row(tmp_path, f'<c r="A1" s="1"><v>{serial}</v></c>', workbook_properties=properties)
    if day:
        assert date_cell(found, 1, "日期") == day
    else:
        with pytest.raises(BadCell):
            date_cell(found, 1, "日期")


def test_merged_regions_hidden_sheets_and_gaps_are_told(tmp_path: Path) -> None:
    merged = '<mergeCells count="1"><mergeCell ref="B2:D3"/></mergeCells>'
    first = bombs.sheet_xml('<row r="3"><c r="C3"><v>5</v></c></row>', after=merged)
    second = bombs.sheet_xml(bombs.number_cell("A1"))
    path = bombs.write(tmp_path, "a.xlsx", bombs.workbook(first, second))
    with inspect_file(path, name="a.xlsx") as found:
        one, two = found.sheets
        assert [sheet.name for sheet in found.sheets] == ["S1", "S2"]
        assert [str(region) for region in one.merged] == ["B2:D3"]
        assert one.merged[0].touches(3, 10)
        assert not one.merged[0].touches(4, 10)
        assert [(row.number, row[3].text, row[1].text, row[9].text) for row in one.rows()] == [(3, "5", "", "")]
        assert [row[1].text for row in two.rows()] == ["1"]
        assert (one.visible, two.merged) == (True, ())


AMOUNTS = [
    (Kind.TEXT, "１２３", "123.00"),
    (Kind.TEXT, "(1,234.00)", "-1234.00"),
    (Kind.TEXT, " 1,234.5 ", "1234.50"),
    (Kind.NUMBER, "-0.1", "-0.10"),
    (Kind.NUMBER, "9999999999999.99", "9999999999999.99"),
]

BAD_AMOUNTS = [
    (Kind.TEXT, "1_000", "underscore"),
    (Kind.TEXT, "1,23", "thousands_separator"),
    (Kind.TEXT, "1.005", "too_many_decimals"),
    (Kind.TEXT, "1e5", "exponent"),
    (Kind.TEXT, "NaN", "not_finite"),
    (Kind.TEXT, "约100", "not_a_number"),
    (Kind.NUMBER, "1.005", "too_many_decimals"),
    (Kind.NUMBER, "1" + "0" * 16, "too_large"),
    (Kind.LONG_NUMBER, "90071992547409.94", "too_many_digits"),
    (Kind.ERROR, "#DIV/0!", "error_value"),
    (Kind.ERROR, "inf", "error_value"),
    (Kind.DATE, "2025-12-31", "not_a_number"),
    (Kind.BOOLEAN, "1", "not_a_number"),
]


@pytest.mark.parametrize(("kind", "text", "amount"), AMOUNTS)
def test_an_amount_is_taken_exactly(kind: Kind, text: str, amount: str) -> None:
    assert str(amount_cell(row(kind, text), 1, "金额")) == amount


@pytest.mark.parametrize(("kind", "text", "rule"), BAD_AMOUNTS)
def test_an_amount_that_is_not_exact_names_row_field_and_rule(kind: Kind, text: str, rule: str) -> None:
    with pytest.raises(BadCell) as caught:
        amount_cell(row(kind, text), 1, "期末余额")
    error = caught.value
    assert (error.row, error.column, error.field, error.rule) == (7, "A", "期末余额", rule)
    for part in ("7", "A", "期末余额"):
        assert part in error.message


def test_an_amount_in_ten_thousands_becomes_yuan_or_is_finer_than_a_cent() -> None:
    assert amount_cell(row(Kind.NUMBER, "1.234567"), 1, "金额", unit=Unit.WAN) == Decimal("12345.67")
    with pytest.raises(BadCell) as caught:
        amount_cell(row(Kind.NUMBER, "1.2345678"), 1, "金额", unit=Unit.WAN)
    assert caught.value.rule == "too_many_decimals"


def test_dust_of_a_formula_is_taken_off_only_where_asked_and_certain() -> None:
    dusty = row(Kind.LONG_NUMBER, "1234567.8900000001")
    with pytest.raises(BadCell):
        amount_cell(dusty, 1, "合计")
    assert amount_cell(dusty, 1, "合计", calculated=True) == Decimal("1234567.89")
    assert amount_cell(row(Kind.LONG_NUMBER, "0.30000000000000004"), 1, "合计", calculated=True) == Decimal("0.30")
    for text in ("90071992547409.94", "0.3333333333333333"):
        with pytest.raises(BadCell) as caught:
            amount_cell(row(Kind.LONG_NUMBER, text), 1, "合计", calculated=True)
        assert caught.value.rule == "calculated_digits"


@pytest.mark.parametrize(
    "text", ["2025-12-31", "2025/12/31", "2025.12.31", "20251231", "2025年12月31日", " 2025-12-31 "]
)
def test_a_day_may_be_written_as_banks_write_it(text: str) -> None:
    assert date_cell(row(Kind.TEXT, text), 1, "日期") == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("kind", "text", "rule"),
    [
        (Kind.TEXT, "2025-02-30", "not_a_date"),
        (Kind.TEXT, "2025-12/31", "not_a_date"),
        (Kind.TEXT, "31.12.2025", "not_a_date"),
        (Kind.TEXT, "昨天", "not_a_date"),
        (Kind.NUMBER, "45657", "not_a_date"),
        (Kind.MOMENT, "2024-12-31 12:00:00", "has_time"),
        (Kind.ERROR, "#N/A", "error_value"),
    ],
)
def test_what_is_no_day_is_refused(kind: Kind, text: str, rule: str) -> None:
    with pytest.raises(BadCell) as caught:
        date_cell(row(kind, text), 1, "日期")
    assert caught.value.rule == rule


def test_midnight_is_the_day_itself() -> None:
    assert date_cell(row(Kind.MOMENT, "2024-12-31 00:00:00"), 1, "日期") == date(2024, 12, 31)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [(Kind.TEXT, " 甲公司 ", "甲公司"), (Kind.NUMBER, "120101", "120101"), (Kind.EMPTY, "", "")],
)
def test_a_text_is_taken_without_the_blanks_around_it(kind: Kind, text: str, expected: str) -> None:
    assert text_cell(row(kind, text), 1, "户名") == expected


@pytest.mark.parametrize(
    ("kind", "text", "rule", "more"),
    [
        (Kind.NUMBER, "6222020200012340000", "digits_lost", {}),
        (Kind.LONG_NUMBER, "1234567.8900000001", "digits_lost", {}),
        (Kind.DATE, "2025-12-31", "not_text", {}),
        (Kind.ERROR, "#N/A", "error_value", {}),
        (Kind.TEXT, "  ", "required", {"required": True}),
        (Kind.TEXT, "甲乙丙", "too_long", {"limit": 2}),
    ],
)
def test_a_text_that_would_change_is_refused(kind: Kind, text: str, rule: str, more: dict[str, Any]) -> None:
    with pytest.raises(BadCell) as caught:
        text_cell(row(kind, text), 1, "账号", **more)
    assert caught.value.rule == rule


def test_an_empty_cell_is_nothing_unless_required() -> None:
    empty = Row(3, ())
    assert (amount_cell(empty, 2, "金额"), date_cell(empty, 2, "日期"), text_cell(empty, 2, "户名")) == (None, None, "")
    for read in (amount_cell, date_cell):
        with pytest.raises(BadCell) as caught:
            read(empty, 2, "金额", required=True)
        assert caught.value.rule == "required"
