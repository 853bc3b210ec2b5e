"""What the child hands back: rows as JSON lines, and one verdict."""

import json
from typing import Any, BinaryIO

from . import terms
from .terms import Cell, Refusal, column_letters

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Sink:
    """Writes each sheet as a line with its merged regions and a line `[number, cells]` per row that holds anything."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.position = 0
        self.sheets: list[dict[str, Any]] = []
        self.facts: dict[str, str] = {}

    def text_facts(self, encoding: str, delimiter: str) -> None:
        self.facts = {"encoding": encoding, "delimiter": delimiter}

    def open_sheet(self, name: str, visible: bool, merged: list[list[int]]) -> None:
        self.sheets.append(
            {"name": name[:100], "visible": visible, "offset": self.position, "lines": 0, "height": 0, "width": 0}
        )
        self._line(merged)

    def row(self, number: int, cells: list[Cell]) -> None:
        """Empty cells at the end are dropped, and so is a row of nothing else."""
        width = len(cells)
        while width and cells[width - 1] is None:
            width -= 1
        if width == 0:
            return
        kept = cells[:width]
        for column, cell in enumerate(kept, start=1):
            if cell is not None and len(cell[1]) > terms.MAX_TEXT:
                raise Refusal("cell_too_long", row=number, column=column_letters(column), limit=terms.MAX_TEXT)
        self._line([number, kept])
        sheet = self.sheets[-1]
        sheet["lines"] += 1
        sheet["height"], sheet["width"] = number, max(sheet["width"], width)

    def _line(self, value: Any) -> None:
        line = _encode(value).encode("utf-8", errors="surrogatepass") + b"\n"
        self.position += self.file.write(line)
