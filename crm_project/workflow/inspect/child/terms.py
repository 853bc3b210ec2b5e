"""What parent and child agree on: caps, kinds of files, kinds of cells, and the refusal."""

from typing import Any

MEGABYTE = 1024 * 1024

MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELLS = 3_000_000
"""Cells of one sheet's used range. The reader needs about 80 bytes for each, empty or not."""
MAX_SHEETS = 255
MAX_TEXT = 32_767
"""Characters in one cell, the limit of spreadsheets themselves."""
MAX_MERGED = 50_000

MAX_ENTRIES = 2_000
MAX_UNPACKED = 500 * MEGABYTE
MAX_RATIO = 200
SMALL_ARCHIVE = 10 * MEGABYTE
"""Below this unpacked size the ratio says nothing: a nearly empty workbook packs very well."""

MEMORY = 768 * MEGABYTE
CPU_SECONDS = 20
OUTPUT_BYTES = 512 * MEGABYTE
OPEN_FILES = 16
EXIT_WITHOUT_READER = 3
"""How the child ends where the spreadsheet reader is not installed: no fault of the file."""

XLSX, XLS, CSV, PDF, JPG, PNG, DOCX = "xlsx", "xls", "csv", "pdf", "jpg", "png", "docx"
TABLES = (XLSX, XLS, CSV)
EXTENSIONS = {
    "xlsx": XLSX,
    "xls": XLS,
    "csv": CSV,
    "txt": CSV,
    "pdf": PDF,
    "jpg": JPG,
    "jpeg": JPG,
    "png": PNG,
    "docx": DOCX,
}

TEXT, NUMBER, LONG_NUMBER, DATE, MOMENT, TIME, BOOLEAN, ERROR = "s", "n", "l", "d", "m", "t", "b", "e"

Cell = tuple[str, str] | None
"""Kind and text; None is an empty cell."""


class Refusal(Exception):
    """The file is not taken. `code` is stable, `params` fill the message that the parent puts into words."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def column_number(letters: str) -> int:
    """A is 1, XFD is 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 is A, 16384 is XFD."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
