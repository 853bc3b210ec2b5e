"""How far the sheets of an xlsx file reach, counted on the raw XML before the reader builds anything.

The reader lays a sheet out as a full rectangle: two cells in opposite corners of 1.7 KB are 17 thousand million cells.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from . import terms
from .terms import Refusal, column_number

CELL = re.compile(rb"""<(?:\w+:)?c(?=[\s>/])(?:[^<>]*?\sr\s*=\s*["']([A-Z]{1,3})(\d{1,12})["'])?[^<>]*?(/?)>""")
ROW = re.compile(rb"""row(?<=[<:]row)(?=[\s>/])(?:[^<>]*?\sr\s*=\s*["'](\d{1,12})["'])?[^<>]*?>""")
ERROR = re.compile(
    rb"""<(?:\w+:)?c(?=\s)(?=[^<>]*?\st\s*=\s*["']e["'])[^<>]*?\sr\s*=\s*["']([A-Z]{1,3})(\d{1,7})["'][^<>]*>"""
    rb"""(?:<(?:\w+:)?f[^<>]*>(?:[^<>]*</(?:\w+:)?f>)?)?(?:<(?:\w+:)?v>([^<>]{1,20})<)?"""
)
DIMENSION = re.compile(
    rb"""<(?:\w+:)?dimension\s[^<>]*?ref\s*=\s*["'](?:[A-Z]{1,3}\d{1,12}:)?([A-Z]{1,3})(\d{1,12})["']"""
)
ANY_CELL = re.compile(rb"[<:]c[\s>/]")
PLAIN, BARE = b'<c r="', b"<c>"
PLAIN_COLUMN, PLAIN_ROW = re.compile(rb'<c r="([A-Z]{1,3})'), re.compile(rb'<c r="[A-Z]{1,3}(\d{1,12})"')
"""Cells as nearly every writer writes them: quick to count, empty ones included."""
NO_REFERENCE = (b"", b"")
HEAD = 4_096
KEPT = 10_000
"""Bytes kept from a piece for the next one: a cell's tag with its formula and the text of its error."""
LONGEST_TAG = 4 * terms.MEGABYTE
UNKNOWN_ERROR = "#?"


@dataclass
class Part:
    """One XML part of a workbook, read once from start to end, a megabyte at a time.

    A cell or row need not say where it stands; then it follows the one before, and the count of such cells bounds how
    far they reach. Cells without content are left out: styles often run to the last row of a sheet.
    `errors`: cells that hold an error by row and column from 1; the reader would hand them over as empty.
    """

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    rows: int = 0
    columns: int = 0
    loose_rows: int = 0
    loose_columns: int = 0
    open_row: int = 0

    def take(self, pieces: Iterable[bytes]) -> "Part":
        """Raises Refusal as soon as the part reaches beyond the caps, or says that it does and does not."""
        carried = b""
        declared: tuple[int, int] | None = None
        reached = False
        for piece in pieces:
            text = carried + piece
            if not carried:
                declared = _declared(text[:HEAD])
            cut = text.rfind(b"<", 0, max(len(text) - KEPT, 0))
            if cut > 0:
                reached = self._cells(text[:cut], declared) or reached
                carried = text[cut:]
            else:
                carried = text if len(text) < LONGEST_TAG else text[-KEPT:]
        reached = self._cells(carried, declared) or reached
        if declared and not reached:
            raise Refusal("false_dimension", rows=declared[0], columns=declared[1])
        return self

    def _cells(self, text: bytes, declared: tuple[int, int] | None) -> bool:
        """Takes the cells of whole tags. Returns whether one of them, even an empty one, lies as far as declared."""
        if b'"e"' in text or b"'e'" in text:
            self._errors(text)
        if declared is None and self._plain_cells(text):
            return False
        found = set(CELL.findall(text))
        used = {(letters, row) for letters, row, closed in found if not closed}
        if NO_REFERENCE in used:
            used.discard(NO_REFERENCE)
            self._loose_cells(text)
        if used:
            self.rows = max(self.rows, max(int(row) for _letters, row in used))
            self.columns = max(self.columns, _last_column({letters for letters, _row in used}))
        check_range(self.rows + self.loose_rows, self.columns + self.loose_columns)
        return declared is not None and any(
            row and int(row) >= declared[0] and column_number(letters.decode()) >= declared[1]
            for letters, row, _closed in found
        )

    def _plain_cells(self, text: bytes) -> bool:
        """Takes the cells where all are plain or bare and, even with the empty ones among them, within the caps."""
        plain, bare = text.count(PLAIN), text.count(BARE)
        if plain + bare != len(ANY_CELL.findall(text)) or (plain and bare):
            return False
        if bare:
            self._loose_cells(text)
            check_range(self.rows + self.loose_rows, self.columns + self.loose_columns)
            return True
        if plain == 0:
            return True
        rows = max(self.rows, max(map(int, set(PLAIN_ROW.findall(text))), default=0))
        columns = max(self.columns, _last_column(set(PLAIN_COLUMN.findall(text))))
        if not within_caps(rows + self.loose_rows, columns + self.loose_columns):
            return False
        self.rows, self.columns = rows, columns
        return True

    def _loose_cells(self, text: bytes) -> None:
        for row in ROW.findall(text):
            if row:
                self.rows = max(self.rows, int(row))
            else:
                self.loose_rows += 1
        first, *others = (one.count(b"<c") + one.count(b":c") for one in text.split(b"row"))
        self.loose_columns = max(self.loose_columns, self.open_row + first, *others)
        self.open_row = others[-1] if others else self.open_row + first

    def _errors(self, text: bytes) -> None:
        for letters, row, word in ERROR.findall(text):
            place = int(row), column_number(letters.decode())
            self.errors[place] = word.decode(errors="replace") or UNKNOWN_ERROR


def _last_column(letters: set[bytes]) -> int:
    return max((column_number(one.decode()) for one in letters), default=0)


def _declared(head: bytes) -> tuple[int, int] | None:
    """The corner the sheet says it reaches to, where it is beyond the caps."""
    found = DIMENSION.search(head)
    if found is None:
        return None
    rows, columns = int(found[2]), column_number(found[1].decode())
    return (rows, columns) if rows > terms.MAX_ROWS or columns > terms.MAX_COLUMNS else None


def within_caps(rows: int, columns: int) -> bool:
    return rows <= terms.MAX_ROWS and columns <= terms.MAX_COLUMNS and rows * columns <= terms.MAX_CELLS


def check_range(rows: int, columns: int) -> None:
    """Raises Refusal where a sheet's used range, counted from A1, is larger than the caps."""
    if within_caps(rows, columns):
        return
    if rows * columns > terms.MAX_CELLS and rows <= terms.MAX_ROWS and columns <= terms.MAX_COLUMNS:
        raise Refusal("too_many_cells", cells=rows * columns, limit=terms.MAX_CELLS)
    raise Refusal("sheet_too_large", rows=rows, columns=columns, max_rows=terms.MAX_ROWS, max_columns=terms.MAX_COLUMNS)
