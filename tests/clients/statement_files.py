"""Workbooks of statements as clients send them: the worked client of RULES §23 by the template, and what spoils it."""

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from tests.figures.rating_case import LINES, WAN, YEARS, raw_values

COLUMN = {2023: "B", 2024: "C", 2025: "D"}
ROW = {key: line.row for key, line in LINES.lines.items()}
OPTIONAL = {line.key for line in LINES.lines.values() if not line.required}
Edit = Callable[[Worksheet], None]


def cell(line: str, year: int = 2025) -> str:
    return f"{COLUMN[year]}{ROW[line]}"


def put(where: str, value: Any, **looks: Any) -> Edit:
    """An edit that writes one cell; `data_type` says that the value is an error or a formula's text."""

    def edit(sheet: Worksheet) -> None:
        sheet[where] = value
        for name, look in looks.items():
            setattr(sheet[where], name, look)

    return edit


def no_row(line: str) -> Edit:
    """An edit that takes a line out without moving the others."""

    def edit(sheet: Worksheet) -> None:
        for column in "ABCD":
            sheet[f"{column}{ROW[line]}"] = None

    return edit


def statement_book(*edits: Edit, years: tuple[int, ...] = YEARS, base_1904: bool = False, sheet: str = "报表") -> bytes:
    """Three years of the worked client in 万元, sub-totals as plain figures; then the edits."""
    book = Workbook()
    if base_1904:
        book.epoch = CALENDAR_MAC_1904
    page = book.active
    assert isinstance(page, Worksheet)
    page.title = sheet
    for row, (label, value) in enumerate((("单位", "万元"), ("口径", "合并"), ("审计意见", "标准无保留意见")), start=1):
        page[f"A{row}"], page[f"B{row}"] = label, value
    page["A5"] = "报表日"
    for line in LINES.lines.values():
        if line.key not in OPTIONAL:
            page[f"A{line.row}"] = line.name_zh
    for year in years:
        page[f"{COLUMN[year]}5"] = date(year, 12, 31)
        values = LINES.complete(raw_values(year)) | {"cash_unrestricted": raw_values(year)["cash"]}
        for key, value in values.items():
            if key not in OPTIONAL and value is not None:
                page[cell(key, year)] = value / WAN
    for edit in edits:
        edit(page)
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.properties.created = book.properties.modified = datetime(2026, 1, 1)
    book.save(out)
    return out.getvalue()


def as_upload(content: bytes, name: str = "2025年报.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
