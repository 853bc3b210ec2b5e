"""The old Excel format: errors are not handed over as empty cells, passwords and far cells are named."""

import struct
from pathlib import Path

import pytest

from crm_project.workflow.inspect import BadFile, Cell, Kind, inspect_file
from tests.workflow import bombs


def number(row: int, column: int, value: float) -> bytes:
    return bombs.record(0x0203, struct.pack("<3Hd", row, column, 0, value))


def error(row: int, column: int, code: int) -> bytes:
    return bombs.record(0x0205, struct.pack("<3HBB", row, column, 0, code, 1))


def formula_with_error(row: int, column: int, code: int) -> bytes:
    result = bytes([2, 0, code, 0, 0, 0, 0xFF, 0xFF])
    return bombs.record(0x0006, struct.pack("<3H", row, column, 0) + result + bytes(6) + struct.pack("<H", 0))


def refusal(tmp_path: Path, content: bytes) -> str:
    path = bombs.write(tmp_path, "a.xls", content)
    with pytest.raises(BadFile) as caught, inspect_file(path, name="a.xls"):
        pass
    return caught.value.code


def test_numbers_and_errors_come_out_where_they_stand(tmp_path: Path) -> None:
    cells = number(1, 1, 1234.5), error(1, 2, 7), formula_with_error(3, 0, 23)
    path = bombs.write(tmp_path, "a.xls", bombs.old_workbook(*cells))
    with inspect_file(path, name="a.xls") as found:
        (sheet,) = found.sheets
        rows = {row.number: row for row in sheet.rows()}
    assert (found.kind, sheet.name) == ("xls", "S1")
    assert rows[2].cells == (Cell(), Cell(Kind.NUMBER, "1234.5"), Cell(Kind.ERROR, "#DIV/0!"))
    assert rows[4].cells == (Cell(Kind.ERROR, "#REF!"),)


def test_a_password_is_named(tmp_path: Path) -> None:
    locked = bombs.old_workbook(number(0, 0, 1), before=bombs.record(0x002F, bytes(6)))
    assert refusal(tmp_path, locked) == "encrypted"


def test_a_cell_beyond_the_caps_is_refused_before_anything_is_laid_out(tmp_path: Path) -> None:
    assert refusal(tmp_path, bombs.old_workbook(number(0, 0, 1), number(65_535, 255, 1))) == "sheet_too_large"


def test_sectors_in_a_circle_end(tmp_path: Path) -> None:
    assert refusal(tmp_path, bombs.old_workbook(number(0, 0, 1), circle=True)) == "broken"
